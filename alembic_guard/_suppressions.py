"""``# guard: ignore[AGR104] reason``: findings that somebody has looked at, each with its reason.

A suppression speaks for its own line, behind the last line of a statement for all of it; on a line of its own it speaks
for the next line of code. Other tools' comments may stand before and behind it: ``# noqa: E501  # guard: ignore[...] ...``.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._rules import ags101_no_reason

_COMMENT = re.compile(r"#\s*guard:\s*ignore\b(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*?)(?:\s*#\s.*)?$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Codes that are silenced at lines of one file, and why.

    Args:
        line: The first of these lines.
        written_at: The comment's own line.
        last: The last of these lines, where there are several.
    """

    path: str
    line: int
    codes: frozenset[str]
    reason: str
    written_at: int = field(default=0, compare=False)
    last: int = field(default=0, compare=False)

    def covers(self, diagnostic: Diagnostic) -> bool:
        where = diagnostic.location
        return (
            bool(self.reason)
            and where.path == self.path
            and where.line is not None
            and self.line <= where.line <= max(self.line, self.last)
            and diagnostic.code in self.codes
        )


def suppressions_in(source: str, path: str) -> Iterator[Suppression]:
    """Every suppression comment of a Python file; a file that cannot be tokenized has none."""
    pending: list[tuple[frozenset[str], str, int]] = []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    first = 0
    """The line on which the statement at hand begins."""
    for at, token in enumerate(tokens):
        if token.type == tokenize.COMMENT:
            match = _COMMENT.search(token.string)
            if match is None:
                continue
            codes = frozenset(code.strip().upper() for code in (match["codes"] or "").split(",") if code.strip())
            line = token.start[0]
            if token.line[: token.start[1]].strip():
                is_last = tokens[at + 1].type == tokenize.NEWLINE
                yield Suppression(path, first if is_last else line, codes, match["reason"].strip(), line, line)
            else:
                pending.append((codes, match["reason"].strip(), line))
        elif token.type == tokenize.NEWLINE:
            first = 0
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            first = first or token.start[0]
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
        if not (suppression.codes and suppression.reason):
            yield ags101_no_reason.reason_missing(suppression.path, suppression.written_at, sorted(suppression.codes))
