from __future__ import annotations

from pathlib import Path

import pytest
from self_test.suite.language import GOOD, STEPS

from callgate.cli import list as list_command
from callgate.errors import ExitCode
from callgate.suite.load import load_suite

SUMMARIES = {
    "Babs": "A call hung up by its registered app ends with SUCCESS.",
    "Bugs": "A call into an app that was never registered ends with FAILED.",
}


@pytest.mark.parametrize("verbose", [False, True])
def test_one_scenario_a_line(tmp_path: Path, verbose: bool) -> None:
    for name in ("b", "a"):
        directory = tmp_path / "tests" / name
        directory.mkdir(parents=True)
        (directory / "test-config.yaml").write_text(GOOD)
    written: list[str] = []
    suite = load_suite(tmp_path, [], None, STEPS)
    assert list_command.run(suite, written.append, verbose=verbose) is ExitCode.PASSED
    assert "".join(written) == "".join(
        f"tests/{test}::{name}" + (f"\t{summary}\tARI,stasis" if verbose else "") + "\n"
        for test in "ab" for name, summary in SUMMARIES.items()
    )
