"""`use`: the steps of another file, with what they are handed put in."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from callgate.scenario.steps.base import parse_duration
from callgate.scenario.steps.structure import Use
from callgate.suite.diagnostics import Source, did_you_mean, quoted
from callgate.suite.replace import Replacement
from callgate.suite.schema import STEP_LISTS, UsedSteps
from callgate.suite.scope import Room, Scope
from callgate.suite.validate import validate
from callgate.suite.yamlfile import Document, read_yaml
from callgate.suite.yamltree import Map, Node, Scalar

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(;2)?")
_NUMBER = re.compile(r"[+-]?\d+")


def _name(text: str) -> None:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no name")


def _number(text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no whole number")


#: What checks an input of each type. Raises ValueError.
_CHECKS: Mapping[str, Callable[[str], object]] = {
    "text": str, "name": _name, "number": _number, "duration": parse_duration}


class _File(NamedTuple):
    """A file that is made use of."""

    path: Path
    directory: Path
    #: What it is called in messages.
    shown: str
    document: Document


class _Taken(NamedTuple):
    """The steps of a file with certain inputs put in."""

    steps: Node
    #: The inputs that they make use of.
    used: Set[str]
    #: Characters that this took.
    characters: int


class UsedFiles:
    """The files that the tests of a suite make use of: each is read once, and what is put in is put in once."""

    def __init__(self) -> None:
        self._documents: dict[Path, Document] = {}
        #: By what uses them and how it calls them: to work out paths takes longer than anything else about a `use`.
        self._files: dict[tuple[str, str], _File] = {}
        self._configs: dict[Path, UsedSteps] = {}
        self._taken: dict[tuple[Path, tuple[tuple[str, str], ...]], _Taken] = {}

    def expand(self, use: Use, keyword: Scalar, value: Node, scope: Scope) -> tuple[Node, Scope] | None:
        """The list of steps that a `use` stands for, and where it stands; None with the error noted."""
        at = value.entries["file"][1] if isinstance(value, Map) else value
        path, directory, shown, document = self._file(scope, use.file)
        wrong = _wrong(use.file, shown, scope, document)
        if wrong is not None:
            scope.source.error(at.line, at.column, wrong, length=at.length)
            return None
        place = scope.source.place(keyword.line, keyword.column)
        source = scope.source.brings(document.source, f"used at {place}")
        for error in document.source.errors:
            source.error(error.line, error.column, error.message, hint=error.hint, length=error.length)
        config = self._config(path, document, source)
        if config is None or not isinstance(document.root, Map):
            return None
        values = _inputs(use, config, keyword, value, scope, shown)
        if values is None:
            return None
        taken = self._put_in(path, document.root.entries["steps"][1], values, scope.room)
        if not scope.room.is_left:
            what = "'cases' and 'use' make more of this test than fits"
            scope.source.error(keyword.line, keyword.column, what, length=keyword.length)
            return None
        _all_used(document.root, taken.used, source)
        return taken.steps, replace(scope, source=source, directory=directory, columns=None,
                                    inputs=tuple(config.inputs), used_by=(place, *scope.used_by),
                                    files=(*scope.files, shown))

    def _config(self, path: Path, document: Document, source: Source) -> UsedSteps | None:
        """What a file says of itself; None with its errors noted, for each `use` anew."""
        if path in self._configs:
            return self._configs[path]
        config = None if document.root is None else validate(UsedSteps, document.root, source, apart=STEP_LISTS)
        if config is None or document.source.errors:
            return None
        self._configs[path] = config
        return config

    def _put_in(self, path: Path, steps: Node, values: Mapping[str, Scalar], room: Room) -> _Taken:
        """The steps of a file with these inputs: nodes are never changed, so the same ones can stand in many places."""
        texts = path, tuple((name, value.value) for name, value in values.items())
        taken = self._taken.get(texts)
        if taken is not None:
            room.take_text(taken.characters)
        else:
            before = room.characters
            replacement = Replacement("input", values, room, same_file=False)
            taken = _Taken(replacement.in_node(steps), replacement.used, before - room.characters)
            if room.is_left:
                self._taken[texts] = taken
        room.take(taken.steps)
        return taken

    def _file(self, scope: Scope, called: str) -> _File:
        by = scope.source.path, called
        if by not in self._files:
            path, shown = Path(os.path.normpath(scope.directory / called)), _shown(scope, called)
            if path not in self._documents:
                self._documents[path] = read_yaml(path, shown)
            self._files[by] = _File(path, path.parent, shown, self._documents[path])
        return self._files[by]


def _shown(scope: Scope, file: str) -> str:
    """What the file is called in messages: its path relative to the root of the suite."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(scope.source.path), file))


def _wrong(file: str, shown: str, scope: Scope, document: Document) -> str | None:
    """Why steps cannot be taken from this file, or None."""
    if "${" in file:
        return "'file' is read before a run: only '${case.…}' and '${input.…}' can be in it"
    if posixpath.isabs(file):
        return f"{quoted(file)} must be relative to this file"
    if shown == ".." or shown.startswith("../"):
        return f"{quoted(file)} is outside of the suite"
    if shown in scope.files or shown == scope.source.path:
        chain = [*scope.files, shown] if scope.files else [scope.source.path, shown]
        return f"a file cannot use itself: {' uses '.join(chain)}"
    whole = next((error for error in document.source.errors if error.line == 0), None)
    return None if whole is None else f"{quoted(shown)} {whole.message}"


def _inputs(
    use: Use, config: UsedSteps, keyword: Scalar, value: Node, scope: Scope, shown: str
) -> Mapping[str, Scalar] | None:
    """The values that are handed over, each of the right type; None with the errors noted."""
    handed = value.entries.get("with") if isinstance(value, Map) else None
    given = handed[1].entries if handed is not None and isinstance(handed[1], Map) else {}
    good = True
    for name, (key, _) in given.items():
        if name not in config.inputs:
            hint = did_you_mean(name, config.inputs)
            scope.source.error(key.line, key.column, f"{quoted(shown)} has no input {quoted(name)}",
                               hint=hint, length=key.length)
            good = False
    for name, kind in config.inputs.items():
        if name not in given:
            at = keyword if handed is None else handed[0]
            what = f"{quoted(shown)} needs the input {quoted(name)}"
            scope.source.error(at.line, at.column, what, hint=f"'with: {{{name}: …}}', a {kind}", length=at.length)
            good = False
            continue
        try:
            _CHECKS[kind](use.inputs[name])
        except ValueError as error:
            value_at = given[name][1]
            scope.source.error(value_at.line, value_at.column, f"{quoted(name)}: {error}", length=value_at.length)
            good = False
    return {name: at for name, (_, at) in given.items() if isinstance(at, Scalar)} if good else None


def _all_used(root: Map, used: Set[str], source: Source) -> None:
    """Note the inputs that no step makes use of."""
    listed = root.entries.get("inputs")
    entries = listed[1].entries if listed is not None and isinstance(listed[1], Map) else {}
    for name, (key, _) in entries.items():
        if name not in used:
            what = f"input {quoted(name)} is used nowhere: no step has '${{input.{name}}}'"
            source.error(key.line, key.column, what, length=key.length)
