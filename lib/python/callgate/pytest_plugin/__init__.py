"""The pytest plugin: each scenario below the directories that pytest is given is a test item.

pytest loads it in every run where Callgate is installed, so that this module imports nothing heavy: what needs
pydantic, YAML or Twisted is imported when a scenario is found.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from callgate.ami.driver import DriverName
from callgate.pytest_plugin.recognise import is_ours

if TYPE_CHECKING:
    from callgate.pytest_plugin.collecting import ScenarioFile
    from callgate.pytest_plugin.live import LiveAsterisk
    from callgate.pytest_plugin.playing import Playing

#: Names of marks that pytest or a plugin gives a meaning: all that were registered, but for those of the ini file.
RESERVED = pytest.StashKey[frozenset[str]]()
#: The marks that the ini file registers; they mean nothing but themselves.
_NAMED = pytest.StashKey[frozenset[str]]()
#: What the fixture gave to a test.
_GIVEN = pytest.StashKey["LiveAsterisk"]()
#: Whether there is a file of ours.
_FOUND = pytest.StashKey[bool]()
#: Where a run keeps what plays; only there once a scenario, or a test with the fixture, is about to be played.
_PLAYING = pytest.StashKey["Playing"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of `callgate run` that pytest has not got itself, under the same names."""
    group = parser.getgroup("callgate", "Callgate: scenarios on a live Asterisk")
    group.addoption("--asterisk", dest="callgate_asterisk", action="append", metavar="BUILD", default=[],
                    help="debian:sid, debian:experimental, debian:bullseye, a path, or remote:NAME; several of them "
                         "play each scenario on each (default: $CALLGATE_ASTERISK, else asterisk on PATH, else "
                         "debian:sid)")
    group.addoption("--ami-driver", dest="callgate_ami_driver", choices=get_args(DriverName),
                    help="what reads and writes AMI (default: 'ami-driver' of the suite's test-config.yaml)")
    group.addoption("--mirror", dest="callgate_mirror", metavar="URL", help="Debian mirror to fetch from")
    group.addoption("--root", dest="callgate_root", metavar="DIR", type=Path,
                    help="root of the suite: ids are relative to it (default: pytest's rootdir)")
    group.addoption("--run-dir", dest="callgate_run_dir", metavar="DIR", type=Path,
                    help="where run directories are made (default: .callgate/runs under the root)")
    group.addoption("--keep", dest="callgate_keep", action="store_true",
                    help="leave the journals and logs of passing scenarios, too")
    group.addoption("--no-skips", dest="callgate_no_skips", action="store_true",
                    help="a scenario that would be skipped has failed, with the same reason")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the mark that says what the fixture `asterisk` is to boot."""
    config.stash[_NAMED] = _registered(config)  # of the ini file alone: plugins add theirs from now on
    config.addinivalue_line("markers", "asterisk(modules=[...], all_modules=False): what the Asterisk of the fixture "
                                       "'asterisk' loads besides what Callgate needs")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Get the builds that are named, once, before anything is collected; a worker of pytest-xdist finds them there."""
    config = session.config
    builds = config.getoption("callgate_asterisk")
    if builds and not config.option.collectonly and not hasattr(config, "workerinput"):
        playing_of(config).get_builds(builds)


def pytest_collection(session: pytest.Session) -> None:
    """Know the marks that a tag must not be, now that all are registered."""
    named: frozenset[str] = session.config.stash[_NAMED]
    session.config.stash[RESERVED] = _registered(session.config).difference(named)


def _registered(config: pytest.Config) -> frozenset[str]:
    return frozenset(re.split(r"[:(]", line, maxsplit=1)[0].strip() for line in config.getini("markers"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a test in Python on each of several builds, too."""
    builds = metafunc.config.getoption("callgate_asterisk")
    if "asterisk" in metafunc.fixturenames and len(builds) > 1:
        metafunc.parametrize("asterisk", builds, indirect=True)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Take each test-config.yaml that holds a test."""
    if not is_ours(file_path):
        return None
    from callgate.pytest_plugin.collecting import ScenarioFile, root_of

    if file_path.parent == root_of(parent.config):
        return None  # that of the suite, which is no test
    parent.config.stash[_FOUND] = True
    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Find out what can be wrong without an Asterisk before any is started."""
    option = session.config.option
    if _FOUND not in session.config.stash or option.collectonly or (
            session.testsfailed and not option.continue_on_collection_errors):
        return
    from callgate.pytest_plugin.collecting import scenarios_of

    if items := scenarios_of(session.items):
        playing_of(session.config).prepare(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let no test pass that asked for an Asterisk and never played on it."""
    result = yield
    if _GIVEN in item.stash and not item.stash[_GIVEN].played:
        pytest.fail("the test asks for the fixture 'asterisk' and never calls its play(): nothing was tested",
                    pytrace=False)
    return result


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Part from an Asterisk after the last scenario that needs it; what goes wrong then is an error of that item."""
    if _PLAYING in item.config.stash:
        item.config.stash[_PLAYING].leave(item, nextitem)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the run, and let no run be green in which Callgate itself has failed."""
    if _PLAYING in session.config.stash and not session.config.stash[_PLAYING].end():
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.fixture
def asterisk(request: pytest.FixtureRequest) -> LiveAsterisk:
    """A private Asterisk for a test in Python; its configuration is `configs/ast1` beside the test's file."""
    from callgate.pytest_plugin.live import LiveAsterisk

    builds = [*request.config.getoption("callgate_asterisk"), None]
    given = LiveAsterisk(request.node, playing_of(request.config), getattr(request, "param", builds[0]))
    request.node.stash[_GIVEN] = given
    return given


def playing_of(config: pytest.Config) -> Playing:
    """What plays in this run of pytest."""
    if _PLAYING not in config.stash:
        from callgate.pytest_plugin.playing import Playing

        config.stash[_PLAYING] = Playing(config)
    return config.stash[_PLAYING]
