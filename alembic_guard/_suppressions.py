"""``# guard: ignore[AGR104] reason``: findings that somebody has looked at, each with its reason.

A suppression speaks for its own line; on a line of its own it speaks for the next line of code.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._rules import ags101_no_reason

_COMMENT = re.compile(r"#\s*guard:\s*ignore\[(?P<codes>[^\]]*)\]\s*(?P<reason>.*)$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Codes that are silenced at one line of one file, and why; ``written_at`` is the comment's own line."""

    path: str
    line: int
    codes: frozenset[str]
    reason: str
    written_at: int = field(default=0, compare=False)

    def covers(self, diagnostic: Diagnostic) -> bool:
        where = diagnostic.location
        return (
            bool(self.reason) and where.path == self.path and where.line == self.line and diagnostic.code in self.codes
        )


def suppressions_in(source: str, path: str) -> Iterator[Suppression]:
    """Every suppression comment of a Python file; a file that cannot be tokenized has none."""
    pending: list[tuple[frozenset[str], str, int]] = []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if token.type == tokenize.COMMENT:
            match = _COMMENT.match(token.string)
            if match is None:
                continue
            codes = frozenset(code.strip() for code in match["codes"].split(",") if code.strip())
            if token.line[: token.start[1]].strip():
                yield Suppression(path, token.start[0], codes, match["reason"].strip(), token.start[0])
            else:
                pending.append((codes, match["reason"].strip(), token.start[0]))
        elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT) and pending:
            for codes, reason, written_at in pending:
                yield Suppression(path, token.start[0], codes, reason, written_at)
            pending.clear()


def without_suppressed(diagnostics: Iterable[Diagnostic], suppressions: Iterable[Suppression]) -> Iterator[Diagnostic]:
    """The findings that nobody silenced, and AGS101 for each suppression that gives no reason."""
    known = tuple(suppressions)
    for each in diagnostics:
        if not any(suppression.covers(each) for suppression in known):
            yield each
    for suppression in known:
        if not suppression.reason:
            yield ags101_no_reason.reason_missing(suppression.path, suppression.line, sorted(suppression.codes))
