"""Which builds there are, and the one that a spec means."""

from __future__ import annotations

import difflib
import shutil
from dataclasses import dataclass
from pathlib import Path

from callgate.asterisk import debian
from callgate.asterisk.build import Build, RemoteBuild
from callgate.asterisk.cache import Slot
from callgate.asterisk.progress import Progress
from callgate.asterisk.settings import BuildSettings
from callgate.asterisk.tree import Tree, locate
from callgate.asterisk.version import ask_version
from callgate.errors import CallgateError, UsageError

VARIABLE = "CALLGATE_ASTERISK"
_FALLBACK = "debian:sid"
_REMOTE = "remote:"


@dataclass(frozen=True)
class Known:
    """A build that can be asked for."""

    spec: str
    #: A directory, a host, `not fetched`, or what is wrong with it.
    where: str
    #: None where that would take a fetch or a connection to find out.
    version: str | None
    #: Whether it is the one that is taken when nothing is asked for.
    default: bool = False


def resolve(spec: str | None, settings: BuildSettings, progress: Progress) -> Build | RemoteBuild:
    """Give the build that a spec means, fetched if need be; None means the default one.

    Raises UsageError if the spec means nothing or there is no Asterisk, MachineError if it cannot be had.
    """
    if spec is not None:
        return _resolve(spec, settings, progress)
    spec = default_spec(settings)
    try:
        return _resolve(spec, settings, progress)
    except UsageError as error:
        if settings.environment.get(VARIABLE):
            raise UsageError(f"${VARIABLE}: {error}") from error
        raise


def default_spec(settings: BuildSettings) -> str:
    """Say what is taken when nothing is asked for: $CALLGATE_ASTERISK, `asterisk` on PATH, debian:sid."""
    given = settings.environment.get(VARIABLE)
    return given or _on_path(settings) or _FALLBACK


def known(settings: BuildSettings) -> list[Known]:
    """All builds that have a name, and the default one. Fetches nothing and connects to nothing."""
    default = default_spec(settings)
    found = [_known_debian(spec, settings) for spec in debian.RELEASES]
    found += [Known(_REMOTE + name, f"{remote.host}, AMI {remote.ami.port}, ARI {remote.ari.port}", None)
              for name, remote in settings.remotes.items()]
    named = {entry.spec for entry in found}
    paths = dict.fromkeys(spec for spec in (_on_path(settings), default) if spec and spec not in named)
    found += [_known_path(spec, settings) for spec in paths]
    return [Known(entry.spec, entry.where, entry.version, entry.spec == default) for entry in found]


def _resolve(spec: str, settings: BuildSettings, progress: Progress) -> Build | RemoteBuild:
    if spec in debian.RELEASES:
        return debian.get(spec, settings, progress)
    name = spec.removeprefix(_REMOTE)
    if name != spec and name in settings.remotes:
        return settings.remotes[name].build(name, settings.environment)
    if _is_path(spec):
        tree, version = _path(spec, settings)
        return Build(spec, tree.root, tree.program, tree.loader, tree.module_dir, tree.data_dir, version,
                     tree.library_path)
    raise UsageError(_unknown(spec, settings))


def _is_path(spec: str) -> bool:
    if spec.startswith(("debian:", _REMOTE)) or not spec:
        return False
    return "/" in spec or spec in {".", "..", "~"} or Path(spec).exists()


def _path(spec: str, settings: BuildSettings) -> tuple[Tree, str]:
    tree = locate(Path(spec).expanduser())
    extra = {"LD_LIBRARY_PATH": ":".join(tree.library_path)} if tree.library_path else {}
    return tree, ask_version([*tree.loader, str(tree.program), "-V"], {**settings.environment, **extra})


def _unknown(spec: str, settings: BuildSettings) -> str:
    """One line: what there is, and what may have been meant."""
    names = [*debian.RELEASES, *(_REMOTE + name for name in settings.remotes)]
    kind, colon, name = spec.rpartition(":")
    # `sid` is as good a guess at `debian:sid` as `debian:sdi` is; `debian:lab` is none at `remote:lab`.
    guesses = {each.partition(":")[2]: each for each in names if each.startswith(kind + colon)}
    near = difflib.get_close_matches(name, guesses, n=1)
    hint = f"; did you mean '{guesses[near[0]]}'?" if near else ""
    if spec.startswith(_REMOTE) and not settings.remotes:
        hint = "; a remote one is named under 'builds:' in the suite's test-config.yaml"
    return f"unknown build '{spec}': there are {', '.join(names)}, or the path of an installed Asterisk{hint}"


def _on_path(settings: BuildSettings) -> str | None:
    # Without PATH, which() would take ours: the settings alone decide.
    return shutil.which("asterisk", path=settings.environment.get("PATH", ""))


def _known_debian(spec: str, settings: BuildSettings) -> Known:
    slot = Slot(settings.cache, spec)
    build = slot.build()
    if build is None:
        return Known(spec, "not fetched", None)
    return Known(spec, str(slot.directory), build.version)


def _known_path(spec: str, settings: BuildSettings) -> Known:
    try:
        if not _is_path(spec):
            raise UsageError(_unknown(spec, settings))
        tree, version = _path(spec, settings)
    except CallgateError as error:
        return Known(spec, str(error), None)
    return Known(spec, str(tree.root), version)
