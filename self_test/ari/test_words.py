"""What Asterisk says in an error."""

from __future__ import annotations

import pytest

from callgate.ari.words import said

PAGE = ("<!DOCTYPE HTML>\r\n<html><head>\r\n<title>400 Bad Request</title>\r\n</head><body>\r\n<h1>Bad Request</h1>\r\n"
        "<p>Request line\r\n too &quot;long&quot;</p>\r\n<hr />\r\n<address>Asterisk</address>\r\n</body></html>\r\n")


@pytest.mark.parametrize(("text", "words"), [
    ('{"message":"Channel not found"}', "Channel not found"),
    ('{"error":"Allocation\\nfailed"}', "Allocation failed"),
    ('{"other": 1}', '{"other": 1}'),
    (PAGE, 'Request line too "long"'),
    ("<p>no end\n", "<p>no end"),
    ("[" * 100_000, "[" * 100_000),
    ("", ""),
])
def test_the_words_fit_into_one_line(text: str, words: str) -> None:
    assert said(text) == words
