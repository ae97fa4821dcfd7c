"""Texts that steps search for, and what a step says when an answer is not as it should be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, StringConstraints

from callgate.scenario.expected import Regex, read_expected
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.matchers import Mismatch

#: Lines of an output that a message shows, and characters of each.
_MOST_LINES = 12
_LONGEST = 160


def _regex(expression: str) -> str:
    """Read a regular expression, with or without a reference in it; `Regex` has a `~` before it."""
    try:
        found: str = read_expected(f"~{expression}")
    except ValueError as error:
        raise ValueError(str(error).partition(";")[0].replace("'~", "'", 1)) from None  # what follows is about matchers
    return found


def _text_or_regex(text: str) -> str:
    return _regex(text[1:]) if text.startswith("~") else text


def _written(text: str) -> str:
    return text.removeprefix("~")


#: A regular expression of Python, looked for anywhere.
Expression = Annotated[str, StringConstraints(min_length=1), AfterValidator(_regex), PlainSerializer(_written)]
#: A text that is looked for anywhere, or with `~` before it a regular expression.
TextOrRegex = Annotated[str, StringConstraints(min_length=1), AfterValidator(_text_or_regex)]


def insist_on_text(key: str, text: str) -> None:
    """Raise MistakenStepError for a text that is empty now that values were put in: it would be found in anything."""
    if not text:
        raise MistakenStepError(f"'{key}' is empty, and would be found in any text")


def compiled(wanted: str) -> re.Pattern[str]:
    """What finds a text, or a regular expression, whose `^` and `$` are those of a line."""
    if isinstance(wanted, Regex):
        return re.compile(wanted.expression, re.MULTILINE)
    return re.compile(re.escape(wanted))


def quoted(wanted: str) -> str:
    """The same for a message: `'text'`, or `/x+/`."""
    return f"/{wanted[1:]}/" if wanted.startswith("~") else f"'{wanted}'"


def groups(found: re.Match[str]) -> dict[str, str]:
    """The named groups that took part, for `as`."""
    return {name: value for name, value in found.groupdict().items() if value is not None}


def other_values(what: str, mismatches: Sequence[Mismatch]) -> StepFailedError:
    """An answer came and is not as it should be."""
    return StepFailedError(
        f"{what}, with {'another value' if len(mismatches) == 1 else 'other values'}",
        expected=tuple((one.path, one.expected_text) for one in mismatches),
        got=tuple((one.path, one.got_text) for one in mismatches))


def shown(lines: Sequence[str], field: str = "output") -> tuple[tuple[str, str], ...]:
    """An output as pairs for a message: its first lines."""
    kept = [line.rstrip() for line in lines if line.strip()]
    pairs = [(field, line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…") for line in kept[:_MOST_LINES]]
    if len(kept) > _MOST_LINES:
        pairs.append((field, f"… and {len(kept) - _MOST_LINES} more lines"))
    return tuple(pairs) or ((field, "(none)"),)
