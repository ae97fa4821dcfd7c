"""What pyproject.toml says agrees with the tree, so that an installed Callgate has all that a checkout has."""

from __future__ import annotations

import tomllib
from itertools import takewhile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]


def project() -> dict[str, Any]:
    return dict(tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"])


def pinned(file: str) -> list[str]:
    """The first block of a file of requirements: what is imported, without what that needs in turn."""
    lines = [line for line in (REPOSITORY / file).read_text().splitlines() if not line.startswith("#")]
    return list(takewhile(bool, lines))


def test_the_package_asks_for_what_the_checkout_pins() -> None:
    assert [one.replace(">=", "==") for one in project()["dependencies"]] == pinned("requirements.txt")


def test_extras_ask_for_what_the_checkout_pins() -> None:
    extras = [one.replace(">=", "==") for extra in project()["optional-dependencies"].values() for one in extra]
    assert set(extras) <= set(pinned("requirements-dev.txt"))


def test_the_package_holds_python_alone() -> None:
    # Any other file would have to be named as package data, or be missing where Callgate is installed.
    package = REPOSITORY / "lib" / "python" / "callgate"
    others = [path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert others == []
