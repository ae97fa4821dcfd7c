"""What a build's documentation, its program and its modules say of events and fields."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.asterisk.documented import AMI_EVENTS, documented

from callgate.asterisk.amievents import AmiDocumentation
from callgate.asterisk.arievents import AriDocumentation
from callgate.asterisk.build import Build
from callgate.asterisk.knowledge import Knowledge, Unknown
from callgate.asterisk.texts import Texts


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return documented(tmp_path)


@pytest.fixture
def knowledge(build: Build) -> Knowledge:
    return Knowledge(build)


# -- the documentation of AMI

def test_snapshots_and_includes_stand_for_headers(build: Build) -> None:
    ami = AmiDocumentation(build.data_dir)
    assert list(ami.names) == [*AMI_EVENTS, "Third"]
    hangup, dial_end, params = ami.event("Hangup"), ami.event("dialend"), ami.event("QueueParams")
    assert hangup is not None
    assert dial_end is not None
    assert params is not None
    assert (hangup.headers[0], hangup.headers[-2:]) == ("Channel", ["Linkedid", "Cause"])
    assert {"DestUniqueid", "Uniqueid", "DialString", "DialStatus"} <= set(dial_end.headers)
    assert (dial_end.prefixes, dial_end.unclear) == (["Dest"], False)
    assert (params.headers, params.unclear) == (["Max", "Value"], False)


def test_what_is_not_understood_is_unclear(build: Build) -> None:
    ami = AmiDocumentation(build.data_dir)
    for name in ("Strange", "Loop"):
        event = ami.event(name)
        assert event is not None
        assert event.unclear


def test_documentation_that_cannot_be_parsed_is_unclear(build: Build) -> None:
    path = build.data_dir / "documentation/core-en_US.xml"
    path.write_text(path.read_text().replace('<parameter name="Variable"/>', '<parameter name="Variable">'))
    event = AmiDocumentation(build.data_dir).event("VarSet")
    assert event is not None
    assert event.unclear


def test_documentation_that_ends_in_the_middle(build: Build) -> None:
    path = build.data_dir / "documentation/core-en_US.xml"
    path.write_text(path.read_text().partition("</managerEvent>")[0])
    event = AmiDocumentation(build.data_dir).event("Hangup")
    assert event is not None
    assert event.unclear


# -- the documentation of ARI

def test_types_are_those_that_derive_from_event(build: Build) -> None:
    assert list(AriDocumentation(build.data_dir).names) == ["StasisStart", "ChannelUserevent", "Dial"]


@pytest.mark.parametrize(("event", "path", "lacks"), [
    ("StasisStart", "channel.caller.number", None), ("StasisStart", "type", None), ("StasisStart", "timestamp", None),
    ("StasisStart", "args", None), ("StasisStart", "args.[]", None), ("StasisStart", "channel.[]", None),
    ("StasisStart", "args.0", None), ("StasisStart", "args.00", (1, ["0"])), ("StasisStart", "args.0.x", (2, [])),
    ("StasisStart", "args.[].x", (2, [])),
    ("StasisStart", "channel.state.x", (2, [])), ("StasisStart", "channel.caller.nmae", (2, ["name", "number"])),
    ("ChannelUserevent", "userevent.any.thing", None), ("ChannelUserevent", "legs.[].id", None),
    ("ChannelUserevent", "legs.7.id", None), ("ChannelUserevent", "legs.x", (1, ["0"])),
    ("ChannelUserevent", "legs.[].is", (2, ["id", "state", "caller", "channelvars"])),
    ("Dial", "channel.id", (0, ["peer", "application", "timestamp", "type"])),
    ("NoModel", "whatever", None),
])
def test_paths_into_models(build: Build, event: str, path: str, lacks: tuple[int, list[str]] | None) -> None:
    assert AriDocumentation(build.data_dir).lacks(event, path.split(".")) == lacks


@pytest.mark.parametrize("text", ["", "{", "[]", '{"models": []}', '{"models": {"Event": 1, "A": {"properties": 2}}}'])
def test_files_of_models_that_are_none(build: Build, text: str) -> None:
    (build.data_dir / "rest-api/events.json").write_text(text)
    assert list(AriDocumentation(build.data_dir).names) == []


# -- the texts

@pytest.mark.parametrize(("word", "held"), [
    ("TestEvent", True), ("testevent", True), ("PeerEntry", True), ("Tenantid", True), ("DirectMediaMethod", True),
    ("TestEven", False), ("Hangupp", False), ("Event", True), ("", True)])
def test_words_that_end_a_text(build: Build, word: str, held: bool) -> None:
    assert Texts(build).hold(word) is held


def test_nothing_is_known_of_files_that_are_not_there(build: Build) -> None:
    build.program.unlink()
    assert Texts(build).hold("Hangupp")


def test_nothing_is_known_of_a_program_that_only_starts_another(build: Build) -> None:
    build.program.write_text("#!/bin/sh\nexec /opt/asterisk/sbin/asterisk\n")
    assert Texts(build).hold("Hangupp")


# -- what follows from them

@pytest.mark.parametrize("name", ["Hangup", "hangup", "Third", "TestEvent", "PeerEntry"])
def test_events_of_ami_that_may_come(knowledge: Knowledge, name: str) -> None:
    assert knowledge.event_of_ami(name) is None


def test_events_of_ami_that_never_come(knowledge: Knowledge) -> None:
    assert knowledge.event_of_ami("Hangupp") == Unknown("Hangupp", [*AMI_EVENTS, "Third"])
    # There is a text of this name, that of the event of ARI (and of an application).
    assert knowledge.event_of_ami("Dial") == Unknown("Dial", [*AMI_EVENTS, "Third"], elsewhere=True)


@pytest.mark.parametrize(("name", "elsewhere"), [
    ("StasisStart", None), ("TestEvent", None), ("StasisStrat", False), ("stasisStart", False), ("Hangup", True)])
def test_events_of_ari(knowledge: Knowledge, name: str, elsewhere: bool | None) -> None:
    types = ["StasisStart", "ChannelUserevent", "Dial"]
    assert knowledge.event_of_ari(name) == (None if elsewhere is None else Unknown(name, types, elsewhere))


@pytest.mark.parametrize(("event", "header"), [
    ("Hangup", "Cause"), ("Hangup", "cause"), ("Hangup", "Privilege"), ("Hangup", "Tenantid"),
    ("DialBegin", "DestTenantid"), ("DialBegin", "DestChannel"), ("Hangup", "ChanVariable(Local/x@y-1;1)"),
    ("QueueParams", "Weight"), ("QueueParams", "DirectMediaMethod"), ("UserEvent", "Anything"), ("Strange", "Anything"),
    ("TestEvent", "Anything"), ("QueueParams", "Report0SSRC")])
def test_headers_that_may_come(knowledge: Knowledge, event: str, header: str) -> None:
    assert knowledge.header(event, header) is None


@pytest.mark.parametrize(("event", "header"), [
    ("Hangup", "Caus"), ("varset", "Valu"), ("DialBegin", "DestChanel"), ("DialBegin", "DsetChannel"),
    ("QueueParams", "Maxx"),
    # Headers of other events: these ones are known to be documented in full.
    ("Hangup", "Value"), ("BridgeCreate", "Uniqueid")])
def test_headers_that_never_come(knowledge: Knowledge, event: str, header: str) -> None:
    unknown = knowledge.header(event, header)
    assert unknown is not None
    assert unknown.name == header


def test_a_header_of_another_event_where_the_documentation_may_lack_it(build: Build) -> None:
    build.program.write_bytes(build.program.read_bytes() + b"Variable: %s\r\n\0")
    assert Knowledge(build).header("QueueParams", "Variable") is None


def test_fields_of_ari(knowledge: Knowledge) -> None:
    assert knowledge.field("StasisStart", ("channel", "state")) is None
    assert knowledge.field("StasisStart", ("channel", "caller", "nmae")) == Unknown(
        "channel.caller.nmae", ["channel.caller.name", "channel.caller.number"])
    assert knowledge.field("ChannelUserevent", ("legs", "[]", "caller", "x", "y")) == Unknown(
        "legs.caller.x", ["legs.caller.name", "legs.caller.number"])


def test_a_build_that_documents_nothing(build: Build) -> None:
    for path in [*build.data_dir.rglob("*.json"), *build.data_dir.rglob("*.xml")]:
        path.unlink()
    knowledge = Knowledge(build)
    assert (knowledge.of_ami, knowledge.of_ari) == (False, False)
    assert knowledge.event_of_ami("Hangupp") is None
    assert knowledge.event_of_ari("StasisStrat") is None
    assert knowledge.header("Hangup", "Caus") is None
    assert knowledge.field("StasisStart", ("chanel",)) is None
