"""Frames as they stand: each field is the sender's, and the bytes are those of RFC 6455."""

from __future__ import annotations

import pytest

from callgate.ari.frames import Frame, Mask, close_payload, pieces


@pytest.mark.parametrize(("frame", "data"), [
    # RFC 6455, 5.7: "Hello", masked and not, and the first of its fragments.
    (Frame(1, b"Hello"), "81 85 37fa213d 7f9f4d5158"),
    (Frame(1, b"Hello", mask=Mask.NONE), "81 05 48656c6c6f"),
    (Frame(1, b"Hel", fin=False, mask=Mask.NONE), "01 03 48656c"),
    (Frame(9, b""), "89 80 37fa213d"),
    (Frame(0xB, b"", rsv=5, mask=Mask.NONE), "db 00"),
    (Frame(1, b"Hello", mask=Mask.WRONG), "81 85 d3120ac8 7f9f4d5158"),
    (Frame(1, b"H", length=126, mask=Mask.NONE), "81 7e 007e 48"),
    (Frame(1, b"", length=(1 << 64) - 1), "81 ff ffffffffffffffff 37fa213d")])
def test_the_bytes_of_a_frame(frame: Frame, data: str) -> None:
    assert frame.encode() == bytes.fromhex(data)


@pytest.mark.parametrize(("size", "head"), [(125, "827d"), (126, "827e007e"), (65535, "827effff"),
                                            (65536, "827f0000000000010000")])
def test_a_length_has_as_few_bytes_as_hold_it(size: int, head: str) -> None:
    data = Frame(2, bytes(size), mask=Mask.NONE).encode()
    assert data == bytes.fromhex(head) + bytes(size)


def test_a_close_frame_has_a_code_and_a_reason() -> None:
    assert close_payload(1000, "bye") == b"\x03\xe8bye"


@pytest.mark.parametrize(("count", "parts"), [(1, [b"abcde"]), (2, [b"ab", b"cde"]),
                                             (9, [b"a", b"b", b"c", b"d", b"e"])])
def test_pieces_are_all_of_it(count: int, parts: list[bytes]) -> None:
    assert pieces(b"abcde", count) == parts


def test_nothing_has_one_piece() -> None:
    assert pieces(b"", 3) == [b""]
