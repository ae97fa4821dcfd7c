"""How ARI is addressed."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.ari.address import AriAddress, path, query_string
from callgate.errors import UsageError


def test_a_path_is_encoded_segment_by_segment() -> None:
    assert path("channels", "a/b +?%c", "answer") == "/channels/a%2Fb%20%2B%3F%25c/answer"


@given(st.lists(st.text(min_size=1).filter(lambda text: "\0" not in text), min_size=1))
def test_a_path_can_be_taken_apart_again(segments: list[str]) -> None:
    segments = [segment.encode(errors="replace").decode() for segment in segments]
    assert [unquote(part) for part in path(*segments).split("/")[1:]] == segments


@pytest.mark.parametrize("segment", ["", "a\0b"])
def test_a_segment_that_asterisk_would_stop_at_is_refused(segment: str) -> None:
    with pytest.raises(UsageError, match="ARI path"):
        path("channels", segment, "answer")


def test_a_query_leaves_nothing_that_asterisk_reads_otherwise() -> None:
    query = {"endpoint": "Local/1+2@Acme&x", "app": ["a b", "c"], "appArgs": "x,y"}
    assert query_string(query) == "?endpoint=Local%2F1%2B2%40Acme%26x&app=a%20b,c&appArgs=x%2Cy"
    assert query_string({}) == ""


@pytest.mark.parametrize("element", ["a,b", "", " "])
def test_a_list_element_that_would_become_another_list_is_refused(element: str) -> None:
    with pytest.raises(UsageError, match="list 'app'"):
        query_string({"app": ["x", element]})


def test_the_password_is_not_shown() -> None:
    address = AriAddress("127.0.0.1", 8088, "callgate", "hush")
    assert "hush" not in repr(address)
    assert address.authorization == b"Basic Y2FsbGdhdGU6aHVzaA=="


@pytest.mark.parametrize(("host", "authority"), [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
def test_the_authority_of_a_host(host: str, authority: str) -> None:
    assert AriAddress(host, 80, "u", "p").authority == authority
