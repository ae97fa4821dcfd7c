"""What every test of the client may use: each driver in turn."""

from __future__ import annotations

from typing import get_args

import pytest
from self_test.ami.peer import wire_or_skip

from callgate.ami.driver import DriverName


@pytest.fixture(params=get_args(DriverName))
def driver(request: pytest.FixtureRequest) -> DriverName:
    """The name of a driver."""
    name: DriverName = request.param
    wire_or_skip(name)  # skips what asks for one that is not installed
    return name
