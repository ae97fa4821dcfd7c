"""Says of each moment in which the runner did nothing what it waited for, by the journal of what was playing.

Pure accounting, without a reactor: `bench.played` hands over each stretch in which the reactor stood in its
poll, with where the journal stood at its beginning and at its end. Within such a stretch nothing of ours happens, so
what was the case at its beginning was so to its end.

A stretch is Asterisk's only if this module can name what Asterisk was being waited for. All else is ours: watches for
a time that a scenario chose, repeats by our own clock, and what nobody can explain. Where several branches wait at the
same time and one of them is a watch of ours, all of it is ours.

What the reactor does between two stretches is ours as well, but for what it does from the last thing that it sent on,
if Asterisk is then waited for: Asterisk has been at it since, and comes no earlier to a runner that takes no time at
all. So ours is what lies between the coming of what was waited for and the sending of what it has led to.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from callgate.scenario.aftermath import VARIABLE as OVER
from callgate.scenario.journal import Entry, Source, headers
from callgate.scenario.settling import VARIABLE as SETTLING
from callgate.scenario.steps import STEPS
from callgate.scenario.timeline import BROKEN, CAME, DID_NOT_COME, WAITS

#: Seconds; a poll that finds something at once takes less. Whatever came then was there before, and waited for us.
AT_HAND = 20e-6
#: How a wait is called, and what it is about: an event, a request, a step.
Name = tuple[str, str]

# -- Asterisk's ------------------------------------------------------------------------------------------
BOOT = "Asterisk boots"
STOP = "Asterisk stops"
ARI_ANSWER = "the answer to an ARI request"
AMI_ANSWER = "the response to an AMI action, or the end of its list"
UPGRADE = "the answer to a WebSocket's upgrade"
EVENT = "an event (expect, expect_all, count)"
LINE = "a line of Asterisk's log (log)"
HANGUP = "the Hangup of a channel (clean-up)"
ORIGINATED = "a channel, or the failure to make one (originate through AMI)"
DEACTIVATED = "the end of a WebSocket, its applications inactive (disconnect, ended, clean-up)"
FORGOTTEN = "an application to be destroyed (disconnect, clean-up)"
FILLED = "a write of Asterisk's to fail (disconnect with fill)"
COMES = "Asterisk to open a WebSocket (server), or to connect (a step of a test's own)"
PONG = "the Pong that answers a Ping (frame)"
SAYS = "what Asterisk says over a connection (a step of a test's own)"
SETTLED = "what was said until now to be heard (the end of a scenario with a never)"
LOGGED = "what was logged until now to be read (the end of a scenario)"
NEWS = "something to happen before a read is repeated (check, what is left behind)"
ASTERISKS = (BOOT, STOP, ARI_ANSWER, AMI_ANSWER, UPGRADE, EVENT, LINE, HANGUP, ORIGINATED, DEACTIVATED, FORGOTTEN,
             FILLED, COMES, PONG, SAYS, SETTLED, LOGGED, NEWS)
# -- ours ------------------------------------------------------------------------------------------------
WATCHING = "a watch for a time of ours (never and count with for)"
REPEATING = "our clock, to repeat a read (check, what is left behind)"
IN_VAIN = "our clock: an application that was not destroyed (disconnect, clean-up)"
PAUSING = "our clock, between the pieces of a frame (frame)"
OWN = "a step of a test's own: what did not come, or nobody but the step knows"
UNEXPLAINED = "idle, and nobody knows why"
OURS = (WATCHING, REPEATING, IN_VAIN, PAUSING, OWN, UNEXPLAINED)

#: Steps that wait for one thing of Asterisk's when no request of theirs is under way.
_STEPS = {"expect": EVENT, "expect_all": EVENT, "count": EVENT, "log": LINE, "register": UPGRADE,
          "originate": ORIGINATED, "server": COMES, "ami": AMI_ANSWER, "disconnect": DEACTIVATED, "ended": DEACTIVATED,
          "upgrade": UPGRADE}
#: What comes by itself, and makes a `check` read again.
_NEWS = frozenset({Source.AMI, Source.ARI, Source.ARI_SOCKET, Source.LOG, Source.PROCESS})
#: What we do.
_DOINGS = frozenset({Source.STEP, Source.ARI_REQUEST, Source.AMI_ACTION})
_CLEAN_UP = "clean up"
#: What is written beside the steps that play.
_REMARKS = frozenset({"passed", "failed", "note", "left behind", BROKEN, WAITS, CAME, DID_NOT_COME})
#: What a test's own step waits for, by the first word of what it is said to be.
_OWN = {"ami": EVENT, "ari": EVENT, "log": LINE, "connection": COMES, "more": SAYS}
#: The lists in which is looked for what a scenario leaves behind.
_LISTS = re.compile(r"GET /(channels|applications|bridges|recordings/stored|deviceStates|mailboxes)$")
_KEYWORD = re.compile(r"\w+")
_APPLICATION = re.compile(r"GET /applications/([^/]+)$")
_DEACTIVATED = re.compile(r"Deactivating Stasis app '(.*)'$")
_CHANNEL = re.compile(r"DELETE /channels/([^/]+)$")
_TIMED = re.compile(r"\bfor: ")
_PIECES = re.compile(r"\bpieces: \d")
_PONG = re.compile(r"\bpong: true\b")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: of the wall clock, and of a processor, which other programs on the machine do not prolong."""

    wall: float = 0.0
    processor: float = 0.0

    @classmethod
    def now(cls) -> Spent:
        """Both clocks of this thread."""
        return cls(time.monotonic(), time.thread_time())

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.processor + other.processor)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.processor - other.processor)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the reactor stood in its poll."""

    seconds: float
    #: What the journal had at its beginning.
    mark: int
    #: What the reactor had to do before it.
    busy: Spent = Spent()
    #: The part of it that came after the last thing sent; None if nothing was.
    since_sent: Spent | None = None


@dataclass(slots=True)
class State:
    """What is under way in a scenario, entry by entry of its journal."""

    #: Requests and actions without an answer, each with what it asks.
    asked: dict[tuple[str, str, str], str] = field(default_factory=dict)
    #: The step of each branch that plays or played last; '' outside of `parallel`.
    steps: dict[str, str] = field(default_factory=dict)
    settling: bool = False
    logging: bool = False
    cleaning: bool = False
    #: Whether it is looked for what is left behind.
    looking: bool = False
    #: The application that was asked for last, and not told to be destroyed since, if nothing was asked after that.
    forgetting: str = ""
    #: What a test's own step waits for.
    awaited: list[str] = field(default_factory=list)
    #: Requests to hang up a channel, by what they are in `asked`.
    deleting: dict[tuple[str, str, str], str] = field(default_factory=dict)
    #: Channels that Asterisk has been hanging up since, and those that are gone.
    hanging: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        if entry.source is Source.STEP:
            self._step(entry)
        elif entry.source is Source.ARI_REQUEST:
            self._request(entry)
        elif entry.source is Source.ARI_RESPONSE:
            self._response(entry)
        elif entry.source is Source.AMI_ACTION:
            self.settling = self.settling or SETTLING in headers(entry, "Variable")
            self.logging = self.logging or OVER in headers(entry, "Variable")
            self.forgetting = "" if _is_doing(entry) else self.forgetting
            self.asked["ami", entry.asterisk, headers(entry, "ActionID")[0]] = entry.name
        elif entry.source is Source.AMI_RESPONSE:
            self.asked.pop(("ami", entry.asterisk, (headers(entry, "ActionID") or [""])[0]), None)
        elif entry.source is Source.AMI and entry.name == "Hangup":
            self.gone.update(headers(entry, "Uniqueid"))
        elif entry.source is Source.AMI and entry.name == "Newchannel":
            self.made.update(headers(entry, "Uniqueid"))
        elif entry.source is Source.LOG and self._is_closing() and (app := _DEACTIVATED.search(str(entry.data))):
            self.forgetting = app[1]
        elif entry.source is Source.LOG and _destroys(entry, self.forgetting):
            self.forgetting = ""

    def _step(self, entry: Entry) -> None:
        if entry.name == WAITS:
            self.awaited.append(entry.data)
        elif entry.name in (CAME, DID_NOT_COME):
            self.awaited.remove(entry.data)
        if entry.name in _REMARKS:
            return
        self.cleaning = entry.name == _CLEAN_UP
        self.settling, self.logging, self.looking, self.forgetting = False, False, False, ""
        if not entry.origin:
            self.steps.clear()
        self.steps[entry.origin] = entry.name

    def _request(self, entry: Entry) -> None:
        key = ("ari", entry.asterisk, str(entry.data["number"]))
        self.asked[key] = _kind_of(entry.name)
        application, channel = _APPLICATION.match(entry.name), _CHANNEL.match(entry.name)
        self.forgetting = application[1] if application and self._is_closing() else ""
        self.looking = self.cleaning and (self.looking or _LISTS.match(entry.name) is not None)
        if channel:
            self.deleting[key] = channel[1]

    def _response(self, entry: Entry) -> None:
        key = ("ari", entry.asterisk, str(entry.data["number"]))
        self.asked.pop(key, None)
        channel = self.deleting.pop(key, "")
        if channel and entry.name.startswith("2"):
            self.hanging |= {channel} | ({f"{channel}.2"} & self.made)  # and the other half of a Local channel

    def _is_closing(self) -> bool:
        return self.cleaning or any(_keyword(step) == "disconnect" for step in self.steps.values())

    def waits(self, coming: Sequence[Entry], end: Iterable[Entry]) -> Name:
        """What is waited for now.

        `coming` are the entries that ended the stretch, and those that came with them; `end` are all to the end.
        """
        if self.settling:
            return SETTLED, "settling"
        if self.logging:
            return LOGGED, _CLEAN_UP
        if any(_keyword(step) == "disconnect" and "fill: true" in step for step in self.steps.values()):
            return FILLED, "disconnect"
        for (through, *_), what in self.asked.items():
            return (ARI_ANSWER if through == "ari" else AMI_ANSWER), what
        if self.forgetting:
            return (FORGOTTEN if _is_destroyed(end, self.forgetting) else IN_VAIN), self.forgetting
        if self.looking:
            return _repeats(coming), _CLEAN_UP
        if self.cleaning and self.awaited:
            return self._own(_CLEAN_UP, end)
        if self.cleaning:
            return (HANGUP if self.hanging - self.gone else DEACTIVATED), _CLEAN_UP
        # Branches wait at the same time. Those that have ended can't be told from those that play: ours comes first.
        names = [_waits(step, coming) for origin, step in self.steps.items() if not self._is_around(origin)]
        names = names or [(UNEXPLAINED, "before all steps")]
        if [name[0] for name in names] == [OWN] and len(self.awaited) == 1:
            return self._own(names[0][1], end)
        return next((name for name in names if name[0] in OURS), names[0])

    def _own(self, keyword: str, end: Iterable[Entry]) -> Name:
        """What a test's own step waits for: Asterisk's, if it came."""
        [what] = self.awaited
        ends = (entry.name for entry in end if entry.source is Source.STEP and entry.data == what)
        kind, _, rest = what.partition(" ")
        if kind not in _OWN or next(ends, DID_NOT_COME) != CAME:
            return OWN, keyword
        return _OWN[kind], f"{keyword} {rest}" if _OWN[kind] == EVENT else keyword

    def _is_around(self, origin: str) -> bool:
        """Whether it is a `parallel` of which branches have begun."""
        return any(other != origin and other.startswith(f"{origin}." if origin else "") for other in self.steps)


@dataclass(frozen=True, slots=True)
class Wait:
    """What was waited for in one stretch."""

    name: Name
    seconds: float
    #: What the reactor had had to do since it sent something last, or waited last, which cost no time.
    hidden: Spent


def account(entries: Sequence[Entry], stretches: Sequence[Stretch]) -> list[Wait]:
    """What was waited for in each stretch of one scenario."""
    state, taken, found, meanwhile = State(), 0, list[Wait](), Spent()
    ends = [*(stretch.mark for stretch in stretches[1:]), len(entries)]
    for stretch, end in zip(stretches, ends, strict=True):
        came = entries[taken:stretch.mark]
        for entry in came:
            state.take(entry)
        taken = stretch.mark
        name = state.waits(entries[taken:end], islice(entries, taken, None))
        meanwhile = meanwhile + stretch.busy if stretch.since_sent is None else stretch.since_sent
        hidden = meanwhile if name[0] in ASTERISKS and stretch.seconds > AT_HAND else Spent()
        if name[0] in OURS or stretch.seconds > AT_HAND:
            meanwhile = Spent()
        found.append(Wait(name, stretch.seconds, hidden))
    return found


def _waits(step: str, coming: Sequence[Entry]) -> Name:
    keyword = _keyword(step)
    if keyword in ("never", "count") and _TIMED.search(step):
        return WATCHING, keyword
    if keyword == "frame" and _PIECES.search(step):
        return PAUSING, keyword
    if keyword == "frame" and _PONG.search(step):
        return PONG, keyword
    if keyword == "check":
        return _repeats(coming), keyword
    if keyword in STEPS and keyword in _STEPS:
        return _STEPS[keyword], _about(keyword, step)
    return (UNEXPLAINED if keyword in STEPS else OWN), keyword


def _repeats(coming: Sequence[Entry]) -> str:
    return NEWS if any(entry.source in _NEWS for entry in coming) else REPEATING


def _about(keyword: str, step: str) -> str:
    found = re.search(r"\b(ami|ari): (\w+)", step) if _STEPS[keyword] == EVENT else None
    return f"{keyword} {found[2]}" if found else keyword


def _keyword(step: str) -> str:
    found = _KEYWORD.match(step)
    return found[0] if found else step


def _kind_of(request: str) -> str:
    """A request without ids: `POST /channels/…/answer`."""
    method, _, path = request.partition(" ")
    parts = path.split("/")
    return f"{method} /" + "/".join(part if number != 2 else "…" for number, part in enumerate(parts) if number)


def _is_destroyed(entries: Iterable[Entry], application: str) -> bool:
    """Whether Asterisk says so before we do anything: then that was what was waited for."""
    return any(_destroys(entry, application) for entry in takewhile(lambda entry: not _is_doing(entry), entries))


def _is_doing(entry: Entry) -> bool:
    """Whether we do something; the Ping that `scenario/stirring.py` sends now and then is nothing."""
    return entry.source in _DOINGS and (entry.source, entry.name) != (Source.AMI_ACTION, "Ping")


def _destroys(entry: Entry, application: str) -> bool:
    return bool(application) and str(entry.data).endswith(f"Destroying Stasis app {application}")
