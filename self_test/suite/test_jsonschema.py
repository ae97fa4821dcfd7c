"""The JSON Schema against Callgate itself: it takes what Callgate takes, and says what a schema can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from self_test.suite.editor import edited

from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.find import find_tests
from callgate.suite.jsonschema import Schema, as_text, schema_of_suite, schema_of_test, schema_of_used
from callgate.suite.load import load_steps, load_suite
from callgate.suite.ownsteps import read_own_steps
from callgate.suite.reference import EXAMPLE_CONFIGS, EXAMPLE_FILE, EXAMPLE_STEPS

REPOSITORY = Path(__file__).resolve().parents[2]
#: Scenarios with every step and matcher, which live tests play.
LANGUAGE = sorted((REPOSITORY / "self_test" / "live" / "language").rglob("test-config.yaml"))

#: Gives the errors of a file's text, as an editor would show them.
Validate = Callable[[str], list[str]]


def _validator(schema: Schema) -> Validate:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda text: [error.message for error in validator.iter_errors(edited(text))]


@pytest.fixture(scope="module")
def of_test() -> Validate:
    return _validator(schema_of_test(STEPS))


@pytest.fixture(scope="module")
def of_suite() -> Validate:
    return _validator(schema_of_suite())


HEAD = "testinfo: {summary: S.}\nscenarios:\n  Babs:\n    summary: S.\n    steps:\n"
BEFORE = ("      - register: {app: Babs, as: client}\n"
          "      - originate: {endpoint: Local/Babs@Acme, app: Babs, as: call}\n")

GOOD_STEPS = [
    "register: 16", "register: true", "register: [Babs, 16]", "register: {app: on, as: yes}",
    "disconnect: client", "disconnect: {client: client, within: 0.5m}",
    "originate: {endpoint: 100, app: 200, args: 1.5, variables: {A: 1, B: true, C: ''}, as: true}",
    "originate: {endpoint: x, extension: 100, context: Acme, as: b}",
    "answer: call;2", "answer: {channel: call}", "hangup: call", "hangup: [call, call;2]",
    "hangup: {channels: [call], missing: ok}",
    "expect: {ami: Hangup, Cause: 16, Cause-txt: x, Uniqueid: 1747312345.10}",
    "expect: {ari: StasisStart, fields: {channel.state: Up, x: {y: [1, true]}}, where: {x: 1}, within: 500ms, as: a}",
    "never: {ami: VarSet, channel: call;2, Variable: STASISSTATUS, Value: ''}",
    "frame: {client: client, opcode: 11, size: 3, pieces: 2, every: 10ms}", "frame: {client: client, bytes: 81 05}",
    "frame: {client: client, opcode: close, code: 1002, text: no, fin: no}", "ended: {client: client, code: absent}",
    "ended: client", "upgrade: {query: {app: 16}, headers: {Sec-WebSocket-Version: 12}, status: absent, times: 3}",
    "{hangup: call, timeout: 2s, soft: yes}", "{expect: {ami: Hangup, Cause: {any: [16, 17]}}, soft: 'TRUE'}",
    "parallel: {branches: {left: [hangup: call], right: [{answer: call;2, soft: true}]}}",
]
BAD_STEPS = [
    "frame: client", "frame: {client: client, opcode: 16}", "ended: {client: client, code: none}",
    "upgrade: {status: 99}", "upgrade: {headers: {a: [b]}}", "upgrade: {times: 0}",
    "regster: Babs", "register: []", "register: ''", "register: {}", "register: {app: {a: b}}",
    "register: {app: x, subscribe: some}", "register: {app: x, as: 1b}", "register: {app: x, as: a b}",
    "register: {app: x, as: " + "a" * 41 + "}", "register: {app: x, name: b}",
    "disconnect: {client: client, within: 2}", "disconnect: {client: client, within: soon}",
    "disconnect: {client: client, within: 2 s}", "disconnect: [client]",
    "originate: Babs", "originate: {endpoint: x, app: y}", "originate: {endpoint: [x], app: y, as: z}",
    "originate: {endpoint: x, app: y, as: z, variables: v}", "originate: {endpont: x, app: y, as: z}",
    "originate: {endpoint: x, app: y, as: z, variables: {v: [1]}}",
    "answer: call;3", "answer: {}", "hangup: {channels: call, missing: maybe}", "hangup: {channels: []}",
    "expect: {Cause: 16}", "expect: {ami: Hangup, ari: Hangup}", "expect: {ami: Hangup, chanel: call}",
    "expect: {ari: StasisStart, Cause: 16}", "expect: {ami: Hangup, within: 2}", "expect: {ami: Hangup, fields: x}",
    "expect: Hangup", "never: {ari: X, where: {a: b}}", "never: x",
    "{answer: call, hangup: call}", "{answer: call, timeout: 2}", "{answer: call, sotf: yes}", "{soft: true}",
    "{answer: call, soft: on}", "parallel: {branches: {left: [hangup: call], right: [hangp: call]}}",
    "parallel: {branches: {left: [hangup: call]}}", "{}", "answer", "[answer, call]",
]
#: References that are replaced before a value is checked.
WITH_CASES = HEAD + BEFORE + """\
      - {answer: '${case.leg}', timeout: '${case.time}', soft: '${case.soft}'}
      - hangup: {channels: ['${case.leg}'], missing: '${case.missing}'}
    cases:
      first: {leg: call;2, time: 2s, soft: true, missing: ok}
      16: {leg: call, time: 500ms, soft: 'no', missing: ok}
