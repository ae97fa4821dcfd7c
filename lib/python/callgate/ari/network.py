"""How a host is reached, and Twisted's errors on the way there in words for a person."""

from __future__ import annotations

from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.error import ConnectionRefusedError as RefusedError
from twisted.internet.interfaces import IStreamClientEndpoint

#: What Twisted raises when a connection does not come about.
CONNECT_ERRORS = (ConnectError, DNSLookupError)


def endpoint(reactor: Any, host: str, port: int) -> IStreamClientEndpoint:
    """Where to connect to.

    A HostnameEndpoint asks the resolver, in a thread, even for an address; where there is nothing to look up,
    as with every Asterisk that Callgate starts, no thread is.
    """
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port)
    return HostnameEndpoint(reactor, host, port)


def describe_connect(error: Exception) -> str:
    """Why there is no connection."""
    if isinstance(error, RefusedError):
        return "connection refused"
    if isinstance(error, DNSLookupError):
        return f"no such host ({error})"
    return f"cannot connect ({error})"
