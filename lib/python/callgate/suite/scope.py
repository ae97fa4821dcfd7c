"""What holds where a list of steps stands: its file, what `${case.…}` and `${input.…}` are there, who uses it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from callgate.scenario.model import AST1, Place
from callgate.suite.diagnostics import Source
from callgate.suite.files import MAX_BYTES
from callgate.suite.yamlfile import MAX_NODES
from callgate.suite.yamltree import Node, count

#: Characters that texts may have after `${case.…}` and `${input.…}` were replaced, in all of a test.
_MAX_CHARACTERS = 4 * MAX_BYTES


class Room:
    """How much `cases` and `use` may still make of one test: they multiply, and a small file could fill the memory."""

    def __init__(self) -> None:
        self._nodes = MAX_NODES
        #: Characters that are left.
        self.characters = _MAX_CHARACTERS

    @property
    def is_left(self) -> bool:
        """Whether there is any."""
        return self._nodes >= 0 and self.characters >= 0

    def take(self, node: Node) -> None:
        """Use it for a copy of a node."""
        self._nodes -= count(node) + 1

    def take_text(self, characters: int) -> None:
        """Use it for a text of that length."""
        self.characters -= characters


@dataclass(frozen=True)
class Scope:
    """Where steps stand."""

    source: Source
    #: The directory of the file.
    directory: Path
    room: Room
    #: The columns of the cases; None where there are no cases.
    columns: Collection[str] | None = None
    #: What the file asks for; None in a test's own file.
    inputs: Collection[str] | None = None
    #: The `use` that brought the file here, and the one that brought that.
    used_by: tuple[Place, ...] = ()
    #: The files that are being read, the outermost first, as they are called in messages.
    files: tuple[str, ...] = ()
    #: Whether the steps are those of `finally`.
    last: bool = False
    #: Names that exist without a step that defines them, with their fields; ports that only steps name are not there.
    names: Mapping[str, Collection[str]] = field(default_factory=dict)
    #: What the test calls its Asterisks.
    asterisks: Collection[str] = (AST1,)
