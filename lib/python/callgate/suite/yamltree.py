"""Reads YAML into a tree that knows where each key and value was written; all scalars stay text.

YAML's own typing is left out on purpose: it turns the key `on` into true and the uniqueid 1747312345.10
into 1747312345.1. So are tags, merge keys and values left empty, as with each of them a test can say less
than it seems to.
Whatever bytes a file holds, what comes out is a tree, errors, or both; never an exception. A hostile file
of the greatest size is answered in less than two seconds, with libyaml (PyYAML's wheels have it).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from callgate.suite.diagnostics import Source, quoted

#: The greatest size of a file, in bytes.
MAX_BYTES = 1024 * 1024
#: The greatest number of keys and values, counting what an alias stands for each time it is used.
MAX_NODES = 50_000
#: The greatest depth of nesting, through aliases too. pydantic and Python's stack hold some 200.
MAX_DEPTH = 64

#: libyaml's scanner, in C; without it the same one in Python, which is some ten times slower.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What YAML 1.1 does not allow in a stream (section 5.1).
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True, unsafe_hash=True)  # to be frozen takes three times as long to make, and there are very many
class Scalar:
    """A text. Nobody changes one."""

    value: str
    #: Both counted from 1, the column in characters.
    line: int
    column: int
    #: Where it is in the text of the file, quotes included.
    start: int
    end: int

    @property
    def length(self) -> int:
        """How many characters to underline."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class List:
    """A sequence of nodes."""

    items: tuple[Node, ...]
    line: int
    column: int

    @property
    def length(self) -> int:
        """How many characters to underline: its '[' or its first '-'."""
        return 1


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping; of a key that is there twice it holds the first."""

    entries: Mapping[str, tuple[Scalar, Node]]
    line: int
    column: int

    @property
    def length(self) -> int:
        """How many characters to underline: its '{' or its first key."""
        first = next((key for key, _ in self.entries.values()), None)
        return first.length if first and (first.line, first.column) == (self.line, self.column) else 1


Node = Scalar | List | Map


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read: `root` is None where the errors of `source` left nothing to look at."""

    source: Source
    root: Node | None


def read_yaml(path: Path, shown: str) -> Document:
    """Read a file, called `shown` in messages."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its other end
            return _refused(Source(shown), 0, 0, "is no regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _refused(Source(shown), 0, 0, f"cannot be read: {error.strerror}")
    return parse_yaml(data, shown)


def parse_yaml(data: bytes, shown: str) -> Document:
    """Parse what a file holds."""
    if len(data) > MAX_BYTES:
        return _refused(Source(shown), 1, 1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        source = Source(shown, data.decode(errors="replace"))
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return _refused(source, *source.position(len(data[: error.start].decode())), what)
    source = Source(shown, text)
    if unprintable := _UNPRINTABLE.search(text):
        what = f"character U+{ord(unprintable[0]):04X} is not allowed in YAML"
        return _refused(source, *source.position(unprintable.start()), what)
    return Document(source, _Builder(source).build())


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


def _refused(source: Source, line: int, column: int, message: str) -> Document:
    source.error(line, column, message)
    return Document(source, None)


def _mark(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.start_mark)  # a stream that is parsed has one for each event


class _StopReadingError(Exception):
    """The rest of the file is not worth a look; the error is noted already."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    is_map: bool
    line: int
    column: int
    anchor: str | None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    #: The key whose value is awaited.
    key: Scalar | None = None
    #: Nodes in it, itself included, and the levels they take.
    size: int = 1
    height: int = 1


