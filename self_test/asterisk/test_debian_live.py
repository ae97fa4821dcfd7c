"""The real builds from the machine's own mirror, in the user's own cache: fetched if they are not there yet."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from callgate.asterisk import debian
from callgate.asterisk.build import Build
from callgate.asterisk.cache import Slot
from callgate.asterisk.catalog import resolve
from callgate.asterisk.progress import PlainProgress
from callgate.asterisk.settings import BuildSettings
from callgate.asterisk.version import ask_version
from callgate.errors import MachineError

pytestmark = pytest.mark.live
HERE = BuildSettings(os.environ)
SILENT = PlainProgress(lambda _text: None)


@pytest.fixture(scope="module", params=sorted(debian.RELEASES))
def build(request: pytest.FixtureRequest) -> Build:
    found = resolve(request.param, HERE, SILENT)
    assert isinstance(found, Build)
    return found


def test_it_answers(build: Build) -> None:
    assert ask_version(build.argv("-V"), {**os.environ, **build.environment}) == build.version
    assert re.fullmatch(r"\d+\.\d+\.\d+(-rc\d+)?", build.version)


def test_it_has_what_a_scenario_needs(build: Build) -> None:
    wanted = {"app_stasis", "pbx_config", "res_ari_channels", "res_ari_events", "res_http_websocket"}
    assert wanted <= build.modules


def test_all_its_libraries_are_in_the_tree(build: Build) -> None:
    """A library of the machine's own, next to the tree's libc, would crash sooner or later."""
    objects = [build.program, *sorted(build.module_dir.glob("*.so"))]
    listed = "".join(subprocess.run([*build.loader, "--list", str(path)], capture_output=True, text=True,
                                    check=False).stdout for path in objects)
    found = dict(re.findall(r"(\S+) => (\S+)", listed))
    assert {"libc.so.6", "libasteriskpj.so.2"} <= set(found)
    assert {name: place for name, place in found.items() if not place.startswith(f"{build.root}/")} == {}


def test_no_network_on_the_first_fetch(tmp_path: Path) -> None:
    environment = {**os.environ, "CALLGATE_CACHE": str(tmp_path), "no_proxy": "127.0.0.1"}
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # taken, and nobody listens
        mirror = f"http://127.0.0.1:{deaf.getsockname()[1]}/debian"
        with pytest.raises(MachineError, match=r"^debian:sid: the mirror cannot be reached \(apt: .*127\.0\.0\.1"):
            resolve("debian:sid", BuildSettings(environment, mirror=mirror), SILENT)
    assert Slot(tmp_path, "debian:sid").build() is None
