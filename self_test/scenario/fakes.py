"""An Asterisk without a process, and scenarios to play on it in a unit test.

A `FakeAsterisk` does the little that every scenario counts on (it remembers channels, hangs them up, deactivates
applications) unless a rule says otherwise. `stand.Stand` brings it together with a clock and a journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from self_test.scenario.fakeserver import RECONNECTING, FakeServer, given_up
from self_test.scenario.fakesocket import FakeSocket
from twisted.internet.task import Clock, deferLater

from callgate.ami.codec import Message, action_headers
from callgate.ami.driver import AmiDriver, Headers, Response
from callgate.ari.attempt import Attempt
from callgate.ari.handshake import Answer as HttpAnswer
from callgate.ari.handshake import Upgrade
from callgate.ari.http import AriClient
from callgate.ari.observer import AriResponse
from callgate.ari.reception import Reception
from callgate.asterisk.log import LogLine
from callgate.errors import AsteriskDiedError
from callgate.scenario.model import Place, PlannedStep, Scenario, Test
from callgate.scenario.recorder import Recorder
from callgate.scenario.steps import STEPS
from callgate.scenario.steps.base import Step

#: The unique id that the engine makes of a channel's name; `.2` at its end is the second half of a Local channel.
_UNIQUE_ID = re.compile(r"callgate-[0-9a-f]+-\w+-\d+-(?P<name>.+?)(?P<half>\.2)?")


# -- a scenario ----------------------------------------------------------------------------------------

def step(keyword: str, fields: Any) -> Step:
    """A step as a file has it: a mapping, or what its shorthand takes."""
    kind = STEPS[keyword]
    return kind.model_validate(fields if isinstance(fields, Mapping) else {kind.shorthand: fields})


def planned(steps: Sequence[Step], first_line: int = 10) -> tuple[PlannedStep, ...]:
    """Steps one a line, from `first_line` on."""
    return tuple(PlannedStep(one, place(first_line + index)) for index, one in enumerate(steps))


def place(line: int) -> Place:
    """A place in the test's file."""
    return Place("tests/t/test-config.yaml", line, 9, "")


def scenario(*steps: Step, last: Sequence[Step] = (), name: str = "S", timeout: float | None = None,
             skip: str | None = None) -> Scenario:
    """A scenario of these steps; those of `finally` stand from line 90 on."""
    return Scenario(id=f"tests/t::{name}", name=name, summary=f"Plays {name}.", steps=planned(steps),
                    last_steps=planned(last, 90), timeout=timeout, skip=skip, place=place(8))


def a_test(*scenarios: Scenario, directory: Path, test_id: str = "tests/t") -> Test:
    """A test of these scenarios."""
    return Test(id=test_id, directory=directory, summary="", description="", tags=(), issues=(), requirements=(),
                modules="needed", dialplan=(), scenarios=scenarios, place=place(1))


# -- Asterisk ------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Request:
    """One ARI request, as the client is asked for it."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    #: The WebSocket that it went over; '' for HTTP.
    over: str = ""


def response(status: int, reason: str = "", body: Any = None, text: str = "") -> AriResponse:
    """An answer of ARI: JSON, or a text that is none."""
    return AriResponse("GET", "/", status, reason, text if body is None else json.dumps(body), body)


class Silence:
    """Stands for an answer that does not come: the client's own deadline ends the wait with `error`."""

    def __init__(self, error: Exception) -> None:
        self.error = error


#: What a rule may answer with; an exception is raised, a function is asked.
Answer = AriResponse | Exception | Silence


