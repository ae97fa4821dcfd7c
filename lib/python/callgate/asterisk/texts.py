"""Whether a text is anywhere in the program of a build, or in one of its modules.

Asterisk's documentation leaves some of its events and headers out. What Asterisk can send, it has as a text: names of
events and of headers are literals of its C code, in whole or after a prefix (`%sChannel: %s`). On 16.28 and
22.10 each documented event is found in this way if its module is there (and DeadlockStart, if it is compiled in).
"""

from __future__ import annotations

from functools import cached_property

from callgate.asterisk.build import Build

#: An event of Asterisk's core (main/asterisk.c). Without it the program is not Asterisk itself, but what starts it.
_OF_THE_CORE = "FullyBooted"


class Texts:
    """The texts of one build, read when first asked for: some 20 MB, in some 50 ms."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def hold(self, word: str) -> bool:
        """Whether a text ends in this word; true as well where that is not known, as there is nothing to look at.

        Case does not matter, nor do underscores: res_pjsip makes the header DirectMedia of its option direct_media.
        A linker lets a text share the end of a longer one, so what comes before the word does not matter either.
        """
        wanted = _plain(word.encode())
        if self._all is None or not wanted:
            return True
        at = self._all.find(wanted)
        while at >= 0:
            after = self._all[at + len(wanted):at + len(wanted) + 1]
            if not after.isalnum():
                return True
            at = self._all.find(wanted, at + 1)
        return False

    @cached_property
    def _all(self) -> bytes | None:
        try:
            files = [self._build.program, *sorted(self._build.module_dir.glob("*.so"))]
            found = b"\0".join(_plain(path.read_bytes()) for path in files)
        except OSError:
            return None
        return found if _plain(_OF_THE_CORE.encode()) in found else None


def _plain(text: bytes) -> bytes:
    return text.lower().replace(b"_", b"")
