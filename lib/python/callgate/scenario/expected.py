"""What a scenario expects of a value, read and checked before any Asterisk is started.

    16                plain: the same as text          ~^Local/       the regular expression is found in it
    absent            no such field                    {is: ~x}       exactly this, nothing in it is a matcher
    {gt: 3} {ge: 3} {lt: 3} {le: 3}                    numbers
    {any: [a, b]}     {not: a}     {len: 2}            one of these; anything but; a length

What is a matcher is decided here, on the text of the file, and kept in the type of the value. So a value that
`${name.field}` puts in later is just text, even if Asterisk made it `absent` or `~.*`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from callgate.scenario.references import MalformedReferenceError, substitute
from callgate.scenario.searching import search

#: A number as Asterisk writes it in a text, and as a scenario may write it.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
#: Characters; compiling a regular expression takes time, and files come from anywhere.
_LONGEST_REGEX = 1000
_LONGEST_NUMBER = 100
_LONGEST_QUOTE = 60

#: The operators, and those that compare numbers.
NUMERIC = ("gt", "ge", "lt", "le")
OPERATORS = (*NUMERIC, "any", "not", "len", "is")
#: Keys that were probably meant as an operator, and what to write. No event of ARI has such a field.
_LOOK_ALIKES: Mapping[str, str] = {
    **dict.fromkeys(("gte", ">=", "min", "at-least", "at_least"), "ge"),
    **dict.fromkeys(("lte", "<=", "max", "at-most", "at_most"), "le"),
    ">": "gt", "<": "lt", **dict.fromkeys(("eq", "==", "=", "equals", "equal", "literal"), "is"),
    **dict.fromkeys(("ne", "!=", "neq", "isnt", "nor"), "not"),
    **dict.fromkeys(("in", "or", "one_of", "one-of", "any_of", "any-of", "oneof", "anyof"), "any"),
    **dict.fromkeys(("length", "size"), "len"),
    **dict.fromkeys(("re", "regex", "regexp", "match", "matches", "contains", "has", "like"), "~regex"),
    **dict.fromkeys(("exists", "present", "missing", "absent"), "absent"),
}


class Regex(str):
    """`~regex`, as it is written."""

    __slots__ = ()

    @property
    def expression(self) -> str:
        """What follows the `~`."""
        return self[1:]

    def found_in(self, text: str) -> bool:
        """Whether it is found anywhere in the text; raises as `search` does."""
        return search(re.compile(self.expression), text) is not None

    def resolved(self, look_up: Callable[[str, str], str]) -> Regex:
        """Put in what each `${name.field}` stands for; a value means itself, whatever characters it has."""
        return Regex(substitute(self, lambda name, path: re.escape(look_up(name, path))))


class Absent(str):
    """`absent`: there is no such field."""

    __slots__ = ()


class Operators(dict[str, Any]):
    """`{gt: 1, lt: 5}`: operators that have to hold, all of them."""


def number(value: Any) -> Decimal | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    return Decimal(text) if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else None


def read_expected(value: Any) -> Any:
    """The value with its matchers recognised. Raises ValueError for one that can't be meant so."""
    if isinstance(value, Regex | Absent | Operators):
        return value
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, list):
        return [read_expected(item) for item in value]
    if isinstance(value, dict):
        return _read_mapping(value)
    return value


def _read_text(text: str) -> str:
    if text == "absent":
        return Absent(text)
    if not text.startswith("~"):
        return text
    _check_regex(text)
    return Regex(text)


def _check_regex(text: str) -> None:
    if len(text) == 1:
        raise ValueError("'~' is followed by a regular expression; the text itself is '{is: ~}'")
    if len(text) > _LONGEST_REGEX:
        raise ValueError(f"{_quoted(text)} is longer than a regular expression may be: {_LONGEST_REGEX} characters")
    try:
        expression = substitute(text[1:], lambda *_: "x")
    except MalformedReferenceError:
        return  # told by the check of names, with its place
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(expression)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise ValueError(f"{_quoted(text)} is no regular expression: {error}; "
                         "a text that begins with '~' is written {is: ~…}") from None


