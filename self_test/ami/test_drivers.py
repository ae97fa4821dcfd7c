"""The drivers by name, and what is said of one that is not there."""

from __future__ import annotations

import sys

import pytest

from callgate.ami.connection import AmiConnection
from callgate.ami.drivers import connector, wire_of
from callgate.errors import MachineError


def test_the_built_in_one_is_always_there() -> None:
    assert wire_of("builtin") is AmiConnection


def test_starpy_that_is_not_installed_is_a_matter_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "callgate.ami.starpy_connection", raising=False)
    monkeypatch.setitem(sys.modules, "starpy", None)
    monkeypatch.setitem(sys.modules, "starpy.manager", None)
    with pytest.raises(MachineError) as caught:
        connector("starpy")
    assert str(caught.value) == (
        "the AMI driver 'starpy' needs StarPy: import of starpy.manager halted; None in sys.modules; "
        f"it is installed with '{sys.executable} -m pip install git+https://github.com/asterisk/starpy@1.1.1'")
