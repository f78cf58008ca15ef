"""What a rule is: a record that docs, `explain` and tests read, from which its findings are made."""

from __future__ import annotations

from dataclasses import dataclass

from alembic_guard._diagnostics import Diagnostic, Location, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        code: ``AGO103``; never given to another rule.
        slug: The rule in words, ``undeclared-table``.
        severity: What a finding weighs unless the user says otherwise.
        title: One sentence without a full stop.
        why: What goes wrong without it, with the source of the fact.
        bad: An example that is found.
        good: The same, mended.
        switchable: Whether ``Guard(rules={code: ...})`` may change its severity or turn it off. A rule
            without which the run would have no meaning (no metadata, no database) is not.
    """

    code: str
    slug: str
    severity: Severity
    title: str
    why: str
    bad: str
    good: str
    switchable: bool = False

    def finding(
        self,
        message: str,
        *,
        object: str | None = None,
        path: str | None = None,
        line: int | None = None,
        hint: str = "",
        severity: Severity | None = None,
    ) -> Diagnostic:
        """A finding of this rule at an object, a file and line, or both; line 0 is none that is known."""
        where = Location(object, path or None, line or None)
        return Diagnostic(self.code, severity or self.severity, where, message, hint, self.slug)
