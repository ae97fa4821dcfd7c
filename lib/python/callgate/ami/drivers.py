"""The AMI drivers by name: `--ami-driver` and `ami-driver:` of the suite choose one."""

from __future__ import annotations

import importlib
import sys
from functools import partial
from typing import Protocol

from twisted.internet.interfaces import IReactorTCP

from callgate.ami.client import AmiClient, WireFactory
from callgate.ami.connection import AmiConnection
from callgate.ami.driver import AmiDriver, AmiObserver, DriverName
from callgate.errors import MachineError

#: Where StarPy comes from: it is on no registry. requirements-starpy.txt has the commit of that tag.
STARPY = "git+https://github.com/asterisk/starpy@1.1.1"


class Connect(Protocol):
    """Makes a connected driver; see `AmiClient.connect`."""

    async def __call__(
        self, reactor: IReactorTCP, host: str, port: int, observer: AmiObserver, *, timeout: float
    ) -> AmiDriver:
        """Connect, and wait for Asterisk's banner."""


def wire_of(name: DriverName) -> WireFactory:
    """What reads and writes for the driver of that name. Raises MachineError where it is not installed."""
    if name == "builtin":
        return AmiConnection
    try:
        module = importlib.import_module("callgate.ami.starpy_connection")
    except ImportError as error:
        raise MachineError(f"the AMI driver 'starpy' needs StarPy: {error}; it is installed with "
                           f"'{sys.executable} -m pip install {STARPY}'") from error
    starpy: WireFactory = module.StarPyConnection
    return starpy


def connector(name: DriverName) -> Connect:
    """What connects with the driver of that name. Raises MachineError where it is not installed."""
    return partial(AmiClient.connect, wire=wire_of(name))
