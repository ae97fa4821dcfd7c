"""The expressions of `-k`: words with `and`, `or`, `not` and parentheses, as in pytest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from callgate.errors import UsageError

#: Says of the texts of a scenario, in small letters, whether it is selected.
Wanted = Callable[[tuple[str, ...]], bool]

_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_MAX_DEPTH = 50


def parse_keyword(expression: str) -> Wanted:
    """Return what the expression asks for. Raises UsageError, with the place, for a bad one.

    A word is in a scenario when it is part of one of its texts, without regard to case.
    """
    return _Parser(expression).parse()


class _Parser:
    """Recursive descent: or < and < not < word."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [(found[1], found.start(1)) for found in _TOKEN.finditer(expression)]
        self._next = 0
        self._depth = 0

    def parse(self) -> Wanted:
        wanted = self._or()
        if self._token() is not None:
            self._fail("'and', 'or' or the end" if self._token() != ")" else "'(' before this ')'")
        return wanted

    def _token(self) -> str | None:
        """Return the next token, operators in small letters as pytest has them; None at the end."""
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        if self._token() != token:
            return False
        self._next += 1
        return True

    def _or(self) -> Wanted:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda texts: any(part(texts) for part in parts)

    def _and(self) -> Wanted:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda texts: all(part(texts) for part in parts)

    def _not(self) -> Wanted:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("fewer levels")
        try:
            if self._take("not"):
                inner = self._not()
                return lambda texts: not inner(texts)
            return self._word()
        finally:
            self._depth -= 1

    def _word(self) -> Wanted:
        if self._take("("):
            inner = self._or()
            if not self._take(")"):
                self._fail("')'")
            return inner
        word = self._token()
        if word is None or word in {"and", "or", ")"}:
            self._fail("a word")
        self._next += 1
        small = word.lower()
        return lambda texts: any(small in text for text in texts)

    def _fail(self, expected: str) -> NoReturn:
        at = self._tokens[self._next][1] if self._next < len(self._tokens) else len(self._expression)
        raise UsageError(f"-k: expected {expected} at column {at + 1}\n  {self._expression}\n  {' ' * at}^")
