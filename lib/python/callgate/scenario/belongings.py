"""What an Asterisk holds that a scenario could leave behind: after each one it has to be as before.

ARI lists channels, bridges, applications and what they are subscribed to, stored recordings, device states and
mailboxes. Playbacks and recordings that go on it does not list: those that the journal has seen begin are asked for.
AMI says in a fraction of the time whether there is any channel, bridge or application at all: mostly there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from callgate.ami.driver import Headers
from callgate.ari.address import path
from callgate.ari.http import AriClient
from callgate.ari.observer import AriResponse
from callgate.asterisk.subject import Subject
from callgate.scenario.context import Context
from callgate.scenario.deactivation import SUBSCRIPTIONS, remind
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Entry, Source, event_field
from callgate.scenario.steps.asking import insist

_NOTHING: Mapping[str, Iterable[str]] = MappingProxyType({})
#: Seconds after which an Asterisk is asked once more, if nothing has happened by then.
_PAUSE = 0.1
#: Requests, actions and events after which there may be a recording, a device state or a mailbox, by their names.
_TOUCHES = re.compile("record|deviceState|mailbox|MWI", re.IGNORECASE)
_TOUCHING = frozenset({Source.ARI_REQUEST, Source.AMI_ACTION, Source.ARI, Source.STEP})
#: What lists channels, bridges and applications.
_ANYTHING: Sequence[tuple[str, Headers]] = (
    ("CoreShowChannels", ()), ("BridgeList", ()), ("Command", (("Command", "ari show apps"),)))
#: Lines that `ari show apps` begins with (res/ari/cli.c).
_HEAD = 2
#: How an application is subscribed to everything of a kind: `__AST_CHANNEL_ALL_TOPIC` and its like (res/stasis/app.c).
_EVERYTHING = "__AST_"
#: Events that something has begun which ARI knows for as long as it goes on: what it is, its name, its path.
_BEGUN = {"PlaybackStarted": ("playback", "playback.id", ("playbacks",)),
          "RecordingStarted": ("recording", "recording.name", ("recordings", "live"))}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that an Asterisk holds; two of a kind with one name are the same."""

    kind: str
    name: str
    #: What people know it by, if that is not its name.
    label: str = field(default="", compare=False)
    #: Where ARI deletes it; empty where nothing does.
    where: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.label or self.name}"


@dataclass(frozen=True, slots=True)
class _List:
    """A list of ARI's, and how its items are called."""

    kind: str
    where: tuple[str, ...]
    name: str
    label: str

    def things(self, items: Any) -> Iterator[Thing]:
        for item in items:
            name = item[self.name]
            yield Thing(self.kind, name, item.get(self.label) or name, (*self.where, name))


class _Applications(_List):
    """The list of applications, each with what it is subscribed to."""

    def things(self, items: Any) -> Iterator[Thing]:
        for item in items:
            sources = [(kind, source) for key, kind in SUBSCRIPTIONS.items() for source in item.get(key, ())]
            if sources and all(source.startswith(_EVERYTHING) for _, source in sources):
                continue  # before 22.4 Asterisk never forgets one that was subscribed to everything
            app = item[self.name]
            yield Thing(self.kind, app)
            for kind, source in sources:
                yield Thing("subscription", f"{app} {kind} {source}", f"of {app} to {kind} {source}")


_LISTS = (_List("channel", ("channels",), "id", "name"),
          _Applications("application", ("applications",), "name", "name"),
          _List("bridge", ("bridges",), "id", "name"),
          _List("stored recording", ("recordings", "stored"), "name", "name"),
          _List("device state", ("deviceStates",), "name", "name"), _List("mailbox", ("mailboxes",), "name", "name"))


