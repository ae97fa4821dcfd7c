"""A test's own `steps.py`: what becomes a step, and what is said of everything that does not."""

from __future__ import annotations

import sys
import textwrap

import pytest
from self_test.suite.conftest import SuiteOnDisk
from self_test.suite.language import HEAD

from callgate.scenario.model import PlannedStep
from callgate.scenario.ownstep import OwnStep
from callgate.scenario.steps.base import Step
from callgate.suite.diagnostics import InvalidFilesError

IMPORTS = "from callgate.own import ChannelName, Duration, Expected, Field, KnownName, NewName, StepContext\n"
RING = """\
async def ring(context: StepContext, channel: ChannelName, *, times: int = 1) -> None:
    '''Let a channel ring.'''
"""
ORIGINATE = "- originate: {endpoint: Local/x@y, as: call}\n"


def write(disk: SuiteOnDisk, code: str, steps: str = "- hangup: []\n", name: str = "t", head: str = IMPORTS) -> None:
    disk.test(name, HEAD + textwrap.indent(steps, " " * 6))
    disk.write(f"tests/{name}/steps.py", head + textwrap.dedent(code))


def planned(disk: SuiteOnDisk, name: str = "t") -> list[PlannedStep]:
    """The steps of the test that was written."""
    [test] = [one for one in disk.load().tests if one.id == f"tests/{name}"]
    return [step for scenario in test.scenarios for step in scenario.steps]


def last(disk: SuiteOnDisk) -> Step:
    return planned(disk)[-1].step


def complaint(disk: SuiteOnDisk) -> list[str]:
    """The first line of each error of the test that was written."""
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    return [line.removeprefix("tests/t/") for line in str(caught.value).splitlines() if line.startswith("tests/t/")]


# -- what becomes a step -------------------------------------------------------------------------------

def test_a_function_becomes_a_step(disk: SuiteOnDisk) -> None:
    write(disk, RING, ORIGINATE + "- ring: {channel: call;2, times: 3}\n")
    step = last(disk)
    assert isinstance(step, OwnStep)
    assert (step.keyword, step.needs(), step.defines(), step.__doc__) == ("ring", {"call;2"}, set(),
                                                                          "Let a channel ring.")
    assert step.model_dump(by_alias=True) == {"channel": "call;2", "times": 3}
    assert step.describe() == "ring: {channel: call;2, times: 3}"


@pytest.mark.parametrize(("parameters", "given", "values"), [
    ("channel: ChannelName", "call", {"channel": "call"}),
    ("channel: ChannelName, *, times: int = 1", "call", {"channel": "call", "times": 1}),
    ("channels: list[ChannelName]", "[call]", {"channels": ["call"]}),
    ("a: str, b: str", "{a: x, b: '2'}", {"a": "x", "b": "2"}),
    ("", "{}", {}),
    ("*, loud: bool, rate: float", "{loud: yes, rate: 0.5}", {"loud": True, "rate": 0.5}),
    ("*, how: Literal['soft', 'hard'] = 'soft'", "{how: hard}", {"how": "hard"}),
    ("*, what: str | None = None", "{}", {"what": None}),
    ("*, names: dict[str, int]", "{names: {a: 1}}", {"names": {"a": 1}}),
    ("*, within: Duration = 2.0", "{within: 1.5s}", {"within": 1.5}),
    ("*, copy: str, schema: str, run: str", "{copy: a, schema: b, run: c}", {"copy": "a", "schema": "b", "run": "c"}),
    ("*, value: Expected", "{value: {gt: 3}}", {"value": {"gt": "3"}}),
    ("*, value: Annotated[Expected, Field(description='x')]", "{value: ~x}", {"value": "~x"}),
    ("value: Expected | None = None", "{value: '1'}", {"value": "1"}),
    ("*, size: Annotated[int, Field(gt=2, description='how great')]", "{size: '3'}", {"size": 3}),
    ("*, as_: NewName, from_: KnownName", "{as: x, from: call}", {"as": "x", "from": "call"}),
])
def test_parameters_become_fields(disk: SuiteOnDisk, parameters: str, given: str, values: object) -> None:
    comma = ", " if parameters else ""
    write(disk, f"from typing import Annotated, Literal\nasync def ring(context: StepContext{comma}{parameters}):\n"
                "    pass\n", ORIGINATE + f"- ring: {given}\n")
    assert last(disk).model_dump(by_alias=True) == values


