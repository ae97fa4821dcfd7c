"""What may be repeated, and what may not."""

from __future__ import annotations

import pytest

from callgate.scenario.reads import READING_ACTIONS, is_reading_action, is_reading_command


@pytest.mark.parametrize("action", [*sorted(READING_ACTIONS), "coreshowchannels", " Ping "])
def test_actions_that_read(action: str) -> None:
    assert is_reading_action(action)


@pytest.mark.parametrize("action", ["Originate", "Setvar", "Command", "Reload", "UserEvent", "Hangup", "", "${x.y}",
                                    "NoSuchAction"])
def test_actions_that_may_write(action: str) -> None:
    assert not is_reading_action(action)


def test_a_variable_is_read_and_a_function_is_called() -> None:
    assert is_reading_action("Getvar", "TIDE")
    assert not is_reading_action("getvar", "DB_DELETE(a/b)")


@pytest.mark.parametrize("command", ["core show channels", "pjsip show endpoints", "dialplan show", "database  show x",
                                     "sorcery memory cache show", "ari show websocket sessions", " bridge show all",
                                     "stasis statistics show topics"])
def test_commands_that_show(command: str) -> None:
    assert is_reading_command(command)


@pytest.mark.parametrize("command", ["core stop now", "core", "", "show", "channel originate Local/x application show",
                                     "database put show show x", "dialplan add extension show", "core showall",
                                     "${x.y} show", "module load show"])
def test_commands_that_may_do_something(command: str) -> None:
    assert not is_reading_command(command)
