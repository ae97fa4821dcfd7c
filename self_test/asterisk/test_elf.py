"""Reading PT_INTERP, from made-up headers of both classes and byte orders and from a real program."""

from __future__ import annotations

import struct
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.asterisk.elf import interpreter

LINKER = b"/lib/ld-test.so.1\0"


def elf(bits: int, order: str, linker: bytes = LINKER) -> bytes:
    """An ELF file with a PT_LOAD and a PT_INTERP header (elf(5))."""
    magic = b"\x7fELF" + bytes([1 if bits == 32 else 2, 1 if order == "<" else 2, 1]) + bytes(9)
    if bits == 64:
        header = struct.pack(order + "HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
        entries = [struct.pack(order + "IIQQQQQQ", kind, 4, 176, 0, 0, len(linker), 0, 1) for kind in (1, 3)]
    else:
        header = struct.pack(order + "HHIIIIIHHHHHH", 2, 3, 1, 0, 52, 0, 0, 52, 32, 2, 0, 0, 0)
        entries = [struct.pack(order + "IIIIIIII", kind, 116, 0, 0, len(linker), 0, 4, 1) for kind in (1, 3)]
    return magic + header + b"".join(entries) + linker


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_both_classes_and_byte_orders(tmp_path: Path, bits: int, order: str) -> None:
    (tmp_path / "program").write_bytes(elf(bits, order))
    assert interpreter(tmp_path / "program") == "/lib/ld-test.so.1"


def test_a_real_program() -> None:
    linker = interpreter(Path(sys.executable).resolve())
    assert linker is not None
    assert Path(linker).exists()


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x09\x09" + bytes(90)])
def test_no_elf_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "program").write_bytes(content)
    assert interpreter(tmp_path / "program") is None


@given(bits=st.sampled_from([32, 64]), order=st.sampled_from("<>"), cut=st.integers(0, 200),
       damage=st.dictionaries(st.integers(4, 115), st.integers(0, 255), max_size=4))
def test_damage_is_no_crash(bits: int, order: str, cut: int, damage: dict[int, int]) -> None:
    data = bytearray(elf(bits, order))
    for place, value in damage.items():
        data[place] = value
    with tempfile.NamedTemporaryFile(buffering=0) as program:
        program.write(data[:cut])
        interpreter(Path(program.name))
