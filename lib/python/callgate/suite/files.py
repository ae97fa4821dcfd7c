"""Reads a file of the suite as text: what cannot be read becomes an error of that file."""

from __future__ import annotations

import stat
from pathlib import Path

from callgate.suite.diagnostics import Source

#: Longer files were never meant to be read by us.
MAX_BYTES = 1024 * 1024


def read_source(path: Path, shown: str) -> Source:
    """The text of a file, called `shown` in messages; with an error noted, it is not to be used."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its other end
            return _refused(Source(shown), 0, 0, "is no regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _refused(Source(shown), 0, 0, f"cannot be read: {error.strerror}")
    return source_of(data, shown)


def source_of(data: bytes, shown: str) -> Source:
    """The same of what a file holds."""
    if len(data) > MAX_BYTES:
        return _refused(Source(shown), 1, 1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        source = Source(shown, data.decode(errors="replace"))
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return _refused(source, *source.position(len(data[: error.start].decode())), what)
    return Source(shown, text)


def _refused(source: Source, line: int, column: int, message: str) -> Source:
    source.error(line, column, message)
    return source
