from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from self_test.suite.conftest import SuiteOnDisk
from self_test.suite.language import GOOD, STEPS, Expect, Hangup, Originate

from callgate.scenario.model import Requirement
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import load_settings
from callgate.suite.testfile import read_test
from callgate.suite.yamlfile import parse_yaml


def test_a_test_as_it_is_meant(disk: SuiteOnDisk) -> None:
    disk.test("stasis/status")
    (test,) = disk.load().tests
    assert (test.id, test.directory) == ("tests/stasis/status", disk.root / "tests/stasis/status")
    assert test.summary == "Stasis() says in STASISSTATUS how the channel left it."
    assert (test.tags, test.issues) == (("ARI", "stasis"), (("github", "12"),))
    assert (test.modules, test.dialplan) == ("needed", ("Babs@Acme",))
    first, second = test.requirements
    assert isinstance(first, Requirement)
    assert (first.kind, first.value, first.place.line, first.place.column) == ("asterisk", "app_stasis", 4, 19)
    assert (second.kind, second.value) == ("asterisk", "res_ari_channels")
    babs, bugs = test.scenarios
    assert (babs.id, babs.name, babs.timeout, babs.skip) == ("tests/stasis/status::Babs", "Babs", 90.0, None)
    assert (bugs.timeout, bugs.skip) == (None, "Not yet.")
    assert [type(planned.step) for planned in babs.steps] == [Originate, Expect, Expect]
    assert [type(planned.step) for planned in babs.last_steps] == [Hangup]
    place = babs.steps[1].place
    assert str(place) == "tests/stasis/status/test-config.yaml:15:9"
    assert place.text.startswith("      - expect: {ami: Hangup")
    expect = babs.steps[1].step
    assert isinstance(expect, Expect)
    assert (expect.channel, expect.within, expect.model_extra) == ("call;2", 0.5, {"Cause": "16"})


