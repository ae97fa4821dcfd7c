"""The run directory: unique, private, written through, and plain about what the machine refuses."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from callgate.errors import MachineError, UsageError
from callgate.run.rundir import RunDirectory

NOW = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> Any:
    directory = RunDirectory.create(tmp_path / ".callgate" / "runs", now=NOW, pid=77)
    yield directory
    directory.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(directory: Path) -> None:
    (directory / "Babs.jsonl").write_text("{}\n")
    (directory / "ast1").mkdir()
    (directory / "log").write_text("Asterisk Ready\n")


def test_it_is_named_after_its_start_and_private(run: RunDirectory) -> None:
    assert run.path.name == "20261123-081500-77"
    assert mode(run.path) == 0o700
    assert mode(run.results) == 0o600


def test_its_name_is_in_utc(tmp_path: Path) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=-5)))
    run = RunDirectory.create(tmp_path, now=local, pid=1)
    run.close()
    assert run.path.name == "20261123-081500-1"


def test_two_runs_with_one_name_get_a_directory_each(tmp_path: Path) -> None:
    runs = [RunDirectory.create(tmp_path, now=NOW, pid=1) for _ in range(3)]
    for run in runs:
        run.close()
    assert [run.path.name for run in runs] == [f"20261123-081500-1{suffix}" for suffix in ("", "-2", "-3")]


def test_latest_is_the_newest_run_and_a_link_that_can_be_moved(tmp_path: Path) -> None:
    for pid in (1, 2):
        RunDirectory.create(tmp_path, now=NOW, pid=pid).close()
    assert (tmp_path / "latest").readlink() == Path("20261123-081500-2")


def test_runs_that_race_all_get_their_directory_and_one_is_the_latest(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: RunDirectory.create(tmp_path, now=NOW, pid=1), range(40)))
    for run in runs:
        run.close()
    assert len({run.path for run in runs}) == 40
    assert (tmp_path / "latest" / "results.jsonl").is_file()
    assert not list(tmp_path.glob(".latest*"))


def test_records_are_lines_in_their_order(run: RunDirectory) -> None:
    run.append({"type": "run", "text": "ü ✓ \u2028 \n"})
    run.append({"type": "end"})
    first, second, rest = run.results.read_bytes().split(b"\n")
    assert json.loads(first) == {"type": "run", "text": "ü ✓ \u2028 \n"}
    assert "ü ✓".encode() in first
    assert (json.loads(second), rest) == ({"type": "end"}, b"")


def test_a_lone_surrogate_from_the_wire_can_be_written(run: RunDirectory) -> None:
    run.append({"text": "caf\udce9 \\udce9"})
    assert json.loads(run.results.read_text("utf-8")) == {"text": "caf\udce9 \\udce9"}


def test_a_sigkill_loses_nothing_that_was_said(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from callgate.run.rundir import RunDirectory
run = RunDirectory.create(Path(sys.argv[1]), now=datetime.now(UTC), pid=os.getpid())
run.append({"said": 1})
run.append({"said": 2})
os.kill(os.getpid(), signal.SIGKILL)
"""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environ, check=False, timeout=60)
    assert killed.returncode == -9
    assert (tmp_path / "latest" / "results.jsonl").read_text() == '{"said": 1}\n{"said": 2}\n'


def test_a_short_write_is_continued(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:3])))
    run.append({"type": "verdict"})
    assert run.results.read_text() == '{"type": "verdict"}\n'


def test_a_full_disk_is_one_line_and_leaves_no_half_record(run: RunDirectory,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    write, taken = os.write, 0

    def nearly_full(descriptor: int, data: memoryview) -> int:
        nonlocal taken
        if taken:
            raise OSError(28, "No space left on device")
        taken = write(descriptor, bytes(data[:5]))
        return taken

    run.append({"said": 1})
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", nearly_full)
        with pytest.raises(MachineError, match=r"^cannot write .*/results\.jsonl: No space left on device$"):
            run.append({"said": 2})
    run.append({"said": 3})
    assert run.results.read_text() == '{"said": 1}\n{"said": 3}\n'


def test_what_is_no_json_is_a_bug_and_not_written(run: RunDirectory) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.append({"seconds": float("nan")})
    assert run.results.read_text() == ""


def test_a_closed_run_takes_no_more(run: RunDirectory) -> None:
    run.close()
    run.close()
    with pytest.raises(ValueError, match="closed"):
        run.append({})


def test_a_test_has_a_private_directory(run: RunDirectory) -> None:
    directory = run.test_directory("tests/stasis/stasisstatus")
    assert directory == run.path / "tests" / "stasis" / "stasisstatus"
    assert [mode(level) for level in (directory, directory.parent, directory.parent.parent)] == [0o700] * 3
    assert run.test_directory("tests/stasis/stasisstatus") == directory


@pytest.mark.parametrize("test_id", ["", "/etc", "..", "../x", "tests/../../x", "tests//x", "./x", "tests/",
                                     "tests/\0", "results.jsonl", "results.jsonl/x"])
def test_an_id_that_leads_elsewhere_is_refused(run: RunDirectory, test_id: str) -> None:
    with pytest.raises(UsageError, match="does not name a test"):
        run.test_directory(test_id)
    with pytest.raises(UsageError, match="does not name a test"):
        run.forget(test_id)


def test_a_forgotten_test_leaves_no_trace(run: RunDirectory) -> None:
    fill(run.test_directory("tests/stasis/stasisstatus"))
    run.forget("tests/stasis/stasisstatus")
    assert [path.name for path in run.path.iterdir()] == ["results.jsonl"]


def test_forgetting_one_test_leaves_its_neighbour(run: RunDirectory) -> None:
    fill(run.test_directory("tests/stasis/passed"))
    fill(run.test_directory("tests/stasis/failed"))
    run.forget("tests/stasis/passed")
    assert [path.name for path in (run.path / "tests" / "stasis").iterdir()] == ["failed"]


def test_forgetting_a_test_leaves_the_one_in_a_directory_below(run: RunDirectory) -> None:
    fill(run.test_directory("tests/stasis"))
    fill(run.test_directory("tests/stasis/deep/failed"))
    run.forget("tests/stasis")
    assert sorted(path.name for path in (run.path / "tests").rglob("*") if path.is_file()) == ["Babs.jsonl", "log"]
    assert (run.path / "tests/stasis/deep/failed/log").is_file()
    run.forget("tests/stasis/deep/failed")
    assert not (run.path / "tests").exists()


def test_forgetting_does_not_follow_links(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    (run.test_directory("tests/t") / "link").symlink_to(tmp_path)
    run.forget("tests/t")
    assert (tmp_path / "precious").read_text() == "keep"


def test_a_test_that_never_had_a_directory_can_be_forgotten(run: RunDirectory) -> None:
    run.forget("tests/never/made")
    assert not (run.path / "tests").exists()


def test_a_parent_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match=r"^cannot make a run directory in .*/file/runs: Not a directory$"):
        RunDirectory.create(tmp_path / "file" / "runs", now=NOW, pid=1)


def test_a_read_only_disk_is_one_line(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object, **options: object) -> None:
        raise OSError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(MachineError, match=r"^cannot make .*/tests/t: Read-only file system$"):
        run.test_directory("tests/t")


def test_something_else_called_latest_is_one_line_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    with pytest.raises(MachineError, match=r"^cannot let .*/latest point to 20261123-081500-1: Is a directory$"):
        RunDirectory.create(tmp_path, now=NOW, pid=1)
    assert (tmp_path / "latest").is_dir()
    assert not list(tmp_path.glob(".latest*"))
