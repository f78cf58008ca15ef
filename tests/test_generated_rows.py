"""The rows that ``test_populated_upgrade`` generates: in tables of every shape there are some, or a warning says why not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.kit import Database
from tests.suites import MODELS, Outcomes, Project, imported

IMPORTS = "from sqlalchemy import *\nfrom sqlalchemy.dialects import mysql, postgresql\n"
# Each table says how many rows it has when the second revision runs.
COUNTS = """
import json, pathlib
from sqlalchemy import inspect
bind = op.get_bind()
quoted = bind.dialect.identifier_preparer.quote
counts = {name: bind.exec_driver_sql(f"SELECT count(*) FROM {quoted(name)}").scalar() for name in inspect(bind).get_table_names()}
pathlib.Path("counts").write_text(json.dumps(counts))
"""
CREATE = "import models\nmodels.metadata.create_all(op.get_bind())"

SHAPES = {
    "odd names": """
Table("Mixed Case", metadata, Column("Id", Integer, primary_key=True), Column("a b", String(20)), Column("100%", Integer))
Table('quo"te', metadata, Column("id", Integer, primary_key=True), Column("it's", String(5), unique=True))
Table("order", metadata, Column("group", Integer, primary_key=True), Column("where", ForeignKey("Mixed Case.Id")))
Table("percent%s", metadata, Column("id", Integer, primary_key=True), Column("%(x)s", Integer), Column("c:x", Integer))
Table("argument", metadata, Column("id", Integer, primary_key=True), Column("self", Integer, nullable=False))
Table("dot.ted", metadata, Column("id", Integer, primary_key=True), Column("q?", Integer, nullable=False))
Table("ünï", metadata, Column("id", Integer, primary_key=True), Column("größe", Integer, nullable=False))
""",
    "keys": """
