"""The public API in typed calls: checked by mypy --strict, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import context
from alembic.config import Config
from sqlalchemy import Column, Connection, Engine, ForeignKey, MetaData, Table
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from alembic_guard import (
    Allow,
    Cause,
    DatabaseIdentity,
    Diagnostic,
    ExternalTables,
    Guard,
    GuardError,
    Location,
    SchemaReport,
    Severity,
    TableName,
    check_schema,
    configure_options,
    explain_errors,
    explanation_of,
    external,
    lint_models,
    run_migrations,
)
from alembic_guard.presets import better_auth, django, drizzle, langgraph, prisma, supabase

auth: ExternalTables = better_auth(id_type="uuid", names={"user": "users"}, relies_on={"user": ["email"]})
user: Table = auth["user"]
shaped: ExternalTables = better_auth(
    "text",
    ["organization.teams"],
    names="plural",
    columns="snake_case",
    fields={"user": {"company": "string", "age": {"type": "number", "required": False}}},
    absent=["session"],
    adapter="drizzle",
    version="1.6",
)


class Base(DeclarativeBase):
    pass


class Profile(Base):
    __tablename__ = "profiles"
    __table_args__ = {"info": external("crm")}

    user_id: Mapped[str] = mapped_column(ForeignKey(user.c.id, ondelete="CASCADE"), primary_key=True)


neighbours = ExternalTables(
    "django", ["auth_user", TableName("crm", "account")], patterns=["django_*"], migrate="manage.py migrate"
)
own = ExternalTables("crm", [Table("account", MetaData(), Column("id", primary_key=True))], created_by="alembic")
presets: list[ExternalTables] = [
    django(["shop"], user_model="accounts_user", id_type="bigint"),
    drizzle(["invoice"], patterns=["billing_*"], schema=None),
    langgraph(["checkpoints"], database="sqlite"),
    prisma(["User", TableName("crm", "Post"), user]),
    supabase(relies_on={"users": ["email"]}),
]
created: ExternalTables = better_auth(created_by="alembic")


def filtered(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    return True


def env_py(connection: Connection) -> None:
    guard = Guard(
        "app.models:Base.metadata",
        external=[auth, neighbours, own],
        ours=["users", TableName("crm", "account")],
        undeclared="fail",
        drops="write",
        url=make_url("sqlite://"),
        rules={"AGO103": "off"},
        schema="x:tenant",
        lock=True,
        lock_wait=60,
        lock_timeout=0.5,
        statement_timeout=30,
        retry_for=120,
        fence=True,
        allow=[Allow("a1f4", "user", reason="agreed")],
        configure={"compare_server_default": True},
    )
    several = Guard([Base.metadata, "app.other:metadata"], url="env:DATABASE_URL")
    names: list[Diagnostic] = lint_models(["app", Path("alembic")], dialect="postgresql", external={"user": "auth"})
    print(names)
    options: dict[str, Any] = configure_options(guard, connection=connection, include_object=filtered)
    context.configure(**options)
    try:
        run_migrations(several)
        run_migrations({"engine1": guard, "engine2": several})
    except GuardError as error:
        found: tuple[Diagnostic, ...] = error.diagnostics
        severity: Severity = found[0].severity
        where: Location = found[0].location
        print(severity.value, where.object, where.line)


def contract_file(connection: Connection) -> None:
    live: ExternalTables = ExternalTables.reflect(connection, "crm", ["users", "tmp_*"], migrate="make migrate")
    live.save("contracts/crm.json")
    kept: ExternalTables = ExternalTables.load(Path("contracts") / "crm.json")
    kept.attach(Base.metadata)


def test_database(connection: Connection) -> None:
    auth.attach(Base.metadata)
    auth.create_all(connection)


def application(engine: Engine, asynchronous: AsyncEngine) -> None:
    report: SchemaReport = check_schema(
        engine, [Base.metadata], config="alembic.ini", external=[auth], exceptions={"runs.kind": "until 3f2a has run"}
    )
    check_schema(asynchronous, Base.metadata, config=Path("alembic.ini")).raise_for_errors()
    database: DatabaseIdentity = report.database
    cause: Cause | None = report.cause
    findings: tuple[Diagnostic, ...] = report.errors if not report.ok else report.diagnostics
    print(database.described, cause.next_step if cause else "", findings)
    explain_errors(engine, Base.metadata, config=Config("alembic.ini"), external=[auth])
    explain_errors(asynchronous, Base.metadata)
    why: str | None = explanation_of(ValueError())
    print(why)
