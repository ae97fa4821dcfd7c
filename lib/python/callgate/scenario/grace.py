"""How long an event can come after the end of its channel.

Apart from `waiting`, so that steps can be read and checked before Twisted is imported.
"""

from __future__ import annotations

#: Seconds that an event of a channel is still waited for after that channel was hung up: it may come on
#: another connection than the Hangup did.
GRACE = 1.0