def test_what_it_defines_is_there_for_later_steps(disk: SuiteOnDisk) -> None:
    write(disk, "async def ask(context: StepContext, *, as_: NewName) -> None:\n    context.capture(as_, {'a': '1'})\n",
          "- ask: {as: answer}\n- originate: {endpoint: '${answer.a}', as: call}\n")
    assert [one.step.defines() for one in planned(disk)] == [{"answer"}, {"call", "call;2"}]


def test_helpers_and_imports_are_no_steps(disk: SuiteOnDisk) -> None:
    write(disk, "from asyncio import sleep\nasync def _help() -> None: ...\n" + RING, "- _help: {}\n- sleep: {}\n")
    known = "known: originate, expect, hangup, mix, ring"
    assert complaint(disk) == [f"test-config.yaml:6:9: error: unknown step '_help'; {known}",
                               f"test-config.yaml:7:9: error: unknown step 'sleep'; {known}"]


def test_the_steps_of_two_tests_do_not_meet(disk: SuiteOnDisk) -> None:
    code = "import sys\nasync def {0}(context: StepContext) -> None: ...\nWHO = '{0}'\n"
    write(disk, code.format("one"), "- one: {}\n", "a")
    write(disk, code.format("two"), "- two: {}\n", "b")
    assert [planned(disk, name)[0].step.keyword for name in ("a", "b")] == ["one", "two"]
    modules = [sys.modules[f"steps of {disk.root}/tests/{name}/steps.py"] for name in ("a", "b")]
    assert [module.WHO for module in modules] == ["one", "two"]
    write(disk, code.format("two"), "- one: {}\n", "b")
    with pytest.raises(InvalidFilesError, match="unknown step 'one'"):
        disk.load()


def test_it_is_run_once_and_leaves_nothing_beside_it(disk: SuiteOnDisk) -> None:
    write(disk, "from pathlib import Path\nwith (Path(__file__).parent / 'log').open('a') as f: f.write('run ')\n"
                + RING, ORIGINATE + "- ring: call\n")
    disk.load()
    assert sorted(path.name for path in (disk.root / "tests/t").iterdir()) == ["log", "steps.py", "test-config.yaml"]
    assert (disk.root / "tests/t/log").read_text() == "run "


def test_it_is_left_alone_where_nothing_of_its_test_was_selected(disk: SuiteOnDisk) -> None:
    write(disk, "raise SystemExit\n", name="a")
    write(disk, RING, name="b")
    assert disk.ids("tests/b") == ["tests/b::Babs"]


def test_types_may_be_written_as_texts(disk: SuiteOnDisk) -> None:
    write(disk, "import dataclasses\n@dataclasses.dataclass\nclass Kept:\n    a: int\n" + RING, ORIGINATE
          + "- ring: call\n", head="from __future__ import annotations\n" + IMPORTS)
    assert last(disk).describe() == "ring: call"


# -- what does not -------------------------------------------------------------------------------------

DEFINED = "async def ring(context: StepContext"


