"""A small part of `make fuzz`; and that each of its promises can be found broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.fuzz import __main__ as fuzz
from self_test.fuzz import judge as judging
from self_test.fuzz.judge import Judge, Lister
from self_test.fuzz.structures import try_out
from self_test.fuzz.wounds import corpus

from callgate.suite.diagnostics import Diagnostic, InvalidFilesError

FILES = 400


def test_broken_files_are_answered_as_promised() -> None:
    report = fuzz.play(seed=2026, count=FILES, seconds=120.0)
    assert report["wrong"] == ""
    assert report["files"] == FILES
    assert 0 < report["valid"] < FILES, "files are broken, and not all beyond recognition"
    assert report["errors"] > FILES


def test_there_is_something_to_break() -> None:
    assert any("StasisStart" in text for text in corpus())


class Coloured(Diagnostic):
    """One that would be shown as it stands in a file."""

    def render(self) -> str:
        return f"\x1b[31m{super().render()}"


def refusing(*diagnostics: Diagnostic) -> Lister:
    def lister(_root: Path) -> None:
        raise InvalidFilesError(diagnostics)

    return lister


def broken(_root: Path) -> None:
    raise KeyError("a bug")


def endless(_root: Path) -> None:
    while True:
        pass


@pytest.mark.parametrize(("lister", "wrong"), [
    (broken, "KeyError: 'a bug'"),
    (refusing(Diagnostic("f", 0, 0, "is odd")), "no place in the file: f:0:0: is odd"),
    (refusing(Diagnostic("f", 1, 7, "is odd", text="abc")), "a place outside of the file: f:1:7: is odd"),
    (refusing(Diagnostic("f", 9, 1, "is odd")), "a place outside of the file: f:9:1: is odd"),
    (refusing(Coloured("f", 1, 1, "is odd")), "a message that is not printable"),
    (refusing(Diagnostic("f", 1, 1, "x" * 3000)), "a message of 3014 characters"),
])
def test_a_wrong_answer_is_told(tmp_path: Path, lister: Lister, wrong: str) -> None:
    assert wrong in Judge(tmp_path, lister).look_at(b"a: b\n")


def test_an_answer_that_takes_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_PATIENCE", 0.01)
    assert "no answer within 0.01 s" in Judge(tmp_path / "endless", endless).look_at(b"")
    monkeypatch.setattr(judging, "LIMIT", -1.0)
    assert Judge(tmp_path / "slow", lambda _root: None).look_at(b"") == "took 0.0 s"


def test_an_answer_that_takes_too_much_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MEMORY", 1.0)
    assert "MiB; 1 are promised" in fuzz.play(seed=1, count=1, seconds=60.0)["wrong"]


def test_the_smallest_made_up_file_is_told() -> None:
    told = try_out(lambda data: "it holds a list" if b"[" in data else "", 200, 1)
    assert told.startswith("it holds a list\n--- the file\n")
    assert "[" in told
    assert len(told) < 200


@pytest.mark.parametrize("step", ['count: {ami: X, exactly: "2", for: 100ms, where: x}'])
def test_what_was_found_stays_mended(tmp_path: Path, step: str) -> None:
    data = f"testinfo: {{summary: S.}}\nscenarios: {{A: {{summary: S., steps: [{{{step}}}]}}}}\n"
    judge = Judge(tmp_path)
    assert (judge.look_at(data.encode()), judge.valid) == ("", 0)
