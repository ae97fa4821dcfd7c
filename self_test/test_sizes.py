"""No module and no function is larger than what is taken in at one look."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PARTS = ("lib/python", "self_test", "bench", "tests")
#: Lines; a module or a function has fewer.
MODULE, FUNCTION = 400, 40


def too_long(name: str, source: str) -> Iterator[str]:
    """Tell of a module that is, and of each function in it."""
    lines = len(source.splitlines())
    if lines >= MODULE:
        yield f"{name} has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines >= FUNCTION:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines"


def test_modules_and_functions_are_short() -> None:
    found = [each for part in PARTS for path in sorted((REPOSITORY / part).rglob("*.py"))
             for each in too_long(str(path.relative_to(REPOSITORY)), path.read_text())]
    assert found == []


def test_what_is_too_long_is_found() -> None:
    function = "async def long():\n" + "    pass\n" * (FUNCTION - 1)
    assert list(too_long("m.py", function)) == [f"m.py:1: long has {FUNCTION} lines"]
    assert list(too_long("m.py", "pass\n" * MODULE)) == [f"m.py has {MODULE} lines"]
    assert list(too_long("m.py", "pass\n" * (MODULE - 1))) == []
