"""What is taken from the machine's own apt configuration, and the private one that is made of it.

apt reads the file named by $APT_CONFIG first, then Dir::Etc::Parts and Dir::Etc::Main (apt.conf(5)). Ours
points those two at nothing, so no hook and no setting of the machine has a say, and every other path at a
directory of ours.

Taken over are only where the Debian archive is, how to get there, and which keys are Debian's.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from callgate.asterisk.children import find_program
from callgate.asterisk.settings import BuildSettings
from callgate.errors import MachineError, UsageError

#: How to reach a mirror: proxies, TLS, time limits. Nothing that loosens a check of apt's own.
_TAKEN_OVER = re.compile(r"Acquire::(?:(?:https?|ftp|socks5h?|tor)(?:::.*)?|Retries|ForceIPv[46])")
#: Ends of an archive's address; `.list` is how mirror+file: names a list of mirrors.
_ARCHIVE = re.compile(r"/debian(?:\.list)?/?$")
_SECURITY = re.compile(r"/debian-security(?:\.list)?/?$|//security\.[^/]+/?$")
#: Packages that Asterisk's depend on but do not need to run: apt believes they are there.
_ASSUMED = ("adduser", "base-passwd", "debconf", "dirmngr", "dpkg", "gnupg", "gpg", "gpg-agent", "gpgsm",
            "init-system-helpers", "libpam-modules", "libpam-modules-bin", "libpam0g", "lsb-base", "passwd",
            "perl-base", "tzdata")
_STANZA = ("Package: {}\nStatus: install ok installed\nVersion: 9999:1\nArchitecture: all\n"
           "Multi-Arch: foreign\nMaintainer: none\nDescription: assumed\n")


@dataclass(frozen=True)
class Archive:
    """Where packages come from and who has to have signed them."""

    #: Debian's name of the architecture, `amd64`.
    architecture: str
    mirror: str
    security: str
    keyrings: tuple[Path, ...]
    #: Lines of apt.conf about how to get there.
    transport: tuple[str, ...] = ()

    def source(self, suite: str) -> str:
        """Write the line of sources.list for the main component of a suite."""
        uri = self.security if suite.endswith("-security") else self.mirror
        # apt fetches nothing from file:, it reads in place; copy: has it all in one directory.
        uri = re.sub(r"^file:", "copy:", uri)
        signers = ",".join(map(str, self.keyrings))
        return f"deb [arch={self.architecture} signed-by={signers}] {uri} {suite} main\n"


def find_archive(settings: BuildSettings) -> Archive:
    """Find the archive that this machine can use.

    Raises MachineError if no mirror or no keyring is known or apt is missing, UsageError if the mirror that
    was given is no address.
    """
    dump = _ask(["apt-config", "dump", "--format", '%F "%v";%n'], settings.environment)
    mirror, security = _mirrors(settings)
    keyrings = find_keyrings(settings.keyrings, _trusted_parts(dump))
    return Archive(_architecture(dump), mirror, security, keyrings, transport(dump))


def transport(dump: str) -> tuple[str, ...]:
    """Pick the lines of `apt-config dump` that say how to reach a mirror."""
    lines = (line for line in dump.splitlines() if not line.endswith(' "";') and line.count('"') == 2)
    return tuple(line for line in lines if _TAKEN_OVER.fullmatch(line.partition(" ")[0]))


def choose_mirrors(targets: str) -> tuple[str | None, str | None]:
    """Pick Debian's archive and its security archive among the addresses that apt uses, one a line."""
    uris = [line.strip() for line in targets.splitlines()]
    return (next((uri for uri in uris if _ARCHIVE.search(uri)), None),
            next((uri for uri in uris if _SECURITY.search(uri)), None))


def find_keyrings(keyrings: Path, trusted_parts: Path) -> tuple[Path, ...]:
    """Find Debian's keyring, else what apt trusts of Debian's keys.

    Raises MachineError if there is neither.
    """
    for name in ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp"):
        if (keyrings / name).is_file():
            return (keyrings / name,)
    found = sorted(path for path in trusted_parts.glob("debian-archive-*") if path.suffix in {".gpg", ".asc"})
    if not found:
        raise MachineError("Debian's signatures cannot be checked: "
                           "install the package debian-archive-keyring")
    return tuple(found)


