"""What a configuration template names, and the text that it makes."""

from __future__ import annotations

import pytest

from callgate.asterisk.templates import Placeholder, fill, placeholders
from callgate.errors import MachineError

NAMES = {"ast1": {"http": "8001"}, "port": {"sip": "61000", "a-b_1": "61001"}}


@pytest.mark.parametrize(("text", "filled"), [
    ("", ""),
    ("port = @{port.sip}", "port = 61000"),
    ("@{port.sip}@{ast1.http}", "610008001"),
    ("@{port.a-b_1}", "61001"),
    ("${port.sip} $@{port.sip}", "${port.sip} $61000"),
    ("@@{port.sip}", "@{port.sip}"),
    ("@@@{port.sip}", "@@{port.sip}"),
    ("user@host, @, @@, @ {x}, {x}", "user@host, @, @@, @ {x}, {x}"),
])
def test_filling_in(text: str, filled: str) -> None:
    assert fill(text, NAMES) == filled


@pytest.mark.parametrize("text", ["@{port.other}", "@{other.sip}", "@{port}", "@{}", "@{port.sip"])
def test_what_stands_for_nothing(text: str) -> None:
    with pytest.raises(MachineError, match="stands for nothing"):
        fill(f"a {text} b", NAMES)


def test_each_is_found_where_it_stands() -> None:
    assert placeholders("x @@{no}\n@{port.sip} @{} @{a b} @{open\n") == [
        Placeholder("port", "sip", True, 9, 11),
        Placeholder("", "", True, 21, 3),
        Placeholder("", "", True, 25, 6),
        Placeholder("", "", False, 32, 6),
    ]
