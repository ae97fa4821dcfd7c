"""Which actions and commands only read, so that `check` may repeat them. What is not listed is taken to write."""

from __future__ import annotations

import re

#: AMI actions of Asterisk 16 to 22 that change nothing (ast_manager_register_xml() in main/, res/, apps/, channels/).
#: Getvar is one only for a plain name: a dialplan function may do anything when it is read.
READING_ACTIONS = frozenset({
    "Agents", "BridgeInfo", "BridgeList", "BridgeTechnologyList", "ConfbridgeList", "ConfbridgeListRooms",
    "CoreSettings", "CoreShowChannelMap", "CoreShowChannels", "CoreStatus", "DAHDIShowChannels", "DAHDIShowStatus",
    "DBGet", "DBGetTree", "DeviceStateList", "ExtensionState", "ExtensionStateList", "FAXSession", "FAXSessions",
    "FAXStats", "GetConfig", "GetConfigJSON", "Getvar", "IAXnetstats", "IAXpeerlist", "IAXpeers", "IAXregistry",
    "ListCategories", "ListCommands", "MWIGet", "MailboxCount", "MailboxStatus", "MeetmeList", "MeetmeListRooms",
    "ModuleCheck", "PJSIPShowAors", "PJSIPShowAuths", "PJSIPShowContacts", "PJSIPShowEndpoint",
    "PJSIPShowEndpoints", "PJSIPShowMaintenance", "PJSIPShowRegistrationInboundContactStatuses",
    "PJSIPShowRegistrationsInbound", "PJSIPShowRegistrationsOutbound", "PJSIPShowResourceLists",
    "PJSIPShowSubscriptionsInbound", "PJSIPShowSubscriptionsOutbound", "PRIShowSpans", "ParkedCalls", "Parkinglots",
    "Ping", "PresenceState", "PresenceStateList", "QueueRule", "QueueStatus", "QueueSummary", "SIPpeers",
    "SIPpeerstatus", "SIPshowpeer", "SIPshowregistry", "ShowDialPlan", "Status", "VoicemailBoxSummary",
    "VoicemailUserStatus", "VoicemailUsersList",
})
_READING = frozenset(name.lower() for name in READING_ACTIONS)
#: In nearly all commands that only read, `show` is the second word; these are the others.
SHOW_LATER = ("bridge technology", "dialplan locks", "logger filter", "media cache", "sorcery memory cache",
              "stasis statistics")
_SHOW = re.compile(rf"(?:[a-z0-9_]+|{'|'.join(SHOW_LATER)}) show(?: |$)".replace(" ", r"\s+"))


def is_reading_action(action: str, variable: str = "") -> bool:
    """Whether an AMI action only reads; `variable` is the header of that name, for Getvar."""
    name = action.strip().lower()
    return name in _READING and not (name == "getvar" and "(" in variable)


def is_reading_command(command: str) -> bool:
    """Whether a command of the CLI only shows something."""
    return _SHOW.match(command.strip()) is not None
