"""`--ami-driver` of the plugin, where StarPy is not what it is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.pytest_plugin.outer import Run, run_pytest

import callgate

TEST = """\
testinfo: {summary: One.}
scenarios:
  One: {summary: One., steps: [{register: One}]}
"""


def run_without_starpy(root: Path, settings: str, *arguments: str) -> Run:
    """A package of StarPy's name that has no AMI comes before one that is installed."""
    (root / "tests" / "t").mkdir(parents=True)
    (root / "tests" / "t" / "test-config.yaml").write_text(TEST)
    (root / "test-config.yaml").write_text(settings)
    (root / "path" / "starpy").mkdir(parents=True)
    (root / "path" / "starpy" / "__init__.py").touch()
    path = f"{root / 'path'}:{Path(callgate.__file__).parents[1]}"
    return run_pytest(root, "tests", *arguments, environment={"PYTHONPATH": path})


@pytest.mark.parametrize(("settings", "arguments"), [
    pytest.param("defaults: {}\n", ["--ami-driver", "starpy"], id="option"),
    pytest.param("ami-driver: starpy\n", [], id="file"),
])
def test_a_driver_that_is_not_installed(tmp_path: Path, settings: str, arguments: list[str]) -> None:
    run = run_without_starpy(tmp_path, settings, "--asterisk", str(tmp_path / "nowhere"), *arguments)
    assert run.code == 3
    assert "the AMI driver 'starpy' needs StarPy: No module named 'starpy.manager'" in run.out
    assert "Traceback" not in run.out
    assert not (tmp_path / ".callgate").exists()


def test_a_driver_that_there_is_not(tmp_path: Path) -> None:
    run = run_without_starpy(tmp_path, "defaults: {}\n", "--ami-driver", "tarpy")
    assert run.code == 4
    assert "invalid choice: 'tarpy'" in run.out
