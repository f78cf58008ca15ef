"""AGR106: a key of ours has another collation than the column it refers to."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR106",
    slug="key-collation",
    severity=Severity.ERROR,
    title="A foreign key to an external table has a collation that MariaDB refuses",
    why=(
        "MariaDB refuses a key between two collations or character sets with errno 150 and does not say why. A column "
        "that names none gets its table's, and a new table its database's: neither need be that of the owner's table."
    ),
    bad="user_id: Mapped[str] = mapped_column(String(36), ForeignKey(auth['user'].c.id))  # the database's default differs",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id))  # takes the type and the collation of user.id",
    switchable=True,
)


def refused_collation(key: str, ours: str, target: str, theirs: str, line: str) -> Diagnostic:
    return RULE.finding(
        f"the key has the collation {ours}; {target} has {theirs} in the database, which refuses a key between the two",
        object=key,
        hint=f"{line}  # takes the type and the collation of {target}",
    )
