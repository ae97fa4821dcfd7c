"""Steps are found by being in a module of the package, in an order that does not depend on chance."""

from __future__ import annotations

from types import ModuleType
from typing import ClassVar

import pytest

from callgate.scenario.steps import STEPS, collect
from callgate.scenario.steps.base import Family, Step


def module(name: str, *keywords: str, family: Family | None = Family.CALLS) -> ModuleType:
    """A module that defines steps with these keywords, and imports one."""
    made = ModuleType(name)
    vars(made).update({"Step": Step, "Imported": STEPS["answer"]})
    for keyword in keywords:
        fields = {"__module__": name, "keyword": keyword, "__annotations__": {"keyword": "ClassVar[str]"}}
        if family is not None:
            fields |= {"family": family, "__annotations__": {"keyword": "ClassVar[str]", "family": "ClassVar[Family]"}}
        vars(made)[keyword.title()] = type(keyword.title(), (Step,), fields)
    return made


class Bare(Step):
    """A step of no family."""

    keyword: ClassVar[str] = "bare"


def test_those_of_a_module_are_found_and_those_it_imports_are_not() -> None:
    assert list(collect([module("one", "ring", "flash")])) == ["ring", "flash"]


def test_they_come_by_family_then_by_module_then_as_they_stand() -> None:
    modules = [module("c", "transfer"), module("b", "ring", "flash"), module("a", "watch", family=Family.EVENTS),
               module("d", "enlist", family=Family.APPLICATIONS)]
    assert list(collect(modules)) == ["enlist", "ring", "flash", "transfer", "watch"]
    assert list(collect(reversed(modules))) == list(collect(modules))


def test_the_language_is_in_that_order() -> None:
    order = list(Family)
    assert [order.index(step.family) for step in STEPS.values()] == sorted(
        order.index(step.family) for step in STEPS.values())
    assert [*STEPS][:3] == ["register", "disconnect", "resume"]
    assert [*STEPS][-2:] == ["parallel", "use"]


def test_two_steps_of_one_keyword() -> None:
    with pytest.raises(ValueError, match=r"^two steps are called 'ring': one\.Ring and two\.Ring$"):
        collect([module("one", "ring"), module("two", "ring", "flash")])


def test_a_step_of_no_family() -> None:
    made = ModuleType(__name__)
    vars(made)["Bare"] = Bare
    with pytest.raises(ValueError, match=r"Bare names no family, so the reference has no place for it$"):
        collect([made])
