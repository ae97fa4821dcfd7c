"""`cases`: a table, each row of which makes a scenario of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from callgate.suite.diagnostics import Source, did_you_mean, quoted
from callgate.suite.replace import Replacement
from callgate.suite.scope import Room
from callgate.suite.yamltree import Map, Node, Scalar

#: What `${case.name}` stands for: the row's name.
NAME = "name"


@dataclass(frozen=True)
class Table:
    """The rows of a scenario's `cases`, by name."""

    rows: Mapping[str, Mapping[str, Scalar]]
    columns: Mapping[str, Scalar]

    @property
    def known(self) -> list[str]:
        """All that `${case.…}` may name."""
        return [*self.columns, NAME]


def read_table(node: Node | None, source: Source) -> Table | None:
    """Read a table; None where there is none, or where its errors are noted here or by the schema."""
    if not isinstance(node, Map) or not node.entries:
        return None
    rows: dict[str, Mapping[str, Scalar]] = {}
    columns: dict[str, Scalar] | None = None
    good = True
    for name, (key, row) in node.entries.items():
        if not isinstance(row, Map):
            return None
        found = {column: at for column, (at, _) in row.entries.items()}
        columns = found if columns is None else columns
        good = _same_columns(key, found, columns, source) and good
        values = {column: value for column, (_, value) in row.entries.items() if isinstance(value, Scalar)}
        good = good and len(values) == len(found)
        rows[name] = {**values, NAME: key}
    return Table(rows, columns or {}) if good else None


def each_case(
    table: Table, node: Node, room: Room, source: Source, read: Callable[[Node, Source], None]
) -> None:
    """Call `read` with the scenario of each row and a source for its errors; then note these, once each.

    An error that not all rows have says which has it. A column that nothing asks for is an error as well.
    """
    used: set[str] = set()
    errors: dict[str, Source] = {}
    for name, values in table.rows.items():
        errors[name] = source.part()
        replacement = Replacement("case", values, room, same_file=True)
        row = replacement.in_node(node)
        room.take(row)
        if not room.is_left:
            key = values[NAME]
            what = "'cases' and 'use' make more of this test than fits: fewer rows, or shorter ones"
            source.error(key.line, key.column, what, length=key.length)
            return
        read(row, errors[name])
        used |= replacement.used
    _merge(errors, source)
    for column, at in table.columns.items():
        if column not in used:
            what = f"column {quoted(column)} is used nowhere: nothing has '${{case.{column}}}'"
            source.error(at.line, at.column, what, length=at.length)


def _same_columns(row: Scalar, found: Mapping[str, Scalar], wanted: Mapping[str, Scalar], source: Source) -> bool:
    """Whether a row has the columns of the first one."""
    for column, at in found.items():
        if column not in wanted:
            hint = did_you_mean(column, wanted) or "each row has the same columns"
            source.error(at.line, at.column, f"the first row has no {quoted(column)}", hint=hint, length=at.length)
    missing = [column for column in wanted if column not in found]
    if missing:
        what = f"row {quoted(row.value)} lacks {', '.join(map(quoted, missing))}"
        source.error(row.line, row.column, what, hint="each row has the same columns", length=row.length)
    return found.keys() == wanted.keys()


def _merge(errors: Mapping[str, Source], source: Source) -> None:
    sets = [set(one.errors) for one in errors.values()]
    common = set.intersection(*sets)
    for name, one in errors.items():
        for error in one.errors:
            by_itself = error in common or error.line == 0
            source.add(error if by_itself else replace(error, message=f"{error.message} (case {quoted(name)})"))