"""
BAD_FILES = [
    WITH_CASES.replace("first:", "a b:"), WITH_CASES.replace("{leg: call;2", "{leg: [call]"),
    WITH_CASES.replace("${case.time}", "${time}"), WITH_CASES.replace("${case.leg}", "${leg}"),
    "scenarios: {A: {summary: S., steps: [{register: x}]}}",                              # no testinfo
    "testinfo: {}\nscenarios: {A: {summary: S., steps: [{register: x}]}}",
    "testinfo: {summary: S.}", "testinfo: {summary: S.}\nscenarios: {}", "[]", "x",
    "testinfo: {summary: S.}\nscenarios: {A: {steps: [{register: x}]}}",
    "testinfo: {summary: S.}\nscenarios: {A: {summary: S., steps: []}}",
    "testinfo: {summary: S.}\nscenarios: {A: {summary: S.}}",
    "testinfo: {summary: S.}\nscenarios: {A b: {summary: S., steps: [{register: x}]}}",
    HEAD + "      - register: x\n    timeout: 5\n", HEAD + "      - register: x\n    skip: ''\n",
    HEAD + "      - register: x\n    finaly: []\n", HEAD + "      - register: x\n    finally: [{regster: x}]\n",
    HEAD + "      - register: x\nproperties: {modules: some}\n", HEAD + "      - register: x\nproperties: {tags: x}\n",
    HEAD + "      - register: x\nproperties: {dependencies: [{asterix: x}]}\n",
    HEAD + "      - register: x\nproperties: {dependencies: [app_queue]}\n",
    HEAD + "      - register: x\nproperties: {issues: [{}]}\n",
    HEAD + "      - register: x\nproperties: {dialplan: [Babs]}\n",
]
GOOD_SUITE = """\
builds:
  lab: {host: 127.0.0.1, ami: {port: 5038, user: u, secret-env: S}, ari: {port: '8088', user: 1, secret-env: S}}
