"""From a function of a test's `steps.py` to a step: its parameters become fields, or it says what they lack."""

from __future__ import annotations

import ast
import inspect
import reprlib
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    create_model,
)
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic_core import SchemaError

from callgate.scenario.expected import Expected
from callgate.scenario.ownstep import OwnFunction, OwnStep, Parameter
from callgate.scenario.owntypes import Role
from callgate.scenario.stepcontext import StepContext
from callgate.suite.diagnostics import quoted

#: What a value of a file can be made into; everything else is made of these.
_PLAIN = (str, int, float, bool)
_KNOWN = "str, int, float, bool, Literal, list, dict, Optional, and those of callgate.own"
_VALIDATORS = (BeforeValidator, AfterValidator, PlainValidator, WrapValidator)

#: Notes what is wrong at a place of the file.
Complain = Callable[[ast.AST, str, str | None], None]


@dataclass(frozen=True, slots=True)
class _Field:
    """A parameter that can be a field."""

    key: str
    parameter: Parameter
    annotation: Any
    default: Any


def make_step(function: Callable[..., Any], node: ast.AsyncFunctionDef, file: str, shown: str,
              complain: Complain) -> type[OwnStep] | None:
    """The step that a function is, or None with everything noted that keeps it from being one.

    `file` is what Python calls the file, `shown` what messages call it.
    """
    hints = _hints(function, node, complain)
    if hints is None or not _has_context(node, hints, complain):
        return None
    listed = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs][1:]
    fields = [_field(function, argument, hints, complain) for argument in listed]
    wrong = list(_not_by_name(node))
    for argument, why in wrong:
        complain(argument, why, None)
    good = [one for one in fields if one is not None]
    if wrong or len(good) < len(fields) or not _distinct(good, node, complain):
        return None
    own = OwnFunction(function, file, shown, {f"own_{one.key}": one.parameter for one in good})
    return _model(own, node, good, complain)


def _hints(function: Callable[..., Any], node: ast.AsyncFunctionDef, complain: Complain) -> dict[str, Any] | None:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception as error:  # noqa: BLE001 - a type is an expression of the test's, which may raise anything
        complain(node, f"a type of {quoted(node.name)} cannot be read: {type(error).__name__}: {error}", None)
        return None


def _has_context(node: ast.AsyncFunctionDef, hints: dict[str, Any], complain: Complain) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args]
    if arguments and hints.get(arguments[0].arg) is StepContext:
        return True
    complain(arguments[0] if arguments else node, f"the first parameter of step {quoted(node.name)} must be "
             "'context: StepContext'", "a function that is no step begins with '_'")
    return False


def _not_by_name(node: ast.AsyncFunctionDef) -> Iterator[tuple[ast.arg, str]]:
    """Parameters that have no name of their own, which is what the keys of a file are."""
    for argument in node.args.posonlyargs[1:]:
        yield argument, f"parameter {quoted(argument.arg)} cannot be given by name"
    for several in (node.args.vararg, node.args.kwarg):
        if several is not None:
            yield several, f"parameter {quoted(several.arg)} stands for several; a step names each of its fields"


def _field(function: Callable[..., Any], argument: ast.arg, hints: dict[str, Any], complain: Complain) -> _Field | None:
    name = argument.arg
    wrong: str | None
    if name not in hints:
        wrong = "needs a type, such as 'str'"
    else:
        annotation = hints[name]
        default = inspect.signature(function).parameters[name].default
        wrong = _unfit(annotation) or _bad_default(annotation, default)
        if wrong is None:
            return _Field(name.rstrip("_") or name, Parameter(name, _role(annotation)), annotation, default)
    complain(argument, f"parameter {quoted(name)} {wrong}", None)
    return None


