"""The tables of docs/catalogue and the scenarios of tests/stasis name each other: none is missing on either side."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs" / "catalogue").glob("*.md"))
TESTS = sorted((ROOT / "tests" / "stasis").rglob("test-config.yaml"))

#: A scenario as a table has it: `leaving::unknown[empty]`; other rows of its cases may follow as `[longer]` alone.
_NAMED = re.compile(r"`(\w+::[\w.-]+)(\[[^\]`]*\])?`")


def scenarios() -> dict[str, set[str]]:
    """Every scenario, with its cases."""
    return {f"{path.parent.name}::{name}": {f"[{case}]" for case in scenario.get("cases", ())} for path in TESTS
            for name, scenario in yaml.load(path.read_text(), yaml.BaseLoader)["scenarios"].items()}


def named() -> set[tuple[str, str]]:
    """Every scenario that a page names, with the case if there is one."""
    return {(found[1], found[2] or "") for page in PAGES for found in _NAMED.finditer(page.read_text())}


def test_each_scenario_stands_in_a_table() -> None:
    assert TESTS
    assert sorted(set(scenarios()) - {name for name, _ in named()}) == []


def test_each_row_is_about_a_scenario() -> None:
    known = scenarios()
    assert sorted((name, case) for name, case in named()
                  if name not in known or case not in {"", "[…]", *known[name]}) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_each_page_stands_in_the_list(page: Path) -> None:
    assert f"(catalogue/{page.name})" in (ROOT / "docs" / "catalogue.md").read_text()


def test_each_finding_stands_in_the_list() -> None:
    listed = set(re.findall(r"\(findings/([\w-]+)\.md\)", (ROOT / "docs" / "findings.md").read_text()))
    assert listed == {path.stem for path in (ROOT / "docs" / "findings").glob("*.md")}


def test_each_known_bug_says_what_its_failure_says() -> None:
    """So that it excuses no other one."""
    bugs = {f"{path.parent.name}::{name}": scenario["expected-result"] for path in TESTS
            for name, scenario in yaml.load(path.read_text(), yaml.BaseLoader)["scenarios"].items()
            if "expected-result" in scenario}
    assert bugs
    assert [name for name, bug in bugs.items() if not bug.get("says")] == []
    deadly = {name: bug["says"] for name, bug in bugs.items() if "crash" in bug}
    assert [name for name, says in deadly.items() if not re.search(r"/|case\.request", str(says))] == [], (
        "at which request Asterisk dies")


def test_each_known_bug_is_written_down() -> None:
    bug = re.compile(r"(?:fail|crash): ['\"]?(docs/[\w/-]+\.md)")
    pages = {page for path in TESTS for page in bug.findall(path.read_text())}
    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []
