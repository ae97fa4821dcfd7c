from __future__ import annotations

import json

import pytest

from callgate.cli.main import main
from callgate.errors import ExitCode
from callgate.scenario.steps import STEPS


def test_the_schema_of_a_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) is ExitCode.PASSED
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(STEPS) <= set(schema["$defs"]["Step"]["properties"])


def test_the_schema_of_a_suite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--suite"]) is ExitCode.PASSED
    assert list(json.loads(capsys.readouterr().out)["properties"]) == ["builds", "defaults"]


def test_the_schema_of_steps_to_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--used"]) is ExitCode.PASSED
    assert json.loads(capsys.readouterr().out)["properties"]["steps"]["items"] == {"$ref": "#/$defs/Step"}


def test_it_takes_no_paths() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["schema", "tests"])
    assert caught.value.code == ExitCode.USAGE