def write_private_root(root: Path, archive: Archive, suites: Sequence[str]) -> Path:
    """Fill a directory with all that apt needs, and give the apt.conf to name in $APT_CONFIG.

    Raises UsageError if the directory has a name that apt.conf(5) has no way to write.
    """
    if re.search(r'["\n]', str(root)):
        raise UsageError(f"apt cannot use the directory {root}: choose another with $CALLGATE_CACHE")
    for name in ("etc", "none", "state/lists/partial", "cache/archives/partial", "log"):
        (root / name).mkdir(parents=True, mode=0o700)
    (root / "state/status").write_text("\n".join(_STANZA.format(name) for name in _ASSUMED))
    (root / "etc/sources.list").write_text("".join(map(archive.source, suites)))
    (root / "etc/empty").touch()
    config = root / "etc/apt.conf"
    config.write_text("\n".join((*archive.transport, *_private_settings(root, archive.architecture), "")))
    return config


def _private_settings(root: Path, architecture: str) -> list[str]:
    paths = {
        "Dir::Etc::Main": "etc/empty", "Dir::Etc::Parts": "none", "Dir::Etc::SourceList": "etc/sources.list",
        "Dir::Etc::SourceParts": "none", "Dir::Etc::Preferences": "etc/empty",
        "Dir::Etc::PreferencesParts": "none", "Dir::Etc::Trusted": "etc/empty",
        "Dir::Etc::TrustedParts": "none",
        "Dir::Etc::Netrc": "etc/empty", "Dir::Etc::NetrcParts": "none", "Dir::State": "state",
        "Dir::State::Lists": "state/lists", "Dir::State::Status": "state/status", "Dir::Cache": "cache",
        "Dir::Cache::Archives": "cache/archives", "Dir::Log": "log",
    }
    values = {
        "APT::Architecture": architecture,
        "APT::Install-Recommends": "false",
        "APT::Get::AllowUnauthenticated": "false",
        # The user _apt may not enter a directory of ours, which is 0700.
        "APT::Sandbox::User": "root",
        # A mirror that lags behind is good enough; a wrong signature is not.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "Acquire::Languages": "none",
    }
    lines = [f'{name} "{root / path}";' for name, path in paths.items()]
    lines += [f'{name} "{value}";' for name, value in values.items()]
    return [*lines, f'APT::Architectures {{ "{architecture}"; }};']


def _mirrors(settings: BuildSettings) -> tuple[str, str]:
    given = settings.mirror or settings.environment.get("CALLGATE_DEBIAN_MIRROR")
    if given:
        if not re.fullmatch(r"[a-z][a-z+]*:[^\s\[\]]+", given):
            raise UsageError(f"'{given}' is no address of a Debian mirror; write it as in sources.list(5)")
        return given, given.rstrip("/") + "-security"
    targets = _ask(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
                   settings.environment)
    mirror, security = choose_mirrors(targets)
    if mirror is None:
        raise MachineError("the machine's apt configuration names no Debian mirror: "
                           "set CALLGATE_DEBIAN_MIRROR to the address of one")
    return mirror, security or re.sub(r"(\.list)?/?$", r"-security\1", mirror, count=1)


def _architecture(dump: str) -> str:
    found = re.search(r'^APT::Architecture "([a-z0-9-]+)";$', dump, re.MULTILINE)
    if found is None:
        raise MachineError("apt-config does not say which architecture this machine has")
    return found[1]


def _trusted_parts(dump: str) -> Path:
    """Dir::Etc::TrustedParts; relative to Dir::Etc, which is relative to Dir."""
    parts = (re.search(rf'^{name} "(.*)";$', dump, re.MULTILINE)
             for name in ("Dir", "Dir::Etc", "Dir::Etc::trustedparts"))
    return Path(*(part[1] for part in parts if part is not None))


def _ask(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """Ask one of apt's programs about the machine."""
    done = subprocess.run(
        [find_program(argv[0], environment), *argv[1:]], env={**environment, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0]
        raise MachineError(f"{' '.join(argv[:2])}: {said}")
    return done.stdout
