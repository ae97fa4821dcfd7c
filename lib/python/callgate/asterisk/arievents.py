"""What a build's own documentation says of its ARI events: the models in `rest-api/*.json` (Swagger 1.1).

They are complete: Asterisk's code that checks its events is generated from them (res/ari/ari_model_validators.c), and
an Asterisk built for developers does not send an event with a field beyond its model (res/ari/ari_websockets.c).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from callgate.paths import is_number

#: Stands in a path for the items of a list.
ITEMS = "[]"
#: The model that all events derive from.
_EVENT = "Event"
_LIST = "List["
_SCALARS = frozenset({"string", "int", "long", "double", "float", "boolean", "Date", "byte"})


class AriDocumentation:
    """The ARI events of one build."""

    def __init__(self, data_dir: Path) -> None:
        """`data_dir` is what asterisk.conf calls astdatadir; documentation that can't be read has no events."""
        self._directory = data_dir / "rest-api"

    @cached_property
    def names(self) -> Sequence[str]:
        """All types of events; empty where nothing is known."""
        return [name for name in self._models if name != _EVENT and _EVENT in self._line(name)]

    def lacks(self, event: str, path: Sequence[str]) -> tuple[int, list[str]] | None:
        """Which part of a path (counted from 0) is the first that an event does not have, and what there is instead.

        None where it has all of them, or where that is not known. `ITEMS` is a part for the items of a list, a number
        for one of them.
        """
        kind = event
        for index, part in enumerate(path):
            if kind.startswith(_LIST):
                if part != ITEMS and not is_number(part):
                    return index, ["0"]
                kind = kind.removeprefix(_LIST).removesuffix("]")
                continue
            if part == ITEMS:
                return None  # it is there, and no list: its value tells
            if kind in _SCALARS:
                return index, []
            if kind not in self._models:
                return None
            properties = self._properties(kind)
            if part not in properties:
                return index, list(properties)
            kind = properties[part]
        return None

    def _properties(self, model: str) -> dict[str, str]:
        """Name and type of each property, those of the models that it derives from last."""
        found: dict[str, str] = {}
        for name in self._line(model):
            found = {**found, **self._models[name]}
        return found

    def _line(self, model: str) -> list[str]:
        """A model and those that it derives from."""
        line = [model]
        while (above := self._above.get(line[-1])) is not None and above not in line:
            line.append(above)
        return line

    @cached_property
    def _written(self) -> dict[str, Mapping[str, Any]]:
        """The models as they stand in the files."""
        return {name: model for path in sorted(self._directory.glob("*.json"))
                for name, model in _mapping(_read(path), "models").items()}

    @cached_property
    def _models(self) -> dict[str, dict[str, str]]:
        """Each model with the type of each of its own properties."""
        return {name: {key: str(value.get("type", "")) for key, value in _mapping(model, "properties").items()}
                for name, model in self._written.items()}

    @cached_property
    def _above(self) -> dict[str, str]:
        return {below: name for name, model in self._written.items()
                for below in model.get("subTypes", ()) if below in self._written}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):  # a file that can't be read tells us nothing
        return None


def _mapping(node: object, key: str) -> dict[str, Mapping[str, Any]]:
    """The mappings below a key; resources.json, for one, has no models."""
    found = node.get(key) if isinstance(node, Mapping) else None
    return {name: one for name, one in found.items() if isinstance(one, Mapping)} if isinstance(found, Mapping) else {}