class FakeAri:
    """Requests are answered from rules, the latest first; without one, by the little Asterisk behind it."""

    def __init__(self, asterisk: FakeAsterisk) -> None:
        self._asterisk = asterisk
        self._rules: list[tuple[str, str, Callable[[Request], Answer | None]]] = []
        self.requests: list[Request] = []
        self.sockets: list[FakeSocket] = []
        self.servers: list[FakeServer] = []
        #: What was asked for byte for byte, whether it was dropped, and where it was cut; and what is answered.
        self.attempts: list[tuple[bytes | Upgrade, bool, int | None]] = []
        self.attempted: list[HttpAnswer | Exception | None] = [None]
        #: Whether the log says of applications that they are new.
        self.says_new = True
        #: What opening a WebSocket raises, if anything.
        self.refusal: Exception | None = None

    def on(self, method: str, path: str, answer: Answer | Callable[[Request], Answer | None]) -> None:
        """Answer requests whose path matches the regular expression; a function that gives None lets it pass."""
        self._rules.append((method, path, answer if callable(answer) else lambda _: answer))

    def asked(self, method: str) -> list[str]:
        """The paths of the requests with this method."""
        return [one.path for one in self.requests if one.method == method]

    async def request(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None,
                      timeout: float, over: FakeSocket | None = None) -> AriResponse:
        """As `AriClient.request`."""
        origin = over.name if over else ""
        request = Request(method, path, query or {}, body, origin)
        self.requests.append(request)
        recorder, number = self._asterisk.recorder, len(self.requests)
        recorder.ari_request(number, method, path, request.query, body, origin)
        answer = self._answer(request)
        if isinstance(answer, Silence):
            await deferLater(self._asterisk.clock, timeout)
            answer = answer.error
        if isinstance(answer, Exception):
            recorder.ari_response(number, str(answer), origin)
            raise answer
        recorder.ari_response(number, answer, origin)
        return answer

    def _answer(self, request: Request) -> Answer:
        for method, path, rule in reversed(self._rules):
            if method == request.method and re.fullmatch(path, request.path):
                answer = rule(request)
                if answer is not None:
                    return answer
        return self._asterisk.default(request)

    async def attempt(self, request: bytes | Upgrade, *, name: str, timeout: float, drop: bool = False,
                      cut: int | None = None) -> Any:
        """As `AriClient.attempt`: what `attempted` gives, in turn; the last of it stays."""
        self.attempts.append((request, drop, cut))
        answer = self.attempted.pop(0) if len(self.attempted) > 1 else self.attempted[0]
        if isinstance(answer, Exception):
            raise answer
        accepted = answer is not None and answer.status == 101
        asked = request.query["app"] if accepted and isinstance(request, Upgrade) else ""
        apps = [app.strip() for app in str(asked).split(",") if app]
        return Attempt(answer, cast(Any, self._open(name, apps, subscribe_all=False)) if accepted else None)

    async def open_socket(self, apps: Sequence[str], *, name: str, timeout: float,
                          subscribe_all: bool = False) -> FakeSocket:
        """As `AriClient.open_socket`."""
        if self.refusal is not None:
            raise self.refusal
        return self._open(name, apps, subscribe_all=subscribe_all)

    def _open(self, name: str, apps: Sequence[str], *, subscribe_all: bool) -> FakeSocket:
        socket = FakeSocket(self._asterisk, name, tuple(apps), subscribe_all=subscribe_all)
        self.sockets.append(socket)
        for app in apps if self.says_new else ():
            self._asterisk.log("VERBOSE", f"stasis/app.c: Creating Stasis app '{app}'")
        self._asterisk.recorder.ari_socket(name, "opened")
        return socket


    def serve(self, port: int, reception: Reception, *, name: str,
              opened: Callable[[FakeSocket], None]) -> FakeServer:
        """As `AriClient.serve`."""
        server = FakeServer(name, port, reception, partial(self._opened, name, port, opened))
        self.servers.append(server)
        return server

    def _opened(self, name: str, port: int, opened: Callable[[FakeSocket], None], says_so: bool) -> FakeSocket:
        socket = self._open(name, (), subscribe_all=False)
        socket.obituary = (RECONNECTING, given_up(port))
        opened(socket)
        if says_so:
            self._asterisk.log("NOTICE", f"x: Outbound websocket connected to ws://127.0.0.1:{port}/x")
        return socket


def answered(kind: str = "Success", *headers: tuple[str, str], events: Sequence[Message] | None = None) -> Response:
    """The response to an action; with `events`, it announces a list of these."""
    begin = () if events is None else (("EventList", "start"),)
    return Response(Message((("Response", kind), *begin, *headers)), tuple(events or ()))


class FakeAmi:
    """Runs commands of the CLI from a table."""

    def __init__(self, asterisk: FakeAsterisk) -> None:
        self._asterisk = asterisk
        #: Whether setting a global variable is told to everybody.
        self.tells = True
        self.lines: list[tuple[str, ...]] = []
        self.error: Exception | None = None
        self.commands: list[str] = []
        #: Answers to actions, one after the other by the action's name; the last of them stays.
        self.answers: dict[str, list[Response]] = {}
        self.actions: list[tuple[str, Headers]] = []

    def on(self, action: str, *answers: Response) -> None:
        """Answer an action so, one after the other."""
        self.answers[action] = list(answers)

    async def action(self, name: str, headers: Headers = (), *, timeout: float) -> Response:
        """As `AmiDriver.action`: Success, unless a rule says otherwise."""
        action_headers(name, headers, "x-1")  # what cannot be written is refused before it is sent
        self.actions.append((name, tuple(headers)))
        if self.error is not None:
            raise self.error
        if name == "Setvar" and self.tells and name not in self.answers and "Channel" not in dict(headers):
            self._tell(headers)
        answers = self.answers.get(name) or [answered()]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def at_once(self, actions: Iterable[tuple[str, Headers]], *, timeout: float) -> tuple[Response, ...]:
        """As `AmiDriver.at_once`; a command of the CLI as `command`."""
        return tuple([
            await self.action(name, headers, timeout=timeout) if name != "Command" else answered("Success", *(
                ("Output", line) for line in await self.command(dict(headers)["Command"], timeout=timeout)))
            for name, headers in actions])

    async def command(self, cli: str, *, timeout: float) -> tuple[str, ...]:
        """What was put into `lines`, one after the other, then nothing."""
        self.commands.append(cli)
        if self.error is not None:
            raise self.error
        return self.lines.pop(0) if self.lines else ()

    def _tell(self, headers: Headers) -> None:
        """The event of a global variable that was set, and the line of the log."""
        self._asterisk.ami_event("VarSet", *headers)
        given = dict(headers)
        self._asterisk.log("VERBOSE", f"Setting global variable '{given.get('Variable')}' to '{given.get('Value')}'")


