"""Files that hypothesis makes up: the words of the language in whatever order, shrunk when one is answered wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from self_test.fuzz.wounds import KEYS, TOKENS

from callgate.scenario.steps import STEPS
from callgate.suite.fields import keys_of

_TEXTS = st.one_of(st.sampled_from(TOKENS), st.sampled_from(["call", "A", "1s", "16", "${call.id}", *STEPS]),
                   st.text(max_size=8))
_FIELDS = sorted({*KEYS, *(key for step in STEPS.values() for key in keys_of(step))})
_NODES: st.SearchStrategy[Any] = st.recursive(
    _TEXTS, lambda below: st.one_of(st.lists(below, max_size=4),
                                    st.dictionaries(st.sampled_from(_FIELDS), below, max_size=4)), max_leaves=12)
#: A step that is one, with fields that it may have.
_STEPS = st.sampled_from(sorted(STEPS)).flatmap(
    lambda name: st.dictionaries(st.sampled_from([*sorted(keys_of(STEPS[name])), "as", "Cause"]), _NODES, max_size=6)
    .map(lambda fields: {name: fields}))


def _scenario(steps: Any, more: dict[str, Any]) -> dict[str, Any]:
    return {"testinfo": {"summary": "S."}, "scenarios": {"A": {"summary": "S.", "steps": steps, **more}}}


def _file(properties: Any) -> dict[str, Any]:
    return {**_scenario([{"register": "a"}], {}), "properties": properties}


FILES: st.SearchStrategy[Any] = st.one_of(
    _NODES,
    st.builds(_scenario, st.lists(st.one_of(_STEPS, _NODES), max_size=5),
              st.dictionaries(st.sampled_from(["finally", "timeout", "skip", "cases", "expected-result"]), _NODES,
                              max_size=2)),
    st.builds(_file, st.dictionaries(st.sampled_from(_FIELDS), _NODES, max_size=4)))


def try_out(look_at: Callable[[bytes], str], count: int, number: int) -> str:
    """Show `look_at` so many files; gives what was wrong with the smallest that is answered wrongly, '' for none."""
    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
    @given(FILES)
    def attempt(tree: Any) -> None:
        data = json.dumps(tree, ensure_ascii=False).encode(errors="replace")  # JSON is YAML
        wrong = look_at(data)
        if wrong:
            raise WrongAnswerError(data, wrong)

    try:
        attempt()
    except WrongAnswerError as error:
        return f"{error.wrong}\n--- the file\n{error.data.decode()}"
    return ""


class WrongAnswerError(Exception):
    """A file is not answered as promised."""

    def __init__(self, data: bytes, wrong: str) -> None:
        super().__init__(wrong.splitlines()[-1])
        self.data = data
        self.wrong = wrong
