"""`POST /channels/${call.id}/ring`: a method and a path below `/ari`, cut into segments before values are put in.

So a value with a '/' in it, such as a channel's name, stays one segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

#: What Asterisk's HTTP server knows (ast_get_http_method() in main/http.c), without HEAD, which ARI does not.
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class RequestLine:
    """The method, and the segments of the path as they stand in the file."""

    method: str
    segments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} /{'/'.join(self.segments)}"


def parse_request(given: object) -> RequestLine:
    """Read `METHOD /path`. Raises ValueError with a text for the user."""
    if isinstance(given, RequestLine):
        return given
    method, _, path = str(given).partition(" ") if isinstance(given, str) else ("", "", "")
    path = path.strip()
    if method not in METHODS or not path.startswith("/"):
        raise ValueError(f"must be a method ({', '.join(METHODS)}) and a path, such as "
                         "'POST /channels/${call.id}/ring'")
    segments = tuple(path[1:].split("/"))
    if "" in segments:  # Asterisk stops reading there: POST /channels//answer would originate
        raise ValueError(f"has an empty part in '{path}': Asterisk would stop reading the path there")
    if segments[0] == "ari":
        raise ValueError("has a path below /ari: '/channels', not '/ari/channels'")
    if "?" in path:
        raise ValueError("cannot hold a '?': parameters belong under 'query'")
    if "\0" in path:
        raise ValueError("cannot hold a NUL")
    return RequestLine(method, segments)


#: A field of a step. It is no text, so that the engine leaves putting values in to the step.
Request = Annotated[RequestLine, PlainValidator(parse_request), PlainSerializer(str, return_type=str),
                    WithJsonSchema({"type": "string", "pattern": rf"^({'|'.join(METHODS)}) +/[^/?]"})]
