"""Messages as golden files have them: what a person is told of a failure, without what differs from run to run.

`UPDATE_GOLDEN=1 pytest self_test/live` writes the files anew; read the difference as carefully as code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from callgate.scenario.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden"
#: What differs from run to run, or with every scenario that is added, and what a golden file has instead.
_VARYING = (
    (re.compile(r"(\.yaml):\d+:\d+"), r"\1:L:C"),
    (re.compile(r"(<1|\b\d+(\.\d+)?) m?s\b"), "N ms"),
    (re.compile(r"-[0-9a-f]{8}(?=;[12])"), "-NNNNNNNN"),  # in the names of Local channels
    (re.compile(r"(callgate\\?-)[0-9a-f]{8}(\\?-)"), r"\1ID\2"),  # our unique ids
    (re.compile(r"\b(one read|\d+ reads)\b"), "N reads"),
    (re.compile(r"\d+ calls? processed"), "N calls processed"),
    (re.compile(r"\b\d+\.\d MB\b"), "N MB"),
    (re.compile(r" +$", re.MULTILINE), ""),
)


def message(verdict: Verdict) -> str:
    """What is said of one verdict."""
    why = verdict.explanation
    if why is None:
        return f"{verdict.outcome}\n"
    pairs = [(label, *pair) for label, pairs in (("expected", why.expected), ("got", why.got)) for pair in pairs]
    lines = [verdict.outcome, why.place, why.step, why.headline]
    lines += [f"  {label:<8}  {field}: {value}" for label, field, value in pairs]
    lines += [f"  also      {line}" for line in why.also]
    lines += [f"  hint      {why.hint}"] if why.hint else []
    lines += [f"  code      {line}" for line in why.traceback]
    text = "".join(f"{line}\n" for line in lines if line)
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return text


def messages(verdicts: Mapping[str, Verdict]) -> str:
    """What is said of several, each below its scenario's name."""
    return "\n".join(f"# {name}\n{message(verdict)}" for name, verdict in verdicts.items())


def written(directory: str) -> list[str]:
    """The names of the golden files in a directory."""
    return sorted(path.stem for path in (GOLDEN / directory).glob("*.txt"))


def insist(name: str, text: str) -> None:
    """See that a golden file holds this text, or write it there when that is asked for."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
