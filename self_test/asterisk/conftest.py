"""A signed Debian repository on this disk, and settings that lead to it and nowhere else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from self_test.asterisk.repository import Repository, Signer

from callgate.asterisk.settings import BuildSettings


@pytest.fixture(scope="session")
def new_signer() -> Iterator[Callable[[], Signer]]:
    """Give a function that makes a new signing key."""
    for program in ("gpg", "apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on PATH")
    made: list[Signer] = []

    def make() -> Signer:
        signer = Signer(Path(tempfile.mkdtemp(prefix="gpg-")))
        made.append(signer)
        signer.make_key()
        return signer

    yield make
    for signer in made:
        signer.close()
        shutil.rmtree(signer.home, ignore_errors=True)


@pytest.fixture(scope="session")
def signer(new_signer: Callable[[], Signer]) -> Signer:
    """Whose signature `local` trusts."""
    return new_signer()


@pytest.fixture
def repository(tmp_path: Path, signer: Signer) -> Repository:
    """A repository with a small Asterisk that is built but not published."""
    repository = Repository(tmp_path / "debian", tmp_path / "work")
    repository.build()
    return repository


@pytest.fixture
def local(tmp_path: Path, signer: Signer) -> BuildSettings:
    """Settings with an empty cache and an empty home, for `repository`."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "CALLGATE_CACHE": str(tmp_path / "cache")}
    return BuildSettings(environment, mirror=f"file:{tmp_path / 'debian'}",
                         keyrings=signer.keyrings(tmp_path / "keyrings"))