def _read_mapping(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise ValueError("is empty, and so asks for nothing; a mapping without keys is {is: {}}")
    operators = [key for key in value if key in OPERATORS]
    if not operators:
        _refuse_look_alikes(value)
        return {key: read_expected(item) for key, item in value.items()}
    other = next((key for key in value if key not in OPERATORS), None)
    if other is not None:
        hint = _hint(other)
        raise ValueError(f"'{operators[0]}' is a matcher, and {_quoted(other)} beside it is none; "
                         f"{hint or f'matchers are {_listed(OPERATORS)}'}")
    if "is" in value and len(value) > 1:
        raise ValueError("'is' says all there is to say; no other matcher goes with it")
    return Operators({key: _read_operand(key, item) for key, item in value.items()})


def _refuse_look_alikes(value: Mapping[str, Any]) -> None:
    for key in value:
        hint = _hint(key)
        if hint and len(value) == 1:
            raise ValueError(f"{_quoted(key)} is no matcher; {hint}")


def _hint(key: str) -> str:
    meant = key.lower() if key.lower() in OPERATORS else _LOOK_ALIKES.get(key.lower(), "")
    if meant in OPERATORS:
        return f"write '{meant}'"
    return f"write the plain value {meant}, without a mapping" if meant else ""


def _read_operand(operator: str, value: Any) -> Any:
    if operator == "is":
        return value
    if operator in NUMERIC:
        if not _has_reference(value):
            insist_on_operand(operator, value)
        return value
    if operator == "any":
        if not isinstance(value, list) or not value:
            raise ValueError("'any' takes a list of what may be: {any: [a, b]}")
        return read_expected(value)
    if operator == "len":
        return _read_length(value)
    return read_expected(value)


def _read_length(value: Any) -> Any:
    read = read_expected(value)
    if not _has_reference(value):
        insist_on_operand("len", read)
    return read


def insist_on_operand(operator: str, operand: Any) -> None:
    """Raise ValueError if this is nothing that a number or a length can be compared with."""
    if operator in NUMERIC and number(operand) is None:
        raise ValueError(f"'{operator}' compares numbers, and {_quoted(operand)} is none")
    whole = isinstance(operand, int | str) and re.fullmatch("[0-9]{1,9}", str(operand))
    if operator == "len" and not (whole or isinstance(operand, Operators)):
        raise ValueError(f"'len' takes a whole number or a matcher, such as {{len: 2}} or {{len: {{gt: 2}}}}, "
                         f"not {_quoted(operand)}")


def _has_reference(value: Any) -> bool:
    """Whether it is a text that can only be judged when the scenario plays."""
    return isinstance(value, str) and "${" in value and not value.startswith("~")


def _quoted(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    text = str(value)
    return f"'{text}'" if len(text) <= _LONGEST_QUOTE else f"'{text[:_LONGEST_QUOTE - 1]}…'"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words)


# -- where only texts can come ---------------------------------------------------------------------------

def refuse_mapping(value: Any) -> Any:
    """Raise ValueError for a mapping that is no matcher: a text has no keys, so it could never match."""
    if not isinstance(value, Mapping) or isinstance(value, Operators):
        return value
    keys = ", ".join(_quoted(key) for key in list(value)[:3])
    raise ValueError(f"is a text, so {keys or 'a mapping'} can only be meant as a matcher; "
                     f"those are {_listed(OPERATORS)}")


def _refuse_absent(value: Any) -> Any:
    if _names_absent(value):
        raise ValueError("is never absent: an event reports each variable that 'channelvars' names, and one without "
                         "a value is ''")
    return value


def _names_absent(value: Any) -> bool:
    if isinstance(value, Operators):
        return "is" not in value and any(map(_names_absent, value.values()))
    if isinstance(value, list):
        return any(map(_names_absent, value))
    return isinstance(value, Absent)


#: What a step expects of a value, with matchers …
Expected = Annotated[Any, AfterValidator(read_expected), Field(json_schema_extra={"minProperties": 1})]
#: … of what can only be a text, such as an AMI header …
ExpectedHeader = Annotated[Any, AfterValidator(read_expected), AfterValidator(refuse_mapping)]
#: … and of a channel variable that an event reports, which is a text and always there.
ExpectedVariable = Annotated[Any, AfterValidator(read_expected), AfterValidator(refuse_mapping),
                             AfterValidator(_refuse_absent)]
