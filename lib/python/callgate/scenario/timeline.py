"""Journal entries as a person reads them: one line each, with the names that the scenario uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from callgate.durations import duration
from callgate.scenario.journal import Entry, Source, channel_id, channel_variables, event_field

#: What tells one event of a name from another, in the order in which it is printed.
_TELLING: Mapping[str, tuple[str, ...]] = {
    # AMI
    "Newstate": ("ChannelStateDesc",),
    "Newexten": ("Application", "AppData"),
    "DialEnd": ("DialStatus",),
    "Hangup": ("Cause", "Cause-txt"),
    "HangupRequest": ("Cause",),
    "SoftHangupRequest": ("Cause",),
    # ARI
    "StasisStart": ("application",),
    "StasisEnd": ("application",),
    "ChannelStateChange": ("channel.state",),
    "ChannelDialplan": ("dialplan_app", "dialplan_app_data"),
    "ChannelHangupRequest": ("cause",),
    "ChannelDestroyed": ("cause", "cause_txt"),
    "Dial": ("dialstatus",),
    "ApplicationReplaced": ("application",),
}
#: Events that set a variable, and their fields for its name and value.
_SETTING: Mapping[str, tuple[str, str]] = {"VarSet": ("Variable", "Value"), "ChannelVarset": ("variable", "value")}
#: Events that say nothing about a call; the second is what builds with TEST_FRAMEWORK send in great numbers.
_NOISE = frozenset({"SuccessfulAuth", "TestEvent", "ChallengeSent", "FullyBooted",
                    "POST /events/user/CallgateFill"})
#: The traceback of a test's own step, of which the explanation has what matters.
BROKEN = "broken"
#: What a test's own step waits for, and what became of it.
WAITS = "waits for"
CAME = "came"
DID_NOT_COME = "did not come"
_REMARKS = frozenset({BROKEN, WAITS, CAME, DID_NOT_COME})
_WITH_VARIABLES = ("Hangup", "ChannelDestroyed")
_WORDS = {Source.AMI_ACTION: "ami >", Source.AMI_RESPONSE: "ami <", Source.ARI_REQUEST: "ari >",
          Source.ARI_RESPONSE: "ari <", Source.ARI_SOCKET: "ari", Source.ARI_FRAME: "ari", Source.AMI_LOST: "ami"}
_LONGEST = 200
#: What str.splitlines() splits at: a variable may hold any of it.
_LINE_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def format_entry(entry: Entry, names: Mapping[str, str]) -> str:
    """One line, with the Asterisk if there are several; `names` has the scenario's name of a channel's unique id."""
    body = _event(entry, names) if entry.source in (Source.AMI, Source.ARI) else _other(entry)
    for unique_id in sorted(names, key=len, reverse=True):  # the id of a first half begins that of its second
        body = body.replace(unique_id, names[unique_id])
    body = _LINE_BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), body)
    asterisk = f"{entry.asterisk}  " if entry.asterisk else ""
    text = f"{duration(entry.at):>8}  {asterisk}{_WORDS.get(entry.source, str(entry.source)):<5} {body}"
    return text if len(text) <= _LONGEST else text[:_LONGEST - 1] + "…"


def tells(entry: Entry) -> bool:
    """Whether an entry helps a person to understand what came after it; Asterisk's log is shown apart."""
    if entry.source is Source.LOG or entry.name in _NOISE or (entry.source is Source.STEP and entry.name in _REMARKS):
        return False
    return not (entry.source is Source.ARI_RESPONSE and entry.name.startswith("2"))


def _event(entry: Entry, names: Mapping[str, str]) -> str:
    unique_id = channel_id(entry)
    channel = names.get(unique_id, unique_id) if unique_id else ""
    return "  ".join(part for part in (entry.name, channel, ", ".join(_fields(entry))) if part)


def _fields(entry: Entry) -> list[str]:
    if entry.name in _SETTING:
        variable, value = (event_field(entry, field) for field in _SETTING[entry.name])
        return [f"{variable}={value}"]
    fields = [f"{name.rpartition('.')[2]} {value}" for name in _TELLING.get(entry.name, ())
              if (value := event_field(entry, name)) not in (None, "", [])]
    if entry.name in _WITH_VARIABLES:
        fields += [f"{name}={value}" for name, value in (channel_variables(entry) or {}).items()]
    return fields


def _other(entry: Entry) -> str:
    data = entry.data
    if entry.source is Source.ARI_REQUEST and isinstance(data, Mapping):
        data = {name: value for name, value in data.items() if name != "number"}
    text = "" if data is None else _flat(data)
    return f"{entry.origin}  {entry.name}  {text}".strip()


def _flat(data: Any) -> str:
    if isinstance(data, Mapping):
        return ", ".join(f"{key} {_flat(value)}" for key, value in data.items() if value not in (None, "", {}, []))
    if isinstance(data, list):
        return ", ".join(" ".join(map(str, item)) if isinstance(item, list | tuple) else _flat(item)
                         for item in data)
    return str(data)
