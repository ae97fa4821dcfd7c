"""Fetching from a repository on this disk with the real apt-get and dpkg-deb: no network, no Asterisk."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from self_test.asterisk import trees
from self_test.asterisk.repository import Repository, Signer

from callgate.asterisk import debian
from callgate.asterisk.build import Build
from callgate.asterisk.cache import Slot
from callgate.asterisk.progress import PlainProgress
from callgate.asterisk.settings import BuildSettings
from callgate.errors import MachineError, UsageError

SID = "debian:sid"


def fetch(settings: BuildSettings) -> tuple[Build, list[str]]:
    lines: list[str] = []
    return debian.get(SID, settings, PlainProgress(lines.append)), lines


def refused(settings: BuildSettings, match: str) -> None:
    """It is refused for that reason, in one line, and nothing is left that looks like a build."""
    with pytest.raises(MachineError, match=match) as caught:
        fetch(settings)
    assert str(caught.value).startswith(SID)
    assert "\n" not in str(caught.value)
    assert Slot(settings.cache, SID).build() is None
    assert [path.suffix for path in (settings.cache / "builds").iterdir()] == [".lock"]


def test_a_signed_repository_gives_a_build(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    build, lines = fetch(local)
    assert build.version == "22.99.1"
    assert build.modules == {"app_stasis", "pbx_config"}
    assert build.root.is_relative_to(local.cache)
    assert lines[0].startswith("debian:sid: reading the package lists of ")
    assert lines[-1].startswith("debian:sid: Asterisk 22.99.1, ")


def test_only_what_runs_is_unpacked(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    root = fetch(local)[0].root
    files = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
    assert files == {
        "usr/sbin/asterisk", "usr/lib/asterisk/modules/app_stasis.so", "usr/lib/asterisk/modules/pbx_config.so",
        "usr/lib/libtest.so.1", "usr/lib/libtest.so", "usr/share/asterisk/documentation/core-en_US.xml"}
    assert (root / "usr/lib/libtest.so").readlink() == Path("libtest.so.1")


def test_the_manifest_says_what_it_is(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    build, _ = fetch(local)
    manifest = json.loads((build.root.parent / "manifest.json").read_text())
    assert manifest["spec"] == SID
    assert manifest["version"] == "22.99.1"
    assert manifest["packages"] == {"asterisk": "1.0", "libtest": "1.0"}  # adduser is taken for granted


def test_nothing_is_written_outside_the_cache(
        repository: Repository, local: BuildSettings, signer: Signer, tmp_path: Path) -> None:
    repository.publish(signer)
    before = set(tmp_path.rglob("*"))
    fetch(local)
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(local.cache)}
    assert after == before
    assert sorted(path.name.split("-")[0] for path in (local.cache / "builds").iterdir()) == ["debian", "debian"]


def test_directories_are_private(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    fetch(local)
    directories = [local.cache, *(path for path in local.cache.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}


def test_once_here_nothing_is_started(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    build, _ = fetch(local)
    without_programs = replace(local, environment={**local.environment, "PATH": "/nonexistent"})
    assert fetch(without_programs) == (build, [])


@pytest.mark.parametrize("damage", ["manifest.json", "root/usr/sbin/asterisk"])
def test_a_damaged_build_is_fetched_again(
        repository: Repository, local: BuildSettings, signer: Signer, damage: str) -> None:
    repository.publish(signer)
    build, _ = fetch(local)
    (build.root.parent / damage).unlink()
    again, lines = fetch(local)
    assert again == build
    assert lines != []


def test_a_mirror_that_lags_behind_is_good_enough(
        repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer, extra="Valid-Until: Sat, 01 Jan 2000 00:00:00 UTC\n")
    assert fetch(local)[0].version == "22.99.1"


def test_an_unsigned_repository_is_refused(repository: Repository, local: BuildSettings) -> None:
    repository.publish(None)
    refused(local, "not as Debian signed them .*is not signed")


def test_a_repository_signed_by_somebody_else_is_refused(
        repository: Repository, local: BuildSettings, new_signer: Callable[[], Signer]) -> None:
    repository.publish(new_signer())
    refused(local, "not as Debian signed them")


def test_a_changed_release_file_is_refused(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    text = repository.inrelease.read_text()
    repository.inrelease.write_text(text.replace("Suite: unstable", "Suite: Unstable"))
    refused(local, "not as Debian signed them")


def test_a_changed_index_is_refused(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    repository.packages.write_text(repository.packages.read_text().replace("test\n", "Test\n"))
    refused(local, "not as Debian signed them")


def test_a_changed_package_is_refused(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    data = bytearray(repository.deb("libtest").read_bytes())
    data[-1] ^= 1
    repository.deb("libtest").write_bytes(data)
    refused(local, "not as Debian signed them")


def test_the_user_cannot_loosen_the_check(
        repository: Repository, local: BuildSettings, tmp_path: Path) -> None:
    repository.publish(None)
    loose = trees.write(tmp_path / "loose.conf", 'Acquire::AllowInsecureRepositories "true";\n'
                        'APT::Get::AllowUnauthenticated "true";\n')
    refused(replace(local, environment={**local.environment, "APT_CONFIG": str(loose)}), "is not signed")


def test_a_repository_without_asterisk(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    stanzas = repository.packages.read_text().split("\n\n")
    repository.packages.write_text(stanzas[1])
    repository.publish(signer)
    refused(local, "the mirror has no Asterisk for this architecture")


def test_a_dependency_that_is_missing(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    stanzas = repository.packages.read_text().split("\n\n")
    repository.packages.write_text(stanzas[0])
    repository.publish(signer)
    refused(local, "its packages do not fit together just now")


def test_an_asterisk_that_does_not_run(repository: Repository, local: BuildSettings, signer: Signer,
                                       tmp_path: Path) -> None:
    work = tmp_path / "work2"
    broken = Repository(repository.root, work)
    trees.script(work / "asterisk/usr/sbin/asterisk", "echo cannot open libssl.so >&2; exit 127")
    trees.write(work / "asterisk/usr/lib/asterisk/modules/app_stasis.so")
    trees.write(work / "asterisk/usr/share/asterisk/documentation/core-en_US.xml")
    repository.packages.write_text(broken._package("asterisk", ""))
    repository.publish(signer)
    with pytest.raises(MachineError, match=r"does not run: cannot open libssl.so"):
        fetch(local)
    assert Slot(local.cache, SID).build() is None


@pytest.mark.parametrize("missing", ["apt-config", "apt-get", "dpkg-deb"])
def test_a_missing_program_is_named(local: BuildSettings, tmp_path: Path, missing: str) -> None:
    for program in {"apt-config", "apt-get", "dpkg-deb"} - {missing}:
        trees.script(tmp_path / "bin" / program, "exit 1")
    with pytest.raises(MachineError, match=rf"^{missing} is not on PATH"):
        fetch(replace(local, environment={**local.environment, "PATH": str(tmp_path / "bin")}))


def test_no_keyring(repository: Repository, local: BuildSettings, tmp_path: Path) -> None:
    config = trees.write(tmp_path / "no-keys.conf", f'Dir::Etc::TrustedParts "{tmp_path / "none"}";\n')
    settings = replace(local, keyrings=tmp_path / "none",
                       environment={**local.environment, "APT_CONFIG": str(config)})
    with pytest.raises(MachineError, match="install the package debian-archive-keyring"):
        fetch(settings)


def test_a_mirror_that_is_no_address(local: BuildSettings) -> None:
    with pytest.raises(UsageError, match=r"'example.org' is no address"):
        fetch(replace(local, mirror="example.org"))


def test_a_cache_that_cannot_be_made(local: BuildSettings, tmp_path: Path) -> None:
    trees.write(tmp_path / "file")
    settings = replace(local, environment={**local.environment, "CALLGATE_CACHE": str(tmp_path / "file/cache")})
    with pytest.raises(MachineError, match=r"cannot write to the cache .*: Not a directory"):
        fetch(settings)


def test_a_cache_with_spaces_in_its_name(repository: Repository, local: BuildSettings, signer: Signer,
                                         tmp_path: Path) -> None:
    repository.publish(signer)
    settings = replace(local, environment={**local.environment, "CALLGATE_CACHE": str(tmp_path / "a b, c")})
    assert fetch(settings)[0].version == "22.99.1"


def test_a_cache_that_apt_cannot_name(repository: Repository, local: BuildSettings, tmp_path: Path) -> None:
    settings = replace(local, environment={**local.environment, "CALLGATE_CACHE": str(tmp_path / 'a"b')})
    with pytest.raises(UsageError, match=r"choose another with \$CALLGATE_CACHE"):
        fetch(settings)


def test_no_mirror_and_no_blind_trust_is_written_in_the_code() -> None:
    package = Path(debian.__file__).parent
    sources = "".join(path.read_text() for path in package.glob("*.py"))
    assert re.search(r"https?://|ftp://", sources) is None
    assert "trusted=yes" not in sources.replace(" ", "").lower()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_without_permission(local: BuildSettings, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    settings = replace(local, environment={**local.environment, "CALLGATE_CACHE": str(tmp_path / "locked/cache")})
    with pytest.raises(MachineError, match="Permission denied"):
        fetch(settings)
