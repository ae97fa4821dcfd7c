"""Seconds as a person says them."""

from __future__ import annotations

import pytest

from callgate.durations import duration


@pytest.mark.parametrize(("seconds", "said"), [
    (-0.1, "0 ms"), (0, "0 ms"), (0.0001, "<1 ms"), (0.0121, "12 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"),
    (1.31, "1.3 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (125, "2 min 05 s"), (3599.6, "1 h 00 min"),
    (3720, "1 h 02 min"), (7199, "2 h 00 min")])
def test_durations_as_a_person_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
