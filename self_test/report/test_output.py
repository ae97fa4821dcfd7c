"""The stream: a reader that goes away, a disk that is full, a terminal that is real."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from callgate.errors import MachineError
from callgate.report.output import Output
from callgate.report.text import Piece, Style, row

#: A run with many rows, told to the console on standard output.
PROGRAM = """
import os, sys
from callgate.report.console import console_for
from callgate.scenario.verdict import Outcome, Tally, Verdict
console = console_for(sys.stdout, os.environ)
console.started(build="debian:sid", version="22.10.1", selected=5000, run_directory="runs/1")
for number in range(5000):
    console.playing(f"tests/t::S{number}")
    console.verdict(Verdict(id=f"tests/t::S{number}", outcome=Outcome.PASSED, seconds=0.01))
console.finished(Tally(), 1.0)
sys.exit(7)
"""
#: Without PYTHONUNBUFFERED: what is left in a buffer is the hard part of a stream that breaks.
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", "PYTHONUNBUFFERED": ""}


class Broken(io.StringIO):
    """A stream whose every write fails."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error
        self.writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        raise self._error


def plain(stream: io.StringIO) -> Output:
    return Output(stream, terminal=False, color=False, columns=lambda: 80)


def test_a_reader_that_went_away_is_asked_once() -> None:
    stream = Broken(BrokenPipeError(32, "Broken pipe"))
    output = plain(stream)
    output.rows([row("one")])
    output.rows([row("two")])
    assert stream.writes == 1


def test_any_other_error_of_the_stream_is_one_line_and_told_once() -> None:
    stream = Broken(OSError(28, "No space left on device"))
    output = plain(stream)
    with pytest.raises(MachineError, match=r"^cannot write the report: No space left on device$"):
        output.rows([row("one")])
    output.rows([row("two")])
    assert stream.writes == 1


def test_a_closed_pipe_leaves_no_traceback_and_the_exit_code() -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=ENVIRON, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"callgate ")
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), complaint) == (7, b"")


def test_a_full_disk_is_an_error_and_python_does_not_complain_again_at_exit() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run([sys.executable, "-c", PROGRAM], env=ENVIRON, stdout=full, stderr=subprocess.PIPE,
                               check=False, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.endswith(b"MachineError: cannot write the report: No space left on device\n")
    assert b"Exception ignored" not in ended.stderr


def test_a_real_terminal_is_lively() -> None:
    ours, theirs = pty.openpty()
    program = PROGRAM.replace("5000", "2")
    with subprocess.Popen([sys.executable, "-c", program], env=ENVIRON, stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=subprocess.PIPE) as process:
        os.close(theirs)
        seen = _everything_from(ours)
        os.close(ours)
        assert process.wait(timeout=60) == 7
    assert b"  1/2 \xc2\xb7 tests/t::S1\x1b[?7h\r\x1b[2K" in seen


def _everything_from(terminal: int) -> bytes:
    """Read until the other side is closed, which Linux tells with EIO."""
    seen = b""
    try:
        while chunk := os.read(terminal, 65536):
            seen += chunk
    except OSError:
        pass
    return seen


def test_blank_lines_do_not_pile_up_and_none_comes_first() -> None:
    stream = io.StringIO()
    output = plain(stream)
    output.rows([(), (), row("one"), (), row("  ")])
    output.rows([(), row("two  "), (Piece("x "), Piece("  ", Style.BAD))])
    assert stream.getvalue() == "one\n\ntwo\nx\n"


def test_color_ends_where_its_piece_ends() -> None:
    stream = io.StringIO()
    Output(stream, terminal=False, color=True, columns=lambda: 80).rows([(Piece("a", Style.BAD), Piece("b"))])
    assert stream.getvalue() == "\x1b[31ma\x1b[0mb\n"


def test_a_stream_that_is_no_terminal_gets_no_transient_line() -> None:
    stream = io.StringIO()
    plain(stream).transient("now")
    assert stream.getvalue() == ""
