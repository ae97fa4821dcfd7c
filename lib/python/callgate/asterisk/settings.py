"""What decides which builds there are: the environment, options, and the suite's `builds:`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from callgate.errors import MachineError

if TYPE_CHECKING:
    from callgate.asterisk.remote import RemoteSettings


@dataclass(frozen=True)
class BuildSettings:
    """Everything that finding or fetching a build depends on."""

    #: Environment variables; programs are started with these too.
    environment: Mapping[str, str]
    #: Address of a Debian mirror; comes before $CALLGATE_DEBIAN_MIRROR and the machine's apt configuration.
    mirror: str | None = None
    #: `builds:` of the suite's test-config.yaml, by name.
    remotes: Mapping[str, RemoteSettings] = field(default_factory=dict)
    #: Where the package debian-archive-keyring puts Debian's keys.
    keyrings: Path = Path("/usr/share/keyrings")

    @property
    def cache(self) -> Path:
        """The user's cache: $CALLGATE_CACHE, $XDG_CACHE_HOME/callgate or ~/.cache/callgate.

        It need not exist. A relative $XDG_CACHE_HOME is ignored: the XDG Base Directory Specification says
        so. Raises MachineError if there is no home directory.
        """
        given = self.environment.get("CALLGATE_CACHE")
        if given:
            return Path(given).absolute()
        base = self.environment.get("XDG_CACHE_HOME", "")
        if Path(base).is_absolute():
            return Path(base) / "callgate"
        home = self.environment.get("HOME")
        if not home:
            raise MachineError("no place for fetched builds: neither HOME nor CALLGATE_CACHE is set")
        return Path(home).absolute() / ".cache" / "callgate"
