"""Loads a suite: finds what was selected, reads and checks all of it, gives tests or every error at once."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from callgate.ami.driver import DriverName
from callgate.errors import NothingSelectedError, UsageError
from callgate.scenario.model import Scenario, Test
from callgate.scenario.steps.base import Step
from callgate.suite.diagnostics import Diagnostic, InvalidFilesError, printable, quoted
from callgate.suite.find import CONFIG_NAME, bad_name, shown
from callgate.suite.keyword import Wanted, parse_keyword
from callgate.suite.ownsteps import read_own_steps
from callgate.suite.schema import Defaults, SuiteConfig
from callgate.suite.select import Chosen, select, unknown_scenario
from callgate.suite.testfile import Terms, read_test
from callgate.suite.validate import validate
from callgate.suite.yamlfile import read_yaml
from callgate.suite.yamltree import Map

if TYPE_CHECKING:
    from callgate.asterisk.remote import RemoteSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """What the test-config.yaml at the root says."""

    #: Asterisks that run elsewhere, by name.
    builds: Mapping[str, RemoteSettings]
    defaults: Defaults
    ami_driver: DriverName = "builtin"


@dataclass(frozen=True, slots=True)
class Suite:
    """What was selected, all of it checked."""

    root: Path
    settings: Settings
    #: Sorted by id, each with the scenarios that were selected and no others; at least one.
    tests: tuple[Test, ...]


def load_suite(
    root: Path,
    selectors: Sequence[str],
    keyword: str | None,
    steps: Mapping[str, type[Step]],
    *,
    current: Path | None = None,
    sought: bool = True,
) -> Suite:
    """Load what the selectors and the keyword expression select, with `steps` as the language.

    A relative path among the selectors is looked for in `current` (the process's directory, if not given),
    then in `root`. Without `sought`, tests do not say what they look for, which takes a tenth of the time.
    Raises UsageError for selectors that name nothing, InvalidFilesError (a UsageError) with all errors of all
    selected files and of the root's, and NothingSelectedError when no scenario is left.
    """
    root = _absolute(root)
    wanted = None if keyword is None else parse_keyword(keyword)
    errors: list[Diagnostic] = []
    settings = _load_settings(root, errors)
    terms = Terms(None if errors else settings.defaults.scenario_timeout, sought)
    try:
        selection = select(root, selectors, current or Path.cwd())
    except (UsageError, NothingSelectedError):
        _refuse(errors)  # what is wrong in the root's file may be why
        raise
    errors += selection.errors
    chosen = sorted(selection.tests.values(), key=lambda one: one.directory)
    with _uncollected():
        tests = [_load_test(root, one, steps, terms, errors) for one in chosen]
    _refuse(errors)
    asked = _only_named([test for test in tests if test is not None], chosen, root)
    return Suite(root, settings, _only_wanted(asked, wanted, keyword))


def load_test(root: Path, directory: Path, steps: Mapping[str, type[Step]]) -> Test:
    """Load the whole of one test.

    Raises UsageError for a directory outside of the root, InvalidFilesError with all that is wrong with the test.
    """
    root, directory = _absolute(root), _absolute(directory)
    if not directory.is_relative_to(root):
        raise UsageError(f"{quoted(str(directory))} is outside of {printable(str(root))}")
    errors: list[Diagnostic] = []
    settings = _load_settings(root, errors)
    test = _load_test(root, Chosen(directory, None), steps, Terms(settings.defaults.scenario_timeout), errors)
    _refuse(errors)
    if test is None:
        raise AssertionError(f"{directory} is no test, and has no error")
    return test


def load_settings(root: Path) -> Settings:
    """Load the test-config.yaml at the root alone; there need not be one. Raises InvalidFilesError."""
    errors: list[Diagnostic] = []
    settings = _load_settings(_absolute(root), errors)
    _refuse(errors)
    return settings


def load_steps(root: Path, test: str, steps: Mapping[str, type[Step]]) -> Mapping[str, type[Step]]:
    """The language of one test: `steps`, and those that it brings itself. Its test-config.yaml is not looked at.

    Raises UsageError for what is no test, or several, and InvalidFilesError for a `steps.py` with errors.
    """
    root = _absolute(root)
    selection = select(root, [test], Path.cwd())
    _refuse(selection.errors)
    if len(selection.tests) > 1:
        raise UsageError(f"{quoted(test)} holds {len(selection.tests)} tests, and one is asked for")
    [chosen] = selection.tests.values()
    own = read_own_steps(chosen.directory, shown(root, chosen.directory), steps)
    _refuse(own.errors)
    return {**steps, **own.steps}


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for cycles: nodes are in none, and looking through them takes a fifth of the time.

    What was made goes to those objects that are looked through last.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def _absolute(path: Path) -> Path:
    # Not resolve(): the suite is called as the user calls it, symbolic links and all.
    return Path(os.path.normpath(path.absolute()))


def _refuse(errors: Sequence[Diagnostic]) -> None:
    if errors:
        raise InvalidFilesError(errors)


def _load_settings(root: Path, errors: list[Diagnostic]) -> Settings:
    path = root / CONFIG_NAME
    builds: dict[str, RemoteSettings] = {}
    if not os.path.lexists(path):
        return Settings(builds, Defaults())
    document = read_yaml(path, CONFIG_NAME)
    config = None
    if document.root is not None:
        config = validate(SuiteConfig, document.root, document.source)
        entries = document.root.entries.get("builds") if isinstance(document.root, Map) else None
        if entries is not None and isinstance(entries[1], Map):
            from callgate.asterisk.remote import RemoteSettings  # only for suites that know such a build

            for name, (key, node) in entries[1].entries.items():
                build = validate(RemoteSettings, node, document.source, key)
                if build is not None:
                    builds[name] = build
    errors += document.source.errors
    return Settings(builds, config.defaults, config.ami_driver) if config else Settings(builds, Defaults())


def _load_test(
    root: Path, chosen: Chosen, steps: Mapping[str, type[Step]], terms: Terms, errors: list[Diagnostic]
) -> Test | None:
    name = shown(root, chosen.directory)
    unnameable = bad_name(name)
    if unnameable is not None:
        errors.append(Diagnostic(name, 0, 0, unnameable))
        return None
    document = read_yaml(chosen.directory / CONFIG_NAME, f"{name}/{CONFIG_NAME}")
    own = read_own_steps(chosen.directory, name, steps)
    test = read_test(document, name, chosen.directory, {**steps, **own.steps} if own.steps else steps, terms,
                     own.unread)
    errors += [*own.errors, *document.source.errors]
    return test


def _only_named(tests: Sequence[Test], chosen: Sequence[Chosen], root: Path) -> list[Test]:
    """Leave the scenarios that were asked for. Raises UsageError for those that no test has."""
    by_id = {shown(root, one.directory): one for one in chosen}
    wrong: list[str] = []
    asked: list[Test] = []
    for test in tests:
        names = by_id[test.id].names
        if names is None:
            asked.append(test)
            continue
        # A scenario with cases is asked for by its own name, for all of them, or by that of one: `Babs[ulaw]`.
        known = dict.fromkeys(name for one in test.scenarios for name in (one.group, one.name))
        wrong += [unknown_scenario(selector, test.id, name, known)
                  for name, selector in names.items() if name not in known]
        asked.append(replace(test, scenarios=tuple(one for one in test.scenarios
                                                   if one.name in names or one.group in names)))
    if wrong:
        raise UsageError("\n".join(wrong))
    return asked


def _only_wanted(tests: Sequence[Test], wanted: Wanted | None, keyword: str | None) -> tuple[Test, ...]:
    """Leave the scenarios that the expression of -k wants. Raises NothingSelectedError for none at all."""
    if wanted is None:
        return tuple(tests)
    left: list[Test] = []
    for test in tests:
        tags = tuple(tag.lower() for tag in test.tags)
        scenarios = tuple(one for one in test.scenarios if wanted((one.id.lower(), *tags)))
        if scenarios:
            left.append(replace(test, scenarios=scenarios))
    if not left:
        total = _count(scenario for test in tests for scenario in test.scenarios)
        raise NothingSelectedError(f"-k {quoted(keyword or '')} matches none of {total}")
    return tuple(left)


def _count(scenarios: Iterable[Scenario]) -> str:
    number = sum(1 for _ in scenarios)
    return "1 scenario" if number == 1 else f"{number} scenarios"
