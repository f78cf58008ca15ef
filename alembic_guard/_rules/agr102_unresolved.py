"""AGR102: a key's target is in no metadata."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR102",
    slug="key-target-undeclared",
    severity=Severity.ERROR,
    title="A foreign key names a table that no metadata declares",
    why=(
        "SQLAlchemy raises NoReferencedTableError for the whole metadata. It also happens to a key into "
        "auth['user'] that stands on a mixin: SQLAlchemy copies it to each class as a string."
    ),
    bad="user_id = mapped_column(ForeignKey('user.id'))  # no `user` in Base.metadata",
    good="user_id = mapped_column(ForeignKey(auth['user'].c.id))  # or auth.attach(Base.metadata) for string keys",
)


def target_undeclared(key: str, target: str, owner: str | None) -> Diagnostic:
    if owner:
        hint = f"auth.attach(Base.metadata)  # auth: the ExternalTables of {owner}; or ForeignKey(auth[...].c....)"
    else:
        hint = "auth = better_auth(); ForeignKey(auth['user'].c.id) needs nothing else; auth.attach(Base.metadata) allows strings"
    return RULE.finding(f"the key refers to {target}, which no metadata declares", object=key, hint=hint)