class _Builder:
    """Makes the tree from libyaml's events, with a stack of its own: no input can exhaust Python's."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stack: list[_Open] = []
        #: Node, size and height of each anchor; None while it is open.
        self._anchors: dict[str, tuple[Node, int, int] | None] = {}
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
        # As yaml.parse does, without a call for each event: most of the time that a suite takes to load goes by here.
        loader = _LOADER(self._source.text)
        try:
            while (event := loader.get_event()) is not None:
                if type(event) is yaml.ScalarEvent:
                    self._scalar(event)
                else:
                    self._take(event)
        finally:
            loader.dispose()

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._opening(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._closing()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document; a file holds one")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if event.tag is not None:
            self._check_tag(event)
        mark: Any = event.start_mark  # a stream that is parsed has marks for each event
        end: Any = event.end_mark
        value = event.value
        scalar = Scalar(value, mark.line + 1, mark.column + 1, mark.index, end.index)
        if not value and event.implicit[0]:
            self._empty(scalar)
        elif value == "<<" and event.implicit[0] and self._key_is_next():
            self._source.error(scalar.line, scalar.column, "merge keys are not supported", length=2)
        if event.anchor is not None:
            self._anchors[event.anchor] = scalar, 1, 1
        self._count(1, event)
        self._put(scalar, 1, 1)

    def _empty(self, scalar: Scalar) -> None:
        """Refuse a value (or key) that is not there: it may be empty, or forgotten."""
        top = self._stack[-1] if self._stack else None
        hint = 'write "" for an empty text'
        if top is None or not top.is_map:
            self._source.error(scalar.line, scalar.column, "nothing is here", hint=hint)
        elif top.key is None:
            self._source.error(scalar.line, scalar.column, "a key is missing")
        else:
            key = top.key
            what = f"{quoted(key.value)} has no value"
            self._source.error(key.line, key.column, what, hint=hint, length=key.length)

    def _opening(self, event: yaml.CollectionStartEvent) -> None:
        self._check_tag(event)
        if self._key_is_next():
            self._stop(event, "a key must be a text")
        if len(self._stack) >= MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        mark = _mark(event)
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._count(1, event)
        self._stack.append(_Open(is_map, mark.line + 1, mark.column + 1, event.anchor))

    def _closing(self) -> None:
        done = self._stack.pop()
        node: Node
        if done.is_map:
            node = Map(done.entries, done.line, done.column)
        else:
            node = List(tuple(done.items), done.line, done.column)
        if done.anchor is not None:
            self._anchors[done.anchor] = node, done.size, done.height
        self._put(node, done.size, done.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        anchor = event.anchor or ""
        if anchor not in self._anchors:
            self._stop(event, f"nothing above has the anchor {quoted('&' + anchor)}")
        found = self._anchors[anchor]
        if found is None:
            self._stop(event, f"{quoted('*' + anchor)} stands inside of what it stands for")
        node, size, height = found
        if len(self._stack) + height > MAX_DEPTH:
            self._stop(event, f"nested more than {MAX_DEPTH} levels deep")
        if self._key_is_next() and not isinstance(node, Scalar):
            self._stop(event, "a key must be a text")
        self._add(node, size, height, event)

    def _add(self, node: Node, size: int, height: int, event: yaml.NodeEvent) -> None:
        self._count(size, event)
        self._put(node, size, height)

    def _count(self, size: int, event: yaml.NodeEvent) -> None:
        self._nodes += size
        if self._nodes > MAX_NODES:
            through = " once its aliases are followed" if isinstance(event, yaml.AliasEvent) else ""
            self._stop(event, f"holds more than {MAX_NODES:,} keys and values{through}")

    def _put(self, node: Node, size: int, height: int) -> None:
        """Hand a finished node to what is around it."""
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        top.size += size
        if height >= top.height:
            top.height = height + 1
        if not top.is_map:
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
        return bool(self._stack) and self._stack[-1].is_map and self._stack[-1].key is None

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            mark = _mark(event)
            what = f"tags such as {quoted(event.tag)} are not supported"
            self._source.error(mark.line + 1, mark.column + 1, what)

    def _stop(self, event: yaml.Event, message: str) -> NoReturn:
        mark = _mark(event)
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