@pytest.mark.parametrize(("code", "messages"), [
    ("def ring(context: StepContext): ...\n",
     ["2:1: error: 'ring' must be 'async def' to be a step; a function that is no step begins with '_'"]),
    (f"{DEFINED}):\n    yield 1\n", ["2:1: error: step 'ring' is a generator: a step has no 'yield'"]),
    ("import functools\n@functools.cache\n" + DEFINED + "): ...\n",
     ["4:1: error: step 'ring' has a decorator, and would be another function than it looks"]),
    ("async def ring(): ...\n", [("2:1: error: the first parameter of step 'ring' must be 'context: StepContext'; "
                                 "a function that is no step begins with '_'")]),
    ("async def ring(channel: ChannelName): ...\n",
     [("2:16: error: the first parameter of step 'ring' must be 'context: StepContext'; a function that is no step "
      "begins with '_'")]),
    (f"{DEFINED}, a, b: bytes, c: list[set[int]], d: dict[int, str]): ...\n",
     ["2:38: error: parameter 'a' needs a type, such as 'str'",
      ("2:41: error: parameter 'b' has a type that no value of a file can have; there are str, int, float, bool, "
      "Literal, list, dict, Optional, and those of callgate.own"),
      ("2:51: error: parameter 'c' has a type that no value of a file can have; there are str, int, float, bool, "
      "Literal, list, dict, Optional, and those of callgate.own"),
      "2:70: error: parameter 'd' must have texts for its keys"]),
    (f"{DEFINED}, *rest: str, **more: str): ...\n",
     ["2:39: error: parameter 'rest' stands for several; a step names each of its fields",
      "2:52: error: parameter 'more' stands for several; a step names each of its fields"]),
    (f"{DEFINED}, a: str, /): ...\n", ["2:38: error: parameter 'a' cannot be given by name"]),
    (f"{DEFINED}, a: int = 'x'): ...\n", ["2:38: error: parameter 'a' has a default that is not of its type: 'x'"]),
    (f"{DEFINED}, a: str = Field(description='x')): ...\n",
     ["2:38: error: parameter 'a' has a Field for its default; write 'Annotated[TYPE, Field(…)] = DEFAULT'"]),
    (f"from typing import Annotated\n{DEFINED}, a: Annotated[str, Field(alias='b')]): ...\n",
     ["3:38: error: parameter 'a' has an alias; its key is its name, without '_' at the end"]),
    ((f"from typing import Annotated\nfrom pydantic import AfterValidator\n{DEFINED}, "
     "a: Annotated[str, AfterValidator(lambda x: 1 / 0)]): ...\n"),
     ["4:38: error: parameter 'a' has a validator of its own; let the step look at its value when it is played"]),
    (f"from typing import Annotated\n{DEFINED}, a: Annotated[str, Field(pattern='(')]): ...\n",
     ["3:1: error: the fields of 'ring' cannot be: regex parse error: ( ^ error: unclosed group"]),
    (f"from typing import Annotated, Any\n{DEFINED}, a: Any, b: Annotated[Expected, Field(alias='c')]): ...\n",
     [("3:38: error: parameter 'a' has a type that no value of a file can have; there are str, int, float, bool, "
       "Literal, list, dict, Optional, and those of callgate.own"),
      "3:46: error: parameter 'b' has an alias; its key is its name, without '_' at the end"]),
    (f"{DEFINED}, a: dict, b: list): ...\n",
     ["2:38: error: parameter 'a' needs to say what it holds, such as 'dict[str, str]'",
      "2:47: error: parameter 'b' needs to say what it holds, such as 'list[str]'"]),
    (f"from typing import Literal\n{DEFINED}, a: Literal[1]): ...\n",
     ["3:38: error: parameter 'a' takes texts alone in its Literal"]),
    (f"{DEFINED}, a: str, a_: str): ...\n", ["2:1: error: two parameters of 'ring' would have the key 'a'"]),
    (f"{DEFINED}, a: 'Nothing'): ...\n",
     ["2:1: error: a type of 'ring' cannot be read: NameError: name 'Nothing' is not defined"]),
    ("async def expect(context: StepContext): ...\n", ["2:1: error: 'expect' is a step of Callgate's own"]),
    ("async def timeout(context: StepContext): ...\n",
     ["2:1: error: 'timeout' cannot be a step: it stands beside the keyword of any step"]),
    (f"{DEFINED}): ...\n{DEFINED}): ...\n", ["2:1: error: 'ring' is defined again on line 3"]),
    (f"{DEFINED}): ...\nring = None\n", ["2:1: error: 'ring' is something else at the end of the file"]),
    (f"{DEFINED}): ...\ndel ring\n", ["2:1: error: 'ring' is something else at the end of the file"]),
    (f"{DEFINED})\n    pass\n", ["2:37: error: not Python: expected ':'"]),
    ("x = '\0'\n", ["1:1: error: not Python: source code string cannot contain null bytes"]),
    ("é = 1; raise ValueError('no')\n", ["2:8: error: raises when it is run: ValueError: no"]),
    ("def _f():\n    return {}['x']\n_f()\n", ["3:12: error: raises when it is run: KeyError: 'x'"]),
    ("import no_such_module\n",
     ["2:1: error: raises when it is run: ModuleNotFoundError: No module named 'no_such_module'"]),
    ("from callgate.own import Nothing\n",
     ["2:1: error: raises when it is run: ImportError: cannot import name 'Nothing' from 'callgate.own' "]),
    ("import sys\nsys.exit(3)\n", ["3:1: error: raises when it is run: SystemExit: 3"]),
    ("print('hello')\n",
     [("2:1: error: raises when it is run: RuntimeError: a test's steps cannot print: context.note() writes into the "
      "journal")]),
])
def test_what_is_wrong_in_it_is_told_with_its_place(disk: SuiteOnDisk, code: str, messages: list[str]) -> None:
    write(disk, code, "- ring: {}\n" if "def ring" in code else "- hangup: []\n")
    said = complaint(disk)
    assert len(said) == len(messages), said
    for line, message in zip(said, messages, strict=True):
        assert line.startswith(f"steps.py:{message}")


