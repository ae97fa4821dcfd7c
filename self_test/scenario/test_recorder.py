"""What is seen of an Asterisk, as the journal has it."""

from __future__ import annotations

from callgate.ami.codec import Message
from callgate.ari.observer import AriResponse
from callgate.asterisk.log import LogLine
from callgate.scenario.journal import Journal, Source
from callgate.scenario.recorder import Recorder


def see_everything(recorder: Recorder) -> None:
    recorder.ami_event(Message((("Event", "Hangup"), ("ChanVariable", "A=1"), ("ChanVariable", "B=2"))))
    recorder.ami_action("Login", [("Username", "callgate"), ("Key", "***")], "x-1")
    recorder.ami_response(Message((("Response", "Success"), ("ActionID", "x-1"))))
    recorder.ami_lost("closed by the peer")
    recorder.ari_request(1, "POST", "/channels", {"app": "a"}, {"variables": {}}, "")
    recorder.ari_response(1, AriResponse("POST", "/channels", 200, "OK", "{}", {"id": "u"}), "")
    recorder.ari_request(2, "GET", "/x", {}, None, "client")
    recorder.ari_response(2, "ARI GET /x over client: no response within 5 s", "client")
    recorder.ari_event("client", {"type": "StasisStart", "application": "a"})
    recorder.ari_socket("client", "opened")
    recorder.log_line(LogLine("WARNING", "res_stasis.c: no such app", "raw"))
    recorder.process("started as process 77")


def test_everything_is_recorded_in_its_order_with_repeats_kept() -> None:
    recorder = Recorder()
    journal = recorder.journal = Journal(lambda: 0.0)
    see_everything(recorder)
    assert [(entry.source, entry.name, entry.data, entry.origin) for entry in journal.since()] == [
        (Source.AMI, "Hangup", (("Event", "Hangup"), ("ChanVariable", "A=1"), ("ChanVariable", "B=2")), ""),
        (Source.AMI_ACTION, "Login", (("ActionID", "x-1"), ("Username", "callgate"), ("Key", "***")), ""),
        (Source.AMI_RESPONSE, "Success", (("Response", "Success"), ("ActionID", "x-1")), ""),
        (Source.AMI_LOST, "lost", "closed by the peer", ""),
        (Source.ARI_REQUEST, "POST /channels", {"number": 1, "query": {"app": "a"}, "body": {"variables": {}}}, ""),
        (Source.ARI_RESPONSE, "200 OK", {"number": 1, "body": {"id": "u"}}, ""),
        (Source.ARI_REQUEST, "GET /x", {"number": 2, "query": {}, "body": None}, "client"),
        (Source.ARI_RESPONSE, "failed", {"number": 2, "error": "ARI GET /x over client: no response within 5 s"},
         "client"),
        (Source.ARI, "StasisStart", {"type": "StasisStart", "application": "a"}, "client"),
        (Source.ARI_SOCKET, "opened", None, "client"),
        (Source.LOG, "WARNING", "res_stasis.c: no such app", ""),
        (Source.PROCESS, "started as process 77", None, ""),
    ]


def test_between_scenarios_nothing_is_recorded() -> None:
    recorder = Recorder()
    journal = recorder.journal = Journal(lambda: 0.0)
    recorder.journal = None
    see_everything(recorder)
    assert list(journal.since()) == []


def test_of_the_log_only_what_matters_is_recorded() -> None:
    recorder = Recorder()
    journal = recorder.journal = Journal(lambda: 0.0)
    for level in ("ERROR", "WARNING", "NOTICE", "VERBOSE", ""):
        recorder.log_line(LogLine(level, "something", ""))
    recorder.log_line(LogLine("VERBOSE", "Deactivating Stasis app 'a'", ""))
    assert [(entry.name, entry.data) for entry in journal.since()] == [
        ("ERROR", "something"), ("WARNING", "something"), ("NOTICE", "something"),
        ("VERBOSE", "Deactivating Stasis app 'a'")]
