"""Finds an Asterisk in a tree: an installed prefix, a DESTDIR, or unpacked packages.

Nothing is known about the architecture or the distribution. Places are tried in a fixed order with globs of a
bounded depth, so that `/` is a tree like any other. Where a build may put things: Asterisk's configure.ac
(astmoddir, astdatadir); Debian's packages differ from it and among themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from callgate.asterisk.elf import interpreter
from callgate.errors import UsageError

#: `usr` first: where /sbin is a link to usr/sbin, the prefix is usr.
_PROGRAMS = ("usr/sbin/asterisk", "usr/local/sbin/asterisk", "sbin/asterisk", "opt/*/sbin/asterisk",
             "usr/bin/asterisk", "bin/asterisk")
_MODULE_DIRS = ("lib/asterisk/modules", "lib64/asterisk/modules", "lib/*-linux-*/asterisk/modules")
_DATA_DIRS = ("share/asterisk", "var/lib/asterisk")
_LIBRARY_DIRS = ("lib", "lib64", "lib/*-linux-*")
#: main/xmldoc.c: without any documentation Asterisk ends at once.
_DOCUMENTATION = "documentation/core-en_US.xml"
#: As many symbolic links as the kernel follows before it says ELOOP (path_resolution(7)).
_MOST_LINKS = 40


@dataclass(frozen=True)
class Tree:
    """Where the parts of an Asterisk are."""

    root: Path
    program: Path
    loader: tuple[str, ...]
    library_path: tuple[str, ...]
    module_dir: Path
    data_dir: Path


def locate(given: Path) -> Tree:
    """Find the Asterisk in a tree, or around its own program.

    Raises UsageError, naming the places that were tried, if its program, modules or documentation are
    missing.
    """
    root, program = _program(given)
    prefix = program.parent.parent
    bases = _upwards(prefix, root)
    modules = _first(bases, _MODULE_DIRS, lambda path: any(path.glob("*.so")))
    if modules is None:
        raise UsageError(_missing(f"{program} has no modules", bases, _MODULE_DIRS))
    data = _first(bases, _DATA_DIRS, lambda path: (path / _DOCUMENTATION).is_file())
    if data is None:
        raise UsageError(_missing(f"{program} has no {_DOCUMENTATION}, without which Asterisk does not boot",
                                  bases, _DATA_DIRS))
    linker = _own_linker(root, program)
    if linker is not None:
        libraries = list(_library_dirs(bases, root, "*.so*"))
        loader: tuple[str, ...] = (str(linker), "--library-path", ":".join(libraries))
        return Tree(root, program, loader, (), modules, data)
    # The system's linker looks in /usr/lib by itself, but not in a prefix of one's own.
    own = () if prefix in {Path("/"), Path("/usr")} else _library_dirs(bases, prefix, "libasterisk*.so*")
    return Tree(root, program, (), tuple(own), modules, data)


def _program(given: Path) -> tuple[Path, Path]:
    """Find the root of the tree, absolute, and the program in it."""
    path = given.absolute()
    if path.is_file():
        program = path.resolve()
        root = program.parent.parent
    elif path.is_dir():
        root = path
        found = (match for pattern in _PROGRAMS for match in sorted(root.glob(pattern)) if match.is_file())
        program = next(found, path)
        if program == path:
            raise UsageError(f"no Asterisk in {given}: none of {', '.join(_PROGRAMS)} is there")
    else:
        raise UsageError(f"no Asterisk in {given}: no such file or directory")
    if root.name == "usr":  # asked for /usr itself: its data may be in /var/lib
        root = root.parent
    return root, program


def _upwards(prefix: Path, root: Path) -> list[Path]:
    """List the prefix and its parents up to the root: the nearest wins."""
    return [base for base in (prefix, *prefix.parents) if base == root or root in base.parents]


def _first(bases: list[Path], patterns: tuple[str, ...], good: Callable[[Path], bool]) -> Path | None:
    found = (path for base in bases for pattern in patterns for path in sorted(base.glob(pattern)))
    return next(filter(good, found), None)


def _missing(what: str, bases: list[Path], patterns: tuple[str, ...]) -> str:
    return f"{what}: looked for {', '.join(patterns)} under {', '.join(map(str, bases))}"


def _library_dirs(bases: list[Path], root: Path, wanted: str) -> Iterator[str]:
    """Directories of the tree with such libraries in them, each once."""
    seen: set[Path] = set()
    for base in dict.fromkeys([*bases, root]):
        for pattern in _LIBRARY_DIRS:
            for path in sorted(base.glob(pattern)):
                real = path.resolve()
                if real in seen or not real.is_relative_to(root.resolve()) or not any(path.glob(wanted)):
                    continue
                seen.add(real)
                yield str(path)


def _own_linker(root: Path, program: Path) -> Path | None:
    """Find the dynamic linker that the program asks for in the tree: it is there if the tree has a libc."""
    if root == Path("/"):
        return None
    wanted = interpreter(program)
    if wanted is None:
        return None
    # Packages that rely on /lib64 being a link to usr/lib64 do not bring that link along.
    for path in (wanted, "/usr" + wanted):
        found = resolve_inside(root, path)
        if found is not None and found.is_file():
            return found
    return None


def resolve_inside(root: Path, path: str) -> Path | None:
    """Find what a path means where `root` is the root directory: absolute links stay inside, `..` ends there.

    None if nothing is there, or if the links go in circles.
    """
    todo = list(PurePosixPath(path.lstrip("/")).parts)[::-1]
    here, links = root, 0
    while todo:
        part = todo.pop()
        if part == "..":
            here = here if here == root else here.parent
            continue
        here /= part
        if here.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                return None
            target = here.readlink()
            here = root if target.is_absolute() else here.parent
            todo += [piece for piece in target.parts if piece != "/"][::-1]
    return here if here.exists() else None
