"""Mistakes in files and options: a clear line with the place, the right exit code, and nothing is started."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from self_test.live.runner import Command, Result
from self_test.live.suites import Suite

pytestmark = pytest.mark.live

GOOD = """\
testinfo:
  summary: A test with nothing wrong.
scenarios:
  One:
    summary: Something happens.
    steps:
      - originate: {endpoint: Local/x@y, app: One, as: call}
      - expect: {ami: Hangup, channel: call, within: 2s}
"""
CONFIG = "tests/bad/test-config.yaml"
#: Each line stands for ten of the one before.
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True))

#: What a user gets wrong, by name: the text of the file, the place of the error, and what has to be said of it.
FILES: dict[str, tuple[str | bytes, str, str]] = {
    "unknown step": (GOOD.replace("- expect", "- expct"), ":8:9", r"unknown step 'expct'; did you mean 'expect'\?"),
    "unknown key": (GOOD.replace("within", "witin"), ":8:46", r"'witin'.*did you mean 'within'\?"),
    "unknown section": (GOOD + "scenarois: {}\n", ":9:1", r"'scenarois'.*did you mean 'scenarios'\?"),
    "duplicate key": (GOOD.replace("within: 2s", "ami: Newchannel"), ":8:46", "key 'ami' is already on line 8"),
    "duplicate scenario": (GOOD + "  One:\n    summary: Again.\n    steps: [{register: x}]\n", ":9:3", "'One'"),
    "wrong type": (GOOD.replace("{ami: Hangup", "{ami: [Hangup]"), ":8:23", "ami"),
    "bad duration": (GOOD.replace("2s", "2"), ":8:54", "needs a unit: '2s' is seconds"),
    "no duration": (GOOD.replace("2s", "soon"), ":8:54", "'soon' is no duration"),
    "undefined name": (GOOD.replace("channel: call,", "where: {Channel: '${cal.name}'},"), ":8:", "'?cal'?"),
    "undefined channel": (GOOD.replace("channel: call,", "channel: cal,"), ":8:40", "'cal'.*did you mean 'call'"),
    "no YAML": (GOOD.replace("  One:", "  One: ["), ":6:10", "not YAML: did not find expected ',' or '\\]'"),
    "a tab": (GOOD.replace("    steps:", "\tsteps:"), ":6:1", "tab"),
    "alias bomb": (BOMB, ":5:", "its aliases"),
    "not UTF-8": (GOOD.encode().replace(b"nothing", b"n\xfcthing"), ":2:25", "byte 0xfc is not UTF-8"),
    "empty file": ("", "", ""),
    "no steps": (GOOD[:GOOD.index("    steps:")] + "    steps: []\n", ":6:", "steps"),
}


def refused(result: Result, code: int) -> str:
    """See that nothing was started; gives what was said."""
    assert (result.code, result.out) == (code, ""), result.err
    assert not result.runs.exists()
    assert "Traceback" not in result.err
    return result.err


@pytest.mark.parametrize("name", FILES)
def test_mistake_in_a_file(command: Command, suite: Suite, name: str) -> None:
    text, place, message = FILES[name]
    suite.add("tests/bad", text)
    said = refused(command.run(root=suite.root), 4)
    first = said.splitlines()[0]
    assert re.match(rf"{re.escape(CONFIG)}{place}\S*: error: .*{message}", first), said


def test_the_place_is_shown(command: Command, suite: Suite) -> None:
    suite.add("tests/bad", FILES["unknown step"][0])
    said = refused(command.run(root=suite.root), 4).splitlines()
    assert said[1].endswith("- expct: {ami: Hangup, channel: call, within: 2s}")
    assert said[2].index("^^^^^") == said[1].index("expct")


def test_all_mistakes_of_all_files_at_once(command: Command, suite: Suite) -> None:
    suite.add("tests/bad", GOOD.replace("- expect", "- expct").replace("summary: S", "sumary: S"))
    suite.add("tests/worse", GOOD.replace("2s", "2"))
    suite.settings("defaults: {step-timeout: 5}\n")
    said = refused(command.run(root=suite.root), 4)
    places = re.findall(r"^(\S+?:\d+:\d+): error: ", said, re.MULTILINE)
    assert {place.rpartition(":")[0] for place in places} >= {
        f"{CONFIG}:5", f"{CONFIG}:8", "tests/worse/test-config.yaml:8", "test-config.yaml:1"}


@pytest.mark.parametrize(("selector", "code", "message"), [
    ("tests/god", 4, "'tests/god' does not exist; did you mean 'tests/good'?"),
    ("tests/good::Oen", 4, "has no scenario 'Oen'; did you mean 'One'?"),
    ("tests/good::", 4, "a scenario's name is missing"),
    ("tests/empty", 5, "'tests/empty' holds no test"),
])
def test_selector_that_names_nothing(command: Command, suite: Suite, selector: str, code: int, message: str) -> None:
    suite.add("tests/good", GOOD)
    (suite.root / "tests" / "empty").mkdir()
    result = command.run(selector, root=suite.root)
    assert message in refused(result, code)
    assert result.error_line().startswith("callgate: ")


def test_keyword_that_matches_nothing(command: Command, suite: Suite) -> None:
    suite.add("tests/good", GOOD)
    assert "nosuchword" in refused(command.run("-k", "nosuchword", root=suite.root), 5)


def test_keyword_that_is_no_expression(command: Command, suite: Suite) -> None:
    suite.add("tests/good", GOOD)
    assert "one and" in refused(command.run("-k", "one and", root=suite.root), 4)


def test_unknown_option(command: Command, suite: Suite) -> None:
    suite.add("tests/good", GOOD)
    assert "--keeep" in refused(command.run("--keeep", root=suite.root), 4)


@pytest.mark.parametrize(("build", "message"), [
    ("debian:sdi", "unknown build 'debian:sdi'.*did you mean 'debian:sid'"),
    ("remote:lba", "unknown build 'remote:lba'.*did you mean 'remote:lab'"),
    ("/nowhere/at/all", "no Asterisk in /nowhere/at/all: no such file or directory"),
    (".", "no Asterisk in"),
])
def test_unknown_build(command: Command, suite: Suite, build: str, message: str) -> None:
    suite.add("tests/good", GOOD)
    suite.settings("builds:\n  lab:\n    host: 127.0.0.1\n    ami: {user: u, secret-env: LAB}\n"
                   "    ari: {user: u, secret-env: LAB}\n")
    result = command.run(root=suite.root, asterisk=build)
    refused(result, 4)
    assert re.search(message, result.error_line())


def test_misspelt_build_of_the_suite(command: Command, suite: Suite) -> None:
    suite.add("tests/good", GOOD)
    suite.settings("builds:\n  lab:\n    hots: 127.0.0.1\n    ami: {user: u, secret-env: LAB}\n"
                   "    ari: {user: u, secret-env: LAB}\n")
    said = refused(command.run(root=suite.root), 4)
    assert re.match(r"test-config.yaml:3:5: error: .*'hots'.*did you mean 'host'\?", said), said


@pytest.fixture
def unreadable(suite: Suite) -> Iterator[Path]:
    """A directory without any permission, and not where the others are."""
    suite.add("tests/good", GOOD)
    directory = suite.root / "tests" / "secret"
    directory.mkdir(mode=0)
    yield directory
    directory.chmod(0o700)  # so that pytest can remove it


def test_directory_without_read_permission(command: Command, suite: Suite, unreadable: Path) -> None:
    """What cannot be read may be a test: it must not be left out in silence."""
    # Root reads everything, unless it gives that capability up.
    prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    said = refused(command.run(root=suite.root, prefix=prefix), 4)
    assert re.match(r"tests/secret\S*: error: .*[Pp]ermission", said), said
