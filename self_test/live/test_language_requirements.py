"""What a test needs, on real builds: met, or skipped for a reason that says what is needed and what is there."""

from __future__ import annotations

import pytest
from self_test.live.played import LANGUAGE
from self_test.live.runner import Command, Result

from callgate.report.explain import headline
from callgate.report.results import RunResults

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "requirements"
#: What a scenario of another version is told.
NEWER = "needs Asterisk >=99, and SPEC is VERSION"
#: Verdict and reason by test, and by scenario where these differ; THERE is the build with its version.
EXPECTED = {
    "met": ("passed", ""),
    "application": ("skipped", "needs application MeetMe, whose module app_meetme THERE does not have"),
    "declined": ("environment", "module app_queue does not run on SPEC: "),
    "machine": ("skipped", ("needs program callgate-no-such-program, which is not on PATH; "
                            "needs Python module callgate_no_such.module, which this Python does not have")),
    "module": ("skipped", "needs module app_stasiss, which THERE does not have (it has app_stasis)"),
    "newer": ("skipped", "needs Asterisk >=20.15,<21 or >=99, and SPEC is VERSION"),
    "option": ("skipped", "needs build option MALLOC_DEBUG, and THERE was built with OPTIONAL_API, TEST_FRAMEWORK"),
    "some::Any": ("passed", ""),
    "some::Newer": ("skipped", "needs Asterisk >=20.15,<21 or >=99, and SPEC is VERSION"),
    "some::Table[a]": ("skipped", NEWER),
    "some::Table[b]": ("skipped", NEWER),
    "some::This": ("passed", ""),
    "resource": ("skipped", "needs module res_ari_mailboxes, which THERE does not have"),
    "unknown": ("skipped", "needs application CallgateNoSuchApplication, which THERE does not have loaded"),
}
#: What 16 can't tell.
EXPECTED_16 = {
    **EXPECTED,
    "application": ("skipped", "needs application MeetMe, which THERE does not have loaded"),
    "option": ("skipped", "needs build option MALLOC_DEBUG, and THERE does not tell whether it has it"),
}


def told(result: Result) -> dict[str, tuple[str, str]]:
    """Verdict and reason of each, with the build's name and version replaced; of what Asterisk logs, nothing."""
    results = RunResults.read(result.directory)
    spec, version = results.header.build, results.header.version
    found = {}
    for verdict in results.verdicts:
        reason = headline(verdict) if verdict.outcome != "passed" else ""
        for text, word in ((f"{spec} (Asterisk {version})", "THERE"), (spec, "SPEC"), (version, "VERSION")):
            reason = reason.replace(text, word)
        reason = reason[:reason.find("[")] if "[" in reason else reason
        found[verdict.id.removeprefix("tests/").removesuffix("::Register")] = (str(verdict.outcome), reason)
    return found


@pytest.mark.parametrize(("build", "expected"), [("debian:sid", EXPECTED), ("debian:bullseye", EXPECTED_16)])
def test_what_is_not_there_is_a_skip_with_its_reason(command: Command, build: str,
                                                     expected: dict[str, tuple[str, str]]) -> None:
    result = command.run(root=ROOT, asterisk=build)
    assert told(result) == expected
    assert result.code == 3, "the module that has declined"
    assert "3 passed, 10 skipped, 1 environment error" in result.out


def test_nothing_is_booted_for_what_the_build_alone_shows_missing(command: Command) -> None:
    result = command.run("tests/machine", "tests/module", "tests/newer", "tests/some::Newer", "tests/some::Table",
                         "--keep", root=ROOT)
    assert result.code == 0
    assert not list(result.directory.rglob("asterisk.conf"))


def test_without_skips_they_have_failed_for_the_same_reason(command: Command) -> None:
    result = command.run("--no-skips", root=ROOT)
    outcomes = {name: ("failed" if outcome == "skipped" else outcome, why) for name, (outcome, why) in EXPECTED.items()}
    assert told(result) == outcomes
    assert result.code == 1
