from __future__ import annotations

import json
from pathlib import Path

import pytest

from callgate.cli.main import main
from callgate.errors import ExitCode
from callgate.scenario.steps import STEPS
from callgate.suite.steps import OPTIONS


def test_the_schema_of_a_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) is ExitCode.PASSED
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(STEPS) <= set(schema["$defs"]["Step"]["properties"])


def test_the_schema_of_a_suite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--suite"]) is ExitCode.PASSED
    assert list(json.loads(capsys.readouterr().out)["properties"]) == ["builds", "defaults", "ami-driver"]


def test_the_schema_of_steps_to_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--used"]) is ExitCode.PASSED
    assert json.loads(capsys.readouterr().out)["properties"]["steps"]["items"] == {"$ref": "#/$defs/Step"}


STEPS_FILE = """\
from callgate.own import ChannelName, StepContext
async def ring(context: StepContext, channel: ChannelName) -> None:
    '''Let a channel ring.'''
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A suite of two tests, one of which brings a step."""
    for name in ("one", "two"):
        (tmp_path / "tests" / name).mkdir(parents=True)
        (tmp_path / "tests" / name / "test-config.yaml").write_text("")
    (tmp_path / "tests" / "one" / "steps.py").write_text(STEPS_FILE)
    return tmp_path


@pytest.mark.parametrize("options", [[], ["--used"]])
def test_the_schema_of_one_test_has_its_own_steps(
    options: list[str], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", *options, "--root", str(root), "tests/one"]) is ExitCode.PASSED
    definitions = json.loads(capsys.readouterr().out)["$defs"]
    assert list(definitions["Step"]["properties"])[:-len(OPTIONS)] == [*STEPS, "ring"]
    assert definitions["Ring"]["description"] == "Let a channel ring."


@pytest.mark.parametrize(("arguments", "said"), [
    (["tests/on"], "callgate: 'tests/on' does not exist; did you mean 'tests/one'?"),
    (["tests"], "callgate: 'tests' holds 2 tests, and one is asked for"),
    (["--suite", "tests/one"], "callgate: the suite's file has no steps: name no test with --suite"),
])
def test_what_is_no_test(arguments: list[str], said: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--root", str(root), *arguments]) is ExitCode.USAGE
    assert capsys.readouterr() == ("", f"{said}\n")


def test_the_errors_of_its_steps(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "tests" / "one" / "steps.py").write_text("import nothing_of_that_name\n")
    assert main(["schema", "--root", str(root), "tests/one"]) is ExitCode.USAGE
    assert capsys.readouterr().err.startswith("tests/one/steps.py:1:1: error: raises when it is run: ModuleNotFound")
