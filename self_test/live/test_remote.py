"""`--asterisk remote:NAME`: an Asterisk that the test has booted, and that the command only talks to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from self_test.conftest import InReactor, LiveAsterisk, fetched
from self_test.live.runner import REPOSITORY, Command, Result
from self_test.live.suites import STASISSTATUS, Suite

from callgate.asterisk.instance import Instance, Wanted
from callgate.scenario.recorder import Recorder

pytestmark = pytest.mark.live

NAMES = ("Babs", "Bugs", "Buster")
SETTINGS = """\
builds:
  lab:
    host: 127.0.0.1
    ami: {port: %d, user: callgate, secret-env: LAB_AMI_SECRET}
    ari: {port: %d, user: callgate, secret-env: LAB_ARI_SECRET}
defaults: {boot-timeout: 5s}
"""
Boot = Callable[[str], LiveAsterisk]


@pytest.fixture
def boot(in_reactor: InReactor, tmp_path: Path) -> Iterator[Boot]:
    """Boot an Asterisk of some build with the dialplan of the gate's test; it is the lab for this test."""
    from twisted.internet import reactor

    with ExitStack() as stack:
        def start(spec: str) -> LiveAsterisk:
            wanted = Wanted(directory=tmp_path / "lab", overlay=REPOSITORY / STASISSTATUS / "configs" / "ast1",
                            modules=("app_stasis",))
            instance = in_reactor(Instance.boot(reactor, fetched(spec), wanted, Recorder(), timeout=60.0))
            stack.callback(instance.kill)
            stack.callback(lambda: in_reactor(instance.disconnect()))
            return LiveAsterisk(instance)

        yield start


def play(command: Command, suite: Suite, lab: LiveAsterisk, *arguments: str, **secrets: str) -> Result:
    """Run the gate's test on the lab; `secrets` are environment variables in place of the right ones."""
    suite.add_stasisstatus()
    suite.settings(SETTINGS % (lab.ami_port, lab.http_port))
    environment = {"LAB_AMI_SECRET": lab.ami_secret, "LAB_ARI_SECRET": lab.ari_secret, **secrets}
    return command.run(*arguments, root=suite.root, asterisk="remote:lab", environment=environment)


@pytest.mark.parametrize("spec", ["debian:sid", "debian:experimental"])
def test_three_passes(command: Command, suite: Suite, boot: Boot, spec: str) -> None:
    lab = boot(spec)
    result = play(command, suite, lab)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(NAMES, "passed")), result.out
    assert "remote:lab" in result.out
    os.kill(lab.pid, 0)  # it is somebody else's: still there


def test_secrets_are_written_nowhere(command: Command, suite: Suite, boot: Boot) -> None:
    lab = boot("debian:sid")
    result = play(command, suite, lab, "--keep", "-v")
    written = [*result.runs.rglob("*.jsonl")]
    assert len(written) >= 1 + len(NAMES)
    everything = result.out + result.err + "".join(path.read_text() for path in written)
    assert lab.ami_secret not in everything
    assert lab.ari_secret not in everything


