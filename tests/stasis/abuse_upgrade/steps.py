"""Steps of this test's own: how much memory its Asterisk has, which no command of Asterisk's tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from callgate.own import Field, KnownName, NewName, StepContext

_Directory = Annotated[str, Field(description="the directory of the Asterisk: `${ast1.dir}`")]


async def memory(context: StepContext, of: _Directory, *, as_: NewName) -> None:
    """Read how much memory an Asterisk has: `${name.kib}`."""
    context.capture(as_, {"kib": str(_data(of))})


async def memory_grown(context: StepContext, of: _Directory, *,
                       since: Annotated[KnownName, Field(description="what it had before, by the name of that")],
                       less_than: Annotated[int, Field(description="KiB that it may have taken since")]) -> None:
    """Compare it with what it had before."""
    grown = _data(of) - int(context.fields(since)["kib"])
    if grown >= less_than:
        context.fail("Asterisk has taken more memory", expected={"KiB": f"less than {less_than}"}, got={"KiB": grown})


def _data(directory: str) -> int:
    """KiB of the data segment (VmData of proc(5)): also what was never written to, as a large buffer mostly is."""
    pid = next(Path(directory).rglob("asterisk.pid")).read_text().strip()
    found = re.search(r"^VmData:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
