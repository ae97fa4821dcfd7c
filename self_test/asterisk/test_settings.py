from __future__ import annotations

from pathlib import Path

import pytest

from callgate.asterisk.settings import BuildSettings
from callgate.errors import MachineError


@pytest.mark.parametrize(("environment", "cache"), [
    ({"HOME": "/h"}, "/h/.cache/callgate"),
    ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/callgate"),
    ({"HOME": "/h", "XDG_CACHE_HOME": "relative"}, "/h/.cache/callgate"),
    ({"HOME": "/h", "XDG_CACHE_HOME": "/x", "CALLGATE_CACHE": "/c"}, "/c"),
    ({"HOME": "/h", "CALLGATE_CACHE": ""}, "/h/.cache/callgate"),
])
def test_where_the_cache_is(environment: dict[str, str], cache: str) -> None:
    assert BuildSettings(environment).cache == Path(cache)


def test_no_home() -> None:
    with pytest.raises(MachineError, match="neither HOME nor CALLGATE_CACHE is set"):
        _ = BuildSettings({}).cache
