"""What `pip install` makes works on its own: in an empty environment, with no checkout near and an empty home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from self_test.live.runner import REPOSITORY

from callgate.asterisk.settings import BuildSettings

pytestmark = pytest.mark.live

#: What a source distribution would hold of the tree.
SOURCES = ("pyproject.toml", "README.md", "lib/python/callgate")


class Installed:
    """A wheel of the tree, installed into an environment of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.python = directory / "environment" / "bin" / "python"
        source = directory / "source"
        for name in SOURCES:
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(REPOSITORY / name, target)
        # pip from outside: Debian's Python cannot put one into an environment. It asks its own index for all it needs.
        self._call(sys.executable, "-m", "venv", "--without-pip", str(self.python.parents[1]))
        self._call(sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet",
                   "--disable-pip-version-check", str(source))
        shutil.rmtree(source)

    @staticmethod
    def _call(*argv: str) -> None:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr

    def callgate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the installed command where nothing of ours is; only fetched builds are shared with the user."""
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        environment = {"HOME": str(home), "PATH": os.defpath,
                       "CALLGATE_CACHE": str(BuildSettings(os.environ).cache)}
        return subprocess.run([self.python.parent / "callgate", *arguments], cwd=self.directory, env=environment,
                              capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def test_it_says_its_version(installed: Installed) -> None:
    done = installed.callgate("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "callgate 0.1.0\n", "")
    assert installed.callgate("--help").stdout.startswith("usage: callgate ")


def test_it_prints_the_schema(installed: Installed) -> None:
    done = installed.callgate("schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (REPOSITORY / "docs" / "schema" / "test-config.schema.json").read_text()


@pytest.mark.usefixtures("live_build")
def test_it_plays_a_scenario(installed: Installed) -> None:
    test = Path("tests/stasis/stasisstatus")
    shutil.copytree(REPOSITORY / test, installed.directory / test, dirs_exist_ok=True)
    done = installed.callgate("run", "--asterisk", "debian:sid", f"{test}::Babs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_pytest_that_is_added_finds_the_plugin(installed: Installed) -> None:
    program = "import importlib.metadata as one; print([point.value for point in one.entry_points(group='pytest11')])"
    found = subprocess.run([installed.python, "-I", "-c", program], cwd=installed.directory, capture_output=True,
                           text=True, check=True)
    assert found.stdout == "['callgate.pytest_plugin']\n"
