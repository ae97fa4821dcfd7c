"""One entry under `builds:` in the suite's test-config.yaml: an Asterisk that already runs somewhere.

    builds:
      lab:
        host: pbx.example.org
        ami: {port: 5038, user: callgate, secret-env: LAB_AMI_SECRET}
        ari: {port: 8088, user: callgate, secret-env: LAB_ARI_SECRET}

Secrets are named, never written down: files end up in repositories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from callgate.asterisk.build import RemoteBuild
from callgate.errors import MachineError

#: One word: it goes into a URL or a header line.
Word = Annotated[str, StringConstraints(pattern=r"^[^\s/@]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True,
                              alias_generator=lambda name: name.replace("_", "-"))


class AmiAccess(_Model):
    """How to log in to its manager interface (manager.conf)."""

    port: Port = Field(default=5038, description="Its TCP port.")
    user: Word = Field(description="A user of manager.conf, with `read = all` and `write = all`.")
    secret_env: VariableName = Field(description="Environment variable that holds the secret.")


class AriAccess(_Model):
    """How to log in to its REST interface (http.conf, ari.conf)."""

    port: Port = Field(default=8088, description="Its TCP port.")
    user: Word = Field(description="A user of ari.conf.")
    secret_env: VariableName = Field(description="Environment variable that holds the secret.")


class RemoteSettings(_Model):
    """Where a remote Asterisk is, and who we are there."""

    host: Word = Field(description="Its host name or address.")
    ami: AmiAccess = Field(description="How to log in to AMI.")
    ari: AriAccess = Field(description="How to log in to ARI.")

    def build(self, name: str, environment: Mapping[str, str]) -> RemoteBuild:
        """Give the build `remote:NAME`.

        Raises MachineError naming an environment variable that is not set.
        """

        def secret(variable: str, user: str, interface: str) -> str:
            value = environment.get(variable)
            if not value:
                raise MachineError(
                    f"remote:{name}: set ${variable} to the secret of its {interface} user '{user}'")
            return value

        return RemoteBuild(
            spec=f"remote:{name}", host=self.host,
            ami_port=self.ami.port, ami_user=self.ami.user,
            ami_secret=secret(self.ami.secret_env, self.ami.user, "AMI"),
            ari_port=self.ari.port, ari_user=self.ari.user,
            ari_secret=secret(self.ari.secret_env, self.ari.user, "ARI"))