class FakeAsterisk:
    """A Subject. Tests make its events with `ami_event`, `ari_event`, `hang_up`, `log`."""

    has_log = True

    def __init__(self, clock: Clock, recorder: Recorder) -> None:
        self.clock = clock
        self.recorder = recorder
        self.fake_ami = FakeAmi(self)
        self.fake_ari = FakeAri(self)
        #: Unique ids of the channels that are up, by the scenario's names.
        self.up: dict[str, str] = {}
        #: Every channel that ever was, likewise.
        self.ids: dict[str, str] = {}
        #: What events of a channel's end say in ChanVariable; empty for no such header.
        self.variables = {"STASISSTATUS": "SUCCESS"}
        #: Whether the halves of a Local channel are hung up together.
        self.together = True
        #: Whether a Ping is answered; what is known of the process; how it died; how often it was pinged.
        self.well = True
        self.condition = ""
        #: The end of its log.
        self.tail: tuple[str, ...] = ()
        self.obituary: AsteriskDiedError | None = None
        self.pings: list[float] = []

    @property
    def ami(self) -> AmiDriver:
        return cast(AmiDriver, self.fake_ami)

    @property
    def ari(self) -> AriClient:
        return cast(AriClient, self.fake_ari)

    async def answers(self, timeout: float) -> bool:
        self.pings.append(timeout)
        return self.well

    def log_tail(self) -> tuple[str, ...]:
        return self.tail

    def state(self) -> str:
        return self.condition

    async def death(self, timeout: float) -> AsteriskDiedError | None:
        return self.obituary

    # -- what it does by itself

    def default(self, request: Request) -> AriResponse:
        """What a well-behaved Asterisk answers to what the steps ask."""
        if request.method == "POST" and request.path in ("/channels", "/channels/create"):
            return self._originate(request)
        if request.method == "POST" and request.path == "/bridges":
            return response(200, "OK", {"id": request.query["bridgeId"], "technology": "simple_bridge"})
        if request.method == "POST" and request.path.startswith("/events/user/"):
            return self._tell(unquote(request.path.removeprefix("/events/user/")), request.query["application"])
        if request.method == "DELETE":
            return self._delete(unquote(request.path.removeprefix("/channels/")))
        return response(200, "OK", {}) if request.method == "GET" else response(204, "No Content")

    def _tell(self, event: str, app: str) -> AriResponse:
        """The user event that an application is sent, over the WebSocket that registered it last."""
        socket = next(one for one in reversed(self.fake_ari.sockets) if app in one.apps)
        if socket.hears:
            self.ari_event("ChannelUserevent", {"eventname": event, "application": app}, socket=socket.name)
        return response(204, "No Content")

    def _originate(self, request: Request) -> AriResponse:
        for key in ("channelId", "otherChannelId"):
            if key in request.query:
                unique_id = request.query[key]
                found = _UNIQUE_ID.fullmatch(unique_id)
                assert found is not None, unique_id
                name = found["name"] + (";2" if key == "otherChannelId" else "")
                self.ids[name] = self.up[name] = unique_id
        return response(200, "OK", {"id": request.query["channelId"], "state": "Down", "name": "Local/x@y-1;1",
                                    "dialplan": {"exten": "x"}})

    def _delete(self, unique_id: str) -> AriResponse:
        name = next((name for name, one in self.up.items() if one == unique_id), None)
        if name is None:
            return response(404, "Not Found", {"message": "Channel not found"})
        self.hang_up(name)
        other = name.removesuffix(";2") if name.endswith(";2") else f"{name};2"
        if self.together and other in self.up:
            self.hang_up(other)
        return response(204, "No Content")

    # -- what tests let happen

    def ami_event(self, event: str, *headers: tuple[str, str], channel: str = "") -> None:
        """An AMI event, of one of the scenario's channels if one is named."""
        of = (("Uniqueid", self.ids[channel]),) if channel else ()
        self.recorder.ami_event(Message((("Event", event), *of, *headers)))

    def ari_event(self, kind: str, fields: Mapping[str, Any] | None = None, *, channel: str = "",
                  socket: str = "a") -> None:
        """An ARI event, likewise."""
        of = {"channel": {"id": self.ids[channel], "state": "Up"}} if channel else {}
        self.recorder.ari_event(socket, {"type": kind, **of, **(fields or {})})

    def hang_up(self, name: str, **variables: str) -> None:
        """The Hangup of a channel; variables say what ChanVariable says."""
        self.up.pop(name, None)
        told = variables or self.variables
        self.ami_event("Hangup", ("Cause", "16"), *(("ChanVariable", f"{key}={value}") for key, value in told.items()),
                       channel=name)

    def log(self, level: str, text: str) -> None:
        """A line of the log."""
        self.recorder.log_line(LogLine(level, text, f"[] {level}[1] x.c: {text}"))

    def socket(self, name: str) -> FakeSocket:
        """The WebSocket that the scenario calls by this name."""
        return next(one for one in self.fake_ari.sockets if one.name == name)
