"""Broken files: real ones with wounds in their bytes, their lines or their trees, and some made to do harm.

Everything is drawn from a `random.Random` that the caller has seeded, so that a number names a file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from callgate.scenario.steps import STEPS
from callgate.suite.files import MAX_BYTES
from callgate.suite.yamlfile import MAX_DEPTH

Maker = Callable[[random.Random, Sequence[str]], bytes]

REPOSITORY = Path(__file__).resolve().parents[2]

#: What YAML, references, durations, matchers and messages could trip over.
TOKENS = (
    "", " ", "\n", "\n  ", "\t", ": ", "- ", "? ", "{", "}", "[", "]", ",", "'", '"', "\\", "#", "&a ", "*a", "!!str ",
    "!x ", "<<: ", "---\n", "...\n", "%YAML 9.9\n", "|\n", ">-\n", "${", "${a", "${a.b}", "$${", "}", "~", "~(",
    "~(a+)+$", "null", "yes", "1e400", "9" * 5000, "-1s", "0s", "1.5m", "5", "2s", "call;2", "call", "run", "\ufeff",
    "\u2028", "\x85", "\x00", "\x1b[31m", "\u202e", "\U0001f600", "\ud7ff", "e\u0301", "a" * 300, "Ä", "x: y",
    "absent", "gt", "len", "any")
#: Words that mean something somewhere.
KEYS = (
    "testinfo", "summary", "description", "properties", "dependencies", "versions", "tags", "issues", "modules",
    "dialplan", "scenarios", "steps", "finally", "timeout", "skip", "soft", "cases", "use", "with", "inputs", "outputs",
    "branches", "as", "within", "channel", "where", "fields", "variables", "asterisk", "python", "program",
    "application", "ari", "ami", "is", "not", "gt", "any", "len", "~", "Cause", "", "<<", "=")


def corpus() -> list[str]:
    """The real test-config.yaml files of this repository, and each example that a step brings along."""
    found = [path.read_text() for below in ("tests", "self_test")
             for path in sorted((REPOSITORY / below).rglob("test-config.yaml"))]
    for step in STEPS.values():
        example = getattr(step, "example", "")
        if isinstance(example, str) and example:
            lines = "".join(f"      {line}\n" for line in example.splitlines())
            found.append(f"testinfo: {{summary: S.}}\nscenarios:\n  A:\n    summary: S.\n    steps:\n{lines}")
    return found


def wounded_bytes(rng: random.Random, files: Sequence[str]) -> bytes:
    """Bytes flipped, cut out, doubled or put in."""
    data = bytearray(rng.choice(files).encode())
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(5)
        if how == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[at:at + rng.choice((1, 2, 10, 200))]
        elif how == 2:
            data[at:at] = data[at:at + rng.choice((1, 20, 400))]
        elif how == 3:
            data[at:at] = rng.randbytes(rng.choice((1, 2, 8)))
        else:
            data[at:at] = rng.choice(TOKENS).encode()
    return bytes(data)


def wounded_lines(rng: random.Random, files: Sequence[str]) -> bytes:
    """Lines lost, doubled, moved, indented otherwise, or taken from another file."""
    lines = rng.choice(files).splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(lines))
        how = rng.randrange(6)
        if how == 0 and len(lines) > 1:
            del lines[at]
        elif how == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif how == 2:
            lines[at] = rng.choice((" ", "  ", "\t")) + lines[at]
        elif how == 3:
            lines[at] = lines[at][rng.choice((1, 2)):]
        elif how == 4:
            lines[at] = rng.choice(rng.choice(files).splitlines(keepends=True))
        else:
            cut = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + rng.choice(TOKENS) + lines[at][cut:]
    return "".join(lines).encode()


def wounded_tree(rng: random.Random, files: Sequence[str]) -> bytes:
    """Well-formed YAML whose nodes are others, elsewhere, missing or too many."""
    tree = yaml.load(rng.choice(files), Loader=yaml.CBaseLoader)  # only lists, mappings and texts
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        _wound(rng, tree)
    text: str = yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=rng.random() < 0.5,
                          default_flow_style=rng.choice((True, False, None)), width=rng.choice((20, 80, 100_000)))
    return text.encode(errors="replace")


def harmful(rng: random.Random, files: Sequence[str]) -> bytes:
    """Large, deep, or with much to say: what could cost time or memory."""
    size = rng.choice((10, 1000, 30_000))
    head = "testinfo: {summary: S.}\nscenarios:\n  A:\n    summary: S.\n    steps:\n"
    word = rng.choice((*TOKENS, *STEPS)).replace("\n", " ")[:20]
    near = min(size, MAX_BYTES - 100)
    made = rng.choice((
        lambda: "a: &a [x, x]\n" + "".join(f"b{n}: &a [*a, *a, *a]\n" for n in range(min(size, 200))),
        lambda: "[" * near,
        lambda: "{a: " * near,
        lambda: "- " * near,
        lambda: "? " * near,
        lambda: head + "      - [" * min(size, 2 * MAX_DEPTH),
        lambda: head + f"      - {word}: x\n" * min(size, 20_000),
        lambda: head + "      - expect: {" + "".join(f"{word}{n}: x, " for n in range(size)) + "ami: A}\n",
        lambda: head + "      - expect: {ami: '" + "${" * near + "'}\n",
        lambda: head + "      - expect: {ami: '" + "${a.b}" * (near // 6) + "'}\n",
        lambda: head + f"      - expect: {{ami: A, Cause: '~{'(a*)*' * min(size, 3000)}'}}\n",
        lambda: "properties: {tags: [" + f"'{word}', ".replace("''", "'x'") * (near // 8) + "]}\n",
        lambda: "scenarios: {" + "".join(f"a{n}: {{}}, " for n in range(size)) + "}\n",
        lambda: f"{'k' * near}: {'v' * near}\n",
        lambda: f"'{'é' * near}': &{'n' * near} x\n",
        lambda: "x" * (MAX_BYTES + rng.choice((-1, 0, 1))),
        lambda: rng.choice(files) * max(1, min(size, 100)),
        lambda: "\n" * near + word,
        lambda: "# " + "\u2028" * near + "\n" + word,
    ))()
    return made.encode(errors="replace")[:MAX_BYTES + 1]


#: Each maker, as often as its kind is wanted.
MAKERS: tuple[Maker, ...] = (*[wounded_bytes] * 8, *[wounded_lines] * 8, *[wounded_tree] * 23, harmful)


def _wound(rng: random.Random, tree: Any) -> None:
    """Change one node of a tree."""
    places = _places(tree)
    if not places:
        return
    holder, key = rng.choice(places)
    how = rng.randrange(7)
    if how == 0:
        del holder[key]
    elif how == 1:
        holder[key] = _anything(rng)
    elif how == 2:
        other, there = rng.choice(places)
        if (value := other[there]) is not None and not isinstance(value, (list, dict)):
            holder[key] = value
    elif how == 3 and isinstance(holder, dict):
        holder[rng.choice((*KEYS, *STEPS, _typo(rng, str(key))))] = holder.pop(key)
    elif how == 4 and isinstance(holder, dict):
        holder[rng.choice((*KEYS, *STEPS))] = _anything(rng)
    elif how == 5 and isinstance(holder, list):
        holder.insert(rng.randrange(len(holder) + 1), _anything(rng))
    elif isinstance(holder[key], str):
        text = holder[key]
        at = rng.randrange(len(text) + 1)
        holder[key] = text[:at] + rng.choice(TOKENS) + text[at:]
    else:
        holder[key] = [holder[key]] if rng.random() < 0.5 else {rng.choice(KEYS): holder[key]}


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Each node below, as what holds it and under which key or index."""
    found: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            pending.append(holder[key])
    return found


def _anything(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(6 if depth < 3 else 4)
    if kind < 3:
        return rng.choice(TOKENS)
    if kind == 3:
        return rng.choice(("call", "A", "x", "42", "ulaw", "1s", *STEPS))
    if kind == 4:
        return [_anything(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice((*KEYS, *STEPS)): _anything(rng, depth + 1) for _ in range(rng.randrange(4))}


def _typo(rng: random.Random, word: str) -> str:
    if not word:
        return "x"
    at = rng.randrange(len(word))
    return rng.choice((word[:at] + word[at + 1:], word[:at] + word[at] + word[at:], word.upper(), word + " "))
