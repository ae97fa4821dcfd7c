from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from self_test.suite.language import GOOD

from callgate.suite.files import MAX_BYTES
from callgate.suite.validate import plain
from callgate.suite.yamlfile import MAX_DEPTH, MAX_NODES, parse_yaml, read_yaml
from callgate.suite.yamltree import Map, Scalar, holds, texts


def _errors(data: str | bytes) -> list[str]:
    document = parse_yaml(data.encode() if isinstance(data, str) else data, "f")
    return [f"{error.line}:{error.column} {error.message}" for error in document.source.errors]


def _value(text: str) -> object:
    document = parse_yaml(text.encode(), "f")
    assert document.source.errors == []
    assert document.root is not None
    return plain(document.root)


def test_all_scalars_stay_text() -> None:
    text = "{on: yes, id: 1747312345.10, n: null, t: ~, x: 0x1f, d: 2001-01-01, e: '', f: |\n  a\n}"
    assert _value(text.replace("|\n  a\n", '"a"')) == {
        "on": "yes", "id": "1747312345.10", "n": "null", "t": "~", "x": "0x1f", "d": "2001-01-01", "e": "", "f": "a",
    }


def test_positions_of_keys_and_values() -> None:
    root = parse_yaml("\ufeffa:\n  - 'ü': [x, \"y\"]\n".encode(), "f").root
    assert root is not None
    assert [(s.value, s.line, s.column, s.length, is_key) for s, is_key in texts(root)] == [
        ("a", 1, 1, 1, True), ("ü", 2, 5, 3, True), ("x", 2, 11, 1, False), ("y", 2, 14, 3, False),
    ]


@pytest.mark.parametrize(("text", "there"), [
    ("a: x${b}", True), ("${a}: x", True), ("- [{a: [b, {c: '${d}'}]}]", True), ('a: "\\x24{b}"', True),
    ("a: x$ {b}", False), ("[]", False), ("a: b # ${c}", False)])
def test_a_text_is_found_wherever_it_stands(text: str, there: bool) -> None:
    root = parse_yaml(text.encode(), "f").root
    assert root is not None
    assert holds(root, "${") is there


def test_an_anchor_may_be_used_again() -> None:
    assert _value("a: &x {b: c}\nd: *x\n&k e: f\n*k : g\n".replace("*k : g\n", "")) == {
        "a": {"b": "c"}, "d": {"b": "c"}, "e": "f",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [b\n",
         "2:1 not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"),
        ("a: b: c\n", "1:5 not YAML: mapping values are not allowed in this context"),
        ("", "1:1 the file is empty"),
        ("# nothing\n", "1:1 the file is empty"),
        ("a: 1\nb: 2\na: 3\n", "3:1 key 'a' is already on line 1"),
        ("a: 1\n---\nb: 2\n", "2:1 a second document; a file holds one"),
        ("? [a]\n: b\n", "1:3 a key must be a text"),
        ("x: &a [b]\n*a : c\n", "2:1 a key must be a text"),
        ("a: !!python/object:os.system x\n",
         "1:4 tags such as 'tag:yaml.org,2002:python/object:os.system' are not supported"),
        ("a: !!str 1\n", "1:4 tags such as 'tag:yaml.org,2002:str' are not supported"),
        ("a: ! [1]\n", "1:4 tags such as '!' are not supported"),
        ("b: &b {x: y}\na: {<<: *b}\n", "2:5 merge keys are not supported"),
        ("a: *b\n", "1:4 nothing above has the anchor '&b'"),
        ("a: &a [*a]\n", "1:8 '*a' stands inside of what it stands for"),
        ("a:\nb: c\n", "1:1 'a' has no value"),
        ("- \n- a\n", "1:2 nothing is here"),
        ("? \n: b\n", "1:2 a key is missing"),
    ],
)
def test_what_is_refused(text: str, expected: str) -> None:
    assert _errors(text) == [expected]


def test_a_reference_without_quotes_is_explained() -> None:
    (error,) = parse_yaml(b"a: {b: x${c}}\n", "f").source.errors
    assert error.hint == "inside of {} and [] a text with '${' must be in quotes"
    assert _value("a: x${c}\n") == {"a": "x${c}"}


