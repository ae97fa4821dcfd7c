"""The generated part of `docs/` is what the code says now; else run `make docs`."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from callgate import own
from callgate.scenario.stepcontext import StepContext
from callgate.scenario.steps import STEPS
from callgate.suite.reference import pages

#: Types of `callgate.own` that stand in a text, not in the table.
_MENTIONED = {"Entry", "Event", "Field", "StepContext"}
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", pages({}))
def test_the_committed_copy(name: str) -> None:
    path = DOCS / name
    assert path.is_file(), "run 'make docs'"
    assert path.read_text() == pages(STEPS)[name], "run 'make docs'"


@pytest.mark.parametrize("keyword", [keyword for keyword, step in STEPS.items() if step.example])
def test_a_step_has_a_section_with_all_of_its_fields(keyword: str) -> None:
    page = pages({keyword: STEPS[keyword]})["steps.md"]
    assert f"\n### {keyword}\n" in page
    assert f"\n## {STEPS[keyword].family}\n" in page
    for name, field in STEPS[keyword].model_fields.items():
        assert f"\n| `{field.alias or name}`" in page
    assert STEPS[keyword].example.strip() in page


def test_every_step_has_an_example() -> None:
    assert [keyword for keyword, step in STEPS.items() if not step.example] == []


def test_the_how_to_shows_a_step_as_it_is() -> None:
    assert inspect.getsource(STEPS["answer"]).rstrip() in (DOCS / "how-to.md").read_text()


def test_the_how_to_shows_a_step_of_a_test_as_it_is() -> None:
    code = (DOCS.parent / "self_test/live/language/own/tests/passing/steps.py").read_text()
    step = code[code.index("async def heard"):code.index("async def call_twice")].strip()
    assert f"\n{step}\n```\n" in (DOCS / "how-to.md").read_text()


def test_the_reference_names_all_that_a_step_of_a_test_may_use() -> None:
    text = (DOCS / "reference.md").read_text()
    section = text[text.index("### Steps of a test's own"):text.index("## The run directory")]
    public = [name for name in vars(StepContext) if not name.startswith("_")]
    assert [name for name in public if f"`{name}" not in section and f"await {name}(" not in section] == [
        "hear", "leave_behind", "leave_all", "shortcomings"]
    assert [name for name in own.__all__ if f"`{name}`" not in section and name not in _MENTIONED] == []