defaults: {step-timeout: 500ms, scenario-timeout: 1m}
"""
BAD_SUITES = [
    "buids: {}", "builds: {a b: {}}", "builds: {lab: {host: x}}", "defaults: {step-timeout: 5}",
    GOOD_SUITE.replace("5038", "0"), GOOD_SUITE.replace("host:", "hots:"), GOOD_SUITE.replace("5038", "x"),
]


def _mistakes(directory: Path, text: str, suite: str | None = None) -> int:
    """How many errors Callgate finds in a test (and the settings of its suite)."""
    (directory / "tests").mkdir()
    (directory / "tests" / "test-config.yaml").write_text(text)
    (directory / "tests" / EXAMPLE_FILE).write_text(EXAMPLE_STEPS)
    for name, config in EXAMPLE_CONFIGS.items():
        path = directory / "tests" / "configs" / "ast1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config)
    if suite is not None:
        (directory / "test-config.yaml").write_text(suite)
    try:
        load_suite(directory, [], None, STEPS)
    except InvalidFilesError as error:
        return len(error.diagnostics)
    return 0


def _files() -> Iterator[Path]:
    found = find_tests(REPOSITORY, REPOSITORY / "tests")
    assert found.directories
    yield from (directory / "test-config.yaml" for directory in found.directories)


@pytest.mark.parametrize("path", list(_files()), ids=lambda path: path.parent.name)
def test_the_tests_of_this_repository(of_test: Validate, path: Path) -> None:
    own = (path.parent / "steps.py").exists()
    test = str(path.parent.relative_to(REPOSITORY))
    valid = _validator(schema_of_test(load_steps(REPOSITORY, test, STEPS))) if own else of_test
    assert valid(path.read_text()) == []


def test_the_suite_of_this_repository(of_suite: Validate) -> None:
    assert of_suite((REPOSITORY / "test-config.yaml").read_text()) == []


@pytest.mark.parametrize("keyword", [keyword for keyword, step in STEPS.items() if step.example])
def test_every_example(of_test: Validate, tmp_path: Path, keyword: str) -> None:
    text = HEAD + "".join(f"      {line}\n" for line in STEPS[keyword].example.splitlines())
    assert (of_test(text), _mistakes(tmp_path, text)) == ([], 0)


@pytest.mark.parametrize("step", GOOD_STEPS)
def test_what_callgate_takes(of_test: Validate, tmp_path: Path, step: str) -> None:
    text = HEAD + BEFORE + f"      - {step}\n      - expect: {{ami: After}}\n"
    assert (of_test(text), _mistakes(tmp_path, text)) == ([], 0)


@pytest.mark.parametrize("step", BAD_STEPS)
def test_steps_that_callgate_refuses(of_test: Validate, tmp_path: Path, step: str) -> None:
    text = HEAD + BEFORE + f"      - {step}\n"
    assert of_test(text)
    assert _mistakes(tmp_path, text)


@pytest.mark.parametrize("text", BAD_FILES)
def test_files_that_callgate_refuses(of_test: Validate, tmp_path: Path, text: str) -> None:
    assert of_test(text)
    assert _mistakes(tmp_path, text)


def test_references_that_are_replaced_early(of_test: Validate, tmp_path: Path) -> None:
    assert (of_test(WITH_CASES), _mistakes(tmp_path, WITH_CASES)) == ([], 0)


@pytest.mark.parametrize("path", LANGUAGE, ids=lambda path: path.parent.name)
def test_what_live_tests_are_written_in(of_test: Validate, path: Path) -> None:
    own = read_own_steps(path.parent, path.parent.name, STEPS)
    validate = _validator(schema_of_test({**STEPS, **own.steps})) if own.steps else of_test
    assert validate(path.read_text()) == []


def test_a_file_of_steps() -> None:
    of_used = _validator(schema_of_used(STEPS))
    assert of_used(EXAMPLE_STEPS) == []
    assert of_used(EXAMPLE_STEPS.replace("name: name", "name: nam"))
    assert of_used(EXAMPLE_STEPS.replace("- expect", "- expct"))


def test_settings(of_suite: Validate, tmp_path: Path) -> None:
    assert (of_suite(GOOD_SUITE), _mistakes(tmp_path, HEAD + BEFORE, GOOD_SUITE)) == ([], 0)


@pytest.mark.parametrize("text", BAD_SUITES)
def test_settings_that_callgate_refuses(of_suite: Validate, tmp_path: Path, text: str) -> None:
    assert of_suite(text)
    assert _mistakes(tmp_path, HEAD + BEFORE, text)


def _undescribed(schema: Any, where: str = "") -> Iterator[str]:
    """Where a field has nothing for an editor to show."""
    if isinstance(schema, list):
        for number, item in enumerate(schema):
            yield from _undescribed(item, f"{where}[{number}]")
    elif isinstance(schema, dict):
        fields = schema.get("properties", {})
        yield from (f"{where}.{name}" for name, field in fields.items() if not {"description", "$ref"} & set(field))
        for key, value in [*fields.items(), *schema.get("$defs", {}).items()]:
            yield from _undescribed(value, f"{where}.{key}")
        for key in ("anyOf", "items", "additionalProperties"):
            yield from _undescribed(schema.get(key), f"{where}.{key}")


@pytest.mark.parametrize("schema", [schema_of_test(STEPS), schema_of_suite()], ids=["test", "suite"])
def test_every_key_is_described(schema: Schema) -> None:
    assert list(_undescribed(schema)) == []


def test_it_is_the_same_each_time() -> None:
    assert as_text(schema_of_test(STEPS)) == as_text(schema_of_test(dict(STEPS)))
