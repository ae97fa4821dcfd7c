from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from self_test.suite.language import GOOD, STEPS

from callgate.cli import list as list_command
from callgate.errors import ExitCode
from callgate.suite.load import load_suite

ROOT = Path(__file__).parents[2]
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


def test_versions_are_told_where_there_are_any(tmp_path: Path) -> None:
    directory = tmp_path / "tests" / "t"
    directory.mkdir(parents=True)
    text = GOOD.replace("    skip: Not yet.\n", "    versions: ['>=20.15,<21', '>=22.5']\n")
    (directory / "test-config.yaml").write_text(text.replace("  tags:", "  versions: ['<23']\n  tags:"))
    written: list[str] = []
    list_command.run(load_suite(tmp_path, [], None, STEPS), written.append, verbose=True)
    assert [line.split("\t")[3:] for line in written] == [["<23\n"], ["<23; >=20.15,<21 or >=22.5\n"]]


def test_it_needs_no_twisted() -> None:
    # Nor does what else reads files only: a mistake in one is answered before Twisted is imported. (A test's own steps
    # may import it.)
    program = ("import sys; from callgate.cli.main import main; main(['list', 'tests/stasis/stasisstatus']); "
               "sys.exit(' '.join(name for name in sys.modules if name in ('twisted', 'asyncio')))")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": "lib/python"})
    assert done.stderr.strip() == ""
    assert "tests/stasis/stasisstatus::Babs\n" in done.stdout
