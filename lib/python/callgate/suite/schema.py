"""What may stand in a test-config.yaml: that of a test, and that of the whole suite at its root.

`testinfo` and `properties` are as the Asterisk Testsuite has them, `scenarios` is ours. Steps are checked
apart from this, against the models of the steps themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from callgate.ami.driver import DriverName
from callgate.scenario.model import Modules
from callgate.scenario.references import MOST_ASTERISKS
from callgate.scenario.steps.base import AnyStep, Duration
from callgate.scenario.steps.texts import TextOrRegex
from callgate.suite.dependencies import KINDS, check_dependency, check_versions

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
#: Directories of a test's Asterisks lie beside those of its scenarios.
_TAKEN = re.compile(r"ast\d+(\..*)?")
_COLUMN = re.compile(r"[A-Za-z0-9_-]+")
_EXTENSION = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_YET = "is the Asterisk Testsuite's, and not supported yet"
#: Keys with lists of steps, which are checked one by one and not with the file.
STEP_LISTS = frozenset({"steps", "finally"})
_VERSIONS = "is the Asterisk Testsuite's; 'versions' takes its place"


def _scenario_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("cannot be a scenario's name; use up to 100 letters, digits, '_', '-' and '.'")
    if _TAKEN.fullmatch(name):
        raise ValueError("cannot be a scenario's name: it is that of an Asterisk")
    return name


def _case_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("cannot be a case's name; use letters, digits, '_', '-' and '.'")
    return name


def _input_name(name: str) -> str:
    if not _COLUMN.fullmatch(name):
        raise ValueError("cannot be a name here; use letters, digits, '_' and '-'")
    return name


def _column(name: str) -> str:
    if _input_name(name) == "name":
        raise ValueError("is taken: '${case.name}' is the name of the row")
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
    check_dependency(pair)
    return pair


def _extension(text: str) -> str:
    if not _EXTENSION.fullmatch(text):
        raise ValueError(f"'{text[:60]}' is no exten@context")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


#: Of a test, and of a scenario.
Versions = list[Annotated[Text, AfterValidator(check_versions)]]

#: What the JSON Schema can say of what the validators of this file check.
_ONE_KEY = Field(json_schema_extra={"minProperties": 1, "maxProperties": 1})
_WITH_AN_AT = Field(json_schema_extra={"pattern": f"^{_EXTENSION.pattern}$"})
_A_DEPENDENCY = Field(json_schema_extra={"minProperties": 1, "maxProperties": 1,
                                         "propertyNames": {"enum": list(KINDS)}})
_A_NAME = Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"})


class Section(BaseModel):
    """What all parts of the files have in common: keys as in the file, none unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    #: What to answer to a key that means something elsewhere.
    unsupported: ClassVar[Mapping[str, str]] = {}


class TestInfo(Section):
    """`testinfo`: what the test is about."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "skip": "is not for a whole test; give each scenario its own 'skip' with a reason",
    }

    summary: Text = Field(description="What the test is about, on one line.")
    description: str = Field(default="", description="The same at length.")


class Properties(Section):
    """`properties`: what the test needs, and what it belongs to."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "minversion": _VERSIONS,
        "maxversion": _VERSIONS,
        "buildoption": "goes under 'dependencies': '- buildoption: TEST_FRAMEWORK'",
        "feature": _NOT_YET,
        "forced-version": _VERSIONS,
        "testconditions": _NOT_YET,
    }

    dependencies: list[Annotated[dict[str, Text], AfterValidator(_dependency), _A_DEPENDENCY]] = Field(
        default=[], description="What it needs to be run: each one kind of thing and its name, `asterisk: app_queue`.")
    versions: Versions = Field(
        default=[], description="Ranges of Asterisk's versions, one of which must hold: `\">=20.15,<21\"`.")
    tags: list[Text] = Field(default=[], description="Words for `-k`.")
    issues: list[Annotated[dict[str, Text], AfterValidator(_one_key), _ONE_KEY]] = Field(
        default=[], description="Issues it belongs to, each `tracker: number`.")
    timeout: Duration | None = Field(
        default=None, description="How long all scenarios together may take, without the boot of their Asterisk.")
    asterisks: Annotated[int, Field(ge=1, le=MOST_ASTERISKS)] = Field(
        default=1, description="How many Asterisks it has: `ast1`, `ast2` … with `configs/ast1`, `configs/ast2` …")
    modules: Modules = Field(
        default="needed", description="`needed`: load the modules named, what scenarios stand on, and what those "
                                      "require; `all`: everything that the build has.")
    dialplan: list[Annotated[str, AfterValidator(_extension), _WITH_AN_AT]] = Field(
        default=[], description="Extensions (`extension@context`) of the test's own configuration that an Asterisk "
                                "elsewhere must have; else the test is skipped there.")