def test_several_errors_in_several_files_are_told_together(disk: SuiteOnDisk) -> None:
    disk.write("test-config.yaml", "defaults: {step-timeout: 5}\n")
    disk.test("a", "a: [\n")
    disk.test("b", GOOD.replace("originate", "orignate").replace("timeout: 1.5m", "timeout: 90"))
    disk.test("c")
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    assert str(caught.value) == """\
test-config.yaml:1:26: error: 'step-timeout': '5' needs a unit: '5s' is seconds, '5ms' milliseconds
  1 | defaults: {step-timeout: 5}
    |                          ^
tests/a/test-config.yaml:2:1: error: not YAML: did not find expected node content while parsing a flow node
  2 |
    | ^
tests/b/test-config.yaml:12:14: error: 'timeout': '90' needs a unit: '90s' is seconds, '90ms' milliseconds
  12 |     timeout: 90
     |              ^^
tests/b/test-config.yaml:14:9: error: unknown step 'orignate'; did you mean 'originate'?
  14 |       - orignate: {endpoint: 'Local/Babs@${run.id}', as: call}
     |         ^^^^^^^^
4 errors in 3 files; nothing was started"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  summary: Stasis() says in STASISSTATUS how the channel left it.\n", "  sumary: x\n",
         ["2:3: error: unknown key 'sumary' in 'testinfo'; did you mean 'summary'?"]),
        ("  summary: Stasis() says in STASISSTATUS how the channel left it.\n", "  description: x\n",
         ["1:1: error: 'testinfo' needs 'summary'"]),
        ("left it.\n", "left it.\n  skip: why\n",
         ["3:3: error: 'skip' is not for a whole test; give each scenario its own 'skip' with a reason"]),
        ("properties:", "propertys:", ["3:1: error: unknown key 'propertys'; did you mean 'properties'?"]),
        ("scenarios:", "scenario:", ["9:1: error: unknown key 'scenario'; did you mean 'scenarios'?"]),
        ("[ARI, stasis]", "ARI", ["5:9: error: 'tags' must be a list, not 'ARI'"]),
        ("[ARI, stasis]", "[ARI, '']", ["5:15: error: item 2 of 'tags' is empty"]),
        ("{asterisk: res_ari_channels}", "{python: a, app: b}",
         ["4:42: error: item 2 of 'dependencies' must be one key with its value, not 2"]),
        ("{asterisk: res_ari_channels}", "{pyton: a}",
         ["4:42: error: item 2 of 'dependencies' is of an unknown kind; did you mean 'python'?"]),
        ("{asterisk: res_ari_channels}", "{app: sipp}",
         [("4:42: error: item 2 of 'dependencies' is of an unknown kind; a program is 'program' here, one of the "
           "dialplan 'application'")]),
        ("{asterisk: res_ari_channels}", "{asterisk: res_ari.so}",
         [("4:42: error: item 2 of 'dependencies': 'res_ari.so' is no module's name: write such as 'app_queue', "
           "without '.so'")]),
        ("{asterisk: res_ari_channels}", "{ari: bridge}",
         ["4:42: error: item 2 of 'dependencies': 'bridge' is no resource of ARI; did you mean 'bridges'?"]),
        ("  tags:", "  versions: ['>=20.15,<21', '<=22']\n  tags:",
         [("5:29: error: item 2 of 'versions': '<=22' has no bound that Callgate knows; there are '>=', '<', '==' "
           "and '!='")]),
        ("    skip: Not yet.", "    versions: ['>=20.15,<21', '<=22']",
         [("21:31: error: item 2 of 'versions': '<=22' has no bound that Callgate knows; there are '>=', '<', '==' "
           "and '!='")]),
        ("    skip: Not yet.", "    versions: '>=22'", ["21:15: error: 'versions' must be a list, not '>=22'"]),
        ("    skip: Not yet.", "    minversion: 22",
         ["21:5: error: 'minversion' is the Asterisk Testsuite's; 'versions' takes its place"]),
        ("{asterisk: res_ari_channels}", "python",
         ["4:42: error: item 2 of 'dependencies' must be a mapping, not 'python'"]),
        ("  tags:", "  modules: al\n  tags:",
         ["5:12: error: 'modules' must be 'needed' or 'all', not 'al'; did you mean 'all'?"]),
        ("  tags:", "  minversion: 16.0\n  testconditions: []\n  tags:",
         ["5:3: error: 'minversion' is the Asterisk Testsuite's; 'versions' takes its place",
          "6:3: error: 'testconditions' is the Asterisk Testsuite's, and not supported yet"]),
        ("Babs@Acme", "Acme", ["7:14: error: item 1 of 'dialplan': 'Acme' is no exten@context"]),
        ("  Bugs:", "  Babs:", ["19:3: error: key 'Babs' is already on line 10"]),
        ("  Bugs:", "  Bugs[1]:",
         ["19:3: error: 'Bugs[1]' cannot be a scenario's name; use up to 100 letters, digits, '_', '-' and '.'"]),
        ("  Bugs:", "  ast1.2:", ["19:3: error: 'ast1.2' cannot be a scenario's name: it is that of an Asterisk"]),
        ("  Bugs:", "  ..:",
         ["19:3: error: '..' cannot be a scenario's name; use up to 100 letters, digits, '_', '-' and '.'"]),
        ("  Bugs:", "  a/b:",
         ["19:3: error: 'a/b' cannot be a scenario's name; use up to 100 letters, digits, '_', '-' and '.'"]),
        ("1.5m", "0s", ["12:14: error: 'timeout': '0s' is out of bounds: more than 0, and at most 168h"]),
        ("1.5m", "9" * 400 + "s",
         ["12:14: error: 'timeout': '99999999999999999999' is out of bounds: more than 0, and at most 168h"]),
        ("Not yet.", "''", ["21:11: error: 'skip' is empty"]),
        ("Not yet.", "", ["21:5: error: 'skip' has no value; write \"\" for an empty text"]),
        ("[{hangup: []}]", "[]", ["22:12: error: 'steps' is empty"]),
        ("[{hangup: []}]", "{hangup: []}", ["22:5: error: 'steps' must be a list, not a mapping"]),
        ("    steps: [{hangup: []}]\n", "", ["19:3: error: 'Bugs' needs 'steps'"]),
        ("    steps: [{hangup: []}]\n", "    stps: [{hangup: []}]\n",
         ["22:5: error: unknown key 'stps' in 'Bugs'; did you mean 'steps'?"]),
    ],
)
def test_errors_around_the_steps(disk: SuiteOnDisk, old: str, new: str, expected: list[str]) -> None:
    assert GOOD.count(old) == 1
    lines = disk.complaint(GOOD.replace(old, new)).splitlines()
    prefix = "tests/t/test-config.yaml:"
    assert [line.removeprefix(prefix) for line in lines if line.startswith(prefix)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: error: the file is empty"),
        ("testinfo: {summary: S.}\n", "1:1: error: the file needs 'scenarios'"),
        ("testinfo: {summary: S.}\nscenarios: {}\n", "2:1: error: 'scenarios' is empty"),
        ("testinfo: {summary: S.}\nscenarios:\n", "2:1: error: 'scenarios' has no value; write \"\" for an empty text"),
        ("testinfo: {summary: S.}\ntest-modules: {test-object: {}}\n",
         "2:1: error: 'test-modules' is the Asterisk Testsuite's own dialect, and not supported yet"),
        ("- a\n", "1:1: error: the file must be a mapping, not a list"),
        ("a\n", "1:1: error: the file must be a mapping, not 'a'"),
    ],
)
def test_a_file_that_holds_no_test_is_an_error(disk: SuiteOnDisk, text: str, expected: str) -> None:
    told = disk.complaint(text)
    assert told.startswith(f"tests/t/test-config.yaml:{expected}\n")
    assert told.endswith("1 error in 1 file; nothing was started\n")


def test_both_dialects_in_one_file_are_refused(disk: SuiteOnDisk) -> None:
    assert "'test-modules' is the Asterisk Testsuite's" in disk.complaint(GOOD + "test-modules: {a: b}\n")


def test_settings_of_the_suite(disk: SuiteOnDisk) -> None:
    assert load_settings(disk.root).defaults.step_timeout == 5.0
    disk.write("test-config.yaml", """\
