"""What a suite should prove about migrations in a database that others share: tests to import beside pytest-alembic's.

.. code-block:: python

    from alembic_guard.testing import test_external_tables_untouched

Each takes pytest-alembic's ``alembic_runner``; for another environment of the same suite call it with a runner of that
one, as with pytest-alembic's own tests.

.. versionadded:: 0.1
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import TYPE_CHECKING, Any

from alembic.runtime.migration import MigrationContext

from alembic_guard._diagnostics import Severity
from alembic_guard._report import as_text
from alembic_guard._testing.at_once import upgrades_at_once
from alembic_guard._testing.environment import Environment, comparison_of, fail
from alembic_guard._testing.generated import generate, weighty
from alembic_guard._testing.names import doubtful_names
from alembic_guard._testing.offline import script_does_the_same
from alembic_guard._testing.owners import create_owners_tables
from alembic_guard._testing.populated import run_over_rows
from alembic_guard._testing.restored import Restored
from alembic_guard._testing.rows import NoRowsWarning
from alembic_guard._testing.untouched import Untouched
from alembic_guard._testing.walk import to_base, to_heads, walk

if TYPE_CHECKING:
    from pytest_alembic import MigrationContext as Runner
else:
    Runner = Any

__all__ = [
    "NoRowsWarning",
    "create_external_tables",
    "test_concurrent_upgrade",
    "test_downgrade_restores_schema",
    "test_external_tables_untouched",
    "test_models_match_database",
    "test_no_reserved_names",
    "test_offline_sql_renders",
    "test_populated_upgrade",
    "test_references_match_external",
    "test_rules_are_clean",
]


def create_external_tables(alembic_runner: Runner) -> None:
    """Create the tables of every owner that the runner's env.py knows, with rows in those that are empty; what the fixture
    ``external_tables`` does, for a runner of one's own.

    .. versionadded:: 0.1
    """
    create_owners_tables(Environment.of(alembic_runner), comparison_of)


def test_external_tables_untouched(alembic_runner: Runner) -> None:
    """From base to the heads and back: other owners' tables have the same definition and rows after every revision.

    A table that nobody declared and no revision of ours created counts as another owner's.

    .. versionadded:: 0.1
    """
    walk(Environment.of(alembic_runner), Untouched)


def test_populated_upgrade(alembic_runner: Runner, row_values: Mapping[str, Any]) -> None:
    """From base to the heads: before each revision every table of ours has rows, each revision runs over them, and none is
    lost that it does not delete, no value changes that it does not update.

    Rows are as long as columns allow, two of them alike where they may be, one with NULL where it may be. The fixture
    ``row_values`` gives values where generated ones will not do; a table that takes none is told by a NoRowsWarning. None of
    the rows is left when the test ends, those that revisions insert neither.

    .. versionadded:: 0.1
    """
    run_over_rows(Environment.of(alembic_runner), row_values)


def test_references_match_external(alembic_runner: Runner) -> None:
    """At the heads: each key of ours into another owner's table has a target, of the same type, that is unique, and each
    column that we rely on is there (AGC101 - AGC105, AGR101 - AGR109).

    .. versionadded:: 0.1
    """
    environment = Environment.of(alembic_runner)
    to_heads(environment)
    for found in generate(environment):
        about = [each for each in weighty(found.findings) if each.code in _ABOUT_REFERENCES or not found.compared]
        if about:
            fail(as_text(about))


def test_no_reserved_names(alembic_runner: Runner) -> None:
    """No name in models and revisions that SQLAlchemy or the database will not take (AGN101 - AGN107, AGN113 - AGN115).

    .. versionadded:: 0.1
    """
    environment = Environment.of(alembic_runner)

    def look(context: MigrationContext) -> None:
        found = doubtful_names(environment, comparison_of(context), context.dialect.name)
        if found:
            fail(as_text(found))

    environment.look(look)


def test_models_match_database(alembic_runner: Runner) -> None:
    """At the heads: autogenerate has nothing to write; where it has, the test fails with the migration as it would be
    written, which pytest-alembic's own test does not see.

    .. versionadded:: 0.1
    """
    environment = Environment.of(alembic_runner)
    to_heads(environment)
    for found in generate(environment):
        errors = [each for each in found.findings if each.severity is Severity.ERROR]
        if errors:
            fail(as_text(found.findings))
        if found.code:
            database = found.comparison.ownership.catalogue.database if found.comparison.ownership else ""
            told = f"\n{as_text(weighty(found.findings))}" if list(weighty(found.findings)) else ""
            fail(
                f"the models differ from {database} at the heads\n"
                f"  expected: no operation; found:\n{indent(found.code, '    ')}{told}",
                hint="alembic revision --autogenerate -m 'what the models gained', or undo the change of the models",
            )


def test_rules_are_clean(alembic_runner: Runner) -> None:
    """On a database at base: a migration for all models goes through compare, rewrite and review without an error or a
    warning, and is Python. A rule that is not yours is switched off in ``Guard(rules=...)``.

    .. versionadded:: 0.1
    """
    environment = Environment.of(alembic_runner)
    to_base(environment)
    for found in generate(environment):
        if list(weighty(found.findings)):
            fail(as_text(weighty(found.findings)))
        compile(f"def upgrade():\n{indent(found.code or 'pass', '    ')}", "<generated migration>", "exec")


def test_offline_sql_renders(alembic_runner: Runner) -> None:
    """``alembic upgrade heads --sql`` writes a script without a connection, and the script makes the schema that ``alembic
    upgrade heads`` makes. Skipped where Alembic itself writes none: batch operations on SQLite, several databases; and with
    a Connection as ``alembic_engine``, whose transaction the script would end.

    What the upgrade made since base is dropped in between; where it changed what was there before, its downgrades take that
    back, and without them the test is skipped.

    .. versionadded:: 0.1
    """
    script_does_the_same(Environment.of(alembic_runner))


def test_downgrade_restores_schema(alembic_runner: Runner) -> None:
    """From base to the heads and back: after each downgrade the schema is what it was before the upgrade: columns, keys,
    indexes, constraints, triggers, views, and on PostgreSQL and MariaDB sequences, types and routines; the order of columns is
    not looked at, and a schema or an extension may stay.

    .. versionadded:: 0.1
    """
    walk(Environment.of(alembic_runner), Restored)


def test_concurrent_upgrade(alembic_runner: Runner) -> None:
    """``alembic upgrade heads`` in four processes at once, from base: each revision runs once, and all come to their end.

    The processes are forks of this one, with connections of their own. Skipped where there is no such process (Windows,
    macOS) or it cannot reach the database (SQLite in memory, a Connection as ``alembic_engine``).

    .. versionadded:: 0.1
    """
    upgrades_at_once(Environment.of(alembic_runner))


_ABOUT_REFERENCES = frozenset(
    [
        "AGC101",
        "AGC102",
        "AGC103",
        "AGC105",
        "AGR101",
        "AGR102",
        "AGR103",
        "AGR105",
        "AGR106",
        "AGR107",
        "AGR108",
        "AGR109",
    ]
)
