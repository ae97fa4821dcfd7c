from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.errors import UsageError
from callgate.scenario.references import MalformedReferenceError, references, substitute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", []),
        ("$ { } $x ${", None),
        ("${call}", [("call", "", 0, 7)]),
        ("a ${call.id} ${call;2.channel.id}", [("call", "id", 2, 10), ("call;2", "channel.id", 13, 20)]),
        ("$${call} ${b}", [("b", "", 9, 4)]),
        ("$$${b}", []),
        ("${a}${b}", [("a", "", 0, 4), ("b", "", 4, 4)]),
    ],
)
def test_references(text: str, expected: list[tuple[str, str, int, int]] | None) -> None:
    if expected is None:
        with pytest.raises(MalformedReferenceError):
            references(text)
    else:
        assert list(references(text)) == expected


@pytest.mark.parametrize(
    ("text", "offset", "length", "message"),
    [
        ("a ${b", 2, 3, "without its '}'"),
        ("a ${b c", 2, 3, "without its '}'"),
        ("${b ${c}", 0, 3, "without its '}'"),
        ("${}", 0, 3, "names nothing"),
        ("${a b}", 0, 6, "of letters, digits"),
        ("${1a}", 0, 5, "of letters, digits"),
        ("${a.}", 0, 5, "of letters, digits"),
        ("${ä}", 0, 4, "of letters, digits"),
        ("${a${b}}", 0, 3, "without its '}'"),
    ],
)
def test_malformed(text: str, offset: int, length: int, message: str) -> None:
    with pytest.raises(MalformedReferenceError, match=message) as caught:
        references(text)
    assert (caught.value.offset, caught.value.length) == (offset, length)
    assert isinstance(caught.value, UsageError)
    with pytest.raises(MalformedReferenceError):
        substitute(text, lambda name, path: "")


def test_substitute_puts_values_in_and_never_looks_at_them_again() -> None:
    seen = []

    def lookup(name: str, path: str) -> str:
        seen.append((name, path))
        return "${x}$${"

    assert substitute("<${a.b.c}|$${d}|${call;2}>", lookup) == "<${x}$${|${d}|${x}$${>"
    assert seen == [("a", "b.c"), ("call;2", "")]


@given(st.lists(st.sampled_from(["$", "{", "}", "a", ".", ";2", " ", "${", "}", "$${"])).map("".join))
def test_substitution_and_references_agree(text: str) -> None:
    try:
        found = references(text)
    except MalformedReferenceError:
        with pytest.raises(MalformedReferenceError) as caught:
            substitute(text, lambda name, path: "")
        assert text[caught.value.offset :].startswith("${")
        return
    seen: list[tuple[str, str]] = []

    def lookup(name: str, path: str) -> str:
        seen.append((name, path))
        return ""

    substitute(text, lookup)
    assert seen == [(one.name, one.path) for one in found]
    for one in found:
        assert text[one.offset : one.offset + one.length].startswith("${" + one.name)
