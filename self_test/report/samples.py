"""Verdicts of every kind, as a run writes them: what the tests of the reports print."""

from __future__ import annotations

from callgate.report.results import RunEnd, RunHeader, RunResults
from callgate.scenario.verdict import Explanation, Outcome, Verdict

TEST = "tests/stasis/stasisstatus"
FILE = f"{TEST}/test-config.yaml"
RUN_DIRECTORY = ".callgate/runs/20261123-081500-77"

HEADER = RunHeader(callgate="0.1.0", started="2026-11-23T08:15:00+00:00", argv=("runtests.py", "run"),
                   build="debian:sid", version="22.10.1", selected=3)
END = RunEnd(seconds=1.31, asterisk_seconds=1.12, exit=1, counts={"passed": 2, "failed": 1})

BABS = Verdict(id=f"{TEST}::Babs", outcome=Outcome.PASSED, seconds=0.0121, build="debian:sid", version="22.10.1",
               summary="A call hung up by its registered app ends with SUCCESS.")
BUGS = Verdict(id=f"{TEST}::Bugs", outcome=Outcome.PASSED, seconds=0.0092, build="debian:sid", version="22.10.1",
               summary="A call into an app that was never registered\nends with FAILED.\n")
BUSTER = Verdict(
    id=f"{TEST}::Buster", outcome=Outcome.FAILED, seconds=0.0108, build="debian:sid", version="22.10.1",
    summary="Call A is up when the app goes away; call B into the same app ends with FAILED.",
    journal=f"{TEST}/Buster.jsonl", rerun=f"./runtests.py {TEST}::Buster",
    explanation=Explanation(
        headline="Hangup of B came at 11 ms, with another value", place=f"{FILE}:41:11",
        step="expect: {ami: Hangup, channel: B, variables: {STASISSTATUS: FAILED}}", at=0.011,
        expected=(("variables.STASISSTATUS", "FAILED"),), got=(("variables.STASISSTATUS", "SUCCESS"),),
        before=("    9 ms  ami   VarSet  B  Variable STASISSTATUS, Value SUCCESS",
                "   11 ms  ami   Hangup  B  Cause 16, STASISSTATUS=SUCCESS")))

SKIPPED = Verdict(id="tests/ari/move::Move", outcome=Outcome.SKIPPED, seconds=0.0,
                  summary="A moved call is in its new app.",
                  reason="needs module res_ari_applications, not in this build")
CRASHED = Verdict(
    id="tests/ari/move", outcome=Outcome.CRASHED, seconds=0.4, rerun="./runtests.py tests/ari/move",
    summary="Calls move between apps.",
    explanation=Explanation(
        headline="Asterisk died of signal 11 (SIGSEGV)", at=0.382,
        log=("[08:15:01] WARNING[77] res_stasis.c: no such app", "[08:15:01] ERROR[77] astobj2.c: bad magic number"),
        also=("finally, step 1: not played, Asterisk is gone",)))
ENVIRONMENT = Verdict(
    id="tests/ari/move::Back", outcome=Outcome.ENVIRONMENT, seconds=0.02, summary="A call can move back.",
    rerun="./runtests.py tests/ari/move::Back",
    explanation=Explanation(headline="the Hangup of call carries no ChanVariable: manager.conf lacks channelvars",
                            place="tests/ari/move/test-config.yaml:9:11", step="expect:\n  ami: Hangup\n", at=2.0))
INTERRUPTED = Verdict(id="tests/ari/move::Again", outcome=Outcome.INTERRUPTED, seconds=0.3,
                      summary="A call can move twice.")
KNOWN_BUG = Verdict(id="tests/ari/move::Known", outcome=Outcome.EXPECTED_FAILURE, seconds=0.1,
                    summary="A moved call is told of.", reason="ASTERISK-1: a move is told twice",
                    explanation=Explanation(headline="StasisEnd of call came at 4 ms, and must not"))

#: What Asterisk might repeat of what a caller sent: colours, a title, a second line, a reversed text, half a pair.
HOSTILE = "\x1b[2J\x1b]0;owned\x07 line\nbreak\r\x9b31m \u202egnp.exe \udc80 \ufffe"
HOSTILE_VERDICT = Verdict(
    id=f"{TEST}::Hostile", outcome=Outcome.FAILED, seconds=0.01, summary=HOSTILE, journal=HOSTILE, rerun=HOSTILE,
    explanation=Explanation(headline=HOSTILE, place=HOSTILE, step=HOSTILE, expected=((HOSTILE, HOSTILE),),
                            got=((HOSTILE, ""), ("CallerIDName", " edge ")), before=(HOSTILE,), log=(HOSTILE,),
                            also=(HOSTILE,)))

#: Every outcome there is.
MIXED = (BABS, BUGS, BUSTER, SKIPPED, CRASHED, ENVIRONMENT, INTERRUPTED, KNOWN_BUG)
RESULTS = RunResults(HEADER, (BABS, BUGS, BUSTER), END)