class StepOptions(Section):
    """What may stand beside a step's keyword."""

    timeout: Duration | None = Field(default=None, description="How long the step may take, with all it waits for.")
    soft: bool = Field(default=False, description="`true`: when the step fails the scenario goes on, and fails at its "
                                                  "end with all that was wrong.")
    on: str | None = Field(default=None, description="The Asterisk that it plays on, such as `ast2`; without it, that "
                                                     "of the names that the step uses, and `ast1` if it uses none.")


class ExpectedResult(Section):
    """`expected-result`: how a scenario has to end while a bug is not mended."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["fail"]}, {"required": ["crash"]}]})

    fail: Text | None = Field(default=None, description="The known bug. The scenario has to fail; that it passes is a "
                                                        "failure.")
    crash: Text | None = Field(default=None, description="The known bug, of which Asterisk dies. That it does not is a "
                                                         "failure. What follows gets a new Asterisk.")
    says: TextOrRegex | Annotated[list[TextOrRegex], Field(min_length=1)] | None = Field(
        default=None, description="What tells its failure from any other: a text that the failure has, in its first "
                                  "line or in a field that it got with the value, for `crash` also in the step; `~` "
                                  "begins a regular expression; or a list, of which it has all.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> ExpectedResult:
        if (self.fail is None) is (self.crash is None):
            raise ValueError("needs either 'fail' or 'crash'")
        return self

    @property
    def reason(self) -> str:
        """The known bug, on one line."""
        return " ".join((self.fail or self.crash or "").split())


class ScenarioSection(Section):
    """One entry of `scenarios`."""

    unsupported: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("minversion", "maxversion", "forced-version"), _VERSIONS)

    summary: Text = Field(description="What it shows, on one line.")
    versions: Versions = Field(
        default=[], description="Ranges of Asterisk's versions, one of which must hold; else it is skipped, and the "
                                "test's other scenarios are played.")
    steps: Annotated[list[AnyStep], Field(min_length=1)] = Field(
        description="Played in order; the first that fails ends them.")
    last_steps: list[AnyStep] = Field(default=[], alias="finally",
                                      description="All attempted after the others, however those ended.")
    timeout: Duration | None = Field(default=None, description="How long all of `steps` may take together.")
    #: A skip without a reason would look like a pass.
    skip: Text | None = Field(default=None, description="Why it is not to be run.")
    cases: Annotated[
        dict[Annotated[str, AfterValidator(_case_name), _A_NAME], dict[Annotated[str, AfterValidator(_column)], str]],
        Field(min_length=1),
    ] | None = Field(default=None, description="A table; each row makes a scenario of its own, `NAME[ROW]`, in whose "
                                               "steps `${case.COLUMN}` stands for a value of the row.")
    expected_result: ExpectedResult | None = Field(default=None, alias="expected-result",
                                                   description="For a bug that is known and not mended yet.")


class UsedSteps(Section):
    """A file of steps that others make use of."""

    summary: Text | None = Field(default=None, description="What the steps do, on one line.")
    inputs: dict[Annotated[str, AfterValidator(_input_name)], Literal["text", "name", "number", "duration"]] = Field(
        default={}, description="What it has to be handed, by name, and of which type.")
    steps: Annotated[list[AnyStep], Field(min_length=1)] = Field(description="Played in the place of `use`.")


class TestConfig(Section):
    """The test-config.yaml of a test."""

    unsupported: ClassVar[Mapping[str, str]] = {"test-modules": _NOT_YET}

    testinfo: TestInfo = Field(description="What the test is about.")
    properties: Properties = Field(default=Properties(), description="What the test needs, and what it belongs to.")
    scenarios: Annotated[
        dict[Annotated[str, AfterValidator(_scenario_name), _A_NAME], ScenarioSection], Field(min_length=1)
    ] = Field(description="The scenarios by their names; each has a verdict.")


class Defaults(Section):
    """`defaults`: what holds where neither a test nor an option says otherwise. Times are in seconds."""

    step_timeout: Duration = Field(default=5.0, alias="step-timeout",
                                   description="For a step that names no time of its own.")
    scenario_timeout: Duration = Field(default=30.0, alias="scenario-timeout",
                                   description="For all steps of a scenario that names no time of its own.")
    boot_timeout: Duration = Field(default=60.0, alias="boot-timeout",
                                   description="For an Asterisk to be ready.")
    stop_timeout: Duration = Field(default=30.0, alias="stop-timeout",
                                   description="For an Asterisk to be gone.")


class SuiteConfig(Section):
    """The test-config.yaml at the root of the suite."""

    #: Each checked on its own: what an Asterisk elsewhere needs is known by `callgate.asterisk`.
    builds: dict[Annotated[str, AfterValidator(_build_name), _A_NAME], Any] = Field(
        default={}, description="Asterisks that run elsewhere, by name: `--asterisk remote:NAME`.")
    defaults: Defaults = Field(default=Defaults(), description="What holds where nothing else is said.")
    ami_driver: DriverName = Field(
        default="builtin", alias="ami-driver",
        description="What reads and writes AMI; `starpy` has to be installed. `--ami-driver` goes before it.")
