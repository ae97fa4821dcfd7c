"""What can go wrong on AMI, and who is to blame for it.

Two of these are the codec's, as in h11: `LocalProtocolError` is our side's misuse, `RemoteProtocolError` the
peer's. Ours is a UsageError because the only text that reaches an action is what a scenario or an option
holds. The peer's is an AsteriskCrashedError, as is silence or a closed connection: the program under test was
spoken to as its documentation says and stopped answering in kind, so the build is red and no machine is to
blame. An answer that says no (`AmiRefusedError`) is a MachineError: Asterisk works, and the account, the
permission or the command that was counted on is not there.

    UsageError             LocalProtocolError    we were about to send what is no AMI action
    AsteriskCrashedError   RemoteProtocolError   what came is no AMI
                           AmiConnectError       nobody listens there, or no banner came
                           AmiLostError          the connection ended while something was wanted of it
    AsteriskSilentError    AmiTimeoutError       no answer within the deadline
    MachineError           AmiRefusedError       a login or a CLI command was turned down
"""

from __future__ import annotations

from callgate.errors import AsteriskCrashedError, AsteriskSilentError, MachineError, UsageError


class LocalProtocolError(UsageError):
    """An action that cannot be written in AMI, such as one with a line break in a value."""


class RemoteProtocolError(AsteriskCrashedError):
    """The peer sent something that is not AMI, or is larger than anything Asterisk sends."""


class AmiConnectError(AsteriskCrashedError):
    """No AMI connection came about: refused, unreachable, or silent."""


class AmiLostError(AsteriskCrashedError):
    """The connection is gone; raised at once for every action that still waits, and for every later one."""


class AmiTimeoutError(AsteriskSilentError):
    """Asterisk kept the connection open and did not answer in time."""


class AmiRefusedError(MachineError):
    """Asterisk answered with an error what Callgate itself relies on: a login, or a CLI command."""
