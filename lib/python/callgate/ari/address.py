"""Where ARI is and who asks: host, port, credentials, and how a path or a query is written."""

from __future__ import annotations

import base64
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from callgate.ari.observer import Query
from callgate.errors import UsageError

#: Below http.conf's `prefix`, which Callgate leaves empty.
ROOT = "/ari"


@dataclass(frozen=True, slots=True)
class AriAddress:
    """One ARI user at one Asterisk."""

    host: str
    port: int
    username: str
    #: Kept out of repr(), so that it cannot end in a log.
    password: str = field(repr=False)

    @property
    def authority(self) -> str:
        """`host:port`, as in a URL and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def authorization(self) -> bytes:
        """The value of the Authorization header.

        Asterisk takes `?api_key=` as well (authenticate_user() in res/res_ari.c): no secret goes into a URL.
        """
        return basic(self.username, self.password)


def basic(username: str, password: str) -> bytes:
    """The value of an Authorization header with these credentials (RFC 7617)."""
    return b"Basic " + base64.b64encode(f"{username}:{password}".encode())


def path(*segments: str) -> str:
    """The path below `/ari` with these segments, each percent-encoded.

    Raises UsageError for an empty segment: Asterisk stops reading the path there, so that
    `POST /channels//answer` would originate a channel (ast_ari_invoke() in res/res_ari.c).
    """
    for segment in segments:
        if not segment or "\0" in segment:
            raise UsageError(f"an ARI path cannot hold {segment!r} as one of its parts: {list(segments)}")
    return "".join(map(_segment, segments))


@functools.lru_cache
def _segment(text: str) -> str:
    """Kept, as nearly all of them are the same few words, or an id that is asked for again."""
    return "/" + quote(text, safe="")


def query_string(query: Query) -> str:
    """`?name=value&…`, or '' for no parameters.

    Everything but letters, digits and `_.-~` is percent-encoded, since Asterisk reads `+` as a blank.
    Raises UsageError for a list with an element that would become two.
    """
    pairs = [f"{quote(name, safe='')}={_value(name, value)}" for name, value in query.items()]
    return "?" + "&".join(pairs) if pairs else ""


def _value(name: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return quote(value, safe="")
    for element in value:
        if not element.strip() or "," in element:
            raise UsageError(f"'{element}' cannot be in the list '{name}', which ARI splits at commas")
    return ",".join(quote(element, safe="") for element in value)
