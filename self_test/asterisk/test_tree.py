"""Finding an Asterisk in trees of every shape that builds and packages leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.asterisk import trees
from self_test.asterisk.test_elf import elf

from callgate.asterisk.tree import locate, resolve_inside
from callgate.errors import UsageError

TRIPLET = "riscv64-linux-gnu"


def own_libc(root: Path, linker: str) -> None:
    """Turn the program into one that asks for /lib/ld-test.so.1, and put that file somewhere."""
    program = root / "usr/sbin/asterisk"
    program.write_bytes(elf(64, "<"))
    trees.write(root / linker, mode=0o755)


@pytest.mark.parametrize(("prefix", "modules", "data"), [
    ("usr", f"lib/{TRIPLET}/asterisk/modules", "usr/share/asterisk"),       # Debian sid
    ("usr", "lib/asterisk/modules", "usr/share/asterisk"),                  # Debian bullseye
    ("usr", "lib64/asterisk/modules", "var/lib/asterisk"),                  # make install DESTDIR=...
    ("usr/local", "lib/asterisk/modules", "usr/local/var/lib/asterisk"),    # --prefix=/usr/local
    ("opt/asterisk", "lib/asterisk/modules", "opt/asterisk/var/lib/asterisk"),
    ("", "lib/asterisk/modules", "var/lib/asterisk"),                       # the prefix itself
    ("", "lib/asterisk/modules", "share/asterisk"),
])
def test_layouts(tmp_path: Path, prefix: str, modules: str, data: str) -> None:
    trees.installed(tmp_path, prefix, modules=modules, data=data)
    tree = locate(tmp_path)
    assert tree.root == tmp_path
    assert tree.program == tmp_path / prefix / "sbin/asterisk"
    assert tree.module_dir == tmp_path / prefix / modules
    assert tree.data_dir == tmp_path / data
    assert (tree.loader, tree.library_path) == ((), ())


def test_the_nearest_modules_and_data_win(tmp_path: Path) -> None:
    """/usr/local has an Asterisk of its own beside that of the system."""
    trees.installed(tmp_path, "usr/local", data="usr/local/var/lib/asterisk")
    trees.write(tmp_path / "usr/lib/asterisk/modules/app_other.so")
    trees.write(tmp_path / "var/lib/asterisk/documentation/core-en_US.xml")
    tree = locate(tmp_path)
    assert tree.module_dir == tmp_path / "usr/local/lib/asterisk/modules"
    assert tree.data_dir == tmp_path / "usr/local/var/lib/asterisk"


def test_asked_for_usr_itself(tmp_path: Path) -> None:
    trees.installed(tmp_path, data="var/lib/asterisk")
    assert locate(tmp_path / "usr").data_dir == tmp_path / "var/lib/asterisk"


def test_asked_for_the_program(tmp_path: Path) -> None:
    trees.installed(tmp_path / "opt/asterisk", "", data="var/lib/asterisk")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/asterisk").symlink_to(tmp_path / "opt/asterisk/sbin/asterisk")
    tree = locate(tmp_path / "bin/asterisk")
    assert tree.root == tmp_path / "opt/asterisk"
    assert tree.data_dir == tmp_path / "opt/asterisk/var/lib/asterisk"


def test_relative_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees.installed(tmp_path / "build/root")
    monkeypatch.chdir(tmp_path)
    assert locate(Path("build/root")).program == tmp_path / "build/root/usr/sbin/asterisk"


def test_its_own_linker_and_libraries(tmp_path: Path) -> None:
    trees.installed(tmp_path)
    own_libc(tmp_path, "lib/ld-test.so.1")
    trees.write(tmp_path / f"usr/lib/{TRIPLET}/libssl.so.3")
    trees.write(tmp_path / "usr/lib/libasteriskpj.so.2")
    trees.write(tmp_path / "usr/lib/sasl2/libplain.so")
    tree = locate(tmp_path)
    assert tree.loader[:2] == (str(tmp_path / "lib/ld-test.so.1"), "--library-path")
    assert tree.loader[2].split(":") == [
        str(tmp_path / "usr/lib"), str(tmp_path / f"usr/lib/{TRIPLET}"), str(tmp_path / "lib")]


def test_a_linker_behind_an_absolute_link(tmp_path: Path) -> None:
    """Debian bullseye: /lib64/ld-... is a link to /lib/TRIPLET/ld-2.31.so, which must not leave the tree."""
    trees.installed(tmp_path)
    own_libc(tmp_path, f"lib/{TRIPLET}/ld-2.31.so")
    (tmp_path / "lib/ld-test.so.1").symlink_to(f"/lib/{TRIPLET}/ld-2.31.so")
    assert locate(tmp_path).loader[0] == str(tmp_path / f"lib/{TRIPLET}/ld-2.31.so")


def test_a_linker_under_usr_only(tmp_path: Path) -> None:
    """Debian sid: the program asks for /lib64/ld-..., the package has it under /usr/lib64."""
    trees.installed(tmp_path)
    own_libc(tmp_path, "usr/lib/ld-test.so.1")
    assert locate(tmp_path).loader[0] == str(tmp_path / "usr/lib/ld-test.so.1")


def test_without_a_linker_it_runs_directly(tmp_path: Path) -> None:
    trees.installed(tmp_path)
    (tmp_path / "usr/sbin/asterisk").write_bytes(elf(64, "<"))
    assert locate(tmp_path).loader == ()


def test_libraries_of_a_prefix_are_pointed_out(tmp_path: Path) -> None:
    trees.installed(tmp_path, "", data="var/lib/asterisk")
    trees.write(tmp_path / "lib/libasteriskssl.so.1")
    assert locate(tmp_path).library_path == (str(tmp_path / "lib"),)


def test_library_directories_are_named_once_and_only_inside(tmp_path: Path) -> None:
    root = trees.installed(tmp_path / "root")
    own_libc(root, "usr/lib/ld-test.so.1")
    (root / "lib").symlink_to("usr/lib")
    (root / "lib64").symlink_to(trees.write(tmp_path / "elsewhere/libc.so.6").parent)
    trees.write(root / "usr/lib/libc.so.6")
    assert locate(root).loader[2] == str(root / "usr/lib")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no Asterisk in .*: none of usr/sbin/asterisk, .* is there"):
        locate(tmp_path)
    with pytest.raises(UsageError, match="no such file or directory"):
        locate(tmp_path / "missing")


def test_no_modules(tmp_path: Path) -> None:
    trees.installed(tmp_path)
    for module in (tmp_path / "usr/lib/asterisk/modules").iterdir():
        module.unlink()
    with pytest.raises(UsageError, match=rf"has no modules: looked for lib/asterisk/modules.* under {tmp_path}"):
        locate(tmp_path)


def test_no_documentation(tmp_path: Path) -> None:
    trees.installed(tmp_path)
    (tmp_path / "usr/share/asterisk/documentation/core-en_US.xml").unlink()
    with pytest.raises(UsageError, match="without which Asterisk does not boot: looked for share/asterisk"):
        locate(tmp_path)


def test_links_are_followed_inside(tmp_path: Path) -> None:
    trees.write(tmp_path / "real/file")
    (tmp_path / "a").symlink_to("/real")
    (tmp_path / "b").symlink_to("../../../a")
    (tmp_path / "loop").symlink_to("loop")
    assert resolve_inside(tmp_path, "/b/file") == tmp_path / "real/file"
    assert resolve_inside(tmp_path, "/a/../../real/./file") == tmp_path / "real/file"
    assert resolve_inside(tmp_path, "/b/none") is None
    assert resolve_inside(tmp_path, "/loop") is None
