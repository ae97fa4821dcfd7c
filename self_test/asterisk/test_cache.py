from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from self_test.asterisk import trees

from callgate.asterisk.cache import Manifest, Slot, private_directory

MANIFEST = Manifest("debian:sid", "22.10.1", {"asterisk": "1:22.10.1"}, "2026-01-02T03:04:05+00:00")


def nobody_else() -> None:
    pytest.fail("somebody else holds the lock")


def publish(slot: Slot, manifest: Manifest = MANIFEST) -> None:
    with slot.locked(nobody_else), slot.staging() as partial:
        trees.installed(partial / "root")
        slot.publish(partial, manifest)


def test_a_published_build_is_found(tmp_path: Path) -> None:
    slot = Slot(tmp_path / "cache", "debian:sid")
    assert slot.build() is None
    publish(slot)
    build = slot.build()
    assert build is not None
    assert (build.spec, build.version) == ("debian:sid", "22.10.1")
    assert build.argv("-V") == [str(slot.directory / "root/usr/sbin/asterisk"), "-V"]


def test_publishing_replaces_what_is_there(tmp_path: Path) -> None:
    slot = Slot(tmp_path, "debian:sid")
    publish(slot)
    trees.write(slot.directory / "root/old")
    publish(slot)
    assert not (slot.directory / "root/old").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"spec": "debian:sid"}', '{"unknown": 1}', "\xff",
                                  '{"spec": "s", "version": 1, "packages": {}, "fetched": ""}'])
def test_a_broken_manifest_is_no_build(tmp_path: Path, text: str) -> None:
    slot = Slot(tmp_path, "debian:sid")
    publish(slot)
    (slot.directory / "manifest.json").write_text(text, encoding="latin-1")
    assert slot.build() is None


def test_a_manifest_of_another_format_is_no_build(tmp_path: Path) -> None:
    slot = Slot(tmp_path, "debian:sid")
    publish(slot)
    manifest = slot.directory / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    assert slot.build() is None


def test_what_was_not_published_is_gone(tmp_path: Path) -> None:
    slot = Slot(tmp_path, "debian:sid")
    with slot.locked(nobody_else):
        staging = slot.staging()
        partial = staging.__enter__()
        trees.installed(partial / "root")
        interrupt = KeyboardInterrupt()
        assert not staging.__exit__(KeyboardInterrupt, interrupt, None)
        assert not partial.exists()
    assert slot.build() is None


def test_leftovers_of_this_build_alone_are_removed(tmp_path: Path) -> None:
    slot, other = Slot(tmp_path, "debian:sid"), Slot(tmp_path, "debian:bullseye")
    mine = trees.write(slot.directory.parent / f".{slot.directory.name}.x.partial/file").parent
    theirs = trees.write(other.directory.parent / f".{other.directory.name}.x.partial/file").parent
    with slot.locked(nobody_else), slot.staging():
        assert not mine.exists()
        assert theirs.exists()


def test_two_builds_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with Slot(tmp_path, "debian:sid").locked(nobody_else), Slot(tmp_path, "debian:bullseye").locked(nobody_else):
        pass


def test_whoever_comes_second_is_told(tmp_path: Path) -> None:
    class ToldError(Exception):
        pass

    def waiting() -> None:
        raise ToldError

    slot = Slot(tmp_path, "debian:sid")
    with slot.locked(nobody_else), pytest.raises(ToldError), slot.locked(waiting):
        pass
    with slot.locked(nobody_else):
        pass


def test_all_missing_directories_are_private(tmp_path: Path) -> None:
    private_directory(tmp_path / "a/b/c")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3
