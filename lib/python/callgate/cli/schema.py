"""`schema`: the JSON Schema of a test-config.yaml, for editors and for other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from callgate.errors import ExitCode
from callgate.suite.jsonschema import as_text, schema_of_suite, schema_of_test, schema_of_used

if TYPE_CHECKING:
    from callgate.scenario.steps.base import Step


def run(steps: Mapping[str, type[Step]], write: Callable[[str], object], of: str = "test") -> ExitCode:
    """Write the schema of a `test`'s file, of that at the root of a `suite`, or of one with steps to be `used`."""
    schema = {"test": schema_of_test, "used": schema_of_used}
    write(as_text(schema[of](steps) if of in schema else schema_of_suite()))
    return ExitCode.PASSED
