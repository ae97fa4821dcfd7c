"""JUnit XML for Jenkins, GitLab and their like, made from `results.jsonl`.

Jenkins' xunit plugin refuses a whole file for one attribute that its schema (junit-10.xsd) does not know, so
only what is in there is written. It has no `file` and `line` for a test case: the place of a failure is the
first line of its text. GitLab shows that text and not the `message`, so the text holds the headline, too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from callgate.errors import MachineError
from callgate.report.explain import as_text, headline
from callgate.report.results import RunResults, split_id
from callgate.report.text import visible
from callgate.scenario.verdict import Outcome, Verdict

#: The element for each outcome but `passed`. 'failure' is the product's fault, 'error' that of the way there.
#: There is none for a known bug: as pytest does, it is told among the skipped, by its type.
_ELEMENTS = {Outcome.FAILED: "failure", Outcome.CRASHED: "error", Outcome.ENVIRONMENT: "error",
             Outcome.INTERRUPTED: "error", Outcome.SKIPPED: "skipped", Outcome.EXPECTED_FAILURE: "skipped"}
#: Stands for a scenario in a verdict on a test's Asterisk as a whole, and for the run in one on the run.
_WHOLE, _RUN = "(Asterisk)", "(run)"


def write_junit(results: RunResults, path: Path) -> None:
    """Write the report: at once and whole to a file, directly to anything else, such as /dev/stdout.

    A run that was killed or interrupted gets an error of its own, however many of its scenarios have passed.
    Raises MachineError where it cannot be written.
    """
    content = render_junit(results)
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_bytes(content)
        else:
            _replace(path, content)
    except OSError as error:
        raise MachineError(f"cannot write {path}: {error.strerror or error}") from error


def render_junit(results: RunResults) -> bytes:
    """Give the report as UTF-8."""
    suites = [_suite(test, verdicts, results) for test, verdicts in _by_test(results.verdicts)]
    if shortfall := results.shortfall():
        suites.append(_shortfall_suite(shortfall))
    root = ET.Element("testsuites", {"name": "callgate"})
    root.extend(suites)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    if results.end is not None:
        root.set("time", _seconds(results.end.seconds))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _by_test(verdicts: Iterable[Verdict]) -> Iterable[tuple[str, list[Verdict]]]:
    """Put the verdicts of each test together, in the order in which the tests first appear."""
    tests: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        tests.setdefault(split_id(verdict.id)[0], []).append(verdict)
    return tests.items()


def _suite(test: str, verdicts: Sequence[Verdict], results: RunResults) -> ET.Element:
    suite = _counted(test, [_ELEMENTS.get(verdict.outcome) for verdict in verdicts])
    suite.set("time", _seconds(sum(verdict.seconds for verdict in verdicts)))
    suite.set("timestamp", _timestamp(results.header.started))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("build", verdicts[0].build or results.header.build),
                        ("version", verdicts[0].version or results.header.version)):
        ET.SubElement(properties, "property", {"name": name, "value": visible(value)})
    suite.extend(_case(verdict) for verdict in verdicts)
    return suite


def _case(verdict: Verdict) -> ET.Element:
    test, scenario = split_id(verdict.id)
    case = ET.Element("testcase", {
        "classname": _class_name(test), "name": visible(scenario or _WHOLE),
        "time": _seconds(verdict.seconds)})
    if verdict.outcome in _ELEMENTS:
        why = ET.SubElement(case, _ELEMENTS[verdict.outcome], {
            "type": str(verdict.outcome), "message": visible(_message(verdict))})
        why.text = as_text(verdict)
    return case


def _message(verdict: Verdict) -> str:
    return verdict.reason if verdict.outcome is Outcome.EXPECTED_FAILURE else headline(verdict)


def _shortfall_suite(shortfall: str) -> ET.Element:
    suite = _counted("callgate", ["error"])
    case = ET.SubElement(suite, "testcase", {"classname": "callgate", "name": _RUN})
    why = ET.SubElement(case, "error", {
        "type": str(Outcome.INTERRUPTED), "message": visible(shortfall)})
    why.text = visible(shortfall)
    return suite


def _counted(name: str, elements: Sequence[str | None]) -> ET.Element:
    return ET.Element("testsuite", {
        "name": visible(name), "tests": str(len(elements)), "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")), "skipped": str(elements.count("skipped"))})


def _class_name(test: str) -> str:
    """Make `tests.stasis.stasisstatus`, which Jenkins splits into packages."""
    return visible(test).replace("/", ".")


def _seconds(seconds: float) -> str:
    """Write a time: the schema allows three decimals, and neither an exponent nor a sign."""
    return f"{max(0.0, seconds):.3f}"


def _timestamp(started: str) -> str:
    """Write when it began, in UTC: older schemas of JUnit allow no offset here."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return visible(started)
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def _replace(path: Path, content: bytes) -> None:
    """Write beside the target and rename: a reader sees the old report or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
        fresh.replace(path)
    finally:
        with contextlib.suppress(OSError):  # it is gone after the rename; an earlier error is on its way
            fresh.unlink(missing_ok=True)
