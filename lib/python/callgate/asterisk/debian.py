"""Asterisk from Debian's packages: fetched once into the user's cache, then run from there.

Being root is not needed, and the machine's own packages are not touched: apt works on a private root
(aptconfig), and dpkg-deb unpacks.
"""

from __future__ import annotations

import datetime as dt
import errno
import shutil
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callgate.asterisk.build import Build
from callgate.asterisk.cache import Manifest, Slot
from callgate.asterisk.progress import Advance, Progress
from callgate.asterisk.settings import BuildSettings
from callgate.asterisk.tree import locate
from callgate.asterisk.version import ask_version
from callgate.errors import MachineError, UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Release:
    """A release of Debian that has an Asterisk."""

    #: In the order of sources.list.
    suites: tuple[str, ...]
    #: The suite that packages are preferred from, if apt would not do so by itself.
    target: str | None = None


#: By spec. bookworm and trixie have no Asterisk.
RELEASES = {
    "debian:sid": Release(("sid",)),
    "debian:experimental": Release(("experimental", "sid"), "experimental"),
    "debian:bullseye": Release(("bullseye", "bullseye-security")),
}


def get(spec: str, settings: BuildSettings, progress: Progress) -> Build:
    """Give the build, from the cache if it is there; else fetch it, which takes from seconds to minutes.

    Raises MachineError if it cannot be fetched.
    """
    slot = Slot(settings.cache, spec)
    return slot.build() or _fetch_once(slot, settings, progress)


def _fetch_once(slot: Slot, settings: BuildSettings, progress: Progress) -> Build:
    def waiting() -> None:
        progress.say(f"{slot.spec}: waiting for another run to fetch it")

    with _disk_errors(slot), slot.locked(waiting):
        build = slot.build()  # whoever held the lock may have fetched it
        if build is not None:
            return build
        began = time.monotonic()
        with slot.staging() as partial:
            fetched = _fetch(slot.spec, partial, settings, progress)
            slot.publish(partial, fetched.manifest)
        build = slot.build()
        if build is None:
            raise MachineError(f"{slot.spec}: {slot.directory} was removed while it was being made")
        progress.say(f"{slot.spec}: Asterisk {build.version}, {fetched.size / 1e6:.0f} MB "
                     f"fetched in {time.monotonic() - began:.0f} s")
        return build


@dataclass(frozen=True)
class _Fetched:
    manifest: Manifest
    #: Bytes of packages.
    size: int


def _fetch(spec: str, partial: Path, settings: BuildSettings, progress: Progress) -> _Fetched:
    """Fill a directory with a tree in `root`."""
    private = partial / "apt"
    packages = _download(spec, private, settings, progress)
    size = sum(package.stat().st_size for package in packages)
    root = partial / "root"
    root.mkdir(mode=0o700)
    with progress.task(f"{spec}: unpacking {size / 1e6:.0f} MB") as advance:
        _unpack_all(packages, root, settings.environment, advance)
    shutil.rmtree(private)
    versions = dict(_name_and_version(package) for package in packages)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return _Fetched(Manifest(spec, _version(spec, root, settings.environment), versions, now), size)


def _download(spec: str, private: Path, settings: BuildSettings, progress: Progress) -> list[Path]:
    """Asterisk's package and all that it needs."""
    from callgate.asterisk.apt import Apt  # only a fetch needs these
    from callgate.asterisk.aptconfig import find_archive, write_private_root
    from callgate.asterisk.children import find_program

    for program in ("apt-config", "apt-get", "dpkg-deb"):  # better now than after the download
        find_program(program, settings.environment)
    release = RELEASES[spec]
    archive = find_archive(settings)
    apt = Apt(write_private_root(private, archive, release.suites), settings.environment)
    with progress.task(f"{spec}: reading the package lists of {archive.mirror}") as advance:
        apt.run(spec, ["update"], advance)
    target = ["--target-release", release.target] if release.target else []
    with progress.task(f"{spec}: downloading") as advance:
        apt.run(spec, ["install", "--download-only", *target, "asterisk"], advance)
    return sorted((private / "cache" / "archives").glob("*.deb"))


def _unpack_all(packages: list[Path], root: Path, environment: Mapping[str, str], advance: Advance) -> None:
    from callgate.asterisk.unpack import unpack

    for done, package in enumerate(packages, 1):
        unpack(package, root, environment)
        package.unlink()  # the disk need not hold both
        advance(done / len(packages))


def _name_and_version(package: Path) -> tuple[str, str]:
    """From apt's name of the file: NAME_VERSION_ARCHITECTURE.deb, with %3a for the colon of an epoch."""
    name, version, _ = package.name.split("_", 2)
    return name, urllib.parse.unquote(version)


def _version(spec: str, root: Path, environment: Mapping[str, str]) -> str:
    try:
        tree = locate(root)
    except UsageError as error:
        raise MachineError(f"{spec}: its packages are not as expected: {error}") from error
    extra = {"LD_LIBRARY_PATH": ":".join(tree.library_path)} if tree.library_path else {}
    return ask_version([*tree.loader, str(tree.program), "-V"], {**environment, **extra})


@contextmanager
def _disk_errors(slot: Slot) -> Iterator[None]:
    """Say plainly when the cache cannot be written."""
    try:
        yield
    except BrokenPipeError:  # whoever read our progress is gone: not the disk's fault
        raise
    except OSError as error:
        why = "no space left" if error.errno in _FULL else error.strerror
        where = slot.directory.parent
        raise MachineError(f"{slot.spec}: cannot write to the cache {where}: {why}") from error
