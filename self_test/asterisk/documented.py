"""A tree that looks like an Asterisk with some documentation of its events, and texts that go beyond it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from self_test.asterisk.trees import write

from callgate.asterisk.build import Build

_EVENT = '<managerEvent language="en_US" name="{}"><managerEventInstance><syntax>{}</syntax></managerEventInstance>'
AMI_EVENTS = {
    "Hangup": '<channel_snapshot/><parameter name="Cause"><para>&lt;b&gt;</para></parameter>',
    "VarSet": '<channel_snapshot/><parameter name="Variable"/><parameter name="Value"/>',
    "DialBegin": '<channel_snapshot/><channel_snapshot prefix="Dest"/><parameter name="DialString"/>',
    "DialEnd": '<xi:include xpointer="xpointer(/docs/managerEvent[@name=\'DialBegin\']/managerEventInstance/syntax'
               '/parameter)"/><parameter name="DialStatus"/>',
    "BridgeCreate": "<bridge_snapshot/>",
    "QueueParams": '<parameter name="Max"/><xi:include xpointer="xpointer(/docs/managerEvent[@name=\'VarSet\']'
                   '/managerEventInstance/syntax/parameter[@name=\'Value\'])"/>',
    "Strange": '<xi:include xpointer="xpointer(/docs/somewhere)"/>',
    "Loop": '<parameter name="Own"/><xi:include xpointer="xpointer(/docs/managerEvent[@name=\'Loop\']/x/parameter)"/>',
    "CEL": '<parameter name="TenantID"/>',
    "UserEvent": '<parameter name="UserEvent"/>',
}
MODELS: Mapping[str, Mapping[str, object]] = {
    "Message": {"properties": {"type": {"type": "string"}}, "subTypes": ["MissingParams", "Event"]},
    "MissingParams": {"properties": {"params": {"type": "List[string]"}}},
    "Event": {"properties": {"application": {"type": "string"}, "timestamp": {"type": "Date"}},
              "subTypes": ["StasisStart", "ChannelUserevent", "Dial"]},
    "StasisStart": {"properties": {"args": {"type": "List[string]"}, "channel": {"type": "Channel"}}},
    "ChannelUserevent": {"properties": {"userevent": {"type": "object"}, "legs": {"type": "List[Channel]"}}},
    "Dial": {"properties": {"peer": {"type": "Channel"}}},
}
CHANNEL = {"Channel": {"properties": {"id": {"type": "string"}, "state": {"type": "string"},
                                      "caller": {"type": "CallerID"}, "channelvars": {"type": "object"}}},
           "CallerID": {"properties": {"name": {"type": "string"}, "number": {"type": "string"}}}}
#: What the program has as texts, and what a module has.
PROGRAM = b"\x7fELF\0FullyBooted\0TestEvent\0%sTenantid: %s\r\n\0Dial\0%sWeight: %d\r\n\0"
MODULE = b"\x7fELF\0Event: PeerEntry\r\nDynamic: %s\r\n\0direct_media_method\0"


def core_xml(events: Mapping[str, str]) -> str:
    """A file of documentation with these events; one has a syntax each."""
    listed = "".join(f"{_EVENT.format(name, syntax)}</managerEvent>\n" for name, syntax in events.items())
    return f'<?xml version="1.0"?>\n<!DOCTYPE docs SYSTEM "appdocsxml.dtd">\n<docs xmlns:xi="x">\n{listed}</docs>\n'


def documented(root: Path) -> Build:
    """Make such a tree."""
    data = root / "share"
    write(data / "documentation/core-en_US.xml", core_xml(AMI_EVENTS))
    write(data / "documentation/thirdparty/more-en_US.xml", core_xml({"Third": '<parameter name="Party"/>'}))
    write(data / "rest-api/events.json", json.dumps({"models": MODELS}))
    write(data / "rest-api/channels.json", json.dumps({"models": CHANNEL}))
    write(data / "rest-api/resources.json", json.dumps({"apis": []}))
    for path, content in (("asterisk", PROGRAM), ("modules/chan_iax2.so", MODULE)):
        write(root / path)
        (root / path).write_bytes(content)
    return Build("debian:sid", root, root / "asterisk", (), root / "modules", data, "22.10.1")
