"""Many calls at the same time: STASISSTATUS is each one's own.

YAML has no loops, so this is a test in Python: `pytest tests/stasis/many_calls` (docs/how-to.md, "A test in Python").
"""

from __future__ import annotations

from callgate.own import StepContext
from callgate.pytest_plugin.live import LiveAsterisk

CALLS = 50


def test_every_call_has_its_own_status(asterisk: LiveAsterisk) -> None:
    """Every second call is hung up in its application, and the others are in one that was never registered."""
    async def play(context: StepContext) -> None:
        await asterisk.step({"register": "Babs"})
        await asterisk.step({"log": {"allows": "Stasis app 'Bugs' not registered"}})  # an ERROR in 16
        names = [f"call{number}" for number in range(CALLS)]
        for number, name in enumerate(names):
            await asterisk.step({"originate": {
                "endpoint": "Local/1000@Acme", "app": ("Babs", "Bugs")[number % 2], "as": name}})
        for name in names[::2]:
            await context.ari_event("StasisStart", channel=name)
            await asterisk.step({"hangup": name})
        said = [await context.ami_event("Hangup", channel=name) for name in names]
        status = [event.fields["ChanVariable"] for event in said]
        assert status == ["STASISSTATUS=SUCCESS", "STASISSTATUS=FAILED"] * (CALLS // 2)

    asterisk.play(play)
