"""The static check across the steps of a scenario: whatever is named was defined by an earlier step, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callgate.scenario.references import PREDEFINED, RESERVED, MalformedReferenceError, Reference, references
from callgate.suite.diagnostics import Source, did_you_mean, quoted
from callgate.suite.steps import ReadStep
from callgate.suite.yamltree import Scalar, texts


def check_names(steps: Iterable[ReadStep], source: Source) -> None:
    """Note each name that no earlier step defines, each defined twice, and each `${` that is no reference."""
    names = _Names(source)
    for step in steps:
        names.look_at(step)


class _Names:
    """The names that the steps so far define."""

    def __init__(self, source: Source) -> None:
        self._source = source
        #: The line that defines each.
        self._defined: dict[str, int] = {}
        #: What steps with errors may have defined: a mistake in one of them is no mistake in those below.
        self._perhaps: set[str] = set()

    def look_at(self, step: ReadStep) -> None:
        in_references: set[str] = set()
        for scalar, is_key in texts(step.node):
            if "${" in scalar.value and not self._source.full:
                in_references.update(self._text(scalar, is_key))
        if step.planned is None:
            self._perhaps.update(_base(scalar.value) for scalar, _ in texts(step.node))
            return
        needed = step.planned.step.needs()
        for name in sorted(needed - in_references):
            if self._is_undefined(name) and not self._source.full:
                self._undefined(name, _written(step, name))
        self._define(step, step.planned.step.defines())

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
        if name in PREDEFINED:
            if path not in PREDEFINED[name]:
                known = " and ".join(f"'${{{name}.{field}}}'" for field in PREDEFINED[name])
                self._point(scalar, reference.offset, reference.length, f"of '{name}' there is {known}")
        elif name in RESERVED:
            what = f"'{name}' is reserved, and not supported yet"
            self._point(scalar, reference.offset, reference.length, what)
        elif self._is_undefined(name):
            hint = did_you_mean(name, [*self._defined, *PREDEFINED])
            self._point(scalar, reference.offset, reference.length, f"undefined name {quoted(name)}", hint)

    def _is_undefined(self, name: str) -> bool:
        return name not in self._defined and _base(name) not in self._perhaps

    def _undefined(self, name: str, at: Scalar) -> None:
        hint = did_you_mean(name, self._defined)
        self._source.error(at.line, at.column, f"undefined name {quoted(name)}", hint=hint, length=at.length)

    def _define(self, step: ReadStep, names: set[str]) -> None:
        for name in sorted(names):
            at = _written(step, _base(name))
            if name in RESERVED:
                self._source.error(at.line, at.column, f"{quoted(name)} is a reserved name", length=at.length)
            elif name not in self._defined:
                self._defined[name] = at.line
            elif name == _base(name) or _base(name) not in names:  # a channel and its second half: once
                what = f"{quoted(name)} is already defined on line {self._defined[name]}"
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
    """Return `call` for `call;2`."""
    return name.partition(";")[0]
