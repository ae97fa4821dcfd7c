"""Imports point down: no package of Callgate knows one above it, as docs/architecture.md lists them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "lib" / "python" / "callgate"
#: Modules beside the packages that know none of them.
BELOW_ALL = ("__init__", "deadlines", "durations", "errors", "memory", "paths", "sending")
#: What a test's own steps import: it stands on scenario/, and nothing may stand on it.
FACADE = "own"


def listed() -> list[list[str]]:
    """The packages in docs/architecture.md from the top down; those on one line know nothing of each other."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text()
    tree = re.findall(r"^      ((?:\w+/ )+) *\S", text, re.MULTILINE)
    return [[name.rstrip("/") for name in names.split()] for names in tree]


def ranks() -> dict[str, int]:
    """How high each part of Callgate is; what is imported has to be lower."""
    packages = {name: rank for rank, names in enumerate(reversed(listed()), 1) for name in names}
    return {**dict.fromkeys(BELOW_ALL, 0), **packages, FACADE: len(packages) + 1}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each module that is imported anywhere in a file, for type checking only too, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)


def pointing_up(part: str, source: str, rank: dict[str, int]) -> list[str]:
    """The imports in a file of this part of Callgate that it may not have."""
    wrong = []
    for line, module in imported(ast.parse(source)):
        top, _, rest = module.partition(".")
        other = rest.partition(".")[0]
        known = rank.get("__init__" if other.startswith("__") else other)
        if top == "" or (top == "callgate" and other != part and (known is None or known >= rank[part])):
            wrong.append(f"{line}: {module}")
    return wrong


def test_the_list_has_every_part_of_the_package() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(ranks()) == parts


def test_imports_point_down() -> None:
    rank = ranks()
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        within = path.relative_to(PACKAGE)
        wrong = pointing_up(within.with_suffix("").parts[0], path.read_text(), rank)
        if wrong:
            found[str(within)] = wrong
    assert found == {}


def test_what_points_up_is_found() -> None:
    source = """\
from callgate.run import loop
import callgate.scenario.model
from callgate.errors import CallgateError
if TYPE_CHECKING:
    from callgate.own import Field
from . import sibling
from callgate import elsewhere
"""
    assert sorted(pointing_up("suite", source, ranks())) == [
        "1: callgate.run.loop", "5: callgate.own.Field", "6: ..sibling", "7: callgate.elsewhere"]


def test_neighbours_do_not_know_each_other() -> None:
    assert pointing_up("ami", "import callgate.ari.codec\n", ranks()) == ["1: callgate.ari.codec"]
