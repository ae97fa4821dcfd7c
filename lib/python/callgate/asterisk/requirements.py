"""What a test needs besides an Asterisk that boots, and what of it is not there.

Some of it is known from the machine and from the build's files, before anything is started; what only a running
Asterisk can tell is asked over AMI. Each thing that is missing is one text: what is needed, and what is there.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from callgate.asterisk.build import Build
from callgate.asterisk.modules import BASE, RESOURCES
from callgate.asterisk.releases import comparable, parse_range
from callgate.asterisk.version import upstream_version
from callgate.errors import MachineError

if TYPE_CHECKING:
    from callgate.ami.driver import AmiDriver

#: Options that do not change the ABI. Versions that print but one list of options leave these out of it
#: (16's build_tools/make_buildopts_h; 22.10's `core show settings` prints a second list with all of them).
_UNTOLD = frozenset({
    "AO2_DEBUG", "BETTER_BACKTRACES", "BUILD_NATIVE", "COMPILE_DOUBLE", "DEBUG_CHAOS", "DEBUG_SCHEDULER",
    "DETECT_DEADLOCKS", "DONT_OPTIMIZE", "DUMP_SCHEDULER", "LOTS_OF_SPANS", "LOW_MEMORY", "MALLOC_DEBUG",
    "RADIO_RELAX", "REBUILD_PARSERS", "REF_DEBUG", "USE_HOARD_ALLOCATOR"})
_OPTIONS_LINE = re.compile(r"\s*(ABI related |All )?Build Options:\s+(.*)")
#: Builds name the module of each application here; 16 does not yet, 22 does.
_DOCUMENTATION = "documentation/core-en_US.xml"
_APPLICATION = re.compile(rb'<application name="([^"]+)"[^>]*\bmodule="([^"]+)"')
#: What the documentation calls the module of an application that Asterisk itself brings.
_BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class Needs:
    """What one test needs."""

    #: Modules of Asterisk, without `.so`; those behind its resources of ARI included.
    modules: tuple[str, ...] = ()
    #: Applications of the dialplan.
    applications: tuple[str, ...] = ()
    #: Options that Asterisk was built with, such as TEST_FRAMEWORK.
    options: tuple[str, ...] = ()
    #: Programs on this machine's PATH.
    programs: tuple[str, ...] = ()
    #: Modules that the Python which runs this can import.
    python: tuple[str, ...] = ()
    #: Ranges of versions, one of which must hold; empty for any version.
    versions: tuple[str, ...] = ()

    @classmethod
    def of(cls, dependencies: Iterable[tuple[str, str]], versions: Sequence[str] = ()) -> Needs:
        """Sort `dependencies`, pairs of kind and value as in a file. Raises ValueError for an unknown kind."""
        found: dict[str, list[str]] = {
            "asterisk": [], "application": [], "buildoption": [], "program": [], "python": []}
        for kind, value in dependencies:
            if kind == "ari":
                found["asterisk"].append(RESOURCES[value])
            elif kind in found:
                found[kind].append(value)
            else:  # law 4: what nobody checks looks as if it were there
                raise ValueError(f"a dependency of an unknown kind: {kind}")
        modules, applications, options, programs, python = (tuple(dict.fromkeys(names)) for names in found.values())
        return cls(modules, applications, options, programs, python, tuple(versions))


def modules_to_load(needs: Needs, build: Build) -> tuple[str, ...]:
    """The modules that a test's Asterisk must run: those it names, and those of its applications where known."""
    provided = _providers(build.data_dir, needs.applications).values()
    return tuple(dict.fromkeys([*needs.modules, *(name for name in provided if name in build.modules)]))


def missing_here(needs: Needs, path: str | None = None) -> list[str]:
    """What this machine lacks; `path` is where programs are looked for, $PATH if not given."""
    missing = [f"needs program {name}, which is not on PATH" for name in needs.programs
               if shutil.which(name, path=path) is None]
    missing += [f"needs Python module {name}, which this Python does not have" for name in needs.python
                if not _importable(name)]
    return missing


def missing_in_build(needs: Needs, build: Build) -> list[str]:
    """What a build lacks, as far as its files tell. Raises MachineError where its version has no place in the order.

    The modules that every scenario stands on are not among it: a build without one can't be judged, and must not pass
    for one on which there was nothing to do (law 4). That they do not run is found out at the boot.
    """
    there = f"{build.spec} (Asterisk {build.version})"
    missing = wrong_version(needs.versions, build.version, build.spec)
    missing += [f"needs module {name}, which {there} does not have{_perhaps(name, build.modules)}"
                for name in needs.modules if name not in build.modules and name not in BASE]
    for application, module in _providers(build.data_dir, needs.applications).items():
        if module not in build.modules and module != _BUILTIN:
            missing.append(f"needs application {application}, whose module {module} {there} does not have")
    return missing


