"""Laws of the drift check, on random schemas: small counts here, full counts by `make soak`.

What ``create_all`` made is in step; of what was left out each is found, and nothing else is.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_guard import Diagnostic, SchemaReport, check_schema
from alembic_guard._drift.by_inspector import read_by_inspector
from alembic_guard._drift.comparison import Comparison, named
from alembic_guard._drift.identity import identify
from alembic_guard._drift.live import read_live
from alembic_guard._ownership import read_claims
from tests.kit import Database, MariaDB, PostgreSQL, sqlite_database
from tests.test_drift import COMMON, OWN, Mood

SOAK = settings.default.max_examples >= 1000
ON_SQLITE = settings.default.max_examples // 2 if SOAK else 15
ON_A_SERVER = settings.default.max_examples // 2 if SOAK else 5
CONVENTION = {"ix": "ix_%(table_name)s_%(column_0_N_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}
ODD = [
    "order",
    "user",
    "Camel",
    "UPPER",
    "two words",
    "ünï",
    "percent%",
    "dash-ed",
    "x" * 40,
    "select",
    "a.b",
    "q'uote",
]
INDEXABLE: tuple[Callable[[], Any], ...] = (
    sa.Integer,
    sa.BigInteger,
    sa.Date,
    sa.DateTime,
    sa.Boolean,
    lambda: sa.String(20),
    lambda: sa.Numeric(8, 2),
    lambda: sa.Enum(Mood),
    sa.Uuid,
)


class Schema:
    """A random schema; the same seed gives the same one.

    Args:
        without: What to leave out of it: the number of the column, index or key, counted as they are made.
    """

    def __init__(self, seed: int, dialect: str, without: int | None = None) -> None:
        self.random, self.dialect, self.without = Random(seed), dialect, without
        self.parts: list[tuple[str, str]] = []
        """Code and object of each part that can be left out."""
        convention = CONVENTION if self.random.random() < 0.5 else {}
        self.metadata = sa.MetaData(naming_convention=convention)
        for number in range(self.random.randint(1, 4)):
            self._table(number)

    def _keep(self, code: str, object: str) -> bool:
        self.parts.append((code, object))
        return len(self.parts) - 1 != self.without

    def _name(self, number: int) -> str:
        return f"{self.random.choice(ODD)}{number}" if self.random.random() < 0.4 else f"t{number}"

    def _table(self, number: int) -> None:
        random, before = self.random, list(self.metadata.tables.values())
        schema = random.choice([None, "other"]) if self.dialect == "postgresql" else None
        name = self._name(number)
        shown = f"{schema}.{name}" if schema else name
        kinds = [*COMMON, *INDEXABLE, *OWN[self.dialect]]
        columns: list[sa.Column[Any]] = [sa.Column("id", sa.Integer, primary_key=True)]
        for at in range(random.randint(0, 5)):
            type_ = random.choice(kinds)()
            nullable, column = random.random() < 0.7, f"{random.choice(ODD)}{at}" if random.random() < 0.3 else f"c{at}"
            default = sa.text("1") if isinstance(type_, sa.Integer) and random.random() < 0.3 else None
            if self._keep("AGD102", f"{shown}.{column}"):
                columns.append(sa.Column(column, type_, nullable=nullable, server_default=default))
        indexable: list[sa.Column[Any]] = []
        for at in range(random.randint(0, 3)):
            indexable.append(sa.Column(f"i{at}", random.choice(INDEXABLE)(), nullable=True))
        keys: list[sa.Column[Any]] = []
        for at, target in enumerate(random.sample(before, min(len(before), random.randint(0, 2)))):
            action = random.choice([None, "CASCADE", "SET NULL", "NO ACTION", "RESTRICT"])
            # A key that is left out leaves its column; MariaDB makes an index for each key, so that one is not looked for.
            parts = [sa.ForeignKey(target.c.id, ondelete=action)] if self._keep("AGD106", shown) else []
            keys.append(sa.Column(f"k{at}", sa.Integer, *parts, nullable=True))
        table = sa.Table(name, self.metadata, *columns, *indexable, *keys, schema=schema)
        for at in range(random.randint(0, 2) if indexable else 0):
            chosen = random.sample(indexable, random.randint(1, len(indexable)))
            unique = random.random() < 0.3
            where = {}
            if self.dialect != "mariadb" and random.random() < 0.3:
                where = {f"{self.dialect}_where": chosen[0].is_not(None)}
            index = sa.Index(f"{'u' if unique else 'n'}{number}_{at}", *chosen, unique=unique, **where)
            if not self._keep("AGD107", shown):
                table.indexes.discard(index)
        if indexable and random.random() < 0.4 and self._keep("AGD108", shown):
            table.append_constraint(sa.UniqueConstraint(*indexable, name=f"together{number}"))

    def make(self, database: Database) -> None:
        if self.dialect == "postgresql":
            database.execute("CREATE SCHEMA other")
        with database.connect() as connection:
            self.metadata.create_all(connection)


def asked(database: Database, metadata: sa.MetaData) -> SchemaReport:
    with database.engine() as engine:
        return check_schema(engine, metadata)


def by_inspector(database: Database, metadata: sa.MetaData) -> Sequence[Diagnostic]:
    """The same, with the database as SQLAlchemy's Inspector tells of it."""
    claims = read_claims([metadata], ())
    with database.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Did not recognize type", sa.exc.SAWarning)
        default, known = connection.dialect.default_schema_name, read_live(connection, ())
        found = {table.name: table for table in read_by_inspector(connection, named(claims))}
        live = replace(known, tables=found, default_schema=default)
        return Comparison(claims, live, connection.dialect, str(identify(connection))).compared().findings


