"""What may stand under `dependencies` and `versions`: a word that could never be met must not become a skip."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from callgate.asterisk.modules import RESOURCES
from callgate.asterisk.releases import parse_range
from callgate.suite.diagnostics import did_you_mean, quoted

Check = Callable[[str], str | None]


def _of_the_form(pattern: str, what: str) -> Check:
    """Make a check that says what a value must be, unless it is of the form."""
    form = re.compile(pattern)
    return lambda value: None if form.fullmatch(value) else f"{quoted(value)} is no {what}"


def _resource(value: str) -> str | None:
    if value in RESOURCES:
        return None
    return f"{quoted(value)} is no resource of ARI; {did_you_mean(value, RESOURCES) or f'there are {_all(RESOURCES)}'}"


def _all(words: Mapping[str, object]) -> str:
    return ", ".join(words)


#: Each kind of dependency, and what is wrong with a value of it.
KINDS: Mapping[str, Check] = {
    "asterisk": _of_the_form(r"[A-Za-z0-9_]+", "module's name: write such as 'app_queue', without '.so'"),
    "application": _of_the_form(r"[A-Za-z][A-Za-z0-9_]*", "name of a dialplan application, such as 'Queue'"),
    "ari": _resource,
    "buildoption": _of_the_form(r"[A-Z][A-Z0-9_]*", "build option, such as 'TEST_FRAMEWORK'"),
    "program": _of_the_form(r"[^/\s]+|/\S+", "name of a program on PATH, nor an absolute path"),
    "python": _of_the_form(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", "Python module's name, such as 'yaml'"),
}


def check_dependency(pair: Mapping[str, str]) -> None:
    """Raise ValueError, in words that go behind the name of the item, for what is no dependency."""
    if len(pair) != 1:
        raise ValueError(f"must be one key with its value, not {len(pair)}")
    kind, value = next(iter(pair.items()))
    if kind == "app":
        raise ValueError("is of an unknown kind; a program is 'program' here, one of the dialplan 'application'")
    if kind not in KINDS:
        raise ValueError(f"is of an unknown kind; {did_you_mean(kind, KINDS) or f'known: {_all(KINDS)}'}")
    if wrong := KINDS[kind](value):
        raise ValueError(wrong)


def check_versions(text: str) -> str:
    """Give the text back. Raises ValueError for what is no range of versions."""
    parse_range(text)
    return text