def test_its_errors_come_with_those_of_the_yaml(disk: SuiteOnDisk) -> None:
    write(disk, RING + "def flash(context: StepContext) -> None: ...\n",
          "- ring: {chanel: call, times: many}\n- flash: x\n- rnig: call\n- ring: call\n")
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    assert str(caught.value) == """\
tests/t/steps.py:4:1: error: 'flash' must be 'async def' to be a step; a function that is no step begins with '_'
  4 | def flash(context: StepContext) -> None: ...
    | ^^^^^^^^^
tests/t/test-config.yaml:6:16: error: unknown key 'chanel' in 'ring'; did you mean 'channel'?
  6 |       - ring: {chanel: call, times: many}
    |                ^^^^^^
tests/t/test-config.yaml:6:37: error: 'times' must be a whole number, not 'many'
  6 |       - ring: {chanel: call, times: many}
    |                                     ^^^^
tests/t/test-config.yaml:8:9: error: unknown step 'rnig'; did you mean 'ring'?
  8 |       - rnig: call
    |         ^^^^
4 errors in 2 files; nothing was started"""


def test_a_file_beside_it_cannot_be_imported(disk: SuiteOnDisk) -> None:
    write(disk, "import helper\n")
    disk.write("tests/t/helper.py", "")
    [said] = complaint(disk)
    assert said.endswith("No module named 'helper'; files beside a test's steps.py cannot be imported")


@pytest.mark.parametrize(("data", "message"), [
    (b"\xff", "steps.py:1:1: error: byte 0xff is not UTF-8"),
    (b"#" * (1024 * 1024 + 1), "steps.py:1:1: error: the file is larger than 1024 KiB"),
])
def test_what_cannot_be_read(disk: SuiteOnDisk, data: bytes, message: str) -> None:
    disk.test("t")
    disk.write("tests/t/steps.py", data)
    assert complaint(disk) == [message]


def test_a_link_to_nothing_is_no_test_without_steps(disk: SuiteOnDisk) -> None:
    path = disk.test("t")
    (path.parent / "steps.py").symlink_to("nowhere")
    assert complaint(disk) == ["steps.py: error: cannot be read: No such file or directory"]


def test_a_name_that_no_step_gives(disk: SuiteOnDisk) -> None:
    write(disk, RING, ORIGINATE + "- ring: cal\n")
    assert complaint(disk) == ["test-config.yaml:7:15: error: undefined name 'cal'; did you mean 'call'?"]


def test_a_text_that_does_not_match_the_pattern_of_its_field(disk: SuiteOnDisk) -> None:
    write(disk, f"from typing import Annotated\n{DEFINED}, a: Annotated[str, Field(pattern='^[0-9]+$')]): ...\n",
          "- ring: {a: x}\n")
    assert complaint(disk) == ["test-config.yaml:6:19: error: 'a': 'x' does not match /^[0-9]+$/"]
