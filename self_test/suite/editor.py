"""Reads YAML as editors do (the core schema of YAML 1.2), where a plain 16 is a number and `on` a text."""

from __future__ import annotations

import re
from typing import Any

from callgate.suite.diagnostics import Source
from callgate.suite.yamlfile import parse_yaml
from callgate.suite.yamltree import List, Node, Scalar

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False, "null": None,
          "Null": None, "NULL": None, "~": None, "": None}


def edited(text: str) -> Any:
    """What an editor checks against the schema."""
    document = parse_yaml(text.encode(), "file")
    assert document.root is not None, document.source.errors
    return _value(document.root, document.source)


def _value(node: Node, source: Source) -> Any:
    if isinstance(node, List):
        return [_value(item, source) for item in node.items]
    if not isinstance(node, Scalar):
        return {name: _value(value, source) for name, (_, value) in node.entries.items()}
    if source.text[node.start : node.start + 1] in {"'", '"', "|", ">"}:
        return node.value
    if node.value in _WORDS:
        return _WORDS[node.value]
    if _INT.fullmatch(node.value):
        return int(node.value)
    return float(node.value) if _FLOAT.fullmatch(node.value) else node.value
