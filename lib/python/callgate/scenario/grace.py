"""How long something still comes by itself: an event after the end of its channel, a line of the log.

Apart from `waiting`, so that steps can be read and checked before Twisted is imported.
"""

from __future__ import annotations

#: Seconds that an event of a channel is still waited for after that channel was hung up: it may come on
#: another connection than the Hangup did.
GRACE = 1.0
#: Seconds in which Asterisk logs what it has just done, on a machine that is not busy; after them it is better asked.
AT_ONCE = 0.005
