"""What `run` finds out before it gets an Asterisk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from callgate.cli import main as cli
from callgate.errors import ExitCode

TEST = """\
testinfo: {summary: One.}
scenarios:
  One: {summary: One., steps: [{register: One}]}
"""


@pytest.mark.parametrize(("settings", "options"), [
    pytest.param("defaults: {}\n", ["--ami-driver", "starpy"], id="option"),
    pytest.param("ami-driver: starpy\n", [], id="file"),
])
def test_a_driver_that_is_not_installed(tmp_path: Path, settings: str, options: list[str],
                                        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "callgate.ami.starpy_connection", raising=False)
    monkeypatch.setitem(sys.modules, "starpy.manager", None)
    (tmp_path / "tests/one").mkdir(parents=True)
    (tmp_path / "tests/one/test-config.yaml").write_text(TEST)
    (tmp_path / "test-config.yaml").write_text(settings)
    # The build is looked for later: it is none, and nothing is said of that.
    code = cli.main(["--root", str(tmp_path), "--asterisk", str(tmp_path / "nowhere"), *options, "tests"])
    assert code is ExitCode.ENVIRONMENT
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("callgate: the AMI driver 'starpy' needs StarPy: ")
    assert said.err.count("\n") == 1
    assert not (tmp_path / ".callgate").exists()


def test_the_option_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "starpy.manager", None)
    (tmp_path / "tests/one").mkdir(parents=True)
    (tmp_path / "tests/one/test-config.yaml").write_text(TEST)
    (tmp_path / "test-config.yaml").write_text("ami-driver: starpy\n")
    cli.main(["--root", str(tmp_path), "--asterisk", str(tmp_path / "nowhere"), "--ami-driver", "builtin", "tests"])
    assert "nowhere" in capsys.readouterr().err
