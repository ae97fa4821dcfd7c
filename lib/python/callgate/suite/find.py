"""Finds the tests below a directory: every test-config.yaml, each real directory once, none passed over."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from callgate.suite.diagnostics import Diagnostic, printable, quoted

#: The file that makes a directory a test.
CONFIG_NAME = "test-config.yaml"
#: Names somebody may write instead; a test must not be missed for it.
_NEARLY = frozenset({"test-config.yml", "test_config.yaml", "test_config.yml", "testconfig.yaml"})


@dataclass(slots=True)
class Found:
    """What a search came upon."""

    #: Directories that hold a test-config.yaml, as they were reached from the root, sorted.
    directories: list[Path] = field(default_factory=list)
    #: What could hide a test: directories that cannot be read, files that are nearly called right.
    errors: list[Diagnostic] = field(default_factory=list)


def find_tests(root: Path, start: Path) -> Found:
    """Search `start` and what is below it; both are absolute.

    Hidden directories and `__pycache__` are left out. The test-config.yaml of the root is that of the whole
    suite. Symbolic links to directories are followed after all that is there without them, and never to
    where the search has been: so a test has its real name if it has one here, and a loop has an end.
    """
    found = Found()
    seen: set[tuple[int, int]] = set()
    links: deque[Path] = deque([start])
    while links:
        pending = [links.popleft()]
        while pending:
            directory = pending.pop()
            try:
                status = directory.stat()
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
                below, linked = _look_into(directory, root, found)
            except OSError as error:
                found.errors.append(_whole(root, directory, f"cannot be searched: {error.strerror}"))
                continue
            pending += below
            links += linked
    found.directories.sort()
    return found


def shown(root: Path, path: Path) -> str:
    """Return how messages call a path: relative to the root, with '/'."""
    return path.relative_to(root).as_posix()


def bad_name(test: str) -> str | None:
    """Return why the directory of a test is one that no selector could name, or None."""
    if test == printable(test) and not set(test) & set(" []") and "::" not in test:
        return None
    return f"{quoted(test)} cannot be a test's name: it has a blank, '[', ']', '::' or something unprintable"


def _look_into(directory: Path, root: Path, found: Found) -> tuple[list[Path], list[Path]]:
    """Note what is in one directory; return the directories in it, and the symbolic links to some."""
    below: list[Path] = []
    linked: list[Path] = []
    for entry in _entries(directory):
        path = directory / entry.name
        if entry.name == CONFIG_NAME:
            # Whatever it is: a broken link is an error when it is read, not a test less.
            if directory != root:
                found.directories.append(directory)
        elif entry.name.lower() in {CONFIG_NAME, *_NEARLY}:
            found.errors.append(_whole(root, path, f"must be called {CONFIG_NAME}"))
        elif entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        elif entry.is_dir(follow_symlinks=False):
            below.append(path)
        elif entry.is_symlink() and path.is_dir():
            linked.append(path)
    return below, linked


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)


def _whole(root: Path, path: Path, message: str) -> Diagnostic:
    return Diagnostic(shown(root, path), 0, 0, message)
