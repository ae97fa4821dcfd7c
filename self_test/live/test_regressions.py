"""The gate can fail: dialplans that overwrite STASISSTATUS imitate an Asterisk that sets it wrongly.

Stasis() itself is right in all of them, and the first half of each call runs no dialplan. So it is the second half
that is wrong: after Stasis() has failed in the next priority, after a hangup in Stasis() in the extension `h`, which
runs before the Hangup event goes out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from self_test.live.runner import Command
from self_test.live.suites import Suite

pytestmark = pytest.mark.live

#: Seconds; a step waits for 5, so that whatever is quicker than this has not waited in vain.
AT_ONCE = 2.5

ENTER = "[Acme]\nexten => _B.,1,Stasis(${EXTEN})\n"
WAIT = " same => n,Answer()\n same => n,Wait(60)\n"


def dialplan(after_stasis: str, at_hangup: str) -> str:
    """The test's own dialplan, with one application after a Stasis() that failed and others at the hangup."""
    return f"{ENTER} same => n,{after_stasis}\n{WAIT}exten => h,1,{at_hangup}\n"


@dataclass(frozen=True)
class Regression:
    """A dialplan; and by scenario what the explanation has to name: the value expected, and the one that came."""

    extensions: str
    red: dict[str, tuple[str, str]]


REGRESSIONS = {
    "never set": Regression(
        dialplan("Set(STASISSTATUS=)", "Set(STASISSTATUS=)"),
        {"Babs": ("SUCCESS", "(empty)"), "Bugs": ("FAILED", "(empty)"), "Buster": ("FAILED", "(empty)")}),
    "always SUCCESS": Regression(
        dialplan("Set(STASISSTATUS=SUCCESS)", "Set(STASISSTATUS=SUCCESS)"),
        {"Bugs": ("never VarSet", "SUCCESS"), "Buster": ("never VarSet", "SUCCESS")}),
    "always FAILED": Regression(
        dialplan("Set(STASISSTATUS=FAILED)", "Set(STASISSTATUS=FAILED)"),
        {"Babs": ("never VarSet", "FAILED")}),
    # SWAPPED tells `h` that the value was overwritten already.
    "swapped": Regression(
        dialplan("Set(STASISSTATUS=SUCCESS)\n same => n,Set(SWAPPED=yes)",
                 'GotoIf($["${SWAPPED}"="yes"]?swapped)\n same => n,Set(STASISSTATUS=FAILED)\n'
                 " same => n(swapped),NoOp()"),
        {"Babs": ("never VarSet", "FAILED"), "Bugs": ("never VarSet", "SUCCESS"),
         "Buster": ("never VarSet", "SUCCESS")}),
    # The value is handed to another channel, which tells it when the call itself has long been hung up.
    "set late": Regression(
        dialplan("Set(LATE=${STASISSTATUS})\n same => n,Set(STASISSTATUS=)",
                 'ExecIf($["${LATE}"=""]?Set(LATE=${STASISSTATUS}))\n same => n,Set(STASISSTATUS=)\n'
                 " same => n,Originate(Local/${LATE}@Late/n,app,NoOp,,,,a)")
        + "[Late]\nexten => _[A-Z].,1,Wait(0.2)\n same => n,Set(STASISSTATUS=${EXTEN})\n",
        {"Babs": ("SUCCESS", "(empty)"), "Bugs": ("FAILED", "(empty)"), "Buster": ("FAILED", "(empty)")}),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_the_right_scenarios_go_red_at_once(command: Command, suite: Suite, name: str) -> None:
    regression = REGRESSIONS[name]
    test = suite.add_stasisstatus({"extensions.conf": regression.extensions})
    config = test / "test-config.yaml"
    config.write_text(config.read_text().replace("  dependencies:\n",
                                                 "  dependencies:\n    - asterisk: app_originate\n"))
    result = command.run(root=suite.root)
    expected = {one: "failed" if one in regression.red else "passed" for one in ("Babs", "Bugs", "Buster")}
    assert (result.code, result.outcomes) == (1, expected)
    for scenario, (wanted, came) in regression.red.items():
        verdict = result.verdicts[scenario]
        assert verdict.seconds < AT_ONCE, f"{scenario} waited for a timeout"
        assert verdict.explanation is not None
        assert [text for _, text in verdict.explanation.expected if wanted in text], verdict.explanation
        assert [text for _, text in verdict.explanation.got if came in text], verdict.explanation
        assert verdict.explanation.place.startswith("tests/stasis/stasisstatus/test-config.yaml:")
        assert verdict.explanation.headline in result.out


def test_control(command: Command, suite: Suite) -> None:
    """The same suite with the repository's own dialplan: what the tests above turn red is green."""
    suite.add_stasisstatus()
    result = command.run(root=suite.root)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(("Babs", "Bugs", "Buster"), "passed"))
