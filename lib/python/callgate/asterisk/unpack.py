"""Unpacks what running Asterisk needs from Debian packages, as an ordinary user.

dpkg-deb decompresses; files are made here, so that the rest (documentation, locales, programs) is never
written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from callgate.asterisk.cache import private_directory
from callgate.asterisk.children import child
from callgate.errors import MachineError

#: The rest of usr/share, etc and var is documentation, or looked for by an absolute path, not in a tree.
_KEPT = tuple(map(PurePosixPath, (
    "lib", "lib32", "lib64", "libx32", "usr/lib", "usr/lib32", "usr/lib64", "usr/libx32",
    "usr/sbin/asterisk", "usr/share/asterisk")))
#: Directories below the libraries that hold none, or ones that are only found by an absolute path.
_LEFT_OUT = frozenset({"gconv", "perl", "perl5", "python3", "systemd", "udev", "tmpfiles.d", "sysusers.d"})


def unpack(package: Path, root: Path, environment: Mapping[str, str]) -> None:
    """Unpack one package into `root`, which exists.

    Raises MachineError if the package is damaged, OSError if a file cannot be written.
    """
    why = ""
    with child(["dpkg-deb", "--fsys-tarfile", str(package)], environment, stderr=subprocess.PIPE) as dpkg:
        try:
            with tarfile.open(fileobj=dpkg.stdout, mode="r|") as archive:
                for member in archive:
                    _make(archive, member, root)
            while dpkg.stdout.read(1 << 16):  # the padding: dpkg-deb must not find the pipe closed
                pass
        except tarfile.TarError as error:
            why = str(error)
        said = dpkg.complaints() or why
        if dpkg.process.wait() != 0 or why:
            raise MachineError(f"{package.name} is damaged: {(said or 'dpkg-deb failed').splitlines()[0]}")


def is_kept(name: PurePosixPath) -> bool:
    """Whether a path in a package is worth having."""
    return not _LEFT_OUT.intersection(name.parts) and any(map(name.is_relative_to, _KEPT))


def _make(archive: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    """Make one file or link; directories are made when something is put into them."""
    name = _name(member.name)
    if member.isdir() or not is_kept(name):
        return
    target = _inside(root, name)
    target.unlink(missing_ok=True)
    source = archive.extractfile(member) if member.isreg() else None
    if source is not None:
        _write(source, target, 0o700 if member.mode & 0o100 else 0o600)
    elif member.issym():
        target.symlink_to(member.linkname)
    elif member.islnk():
        target.hardlink_to(_inside(root, _name(member.linkname)))


def _name(text: str) -> PurePosixPath:
    return PurePosixPath(text.removeprefix("./"))


def _write(source: IO[bytes], target: Path, mode: int) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 18)


def _inside(root: Path, name: PurePosixPath) -> Path:
    """Say where a member goes, and make the directory. Raises MachineError if that is outside the tree."""
    target = root / name
    if ".." in name.parts or not target.parent.resolve().is_relative_to(root.resolve()):
        raise MachineError(f"a package has a file '{name}' that leads out of its tree")
    private_directory(target.parent)
    return target
