"""Where a worker or a session is tried out."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.run.houses import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A house of fake places, with a run directory and a console."""
    return Site(tmp_path)
