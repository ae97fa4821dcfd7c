"""From what is on the command line to the tests that are meant: paths, `path::Scenario`, or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callgate.errors import NothingSelectedError, UsageError
from callgate.suite.diagnostics import Diagnostic, did_you_mean, nearest, printable, quoted
from callgate.suite.find import CONFIG_NAME, find_tests, shown

#: Where tests are when no path is given.
DEFAULT_PATH = "tests"


@dataclass(slots=True)
class Chosen:
    """One test that was selected."""

    directory: Path
    #: The scenarios that were asked for by name, each with the selector that did; None for all of them.
    names: dict[str, str] | None


@dataclass(slots=True)
class Selection:
    """The tests that the selectors name, by the real path of their directories: none is there twice."""

    tests: dict[Path, Chosen] = field(default_factory=dict)
    errors: list[Diagnostic] = field(default_factory=list)

    def add(self, directory: Path, name: str | None, selector: str) -> None:
        """Select one scenario of a test, or all of them."""
        chosen = self.tests.setdefault(directory.resolve(), Chosen(directory, {}))
        if name is None:
            chosen.names = None
        elif chosen.names is not None:
            chosen.names.setdefault(name, selector)


def select(root: Path, selectors: Sequence[str], current: Path) -> Selection:
    """Find the tests that the selectors name: below `tests/` when there is none. Both paths are absolute.

    A path is relative to the current directory or else to the root. Raises UsageError for paths that do not
    exist, all of them at once, and NothingSelectedError for paths that hold no test.
    """
    selection = Selection()
    wrong: list[str] = []
    empty: list[str] = []
    if not root.is_dir():
        raise UsageError(f"--root {printable(str(root))} does not exist")
    if not selectors:
        if not (root / DEFAULT_PATH).exists():
            raise UsageError(f"there is no {DEFAULT_PATH}/ in {printable(str(root))}: go to the root of the suite, "
                             "give --root, or name what to run")
        selectors, current = [DEFAULT_PATH], root
    for selector in selectors:
        try:
            _select_one(root, selector, current, selection)
        except UsageError as error:
            wrong.append(str(error))
        except NothingSelectedError as error:
            empty.append(str(error))
    if wrong:
        raise UsageError("\n".join(wrong))
    if empty and not selection.errors:
        raise NothingSelectedError("\n".join(empty))
    return selection


def _select_one(root: Path, selector: str, current: Path, selection: Selection) -> None:
    path_text, separator, name = selector.partition("::")
    path = _existing(root, path_text, current)
    if path.name == CONFIG_NAME and not path.is_dir():
        path = path.parent
    elif not path.is_dir():
        raise UsageError(f"{quoted(path_text)} is neither a directory nor a {CONFIG_NAME}")
    if not separator:
        found = find_tests(root, path)
        selection.errors += found.errors
        if not found.directories and not found.errors:
            raise NothingSelectedError(f"{quoted(shown(root, path))} holds no test")
        for directory in found.directories:
            selection.add(directory, None, selector)
    elif not name:
        raise UsageError(f"{quoted(selector)}: a scenario's name is missing after '::'")
    elif path == root or not os.path.lexists(path / CONFIG_NAME):
        raise UsageError(f"{quoted(shown(root, path))} is no test: it has no {CONFIG_NAME}")
    else:
        selection.add(path, name, selector)


def _existing(root: Path, text: str, current: Path) -> Path:
    """Return the path that is meant, below the root and absolute."""
    # Symbolic links in it are kept (so that a test is called as the user calls it), but '..' is not.
    candidates = [Path(os.path.normpath(base / text)) for base in (current, root)]
    there = [path for path in candidates if text and os.path.lexists(path)]
    for path in there:
        if path.is_relative_to(root):
            return path
        if path.resolve().is_relative_to(root.resolve()):
            return root / path.resolve().relative_to(root.resolve())
    if there:
        raise UsageError(f"{quoted(text)} is outside of {printable(str(root))}")
    raise UsageError(_no_such_path(root, text, current))


def _no_such_path(root: Path, text: str, current: Path) -> str:
    what = f"{quoted(text)} does not exist"
    hint = _neighbour(current, text) or _neighbour(root, text) or _same_name(root, text)
    return what if hint is None else f"{what}; {hint}"


def _neighbour(base: Path, text: str) -> str | None:
    """Return a hint with an existing path that differs from the text in one part."""
    there = Path()
    parts = Path(text).parts
    for done, part in enumerate(parts):
        if not os.path.lexists(base / there / part):
            near = nearest(part, _names_in(base / there))
            if near is None:
                return None
            meant = there.joinpath(near, *parts[done + 1 :])
            return _meant(meant if os.path.lexists(base / meant) else there / near)
        there /= part
    return None


def _meant(path: Path) -> str:
    """Return the hint for a path."""
    return f"did you mean {quoted(path.as_posix())}?"


def _same_name(root: Path, text: str) -> str | None:
    """Return a hint with a test whose own name is what the text ends in, or nearly."""
    tests = find_tests(root, root / DEFAULT_PATH).directories
    by_name = {test.name: test for test in tests}
    near = nearest(Path(text).name, by_name)
    return None if near is None else _meant(by_name[near].relative_to(root))


def _names_in(directory: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in directory.iterdir() if not entry.name.startswith("."))
    except OSError:  # it is for a hint only
        return []


def unknown_scenario(selector: str, test: str, name: str, names: Iterable[str]) -> str:
    """Return what to answer to a selector whose scenario the test does not have."""
    known = list(names)
    hint = did_you_mean(name, known) or f"it has {', '.join(known)}"
    return f"{quoted(selector)}: {printable(test)} has no scenario {quoted(name)}; {hint}"
