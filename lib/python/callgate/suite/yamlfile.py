"""Reads YAML into the tree of `yamltree`, which knows where each key and value was written; all scalars stay text.

YAML's own typing is left out on purpose: it turns the key `on` into true and the uniqueid 1747312345.10
into 1747312345.1. So are tags, merge keys and values left empty, as with each of them a test can say less
than it seems to.
Whatever bytes a file holds, what comes out is a tree, errors, or both; never an exception. A hostile file
of the greatest size is answered in less than two seconds, with libyaml (PyYAML's wheels have it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from callgate.suite.diagnostics import Source, quoted
from callgate.suite.files import read_source, source_of
from callgate.suite.yamltree import List, Map, Mark, Node, Scalar

#: The greatest number of keys and values, counting what an alias stands for each time it is used.
MAX_NODES = 50_000
#: The greatest depth of nesting, through aliases too. pydantic and Python's stack hold some 200.
MAX_DEPTH = 64

#: libyaml's scanner, in C; without it the same one in Python, which is some ten times slower.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What YAML 1.1 does not allow in a stream (section 5.1).
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read: `root` is None where the errors of `source` left nothing to look at."""

    source: Source
    root: Node | None


def read_yaml(path: Path, shown: str) -> Document:
    """Read a file, called `shown` in messages."""
    return _parsed(read_source(path, shown))


def parse_yaml(data: bytes, shown: str) -> Document:
    """Parse what a file holds."""
    return _parsed(source_of(data, shown))


def _parsed(source: Source) -> Document:
    if source.errors:
        return Document(source, None)
    if unprintable := _UNPRINTABLE.search(source.text):
        what = f"character U+{ord(unprintable[0]):04X} is not allowed in YAML"
        source.error(*source.position(unprintable.start()), what)
        return Document(source, None)
    return Document(source, _Builder(source).build())


def _extent(node: Node, limit: int) -> tuple[int, int]:
    """How many keys and values a node is, itself included, and how many levels; counted until there are too many."""
    size = height = 0
    pending = [(node, 1)]
    while pending and size <= limit:
        node, level = pending.pop()
        size += 1
        height = max(height, level)
        if isinstance(node, List):
            pending += [(item, level + 1) for item in node.items]
        elif isinstance(node, Map):
            size += len(node.entries)
            pending += [(value, level + 1) for _, value in node.entries.values()]
    return size, height


class _StopReadingError(Exception):
    """The rest of the file is not worth a look; the error is noted already."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet: `items` of the one, `entries` of the other."""

    node: List | Map
    items: list[Node]
    entries: dict[str, tuple[Scalar, Node]] | None
    #: The key whose value is awaited.
    key: Scalar | None = None


