"""The JSON Schema (draft 2020-12) of each test-config.yaml, made of the models that check the file itself.

It is for editors, which complete and underline with it. It refuses nothing that Callgate takes: all scalars are text
to us and typed to an editor (YAML 1.2), so where a text is asked for it takes a number or a truth value, too; but not
null, which is also what a forgotten value is. What no schema can say, such as a name that no earlier step defines,
stays with Callgate.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from callgate.asterisk.remote import RemoteSettings
from callgate.scenario.steps.base import STEP_MARK, Step, write_duration
from callgate.suite.fields import TRUTHS
from callgate.suite.schema import Section, StepOptions, SuiteConfig, TestConfig, UsedSteps

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: What Callgate reads as text and an editor does not; null is left out, as a value that is missing is null too.
_OTHER_SCALARS = {"number": "1", "boolean": "true"}
#: Keywords of a schema below which nothing is a schema of a value.
_NO_VALUES = frozenset({"propertyNames", "default", "required"})
#: References that are replaced before a value is checked; so one may stand for whatever is asked for.
_REPLACED_EARLY = r"\$\{(?:case|input)\."

Schema = dict[str, Any]


def schema_of_test(steps: Mapping[str, type[Step]]) -> Schema:
    """The schema of a test's file, in a language of these steps."""
    return _with_steps(TestConfig, steps)


def schema_of_used(steps: Mapping[str, type[Step]]) -> Schema:
    """The schema of a file whose steps others `use`."""
    return _with_steps(UsedSteps, steps)


def _with_steps(top: type[Section], steps: Mapping[str, type[Step]]) -> Schema:
    references, definitions = define([top, StepOptions, *steps.values()])
    for step in steps.values():
        name = target(references[step])
        definitions[name] = _step(step, definitions[name])
    sections = {section.__name__ for section in Section.__subclasses__() if section is not StepOptions}
    definitions = {name: one if name in sections else _replaceable(one) for name, one in definitions.items()}
    options = definitions.pop(target(references[StepOptions]))["properties"]
    definitions["Step"] = _any_step({keyword: references[step] for keyword, step in steps.items()}, options)
    return _whole(references[top], _linked(definitions))


def schema_of_suite() -> Schema:
    """The schema of the file at the root of a suite."""
    references, definitions = define([SuiteConfig, RemoteSettings])
    builds = definitions[target(references[SuiteConfig])]["properties"]["builds"]
    builds["additionalProperties"] = references[RemoteSettings]
    return _whole(references[SuiteConfig], definitions)


def as_text(schema: Schema) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def documentation(step: type[Step]) -> str:
    """What a step does, and its example if it has one, in Markdown."""
    said = inspect.cleandoc(step.__doc__ or "")
    return f"{said}\n\n```yaml\n{step.example.strip()}\n```" if step.example else said


class _Generator(GenerateJsonSchema):
    """pydantic's own generator, for values that were all text in the file."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the name of a field says it already
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        made.pop("title", None)
        return made

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        made = super().str_schema(schema)
        pattern = made.get("pattern", "")
        others = [kind for kind, example in _OTHER_SCALARS.items() if re.search(pattern, example)]
        return {**made, "type": ["string", *others] if others else "string"}

    def bool_schema(self, schema: core_schema.BoolSchema) -> Schema:  # noqa: ARG002 - pydantic's signature
        words = ("".join(f"[{letter}{letter.upper()}]" for letter in word) for word in sorted(TRUTHS))
        return {"type": ["boolean", "string"], "pattern": f"^({'|'.join(words)})$"}

    def int_schema(self, schema: core_schema.IntSchema) -> Schema:
        return _number(super().int_schema(schema))

    def float_schema(self, schema: core_schema.FloatSchema) -> Schema:
        return _number(super().float_schema(schema))

    def literal_schema(self, schema: core_schema.LiteralSchema) -> Schema:
        return {"enum": list(schema["expected"])}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        """None is what a key that is left out stands for; it cannot be written."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        made = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if isinstance(default, BaseModel) or default is None or default in ([], {}, ""):
            return made
        return {**made, "default": write_duration(default) if made.get("title") == "duration" else default}

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        made: Schema = {"type": "object"}
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        if "pattern" in keys:
            made["propertyNames"] = {"pattern": keys["pattern"]}
        if values:
            made["additionalProperties"] = values
        self.update_with_validations(made, schema, self.ValidationsMapping.object)
        return made


def _number(schema: Schema) -> Schema:
    """A number may be quoted; how great it is is then not looked at."""
    return {**schema, "type": [schema["type"], "string"], "pattern": r"^[+-]?[\d._eE+-]+$"}


def define(models: Iterable[type[BaseModel]]) -> tuple[dict[type[BaseModel], Schema], dict[str, Schema]]:
    """A reference to each model, and all definitions."""
    models = list(models)
    found, made = models_json_schema([(model, "validation") for model in models], schema_generator=_Generator)
    return {model: found[model, "validation"] for model in models}, made["$defs"]


def _linked(value: Any) -> Any:
    """The same with a reference to `Step` wherever a step stands."""
    if isinstance(value, dict):
        if value.get("$comment") == STEP_MARK:
            return {"$ref": "#/$defs/Step"}
        return {key: _linked(item) for key, item in value.items()}
    return [_linked(item) for item in value] if isinstance(value, list) else value


def _replaceable(value: Any) -> Any:
    """The same with a reference that is replaced early allowed for each text; a key can be none."""
    if isinstance(value, list):
        return [_replaceable(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: item if key in _NO_VALUES else _replaceable(item) for key, item in value.items()}
    if isinstance(made.get("pattern"), str):
        if "maxLength" in made:  # of the text that the reference stands for, not of the reference
            made["pattern"] = made["pattern"].replace("^", f"^(?=.{{0,{made.pop('maxLength')}}}$)", 1)
        made["pattern"] += f"|{_REPLACED_EARLY}"
    if isinstance(made.get("enum"), list):
        made["anyOf"] = [{"enum": made.pop("enum")}, {"type": "string", "pattern": _REPLACED_EARLY}]
    return made


def target(reference: Schema) -> str:
    """The name of the definition that a reference is to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _step(step: type[Step], whole: Schema) -> Schema:
    """A step in its long form or, where it has one, its short form."""
    whole["description"] = documentation(step)
    key = step.short_key()
    if key is None:
        return whole
    short = {key: value for key, value in whole["properties"][key].items() if key not in {"description", "default"}}
    return {"description": whole.pop("description"), "anyOf": [short, whole]}


def _any_step(steps: Mapping[str, Schema], options: Schema) -> Schema:
    """A mapping with one keyword, and what may stand beside it."""
    return {"description": "A step is a mapping with one keyword, and with options beside it if need be.",
            "type": "object", "properties": {**steps, **options}, "additionalProperties": False,
            "oneOf": [{"required": [keyword]} for keyword in steps]}


def _whole(top: Schema, definitions: dict[str, Schema]) -> Schema:
    root = definitions.pop(target(top))
    return {"$schema": DIALECT, **root, "$defs": dict(sorted(definitions.items()))}
