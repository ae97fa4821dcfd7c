"""Tests in Python that use a live Asterisk through the plugin's fixture: how each way to end one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.live.runner import running_in
from self_test.pytest_plugin.outer import Run, run_pytest

pytestmark = pytest.mark.live

HEAD = """\
import pytest

def test_it(asterisk):
    async def play(context):
        await context.ami("Ping")
        {body}
    asterisk.play(play{more})
"""


def run(directory: Path, body: str, *arguments: str, more: str = "", mark: str = "") -> Run:
    text = HEAD.format(body=body, more=more).replace("def test_it", f"{mark}\ndef test_it")
    (directory / "test_live.py").write_text(text)
    return run_pytest(directory, *(arguments or ("--asterisk", "debian:sid")))


@pytest.mark.parametrize(("body", "outcome", "said"), [
    ("assert asterisk.journal.mark() > 0", "passed", ""),
    ("assert (await asterisk.ami.action('Ping', timeout=5)).success", "passed", ""),
    ("assert (await asterisk.ari.request('GET', '/channels', timeout=5)).body == []", "passed", ""),
    ("await asterisk.step({'register': 'Babs'}); context.fields('Babs')", "passed", ""),
    ("number = 3; assert number == 4", "assert 3 == 4", "assert 3 == 4"),
    ("context.fail('it is wrong', expected={'tide': 'high'}, got={'tide': 'low'})", "failed", "it is wrong"),
    ("await context.ami_event('Nothing', within=0.05)", "failed", "no Nothing by"),
    ("context.ami('Ping')", "failed", "does not await context.ami()"),
    ("pytest.skip('not today')", "skipped", "not today"),
    ("await context.ami('Command', {'Command': 'core stop now'}); await context.ami_event('Nothing')", "crashed",
     "Asterisk died"),
    ("await asterisk.step({'registr': 'Babs'})", "ValueError", "unknown step 'registr'"),
    ("raise KeyError('x')", "KeyError", "raise KeyError"),
    ("from twisted.internet.defer import fail; fail(ValueError('lost'))", "nobody handled an exception",
     "ValueError: lost"),
])
def test_what_becomes_of_it(tmp_path: Path, body: str, outcome: str, said: str) -> None:
    done = run(tmp_path, body, "--asterisk", "debian:sid", "-rs")
    assert done.outcomes == {"test_it": outcome}, done.out
    assert said in done.out, done.out
    assert running_in(tmp_path) == []


def test_it_has_a_time_of_its_own(tmp_path: Path) -> None:
    done = run(tmp_path, "await context.ami_event('Nothing', within=50)", more=", timeout=0.1")
    assert "failed: the scenario did not end within 0.1 s" in done.out


def test_the_asterisk_is_there_while_it_plays(tmp_path: Path) -> None:
    (tmp_path / "test_live.py").write_text("def test_it(asterisk):\n    asterisk.ami\n")
    assert "the Asterisk of a test runs while its play() does" in run_pytest(tmp_path).out


@pytest.mark.parametrize(("body", "outcome"), [
    ("pass", "the test asks for the fixture 'asterisk' and never calls its play()"),
    ("pytest.skip('not today')", "skipped"),
])
def test_a_test_that_never_plays_does_not_pass(tmp_path: Path, body: str, outcome: str) -> None:
    (tmp_path / "test_live.py").write_text(f"import pytest\n\ndef test_it(asterisk):\n    {body}\n")
    assert run_pytest(tmp_path).outcomes == {"test_it": outcome}


@pytest.mark.parametrize(("modules", "outcome"), [("modules=['app_echo']", "passed"), ("", "failed")])
def test_the_mark_says_what_is_loaded(tmp_path: Path, modules: str, outcome: str) -> None:
    body = "await asterisk.step({'cli': {'command': 'module show like app_echo', 'contains': 'app_echo'}})"
    done = run(tmp_path, body, mark=f"@pytest.mark.asterisk({modules})")
    assert done.outcomes == {"test_it": outcome}, done.out


def test_one_that_failed_leaves_nothing_in_the_way_of_the_next(tmp_path: Path) -> None:
    (tmp_path / "test_live.py").write_text("""\
import pytest

class Test:
    @pytest.mark.parametrize("digit", ["1 2", "1_2"])
    def test_it(self, asterisk, digit):
        async def play(context):
            if digit == "1 2":
                context.fail("it is wrong")
        asterisk.play(play)
""")
    done = run_pytest(tmp_path, "--asterisk", "debian:sid")
    assert done.outcomes == {"test_it[1 2]": "failed", "test_it[1_2]": "passed"}, done.out
    assert "again:     pytest 'test_live.py::Test::test_it[1 2]' --asterisk debian:sid" in done.out


def test_it_is_played_on_each_build(tmp_path: Path) -> None:
    done = run(tmp_path, "pass", "--asterisk", "debian:sid", "--asterisk", "debian:bullseye")
    assert done.outcomes == {"test_it[debian:sid]": "passed", "test_it[debian:bullseye]": "passed"}


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "tests" / "stasis" / "many_calls"
    (tmp_path / "many_calls").symlink_to(example)
    done = run_pytest(tmp_path, "many_calls", "--asterisk", "debian:bullseye")
    assert done.outcomes == {"test_every_call_has_its_own_status": "passed"}, done.out


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]])
def test_a_build_that_is_not_to_be_had_ends_it_with_one_line(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, "pass", "--asterisk", "debian:buzz", *arguments)
    assert done.code == 4, done.out
    assert "debian:buzz" in done.out
    assert "Traceback" not in done.out
    assert "INTERNALERROR" not in done.out


def test_a_lost_exception_is_seen_through_xdist(tmp_path: Path) -> None:
    body = "from twisted.internet.defer import fail; fail(ValueError('lost'))"
    done = run(tmp_path, body, "--asterisk", "debian:sid", "-n", "2")
    assert (done.code, "ValueError: lost" in done.out) == (1, True), done.out