Table("nodes", metadata, Column("id", Integer, primary_key=True), Column("parent", ForeignKey("nodes.id"), nullable=False))
Table("tree", metadata, Column("id", Integer, primary_key=True), Column("parent", ForeignKey("tree.id")))
Table("a", metadata, Column("id", Integer, primary_key=True), Column("b", ForeignKey("b.id", use_alter=True, name="fk_a_b")))
Table("b", metadata, Column("id", Integer, primary_key=True), Column("a", ForeignKey("a.id"), nullable=False))
Table(
    "two", metadata, Column("tenant", String(10), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False), Column("u", String(20), nullable=False, unique=True),
)
Table(
    "of_two", metadata, Column("tenant", String(10), primary_key=True), Column("two", Integer, primary_key=True),
    Column("user_id", ForeignKey(auth["user"].c.id), primary_key=True), ForeignKeyConstraint(["tenant", "two"], ["two.tenant", "two.id"]),
)
Table("to_unique", metadata, Column("id", Integer, primary_key=True), Column("u", ForeignKey("two.u"), nullable=False, unique=True))
Table("without", metadata, Column("x", Integer), Column("y", String(3)))
Table("tenants", metadata, Column("id", Integer, primary_key=True))
Table(
    "people", metadata, Column("tenant", ForeignKey("tenants.id"), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
)
Table(
    "rooms", metadata, Column("tenant", ForeignKey("tenants.id"), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
)
Table(
    "posts", metadata, Column("id", Integer, primary_key=True), Column("tenant", Integer, ForeignKey("tenants.id"), nullable=False),
    Column("room", Integer, nullable=False), Column("author", Integer, nullable=False),
    ForeignKeyConstraint(["tenant", "room"], ["rooms.tenant", "rooms.id"]),
    ForeignKeyConstraint(["tenant", "author"], ["people.tenant", "people.id"]),
)
Table("profile", metadata, Column("user_id", ForeignKey(auth["user"].c.id), primary_key=True), Column("bio", String(9)))
Table("part", metadata, Column("user_id", ForeignKey("profile.user_id"), primary_key=True))
Table(
    "link", metadata, Column("l", ForeignKey("tree.id"), primary_key=True), Column("r", ForeignKey("tree.id"), primary_key=True),
    CheckConstraint("l <> r", name="differ"),
)
""",
    "checks": """
Table(
    "c", metadata, Column("id", Integer, primary_key=True),
    Column("age", Integer, nullable=False), CheckConstraint("age BETWEEN 18 AND 99", name="ck_age"),
    Column("email", String(50), nullable=False), CheckConstraint("email LIKE '%@%'", name="ck_email"),
    Column("code", String(10), nullable=False), CheckConstraint("length(code) = 3", name="ck_code"),
    Column("state", String(10), nullable=False), CheckConstraint("state IN ('open', 'closed')", name="ck_state"),
    Column("starts", DateTime, nullable=False), Column("ends", DateTime, nullable=False),
    CheckConstraint("ends > starts", name="ck_order"),
    Column("a", Integer), Column("b", Integer), CheckConstraint("(a IS NULL) <> (b IS NULL)", name="ck_one"),
    Column("low", Integer, nullable=False), Column("high", Integer, nullable=False),
    CheckConstraint("low < high", name="ck_range"),
)
Table(
    "u", metadata, Column("id", Integer, primary_key=True),
    Column("how", String(6), nullable=False), CheckConstraint("how IN ('LOCAL', 'OAUTH', 'LDAP')", name="ck_how"),
    Column("hash", String(9)), Column("salt", String(9)), Column("client", String(9)),
    CheckConstraint("(hash IS NULL) = (salt IS NULL)", name="ck_salt"),
    CheckConstraint("how <> 'LOCAL' OR (hash IS NOT NULL AND client IS NULL)", name="ck_local"),
    CheckConstraint("how = 'LOCAL' OR hash IS NULL", name="ck_others"),
)
""",
    "enums": """
Table(
    "e", metadata, Column("id", Integer, primary_key=True), Column("kind", Enum("a", "b", name="kind"), nullable=False),
    Column("flag", Boolean, nullable=False),
)
Table("by_kind", metadata, Column("kind", Enum("a", "b", name="kind2"), primary_key=True), Column("n", Integer))
Table("role", metadata, Column("name", Enum("x", "y", name="role", native_enum=False, length=5), nullable=False, unique=True))
Table(
    "pair", metadata, Column("id", Integer, primary_key=True), Column("n", Integer, nullable=False),
    Column("live", Boolean, nullable=False), UniqueConstraint("n", "live"),
)
""",
    "generated": """
Table(
    "g", metadata, Column("id", Integer, Identity(always=True), primary_key=True), Column("w", Integer, nullable=False),
    Column("area", Integer, Computed("w * 2", persisted=True)), Column("at", DateTime, server_default=func.now(), nullable=False),
)
""",
}
ONLY = {
    "postgresql": """
Table(
    "patterns", metadata, Column("id", Integer, primary_key=True),
    Column("c1", String(100), CheckConstraint("c1 ~* '^[^@]+@[^@]+$'", name="c1"), nullable=False),
    Column("c2", String(10), CheckConstraint("c2 = upper(c2) AND length(c2) > 0", name="c2"), nullable=False),
    Column("c3", Numeric(4, 2), CheckConstraint("c3 > 0 AND c3 <= 1.00", name="c3"), nullable=False),
    Column("c4", Numeric(10, 2), CheckConstraint("c4 > 1000.50", name="c4"), nullable=False),
    Column("c5", Date, CheckConstraint("c5 > '2030-01-01'", name="c5"), nullable=False),
    Column("c6", postgresql.JSONB, CheckConstraint("jsonb_typeof(c6) = 'array'", name="c6"), nullable=False),
    Column("c7", postgresql.ARRAY(Text), CheckConstraint("cardinality(c7) = 0", name="c7"), nullable=False),
    Column("c8", Text, CheckConstraint("c8 LIKE 'https://%'", name="c8"), nullable=False),
    Column("c9", String(64), CheckConstraint("c9 ~ '^[a-f0-9]{64}$'", name="c9"), nullable=False),
    Column("c10", DateTime(timezone=True), CheckConstraint("c10 >= '2031-05-05 00:00:00+00'", name="c10"), nullable=False),
)
Table(
    "p", metadata, Column("id", postgresql.UUID, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("tags", postgresql.ARRAY(String(10)), nullable=False), Column("doc", postgresql.JSONB, nullable=False),
    Column("period", postgresql.TSTZRANGE, nullable=False), Column("many", postgresql.INT4MULTIRANGE, nullable=False),
    Column("ip", postgresql.INET, nullable=False), Column("bits", postgresql.BIT(4), nullable=False),
    Column("mail", postgresql.DOMAIN("mail", String(50), check=text("VALUE LIKE '%@%'")), nullable=False),
    Column("positive", postgresql.DOMAIN("positive", Integer, check=text("VALUE > 5")), nullable=False),
    Column("moods", postgresql.ARRAY(postgresql.ENUM("sad", "happy", name="mood")), nullable=False),
    Column("long", Interval, nullable=False), Column("search", postgresql.TSVECTOR, nullable=False),
)
Table(
    "booking", metadata, Column("id", Integer, primary_key=True), Column("during", postgresql.TSRANGE, nullable=False),
    postgresql.ExcludeConstraint((Column("during"), "&&"), name="ex_booking", using="gist"),
)
Table(
    "live", metadata, Column("id", Integer, primary_key=True), Column("email", String(20)), Column("gone", Boolean, nullable=False),
    Index("uq_live", "email", unique=True, postgresql_where=text("not gone")), Index("uq_low", text("lower(email)"), unique=True),
)
""",
    "mariadb": """
Table(
    "m", metadata, Column("id", mysql.BIGINT(unsigned=True), primary_key=True), Column("tiny", mysql.TINYINT, nullable=False),
    Column("y", mysql.YEAR, nullable=False), Column("e", mysql.ENUM("x", "y"), nullable=False),
    Column("s", mysql.SET("p", "q"), nullable=False), Column("mt", mysql.MEDIUMTEXT, nullable=False),
    Column("j", JSON, nullable=False), Column("d", mysql.DATETIME(fsp=3), nullable=False),
    Column("bit", mysql.BIT(3), nullable=False), Column("bin", mysql.BINARY(16), nullable=False),
    Column("dec", mysql.DECIMAL(5, 2, unsigned=True), nullable=False), Column("mi", mysql.MEDIUMINT, nullable=False),
    Column("g", Integer, Computed("mi + 1", persisted=True)), Column("u", Uuid, nullable=False),
    Column("dbl", mysql.DOUBLE, nullable=False), Column("tt", mysql.TINYTEXT, nullable=False), Column("tm", mysql.TIME, nullable=False),
)
Table(
    "un", metadata, Column("id", Integer, primary_key=True),
    Column("m", mysql.MEDIUMINT, unique=True), Column("t", mysql.TINYINT, unique=True),
)
""",
}


@pytest.mark.parametrize(
    ("database", "shape"),
    [(database, shape) for database in ("sqlite", "postgresql", "mariadb") for shape in SHAPES]
    + [(database, "its own") for database in ONLY],
    indirect=["database"],
)
def test_every_table_has_rows(pytester: pytest.Pytester, database: Database, shape: str) -> None:
    tables = SHAPES.get(shape) or ONLY[database.dialect]
    if database.dialect == "mariadb":
        tables = tables.replace("Identity(always=True), ", "")
    models = MODELS.replace("from sqlalchemy import", IMPORTS + "from sqlalchemy import") + tables

    outcomes = _populated(Project([(CREATE, "pass"), (COUNTS, "pass")], models=models), pytester, database)

    assert outcomes.failures == {}, str(outcomes)
    counts = json.loads((pytester.path / "counts").read_text(encoding="utf-8"))
    assert [name for name, count in counts.items() if count == 0 and name != "alembic_version"] == []


PARTITIONS = [
    "CREATE TABLE events (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
    "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "CREATE TABLE regions (id int NOT NULL, region text NOT NULL, PRIMARY KEY (id, region)) PARTITION BY LIST (region)",
    "CREATE TABLE regions_eu PARTITION OF regions FOR VALUES IN ('eu', 'uk')",
    "CREATE TABLE hashed (id int PRIMARY KEY) PARTITION BY HASH (id)",
    *(f"CREATE TABLE hashed_{n} PARTITION OF hashed FOR VALUES WITH (MODULUS 9, REMAINDER {n})" for n in range(9)),
]


def test_a_partitioned_table_has_rows_and_an_empty_partition_of_it_is_no_warning(
    pytester: pytest.Pytester, postgresql: Database
) -> None:
    create = "\n".join(f"op.execute({each!r})" for each in PARTITIONS)

    outcomes = _populated(Project([(create, "pass"), (COUNTS, "pass")], models=MODELS), pytester, postgresql)

    assert outcomes.failures == {}, str(outcomes)
    counts = json.loads((pytester.path / "counts").read_text(encoding="utf-8"))
    assert [name for name in ("events", "events_2026", "regions", "regions_eu", "hashed") if not counts[name]] == []


def test_a_key_into_a_table_that_is_not_there_stops_nothing_on_sqlite(
    pytester: pytest.Pytester, sqlite: Database
) -> None:
    create = "op.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL REFERENCES nowhere (id))')"

    outcomes = _populated(Project([(create, "pass"), (COUNTS, "pass")], models=MODELS), pytester, sqlite)

    assert outcomes.failures == {}, str(outcomes)
    assert json.loads((pytester.path / "counts").read_text(encoding="utf-8"))["t"] == 3


READS = """
table = sa.table("things", sa.column("kind", sa.Enum("small", "large", name="kind")))
assert set(op.get_bind().scalars(sa.select(table.c.kind))) <= {"small", "large", None}
"""
KIND = 'sa.Column("kind", sa.Enum("small", "large", name="kind"), nullable=False, server_default="small")'
CREATE_THINGS = 'op.create_table("things", sa.Column("id", sa.Integer, primary_key=True){more})'
DROP_KIND = "with op.batch_alter_table('things') as batch:\n    batch.drop_column('kind')"


@pytest.mark.parametrize(
    "revisions",
    [
        [CREATE_THINGS.format(more=f", {KIND}")],
        [CREATE_THINGS.format(more=""), f'op.add_column("things", {KIND})'],
        [
            CREATE_THINGS.format(more=', sa.Column("kind", sa.String(5))'),
            "with op.batch_alter_table('things') as batch:\n"
            "    batch.alter_column('kind', type_=sa.Enum('small', 'large', name='kind'))",
        ],
    ],
    ids=["created", "added", "altered"],
)
def test_a_text_that_a_revision_called_an_enum_is_one_of_its_values(
    pytester: pytest.Pytester, sqlite: Database, revisions: list[str]
) -> None:
    """The models no longer have the column."""
    models = MODELS + 'Table("things", metadata, Column("id", Integer, primary_key=True))\n'
    steps = [*revisions[:1], "op.execute('DELETE FROM things')", *revisions[1:], READS, DROP_KIND]

    outcomes = _populated(Project([(each, "pass") for each in steps], models=models), pytester, sqlite)

    assert outcomes.failures == {}, str(outcomes)


def test_a_text_that_the_models_call_an_enum_is_one_of_its_values(pytester: pytest.Pytester, sqlite: Database) -> None:
    models = MODELS + (
        'Table("things", metadata, Column("id", Integer, primary_key=True), Column("kind", Enum("small", "large", name="kind")))\n'
    )
    create = CREATE_THINGS.format(more=', sa.Column("kind", sa.String(5))')

    outcomes = _populated(Project([(create, "pass"), (READS, "pass")], models=models), pytester, sqlite)

    assert outcomes.failures == {}, str(outcomes)


def test_tables_of_ours_that_were_there_before_the_chain_have_rows(pytester: pytest.Pytester, sqlite: Database) -> None:
    models = MODELS + 'Table("first", metadata, Column("id", Integer, primary_key=True), Column("title", String(20)))\n'
    engine = """
        import models
        models.metadata.create_all(engine)
    """
    change = 'with op.batch_alter_table("first") as batch:\n    batch.alter_column("title", nullable=False)'

    outcomes = _populated(Project([(change, "pass")], models=models, engine=engine), pytester, sqlite)

    assert "found: NOT NULL constraint failed" in outcomes.failures["test_populated_upgrade"]


def test_a_script_may_name_what_has_a_per_cent_sign(pytester: pytest.Pytester, database: Database) -> None:
    create = 'op.create_table("100%", sa.Column("%s", sa.Integer, primary_key=True))'
    project = Project([(create, 'op.drop_table("100%")')], models=MODELS)
    if database.dialect == "mariadb":
        project = project.with_short_keys()

    outcomes = project.run(pytester, database, ["test_offline_sql_renders"])

    assert (outcomes.failures, outcomes.passed) == ({}, ["test_offline_sql_renders"])


def _populated(project: Project, pytester: pytest.Pytester, database: Database) -> Outcomes:
    """With warnings as errors a table without a row is a failure."""
    project = replace(project, env=project.env.replace('metadata"', 'metadata", fence=False'))
    if database.dialect == "mariadb":
        project = project.with_short_keys()
    project.write(pytester, database)
    return imported(pytester, ["test_populated_upgrade"])
