"""Puts values in the place of `${name.field}` while a scenario plays.

What was fine as it stood in the file may be nonsense with a value in it, or hold for anything. That is found here, and
is the scenario's mistake: no matcher may hold because nobody thought of an empty value.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from callgate.paths import part_of
from callgate.scenario.expected import Operators, Regex, insist_on_operand
from callgate.scenario.failure import MistakenStepError
from callgate.scenario.references import substitute

#: Gives the text that a name and a path stand for.
LookUp = Callable[[str, str], str]

#: Two texts that nothing but an expression that holds for anything is found in.
_ANYTHING = ("", "\0")


def resolve(value: Any, look_up: LookUp) -> Any:
    """`value` with each `${name.field}` in its texts replaced; `value` itself where there is none.

    Raises what `look_up` raises, and MistakenStepError.
    """
    if isinstance(value, str):
        if "${" not in value:
            return value  # also what is more than its text, such as `absent`
        return _regex(value, look_up) if isinstance(value, Regex) else substitute(value, look_up)
    if isinstance(value, dict):
        fields = {key: resolve(item, look_up) for key, item in value.items()}
        if all(fields[key] is item for key, item in value.items()):
            return value
        return _operators(fields) if isinstance(value, Operators) else fields
    if isinstance(value, list | tuple):
        items = [resolve(item, look_up) for item in value]
        return value if all(map(operator.is_, items, value)) else type(value)(items)
    return value


def field_of(value: Any, name: str) -> Any:
    """A field of a mapping, or an item; AMI's headers are written in more than one way, so case does not count."""
    if not isinstance(value, Mapping) or name in value:
        return part_of(value, name)
    return next((item for key, item in value.items() if key.lower() == name.lower()), None)


def _regex(written: Regex, look_up: LookUp) -> Regex:
    """With values in it, which can make one of it that is none: `[${x.a}-z]`."""
    empty: list[str] = []

    def noting(name: str, path: str) -> str:
        text = look_up(name, path)
        if not text:
            empty.append(f"${{{name}.{path}}}")
        return text

    found = written.resolved(noting)
    try:
        pattern = re.compile(found.expression)
    except (re.error, OverflowError, RecursionError) as error:
        raise MistakenStepError(f"'{found}' is no regular expression: {error}") from error
    if empty and all(pattern.search(text) for text in _ANYTHING):
        raise MistakenStepError(f"{empty[0]} is empty, so '{written}' would be found in any text")
    return found


def _operators(operators: dict[str, Any]) -> Operators:
    """Operators with values in them, which have to be numbers where numbers are compared."""
    for name, operand in operators.items():
        try:
            insist_on_operand(name, operand)
        except ValueError as error:
            raise MistakenStepError(str(error)) from error
    return Operators(operators)
