"""The ports that a test's steps listen on, and the static check that Asterisk is told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from callgate.scenario.references import PORT
from callgate.suite.diagnostics import did_you_mean, quoted
from callgate.suite.steps import ReadStep, every
from callgate.suite.yamltree import texts


def listened_on(steps: Sequence[ReadStep]) -> set[str]:
    """The names of the ports that steps listen on."""
    planned = (step.planned for step in every(steps))
    return {port for one in planned if one is not None for port in one.step.listens()}


def check_ports(steps: Sequence[ReadStep], templates: Collection[str]) -> None:
    """Note a step that listens on a port that neither a template nor another step names: nobody could connect to it.

    `templates` are the ports that the configuration templates of the test name.
    """
    told = {scalar.value for step in steps for scalar, _ in texts(step.node) if "${" in scalar.value}
    for step in every(steps):
        for port in sorted(step.planned.step.listens() if step.planned is not None else ()):
            reference = f"${{{PORT}.{port}}}"
            if port in templates or any(reference in text for text in told) or step.keyword is None:
                continue
            step.scope.source.error(
                step.keyword.line, step.keyword.column,
                f"Asterisk can't know of the port {quoted(port)}: no configuration template names it",
                length=step.keyword.length,
                hint=did_you_mean(port, templates) or f"write '@{{{PORT}.{port}}}' into a template, such as "
                                                      "websocket_client.conf.in")