class Belongings:
    """What the Asterisks of a test hold while no scenario plays."""

    def __init__(self) -> None:
        #: The lists that an Asterisk serves: those of modules that it has loaded.
        self._lists: dict[str, tuple[_List, ...]] = {}
        self._held: dict[str, frozenset[Thing]] = {}

    @classmethod
    async def of(cls, asterisks: Mapping[str, Subject], *, timeout: float,
                 configured: Mapping[str, Iterable[str]] = _NOTHING) -> Belongings:
        """Take note of what they hold, each request within `timeout` seconds; of those that are ours alone.

        `configured` has the applications that each of them registers by itself, which may come later. An Asterisk
        elsewhere is left out: others have calls there. Raises CallgateError for one that does not answer.
        """
        found = cls()
        for name, asterisk in asterisks.items():
            if asterisk.has_log:
                answers = await _ask(asterisk.ari, _LISTS, timeout)
                served = {one: answer for one, answer in answers.items() if answer.ok}
                own = {Thing("application", app) for app in configured.get(name, ())}
                found._lists[name], found._held[name] = tuple(served), _things(served) | own
        return found

    async def insist_as_before(self, here: Context) -> None:
        """Wait until one Asterisk holds no more than it did. Raises StepFailedError for what it does not give up.

        That is told once, and taken away as far as ARI can, so that the next scenario need not suffer from it.
        """
        if here.here not in self._held:
            return
        if not _touched(here) and await _is_bare(here) and not await _going_on(here):
            return
        begun, since, reminded = here.reactor.seconds(), here.journal.mark(), False
        last = next(iter(here.journal.since(since - 1)), None)  # what comes after it is our own asking
        while left := [*await self._new(here), *await _going_on(here)]:
            if not reminded and all(thing.kind == "application" for thing in left):
                reminded = True
                await remind(here)
                continue
            if here.reactor.seconds() - begun >= here.step_timeout:
                await self._put_right(here, left)
                raise StepFailedError(f"left behind by the scenario: {', '.join(map(str, left))}", entry=last)
            await here.wait_for(_may_be_an_end, timeout=_PAUSE, since=since)
            since = here.journal.mark()

    async def _new(self, here: Context) -> list[Thing]:
        answers = await _ask(here.asterisk.ari, self._lists[here.here], here.step_timeout)
        return sorted(_things(answers) - self._held[here.here], key=str)

    async def _put_right(self, here: Context, left: Iterable[Thing]) -> None:
        for thing in left:
            if thing.where:
                await here.asterisk.ari.request("DELETE", path(*thing.where), timeout=here.step_timeout)
        self._held[here.here] |= frozenset(await self._new(here))


def _touched(here: Context) -> bool:
    """Whether the scenario may have made something that only ARI lists."""
    return any(entry.source in _TOUCHING and _TOUCHES.search(entry.name) for entry in here.journal.since())


async def _is_bare(here: Context) -> bool:
    """Whether an Asterisk has no channel, no bridge and no application."""
    answers = await here.asterisk.ami.at_once(_ANYTHING, timeout=here.step_timeout)
    return all(answer.success and not answer.events and not answer.message.output[_HEAD:] for answer in answers)


async def _ask(ari: AriClient, lists: Iterable[_List], timeout: float) -> dict[_List, AriResponse]:
    """The answers to all of these requests, one after the other: at the same time, each would need a connection."""
    return {one: await ari.request("GET", path(*one.where), timeout=timeout) for one in lists}


def _things(answers: Mapping[_List, AriResponse]) -> frozenset[Thing]:
    found: set[Thing] = set()
    for one, answer in answers.items():
        found.update(one.things(insist(answer, f"GET {answer.path}").body))
    return frozenset(found)


async def _going_on(here: Context) -> list[Thing]:
    """What the journal has seen begin and Asterisk still knows."""
    found = []
    for thing in dict.fromkeys(thing for entry in here.journal.since() if (thing := _begun(entry)) is not None):
        answer = await here.asterisk.ari.request("GET", path(*thing.where), timeout=here.step_timeout)
        if answer.ok:
            found.append(thing)
    return found


def _begun(entry: Entry) -> Thing | None:
    if entry.source is not Source.ARI or entry.name not in _BEGUN:
        return None
    kind, key, where = _BEGUN[entry.name]
    name = str(event_field(entry, key))
    return Thing(kind, name, where=(*where, name))


def _may_be_an_end(entry: Entry) -> bool:
    return entry.source in (Source.AMI, Source.ARI, Source.LOG)
