"""Steps that hold other steps: `parallel`, `use`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from callgate.scenario.steps.base import AnyStep, Family, Name, Step


def _two_at_least(branches: dict[str, Any]) -> dict[str, Any]:
    if len(branches) < 2:
        raise ValueError("needs two branches at least; one alone is a list of steps")
    return branches


class Parallel(Step):
    """Play several lists of steps, the branches, at the same time.

    It ends when all of them have. The first that fails ends the others, and the failure says in which branch it was.
    What a branch gives a name to can be used by its own later steps, and by all steps after `parallel`; a branch
    cannot use what another one names.
    """

    keyword: ClassVar[str] = "parallel"
    family: ClassVar[Family] = Family.STRUCTURE
    example: ClassVar[str] = """\
- register: Babs
- parallel:
    branches:
      first:
        - originate: {endpoint: Local/1000@Acme, app: Babs, as: one}
        - expect: {ari: StasisStart, channel: one}
      second:
        - originate: {endpoint: Local/1000@Acme, app: Babs, as: two}
        - expect: {ari: StasisStart, channel: two}
- hangup: [one, two]
"""

    branches: Annotated[
        dict[Name, Annotated[list[AnyStep], Field(min_length=1)]], AfterValidator(_two_at_least),
        Field(json_schema_extra={"minProperties": 2}),
    ] = Field(
        description="The branches by their names, two at least, each a list of steps.")

    def describe(self) -> str:
        """The branches by name: their steps are told one by one when they are played."""
        return f"parallel: {', '.join(self.branches)}"


class Use(Step):
    """Play the steps of another file here.

    The file holds `inputs`, the names of what it asks for with their types (`text`, `name`, `number` or `duration`),
    and `steps`, in which `${input.NAME}` stands for what it was handed. All is read and checked before anything starts.
    Names that its steps define are names of the scenario: let them be inputs where a file is used twice.
    """

    keyword: ClassVar[str] = "use"
    family: ClassVar[Family] = Family.STRUCTURE
    shorthand: ClassVar[str | None] = "file"
    example: ClassVar[str] = """\
- register: Babs
- use: {file: in-babs.yaml, with: {endpoint: Local/1000@Acme, name: call}}
- hangup: call
"""

    file: Annotated[str, Field(min_length=1)] = Field(
        description="The file, relative to the directory of the file that this stands in; inside of the suite.")
    inputs: dict[str, str] = Field(default_factory=dict, alias="with",
                                   description="A value for each of the file's inputs, and for nothing else.")
