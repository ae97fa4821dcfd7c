"""An AMI client on Twisted: actions and their answers, lists, login, a polite end."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.interfaces import IReactorTCP, IReactorTime
from twisted.internet.protocol import Factory

from callgate.ami.codec import Banner, Message, action_headers
from callgate.ami.connection import AmiConnection, Lost, Received, Wire
from callgate.ami.driver import AmiObserver, Headers, Response, mask_secrets
from callgate.ami.errors import AmiConnectError, AmiLostError, AmiRefusedError, AmiTimeoutError
from callgate.ami.waiting import Once
from callgate.deadlines import within
from callgate.durations import duration
from callgate.errors import CallgateError

WireFactory = Callable[[Received, Lost], Wire]


@dataclass(slots=True)
class _Pending:
    """An action that waits for its answer, or for the end of the list that the answer began."""

    name: str
    answer: Deferred[Response]
    response: Message | None = None
    events: list[Message] = field(default_factory=list)


class AmiClient:
    """One connection to one Asterisk; an `AmiDriver`.

    Answers are matched by ActionID alone. What has an id that nobody waits for (the answer to an action that
    was given up on, or another client's OriginateResponse, which Asterisk sends to everybody) is shown to the
    observer and has no other effect.
    """

    def __init__(
        self, clock: IReactorTime, observer: AmiObserver, peer: str, wire: WireFactory = AmiConnection
    ) -> None:
        """Make a client that is not connected yet; `peer` is what messages call the other end."""
        self.connection = wire(self._received, self._ended)
        self._clock = clock
        self._observer = observer
        self._peer = peer
        # Some events carry another client's ActionID, so the ids must differ between clients too.
        self._id_prefix = f"callgate-{secrets.token_hex(4)}"
        self._numbers = itertools.count(1)
        self._pending: dict[str, _Pending] = {}
        self._banner: Once[Banner] = Once()
        self._booted: Once[None] = Once()
        self._gone: Once[None] = Once()
        self._cause: BaseException | None = None
        self._closing = False

    @classmethod
    async def connect(
        cls,
        reactor: IReactorTCP,
        host: str,
        port: int,
        observer: AmiObserver,
        *,
        timeout: float,
        wire: WireFactory = AmiConnection,
    ) -> AmiClient:
        """Connect, and wait for Asterisk's banner; `wire` is what reads and writes.

        Raises AmiConnectError when nobody listens or nothing is said in time, and AmiLostError when
        the peer hangs up (Asterisk does when `authlimit` is reached) or is no Asterisk.
        """
        client = cls(IReactorTime(reactor), observer, f"{host}:{port}", wire)
        try:
            await client._open(TCP4ClientEndpoint(reactor, host, port, timeout), timeout)
        except BaseException:
            client._closing = True
            client.connection.abort()
            raise
        return client

    async def _open(self, endpoint: TCP4ClientEndpoint, timeout: float) -> None:
        deadline = self._clock.seconds() + timeout

        def silent() -> AmiConnectError:
            return AmiConnectError(f"AMI at {self._peer} did not answer within {duration(timeout)}")

        factory = Factory.forProtocol(lambda: self.connection)
        factory.noisy = False
        try:
            await within(endpoint.connect(factory), timeout, self._clock, silent)
        except ConnectingCancelledError as error:  # Twisted's own word for it
            raise CancelledError from error
        except (ConnectError, DNSLookupError) as error:
            reason = str(error).rstrip(".")
            raise AmiConnectError(f"no connection to AMI at {self._peer}: {reason}") from error
        await within(self._banner.wait(), deadline - self._clock.seconds(), self._clock, silent)

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, wanted or not."""
        return self._cause is not None

    async def login(self, username: str, secret: str, *, timeout: float) -> None:
        """Log in with the MD5 of Asterisk's challenge and the secret, which itself is not sent.

        See `AmiDriver.login`. After a refusal Asterisk hangs up, so the connection is closed here too.
        """
        deadline = self._clock.seconds() + timeout
        md5 = ("AuthType", "MD5")
        reply = await self.action("Challenge", [md5], timeout=timeout)
        challenge = reply.message.get("Challenge")
        if reply.success and challenge is not None:
            # The protocol knows no other digest (main/manager.c, authenticate()).
            key = hashlib.md5(f"{challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
            headers = [md5, ("Username", username), ("Key", key)]
            reply = await self.action("Login", headers, timeout=deadline - self._clock.seconds())
            if reply.success:
                return
        self._closing = True
        self.connection.finish()
        said = reply.message.get("Message") or "no reason given"
        raise AmiRefusedError(f"AMI at {self._peer} refused the login of '{username}': {said}")

    async def action(self, name: str, headers: Headers = (), *, timeout: float) -> Response:
        """Send an action and wait for its answer; see `AmiDriver.action`."""
        return (await self.at_once([(name, headers)], timeout=timeout))[0]

    async def at_once(self, actions: Iterable[tuple[str, Headers]], *, timeout: float) -> tuple[Response, ...]:
        """Send actions and wait for all answers; see `AmiDriver.at_once`."""
        named = [(name, tuple(headers), f"{self._id_prefix}-{next(self._numbers)}") for name, headers in actions]
        whole = [action_headers(*each) for each in named]
        if self._cause is not None and named:
            raise self._unanswered(named[0][0], self._cause)
        waiting: list[_Pending] = []
        end = self._clock.seconds() + timeout

        def late(pending: _Pending) -> AmiTimeoutError:
            what = "answer" if pending.response is None else "end the list of"
            return AmiTimeoutError(f"AMI at {self._peer} did not {what} '{pending.name}' within {duration(timeout)}")

        try:
            waiting.extend(self._expect(*each) for each in named)
            self.connection.send(*whole)
            return tuple([await within(pending.answer, end - self._clock.seconds(), self._clock, partial(late, pending))
                          for pending in waiting])
        finally:
            for pending in waiting:  # nobody asks for those that come after one that failed
                pending.answer.cancel()
                pending.answer.addErrback(lambda _: None)

    def _expect(self, name: str, headers: Headers, action_id: str) -> _Pending:
        self._observer.ami_action(name, mask_secrets(headers), action_id)
        pending = self._pending[action_id] = _Pending(name, Deferred(lambda _: self._forget(action_id)))
        return pending

    async def command(self, cli: str, *, timeout: float) -> tuple[str, ...]:
        """Run a CLI command; see `AmiDriver.command`."""
        reply = await self.action("Command", [("Command", cli)], timeout=timeout)
        output = reply.message.output
        if not reply.success:
            said = " ".join(" ".join(output).split()) or reply.message.get("Message") or "no reason given"
            raise AmiRefusedError(f"Asterisk at {self._peer} refused the command '{cli}': {said}")
        return output

    async def fully_booted(self, *, timeout: float) -> None:
        """Wait for FullyBooted; see `AmiDriver.fully_booted`."""

        def late() -> AmiTimeoutError:
            return AmiTimeoutError(f"Asterisk at {self._peer} was not fully booted within {duration(timeout)}")

        await within(self._booted.wait(), timeout, self._clock, late)

    async def close(self, *, timeout: float) -> None:
        """Log off and close; see `AmiDriver.close`. Actions that still wait fail with AmiLostError."""
        if self.lost:
            return
        deadline = self._clock.seconds() + timeout
        self._closing = True
        # An Asterisk that is hung or gone cannot be taken leave of, and closing is all that is wanted.
        with contextlib.suppress(AmiTimeoutError, AmiLostError):
            await self.action("Logoff", timeout=timeout)
        self.connection.finish()
        late = AmiTimeoutError(f"AMI at {self._peer} did not close")
        try:
            await within(self._gone.wait(), deadline - self._clock.seconds(), self._clock, lambda: late)
        except AmiTimeoutError:
            self.connection.abort()
            await self._gone.wait()

    def _received(self, item: Banner | Message) -> None:
        if isinstance(item, Banner):
            self._banner.succeed(item)
        elif item.is_response:
            self._observer.ami_response(item)
            self._answered(item)
        else:
            self._observer.ami_event(item)
            if item.event == "FullyBooted":
                self._booted.succeed(None)
            if self._pending:
                self._listed(item)

    def _answered(self, message: Message) -> None:
        action_id = message.action_id or ""
        pending = self._pending.get(action_id)
        if pending is None or pending.response is not None:
            return
        pending.response = message
        begins_list = (message.get("EventList") or "").lower() == "start"
        if not begins_list:
            self._finish(action_id, Response(message))

    def _listed(self, event: Message) -> None:
        """Add an item to its list; the event that has an EventList header of its own ends it."""
        action_id = event.action_id or ""
        pending = self._pending.get(action_id)
        if pending is None or pending.response is None:
            return
        if event.get("EventList") is None:
            pending.events.append(event)
        else:
            self._finish(action_id, Response(pending.response, tuple(pending.events)))

    def _forget(self, action_id: str) -> None:
        self._pending.pop(action_id, None)

    def _finish(self, action_id: str, response: Response) -> None:
        self._pending.pop(action_id).answer.callback(response)

    def _ended(self, cause: BaseException) -> None:
        """Tell everybody who waits that the connection is gone."""
        self._cause = cause
        if self._banner.settled and not self._closing:
            self._observer.ami_lost(str(cause))
        while self._pending:  # whoever is told may give up on others
            each = self._pending.pop(next(iter(self._pending)))
            each.answer.errback(self._unanswered(each.name, cause))
        self._banner.fail(self._explained(cause))
        self._booted.fail(self._explained(cause))
        self._gone.succeed(None)

    def _unanswered(self, name: str, cause: BaseException) -> BaseException:
        return self._explained(cause, f"; '{name}' was not answered")

    def _explained(self, cause: BaseException, consequence: str = "") -> BaseException:
        """One line for the user; a bug of our own is passed on as it is, with its traceback."""
        if not isinstance(cause, CallgateError):
            return cause
        what = "the connection was closed" if self._closing else str(cause)
        error = AmiLostError(f"AMI at {self._peer}: {what}{consequence}")
        error.__cause__ = cause
        return error
