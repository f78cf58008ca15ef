"""The law of renames, on random tables with rows: small counts here, full counts by `make soak`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_guard import Guard
from tests.kit import Chain, Database, MariaDB, PostgreSQL, sqlite_database

CONVENTIONS = (
    {},
    {
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)
TYPES: dict[str, tuple[sa.types.TypeEngine[Any], sa.types.TypeEngine[Any]]] = {
    # narrow, wide: a change from one to the other keeps what is in it
    "string": (sa.String(20), sa.String(40)),
    "integer": (sa.Integer(), sa.BigInteger()),
    "text": (sa.Text(), sa.Text()),
    "date": (sa.Date(), sa.Date()),
    "json": (sa.JSON(), sa.JSON()),
}
VALUES: dict[str, list[Any]] = {
    "string": ["a", "b c", "ü'\"%", "metadata"],
    "integer": [0, 1, -7, 2**31 - 1],
    "text": ["", "x" * 300, "old : new"],
    "date": [date(2026, 11, 25), date(1970, 1, 1)],
    "json": [{"a": [1, None]}, [], "text"],
}
OLD = ["metadata", "query", "registry", "a", "select", "Mixed Case", "per%cent", "co:lon"]


@dataclass(frozen=True)
class Col:
    """A column before and after; ``new`` is its name after, None where it is dropped."""

    kind: str
    nullable: bool
    index: bool
    unique: bool
    key: bool
    new: str | None
    wide: bool
    now_nullable: bool
    now_index: bool
    values: tuple[Any, ...]


Table = Mapping[str, Col]


@dataclass(frozen=True)
class Case:
    """Tables, their names after, names of columns added to each, and how the renames are said."""

    tables: Mapping[str, Table]
    names: Mapping[str, str]
    added: Mapping[str, tuple[str, ...]]
    convention: int
    by_hand: bool


ROWS = 2


@st.composite
def cols(draw: st.DrawFn, new: str | None, named: bool) -> Col:
    kind = draw(st.sampled_from(sorted(TYPES)))
    dropped = new is None
    # A key or constraint without a name that goes with its column does not come back as it was: Alembic writes the key
    # with the name that the database made up, and MariaDB then calls its index after that; of a unique constraint of
    # SQLite it writes nothing.
    key = draw(st.booleans()) and kind == "integer" and (named or not dropped)
    nullable = dropped or draw(st.booleans())
    short = kind in ("string", "integer", "date")
    index = short and not key and draw(st.booleans())
    unique = short and not key and (named or not dropped) and draw(st.booleans())
    some = st.sampled_from(VALUES[kind])
    values = [draw(st.one_of(st.none(), some) if nullable else some) for _ in range(ROWS)]
    if unique:
        values = [*dict.fromkeys(VALUES[kind])][:ROWS]
    return Col(
        kind, nullable, index and not unique, unique, key, new, draw(st.booleans()) and not key,
        nullable or draw(st.booleans()), draw(st.booleans()), tuple(values),
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    tables: dict[str, Table] = {}
    names, added = {}, {}
    convention = draw(st.integers(0, 1))
    for name in draw(st.lists(st.sampled_from(["first", "Second", "order"]), min_size=1, max_size=2, unique=True)):
        mine: dict[str, Col] = {}
        chosen = draw(st.lists(st.sampled_from(OLD), min_size=1, max_size=4, unique=True))
        for number, old in enumerate(chosen):
            # Renamed, kept, or dropped.
            new = draw(st.sampled_from([f"new_{number}", f"New {number}", old, None]))
            mine[old] = draw(cols(new, named=convention == 1))
        tables[name] = mine
        names[name] = draw(st.sampled_from([name, name, f"{name}_renamed"]))
        added[name] = tuple(draw(st.lists(st.sampled_from(["more", "extra_data"]), max_size=2, unique=True)))
    return Case(tables, names, added, convention, draw(st.booleans()))


def before(case: Case) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTIONS[case.convention] or None)
    first = next(iter(case.tables))
    for name, described in case.tables.items():
        table = sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        for old, each in described.items():
            table.append_column(column(old, each, TYPES[each.kind][0], each.nullable, each.index, first))
    return metadata


def after(case: Case) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTIONS[case.convention] or None)
    first = case.names[next(iter(case.tables))]
    for name, described in case.tables.items():
        table = sa.Table(case.names[name], metadata, sa.Column("id", sa.Integer, primary_key=True))
        if case.names[name] != name and not case.by_hand:
            table.info["renamed_from"] = name
        for old, each in described.items():
            if each.new is None:
                continue
            index = each.index if each.unique or each.key or each.kind in ("text", "json") else each.now_index
            made = column(each.new, each, TYPES[each.kind][each.wide], each.now_nullable, index, first)
            if each.new != old and not case.by_hand:
                made.info["renamed_from"] = old
            table.append_column(made)
        for more in case.added[name]:
            table.append_column(sa.Column(more, sa.Text))
    return metadata


def column(name: str, each: Col, type_: Any, nullable: bool, index: bool, first: str) -> sa.Column[Any]:
    key = [sa.ForeignKey(f"{first}.id")] if each.key else []
    return sa.Column(name, type_, *key, nullable=nullable, index=index, unique=each.unique or None)


def said(case: Case) -> list[str]:
    """The command line: whatever is left of drops and adds is meant."""
    if not case.by_hand:
        return ["rename=none"]
    tables = [f"rename={old}:{new}" for old, new in case.names.items() if old != new]
    columns = [
        f"rename={case.names[table]}.{old}:{each.new}"
        for table, described in case.tables.items()
        for old, each in described.items()
        if each.new not in (None, old)
    ]
    return [*tables, *columns, "rename=none"]


def rows(case: Case, *, new: bool) -> dict[str, list[dict[str, Any]]]:
    """What is in the columns that stay."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, described in case.tables.items():
        kept = {old: each for old, each in described.items() if each.new is not None}
        found[case.names[name] if new else name] = [
            {"id": number + 1, **{(str(each.new) if new else old): value(each, number) for old, each in kept.items()}}
            for number in range(ROWS)
        ]
    return found