def told(findings: Sequence[Diagnostic]) -> list[tuple[str, str, str]]:
    """What is found, without its cause."""
    return [(each.code, str(each.location), each.message.partition("\n")[0]) for each in findings]


def law(database: Database, seed: int) -> None:
    whole = Schema(seed, database.dialect)
    left_out = Random(seed).randrange(len(whole.parts)) if whole.parts and seed % 2 else None
    Schema(seed, database.dialect, left_out).make(database)

    report = asked(database, whole.metadata)

    assert told(by_inspector(database, whole.metadata)) == told(report.diagnostics)
    found = {
        (each.code, str(each.location.object).removeprefix(f"{database.default_schema}."))
        for each in report.diagnostics
    }
    if left_out is None:
        assert report.diagnostics == ()
        assert all(each.verified for each in report.parts)
        return
    code, object = whole.parts[left_out]
    # An index is not missed where another one, or a unique, has the same columns in the same order.
    assert found == {(code, object)} or (code in ("AGD107", "AGD108") and _has_a_double(whole, object) and not found)


def _has_a_double(whole: Schema, object: str) -> bool:
    table = whole.metadata.tables[object]
    parts = [[str(each.name) for each in index.columns] for index in table.indexes]
    parts += [
        [str(each.name) for each in one.columns] for one in table.constraints if isinstance(one, sa.UniqueConstraint)
    ]
    return len({tuple(sorted(each)) for each in parts}) < len(parts)


@settings(max_examples=ON_SQLITE)
@given(st.integers(0, 2**32))
def test_what_was_made_is_in_step_and_what_was_left_out_is_found_on_sqlite(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        law(sqlite_database(Path(folder) / "x.db"), seed)


@settings(max_examples=ON_A_SERVER)
@given(seed=st.integers(0, 2**32))
def test_what_was_made_is_in_step_and_what_was_left_out_is_found_on_postgresql(server: PostgreSQL, seed: int) -> None:
    with server.database() as database:
        law(database, seed)


@settings(max_examples=ON_A_SERVER)
@given(seed=st.integers(0, 2**32))
def test_what_was_made_is_in_step_and_what_was_left_out_is_found_on_mariadb(mariadb_itself: MariaDB, seed: int) -> None:
    with mariadb_itself.database() as database:
        law(database, seed)
