"""From the command line to an exit code: what is printed where, and with which number it ends."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import callgate
from callgate import __version__
from callgate.cli import main as cli
from callgate.errors import (
    AsteriskCrashedError,
    CallgateError,
    ExitCode,
    InterruptedRunError,
    MachineError,
    NothingSelectedError,
    ScenarioFailedError,
    UsageError,
)


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    """Options that `run` was called with; it does nothing."""
    seen: list[argparse.Namespace] = []

    def run(options: argparse.Namespace) -> ExitCode:
        seen.append(options)
        return ExitCode.PASSED

    monkeypatch.setattr(cli, "_run", run)
    return seen


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(options: argparse.Namespace) -> ExitCode:
        raise error

    monkeypatch.setattr(cli, "_run", run)


@pytest.mark.parametrize(("error", "code"), [
    (UsageError("no such test: tests/x"), 4),
    (NothingSelectedError("nothing matches -k sip"), 5),
    (MachineError("no free TCP port"), 3),
    (InterruptedRunError("the run was interrupted"), 2),
    (AsteriskCrashedError("Asterisk died"), 1),
    (ScenarioFailedError("no Hangup"), 1),
    (CallgateError("something"), 3),
])
def test_an_expected_error_is_one_line_and_an_exit_code(error: CallgateError, code: int,
                                                        monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, error)
    assert cli.main([]) == code
    assert capsys.readouterr() == ("", f"callgate: {error}\n")


def test_diagnostics_of_many_lines_stand_for_themselves(monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, UsageError("a.yaml:1:1: error: x\n   1 | y"))
    assert cli.main([]) is ExitCode.USAGE
    assert capsys.readouterr().err == "a.yaml:1:1: error: x\n   1 | y\n"


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, ValueError("a bug"))
    assert cli.main([]) is ExitCode.ENVIRONMENT
    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):")
    assert "ValueError: a bug" in said
    assert said.endswith("callgate: this is a bug in Callgate, not in your tests\n")


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    assert cli.main([]) is ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "callgate: interrupted\n"


@pytest.mark.parametrize(("argv", "selectors"), [
    ([], []), (["run"], []), (["tests/stasis"], ["tests/stasis"]), (["run", "tests/a", "tests/b::B"],
                                                                   ["tests/a", "tests/b::B"]),
    (["-k", "stasis", "tests"], ["tests"]), (["--keep"], []),
])
def test_run_is_what_is_meant_when_no_command_is_given(handled: list[argparse.Namespace], argv: list[str],
                                                       selectors: list[str]) -> None:
    assert cli.main(argv) is ExitCode.PASSED
    assert handled[0].selectors == selectors


def test_the_options_of_run(handled: list[argparse.Namespace]) -> None:
    cli.main(["--asterisk", "debian:sid", "--junit-xml", "x.xml", "--run-dir", "runs", "--keep", "-v", "-k", "a or b",
              "--color", "never", "--root", "suite", "--no-skips", "--ami-driver", "starpy"])
    options: dict[str, Any] = vars(handled[0])
    wanted = {"asterisk": "debian:sid", "junit_xml": Path("x.xml"), "run_dir": Path("runs"), "keep": True,
              "verbose": True, "keyword": "a or b", "color": "never", "root": Path("suite"), "no_skips": True,
              "ami_driver": "starpy"}
    assert {name: options[name] for name in wanted} == wanted


@pytest.mark.parametrize("argv", [["--no-such-option"], ["run", "--color", "pink"], ["list", "--keep"],
                                  ["--ami-driver", "tarpy"], ["list", "--ami-driver", "starpy"],
                                  ["builds", "extra"], ["run", "--asterisk"]])
def test_a_mistake_on_the_command_line(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == ExitCode.USAGE
    usage, _, said = capsys.readouterr().err.rpartition("callgate: ")
    assert usage.startswith("usage: runtests.py")
    assert said.count("\n") == 1


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["run", "--help"]])
def test_help_names_the_exit_codes(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert "exit codes:" in said
    assert all(f"  {int(code)}  " in said for code in ExitCode)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert (caught.value.code, capsys.readouterr().out) == (0, f"callgate {__version__}\n")


def test_a_test_that_is_not_there_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("list", "run"):
        assert cli.main([command, "--root", str(tmp_path), "tests/nothing"]) is ExitCode.USAGE
        assert "tests/nothing" in capsys.readouterr().err


def test_the_entry_point_gives_a_number(monkeypatch: pytest.MonkeyPatch, handled: list[argparse.Namespace]) -> None:
    monkeypatch.setattr(sys, "argv", ["runtests.py", "tests"])
    assert cli.entry_point() == 0
    assert handled[0].selectors == ["tests"]


SPEAKING = """
import sys
from callgate.cli import main as cli
from callgate.errors import ExitCode
def run(options):
    sys.stdout.write(options.keyword)
    if options.verbose:
        sys.stdout.flush()
    return ExitCode.FAILED
cli._run = run
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("more", [[], ["-v"]], ids=["at the end", "in the middle"])
def test_a_reader_that_has_gone_away_makes_no_success_of_a_failure(more: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONPATH": str(Path(callgate.__file__).parents[1])}
    ended = subprocess.run([sys.executable, "-c", SPEAKING, "run", "-k", "words", *more], stdout=writing,
                           stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False)
    os.close(writing)
    assert ended.returncode != ExitCode.PASSED


@pytest.mark.parametrize("twice", [
    ["--asterisk", "debian:sid", "--asterisk", "debian:bullseye"], ["-k", "babs", "-k", "bugs"],
])
def test_what_decides_what_is_judged_is_given_once(twice: list[str], handled: list[argparse.Namespace],
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(twice)
    assert caught.value.code == ExitCode.USAGE
    assert capsys.readouterr().err.endswith(
        f"callgate: {twice[0]} is given more than once: {twice[1]} and {twice[3]}\n")
    assert handled == []
