"""The order of Asterisk's versions, and ranges of them: `>=20.15,<21`.

A candidate comes before its release: 22.11.0-rc2 is before 22.11.0, so `>=22.11` leaves it out and `<22.11` does not.
(PEP 440's own specifiers would let it be in neither, which is why only `packaging`'s order is used here.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import eq, ge, lt, ne
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from packaging.version import Version

#: After every release of a branch: what was built from its git (build_tools/make_version) is newer than those.
_TIP = "999999"
#: `certified-20.7-cert4`, and `certified/18.9-cert1` as older ones say it.
_CERTIFIED = re.compile(r"(?:certified[-/])?(\d+\.\d+)-cert(\d+)(?:-rc(\d+))?")
_FROM_GIT = re.compile(r"GIT-(master|\d+(?:\.\d+)*)-.+")
_NUMBERED = re.compile(r"\d+(?:\.\d+){0,3}(?:-(?:alpha|beta|rc|pre)\d+)?")

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {">=": ge, "<": lt, "==": eq, "!=": ne}
_BOUND = re.compile(r"(>=|<=|==|!=|~=|>|<|=)?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Range:
    """Versions between bounds, all of which must hold."""

    text: str
    bounds: tuple[tuple[str, Version], ...]

    def holds(self, version: Version) -> bool:
        """Whether the version lies in it."""
        return all(_OPERATORS[operator](version, bound) for operator, bound in self.bounds)


@cache
def comparable(version: str) -> Version | None:
    """What stands for a version in comparisons; None for one that has no place in the order (`UNKNOWN__…`).

    `GIT-22-…` is newer than all of 22, `GIT-master-…` than everything; `20.7-cert4` comes after 20.7, before 20.8.
    """
    from packaging.version import Version  # only for tests that ask for a version

    if found := _CERTIFIED.fullmatch(version):
        base, number, candidate = found.groups()
        return Version(f"{base}.post{number}" + (f".dev{candidate}" if candidate else ""))
    if found := _FROM_GIT.fullmatch(version):
        return Version(_TIP if found[1] == "master" else f"{found[1]}.{_TIP}")
    return Version(version) if _NUMBERED.fullmatch(version) else None


@cache
def parse_range(text: str) -> Range:
    """Read a range. Raises ValueError, with a text that begins with the range, for what is none."""
    return Range(text, tuple(_bound(part.strip(), text) for part in text.split(",")))


def _bound(part: str, text: str) -> tuple[str, Version]:
    shown = f"'{text[:60]}'"
    found = _BOUND.fullmatch(part)
    operator, number = (found[1] or "", str(found[2])) if found else ("", part)
    version = comparable(number) if number[:1].isdigit() or "cert" in number else None
    if version is None:
        raise ValueError(f"{shown} is no range of versions; write such as '>=20.15,<21'")
    if operator not in _OPERATORS:
        raise ValueError(f"{shown} has no bound that Callgate knows; there are '>=', '<', '==' and '!='")
    if operator in {"==", "!="} and number.count(".") < 2 and "cert" not in number:
        raise ValueError(f"{shown}: '{operator}' compares with one version, such as '{operator}22.10.1'; "
                         "write '>=22.10,<22.11' for all of 22.10")
    return operator, version
