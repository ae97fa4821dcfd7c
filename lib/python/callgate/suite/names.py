"""The static check across the steps of a scenario: whatever is named was defined by an earlier step, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from callgate.scenario.references import (
    ASTERISK,
    KEPT,
    PORT,
    SCOPED,
    MalformedReferenceError,
    Reference,
    is_reserved,
    references,
)
from callgate.scenario.steps.base import MARK
from callgate.suite.cases import NAME
from callgate.suite.configs import more_asterisks
from callgate.suite.diagnostics import Source, did_you_mean, quoted, seen_from
from callgate.suite.scope import Scope
from callgate.suite.steps import ReadStep
from callgate.suite.yamltree import Scalar, holds, texts


def check_names(steps: Iterable[ReadStep], predefined: Mapping[str, Collection[str]]) -> None:
    """Note each name that no earlier step defines, each defined twice, and each `${` that is no reference.

    `predefined` are the names that no step defines, with their fields.
    """
    names = _Names(predefined)
    for step in steps:
        names.look_at(step)


@dataclass(frozen=True, slots=True)
class _Definition:
    """Where a name is defined."""

    name: str
    step: ReadStep

    def seen_from(self, source: Source) -> str:
        line = _written(self.step, _base(self.name)).line
        return f"on {seen_from(line, self.step.scope.source.path, source.path)}"


class _Names:
    """The names that the steps so far define."""

    def __init__(self, predefined: Mapping[str, Collection[str]]) -> None:
        self._predefined = predefined
        #: Of the step that is looked at.
        self._source = Source("")
        self._scope: Scope | None = None
        self._defined: dict[str, _Definition] = {}
        #: Those of other branches, which play at the same time, with the branch.
        self._hidden: dict[str, str] = {}
        #: What steps with errors may have defined: a mistake in one of them is no mistake in those below.
        self._perhaps: set[str] = set()

    def look_at(self, step: ReadStep) -> None:
        if step.branches:
            self._branches(step)
            return
        self._source, self._scope = step.scope.source, step.scope
        in_references: set[str] = set()
        for scalar, is_key in texts(step.node) if holds(step.node, "${") else ():
            if "${" in scalar.value and not self._source.full:
                in_references.update(self._text(scalar, is_key))
        if step.planned is None:
            self._perhaps.update(_base(scalar.value) for scalar, _ in texts(step.node))
            return
        needed = step.planned.step.needs()
        for name in sorted(needed - in_references):
            if self._is_undefined(name) and not self._source.full:
                self._undefined(name, _written(step, name.removeprefix(MARK)))
        self._define(step, step.planned.step.defines())

    def _branches(self, step: ReadStep) -> None:
        """Look at branches, each of which sees what was defined before all of them."""
        outer = dict(self._hidden)
        for branch, steps in step.branches.items():
            before = set(self._defined)
            for inner in steps:
                self.look_at(inner)
            self._hidden.update(dict.fromkeys(set(self._defined) - before, branch))
        self._hidden = outer

    def _text(self, scalar: Scalar, is_key: bool) -> Iterator[str]:
        """Check the references of one text; yield the names in them."""
        try:
            found = references(scalar.value)
        except MalformedReferenceError as error:
            self._point(scalar, error.offset, error.length, str(error))
            return
        if is_key:
            self._point(scalar, scalar.value.index("${"), len("${"), "a key cannot hold '${'")
            return
        for reference in found:
            yield reference.name
            if not self._source.full:  # looking for a place costs, and a hostile text has many
                self._reference(scalar, reference)

    def _reference(self, scalar: Scalar, reference: Reference) -> None:
        name, path = reference.name, reference.path
        if name in self._predefined:
            if path not in self._predefined[name] and not (name == PORT and path in self._perhaps):
                self._point(scalar, reference.offset, reference.length, *self._no_field(name, path))
        elif name in SCOPED:
            self._scoped(scalar, reference)
        elif name in KEPT:
            what = f"'{name}' is reserved, and not supported yet"
            self._point(scalar, reference.offset, reference.length, what)
        elif ASTERISK.fullmatch(name):
            what = f"the test has no Asterisk {quoted(name)}"
            self._point(scalar, reference.offset, reference.length, what, more_asterisks(name))
        elif self._is_undefined(name):
            hint = self._hint(name, [*self._alike(name), *self._predefined])
            self._point(scalar, reference.offset, reference.length, f"undefined name {quoted(name)}", hint)

    def _no_field(self, name: str, path: str) -> tuple[str, str | None]:
        """What to say of a name that is always there, and does not have this field; and a hint."""
        fields = self._predefined[name]
        if name == PORT and path:
            what = f"no configuration template names the port {quoted(path)}, and no step listens on it"
            return what, did_you_mean(path, fields) or (f"known: {', '.join(fields)}" if fields else None)
        if name == PORT:
            return "'port' stands for nothing by itself: name one, such as '${port.sip}'", None
        *most, last = (f"'${{{name}.{field}}}'" for field in fields)
        return f"of '{name}' there is {', '.join(most)} and {last}", None

    def _scoped(self, scalar: Scalar, reference: Reference) -> None:
        """Note what was not replaced when the file was read: there is no such column, or input."""
        columns, inputs = (self._scope.columns, self._scope.inputs) if self._scope is not None else (None, None)
        known = columns if reference.name == "case" else inputs
        hint = None
        if known is None and reference.name == "case":
            what = "'case' stands for a row of the scenario's 'cases', and here are none"
            if inputs is not None:
                hint = "hand it to this file as an input"
        elif known is None:
            what = "'input' is what a file is handed that is used by another one, which this one is not"
        else:
            kind = "column" if reference.name == "case" else "input"
            what = f"there is no {kind} {quoted(reference.path)}"
            choices = [*known, NAME] if reference.name == "case" else [*known]
            hint = did_you_mean(reference.path, choices) or f"known: {', '.join(choices) or 'none'}"
        self._point(scalar, reference.offset, reference.length, what, hint)

    def _is_undefined(self, name: str) -> bool:
        return (name not in self._defined or name in self._hidden) and _base(name) not in self._perhaps

    def _hint(self, name: str, choices: Iterable[str]) -> str | None:
        if name in self._hidden:
            return f"branch {quoted(self._hidden[name])}, which defines it, is played at the same time"
        return did_you_mean(name.removeprefix(MARK), choices)

    def _undefined(self, name: str, at: Scalar) -> None:
        hint = self._hint(name, self._alike(name))
        what = f"undefined {'mark' if name.startswith(MARK) else 'name'} {quoted(name.removeprefix(MARK))}"
        self._source.error(at.line, at.column, what, hint=hint, length=at.length)

    def _alike(self, name: str) -> list[str]:
        """The names of the same kind, as they are written: marks for a mark, and all others for all others."""
        return [one.removeprefix(MARK) for one in self._defined
                if one not in self._hidden and one.startswith(MARK) == name.startswith(MARK)]

    def _define(self, step: ReadStep, names: set[str]) -> None:
        for name in sorted(names):
            if name not in self._defined and not is_reserved(name):
                self._defined[name] = _Definition(name, step)
            elif not self._source.full:
                self._refuse(step, name, names)

    def _refuse(self, step: ReadStep, name: str, names: set[str]) -> None:
        """Note a name that cannot be defined (again)."""
        if is_reserved(name):
            what = f"{quoted(name)} is a reserved name"
        elif name == _base(name) or _base(name) not in names:
            what = f"{_called(name)} is already defined {self._defined[name].seen_from(self._source)}"
        else:
            return  # a channel and its second half: once
        at = _written(step, _base(name))
        self._source.error(at.line, at.column, what, length=at.length)

    def _point(self, scalar: Scalar, offset: int, length: int, message: str, hint: str | None = None) -> None:
        """Note an error at a `${` of a text, where the file has it."""
        line, column, shown = scalar.line, scalar.column, scalar.length
        written = self._source.text[scalar.start : scalar.end]
        if written.count("${") == scalar.value.count("${"):  # else some of them are written as escapes
            index = -1
            for _ in range(scalar.value.count("${", 0, offset + len("${"))):
                index = written.index("${", index + 1)
            line, column = self._source.position(scalar.start + index)
            shown = length
        self._source.error(line, column, message, hint=hint, length=shown)


def _written(step: ReadStep, name: str) -> Scalar:
    """Return the value of the step that is this name, or else its keyword."""
    values = (scalar for scalar, is_key in texts(step.node) if not is_key and scalar.value == name)
    found = next(values, step.keyword)
    if found is None:
        raise ValueError("a step that was planned has a keyword")
    return found


def _base(name: str) -> str:
    """Return `call` for `call;2`, and for a mark its name as it is written."""
    return name.removeprefix(MARK).partition(";")[0]


def _called(name: str) -> str:
    """Return a name as a message calls it."""
    return f"mark {quoted(name.removeprefix(MARK))}" if name.startswith(MARK) else quoted(name)