class _Builder:
    """Makes the tree from libyaml's events, with a stack of its own: no input can exhaust Python's.

    Most of the time that a suite takes to load goes by here: so what nearly every event needs is done at once, and the
    rest only where it is needed.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self._documents = 0
        self._root: Node | None = None

    def build(self) -> Node | None:
        try:
            self._read()
        except _StopReadingError:
            return None
        except yaml.YAMLError as error:
            self._not_yaml(error)
            return None
        if self._root is None:
            self._source.error(1, 1, "the file is empty")
        return self._root

    def _read(self) -> None:
        takes: Mapping[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar, yaml.AliasEvent: self._alias, yaml.DocumentStartEvent: self._document,
            yaml.MappingStartEvent: self._mapping, yaml.MappingEndEvent: self._closing,
            yaml.SequenceStartEvent: self._list, yaml.SequenceEndEvent: self._closing}
        loader = _LOADER(self._source.text)
        try:
            while (event := loader.get_event()) is not None:  # as yaml.parse does, without a generator between
                take = takes.get(type(event))
                if take is not None:
                    take(event)
        finally:
            loader.dispose()

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event, "a second document; a file holds one")

    def _scalar(self, event: Any) -> None:
        value = event.value
        scalar = Scalar(event.start_mark, value, event.end_mark)
        if event.tag is not None:
            self._tagged(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = scalar
        if not value and event.implicit[0]:
            self._empty(scalar)
        elif value == "<<" and event.implicit[0] and self._key_is_next():
            self._source.error(scalar.line, scalar.column, "merge keys are not supported", length=2)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_many(event)
        self._put(scalar)

    def _empty(self, scalar: Scalar) -> None:
        """Refuse a value (or key) that is not there: it may be empty, or forgotten."""
        top = self._stack[-1] if self._stack else None
        hint = 'write "" for an empty text'
        if top is None or top.entries is None:
            self._source.error(scalar.line, scalar.column, "nothing is here", hint=hint)
        elif top.key is None:
            self._source.error(scalar.line, scalar.column, "a key is missing")
        else:
            key = top.key
            what = f"{quoted(key.value)} has no value"
            self._source.error(key.line, key.column, what, hint=hint, length=key.length)

    def _mapping(self, event: Any) -> None:
        entries: dict[str, tuple[Scalar, Node]] = {}
        self._opening(event, _Open(Map(event.start_mark, entries), [], entries))

    def _list(self, event: Any) -> None:
        items: list[Node] = []
        self._opening(event, _Open(List(event.start_mark, items), items, None))

    def _opening(self, event: Any, opened: _Open) -> None:
        if event.tag is not None:
            self._tagged(event)
        if self._key_is_next():
            self._stop(event, "a key must be a text")
        if len(self._stack) >= MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor is not None:
            self._anchors[event.anchor] = opened.node
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_many(event)
        self._stack.append(opened)

    def _closing(self, _: yaml.Event) -> None:
        self._put(self._stack.pop().node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchor = event.anchor or ""
        node = self._anchors.get(anchor)
        if node is None:
            self._stop(event, f"nothing above has the anchor {quoted('&' + anchor)}")
        if any(one.node is node for one in self._stack):
            self._stop(event, f"{quoted('*' + anchor)} stands inside of what it stands for")
        size, height = _extent(node, MAX_NODES - self._nodes)
        if len(self._stack) + height > MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} levels deep")
        if self._key_is_next() and not isinstance(node, Scalar):
            self._stop(event, "a key must be a text")
        self._nodes += size
        if self._nodes > MAX_NODES:
            self._too_many(event, " once its aliases are followed")
        self._put(node)

    def _too_many(self, event: yaml.Event, through: str = "") -> NoReturn:
        self._stop(event, f"holds more than {MAX_NODES:,} keys and values{through}")

    def _put(self, node: Node) -> None:
        """Hand a finished node to what is around it."""
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        if top.entries is None:
            top.items.append(node)
        elif top.key is not None:
            top.entries.setdefault(top.key.value, (top.key, node))
            top.key = None
        elif isinstance(node, Scalar):
            top.key = node
            if node.value in top.entries:
                self._twice(node, top.entries[node.value][0])

    def _twice(self, key: Scalar, first: Scalar) -> None:
        what = f"key {quoted(key.value)} is already on line {first.line}"
        self._source.error(key.line, key.column, what, length=key.length)

    def _key_is_next(self) -> bool:
        return bool(self._stack) and self._stack[-1].entries is not None and self._stack[-1].key is None

    def _tagged(self, event: Any) -> None:
        mark: Mark = event.start_mark
        what = f"tags such as {quoted(event.tag)} are not supported"
        self._source.error(mark.line + 1, mark.column + 1, what)

    def _stop(self, event: Any, message: str) -> NoReturn:
        mark: Mark = event.start_mark
        self._source.error(mark.line + 1, mark.column + 1, message)
        raise _StopReadingError

    def _not_yaml(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not YAML: {getattr(error, 'problem', None) or error}"
        context = getattr(error, "context", None)
        if context:
            since = getattr(error, "context_mark", None)
            begins = f" that begins on line {since.line + 1}" if since and since.line + 1 != line else ""
            message += f" {context}{begins}"
        self._source.error(line, column, message, hint=self._why(line, column))

    def _why(self, line: int, column: int) -> str | None:
        """Guess at two mistakes that libyaml's messages do not name."""
        text = self._source.line(line)
        if text[column - 1 : column] == "\t":
            return "indent with spaces"
        if "${" in text[:column]:
            return "inside of {} and [] a text with '${' must be in quotes"
        return None
