"""AGE136: a migration failed half-way on a database that does not roll DDL back."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE136",
    slug="half-way",
    severity=Severity.ERROR,
    title="A migration failed half-way, and what it did before stays",
    why=(
        "MariaDB commits with every statement of DDL. The revision is not recorded as applied, so the next run begins it "
        "anew and finds what the first one left."
    ),
    bad="op.create_table('a', ...); op.create_table('b', ...)  # in one revision, and the second fails",
    good="op.create_table('a', ...)  # one statement of DDL in a revision",
)


def half_way(
    revision: str, stays: Sequence[str], failed: str, undo: Sequence[str], database: str, done: str = ""
) -> Diagnostic:
    """
    Args:
        failed: The statement that did, empty where something else did.
        done: What the database says where that one finds its work done, by an earlier run that stopped too; the first of
            ``undo`` takes that back.
    """
    ran = "\n".join(f"  {number}. {statement}" for number, statement in enumerate(stays, 1))
    behind = f"did not run: {failed}, and what stands behind it" if failed else "what stands behind these did not run"
    if done:
        behind += f"\nits work is done ({done}), most likely by an earlier run that stopped half-way"
    what = "Take back what it did, and first what the earlier run left" if done else "Take back what it did"
    return RULE.finding(
        f"{revision} failed; it is not recorded as applied, and these statements of it stay:\n{ran}\n{behind}",
        object=database,
        hint=f"{what}, then run the command again:\n" + "\n".join(undo),
    )
