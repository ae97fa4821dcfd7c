"""Makes a pydantic model of a node; whatever is wrong becomes an error at the place where it was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from callgate.suite.diagnostics import Source, did_you_mean, nearest, quoted
from callgate.suite.fields import keys_of, lax_truths, maps_of, model_at, strict_keys
from callgate.suite.wording import EXPECTED, WRONG_KIND, named_values, wrong_kind, wrong_value
from callgate.suite.yamltree import List, Map, Node, Scalar

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
#: Models that were made without an error, by what they were made of. They are frozen: so one can stand in many places.
Made = dict[tuple[type[BaseModel], str], BaseModel]

#: With no more keys than this, a message can name them all.
_FEW_KEYS = 12


def validate(model: type[M], node: Node, source: Source, key: Scalar | None = None, *,
             apart: Set[str] = frozenset(), before: Made | None = None) -> M | None:
    """Return the model that the node describes, or None with every error noted in `source`.

    `key` is the key whose value the node is; messages call the node by it. Keys are spelt as the aliases
    of the model's fields. A model with extra="allow" says by `extra_key_allowed(key, given)` which keys it
    takes; one with a mapping `unsupported` says what to answer to keys that are known elsewhere. Lists under
    the keys `apart`, at any depth, hold what the model takes as it is: somebody else checks that. What was made
    `before` of the same texts is taken from there: two of three steps of a suite stand in it more than once.
    """
    given = plain(node, apart)
    if before is None:
        return _made(model, given, node, source, key)
    texts = (model, repr(given))
    made = cast("M | None", before.get(texts))
    if made is None:
        made = _made(model, given, node, source, key)
        if made is not None:
            before[texts] = made
    return made


def _made(model: type[M], given: Any, node: Node, source: Source, key: Scalar | None) -> M | None:
    made = None
    try:
        made = model.model_validate(given, by_alias=True, by_name=False)
    except ValidationError as error:
        _Checker(model, node, source, key).report(error.errors(include_url=False, include_input=False))
    if isinstance(node, Map) and not node.entries.keys() <= strict_keys(model):
        return made if _Checker(model, node, source, key).strict() else None
    return made


def plain(node: Node, apart: Set[str] = frozenset()) -> Any:
    """Return what the node holds as text, lists and dicts; a list under one of the keys `apart` keeps its nodes."""
    if isinstance(node, Map):
        return {
            name: value.value if isinstance(value, Scalar) else
            value.items if name in apart and isinstance(value, List) else plain(value, apart)
            for name, (_, value) in node.entries.items()
        }
    return [plain(item, apart) for item in node.items] if isinstance(node, List) else node.value


def enclosed(node: Node, key: Scalar) -> Map:
    """Return a mapping of one key, for a value that stands for a mapping: `hangup: call`."""
    return Map(node.begins, {key.value: (key, node)})


@dataclass(frozen=True, slots=True)
class _Spot:
    """What one of pydantic's locations means in the tree."""

    node: Node
    #: The key that the node belongs to; None at the top.
    key: Scalar | None
    #: How a message calls the node: "'channel'", "item 2 of 'tags'", or '' at the top.
    name: str
    #: The part of the location that led to the node.
    path: tuple[str | int, ...]
    #: What is left of the location: a key that is missing, or the branch of a union.
    rest: tuple[str | int, ...]

    @property
    def own_key(self) -> Scalar | None:
        """The key whose value the node is itself; None for an item of a list."""
        return None if self.path and isinstance(self.path[-1], int) else self.key


def _locate(node: Node, key: Scalar | None, loc: Sequence[str | int]) -> _Spot:
    """Follow one of pydantic's locations through the tree, as far as it goes."""
    name = quoted(key.value) if key else ""
    for done, part in enumerate(loc):
        if isinstance(node, Map) and isinstance(part, str) and part in node.entries:
            key, node = node.entries[part]
            name = quoted(key.value)
        elif isinstance(node, List) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            name = f"item {part + 1}" + (f" of {name}" if name else "")
        else:
            return _Spot(node, key, name, tuple(loc[:done]), tuple(loc[done:]))
    return _Spot(node, key, name, tuple(loc), ())