def test_without_the_dialplan(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    """It has a context Acme, and none that is called Elsewhere."""
    suite.add("tests/other", (REPOSITORY / STASISSTATUS / "test-config.yaml").read_text()
              .replace("@Acme", "@Elsewhere"))
    result = play(command, suite, live_asterisk, "tests/other")
    assert (result.code, result.outcomes) == (0, dict.fromkeys(NAMES, "skipped"))
    reason = "remote:lab has no Babs@Elsewhere, Bugs@Elsewhere, Buster@Elsewhere in its dialplan"
    assert [verdict.reason for verdict in result.verdicts.values()] == [reason] * 3
    assert result.out.count(reason) == 3
    assert "3 skipped" in result.out


def test_a_test_that_does_not_say_what_it_needs(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    test = suite.add_waiting(configs={"extensions.conf": "[Acme]\n"})
    result = play(command, suite, live_asterisk, test)
    assert (result.code, set(result.outcomes.values())) == (0, {"skipped"})
    assert result.out.count("brings its own configuration (configs/ast1), which remote:lab does not get") == 3


TEMPLATE = """\
testinfo: {summary: Needs to be told a port.}
properties: {dialplan: [1000@Acme]}
scenarios: {A: {summary: Waits., steps: [{register: A}]}}
"""
SERVER = """\
testinfo: {summary: Waits for a WebSocket that Asterisk opens.}
scenarios: {A: {summary: Waits., steps: [{server: calls}, {cli: 'core show file version ${port.calls}'}]}}
"""
DIRECTORY = """\
testinfo: {summary: Needs a directory.}
scenarios: {A: {summary: Asks for it., steps: [{cli: 'core show file version ${ast1.dir}'}]}}
"""


def test_a_template_cannot_be_filled_in(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    suite.add("tests/template", TEMPLATE, {"extensions.conf.in": "[Acme]\n; @{port.sip}\n"})
    result = play(command, suite, live_asterisk, "tests/template")
    assert (result.code, result.outcomes) == (0, {"A": "skipped"})
    assert result.verdicts["A"].reason == (
        "brings a configuration template (configs/ast1), which remote:lab does not get")


def test_nobody_there_knows_a_port_of_ours(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    suite.add("tests/server", SERVER)
    result = play(command, suite, live_asterisk, "tests/server")
    assert (result.code, result.outcomes) == (0, {"A": "skipped"})
    assert result.verdicts["A"].reason == "has ports of this machine (calls), of which remote:lab can't know"


def test_its_directory_is_not_here(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    suite.add("tests/directory", DIRECTORY)
    result = play(command, suite, live_asterisk, "tests/directory")
    assert (result.code, result.outcomes) == (3, {"A": "environment"})
    assert "${ast1.dir} is not known of an Asterisk that runs elsewhere" in result.why("A")


VERSIONS = """\
testinfo: {summary: Some of its scenarios need a newer Asterisk.}
scenarios:
  Newer: {summary: S., versions: ['>=99'], steps: [{register: Newer}]}
  Any: {summary: S., steps: [{register: Any}]}
  This: {summary: S., versions: ['>=22.10'], steps: [{register: This}]}
"""


def test_its_version_is_asked_for(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    suite.add("tests/versions", VERSIONS)
    result = play(command, suite, live_asterisk, "tests/versions")
    assert (result.code, result.outcomes) == (0, {"Newer": "skipped", "Any": "passed", "This": "passed"})
    assert result.verdicts["Newer"].reason == "needs Asterisk >=99, and remote:lab is 22.10.1"


def test_missing_secret(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    result = play(command, suite, live_asterisk, LAB_ARI_SECRET="")
    assert (result.code, result.out) == (3, "")
    assert result.error_line() == "callgate: remote:lab: set $LAB_ARI_SECRET to the secret of its ARI user 'callgate'"
    assert not result.runs.exists()


@pytest.mark.parametrize(("variable", "said"), [
    ("LAB_AMI_SECRET", "refused the login of 'callgate': Authentication failed"),
    ("LAB_ARI_SECRET", "401 Authentication required"),
])
def test_wrong_secret(command: Command, suite: Suite, live_asterisk: LiveAsterisk, variable: str, said: str) -> None:
    result = play(command, suite, live_asterisk, **{variable: "wrong-one"})
    assert (result.code, result.outcomes) == (3, dict.fromkeys(NAMES, "environment"))
    assert all(said in result.why(name) for name in NAMES)
    assert said in result.out
    assert "wrong-one" not in result.out + result.err + (result.directory / "results.jsonl").read_text()


def test_nobody_listens(command: Command, suite: Suite, live_asterisk: LiveAsterisk) -> None:
    """The Asterisk has died, and its ports are still ours: nobody else can have them."""
    os.kill(live_asterisk.pid, signal.SIGKILL)
    result = play(command, suite, live_asterisk)
    assert (result.code, result.outcomes) == (3, dict.fromkeys(NAMES, "environment"))
    door = f"127.0.0.1:{live_asterisk.ami_port}"
    assert f"remote:lab is not to be reached: no connection to AMI at {door}" in result.why("Babs")


def test_too_old_to_tell_when_an_app_is_gone(command: Command, suite: Suite, boot: Boot) -> None:
    """It has no `ari show websocket sessions`, and its log is not here: no judgement, and no false one."""
    result = play(command, suite, boot("debian:bullseye"))
    assert (result.code, result.outcomes) == (3, dict.fromkeys(NAMES, "environment"))
    for name in NAMES:
        assert "this Asterisk cannot tell when an application is inactive: its log is not here" in result.why(name)
