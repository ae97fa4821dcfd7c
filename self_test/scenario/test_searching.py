"""A search for a regular expression ends, whatever it is."""

from __future__ import annotations

import re
import signal

import pytest

from callgate.scenario.failure import MistakenStepError
from callgate.scenario.searching import search


def test_what_is_found_and_what_is_not() -> None:
    found = search(re.compile("b+"), "abbc")
    assert found is not None
    assert found[0] == "bb"
    assert search(re.compile("^b"), "abbc") is None


@pytest.mark.parametrize("expression", ["(a+)+$", "(?:a|a)*$", "(a*)*b"])
def test_one_that_would_take_for_ever_is_ended(expression: str) -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(MistakenStepError) as raised:
        search(re.compile(expression), "a" * 100 + "c")
    assert str(raised.value) == (f"the regular expression /{expression}/ takes too long: more than 0.5 s for a text of "
                                 "101 characters")
    assert raised.value.hint
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
