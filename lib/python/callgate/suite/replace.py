"""Puts values in the place of `${case.column}` and `${input.name}` when a file is read.

A value is put in as it stands: a reference in it is looked at like one that was written there. So a row may say
`${run.id}`, and a step from another file may be handed `${call.id}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_

from callgate.scenario.references import MalformedReferenceError, Reference, references
from callgate.suite.scope import Room
from callgate.suite.yamltree import List, Map, Node, Scalar


class Replacement:
    """What `${NAME.key}` stands for, and which of the keys were asked for."""

    def __init__(self, name: str, values: Mapping[str, Scalar], room: Room, *, same_file: bool) -> None:
        """`same_file`: whether values stand in the file of the texts, so that their places mean something there."""
        self._name = name
        self._values = values
        self._room = room
        self._same_file = same_file
        self.used: set[str] = set()

    def in_node(self, node: Node) -> Node:
        """The node with values put in, keys aside; what is not changed is the same object."""
        if isinstance(node, Scalar):
            return self._in_scalar(node)
        if isinstance(node, List):
            items = [self.in_node(item) for item in node.items]
            return node if all(map(is_, items, node.items)) else List(node.begins, items)
        entries: dict[str, tuple[Scalar, Node]] | None = None
        for name, (key, value) in node.entries.items():
            new = self._in_scalar(value) if isinstance(value, Scalar) else self.in_node(value)
            if new is not value:
                entries = dict(node.entries) if entries is None else entries
                entries[name] = (key, new)
        return node if entries is None else Map(node.begins, entries)

    def in_text(self, text: str) -> str:
        """The text with values put in."""
        found = [one for one in self._references(text) if self._is_known(one)]
        if not found:
            return text
        self._room.take_text(len(text) + sum(len(self._values[one.path].value) for one in found))
        if not self._room.is_left:
            return text
        parts: list[str] = []
        done = 0
        for one in found:
            value, after = self._values[one.path].value, one.offset + one.length
            self.used.add(one.path)
            # A '$' at the end must not make a reference of what follows it.
            dollar = "$" if value.endswith("$") and text.startswith("{", after) else ""
            parts += [text[done : one.offset], value, dollar]
            done = after
        return "".join([*parts, text[done:]])

    def _in_scalar(self, scalar: Scalar) -> Scalar:
        if "${" not in scalar.value:
            return scalar
        found = self._references(scalar.value)
        if self._same_file and len(found) == 1 and found[0].length == len(scalar.value) and self._is_known(found[0]):
            self.used.add(found[0].path)
            return self._values[found[0].path]
        text = self.in_text(scalar.value)
        return scalar if text == scalar.value else Scalar(scalar.begins, text, scalar.ends)

    def _is_known(self, reference: Reference) -> bool:
        return reference.name == self._name and reference.path in self._values

    @staticmethod
    def _references(text: str) -> Sequence[Reference]:
        try:
            return references(text)
        except MalformedReferenceError:  # told with the names
            return ()
