"""`expected-result`: the bug that a scenario, or a row of its cases, has to fail for, or Asterisk to die of."""

from __future__ import annotations

from collections.abc import Iterator

from callgate.scenario.knownbug import KnownBug
from callgate.suite.diagnostics import Source
from callgate.suite.schema import ExpectedResult
from callgate.suite.validate import validate
from callgate.suite.yamltree import List, Map, Node, Scalar


def read_known_bug(entry: tuple[Scalar, Node] | None, source: Source) -> KnownBug | None:
    """Read the entry of a scenario; None where there is none, or where its errors are noted."""
    if entry is None:
        return None
    key, node = entry
    section = validate(ExpectedResult, node, source, key)
    for name, (_, value) in node.entries.items() if isinstance(node, Map) else ():
        for text in _texts(value):
            if "${case." in text.value:
                what = "'expected-result' refers to a column that is not there"
                source.error(text.line, text.column, what, length=text.length)
            elif "${" in text.value and name == "says":
                what = "what a failure says has no references but '${case.COLUMN}', to a column of the scenario's cases"
                source.error(text.line, text.column, what, hint="'~\\$\\{' finds the signs themselves",
                             length=text.length)
    if section is None:
        return None
    says = () if section.says is None else (section.says,) if isinstance(section.says, str) else tuple(section.says)
    return KnownBug(section.reason, says, crash=section.crash is not None)


def _texts(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, List):
        for item in node.items:
            yield from _texts(item)
