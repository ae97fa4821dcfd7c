"""The steps that a test brings itself: `steps.py` beside its test-config.yaml.

It is the one file of a suite that is code, and its code runs when it is read, at `list` too. Whatever is wrong with it
is an error at its place, as in any other file.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from callgate.scenario.steps.base import Step
from callgate.suite.diagnostics import Diagnostic, Source, quoted
from callgate.suite.files import read_source
from callgate.suite.schema import StepOptions

#: What the file is called.
STEPS_NAME = "steps.py"
_DEFINITION = re.compile(r"^(?:async[ \t]+)?def[ \t]+([A-Za-z]\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OwnSteps:
    """What a test brings."""

    steps: Mapping[str, type[Step]] = field(default_factory=dict)
    #: Functions that are no steps because of an error: that they are unknown is not said again where they are used.
    unread: frozenset[str] = frozenset()
    errors: tuple[Diagnostic, ...] = ()


def read_own_steps(directory: Path, test: str, known: Collection[str]) -> OwnSteps:
    """Read the steps in a test's directory, if it has any; `known` are the keywords of the language."""
    path = directory / STEPS_NAME
    if not os.path.lexists(path):
        return OwnSteps()
    source = read_source(path, f"{test}/{STEPS_NAME}")
    steps = {} if source.errors else _File(path, source).steps(known)
    unread = frozenset(_DEFINITION.findall(source.text)) - set(steps) - set(known) if source.errors else frozenset()
    return OwnSteps(steps, unread, tuple(source.errors))


class _Silence(io.TextIOBase):
    """Stands for the standard output, which belongs to `list` and to the console."""

    def write(self, _text: str, /) -> int:
        raise RuntimeError("a test's steps cannot print: context.note() writes into the journal")


class _File:
    """One `steps.py`."""

    def __init__(self, path: Path, source: Source) -> None:
        self._path = path
        self._source = source

    def steps(self, known: Collection[str]) -> dict[str, type[Step]]:
        """Its steps; what keeps some function from being one is noted."""
        tree = self._parse()
        module = None if tree is None else self._execute(tree)
        if tree is None or module is None:
            return {}
        from callgate.suite.ownfields import make_step  # only for suites with steps of their own

        found: dict[str, type[Step]] = {}
        functions = _functions(tree)
        last = {node.name: node.lineno for node in functions}
        for node in functions:
            if not self._is_step(node, known, last[node.name]) or not isinstance(node, ast.AsyncFunctionDef):
                continue
            function = getattr(module, node.name, None)
            if not isinstance(function, FunctionType) or function.__code__.co_firstlineno != node.lineno:
                self._error(node, f"{quoted(node.name)} is something else at the end of the file", None)
                continue
            made = make_step(function, node, str(self._path), self._source.path, self._error)
            if made is not None:
                found[node.name] = made
        return found

    def _parse(self) -> ast.Module | None:
        try:
            return ast.parse(self._source.text, str(self._path))
        except SyntaxError as error:
            self._source.error(error.lineno or 1, error.offset or 1, f"not Python: {error.msg}")
        except (ValueError, RecursionError, MemoryError) as error:  # a null byte, or brackets without end
            self._source.error(1, 1, f"not Python: {error or type(error).__name__}")
        return None

    def _execute(self, tree: ast.Module) -> ModuleType | None:
        """Run the file as a module of its own, whose name is that of no other."""
        module = ModuleType(f"steps of {self._path}")
        module.__file__ = str(self._path)
        sys.modules[module.__name__] = module  # a dataclass, for one, looks for the module that it stands in
        try:
            code: CodeType = compile(tree, str(self._path), "exec", dont_inherit=True)
            with contextlib.redirect_stdout(_Silence()):
                exec(code, vars(module))  # noqa: S102 - it is there to be run
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the test's code, and may raise anything
            del sys.modules[module.__name__]
            self._raised(error)
            return None
        return module

    def _raised(self, error: BaseException) -> None:
        """Note what the file raised when it was run, at the last of its lines that led there."""
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == str(self._path)]
        said = traceback.format_exception_only(error)[-1].strip()
        hint = None
        if isinstance(error, ModuleNotFoundError) and error.name and (self._path.parent / f"{error.name}.py").exists():
            hint = "files beside a test's steps.py cannot be imported"
        if not frames or frames[-1].lineno is None:
            self._source.error(getattr(error, "lineno", None) or 1, 1, f"cannot be run: {said}", hint=hint)
            return
        frame, line = frames[-1], frames[-1].lineno
        start, end = frame.colno or 0, frame.end_colno or 0
        length = end - start if frame.end_lineno == line else 1
        self._source.error(line, self._column(line, start), f"raises when it is run: {said}", hint=hint,
                           length=max(1, length))

    def _is_step(self, node: ast.FunctionDef | ast.AsyncFunctionDef, known: Collection[str],
                 last: int) -> bool:
        """Whether a function can be a step by what stands around its parameters, or else note why not.

        `last` is the line of the last function of that name.
        """
        name, why, hint = quoted(node.name), None, None
        if isinstance(node, ast.FunctionDef):
            why, hint = f"{name} must be 'async def' to be a step", "a function that is no step begins with '_'"
        elif node.decorator_list:
            why = f"step {name} has a decorator, and would be another function than it looks"
        elif _yields(node):
            why = f"step {name} is a generator: a step has no 'yield'"
        elif node.name in known:
            why = f"{name} is a step of Callgate's own"
        elif node.name in StepOptions.model_fields:
            why = f"{name} cannot be a step: it stands beside the keyword of any step"
        elif last != node.lineno:
            why = f"{name} is defined again on line {last}"
        if why is not None:
            self._error(node, why, hint)
        return why is None

    def _error(self, node: ast.AST, message: str, hint: str | None) -> None:
        """Note an error at a function or at one of its parameters."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        length = 1
        if isinstance(node, ast.arg):
            length = len(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = _DEFINITION.match(self._source.line(line))
            length = found.end() if found else 1
        self._source.error(line, self._column(line, offset), message, hint=hint, length=length)

    def _column(self, line: int, offset: int) -> int:
        """The column, counted from 1 in characters, of an offset of Python's, which counts bytes."""
        return len(self._source.line(line).encode()[:offset].decode(errors="replace")) + 1


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public functions at the top of the file."""
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")]


def _yields(node: ast.AsyncFunctionDef) -> bool:
    """Whether it is a generator; what stands in a function inside of it is that one's."""
    pending: list[ast.AST] = [*node.body]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Yield):
            return True
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending += ast.iter_child_nodes(one)
    return False
