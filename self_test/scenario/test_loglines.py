"""The lines of a log beside the journal, and how the recorder fills both."""

from __future__ import annotations

from callgate.asterisk.log import LogLine
from callgate.scenario.journal import Journal
from callgate.scenario.loglines import LoggedLine, LogLines
from callgate.scenario.recorder import Recorder


def recorded() -> tuple[Recorder, Journal]:
    recorder = Recorder()
    journal = recorder.journal = Journal(lambda: 0.0)
    return recorder, journal


def test_every_line_is_kept_in_order() -> None:
    lines = LogLines()
    for text in ("a", "b"):
        assert not lines.add(LoggedLine("NOTICE", text))
    assert [str(line) for line in lines] == ["NOTICE a", "NOTICE b"]
    assert str(LoggedLine("", "x")) == "x"


def test_a_line_is_wanted_until_it_is_not() -> None:
    lines = LogLines()
    enough = lines.want(lambda line: line.text == "b")
    assert not lines.add(LoggedLine("NOTICE", "a"))
    assert lines.add(LoggedLine("NOTICE", "b"))
    enough()
    assert not lines.add(LoggedLine("NOTICE", "b"))


def test_the_journal_gets_only_what_matters_and_what_is_wanted() -> None:
    recorder, journal = recorded()
    journal.log.want(lambda line: "wanted" in line.text)
    for level, text in (("VERBOSE", "z"), ("NOTICE", "x"), ("NOTICE", "wanted"), ("WARNING", "y"), ("ERROR", "wanted")):
        recorder.log_line(LogLine(level, text, text))
    assert [str(line) for line in journal.log] == [
        "VERBOSE z", "NOTICE x", "NOTICE wanted", "WARNING y", "ERROR wanted"]
    assert [(entry.name, entry.data) for entry in journal.since()] == [
        ("NOTICE", "x"), ("NOTICE", "wanted"), ("WARNING", "y"), ("ERROR", "wanted")]


def test_a_line_without_a_head_belongs_to_the_message_before() -> None:
    recorder, journal = recorded()
    recorder.log_line(LogLine("NOTICE", "one", "[…] NOTICE[1]: one"))
    recorder.log_line(LogLine("", "two", "two"))
    assert [line.level for line in journal.log] == ["NOTICE", "NOTICE"]


def test_what_is_logged_between_scenarios_belongs_to_none() -> None:
    recorder = Recorder()
    recorder.log_line(LogLine("NOTICE", "one", "one"))
    journal = recorder.journal = Journal(lambda: 0.0)
    assert list(journal.log) == []
