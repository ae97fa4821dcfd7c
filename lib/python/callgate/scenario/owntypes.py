"""The types of the fields of a test's own steps that mean more than their text: names, and who may use them when."""

from __future__ import annotations

import enum
from typing import Annotated

from callgate.scenario.steps.asking import ChannelName as AnyChannelName
from callgate.scenario.steps.base import Name


class Role(enum.Enum):
    """What a name that is given to a step is to the other steps; it stands in the type of a field."""

    #: An earlier step must have defined it.
    NEEDED = enum.auto()
    #: Later steps may use it.
    DEFINED = enum.auto()


#: A channel that an earlier step has given a name to: `call`, or `call;2` for the other half of a Local channel.
ChannelName = Annotated[AnyChannelName, Role.NEEDED]
#: Whatever an earlier step has given a name to: a channel, a client, a bridge, an event, an answer.
KnownName = Annotated[Name, Role.NEEDED]
#: A name that this step gives: to what it captures, or to a channel that it makes.
NewName = Annotated[Name, Role.DEFINED]
