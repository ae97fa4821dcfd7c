"""`disconnect` by a reset or by reading no more, and `resume`."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import Request, response, step
from self_test.scenario.stand import Stand

from callgate.ari.observer import AriResponse
from callgate.scenario.verdict import Outcome

REGISTER = step("register", {"app": "a", "as": "client"})
STALL = step("disconnect", {"client": "client", "how": "stall"})
WAIT = step("expect", {"ami": "Never"})


def test_an_abort_waits_for_the_deactivation() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, step("disconnect", {"client": "client", "how": "abort"}))
    assert stand.asterisk.socket("client").aborted
    assert playing.result().outcome is Outcome.PASSED


def test_an_abort_that_asterisk_does_not_notice() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, WAIT, last=[step("disconnect", {"client": "client", "how": "abort",
                                                                   "within": "2s"})])
    stand.asterisk.socket("client").deactivates = False
    stand.clock.advance(5)
    stand.clock.advance(2)
    explanation = playing.result().explanation
    assert explanation is not None
    assert "a is still active 2.0 s after its WebSocket was closed" in explanation.also[0]


def test_a_stall_returns_at_once_and_is_cleaned_up_by_a_reset() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, STALL, WAIT)
    socket = stand.asterisk.socket("client")
    assert (socket.reading, socket.is_closed) == (False, False)
    stand.clock.advance(5)
    assert playing.done
    assert socket.aborted


def test_asterisk_may_have_given_up_before_the_clean_up() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, STALL, step("expect", {"ami": "Go"}))
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    stand.asterisk.log("VERBOSE", "stasis/app.c: Destroying Stasis app a")
    stand.asterisk.socket("client").deactivates = False
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_a_client_that_reads_again_has_to_be_there() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, STALL, step("resume", "client"), WAIT)
    assert stand.asterisk.socket("client").reading
    stand.asterisk.socket("client").break_off()
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == \
        "the WebSocket of client ended, which had been stalled: lost: the connection was reset"


def test_a_client_that_reads_again_is_closed_as_any_other() -> None:
    stand = Stand()
    assert stand.play(REGISTER, STALL, step("resume", "client")).result().outcome is Outcome.PASSED
    assert not stand.asterisk.socket("client").aborted


def test_who_was_not_stalled_cannot_resume() -> None:
    assert Stand().play(REGISTER, step("resume", "client")).headline() == "client is not stalled"


def test_an_application_that_was_taken_over_is_not_waited_for() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, step("register", {"app": "a", "as": "second"}), step("expect", {"ami": "Go"}),
                         step("disconnect", "client"))
    stand.asterisk.socket("client").deactivates = False
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_a_stall_takes_no_time() -> None:
    with pytest.raises(ValidationError, match="'within' does not go with 'how: stall'"):
        step("disconnect", {"client": "a", "how": "stall", "within": "1s"})


FILL = step("disconnect", {"client": "client", "how": "stall", "fill": True, "within": "3s"})
EVENT = "/events/user/CallgateFill"


def test_filling_ends_with_the_write_that_fails() -> None:
    stand = Stand()
    sent: list[str] = []

    def take(asked: Request) -> AriResponse:
        sent.append(asked.query["application"])
        if len(sent) == 3:
            stand.asterisk.log("NOTICE", "Problem occurred during websocket write to 127.0.0.1:1, websocket closed")
        return response(204, "No Content")

    stand.asterisk.fake_ari.on("POST", EVENT, take)
    playing = stand.play(REGISTER, FILL, WAIT)
    assert sent == ["a", "a", "a"]
    assert not stand.asterisk.socket("client").reading
    stand.clock.advance(5)
    assert playing.done


@pytest.mark.parametrize(("end", "outcome"), [("127.0.0.1:1", Outcome.PASSED), ("127.0.0.1:2", Outcome.FAILED)])
def test_an_application_that_is_forgotten_and_whose_client_could_not_be_written_to(end: str, outcome: Outcome) -> None:
    """What is logged may come after the answer, and has to be about this client."""
    stand = Stand()
    stand.asterisk.fake_ari.on("POST", EVENT, response(404, "Not Found", {"message": "Application not found"}))
    playing = stand.play(REGISTER, FILL)
    assert not playing.done
    stand.asterisk.log("NOTICE", f"Problem occurred during websocket write to {end}, websocket closed")
    stand.clock.advance(3)
    assert playing.result().outcome is outcome


def test_an_asterisk_whose_writes_do_not_fail() -> None:
    stand = Stand()

    def take(_asked: Request) -> AriResponse:
        stand.clock.advance(1)
        return response(204, "No Content")

    stand.asterisk.fake_ari.on("POST", EVENT, take)
    explanation = stand.play(REGISTER, FILL).result().explanation
    assert explanation is not None
    assert explanation.headline == (
        "Asterisk has written 0.1 MB to client, which reads nothing, and no write has failed after 3 s")


def test_an_asterisk_that_takes_no_events() -> None:
    stand = Stand()
    stand.asterisk.fake_ari.on("POST", EVENT, response(500, "Internal Server Error", {"message": "Error processing"}))
    explanation = stand.play(REGISTER, FILL).result().explanation
    assert explanation is not None
    assert explanation.headline == "Asterisk did not send an event to a: 500 Error processing"


@pytest.mark.parametrize("fields", [{"fill": True}, {"fill": True, "how": "abort"}, {"how": "stall", "within": "1s"}])
def test_what_does_not_go_together(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="how: stall"):
        step("disconnect", {"client": "client", **fields})
