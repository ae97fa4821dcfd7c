"""What may stand in a test-config.yaml: that of a test, and that of the whole suite at its root.

`testinfo` and `properties` are as the Asterisk Testsuite has them, `scenarios` is ours. Steps are checked
apart from this, against the models of the steps themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from callgate.scenario.model import Modules
from callgate.scenario.steps.base import Duration

#: Kinds of `dependencies` that are checked before a test runs.
DEPENDENCY_KINDS = ("asterisk",)

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
#: Directories of a test's Asterisks lie beside those of its scenarios.
_TAKEN = re.compile(r"ast\d+(\..*)?")
_EXTENSION = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_YET = "is the Asterisk Testsuite's, and not supported yet"


def _scenario_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("cannot be a scenario's name; use up to 100 letters, digits, '_', '-' and '.'")
    if _TAKEN.fullmatch(name):
        raise ValueError("cannot be a scenario's name: it is that of an Asterisk")
    return name


def _build_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("cannot be a build's name; use letters, digits, '_', '-' and '.'")
    return name


def _one_key(pair: dict[str, str]) -> dict[str, str]:
    if len(pair) != 1:
        raise ValueError(f"must be one key with its value, not {len(pair)}")
    return pair


def _dependency(pair: dict[str, str]) -> dict[str, str]:
    kind = next(iter(_one_key(pair)))
    if kind not in DEPENDENCY_KINDS:
        raise ValueError(f"is of an unknown kind; known: {', '.join(DEPENDENCY_KINDS)}")
    return pair


def _extension(text: str) -> str:
    if not _EXTENSION.fullmatch(text):
        raise ValueError(f"'{text[:60]}' is no exten@context")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Section(BaseModel):
    """What all parts of the files have in common: keys as in the file, none unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    #: What to answer to a key that means something elsewhere.
    unsupported: ClassVar[Mapping[str, str]] = {}


class TestInfo(Section):
    """`testinfo`: what the test is about."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "skip": "is not for a whole test; give each scenario its own 'skip' with a reason",
    }

    summary: Text
    description: str = ""


class Properties(Section):
    """`properties`: what the test needs, and what it belongs to."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "minversion": _NOT_YET,
        "maxversion": _NOT_YET,
        "buildoption": _NOT_YET,
        "feature": _NOT_YET,
        "forced-version": _NOT_YET,
        "testconditions": _NOT_YET,
    }

    dependencies: list[Annotated[dict[str, Text], AfterValidator(_dependency)]] = []
    tags: list[Text] = []
    issues: list[Annotated[dict[str, Text], AfterValidator(_one_key)]] = []
    modules: Modules = "needed"
    #: Extensions that the test's own configuration defines; an Asterisk that runs elsewhere must have them.
    dialplan: list[Annotated[str, AfterValidator(_extension)]] = []


class ScenarioSection(Section):
    """One entry of `scenarios`."""

    summary: Text
    steps: Annotated[list[Any], Field(min_length=1)]
    last_steps: list[Any] = Field(default=[], alias="finally")
    timeout: Duration | None = None
    #: Why the scenario is not to be run; a skip without a reason would look like a pass.
    skip: Text | None = None


class TestConfig(Section):
    """The test-config.yaml of a test."""

    unsupported: ClassVar[Mapping[str, str]] = {"test-modules": _NOT_YET}

    testinfo: TestInfo
    properties: Properties = Properties()
    scenarios: Annotated[
        dict[Annotated[str, AfterValidator(_scenario_name)], ScenarioSection], Field(min_length=1)
    ]


class Defaults(Section):
    """`defaults`: what holds where neither a test nor an option says otherwise. Times are in seconds."""

    step_timeout: Duration = Field(default=5.0, alias="step-timeout")
    scenario_timeout: Duration = Field(default=30.0, alias="scenario-timeout")
    boot_timeout: Duration = Field(default=60.0, alias="boot-timeout")
    stop_timeout: Duration = Field(default=30.0, alias="stop-timeout")


class SuiteConfig(Section):
    """The test-config.yaml at the root of the suite."""

    #: Each checked on its own: what an Asterisk elsewhere needs is known by `callgate.asterisk`.
    builds: dict[Annotated[str, AfterValidator(_build_name)], Any] = {}
    defaults: Defaults = Defaults()
