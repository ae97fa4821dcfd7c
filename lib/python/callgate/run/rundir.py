"""The run directory: what a run leaves behind, written while it happens (law 6).

In `.callgate/runs/`, where `latest` points to the newest one:

    20261123-081500-77/
      results.jsonl                 a line for the run, for each verdict, for the end
      tests/stasis/stasisstatus/    journals and Asterisk's logs, of tests that did not pass
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callgate.errors import MachineError, UsageError
from callgate.report.results import RESULTS_NAME

#: Where run directories are made, relative to the root of the suite, unless an option says otherwise.
DEFAULT_PARENT = Path(".callgate/runs")
#: The link to the newest run.
LATEST = "latest"


class RunDirectory:
    """The open run directory of one run; its only writer."""

    def __init__(self, path: Path, results: int) -> None:
        self.path = path
        self._results: int | None = results
        #: Bytes of `results.jsonl` that are whole lines.
        self._written = 0
        #: Directories given out and not yet forgotten.
        self._in_use: set[Path] = set()

    @classmethod
    def create(cls, parent: Path, *, now: datetime, pid: int) -> RunDirectory:
        """Make `<parent>/<date>-<time>-<pid>` (UTC, mode 0700) and let `latest` point to it.

        Raises MachineError where the machine does not allow it.
        """
        stem = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{pid}"
        with _machine_error(f"make a run directory in {parent}"):
            parent.mkdir(parents=True, exist_ok=True)
            path = _make_unique(parent, stem)
            results = os.open(path / RESULTS_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        directory = cls(path, results)
        try:
            _point_latest(parent, path.name)
        except MachineError:
            directory.close()
            raise
        return directory

    @property
    def results(self) -> Path:
        """The file that holds the records."""
        return self.path / RESULTS_NAME

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record as one line, handed to the kernel before this returns: a SIGKILL loses nothing.

        Raises MachineError when it cannot be written; a part that was written is taken back, so that a later
        record does not continue half a line.
        """
        if self._results is None:
            raise ValueError("the run directory is closed")
        # Text from the wire may hold lone surrogates: 'backslashreplace' happens to write them as JSON does.
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        with _machine_error(f"write {self.results}"):
            try:
                _write_all(self._results, line)
            except OSError:
                with contextlib.suppress(OSError):  # readers cope with half a line at the end, too
                    os.ftruncate(self._results, self._written)
                raise
        self._written += len(line)

    def test_directory(self, test_id: str) -> Path:
        """The directory of a test such as `tests/stasis/stasisstatus`, made (mode 0700) if need be.

        Raises UsageError for an id that leads out of the run directory, MachineError where it cannot be made.
        """
        directory = self._place(test_id)
        with _machine_error(f"make {directory}"):
            for level in reversed([directory, *_parents_within(directory, self.path)]):
                level.mkdir(mode=0o700, exist_ok=True)
        self._in_use.add(directory)
        return directory

    def forget(self, test_id: str) -> None:
        """Remove what a passing test has left, and the directories above it that are empty then.

        Directories of other tests stay, also below this one. Raises MachineError where it cannot be removed.
        """
        directory = self._place(test_id)
        self._in_use.discard(directory)
        with _machine_error(f"remove {directory}"):
            _remove(directory, keep=self._in_use)
            for level in [directory, *_parents_within(directory, self.path)]:
                if level.exists():
                    if any(level.iterdir()):
                        return
                    level.rmdir()

    def close(self) -> None:
        """Close the results; a second time does nothing."""
        if self._results is not None:
            os.close(self._results)
            self._results = None

    def _place(self, test_id: str) -> Path:
        parts = test_id.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts) or parts[0] == RESULTS_NAME:
            raise UsageError(f"{test_id!r} does not name a test: it is no path below the root of the suite")
        return self.path.joinpath(*parts)


@contextlib.contextmanager
def _machine_error(intention: str) -> Iterator[None]:
    """Turn what the operating system refuses into one line."""
    try:
        yield
    except OSError as error:
        raise MachineError(f"cannot {intention}: {error.strerror or error}") from error


def _make_unique(parent: Path, stem: str) -> Path:
    """Make a directory that was not there: in containers that share a disk, every runner may have pid 1."""
    for attempt in itertools.count(1):
        path = parent / (stem if attempt == 1 else f"{stem}-{attempt}")
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            return path
    raise AssertionError("unreachable")


def _point_latest(parent: Path, name: str) -> None:
    """Replace the link in one step: of two runs that start together the later one wins, and none fails."""
    latest = parent / LATEST
    fresh = parent / f".{LATEST}-{name}"  # no other run has this name
    with _machine_error(f"let {latest} point to {name}"):
        fresh.symlink_to(name, target_is_directory=True)
        try:
            fresh.replace(latest)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise


def _write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; a disk that is nearly full takes a part and refuses the rest at the next call."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


def _parents_within(directory: Path, top: Path) -> Iterable[Path]:
    """List the directories above this one that lie below `top`, the nearest first."""
    return itertools.takewhile(lambda parent: parent != top, directory.parents)


def _remove(directory: Path, *, keep: set[Path]) -> None:
    """Remove a tree but for the directories in `keep`, and those that lead to them."""
    if directory in keep or not directory.exists():
        return
    if not any(directory in kept.parents for kept in keep):
        shutil.rmtree(directory)
        return
    for child in directory.iterdir():
        if child.is_dir() and not child.is_symlink():
            _remove(child, keep=keep)
        else:
            child.unlink()
