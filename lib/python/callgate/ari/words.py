"""What Asterisk says in the body of an error, in one line."""

from __future__ import annotations

import html
import json
import re


def said(text: str) -> str:
    """The message in an error's body; '' where there is none.

    ARI answers with JSON, `{"message": …}` (ast_ari_response_error() in res/res_ari.c) or, out of memory,
    `{"error": …}`. What goes wrong below ARI comes as a page of HTML (ast_http_create_response() in main/http.c).
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        for key in ("message", "error"):
            if key in body:
                return _one_line(str(body[key]))
    paragraph = re.search(r"<p>(.*?)</p>", text, re.DOTALL)
    return _one_line(html.unescape(paragraph[1]) if paragraph else text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
