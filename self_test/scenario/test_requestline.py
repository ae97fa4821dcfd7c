"""A request line, as it is written and as it is refused."""

from __future__ import annotations

import pytest

from callgate.scenario.requestline import RequestLine, parse_request


@pytest.mark.parametrize(("text", "segments"), [
    ("GET /channels", ("channels",)),
    ("POST /channels/${call.id}/ring", ("channels", "${call.id}", "ring")),
    ("DELETE   /recordings/stored/my tape", ("recordings", "stored", "my tape")),
])
def test_it_is_cut_before_values_are_put_in(text: str, segments: tuple[str, ...]) -> None:
    line = parse_request(text)
    assert line.segments == segments
    assert str(line) == " ".join(text.split(maxsplit=1))
    assert parse_request(line) is line


@pytest.mark.parametrize(("text", "what"), [
    ("/channels", "must be a method"), ("GET", "must be a method"), ("get /channels", "must be a method"),
    ("FETCH /channels", "must be a method"), ("GET channels", "must be a method"), ("", "must be a method"),
    ({"method": "GET", "segments": ["x"]}, "must be a method"), (["GET /x"], "must be a method"),
    ("GET /", "an empty part"), ("POST /channels//answer", "an empty part"), ("GET /channels/", "an empty part"),
    ("GET /ari/channels", "has a path below /ari"), ("GET /channels?x=1", "belong under 'query'"),
    ("GET /x\0", "NUL"),
])
def test_what_it_refuses(text: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse_request(text)


def test_two_of_the_same_are_equal() -> None:
    assert parse_request("GET /x") == RequestLine("GET", ("x",))
