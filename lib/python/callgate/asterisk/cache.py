"""Fetched builds in the user's cache: complete ones, and how one becomes complete.

    CACHE/builds/debian-sid-x86_64/root/           the tree
    CACHE/builds/debian-sid-x86_64/manifest.json   what it is; written last
    CACHE/builds/debian-sid-x86_64.lock            held by whoever fetches
    CACHE/builds/.debian-sid-x86_64.*.partial/     a fetch under way, or one that was killed

A build is fetched into a `.partial` directory and renamed when it is complete, so the name without
`.partial` never shows half a build.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from callgate.asterisk.build import Build
from callgate.asterisk.tree import locate
from callgate.errors import UsageError

#: Counts up when older trees can no longer be used.
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a fetched tree is."""

    spec: str
    version: str
    #: Version of each package in it, by name.
    packages: Mapping[str, str]
    #: When, in UTC, as ISO 8601.
    fetched: str
    format: int = _FORMAT


class Slot:
    """The place in the cache for one build on this kind of machine."""

    def __init__(self, cache: Path, spec: str) -> None:
        self.spec = spec
        #: uname's word rather than Debian's: known without starting dpkg.
        self._name = f"{spec.replace(':', '-')}-{platform.machine()}"
        self._builds = cache / "builds"
        self.directory = self._builds / self._name

    def build(self) -> Build | None:
        """Give the build if it is here and complete; costs a few file system calls and starts nothing."""
        manifest = self._manifest()
        if manifest is None:
            return None
        try:
            tree = locate(self.directory / "root")
        except UsageError:  # somebody has tidied up in the cache
            return None
        return Build(self.spec, tree.root, tree.program, tree.loader, tree.module_dir, tree.data_dir,
                     manifest.version, tree.library_path)

    def _manifest(self) -> Manifest | None:
        try:
            manifest = Manifest(**json.loads((self.directory / "manifest.json").read_bytes()))
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):  # absent, cut short, foreign
            return None
        return manifest if manifest.format == _FORMAT and isinstance(manifest.version, str) else None

    @contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Be the only one who fetches this build; `waiting` is called if somebody else is at it.

        The kernel lets go of the lock when its holder dies.
        """
        private_directory(self._builds)
        lock = os.open(f"{self.directory}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Lend a directory to fetch into, gone afterwards unless published. Only for who holds the lock."""
        for dead in self._builds.glob(f".{self._name}.*.partial"):
            shutil.rmtree(dead)  # its fetch held the lock, so it is over
        partial = Path(tempfile.mkdtemp(prefix=f".{self._name}.", suffix=".partial", dir=self._builds))
        try:
            yield partial
        finally:
            # A download that is being killed may still write here; what it leaves, the next fetch removes.
            shutil.rmtree(partial, ignore_errors=True)

    def publish(self, partial: Path, manifest: Manifest) -> None:
        """Make a staged directory, whose tree is in `root`, the build that is here."""
        text = json.dumps(asdict(manifest), indent=1) + "\n"
        (partial / "manifest.json").write_text(text, encoding="utf-8")
        if self.directory.exists():  # `build` found it to be incomplete
            shutil.rmtree(self.directory)
        partial.rename(self.directory)


def private_directory(path: Path) -> None:
    """Make a directory and its missing parents, all of them for the user alone."""
    missing = [part for part in (path, *path.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
