"""One private Asterisk: how it boots, what it leaves, and that no end of it goes unnoticed."""

from __future__ import annotations

import os
import signal
import stat

import pytest
from self_test.conftest import InReactor, LiveAsterisk

from callgate.errors import AsteriskCrashedError

pytestmark = pytest.mark.live


def test_a_death_after_the_last_verdict_is_found_at_the_stop(live_asterisk: LiveAsterisk,
                                                             in_reactor: InReactor) -> None:
    os.kill(live_asterisk.pid, signal.SIGKILL)
    assert in_reactor(live_asterisk.instance.death(10.0)) is not None
    with pytest.raises(AsteriskCrashedError, match="SIGKILL"):
        in_reactor(live_asterisk.instance.stop(10.0))


def test_its_directories_are_nobody_elses(live_asterisk: LiveAsterisk) -> None:
    top = live_asterisk.instance.layout.directory
    for directory in (top, top / "etc", top / "log", top / "run"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_it_stops_as_asked(live_asterisk: LiveAsterisk, in_reactor: InReactor) -> None:
    in_reactor(live_asterisk.instance.stop(30.0))
    with pytest.raises(ProcessLookupError):
        os.kill(live_asterisk.pid, 0)
