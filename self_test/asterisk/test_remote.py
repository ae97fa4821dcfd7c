from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callgate.asterisk.remote import RemoteSettings
from callgate.errors import MachineError

LAB: dict[str, Any] = {
    "host": "pbx.example.org",
    "ami": {"port": "5039", "user": "callgate", "secret-env": "LAB_AMI_SECRET"},
    "ari": {"user": "gate", "secret-env": "LAB_ARI_SECRET"},
}
SECRETS = {"LAB_AMI_SECRET": "one", "LAB_ARI_SECRET": "two"}


def test_an_entry_becomes_a_build() -> None:
    build = RemoteSettings.model_validate(LAB).build("lab", SECRETS)
    assert build.spec == "remote:lab"
    assert (build.host, build.ami_port, build.ami_user, build.ami_secret) == (
        "pbx.example.org", 5039, "callgate", "one")
    assert (build.ari_port, build.ari_user, build.ari_secret) == (8088, "gate", "two")


def test_secrets_are_not_shown() -> None:
    build = RemoteSettings.model_validate(LAB).build("lab", {**SECRETS, "LAB_AMI_SECRET": "hush"})
    assert "hush" not in repr(build)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(("variable", "interface"), [("LAB_AMI_SECRET", "AMI"), ("LAB_ARI_SECRET", "ARI")])
def test_a_missing_secret_is_named(variable: str, interface: str, value: str | None) -> None:
    environment = {name: text for name, text in SECRETS.items() if name != variable}
    if value is not None:
        environment[variable] = value
    with pytest.raises(MachineError, match=rf"remote:lab: set \${variable} to the secret of its {interface} user"):
        RemoteSettings.model_validate(LAB).build("lab", environment)


@pytest.mark.parametrize("change", [
    {"host": "two words"}, {"host": ""}, {"port": 1}, {"ami": {"user": "u", "secret": "written down"}},
    {"ami": {"user": "u", "secret-env": "NOT A NAME"}}, {"ami": {"user": "u\r\nx", "secret-env": "A"}},
    {"ari": {"user": "u", "secret-env": "A", "port": 70000}}, {"ari": {"secret-env": "A"}},
])
def test_mistakes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RemoteSettings.model_validate({**LAB, **change})
