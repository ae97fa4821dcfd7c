"""Makes what `docs/` says of steps, and the JSON Schemas there, out of the steps themselves.

`python -m callgate.suite.reference docs` writes both; `make docs` is that.
"""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from callgate.scenario.steps import STEPS
from callgate.scenario.steps.base import Family, Step
from callgate.suite.jsonschema import Schema, as_text, define, schema_of_suite, schema_of_test, schema_of_used, target
from callgate.suite.schema import StepOptions

#: The dialplan that examples call into; a live test plays them on it.
EXAMPLE_DIALPLAN = """\
[Acme]
exten => _[A-Z].,1,Stasis(${EXTEN})    ; Local/Babs@Acme: into the application Babs
 same => n,Answer()
 same => n,Wait(60)
exten => 1000,1,Answer()               ; Local/1000@Acme: answers, and stays
 same => n,Wait(60)
"""

#: More of Asterisk's configuration for the examples: a WebSocket that it opens for each call into Daffy.
EXAMPLE_CONFIGS = {
    "websocket_client.conf.in": """\
[calls]
type = websocket_client
connection_type = per_call_config
uri = ws://127.0.0.1:@{port.calls}/
protocols = ari
reconnect_interval = 50
""",
    "ari.conf": """\
[calls]
type = outbound_websocket
websocket_client_id = calls
apps = Daffy
local_ari_user = callgate
""",
}

#: A file beside the examples, for `use`.
EXAMPLE_FILE = "in-babs.yaml"
EXAMPLE_STEPS = """\
summary: A call that is in the application Babs.
inputs: {endpoint: text, name: name}
steps:
  - originate: {endpoint: '${input.endpoint}', app: Babs, as: '${input.name}'}
  - expect: {ari: StasisStart, channel: '${input.name}'}
"""

_HEAD = f"""\
<!-- Made by `make docs` from lib/python/callgate/scenario/steps: change it there. -->
# Steps

A step is a mapping with one keyword. Where a field is marked as *short*, `keyword: value` means
`keyword: {{field: value}}`. Beside the keyword of any step may stand:

{{options}}

Each example is played by `make test`, on this dialplan:

```ini
{EXAMPLE_DIALPLAN}```

with `configs/ast1/websocket_client.conf.in` and `configs/ast1/ari.conf` for `server`:

```ini
{EXAMPLE_CONFIGS["websocket_client.conf.in"]}
{EXAMPLE_CONFIGS["ari.conf"]}```

and beside this file, `{EXAMPLE_FILE}`:

```yaml
{EXAMPLE_STEPS}```
"""
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`",
          "object": "mapping", "array": "list"}
#: The keyword of each step by the name of its definition.
_KEYWORDS = {step.__name__: keyword for keyword, step in STEPS.items()}
#: Models within models are told apart by a dot; deeper than this nobody reads.
_DEEPEST = 3
#: Characters of a line of text.
_WIDTH = 120


def pages(steps: Mapping[str, type[Step]]) -> dict[str, str]:
    """The text of each generated file, by its path below `docs/`."""
    return {
        "steps.md": "\n".join([_HEAD.replace("{options}", _table(StepOptions)),
                               *_chapters([step for step in steps.values() if step.example])]),
        "schema/test-config.schema.json": as_text(schema_of_test(steps)),
        "schema/steps.schema.json": as_text(schema_of_used(steps)),
        "schema/suite-config.schema.json": as_text(schema_of_suite()),
    }


def _chapters(steps: Sequence[type[Step]]) -> Iterator[str]:
    """A chapter for each family, with a section for each of its steps."""
    for family in Family:
        sections = [_section(step) for step in steps if step.family is family]
        if sections:
            yield from (f"## {family}\n", *sections)


def _section(step: type[Step]) -> str:
    details = f"{textwrap.fill(step.details, _WIDTH, break_on_hyphens=False)}\n\n" if step.details else ""
    return (f"### {step.keyword}\n\n{inspect.cleandoc(step.__doc__ or '')}\n\n{_table(step, step.short_key())}\n\n"
            f"{details}```yaml\n{step.example.strip()}\n```\n")


def _table(model: type[BaseModel], short: str | None = None) -> str:
    """The fields of a model; `short` is the one that a shorthand fills."""
    references, definitions = define([model])
    rows = "\n".join(_rows(definitions[target(references[model])], definitions, short))
    return f"| field | value | meaning |\n| --- | --- | --- |\n{rows}"


def _rows(model: Schema, definitions: Mapping[str, Schema], short: str | None = None, above: str = "") -> Iterator[str]:
    """One row of the table for each field of a model, and for those of the models in it."""
    required = model.get("required", [])
    for name, field in model.get("properties", {}).items():
        marks = [mark for mark, holds in (("required", name in required), ("short", name == short)) if holds]
        shown = f"`{above}{name}`" + (f" ({', '.join(f'*{mark}*' for mark in marks)})" if marks else "")
        yield f"| {shown} | {_value(field)} | {_cell(field.get('description', ''))}{_default(field)} |"
        for below in _models(field):
            if above.count(".") < _DEEPEST - 1 and target(below) not in _KEYWORDS:
                yield from _rows(definitions[target(below)], definitions, above=f"{above}{name}.")
    for field in model.get("patternProperties", {}).values():
        yield f"| `{above}Capitalised` | {_value(field)} | {_cell(field.get('description', ''))} |"


def _value(schema: Schema) -> str:
    """What kind of value a field takes."""
    if "anyOf" in schema:  # a reference to a step is to its short form, too
        steps = [branch for branch in schema["anyOf"] if "$ref" in branch and target(branch) in _KEYWORDS]
        if steps:
            return _value(steps[0])
        return " or ".join(dict.fromkeys(_value(branch) for branch in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "title" in schema:
        return str(schema["title"])
    if "$ref" in schema:
        keyword = _KEYWORDS.get(target(schema))
        return f"as in [{keyword}](#{keyword})" if keyword else "mapping"
    kinds = schema.get("type", "any")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "array" and schema.get("items"):
        return f"list of {_value(schema['items'])}"
    return _TYPES.get(kind, "any")


def _models(schema: Any) -> Iterator[Schema]:
    """The references to models in a field: its own, that of each item, or those of the branches of a union."""
    if "$ref" in schema:
        yield schema
    for branch in [*schema.get("anyOf", []), *(schema[key] for key in ("items", "additionalProperties")
                                               if isinstance(schema.get(key), dict))]:
        yield from _models(branch)


def _default(field: Schema) -> str:
    """What holds without the field, where its description does not say it."""
    if "default" not in field or "default" in field.get("description", ""):
        return ""
    return f" Default: `{field['default'] if isinstance(field['default'], str) else json.dumps(field['default'])}`."


def _cell(text: str) -> str:
    """A description as a sentence, on one line of a table."""
    text = " ".join(text.split()).replace("|", "\\|")
    return f"{text[:1].upper()}{text[1:]}" + ("" if not text or text[-1] in ".…:" else ".")


def write(docs: Path) -> None:
    """Write every page below a directory."""
    for name, text in pages(STEPS).items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
