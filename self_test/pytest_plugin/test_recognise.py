"""Which files the plugin takes for tests, in the runs of people who have never heard of Callgate too."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.pytest_plugin import recognise
from callgate.pytest_plugin.recognise import is_ours
from callgate.suite import find


@pytest.mark.parametrize(("text", "ours"), [
    ("testinfo: {summary: x}\n", True), ("# comment\nscenarios :\n", True), ("'scenarios': {}\n", True),
    ("testinfo:\n  summary: x\ntest-modules:\n", True), ("scenarios: [\n", True),
    ("builds: {}\n", False), ("", False), ("# testinfo:\n", False), ("x:\n  testinfo: 1\n", False), ("\xff\xfe", False),
])
def test_a_file_is_ours_by_its_keys(tmp_path: Path, text: str, ours: bool) -> None:
    path = tmp_path / "test-config.yaml"
    path.write_bytes(text.encode("latin-1"))
    assert is_ours(path) is ours


def test_no_other_name_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "tests.yaml"
    path.write_text("scenarios: {}\n")
    assert not is_ours(path)


def test_a_file_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "test-config.yaml"
    path.symlink_to("nowhere")
    assert is_ours(path)


def test_the_name_is_that_of_the_suite() -> None:
    assert recognise.CONFIG_NAME == find.CONFIG_NAME
