"""What keys a model takes in a file: for hints, and for the checks that pydantic's rules are too lax for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from callgate.suite.yamltree import List, Map, Node, Scalar

#: All that a truth value may be written as; pydantic takes `on`, `1`, `t` and more.
TRUTHS = frozenset({"true", "false", "yes", "no"})


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a model."""

    is_truth: bool
    #: The model of its value, or of each item of it.
    model: type[BaseModel] | None


@functools.cache
def keys_of(model: type[BaseModel]) -> Mapping[str, Key]:
    """Return the keys that a model takes, spelt as in a file."""
    return {
        (field.alias or name): Key(bool in _plain_types(field.annotation), _model_in(field.annotation))
        for name, field in model.model_fields.items()
    }


def model_at(model: type[BaseModel] | None, loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Return the model of what is at a location of pydantic's, or None where no model rules."""
    below: type[BaseModel] | None = model  # of the lists and mappings between one model and the next
    for part in loc:
        if model is not None and part in keys_of(model):
            below = keys_of(model)[str(part)].model
            model = None if below is None else _direct(model, str(part), below)
        else:
            model = below
    return model


@functools.cache
def strict_keys(model: type[BaseModel]) -> frozenset[str]:
    """The keys of a model that need no second look: whatever pydantic lets pass in their values is right."""
    return frozenset(name for name, key in keys_of(model).items()
                     if not key.is_truth and (key.model is None or not _is_lax(key.model)))


def _is_lax(model: type[BaseModel]) -> bool:
    """Whether pydantic lets something pass that we do not, in this model or in one below."""
    seen: set[type[BaseModel]] = set()
    pending = [model]
    while pending:
        one = pending.pop()
        if hasattr(one, "extra_key_allowed") or any(key.is_truth for key in keys_of(one).values()):
            return True
        seen.add(one)
        pending += {key.model for key in keys_of(one).values() if key.model is not None} - seen
    return False


def lax_truths(model: type[BaseModel], node: Map) -> list[tuple[Scalar, Scalar]]:
    """Return key and value of each truth value of the model itself that pydantic takes and we do not."""
    written = (node.entries[name] for name in _shape(model).truths if name in node.entries)
    return [(key, value) for key, value in written
            if isinstance(value, Scalar) and value.value.lower() not in TRUTHS]


def maps_of(model: type[BaseModel], node: Node) -> Iterator[tuple[type[BaseModel], Map]]:
    """Yield each mapping in the node that a model rules, with that model: itself, and those below."""
    if not isinstance(node, Map):
        return
    yield model, node
    for name, below in _shape(model).below.items():
        if name not in node.entries:
            continue
        value = node.entries[name][1]
        direct = _direct(model, name, below)
        if direct is not None:
            yield from maps_of(direct, value)
            continue
        items = value.items if isinstance(value, List) else ()
        if isinstance(value, Map):
            items = tuple(item for _, item in value.entries.values())
        for item in items:
            yield from maps_of(below, item)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Those of a model's keys that are looked at once more; there are few, and most models have none."""

    truths: tuple[str, ...]
    #: The model of the value, or of each item of it.
    below: Mapping[str, type[BaseModel]]


@functools.cache
def _shape(model: type[BaseModel]) -> _Shape:
    keys = keys_of(model)
    return _Shape(tuple(name for name, key in keys.items() if key.is_truth),
                  {name: key.model for name, key in keys.items() if key.model is not None})


def _direct(model: type[BaseModel], key: str, below: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model of the key's value itself; None where that is a list or mapping of models."""
    annotation = next(f.annotation for n, f in model.model_fields.items() if (f.alias or n) == key)
    return below if below in _plain_types(annotation) else None


def _plain_types(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a value may have, without what only narrows them: `bool | None` gives bool."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return (annotation,)
    if get_origin(annotation) in {list, tuple, dict}:
        return ()
    return tuple(plain for part in get_args(annotation) for plain in _plain_types(part))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the first model that an annotation names."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
