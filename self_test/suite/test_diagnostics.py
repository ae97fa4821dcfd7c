from __future__ import annotations

import pytest

from callgate.errors import ExitCode, UsageError
from callgate.suite.diagnostics import (
    MAX_ERRORS,
    Diagnostic,
    InvalidFilesError,
    Source,
    did_you_mean,
    listed,
    printable,
    quoted,
)


def _rendered(text: str, column: int, length: int) -> list[str]:
    return Diagnostic("t.yaml", 7, column, "M", length=length, text=text).render().split("\n")


def test_the_place_is_shown_as_compilers_do() -> None:
    error = Diagnostic(
        "tests/t/test-config.yaml", 14, 9, "unknown step 'expct'", "did you mean 'expect'?", 5,
        "      - expct: {ami: Hangup, channel: call}",
    )
    assert error.render() == (
        "tests/t/test-config.yaml:14:9: error: unknown step 'expct'; did you mean 'expect'?\n"
        "  14 |       - expct: {ami: Hangup, channel: call}\n"
        "     |         ^^^^^"
    )


def test_line_zero_is_the_whole_file() -> None:
    assert Diagnostic("t.yaml", 0, 0, "is empty").render() == "t.yaml: error: is empty"


@pytest.mark.parametrize(
    ("text", "column", "length", "shown", "below"),
    [
        ("\tkey: x", 2, 3, "\tkey: x", "\t^^^"),
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("日本: x", 1, 2, "日本: x", "^^^^"),
        ("e\u0301a: x", 3, 1, "e\u0301a: x".replace("\u0301", "\u0301"), " ^"),
        ("a: \x1b[31m", 4, 1, "a: \ufffd[31m", "   ^"),
        ("a:\xa0b", 4, 1, "a:\xa0b", "   ^"),
        ("a", 1, 50, "a", "^"),
        ("a", 2, 1, "a", " ^"),
    ],
)
def test_carets_are_under_the_token(text: str, column: int, length: int, shown: str, below: str) -> None:
    assert _rendered(text, column, length)[1:] == [f"  7 | {shown}", f"    | {below}"]


def test_an_empty_line_gets_a_caret() -> None:
    assert _rendered("", 1, 1)[1:] == ["  7 |", "    | ^"]


def test_a_long_line_is_cut_around_the_token() -> None:
    text = "a" * 5000 + "TOKEN" + "b" * 5000
    _, shown, below = _rendered(text, 5001, 5)
    assert len(shown) < 120
    assert shown.count("…") == 2
    assert shown[below.index("^") : below.rindex("^") + 1] == "TOKEN"


def test_errors_are_sorted_counted_and_each_there_once() -> None:
    late, early = Diagnostic("b", 2, 1, "late"), Diagnostic("b", 1, 9, "early")
    error = InvalidFilesError([late, Diagnostic("c", 0, 0, "other"), early, early])
    assert [one.message for one in error.diagnostics] == ["early", "late", "other"]
    assert str(error).endswith("\n3 errors in 2 files; nothing was started")
    assert str(InvalidFilesError([early])).endswith("\n1 error in 1 file; nothing was started")
    assert isinstance(error, UsageError)
    assert error.exit_code is ExitCode.USAGE


def test_a_file_full_of_errors_is_cut_short_and_says_so() -> None:
    source = Source("t.yaml", "a\n" * 1000)
    for line in range(1000):
        source.error(line + 1, 1, "wrong")
    assert len(source.errors) == MAX_ERRORS + 1
    assert source.full
    assert "only the first 100 that were found are shown" in source.errors[-1].message


def test_what_comes_from_a_file_cannot_command_the_terminal() -> None:
    assert quoted("\x1b[31m\n") == r"'\x1b[31m\n'"
    assert printable("t\udcff") == r"t\udcff"
    assert len(quoted("x" * 1000)) == 62


@pytest.mark.parametrize(
    ("word", "expected"),
    [("expct", "expect"), ("EXPECT", "expect"), ("hangupp", "hangup"), ("zzz", None), ("", None)],
)
def test_did_you_mean(word: str, expected: str | None) -> None:
    answer = None if expected is None else f"did you mean '{expected}'?"
    assert did_you_mean(word, ["expect", "hangup"]) == answer


def test_positions_follow_yamls_line_breaks() -> None:
    source = Source("t", "a\r\nb\x85c\u2028d\re")
    assert source.lines == ["a", "b", "c", "d", "e"]
    assert [source.position(source.text.index(char)) for char in "abcde"] == [(n, 1) for n in range(1, 6)]


def test_nothing_that_a_message_quotes_reaches_the_terminal_as_it_is() -> None:
    shown = Diagnostic("a.yaml", 1, 1, "no application 'x'", hint="registered: Babs, \x1b[31m", text="x").render()
    assert shown.isprintable() is False, "it has line breaks"
    assert all(line.isprintable() for line in shown.splitlines())


def test_names_that_fill_a_file_do_not_fill_a_message() -> None:
    assert listed(["Babs", "Bugs"]) == "Babs, Bugs"
    assert len(listed(["9" * 5000, "Bugs"])) == 500
