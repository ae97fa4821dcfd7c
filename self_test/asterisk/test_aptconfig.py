"""What is taken from the machine's apt configuration, and what the private one lets in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from self_test.asterisk import trees

from callgate.asterisk import aptconfig
from callgate.asterisk.aptconfig import Archive, choose_mirrors, find_archive, find_keyrings, write_private_root
from callgate.asterisk.settings import BuildSettings
from callgate.errors import MachineError

ARCHIVE = Archive("amd64", "http://m/debian/", "http://m/debian-security/", (Path("/k.gpg"),))


def settings(tmp_path: Path, *, targets: str = "", **more: str) -> BuildSettings:
    """Settings whose apt-config and apt-get say what they are told to."""
    keyring = trees.write(tmp_path / "keyrings/debian-archive-keyring.gpg")
    trees.script(tmp_path / "bin/apt-config", "echo 'APT::Architecture \"riscv64\";'")
    trees.script(tmp_path / "bin/apt-get", f"printf '%b' '{targets}'")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return BuildSettings({"PATH": path, "HOME": str(tmp_path), **more}, keyrings=keyring.parent)


@pytest.mark.parametrize(("lines", "chosen"), [
    (["http://m/debian/", "http://m/debian-security/"], ("http://m/debian/", "http://m/debian-security/")),
    (["http://security.example.org/", "http://m/debian"], ("http://m/debian", "http://security.example.org/")),
    (["https://proxy:3142/a.example.org/debian/"], ("https://proxy:3142/a.example.org/debian/", None)),
    (["mirror+file:/etc/apt/mirrors/debian.list/", "mirror+file:/etc/apt/mirrors/debian-security.list/"],
     ("mirror+file:/etc/apt/mirrors/debian.list/", "mirror+file:/etc/apt/mirrors/debian-security.list/")),
    (["http://m/ubuntu/", "https://node.example.org/node_20.x/"], (None, None)),
    ([], (None, None)),
])
def test_choosing_mirrors(lines: list[str], chosen: tuple[str | None, str | None]) -> None:
    assert choose_mirrors("\n".join(lines)) == chosen


def test_the_machines_own_mirror(tmp_path: Path) -> None:
    archive = find_archive(settings(tmp_path, targets="http://n/node/\\nhttp://m/debian/\\n"))
    assert (archive.architecture, archive.mirror, archive.security) == (
        "riscv64", "http://m/debian/", "http://m/debian-security")


def test_a_given_mirror_comes_first(tmp_path: Path) -> None:
    machine = settings(tmp_path, targets="http://m/debian/\\n", CALLGATE_DEBIAN_MIRROR="http://variable/debian")
    assert find_archive(machine).mirror == "http://variable/debian"
    option = BuildSettings(machine.environment, mirror="http://option/debian/", keyrings=machine.keyrings)
    assert find_archive(option).mirror == "http://option/debian/"
    assert find_archive(option).security == "http://option/debian-security"


def test_no_mirror(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="names no Debian mirror: set CALLGATE_DEBIAN_MIRROR"):
        find_archive(settings(tmp_path, targets="http://m/ubuntu/\\n"))


def test_apt_that_fails(tmp_path: Path) -> None:
    machine = settings(tmp_path)
    trees.script(tmp_path / "bin/apt-get", "echo 'E: The list of sources could not be read.' >&2; exit 100")
    with pytest.raises(MachineError, match="apt-get indextargets: E: The list of sources could not be read"):
        find_archive(machine)


def test_how_to_get_there_is_taken_over_and_nothing_else() -> None:
    taken = ['Acquire::http::Proxy "http://proxy:3128/";', 'Acquire::https::Verify-Peer "true";',
             'Acquire::http::Proxy::m.example.org "DIRECT";', 'Acquire::Retries "5";']
    left = ['Acquire "";', 'Acquire::http "";', 'Acquire::Check-Date "false";',
            'Acquire::AllowInsecureRepositories "true";', 'Acquire::AllowWeakRepositories "true";',
            'Acquire::AllowDowngradeToInsecureRepositories "1";', 'Acquire::gpgv::Options "--ignore";',
            'APT::Get::AllowUnauthenticated "true";', 'APT::Update::Post-Invoke:: "rm -rf /";',
            'DPkg::Pre-Install-Pkgs:: "cmd";', 'Acquire::http::Proxy "a"; Evil "b";']
    assert list(aptconfig.transport("\n".join([*left, *taken]))) == taken


def test_keyrings(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="install the package debian-archive-keyring"):
        find_keyrings(tmp_path / "keyrings", tmp_path / "trusted")
    trusted = [trees.write(tmp_path / f"trusted/debian-archive-{name}") for name in ("a.asc", "b.gpg")]
    trees.write(tmp_path / "trusted/somebody-else.gpg")
    trees.write(tmp_path / "trusted/debian-archive-c.gpg~")
    assert find_keyrings(tmp_path / "keyrings", tmp_path / "trusted") == tuple(trusted)
    ring = trees.write(tmp_path / "keyrings/debian-archive-keyring.pgp")
    assert find_keyrings(tmp_path / "keyrings", tmp_path / "trusted") == (ring,)


def test_sources() -> None:
    assert ARCHIVE.source("sid") == "deb [arch=amd64 signed-by=/k.gpg] http://m/debian/ sid main\n"
    assert ARCHIVE.source("bullseye-security").split()[3] == "http://m/debian-security/"


def test_the_private_configuration_is_all_that_apt_sees(tmp_path: Path) -> None:
    if shutil.which("apt-config") is None:
        pytest.skip("apt-config is not on PATH")
    root = tmp_path / "apt"
    config = write_private_root(root, ARCHIVE, ["sid"])
    dump = subprocess.run(["apt-config", "dump"], env={**os.environ, "APT_CONFIG": str(config)}, check=True,
                          capture_output=True, text=True).stdout
    values = dict(line.rstrip(";").split(" ", 1) for line in dump.lower().splitlines())
    places = ("state", "state::lists", "state::status", "cache", "cache::archives", "log", "etc::main",
              "etc::parts", "etc::sourcelist", "etc::sourceparts", "etc::preferences", "etc::preferencesparts",
              "etc::trusted", "etc::trustedparts", "etc::netrc", "etc::netrcparts")
    own = f'"{root}/'.lower()
    assert [place for place in places if not values[f"dir::{place}"].startswith(own)] == []
    assert values["acquire::allowinsecurerepositories"] == '"false"'
    assert values["apt::get::allowunauthenticated"] == '"false"'
    assert values["acquire::check-valid-until"] == '"false"'
    assert "acquire::check-date" not in values
    assert [name for name in values if "invoke" in name or "pre-install" in name] == []
