"""Which modules a test's Asterisk loads, and what those need in turn.

Asterisk loads a module only when everything in its `.requires` is loaded or about to be (main/loader.c), and the
lists differ between versions: 22 has res_websocket_client under res_ari, 16 does not. The lists are text in the
module files, so they are read there instead of being kept here for every version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

#: What every scenario stands on: dialplan, Stasis, ARI with its events, and the wizard that reads sorcery's
#: *.conf files (22's res_websocket_client does not load without one).
BASE = ("pbx_config", "app_stack", "app_stasis", "res_sorcery_config", "res_timing_timerfd", "res_ari",
        "res_ari_events", "res_ari_channels", "res_ari_applications", "res_ari_asterisk", "res_http_websocket")
#: Without these there is nothing that Callgate could talk to.
INDISPENSABLE = ("pbx_config", "res_ari", "res_ari_events", "res_ari_channels", "res_http_websocket")
#: The module behind each resource of ARI, by the resource's name in rest-api/resources.json.
RESOURCES = {
    "applications": "res_ari_applications", "asterisk": "res_ari_asterisk", "bridges": "res_ari_bridges",
    "channels": "res_ari_channels", "deviceStates": "res_ari_device_states", "endpoints": "res_ari_endpoints",
    "events": "res_ari_events", "mailboxes": "res_ari_mailboxes", "playbacks": "res_ari_playbacks",
    "recordings": "res_ari_recordings", "sounds": "res_ari_sounds",
}

_NAMES = re.compile(rb"\0([a-z][a-z0-9_]*(?:,[a-z][a-z0-9_]*)*)(?=\0)")


@cache
def named_in(module_file: Path) -> frozenset[str]:
    """Every name, or name of a comma-separated list, that stands as a string of its own in a module file.

    A superset of what it requires: it also holds names that mean no module, and optional ones. Read once: a build does
    not change while it is tested.
    """
    lists = _NAMES.findall(module_file.read_bytes())
    return frozenset(name for names in lists for name in names.decode().split(","))


def closure(module_dir: Path, wanted: Iterable[str], built: frozenset[str] | None = None) -> list[str]:
    """The wanted modules that the build has, and the modules that they name, and so on; sorted.

    `built` are the modules in the directory, where that is known.
    """
    if built is None:
        built = frozenset(path.stem for path in module_dir.glob("*.so"))
    chosen = {name for name in wanted if name in built}
    pending = list(chosen)
    for name in pending:  # which grows meanwhile
        more = (named_in(module_dir / f"{name}.so") & built) - chosen
        chosen |= more
        pending += more
    return sorted(chosen)