def test_a_tab_that_indents_is_explained() -> None:
    (error,) = parse_yaml(b"a:\n\tb: c\n", "f").source.errors
    assert (error.line, error.hint) == (2, "indent with spaces")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: b\nc: \xc3\xa4\xff\n", "2:5 byte 0xff is not UTF-8"),
        ("a: b\n".encode("utf-16"), "1:1 byte 0xff is not UTF-8"),
        (b"a: \xed\xa0\x80\n", "1:4 byte 0xed is not UTF-8"),
        (b"a: b\n\x00", "2:1 character U+0000 is not allowed in YAML"),
        (b"a: '\x1b[31m'", "1:5 character U+001B is not allowed in YAML"),
        (b"#" * (MAX_BYTES + 1), "1:1 the file is larger than 1024 KiB"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, expected: str) -> None:
    assert _errors(data) == [expected]


def test_the_line_of_a_bad_byte_is_shown() -> None:
    (error,) = parse_yaml(b"a: \xff\n", "f").source.errors
    assert error.render() == "f:1:4: error: byte 0xff is not UTF-8\n  1 | a: \ufffd\n    |    ^"


def test_an_alias_bomb_is_refused_unexpanded() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert _errors("\n".join(lines)) == [
        f"5:23 holds more than {MAX_NODES:,} keys and values once its aliases are followed"
    ]


def test_the_number_of_nodes_is_bounded_and_the_bound_can_be_reached() -> None:
    assert _errors("[" + "a," * (MAX_NODES - 1) + "]") == []
    assert _errors("[" + "a," * MAX_NODES + "]") == [f"1:{2 * MAX_NODES} holds more than {MAX_NODES:,} keys and values"]


def test_depth_is_bounded_through_aliases_too() -> None:
    assert _errors("[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH) == []
    deep = f"1:{MAX_DEPTH + 1} nested more than {MAX_DEPTH} levels deep"
    assert _errors("[" * 500_000) == [deep]
    chain = "- &a0 [x]\n" + "".join(f"- &a{n + 1} [*a{n}]\n" for n in range(200))
    assert _errors(chain) == ["63:9 nested more than 64 levels deep"]


def test_all_duplicates_are_found_and_the_first_is_kept() -> None:
    document = parse_yaml(b"a: {b: 1, b: 2, b: 3}\na: x", "f")
    assert [(error.line, error.column) for error in document.source.errors] == [(1, 11), (1, 17), (2, 1)]
    assert document.root is not None
    assert plain(document.root) == {"a": {"b": "1"}}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere")
    told = {name: read_yaml(tmp_path / name, name).source.errors[0].render() for name in ("pipe", "link", ".")}
    assert told == {
        "pipe": "pipe: error: is no regular file",
        "link": "link: error: cannot be read: No such file or directory",
        ".": ".: error: is no regular file",
    }


@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf")
@example(b"%TAG ! x\n--- !a")
@example(b"? \n? ")
def test_any_bytes_give_a_tree_or_errors(data: bytes) -> None:
    _check(data)


@given(st.lists(st.sampled_from([*"[]{},:-?&*!|>'\"%@`#~ \n\t", "a", "\\", "<<", "\x85", "é", "- ", ": ", "*a", "&a "]))
       .map("".join))
def test_any_yaml_like_text_gives_a_tree_or_errors(text: str) -> None:
    _check(text.encode())


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=5))
def test_a_real_file_with_a_wound_gives_a_tree_or_errors(at: int, cut: int, put: str) -> None:
    _check((GOOD[:at] + put + GOOD[at + cut :]).encode(errors="surrogatepass"))


def _check(data: bytes) -> None:
    document = parse_yaml(data, "f")
    assert document.root is not None or document.source.errors
    for error in document.source.errors:
        assert "^" in error.render() or error.line == 0
    for scalar, _ in texts(document.root) if document.root else ():
        assert isinstance(scalar, Scalar)
        if scalar.length:  # libyaml puts an empty one at the end of the file on a line after it
            assert document.source.position(scalar.start) == (scalar.line, scalar.column)
    assert document.root is None or isinstance(document.root, Map) or plain(document.root) != {}
