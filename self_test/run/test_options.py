"""Paths as the user would type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.run.options import RunOptions


def test_a_path_is_shown_in_its_shorter_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    options = RunOptions(root=Path(), runs=Path("runs"))
    assert options.shown(here / "runs" / "1") == "runs/1"
    assert options.shown(Path("/x")) == "/x"
