from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from self_test.asterisk import trees
from self_test.asterisk.test_remote import LAB, SECRETS

from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.cache import Manifest, Slot
from callgate.asterisk.catalog import default_spec, known, resolve
from callgate.asterisk.progress import PlainProgress
from callgate.asterisk.remote import RemoteSettings
from callgate.asterisk.settings import BuildSettings
from callgate.errors import MachineError, UsageError

SILENT = PlainProgress(lambda text: pytest.fail(f"nothing to say: {text}"))


def settings(tmp_path: Path, extra: Mapping[str, str] | None = None) -> BuildSettings:
    environment = {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "nothing"), **SECRETS, **(extra or {})}
    return BuildSettings(environment, remotes={"lab": RemoteSettings.model_validate(LAB)})


def cached(here: BuildSettings, spec: str, version: str) -> None:
    slot = Slot(here.cache, spec)
    with slot.locked(lambda: None), slot.staging() as partial:
        trees.installed(partial / "root")
        slot.publish(partial, Manifest(spec, version, {}, "2026-01-02T03:04:05+00:00"))


def test_a_path(tmp_path: Path) -> None:
    trees.installed(tmp_path / "tree", version="22.5.0~rc1")
    build = resolve(str(tmp_path / "tree"), settings(tmp_path), SILENT)
    assert isinstance(build, Build)
    assert (build.spec, build.version) == (str(tmp_path / "tree"), "22.5.0-rc1")


@pytest.mark.parametrize("spec", ["tree", "./tree", "~/tree"])
def test_ways_to_write_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    trees.installed(tmp_path / "tree")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    build = resolve(spec, settings(tmp_path, {"HOME": str(tmp_path)}), SILENT)
    assert isinstance(build, Build)
    assert build.root == tmp_path / "tree"


def test_the_program_finds_its_own_libraries(tmp_path: Path) -> None:
    root = trees.installed(tmp_path / "opt", "", data="var/lib/asterisk")
    trees.script(root / "sbin/asterisk", 'echo "Asterisk $LD_LIBRARY_PATH"')
    trees.write(root / "lib/libasteriskssl.so.1")
    build = resolve(str(root), settings(tmp_path), SILENT)
    assert isinstance(build, Build)
    assert build.version == str(root / "lib")


def test_a_program_that_does_not_run(tmp_path: Path) -> None:
    trees.installed(tmp_path / "tree")
    trees.script(tmp_path / "tree/usr/sbin/asterisk", "echo no libc >&2; exit 127")
    with pytest.raises(MachineError, match="does not run: no libc"):
        resolve(str(tmp_path / "tree"), settings(tmp_path), SILENT)


def test_a_fetched_build(tmp_path: Path) -> None:
    here = settings(tmp_path)
    cached(here, "debian:bullseye", "16.28.0")
    build = resolve("debian:bullseye", here, SILENT)
    assert isinstance(build, Build)
    assert build.version == "16.28.0"


def test_a_remote(tmp_path: Path) -> None:
    build = resolve("remote:lab", settings(tmp_path), SILENT)
    assert isinstance(build, RemoteBuild)
    assert build.host == "pbx.example.org"


@pytest.mark.parametrize(("spec", "hint"), [
    ("debian:sidd", "; did you mean 'debian:sid'?"), ("sid", "; did you mean 'debian:sid'?"),
    ("bulseye", "; did you mean 'debian:bullseye'?"), ("remote:lap", "; did you mean 'remote:lab'?"),
    ("debian:potato", ""), ("", ""),
])
def test_an_unknown_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, hint: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        resolve(spec, settings(tmp_path), SILENT)
    text = (f"unknown build '{spec}': there are debian:sid, debian:experimental, debian:bullseye, remote:lab, "
            "or the path of an installed Asterisk")
    assert str(caught.value).startswith(text)
    assert str(caught.value).endswith(hint or "Asterisk")


def test_a_remote_one_of_a_suite_without_any(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"; a remote one is named under 'builds:' in the suite's test-config\.yaml$"):
        resolve("remote:lab", BuildSettings({"HOME": str(tmp_path)}), SILENT)


def test_the_default(tmp_path: Path) -> None:
    assert default_spec(settings(tmp_path)) == "debian:sid"
    trees.installed(tmp_path / "tree", version="20.1.0")
    on_path = settings(tmp_path, {"PATH": f"/nonexistent:{tmp_path / 'tree/usr/sbin'}"})
    assert default_spec(on_path) == str(tmp_path / "tree/usr/sbin/asterisk")
    build = resolve(None, on_path, SILENT)
    assert isinstance(build, Build)
    assert (build.root, build.version) == (tmp_path / "tree", "20.1.0")
    variable = settings(tmp_path, {**on_path.environment, "CALLGATE_ASTERISK": "remote:lab"})
    assert isinstance(resolve(None, variable, SILENT), RemoteBuild)


def test_a_mistake_in_the_variable_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^\$CALLGATE_ASTERISK: unknown build 'debian:sidd'"):
        resolve(None, settings(tmp_path, {"CALLGATE_ASTERISK": "debian:sidd"}), SILENT)


def test_what_is_known(tmp_path: Path) -> None:
    trees.installed(tmp_path / "tree", version="20.1.0")
    here = settings(tmp_path, {"PATH": str(tmp_path / "tree/usr/sbin")})
    cached(here, "debian:bullseye", "16.28.0")
    rows = [(entry.spec, entry.version, entry.default) for entry in known(here)]
    program = str(tmp_path / "tree/usr/sbin/asterisk")
    assert rows == [("debian:sid", None, False), ("debian:experimental", None, False),
                    ("debian:bullseye", "16.28.0", False), ("remote:lab", None, False), (program, "20.1.0", True)]
    assert known(here)[0].where == "not fetched"
    assert known(here)[2].where == str(Slot(here.cache, "debian:bullseye").directory)


def test_a_broken_default_is_still_listed(tmp_path: Path) -> None:
    entries = known(settings(tmp_path, {"CALLGATE_ASTERISK": str(tmp_path / "missing")}))
    assert entries[-1].default
    assert entries[-1].where == f"no Asterisk in {tmp_path / 'missing'}: no such file or directory"


def test_nothing_on_path_is_looked_for_in_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees.script(tmp_path / "bin/asterisk", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + os.pathsep + os.environ["PATH"])
    assert default_spec(BuildSettings({"HOME": str(tmp_path)})) == "debian:sid"
