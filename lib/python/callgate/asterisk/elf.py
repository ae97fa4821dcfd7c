"""Which dynamic linker an ELF program asks for, read from its PT_INTERP header (elf(5))."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

_PT_INTERP = 3


class _Layout(NamedTuple):
    """Where the fields lie that differ between the two classes of ELF, as (struct format, offset)."""

    #: In the ELF header: e_phoff; then e_phentsize and e_phnum.
    table: tuple[str, int]
    entries: tuple[str, int]
    #: In a program header: p_offset and p_filesz.
    offset: tuple[str, int]
    size: tuple[str, int]


#: By EI_CLASS: 32 bits, 64 bits.
_LAYOUTS = {
    1: _Layout(("I", 28), ("HH", 42), ("I", 4), ("I", 16)),
    2: _Layout(("Q", 32), ("HH", 54), ("Q", 8), ("Q", 32)),
}
#: By EI_DATA.
_BYTE_ORDERS = {1: "<", 2: ">"}


def interpreter(program: Path) -> str | None:
    """Give the path of the dynamic linker, such as `/lib64/ld-linux-x86-64.so.2`.

    None if the program has none: it is static, a script, or no ELF file that makes sense.
    """
    with program.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _interpreter(data)
            except (struct.error, IndexError, OverflowError, UnicodeDecodeError):  # cut short, or garbage
                return None


def _interpreter(data: mmap.mmap) -> str | None:
    layout, order = _LAYOUTS.get(data[4]), _BYTE_ORDERS.get(data[5])
    if layout is None or order is None:
        return None

    def read(start: int, field: tuple[str, int]) -> tuple[int, ...]:
        return struct.unpack_from(order + field[0], data, start + field[1])

    (table,) = read(0, layout.table)
    size, count = read(0, layout.entries)
    for header in range(table, table + size * count, size or 1):
        if read(header, ("I", 0)) == (_PT_INTERP,):
            (start,) = read(header, layout.offset)
            (length,) = read(header, layout.size)
            return data[start:start + length].rstrip(b"\0").decode() or None
    return None