def _unfit(annotation: Any) -> str | None:
    """Why a type cannot be that of a field, or None."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN or annotation is type(None):
        return None
    if _is_expected(annotation):
        return next((why for one in arguments[len(get_args(Expected)):] if (why := _unfit_remark(one))), None)
    if origin is Annotated:
        return next((why for one in arguments[1:] if (why := _unfit_remark(one))), None) or _unfit(arguments[0])
    if origin is Literal:
        return None if all(isinstance(one, str) for one in arguments) else "takes texts alone in its Literal"
    if origin in {Union, types.UnionType, list}:
        return next((why for one in arguments if (why := _unfit(one))), None)
    if origin is dict:
        return "must have texts for its keys" if arguments[0] is not str else _unfit(arguments[1])
    if annotation in (list, dict):
        return f"needs to say what it holds, such as '{'list[str]' if annotation is list else 'dict[str, str]'}'"
    return f"has a type that no value of a file can have; there are {_KNOWN}"


def _is_expected(annotation: Any) -> bool:
    """Whether a type is Expected, perhaps with a description."""
    plain = get_args(Expected)
    return get_args(annotation)[:len(plain)] == plain


def _unfit_remark(remark: Any) -> str | None:
    """Why something may not stand in an Annotated: code that runs at `list` could fail in any way."""
    if isinstance(remark, _VALIDATORS) and not remark.func.__module__.startswith("callgate."):
        return "has a validator of its own; let the step look at its value when it is played"
    if isinstance(remark, FieldInfo) and (remark.alias or remark.validation_alias):
        return "has an alias; its key is its name, without '_' at the end"
    return None


def _bad_default(annotation: Any, default: Any) -> str | None:
    if default is inspect.Parameter.empty:
        return None
    if isinstance(default, FieldInfo):
        return "has a Field for its default; write 'Annotated[TYPE, Field(…)] = DEFAULT'"
    try:
        TypeAdapter(annotation).validate_python(default)
    except ValidationError:
        return f"has a default that is not of its type: {reprlib.repr(default)}"
    except (PydanticUserError, SchemaError, TypeError) as error:
        return f"has a type that cannot be: {_reason(error)}"
    return None


def _role(annotation: Any) -> Role | None:
    """The role of the names in a field, wherever its type says it."""
    if isinstance(annotation, Role):
        return annotation
    return next((role for one in get_args(annotation) if (role := _role(one)) is not None), None)


def _distinct(fields: list[_Field], node: ast.AsyncFunctionDef, complain: Complain) -> bool:
    keys = [one.key for one in fields]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        complain(node, f"two parameters of {quoted(node.name)} would have the key {quoted(twice)}", None)
    return twice is None


def _model(own: OwnFunction, node: ast.AsyncFunctionDef, fields: list[_Field], complain: Complain
           ) -> type[OwnStep] | None:
    definitions: dict[str, Any] = {
        f"own_{one.key}": (Annotated[one.annotation, Field(alias=one.key)],
                           ... if one.default is inspect.Parameter.empty else one.default)
        for one in fields}
    try:
        made: type[OwnStep] = create_model(_class_name(node.name), __base__=OwnStep, __module__=own.shown,
                                           __doc__=inspect.getdoc(own.call) or "", **definitions)
    except (PydanticUserError, SchemaError, TypeError) as error:
        complain(node, f"the fields of {quoted(node.name)} cannot be: {_reason(error)}", None)
        return None
    made.own = own
    made.keyword = node.name
    made.shorthand = _shorthand(node, fields)
    return made


def _shorthand(node: ast.AsyncFunctionDef, fields: list[_Field]) -> str | None:
    """The one parameter that stands before `*`; a mapping would be taken for the fields."""
    positional = {argument.arg for argument in node.args.args}
    short = [one for one in fields if one.parameter.name in positional]
    return f"own_{short[0].key}" if len(short) == 1 and not _takes_mapping(short[0].annotation) else None


def _takes_mapping(annotation: Any) -> bool:
    return _is_expected(annotation) or get_origin(annotation) is dict or any(
        _takes_mapping(one) for one in get_args(annotation) if not isinstance(one, str))


def _class_name(keyword: str) -> str:
    return "".join(part.title() for part in keyword.split("_")) or keyword


def _reason(error: Exception) -> str:
    """What is wrong, without the parts of pydantic in which it was noticed."""
    return " ".join(str(error).rpartition("SchemaError: ")[2].split())