class _Checker:
    """Reports what is wrong with one node that is to be one model."""

    def __init__(self, model: type[BaseModel], node: Node, source: Source, key: Scalar | None) -> None:
        self._model = model
        self._node = node
        self._source = source
        self._key = key

    def strict(self) -> bool:
        """Check what pydantic lets pass; return whether there was nothing."""
        errors = 0
        for model, node in maps_of(self._model, self._node):
            errors += self._truths(model, node) + self._extra(model, node)
        return not errors

    def _truths(self, model: type[BaseModel], node: Map) -> int:
        """Report the truth values that pydantic takes and we do not; return how many."""
        wrong = lax_truths(model, node)
        for key, value in wrong:
            what = wrong_kind([EXPECTED["bool_type"]], quoted(key.value), value)
            self._source.error(value.line, value.column, what, length=value.length)
        return len(wrong)

    def report(self, errors: Sequence[ErrorDetails]) -> None:
        """Note all errors of one validation."""
        suggested: set[tuple[tuple[str | int, ...], str]] = set()
        missing: list[_Spot] = []
        unions: dict[tuple[str | int, ...], list[tuple[ErrorDetails, _Spot]]] = defaultdict(list)
        for error in errors:
            if self._source.full:
                return
            spot = self._spot(error["loc"])
            if error["type"] == "missing" and len(spot.rest) == 1:
                missing.append(spot)
            elif spot.rest and spot.rest[0] != "[key]":
                unions[spot.path].append((error, spot))
            elif error["type"] == "extra_forbidden":
                self._unknown(spot, suggested)
            else:
                self._wrong(error, spot)
        for branches in unions.values():
            self._union(branches)
        for spot in missing:
            # A key that is misspelt is not missing too.
            if (spot.path, str(spot.rest[0])) not in suggested:
                self._missing(str(spot.rest[0]), spot)

    def _spot(self, loc: Sequence[str | int]) -> _Spot:
        return _locate(self._node, self._key, loc)

    def _at(self, at: Node, message: str, hint: str | None = None) -> None:
        if isinstance(at, Scalar) and not at.length:
            return  # an empty value: that was reported when the file was read
        self._source.error(at.line, at.column, message, hint=hint, length=at.length)

    def _wrong(self, error: ErrorDetails, spot: _Spot) -> None:
        """Report a value (or, with `[key]`, a key) that is not what it must be."""
        about: Node = spot.key if spot.key and spot.rest else spot.node
        at = spot.own_key or about if isinstance(about, Map) else about
        hint = None
        if error["type"] == "literal_error" and isinstance(spot.node, Scalar):
            values = named_values(error["ctx"]["expected"])
            hint = did_you_mean(spot.node.value, values) if len(values) > 1 else None
        self._at(at, wrong_value(error, spot.name, about), hint)

    def _missing(self, wanted: str, spot: _Spot) -> None:
        self._at(spot.own_key or spot.node, f"{spot.name or 'the file'} needs {quoted(wanted)}")

    def _unknown(self, spot: _Spot, suggested: set[tuple[tuple[str | int, ...], str]]) -> None:
        if spot.key is None:
            return
        above = self._spot(spot.path[:-1])
        near = self._unknown_key(model_at(self._model, above.path), spot.key, above.name)
        if near is not None:
            suggested.add((above.path, near))

    def _unknown_key(self, model: type[BaseModel] | None, key: Scalar, owner: str) -> str | None:
        """Report a key that the model does not have; return the one that was probably meant."""
        unsupported: Mapping[str, str] = getattr(model, "unsupported", {})
        if key.value in unsupported:
            self._at(key, f"{quoted(key.value)} {unsupported[key.value]}")
            return None
        known = keys_of(model) if model else {}
        hint = did_you_mean(key.value, known)
        if hint is None and 0 < len(known) <= _FEW_KEYS:
            hint = f"known: {', '.join(known)}"
        self._at(key, f"unknown key {quoted(key.value)}" + (f" in {owner}" if owner else ""), hint)
        return nearest(key.value, known)

    def _extra(self, model: type[BaseModel], node: Map) -> int:
        """Report the keys that a model with extra="allow" does not want; return how many."""
        allowed = getattr(model, "extra_key_allowed", None)
        if allowed is None:
            return 0
        known = keys_of(model)
        extra = [key for name, (key, _) in node.entries.items() if name not in known]
        if not extra:
            return 0
        unwanted = [key for key in extra if not allowed(key.value, node.entries)]
        owner = quoted(self._key.value) if self._key and node is self._node else ""
        for key in unwanted:
            if not self._source.full:
                self._unknown_key(model, key, owner)
        return len(unwanted)

    def _union(self, found: Iterable[tuple[ErrorDetails, _Spot]]) -> None:
        """Report one thing for a value that fits no branch of a union: that of the branch that was meant."""
        branches: dict[str | int, list[tuple[ErrorDetails, _Spot]]] = defaultdict(list)
        for error, spot in found:
            branches[spot.rest[0]].append((error, spot))
        right_kind = [errors for errors in branches.values()
                      if not any(e["type"] in WRONG_KIND and len(s.rest) == 1 for e, s in errors)]
        if right_kind:
            for error, spot in min(right_kind, key=len):
                self._branch(error, spot)
            return
        types = [error["type"] for errors in branches.values() for error, _ in errors]
        expected = [EXPECTED[name] for name in types if name in EXPECTED]
        _, spot = next(iter(branches.values()))[0]
        self._at(spot.node, wrong_kind(expected, spot.name, spot.node))

    def _branch(self, error: ErrorDetails, spot: _Spot) -> None:
        """Report an error inside one branch of a union, as if there were no other branch."""
        below = _locate(spot.node, spot.key, spot.rest[1:])
        name = spot.name if not below.path else below.name
        inner = _Spot(below.node, below.key, name, below.path, below.rest)
        if error["type"] == "missing" and inner.rest:
            self._missing(str(inner.rest[0]), inner)
        elif error["type"] == "extra_forbidden" and inner.key is not None:
            self._at(inner.key, f"unknown key {quoted(inner.key.value)} in {spot.name}")
        else:
            self._wrong(error, inner)
