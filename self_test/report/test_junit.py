"""JUnit XML: what Jenkins and GitLab are given."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from self_test.report.samples import BABS, BUGS, END, FILE, HEADER, HOSTILE_VERDICT, MIXED, RESULTS, TEST

from callgate.errors import MachineError
from callgate.report.junit import render_junit, write_junit
from callgate.report.results import RunEnd, RunResults
from callgate.scenario.verdict import Explanation, Outcome, Verdict

ALL = RunResults(replace(HEADER, selected=6), MIXED, END)
BARE = RunResults(HEADER, tuple(Verdict(id=f"tests/t::{outcome}", outcome=outcome, seconds=0.0, reason="a reason")
                                for outcome in Outcome), END)
UNENDED = RunResults(HEADER, (BABS,), None)
SAMPLES = {"usual": RESULTS, "all": ALL, "bare": BARE, "unended": UNENDED, "empty": RunResults(HEADER),
           "hostile": RunResults(HEADER, (HOSTILE_VERDICT,), END)}

#: What Jenkins' junit-10.xsd (github.com/jenkinsci/xunit-plugin) allows: attributes, those required, children.
SCHEMA = {
    "testsuites": ("name time tests failures errors", "", "testsuite"),
    "testsuite": ("name tests failures errors group time skipped timestamp hostname id package file log url version",
                  "name tests failures errors", "testsuite properties testcase system-out system-err"),
    "properties": ("", "", "property"),
    "property": ("name value", "name value", ""),
    "testcase": ("name time classname group", "name", "skipped error failure system-out system-err"),
    "failure": ("type message", "", ""),
    "error": ("type message", "", ""),
    "skipped": ("type message", "", ""),
}
_TIME = re.compile(r"\d+(\.\d{0,3})?")


def parsed(results: RunResults) -> ET.Element:
    return ET.fromstring(render_junit(results))


def case(results: RunResults, name: str) -> ET.Element:
    found = [case for case in parsed(results).iter("testcase") if case.get("name") == name]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_report_keeps_to_the_schema_of_jenkins(sample: str) -> None:
    for element in parsed(SAMPLES[sample]).iter():
        allowed, required, children = (set(part.split()) for part in SCHEMA[element.tag])
        assert set(element.keys()) <= allowed
        assert set(element.keys()) >= required
        assert {child.tag for child in element} <= children
        assert _TIME.fullmatch(element.get("time", "0"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_counts_are_those_of_the_cases(sample: str) -> None:
    root = parsed(SAMPLES[sample])
    for scope in (root, *root.iter("testsuite")):
        assert int(scope.get("tests", "")) == len(list(scope.iter("testcase")))
        assert int(scope.get("failures", "")) == len(list(scope.iter("failure")))
        assert int(scope.get("errors", "")) == len(list(scope.iter("error")))
    for suite in root.iter("testsuite"):
        assert int(suite.get("skipped", "")) == len(list(suite.iter("skipped")))


def test_a_suite_is_a_test_and_a_case_is_a_scenario() -> None:
    root = parsed(RESULTS)
    suite, = root
    assert (suite.get("name"), suite.get("time"), suite.get("timestamp")) == (TEST, "0.032", "2026-11-23T08:15:00")
    assert {item.get("name"): item.get("value") for item in suite.iter("property")} == {
        "build": "debian:sid", "version": "22.10.1"}
    assert [item.get("name") for item in suite.iter("testcase")] == ["Babs", "Bugs", "Buster"]
    assert {item.get("classname") for item in suite.iter("testcase")} == {"tests.stasis.stasisstatus"}


def test_a_failure_has_its_headline_and_all_that_explains_it() -> None:
    failure = case(RESULTS, "Buster").find("failure")
    assert failure is not None
    assert failure.get("type") == "failed"
    assert failure.get("message") == "Hangup of B came at 11 ms, with another value"
    text = failure.text or ""
    assert text.startswith(f"{FILE}:41:11  (at 11 ms)\n")
    assert "\nHangup of B came at 11 ms, with another value:\n" in text
    assert "  got       variables.STASISSTATUS  SUCCESS" in text


@pytest.mark.parametrize(("name", "element", "kind", "message"), [
    ("(Asterisk)", "error", "crashed", "Asterisk died of signal 11 (SIGSEGV)"),
    ("Back", "error", "environment", "the Hangup of call carries no ChanVariable: manager.conf lacks channelvars"),
    ("Again", "error", "interrupted", "interrupted"),
    ("Move", "skipped", "skipped", "needs module res_ari_applications, not in this build"),
])
def test_other_outcomes_are_told_apart(name: str, element: str, kind: str, message: str) -> None:
    found = case(ALL, name).find(element)
    assert found is not None
    assert (found.get("type"), found.get("message")) == (kind, message)


def test_a_pass_is_an_empty_case() -> None:
    assert len(case(RESULTS, "Babs")) == 0


@pytest.mark.parametrize("results", [
    UNENDED, RunResults(HEADER, (BABS, BUGS), RunEnd(1, 1, exit=2, counts={"passed": 2})), RunResults(HEADER)])
def test_a_run_cut_short_never_looks_green(results: RunResults) -> None:
    error = case(results, "(run)").find("error")
    assert error is not None
    assert error.get("message") == results.shortfall()
    assert parsed(results).get("errors") == "1"


def test_text_that_xml_forbids_is_shown_as_escapes() -> None:
    content = render_junit(RunResults(HEADER, (HOSTILE_VERDICT,), END)).decode("utf-8")
    assert r"\x1b[2J" in content
    assert r"\ufffe" in content
    assert not re.search("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", content)


def test_markup_in_a_message_stays_text() -> None:
    sharp = Verdict(id="tests/t::S", outcome=Outcome.FAILED, seconds=0,
                    explanation=Explanation(headline='<a href="x">&amp; ]]>'))
    failure = case(RunResults(HEADER, (sharp,), END), "S").find("failure")
    assert failure is not None
    assert failure.get("message") == failure.text == '<a href="x">&amp; ]]>'


def test_a_report_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "reports" / "junit.xml"
    write_junit(UNENDED, target)
    write_junit(RESULTS, target)
    assert target.read_bytes() == render_junit(RESULTS)
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) & 0o400


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to("real.xml")
    write_junit(RESULTS, tmp_path / "link.xml")
    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_bytes() == render_junit(RESULTS)


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_junit(UNENDED, pipe)
        assert pipe.is_fifo()
        assert os.read(reader, 65536) == render_junit(UNENDED)
    finally:
        os.close(reader)


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    target = tmp_path / "junit.xml"
    target.symlink_to("/dev/full")  # a link, so that no mistake in the code can replace the device
    with pytest.raises(MachineError, match=r"^cannot write .*/junit\.xml: No space left on device$"):
        write_junit(RESULTS, target)


def test_a_failed_replacement_keeps_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "junit.xml"
    target.write_text("old")

    def refuse(self: Path, _: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(MachineError, match="Read-only file system"):
        write_junit(RESULTS, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("target", ["", "file/junit.xml"])
def test_a_target_that_cannot_be_a_file_is_one_line(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match=r"^cannot write .*: (Is a|Not a|File exists)"):
        write_junit(RESULTS, tmp_path / target)
