"""Puts everything that is seen of an Asterisk into the journal of the scenario that is playing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callgate.ami.codec import Message
from callgate.ari.observer import AriResponse
from callgate.asterisk.log import LogLine
from callgate.scenario.journal import Journal, Source
from callgate.scenario.loglines import LoggedLine

#: Bytes of a frame that are kept: all of a control frame, which has 125 at most.
_FRAME = 128


class Recorder:
    """The observer of one Asterisk. Between scenarios, while `journal` is None, nothing is recorded."""

    def __init__(self) -> None:
        self.journal: Journal | None = None
        #: The level of the message whose lines are coming: only its first line names it.
        self._level = ""

    def _append(self, source: Source, name: str, data: Any, origin: str = "") -> None:
        if self.journal is not None:
            self.journal.append(source, name, data, origin=origin)

    def ami_event(self, message: Message) -> None:
        """An event, with its headers in order and repeats kept."""
        self._append(Source.AMI, message.event or "", message.headers)

    def ami_action(self, action: str, headers: Sequence[tuple[str, str]], action_id: str) -> None:
        """An action of ours; secrets are masked already."""
        self._append(Source.AMI_ACTION, action, (("ActionID", action_id), *headers))

    def ami_response(self, message: Message) -> None:
        """The response to an action."""
        self._append(Source.AMI_RESPONSE, message.response or "", message.headers)

    def ami_lost(self, reason: str) -> None:
        """The connection is gone."""
        self._append(Source.AMI_LOST, "lost", reason)

    def ari_request(self, number: int, method: str, path: str, query: Mapping[str, Any], body: Any, over: str) -> None:
        """A request of ours."""
        data = {"number": number, "query": dict(query), "body": body}
        self._append(Source.ARI_REQUEST, f"{method} {path}", data, over)

    def ari_response(self, number: int, response: AriResponse | str, over: str) -> None:
        """Its response, or why there is none."""
        if isinstance(response, str):
            self._append(Source.ARI_RESPONSE, "failed", {"number": number, "error": response}, over)
        else:
            self._append(Source.ARI_RESPONSE, f"{response.status} {response.reason}",
                         {"number": number, "body": response.body}, over)

    def ari_event(self, name: str, event: Mapping[str, Any]) -> None:
        """An event on one of our WebSockets."""
        self._append(Source.ARI, str(event.get("type", "")), dict(event), name)

    def ari_socket(self, name: str, what: str) -> None:
        """A WebSocket of ours was opened, closed or lost."""
        self._append(Source.ARI_SOCKET, what, None, name)

    def ari_frame(self, name: str, what: str, data: bytes) -> None:
        """Bytes that were sent as they stand, the first of them; or a control frame that came."""
        self._append(Source.ARI_FRAME, what, {"size": len(data), "hex": data[:_FRAME].hex()}, name)

    def log_line(self, line: LogLine) -> None:
        """What Asterisk logs from NOTICE up, what it says of its Stasis applications, and what a step waits for.

        All the rest is kept beside the journal, for a step that asks for it later.
        """
        self._level = line.level or self._level
        if self.journal is None:
            return
        wanted = self.journal.log.add(LoggedLine(self._level, line.text))
        if wanted or line.telling or "Stasis app" in line.text:
            self._append(Source.LOG, self._level, line.text)

    def process(self, what: str) -> None:
        """The start and the end of its process."""
        self._append(Source.PROCESS, what, None)
