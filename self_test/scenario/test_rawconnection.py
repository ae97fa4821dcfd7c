"""Connections that a test's own step makes or takes, on 127.0.0.1: what is heard, when, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from self_test.conftest import the_reactor
from twisted.internet.defer import Deferred, gatherResults

from callgate.asterisk.ports import reserve_for_both
from callgate.errors import MachineError
from callgate.scenario.failure import StepFailedError
from callgate.scenario.journal import Journal, Source
from callgate.scenario.rawconnection import Listener
from callgate.scenario.stepcontext import Connection, StepContext

InReactor = Callable[..., Any]


def stage(timeout: float = 5.0) -> tuple[StepContext, Journal]:
    """A step's context, and the journal that it writes."""
    journal = Journal(the_reactor().seconds)
    context: Any = SimpleNamespace(reactor=the_reactor(), journal=journal, step_timeout=timeout)
    return StepContext(context, set()), journal


@pytest.fixture
def port() -> Iterator[int]:
    """One that nobody else uses, and that may be listened on."""
    reserved = reserve_for_both()
    yield reserved.number
    reserved.release()


def both(*coroutines: Coroutine[Any, Any, Any]) -> Deferred[list[Any]]:
    return gatherResults([Deferred.fromCoroutine(one) for one in coroutines], consumeErrors=True)


async def connected(step: StepContext, port: int) -> list[Connection]:
    """Both ends."""
    return await both(step.accept(port), step.connect(str(port)))


def remarks(journal: Journal) -> list[tuple[str, str]]:
    return [(entry.name, entry.data) for entry in journal.since() if entry.source is Source.STEP]


def test_what_is_said_is_heard_and_the_journal_tells_what_was_waited_for(in_reactor: InReactor, port: int) -> None:
    step, journal = stage()

    async def scenario() -> list[bytes]:
        taken, made = await connected(step, port)
        hears = Deferred.fromCoroutine(taken.until(b"\n\n"))
        made.say(b"one\ntwo")
        made.say(b"\n\nthree")
        first = await hears
        rest = await taken.more()
        made.leave()
        return [first, rest, await taken.more()]

    heard = in_reactor(scenario())
    assert b"".join(heard) == b"one\ntwo\n\nthree"
    assert heard[0] == b"one\ntwo\n\n"
    assert heard[-1] == b""
    name = f"connection to port {port}"
    assert remarks(journal)[:4] == [("waits for", name), ("came", name), ("waits for", f"more over {name}"),
                                    ("came", f"more over {name}")]


def test_nobody_comes(in_reactor: InReactor, port: int) -> None:
    step, journal = stage(0.05)

    async def scenario() -> None:
        with pytest.raises(StepFailedError, match=f"no connection to port {port} within 50 ms"):
            await step.accept(port)
        with pytest.raises(StepFailedError, match="connection refused"):
            await step.connect(port)

    in_reactor(scenario())
    assert [name for name, _ in remarks(journal)] == ["waits for", "did not come"]


def test_nothing_comes(in_reactor: InReactor, port: int) -> None:
    step, journal = stage()

    async def scenario() -> None:
        taken, made = await connected(step, port)
        with pytest.raises(StepFailedError, match=f"nothing more came over the connection to port {port} within 20 ms"):
            await taken.more(0.02)
        made.say(b"half")
        made.leave()
        with pytest.raises(StepFailedError, match="was closed before b'whole' came"):
            await taken.until(b"whole")

    in_reactor(scenario())
    assert "did not come" in [name for name, _ in remarks(journal)]


def test_it_takes_one_connection_and_listens_no_more(in_reactor: InReactor, port: int) -> None:
    step, _ = stage()

    async def scenario() -> None:
        await connected(step, port)
        with pytest.raises(StepFailedError, match="connection refused"):
            await step.connect(port)

    in_reactor(scenario())


def test_a_port_that_is_taken_is_the_machines_fault(in_reactor: InReactor, port: int) -> None:
    async def scenario() -> None:
        first = Listener(the_reactor(), port)
        try:
            with pytest.raises(MachineError, match=f"cannot listen on port {port}"):
                Listener(the_reactor(), port)
        finally:
            await first.stop()

    in_reactor(scenario())


def test_the_end_of_the_step_ends_its_connections(in_reactor: InReactor, port: int) -> None:
    step, _ = stage()

    async def scenario() -> bytes:
        taken, _made = await connected(step, port)
        step.leave_all()
        return await taken.more()

    assert in_reactor(scenario()) == b""