async def missing_when_running(needs: Needs, ami: AmiDriver, there: str, *, timeout: float) -> list[str]:
    """What a booted Asterisk says that it lacks; messages call it `there`. Raises what `ami` does."""
    missing = [f"needs application {name}, which {there} does not have loaded" for name in needs.applications
               if not await _has_application(ami, name, timeout)]
    if needs.options:
        options, complete = await _build_options(ami, timeout)
        listed = ", ".join(sorted(options)) or "no option"
        for name in needs.options:
            if name not in options and name in _UNTOLD and not complete:
                missing.append(f"needs build option {name}, and {there} does not tell whether it has it")
            elif name not in options:
                missing.append(f"needs build option {name}, and {there} was built with {listed}")
    return missing


async def missing_elsewhere(needs: Needs, ami: AmiDriver, spec: str, *, timeout: float) -> list[str]:
    """What an Asterisk that we have not started lacks: its version and its modules are asked for, too.

    Raises MachineError where its version has no place in the order, and what `ami` does.
    """
    missing = []
    if needs.versions:
        missing += wrong_version(needs.versions, await running_version(ami, timeout=timeout), spec)
    missing += [f"needs module {name}, which does not run on {spec}" for name in needs.modules
                if not await is_running(ami, name, timeout=timeout)]
    return missing + await missing_when_running(needs, ami, spec, timeout=timeout)


async def running_version(ami: AmiDriver, *, timeout: float) -> str:
    """The version that an Asterisk says it is of. Raises what `ami` does."""
    answer = await ami.action("CoreSettings", timeout=timeout)
    said = answer.message.get("AsteriskVersion") or ""
    return upstream_version(f"Asterisk {said}") or said


def wrong_version(versions: Sequence[str], version: str, spec: str) -> list[str]:
    """What is missing where `version` lies in none of the ranges of a test or a scenario; [] if there are none.

    Raises MachineError where it has no place in the order.
    """
    if not versions:
        return []
    own = comparable(version)
    if own is None:
        raise MachineError(f"{spec} calls itself Asterisk '{version}', which cannot be compared with "
                           f"{' or '.join(versions)}")
    if any(parse_range(text).holds(own) for text in versions):
        return []
    return [f"needs Asterisk {' or '.join(versions)}, and {spec} is {version}"]


async def is_running(ami: AmiDriver, module: str, *, timeout: float) -> bool:
    """Whether an Asterisk runs a module. Raises what `ami` does.

    AMI's ModuleCheck is no answer: it says yes to a module that is in memory and has declined to run, as app_queue does
    without a queues.conf (16.28, 22.10; main/loader.c, ast_module_check).
    """
    return module in _running(await ami.command(f"module show like {module}.so", timeout=timeout))


async def first_not_running(ami: AmiDriver, modules: Sequence[str], *, timeout: float) -> str | None:
    """The first of these modules that an Asterisk does not run, asked for once; None if it runs all of them."""
    if not modules:
        return None
    like = f" like {modules[0]}.so" if len(modules) == 1 else ""
    running = _running(await ami.command(f"module show{like}", timeout=timeout))
    return next((name for name in modules if name not in running), None)


def _running(lines: Iterable[str]) -> set[str]:
    """The modules that run, of the lines of `module show`."""
    return {line.partition(".so ")[0] for line in lines if " Running " in line and " Not Running " not in line}


def _providers(data_dir: Path, applications: Sequence[str]) -> dict[str, str]:
    """The module of each application, as far as the build's documentation names it."""
    if not applications:
        return {}
    try:
        text = (data_dir / _DOCUMENTATION).read_bytes()
    except OSError:  # `missing_when_running` finds out all the same
        return {}
    modules = {name.decode(errors="replace").lower(): module.decode(errors="replace")
               for name, module in _APPLICATION.findall(text)}
    return {name: modules[name.lower()] for name in applications if name.lower() in modules}


async def _has_application(ami: AmiDriver, name: str, timeout: float) -> bool:
    from callgate.ami.errors import AmiRefusedError

    try:
        await ami.command(f"core show application {name}", timeout=timeout)
    except AmiRefusedError as error:
        if "not registered" in str(error):  # main/pbx_app.c; anything else is no answer to the question
            return False
        raise
    return True


async def _build_options(ami: AmiDriver, timeout: float) -> tuple[set[str], bool]:
    """The options that Asterisk says it was built with, and whether those are all of them."""
    found = [line for text in await ami.command("core show settings", timeout=timeout)
             if (line := _OPTIONS_LINE.fullmatch(text))]
    if not found:
        raise MachineError("'core show settings' does not tell this Asterisk's build options")
    options = {name for line in found for name in re.findall(r"[A-Z][A-Z0-9_]*", line[2])}
    return options, any(line[1] == "All " for line in found)


def _importable(name: str) -> bool:
    """Whether there is such a module; nothing of it is run to find out."""
    first, *below = name.split(".")
    try:
        found = importlib.util.find_spec(first)
    except ValueError:  # `__main__` is there, and has no specification
        return False
    whole = first
    for part in below:
        if found is None or found.submodule_search_locations is None:
            return False
        whole += f".{part}"
        found = PathFinder.find_spec(whole, found.submodule_search_locations)
    return found is not None


def _perhaps(name: str, modules: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, modules, n=1, cutoff=0.8)
    return f" (it has {near[0]})" if near else ""
