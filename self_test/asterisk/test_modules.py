"""Which modules need which, as their files say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.asterisk.modules import BASE, INDISPENSABLE, closure, named_in


def module(directory: Path, name: str, *strings: str) -> None:
    """A file with strings in it, as a compiler leaves them: each ended by a NUL byte."""
    body = b"".join(text.encode() + b"\0" for text in (name, *strings))
    (directory / f"{name}.so").write_bytes(b"\x7fELF\x02\x01\0\xff\0" + body + b"\xff\xfe\0")


def test_strings_of_their_own_are_names(tmp_path: Path) -> None:
    module(tmp_path, "app", "res_a", "res_b,res_c", "Not A name", "res_d ", "x-y", "", "res_e,", "9lives")
    assert named_in(tmp_path / "app.so") == {"app", "res_a", "res_b", "res_c"}


def test_what_a_module_needs_comes_along_and_so_on(tmp_path: Path) -> None:
    module(tmp_path, "app", "res_a,res_b")
    module(tmp_path, "res_a", "res_c", "nowhere")
    module(tmp_path, "res_b", "app")
    module(tmp_path, "res_c")
    module(tmp_path, "unrelated", "app")
    assert closure(tmp_path, ["app", "not_built"]) == ["app", "res_a", "res_b", "res_c"]
    assert closure(tmp_path, ["res_c"]) == ["res_c"]
    assert closure(tmp_path, []) == []
    assert closure(tmp_path, ["app"], frozenset({"app", "res_a"})) == ["app", "res_a"]


def test_a_directory_without_modules(tmp_path: Path) -> None:
    assert closure(tmp_path, BASE) == []
    assert closure(tmp_path / "nothing", BASE) == []


def test_what_nobody_can_do_without_is_loaded() -> None:
    assert set(INDISPENSABLE) <= set(BASE)


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@given(needs=st.dictionaries(NAMES, st.lists(NAMES, max_size=3)), wanted=st.lists(NAMES, max_size=2))
def test_the_closure_is_closed(tmp_path_factory: pytest.TempPathFactory, needs: dict[str, list[str]],
                               wanted: list[str]) -> None:
    directory = tmp_path_factory.mktemp("modules")
    for name, needed in needs.items():
        module(directory, name, ",".join(needed))
    chosen = closure(directory, wanted)
    assert chosen == sorted(set(chosen))
    assert set(wanted) & set(needs) <= set(chosen) <= set(needs)
    for name in chosen:
        assert set(needs[name]) & set(needs) <= set(chosen)
