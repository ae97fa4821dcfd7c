from __future__ import annotations

from itertools import pairwise

import pytest

from callgate.asterisk.releases import comparable, parse_range


def test_the_order_of_versions() -> None:
    oldest_first = ["16.28.0", "20.7-cert1-rc1", "certified/20.7-cert1", "certified-20.7-cert4", "20.8.0", "20.8.1",
                    "22.11.0-rc1", "22.11.0-rc2", "22.11.0", "22.11.1", "GIT-22-22.11.0-7-g13ea70d45eM", "23.0.0-pre1",
                    "23.0.0", "GIT-master-13ea70d45e"]
    for one, other in pairwise(oldest_first):
        first, second = comparable(one), comparable(other)
        assert first is not None
        assert second is not None
        assert first < second, f"{one} is not before {other}"


@pytest.mark.parametrize("version", ["", "UNKNOWN__and_probably_unsupported", "22.x", "master"])
def test_what_has_no_place_in_it(version: str) -> None:
    assert comparable(version) is None


@pytest.mark.parametrize(("text", "inside", "outside"), [
    (">=22.4", ["22.4.0", "22.10.1", "23.0.0-rc1", "GIT-22-abc"], ["22.3.9", "22.4.0-rc1", "20.99.0"]),
    (">=20.15,<21", ["20.15.0", "20.15.2", "21.0.0-rc1", "GIT-20-abc"], ["20.14.9", "21.0.0", "GIT-21-abc"]),
    ("<22.11", ["22.10.1", "22.11.0-rc2"], ["22.11.0"]),
    (">=22.11.0-rc2", ["22.11.0-rc2", "22.11.0"], ["22.11.0-rc1"]),
    (">= 22 , != 22.10.1", ["22.10.0", "22.10.2"], ["22.10.1", "20.1.0"]),
    ("==22.10.1", ["22.10.1"], ["22.10.2"]),
    (">=20.7-cert2", ["certified-20.7-cert2", "20.8.0"], ["certified-20.7-cert1", "20.7.0"]),
])
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    held = {version: parse_range(text).holds(found) for version in [*inside, *outside]
            if (found := comparable(version)) is not None}
    assert held == {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}


@pytest.mark.parametrize(("text", "message"), [
    ("", "'' is no range of versions; write such as '>=20.15,<21'"),
    (">=20,", "'>=20,' is no range of versions; write such as '>=20.15,<21'"),
    (">=GIT-22-abc", "'>=GIT-22-abc' is no range of versions; write such as '>=20.15,<21'"),
    (">=22.*", "'>=22.*' is no range of versions; write such as '>=20.15,<21'"),
    ("22.4", "'22.4' has no bound that Callgate knows; there are '>=', '<', '==' and '!='"),
    ("~=22.4", "'~=22.4' has no bound that Callgate knows; there are '>=', '<', '==' and '!='"),
    ("==22.10", ("'==22.10': '==' compares with one version, such as '==22.10.1'; write '>=22.10,<22.11' for all of "
                 "22.10")),
])
def test_what_is_no_range(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_range(text)
    assert str(caught.value) == message
