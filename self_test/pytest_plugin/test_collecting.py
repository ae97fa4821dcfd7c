"""Scenarios as items of pytest: their names, places and marks; and what is wrong in files, before anything starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from self_test.pytest_plugin.outer import run_pytest

TEST = """\
testinfo: {summary: Two scenarios}
properties: {tags: [ARI, slow-one]}
scenarios:
  Babs:
    summary: With cases.
    cases: {ulaw: {}, alaw: {}}
    steps:
      - register: Babs
  Bugs:
    summary: Without.
    skip: waits for a mend
    steps:
      - register: Bugs
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "tests" / "t").mkdir(parents=True)
    (tmp_path / "tests" / "t" / "test-config.yaml").write_text(TEST)
    (tmp_path / "test-config.yaml").write_text("defaults: {step-timeout: 3s}\n")
    return tmp_path


def collected(suite: Path, *arguments: str) -> list[str]:
    run = run_pytest(suite, "--collect-only", "-q", "--strict-markers", *arguments)
    assert run.code in (0, 5), run.out
    return [line for line in run.out.splitlines() if "::" in line]


FILE = "tests/t/test-config.yaml"
ALL = [f"{FILE}::Babs[ulaw]", f"{FILE}::Babs[alaw]", f"{FILE}::Bugs"]


@pytest.mark.parametrize(("arguments", "names"), [
    ([], ALL), (["tests"], ALL), ([f"{FILE}::Bugs"], ALL[2:]), ([f"{FILE}::Babs[alaw]"], ALL[1:2]),
    (["-k", "Babs and not alaw"], ALL[:1]), (["-m", "ARI"], ALL), (["-m", "not ARI"], []), (["-m", "slow-one"], ALL),
    (["--asterisk", "debian:sid"], ALL),
    (["--asterisk", "debian:sid", "--asterisk", "debian:bullseye", "-k", "Bugs"],
     [f"{FILE}::Bugs[debian:sid]", f"{FILE}::Bugs[debian:bullseye]"]),
])
def test_what_is_selected(suite: Path, arguments: list[str], names: list[str]) -> None:
    assert collected(suite, *arguments) == names


ODD = ["skip", "xfail", "skipif", "parametrize", "usefixtures", "filterwarnings", "timeout", "asterisk", "live", "and",
       "two words", "_hidden", "a:b", "f(x)", "'quoted'"]


def test_a_tag_is_no_more_than_a_word(suite: Path) -> None:
    """One that pytest or a plugin would act upon is no mark: `skip` must not skip. -k finds it as any other."""
    path = suite / "tests" / "t" / "test-config.yaml"
    path.write_text(TEST.replace("[ARI, slow-one]", f"[ARI, {', '.join(json.dumps(tag) for tag in ODD)}]"))
    (suite / "pytest.ini").write_text("[pytest]\nmarkers =\n    live: of the ini file\n")
    for arguments in ([], ["-m", "ARI"], ["-m", "live"], ["-k", "skip and _hidden and a:b"]):
        assert collected(suite, "-W", "error", *arguments) == ALL
    assert collected(suite, "-m", "skip or xfail or timeout or asterisk") == []


def test_a_broken_file_is_an_error_of_collection_with_all_its_places(suite: Path) -> None:
    (suite / "tests" / "t" / "test-config.yaml").write_text(TEST.replace("- register: Babs", "- regster: Babs"))
    run = run_pytest(suite)
    assert run.code == 2
    assert "ERROR collecting tests/t/test-config.yaml" in run.out
    assert "tests/t/test-config.yaml:8:9: error: unknown step 'regster'; did you mean 'register'?" in run.out
    assert "Traceback" not in run.out
    assert not (suite / ".callgate").exists(), "something was started"


def test_a_directory_outside_of_the_root_is_told(suite: Path) -> None:
    (suite / "elsewhere").mkdir()
    run = run_pytest(suite, "--root", "elsewhere")
    assert run.code == 2
    assert "is outside of" in run.out


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["--asterisk", "debian:buzz"], 4, "debian:buzz"), (["--asterisk", "/no/such/asterisk"], 4, "/no/such/asterisk"),
])
def test_a_build_that_is_not_to_be_had_ends_it_before_anything_starts(
    suite: Path, arguments: list[str], code: int, said: str
) -> None:
    run = run_pytest(suite, *arguments)
    assert (run.code, said in run.out, "Traceback" in run.out) == (code, True, False), run.out


def test_it_is_silent_where_no_scenario_is(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_light():\n"
        "    assert not {'twisted', 'pydantic', 'yaml'} & set(sys.modules)\n")
    (tmp_path / "test-config.yaml").write_text("about: something else\n")
    run = run_pytest(tmp_path, "-p", "no:hypothesispytest", "-p", "no:xdist")
    assert run.code == 0, run.out
    assert "callgate" not in run.out.lower().replace(str(tmp_path), "")