builds:
  lab:
    host: pbx.example.org
    ami: {port: 5038, user: callgate, secret-env: LAB_AMI_SECRET}
    ari: {port: 8088, user: callgate, secret-env: LAB_ARI_SECRET}
defaults: {step-timeout: 2s, scenario-timeout: 1m}
""")
    disk.test("t")
    found = disk.load().settings
    assert found == load_settings(disk.root)
    assert found.builds["lab"].host == "pbx.example.org"
    assert (found.defaults.step_timeout, found.defaults.scenario_timeout) == (2.0, 60.0)
    assert (found.defaults.boot_timeout, found.defaults.stop_timeout) == (60.0, 30.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("builds: {lab: {hots: a}}\n", "1:16: error: unknown key 'hots' in 'lab'; did you mean 'host'?"),
        ("builds: {lab: x}\n", "1:15: error: 'lab' must be a mapping, not 'x'"),
        ("builds: [a]\n", "1:9: error: 'builds' must be a mapping, not a list"),
        ("builds: {a b: {host: x}}\n", "1:10: error: 'a b' cannot be a build's name; use letters, digits"),
        ("default: {}\n", "1:1: error: unknown key 'default'; did you mean 'defaults'?"),
        ("scenarios: {}\n", "1:1: error: unknown key 'scenarios'; known: builds, defaults, ami-driver"),
        ("ami-driver: tarpy\n", "1:13: error: 'ami-driver' must be 'builtin' or 'starpy', not 'tarpy'"),
        ("defaults: {stop-timeout: soon}\n", "1:26: error: 'stop-timeout': 'soon' is no duration; write a number"),
    ],
)
def test_errors_in_the_settings(disk: SuiteOnDisk, text: str, expected: str) -> None:
    disk.write("test-config.yaml", text)
    disk.test("t")
    with pytest.raises(InvalidFilesError) as caught:
        disk.load()
    assert f"test-config.yaml:{expected}" in str(caught.value)
    # A selector that names nothing does not hide what is wrong in the file.
    with pytest.raises(InvalidFilesError):
        disk.load("nowhere")
    with pytest.raises(InvalidFilesError):
        load_settings(disk.root)


def _never_a_traceback(data: bytes) -> None:
    document = parse_yaml(data, "t/test-config.yaml")
    test = read_test(document, "t", Path("t"), STEPS)
    errors = document.source.errors
    assert (test is None) == bool(errors)
    if errors:
        str(InvalidFilesError(errors)).encode()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_test_or_errors(data: bytes) -> None:
    _never_a_traceback(data)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), st.sampled_from(
    ["", "a", "${", "}", "{", "[", "]", ": ", "- ", "\n", "\n  ", "&a ", "*a", "''", "call", "run", ";2", "\\", '"'])),
    min_size=1, max_size=3))
@example([(0, 0, "")])
def test_a_real_file_with_wounds_is_a_test_or_errors(wounds: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for at, cut, put in wounds:
        text = text[:at] + put + text[at + cut :]
    _never_a_traceback(text.encode())


_KEYS = st.sampled_from(["testinfo", "summary", "scenarios", "steps", "finally", "properties", "dependencies",
                         "tags", "A", "originate", "hangup", "expect", "mix", "as", "legs", "leg", "either", "codec",
                         "channels", "ami", "'Cause'", "variables", "named", "record", "timeout"])
_NODES = st.recursive(
    st.sampled_from(["x", "''", "true", "2s", "'${x}'", "[]", "{}", "call"]),
    lambda below: st.one_of(
        st.lists(below, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(_KEYS, below, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"),
    ),
    max_leaves=20,
)


@given(_NODES, st.sampled_from(["%s", "testinfo: {summary: S.}\nscenarios: %s",
                                "testinfo: {summary: S.}\nscenarios: {A: %s}",
                                "testinfo: {summary: S.}\nscenarios: {A: {summary: S., steps: [%s]}}",
                                "testinfo: {summary: S.}\nscenarios: {A: {summary: S., steps: [{mix: %s}]}}",
                                "testinfo: {summary: S.}\nscenarios: {A: {summary: S., steps: [{expect: %s}]}}",
                                "testinfo: {summary: S.}\nproperties: %s"]))
def test_any_shape_is_a_test_or_errors(node: str, around: str) -> None:
    _never_a_traceback((around % node).encode())