def value(each: Col, number: int) -> Any:
    # A key refers to a row of the first table; that has ids 1 and 2.
    return (None if each.values[number] is None else number + 1) if each.key else each.values[number]


def fill(database: Database, case: Case, metadata: sa.MetaData) -> None:
    with database.connect() as connection:
        for name, described in case.tables.items():
            for number in range(ROWS):
                row = {old: value(each, number) for old, each in described.items()}
                connection.execute(metadata.tables[name].insert(), {"id": number + 1, **row})


def stored(database: Database, metadata: sa.MetaData, wanted: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    with database.connect() as connection:
        return {
            name: [
                {column: row[column] for column in expected[0]}
                for row in connection.execute(metadata.tables[name].select().order_by("id")).mappings()
            ]
            for name, expected in wanted.items()
        }


def schema(database: Database) -> Any:
    """All that an inspector tells, without the order of columns: one that was dropped comes back as the last."""
    with database.connect() as connection:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name != "alembic_version"]
        return {
            name: {
                "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)),
                **{part: told(inspector, part, name) for part in PARTS},
            }
            for name in names
        }


PARTS = ("pk_constraint", "foreign_keys", "unique_constraints", "indexes", "check_constraints")


def told(inspector: Any, part: str, table: str) -> list[str]:
    found = getattr(inspector, f"get_{part}")(table)
    return sorted(repr(sorted(each.items(), key=str)) for each in (found if isinstance(found, list) else [found]))


def hold(folder: Path, database: Database, case: Case) -> None:
    """Every row keeps its values, the diff is empty; after the downgrade rows and schema are as before."""
    old, new = before(case), after(case)
    chain = Chain(folder / "chain", database)
    chain.revision(Guard(old), "0001")
    chain.upgrade(Guard(old))
    fill(database, case, old)
    as_it_was = schema(database)

    chain.revision(Guard(new), "0002", x=said(case))
    chain.upgrade(Guard(new))

    assert stored(database, new, rows(case, new=True)) == rows(case, new=True)
    assert chain.diffs(Guard(new)) == []
    chain.downgrade(Guard(new), "0001")
    assert stored(database, old, rows(case, new=False)) == rows(case, new=False)
    assert schema(database) == as_it_was


@contextmanager
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


SOAK = settings.default.max_examples >= 1000
# 0.25 s each on SQLite, a second and more on a server.
ON_SQLITE, ON_A_SERVER = (2000, 200) if SOAK else (15, 5)


@settings(max_examples=ON_SQLITE)
@given(case=cases())
def test_every_row_keeps_its_values_through_renames_on_sqlite(case: Case) -> None:
    with place() as folder:
        hold(folder, sqlite_database(folder / "law.db"), case)


@settings(max_examples=ON_A_SERVER)
@given(case=cases())
def test_every_row_keeps_its_values_through_renames_on_postgresql(server: PostgreSQL, case: Case) -> None:
    with place() as folder, server.database() as database:
        hold(folder, database, case)


@settings(max_examples=ON_A_SERVER)
@given(case=cases())
def test_every_row_keeps_its_values_through_renames_on_mariadb(mariadb_itself: MariaDB, case: Case) -> None:
    with place() as folder, mariadb_itself.database() as database:
        hold(folder, database, case)
