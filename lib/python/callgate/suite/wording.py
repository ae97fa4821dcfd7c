"""pydantic's errors in the words of somebody who writes a test-config.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from callgate.suite.diagnostics import printable, quoted
from callgate.suite.yamltree import List, Map, Node, Scalar

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

#: What a value must be, by the type of the error that says it is something else.
EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "bool_type": "'true' or 'false'",
    "bool_parsing": "'true' or 'false'",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}
#: How the patterns of names begin.
_OF_NAMES = "^[A-Za-z_]"
#: How a pattern ends that leaves it to the step to look at the text, once its references are replaced.
_OR_A_REFERENCE = r"|\$\{"
#: Longer texts of validators are cut.
_MAX_TEXT = 300
#: Those of them that say that not even the kind of node is right.
WRONG_KIND = frozenset(name for name in EXPECTED if name.endswith("_type"))


def wrong_value(error: ErrorDetails, name: str, node: Node) -> str:
    """Say what is wrong with a value; `name` is how the message calls it, empty for the whole file."""
    context: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind in {"value_error", "assertion_error"}:
        return _own_words(name, str(context["error"]))
    if kind in EXPECTED:
        return wrong_kind([EXPECTED[kind]], name, node)
    if kind in {"literal_error", "enum"}:
        return wrong_kind([context["expected"]], name, node)
    if kind == "string_pattern_mismatch" and not context["pattern"].startswith(_OF_NAMES):
        return f"{name}: {given(node)} does not match /{context['pattern'].removesuffix(_OR_A_REFERENCE)}/"
    if kind == "string_pattern_mismatch":
        return (f"{name}: {given(node)} is no name; a name has letters without accents, digits, '_' and '-', and "
                "begins with a letter or '_'")
    if kind in {"too_short", "string_too_short"} and context.get("actual_length", 0) == 0:
        return f"{name} is empty"
    return _own_words(name, _from_pydantic(error["msg"], node))


def wrong_kind(expected: Iterable[str], name: str, node: Node) -> str:
    """Say what a value must be, and what it is."""
    return f"{name or 'the file'} must be {' or '.join(dict.fromkeys(expected))}, not {given(node)}"


def given(node: Node) -> str:
    """Say what stands there."""
    if isinstance(node, Scalar):
        return quoted(node.value)
    return "a list" if isinstance(node, List) else "a mapping"


def named_values(expected: str) -> list[str]:
    """Return the values in pydantic's list of them: `'needed' or 'all'`."""
    return expected.split("'")[1::2]


def _own_words(name: str, text: str) -> str:
    """Put the name before a text that says what is the matter with it, and may quote it at any length."""
    text = printable(text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…")
    if not name:
        return text
    return f"{name}: {text}" if text.startswith("'") else f"{name} {text}"


def _from_pydantic(message: str, node: Node) -> str:
    for beginning in ("Input should be ", "String should be ", "Value should be "):
        if message.startswith(beginning):
            text = f"must be {message.removeprefix(beginning)}"
            return text if isinstance(node, Map | List) else f"{text}, not {given(node)}"
    return f"is wrong: {message[:1].lower()}{message[1:]}"
