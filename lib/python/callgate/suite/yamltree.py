"""The tree that a YAML file is read into: texts, lists and mappings, each of which knows where it was written.

Nobody changes a node. They are not frozen, as that takes three times as long to make and there are very many; for the
same reason they keep the marks of YAML's scanner as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Mark(Protocol):
    """A place in the text, as the scanner notes it: all counted from 0, in characters."""

    @property
    def line(self) -> int: ...  # noqa: D102 - see above
    @property
    def column(self) -> int: ...  # noqa: D102 - see above
    @property
    def index(self) -> int: ...  # noqa: D102 - see above


@dataclass(slots=True, eq=False)
class _Placed:
    """What was written somewhere."""

    begins: Mark

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.begins.line + 1

    @property
    def column(self) -> int:
        """Counted from 1, in characters."""
        return self.begins.column + 1


@dataclass(slots=True, eq=False)
class Scalar(_Placed):
    """A text."""

    value: str
    ends: Mark

    @property
    def start(self) -> int:
        """Where it begins in the text of the file, quotes included."""
        return self.begins.index

    @property
    def end(self) -> int:
        """Where it ends there."""
        return self.ends.index

    @property
    def length(self) -> int:
        """How many characters to underline."""
        return self.ends.index - self.begins.index


@dataclass(slots=True, eq=False)
class List(_Placed):
    """A sequence of nodes."""

    items: Sequence[Node]

    @property
    def length(self) -> int:
        """How many characters to underline: its '[' or its first '-'."""
        return 1


@dataclass(slots=True, eq=False)
class Map(_Placed):
    """A mapping; of a key that is there twice it holds the first."""

    entries: Mapping[str, tuple[Scalar, Node]]

    @property
    def length(self) -> int:
        """How many characters to underline: its '{' or its first key."""
        first = next((key for key, _ in self.entries.values()), None)
        return first.length if first and (first.line, first.column) == (self.line, self.column) else 1


Node = Scalar | List | Map


def holds(node: Node, text: str) -> bool:
    """Whether a text stands somewhere in the keys and values below a node; quicker to ask than to look at `texts`."""
    pending = [node]
    for one in pending:  # which grows meanwhile
        if isinstance(one, Scalar):
            if text in one.value:
                return True
        elif isinstance(one, List):
            pending += one.items
        else:
            for name, (_, value) in one.entries.items():
                if text in name:
                    return True
                pending.append(value)
    return False


def count(node: Node) -> int:
    """How many texts stand below a node, keys included."""
    found = 0
    pending = [node]
    for one in pending:  # which grows meanwhile
        if isinstance(one, Scalar):
            found += 1
        elif isinstance(one, List):
            pending += one.items
        else:
            found += len(one.entries)
            pending += [value for _, value in one.entries.values()]
    return found


def texts(node: Node) -> Iterator[tuple[Scalar, bool]]:
    """Yield all texts below a node, and whether each is a key."""
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar):
            yield node, False
        elif isinstance(node, List):
            pending += reversed(node.items)
        else:
            for key, value in node.entries.values():
                yield key, True
                if isinstance(value, Scalar):
                    yield value, False
                else:
                    pending.append(value)
