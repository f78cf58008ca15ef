"""AGE134: nothing of ours is in a database where another tool migrates."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE134",
    slug="other-tools-database",
    severity=Severity.ERROR,
    title="A first upgrade would go into a database that another tool migrates, and that has nothing of ours",
    why=(
        "A wrong URL is most dangerous where it works: the whole chain is applied to a stranger's database. A tool's history "
        "table is there, and nothing that the models or the Guard name: no table, and no owner whose history table it is."
    ),
    bad="postgresql+psycopg://app@db/shop  # where Django's migrations run",
    good="Guard('app.models:Base.metadata', external=[django()])  # a neighbour that is known",
    switchable=True,
)


def other_tools(database: str, histories: Sequence[tuple[str, str]], tables: int) -> Diagnostic:
    found = ", ".join(f"{table} ({tool}'s)" for table, tool in histories)
    return RULE.finding(
        f"expected an empty database, or one with a table that the models or the Guard name; found {tables} tables of "
        f"others, among them {found}; nothing was changed",
        object=database,
        hint=(
            "Mend the URL if this is not the database you meant. If it is: alembic -x allow=other-tool upgrade head, once; "
            "or name the neighbour in Guard(external=[...])."
        ),
    )
