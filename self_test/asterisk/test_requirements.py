"""What a test needs and does not get, told by the machine, the build's files or the Asterisk itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from self_test.scenario.stand import Awaited

from callgate.ami.codec import Message
from callgate.ami.driver import AmiDriver, Headers, Response
from callgate.ami.errors import AmiRefusedError
from callgate.asterisk.build import Build
from callgate.asterisk.requirements import (
    Needs,
    first_not_running,
    is_running,
    missing_elsewhere,
    missing_here,
    missing_in_build,
    missing_when_running,
    modules_to_load,
)
from callgate.errors import MachineError

DOCUMENTATION = """\
<docs><application name="Queue" language="en_US" module="app_queue"><synopsis/></application>
<application name="Page" language="en_US" module="app_page"/>
<application name="NoOp" language="en_US" module="builtin"/>
</docs>"""
THERE = "debian:sid (Asterisk 22.10.1)"


def a_build(path: Path, version: str = "22.10.1", documentation: str = DOCUMENTATION) -> Build:
    modules, data = path / "modules", path / "data"
    (data / "documentation").mkdir(parents=True)
    (data / "documentation" / "core-en_US.xml").write_text(documentation)
    modules.mkdir()
    for name in ("app_queue", "res_ari_channels"):
        (modules / f"{name}.so").touch()
    return Build("debian:sid", path, path / "asterisk", (), modules, data, version)


def needs(*pairs: tuple[str, str], versions: tuple[str, ...] = ()) -> Needs:
    return Needs.of(pairs, versions)


def test_nothing_is_needed(tmp_path: Path) -> None:
    assert missing_here(needs()) == missing_in_build(needs(), a_build(tmp_path, "UNKNOWN")) == []


def test_a_kind_that_nobody_checks_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unknown kind: custom"):
        needs(("custom", "x"))


@pytest.mark.parametrize(("kind", "value", "message"), [
    ("program", "sh", None),
    ("program", "/bin/sh", None),
    ("program", "no-such-program", "needs program no-such-program, which is not on PATH"),
    ("python", "yaml", None),
    ("python", "xml.etree.ElementTree", None),
    ("python", "sys", None),
    ("python", "xml.nothing", "needs Python module xml.nothing, which this Python does not have"),
    ("python", "yaml.nodes.below", "needs Python module yaml.nodes.below, which this Python does not have"),
    ("python", "no_such_module", "needs Python module no_such_module, which this Python does not have"),
])
def test_the_machine(kind: str, value: str, message: str | None) -> None:
    assert missing_here(needs((kind, value))) == ([message] if message else [])


def test_a_python_module_is_looked_for_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "explosive"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('it was run')\n")
    (package / "inner.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert missing_here(needs(("python", "explosive"), ("python", "explosive.inner"))) == []


@pytest.mark.parametrize(("kind", "value", "message"), [
    ("asterisk", "app_queue", None),
    ("asterisk", "app_que", f"needs module app_que, which {THERE} does not have (it has app_queue)"),
    ("asterisk", "chan_x", f"needs module chan_x, which {THERE} does not have"),
    ("ari", "mailboxes", f"needs module res_ari_mailboxes, which {THERE} does not have"),
    ("ari", "channels", None),
    ("application", "queue", None),
    ("application", "NoOp", None),
    ("application", "Nobody", None),  # a module that Asterisk's documentation does not know may have it
    ("application", "Page", f"needs application Page, whose module app_page {THERE} does not have"),
])
def test_the_files_of_a_build(tmp_path: Path, kind: str, value: str, message: str | None) -> None:
    assert missing_in_build(needs((kind, value)), a_build(tmp_path)) == ([message] if message else [])


def test_what_callgate_stands_on_is_never_a_reason_to_skip(tmp_path: Path) -> None:
    build = a_build(tmp_path)
    (build.module_dir / "res_ari_channels.so").unlink()
    wanted = needs(("asterisk", "res_ari_channels"), ("asterisk", "app_stasis"), ("ari", "events"))
    assert missing_in_build(wanted, build) == []


@pytest.mark.parametrize(("version", "message"), [
    ("22.10.1", None), ("20.15.0", None), ("GIT-master-abc", None),
    ("16.28.0", "needs Asterisk >=20.15,<21 or >=22.5, and debian:sid is 16.28.0"),
    ("22.5.0-rc1", "needs Asterisk >=20.15,<21 or >=22.5, and debian:sid is 22.5.0-rc1"),
])
def test_versions(tmp_path: Path, version: str, message: str | None) -> None:
    wanted = needs(versions=(">=20.15,<21", ">=22.5"))
    assert missing_in_build(wanted, a_build(tmp_path, version)) == ([message] if message else [])


def test_a_version_that_cannot_be_compared_is_nobodys_skip(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"^debian:sid calls itself Asterisk 'UNKNOWN__x', which cannot be compared "
                                           r"with >=22$"):
        missing_in_build(needs(versions=(">=22",)), a_build(tmp_path, "UNKNOWN__x"))


def test_what_a_test_names_is_loaded(tmp_path: Path) -> None:
    wanted = needs(("asterisk", "app_page"), ("application", "Queue"), ("application", "NoOp"), ("ari", "bridges"),
                   ("asterisk", "app_queue"))
    assert modules_to_load(wanted, a_build(tmp_path)) == ("app_page", "res_ari_bridges", "app_queue")


def test_documentation_that_names_no_modules(tmp_path: Path) -> None:
    build = a_build(tmp_path, "16.28.0", '<docs><application name="Page" language="en_US"></application></docs>')
    assert modules_to_load(needs(("application", "Page")), build) == ()
    assert missing_in_build(needs(("application", "Page")), build) == []
    (build.data_dir / "documentation" / "core-en_US.xml").unlink()
    assert missing_in_build(needs(("application", "Page")), build) == []


# -- a running Asterisk --------------------------------------------------------------------------------

class Ami:
    """Answers from tables: `commands` as of the CLI, None for an application that is not there."""

    def __init__(self, commands: Mapping[str, tuple[str, ...] | str], modules: tuple[str, ...] = (),
                 version: str = "") -> None:
        self.commands, self.modules, self.version = commands, modules, version

    async def command(self, cli: str, *, timeout: float) -> tuple[str, ...]:
        if cli.startswith("module show like "):
            return tuple(MODULES) if cli.removeprefix("module show like ").removesuffix(".so") in self.modules else ()
        found = self.commands[cli]
        if isinstance(found, str):
            raise AmiRefusedError(f"Asterisk at 127.0.0.1:1 refused the command '{cli}': {found}")
        return found

    async def action(self, name: str, headers: Headers = (), *, timeout: float) -> Response:
        assert name == "CoreSettings"
        return Response(Message((("Response", "Success"), ("AsteriskVersion", self.version))))


#: As 16.28 and 22.10 say it.
MODULES = (
    "Module                         Description                              Use Count  Status      Support Level",
    "app_queue.so                   True Call Queueing                       0          Running              core",
    "app_page.so                    Page Multiple Phones                     0          Not Running          core",
    "2 modules loaded")
SETTINGS = "core show settings"
OLD = ("PBX Core settings", "  Build Options:               OPTIONAL_API, X_1")
NEW = ("  ABI related Build Options:   OPTIONAL_API", "  All Build Options:           OPTIONAL_API, DONT_OPTIMIZE")


def asked(wanted: Needs, ami: Ami) -> list[str]:
    found: list[str] = Awaited(missing_when_running(wanted, cast(AmiDriver, ami), "Asterisk", timeout=1.0)).result()
    return found


@pytest.mark.parametrize(("lines", "option", "message"), [
    (OLD, "X_1", None), (NEW, "DONT_OPTIMIZE", None), (NEW, "OPTIONAL_API", None),
    (OLD, "TEST_FRAMEWORK", "needs build option TEST_FRAMEWORK, and Asterisk was built with OPTIONAL_API, X_1"),
    (NEW, "MALLOC_DEBUG", "needs build option MALLOC_DEBUG, and Asterisk was built with DONT_OPTIMIZE, OPTIONAL_API"),
    (OLD, "MALLOC_DEBUG", "needs build option MALLOC_DEBUG, and Asterisk does not tell whether it has it"),
    (("  Build Options:               (none)",), "X", "needs build option X, and Asterisk was built with no option"),
])
def test_build_options(lines: tuple[str, ...], option: str, message: str | None) -> None:
    assert asked(needs(("buildoption", option)), Ami({SETTINGS: lines})) == ([message] if message else [])


def test_settings_without_build_options_are_no_answer() -> None:
    with pytest.raises(MachineError, match="does not tell"):
        asked(needs(("buildoption", "X")), Ami({SETTINGS: ("PBX Core settings",)}))


@pytest.mark.parametrize(("module", "runs"), [("app_queue", True), ("app_page", False), ("queue", False), ("x", False)])
def test_a_module_that_has_declined_does_not_run(module: str, runs: bool) -> None:
    ami = cast(AmiDriver, Ami({}, ("app_queue", "app_page", "queue")))
    assert Awaited(is_running(ami, module, timeout=1.0)).result() is runs


@pytest.mark.parametrize(("modules", "first"), [
    ((), None), (("app_queue",), None), (("app_page",), "app_page"), (("app_queue", "queue", "app_page"), "queue"),
    (("app_queue", "app_queue"), None)])
def test_the_first_module_that_does_not_run_is_found_by_asking_once(modules: tuple[str, ...],
                                                                    first: str | None) -> None:
    ami = Ami({"module show": tuple(MODULES)}, ("app_queue", "app_page", "queue"))
    assert Awaited(first_not_running(cast(AmiDriver, ami), modules, timeout=1.0)).result() == first


def test_applications() -> None:
    ami = Ami({"core show application Queue": ("  -= Info about Application 'Queue' =- ",),
               "core show application Nobody": "Your application(s) is (are) not registered"})
    assert asked(needs(("application", "Queue"), ("application", "Nobody")), ami) == [
        "needs application Nobody, which Asterisk does not have loaded"]


def test_an_account_that_may_not_ask_makes_no_skip() -> None:
    with pytest.raises(AmiRefusedError, match="Permission denied"):
        asked(needs(("application", "Queue")), Ami({"core show application Queue": "Permission denied"}))


def test_an_asterisk_elsewhere_is_asked_for_all_of_it() -> None:
    wanted = needs(("asterisk", "app_queue"), ("ari", "bridges"), versions=(">=22.11",))
    ami = cast(AmiDriver, Ami({}, ("app_queue",), "22.10.1+dfsg+~cs6.17"))
    assert Awaited(missing_elsewhere(wanted, ami, "remote:lab", timeout=1.0)).result() == [
        "needs Asterisk >=22.11, and remote:lab is 22.10.1",
        "needs module res_ari_bridges, which does not run on remote:lab"]
    ami = cast(AmiDriver, Ami({}, (), ""))
    with pytest.raises(MachineError, match="remote:lab calls itself Asterisk '', which cannot be compared"):
        Awaited(missing_elsewhere(wanted, ami, "remote:lab", timeout=1.0)).result()
