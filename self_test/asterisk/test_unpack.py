from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from self_test.asterisk import trees

from callgate.asterisk.unpack import is_kept, unpack
from callgate.errors import MachineError

Add = Callable[[tarfile.TarFile], None]


def unpacked(tmp_path: Path, add: Add, *, after: str = "exit 0") -> Path:
    """Unpack a `package` whose dpkg-deb writes out the tar archive that `add` fills."""
    with tarfile.open(tmp_path / "data.tar", "w") as archive:
        add(archive)
    trees.script(tmp_path / "bin/dpkg-deb", f'cat "{tmp_path / "data.tar"}"; {after}')
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    unpack(tmp_path / "test_1.0_all.deb", root, {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"})
    return root


def member(name: str, content: bytes = b"", **fields: object) -> Add:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return lambda archive: archive.addfile(info, io.BytesIO(content))


def several(*adds: Add) -> Add:
    def add_all(archive: tarfile.TarFile) -> None:
        for add in adds:
            add(archive)

    return add_all


@pytest.mark.parametrize(("name", "kept"), [
    ("usr/sbin/asterisk", True), ("usr/sbin/adduser", False), ("usr/bin/perl", False),
    ("usr/lib/riscv64-linux-gnu/libssl.so.3", True), ("lib64/ld-linux-x86-64.so.2", True),
    ("usr/share/asterisk/rest-api/events.json", True), ("usr/share/doc/asterisk/README", False),
    ("usr/share/locale/de/x.mo", False), ("usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", False),
    ("usr/lib/systemd/system/asterisk.service", False), ("etc/asterisk/sip.conf", False),
    ("usr/libexec/helper", False),
])
def test_what_is_kept(name: str, kept: bool) -> None:
    assert is_kept(PurePosixPath(name)) is kept


def test_files_and_links(tmp_path: Path) -> None:
    root = unpacked(tmp_path, several(
        member("./usr/lib", type=tarfile.DIRTYPE),
        member("./usr/lib/libx.so.1", b"library", mode=0o644),
        member("./usr/lib/libx.so", type=tarfile.SYMTYPE, linkname="libx.so.1"),
        member("./usr/lib/same.so", type=tarfile.LNKTYPE, linkname="./usr/lib/libx.so.1"),
        member("./usr/sbin/asterisk", b"program", mode=0o4755, uid=0),
        member("./usr/lib/device", type=tarfile.CHRTYPE),
        member("./usr/share/doc/x", b"text")))
    assert (root / "usr/lib/libx.so").read_bytes() == b"library"
    assert (root / "usr/lib/same.so").samefile(root / "usr/lib/libx.so.1")
    assert (root / "usr/sbin/asterisk").stat().st_mode & 0o7777 == 0o700
    assert (root / "usr/lib/libx.so.1").stat().st_mode & 0o7777 == 0o600
    assert {path.name for path in root.rglob("*") if not path.is_dir()} == {
        "libx.so.1", "libx.so", "same.so", "asterisk"}


def test_a_second_package_may_have_the_same_file(tmp_path: Path) -> None:
    unpacked(tmp_path, member("./usr/lib/x", b"one"))
    assert (unpacked(tmp_path, member("./usr/lib/x", b"two")) / "usr/lib/x").read_bytes() == b"two"


@pytest.mark.parametrize("add", [
    member("./usr/lib/../../../escaped", b"x"),
    several(member("./usr/lib/out", type=tarfile.SYMTYPE, linkname="../../.."), member("./usr/lib/out/escaped", b"x")),
    several(member("./usr/lib/out", type=tarfile.SYMTYPE, linkname="../../.."),
            member("./usr/lib/out/new/escaped", b"x")),
    member("./usr/lib/x", type=tarfile.LNKTYPE, linkname="../secret"),
], ids=["dots", "through a link", "a new directory through a link", "a hard link"])
def test_nothing_gets_out_of_the_tree(tmp_path: Path, add: Add) -> None:
    trees.write(tmp_path / "secret")
    with pytest.raises(MachineError, match="leads out of its tree"):
        unpacked(tmp_path, add)
    assert not [path for path in tmp_path.rglob("*") if path.name in {"escaped", "new"}]


def test_an_absolute_name_stays_inside(tmp_path: Path) -> None:
    assert unpacked(tmp_path, member("/usr/lib/x", b"x")).is_dir()
    assert [path for path in tmp_path.rglob("x") if "root" not in path.parts] == []


def test_dpkg_deb_that_fails(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"test_1.0_all.deb is damaged: lzma error: corrupt"):
        unpacked(tmp_path, member("./usr/lib/x"), after="echo lzma error: corrupt >&2; exit 2")


def test_an_archive_that_ends_too_soon(tmp_path: Path) -> None:
    trees.script(tmp_path / "bin/dpkg-deb", "printf '%0512d' 7")
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    with pytest.raises(MachineError, match=r"test_1.0_all.deb is damaged"):
        unpack(tmp_path / "test_1.0_all.deb", tmp_path, environment)


def test_no_package(tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not on PATH")
    package = trees.write(tmp_path / "no_1.0_all.deb", "no package")
    with pytest.raises(MachineError, match=r"no_1.0_all.deb is damaged: dpkg-deb: error"):
        unpack(package, tmp_path, {"PATH": os.environ["PATH"]})
