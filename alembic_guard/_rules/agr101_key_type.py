"""AGR101: a key of ours has another type than the column it refers to."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR101",
    slug="key-type",
    severity=Severity.ERROR,
    title="A foreign key to an external table has a type the database refuses",
    why=(
        "PostgreSQL refuses the key with error 42804 (incompatible types), MariaDB with errno 150; SQLite accepts it "
        "and compares values of two kinds. Only the key column needs the owner's type: our own UUID keys stay."
    ),
    bad="user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey(auth['user'].c.id))  # user.id is text",
    good="user_id: Mapped[str] = mapped_column(ForeignKey(auth['user'].c.id))  # takes the type of user.id",
    switchable=True,
)


def refused_by_declaration(key: str, ours: str, target: str, theirs: str, owner: str) -> Diagnostic:
    """As far as files say it; no database was asked."""
    return RULE.finding(
        f"the key is {ours}; {target} is {theirs} as {owner} writes it, and a database refuses a key between the two",
        object=key,
        hint=f"Give the key's column the type {theirs}.\nOnly the key needs the owner's type: our own ids stay what they are.",
    )


def refused_type(key: str, ours: str, target: str, theirs: str, line: str) -> Diagnostic:
    return RULE.finding(
        f"the key is {ours}; {target} is {theirs} in the database, which refuses a key between the two",
        object=key,
        hint=f"{line}  # takes the type of {target}\nOnly the key needs the owner's type: our own ids stay what they are.",
    )


def refused_in_file(key: str, ours: str, target: str, theirs: str, verdict: str, line: str) -> Diagnostic:
    """The same, said of a migration or a model that no database has seen yet."""
    return RULE.finding(
        f"the key is {ours}; {target} is {theirs}: {verdict}",
        object=key,
        hint=f"{line}\nOnly the key needs the owner's type: our own ids stay what they are.",
    )
