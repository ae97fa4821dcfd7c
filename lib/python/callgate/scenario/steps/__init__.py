"""The steps of the language: one small module a family, found by being in this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

from callgate.scenario.steps.base import Family, Step


def collect(modules: Iterable[ModuleType]) -> dict[str, type[Step]]:
    """Every step that is defined in one of these modules, by its keyword.

    They are in the order of their families, then of the modules' names, then as they stand in their module: that is
    the order of the reference, of the schema, and of the steps that a message names.

    Raises ValueError where two have the same keyword, or one is of no family.
    """
    found: list[type[Step]] = []
    for module in sorted(modules, key=lambda one: one.__name__):
        found += [thing for thing in vars(module).values() if _is_step(thing) and thing.__module__ == module.__name__]
    steps: dict[str, type[Step]] = {}
    order = list(Family)
    for step in sorted(found, key=lambda one: order.index(_family(one))):
        other = steps.setdefault(step.keyword, step)
        if other is not step:
            raise ValueError(f"two steps are called '{step.keyword}': {_name(other)} and {_name(step)}")
    return steps


def _is_step(thing: object) -> bool:
    """Whether it can stand in a file; a base of several steps cannot, as it has no keyword."""
    return isinstance(thing, type) and issubclass(thing, Step) and hasattr(thing, "keyword")


def _family(step: type[Step]) -> Family:
    if not hasattr(step, "family"):
        raise ValueError(f"{_name(step)} names no family, so the reference has no place for it")
    return step.family


def _name(step: type[Step]) -> str:
    return f"{step.__module__}.{step.__qualname__}"


#: Every step by the keyword that names it in a file.
STEPS: Mapping[str, type[Step]] = collect(
    importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
