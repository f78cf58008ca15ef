"""The tools that are run: one record each, one script each in ``tools/``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Tool:
    """A tool that makes tables.

    Args:
        packages: Whose versions its schema names; from pip or npm.
        owner: What diagnostics call it.
        theirs: Tables that its users' own migrations make, which have no name of the tool.
    """

    name: str
    owner: str
    packages: tuple[str, ...]
    databases: tuple[str, ...] = ("postgresql",)
    theirs: tuple[str, ...] = ()

    @property
    def script(self) -> Path:
        return next((HERE / "tools").glob(f"{self.name}.*"))

    def schema(self, dialect: str) -> Path:
        return HERE / "schemas" / f"{self.name}.{dialect}.sql"


BOTH = ("postgresql", "sqlite")
TOOLS = (
    Tool("django", "Django", ("Django",), BOTH, theirs=("shop_product",)),
    Tool("celery", "Celery", ("celery",), BOTH),
    Tool("langgraph", "LangGraph", ("langgraph-checkpoint-postgres", "langgraph-checkpoint-sqlite"), BOTH),
    Tool("langchain", "LangChain", ("langchain-postgres",)),
    Tool("apscheduler", "APScheduler", ("APScheduler",), BOTH),
    Tool("procrastinate", "procrastinate", ("procrastinate",)),
    Tool("pgqueuer", "pgqueuer", ("pgqueuer",)),
    Tool("yoyo", "yoyo", ("yoyo-migrations",), BOTH, theirs=("books",)),
    Tool("dbos", "DBOS", ("dbos",)),
    Tool("knex", "knex", ("knex",), theirs=("knex_books",)),
    Tool("sequelize", "Sequelize", ("sequelize", "umzug"), theirs=("SequelizeBooks",)),
    Tool("kysely", "Kysely", ("kysely",), theirs=("kysely_books",)),
    Tool("node_pg_migrate", "node-pg-migrate", ("node-pg-migrate",), theirs=("pgm_books",)),
    Tool("typeorm", "TypeORM", ("typeorm",), theirs=("typeorm_books",)),
    Tool("pg_boss", "pg-boss", ("pg-boss",)),
    Tool("graphile_worker", "graphile-worker", ("graphile-worker",)),
    Tool("drizzle", "Drizzle", ("drizzle-kit", "drizzle-orm"), theirs=("invoice",)),
    Tool("prisma", "Prisma", ("prisma",), theirs=("Article",)),
)


def schemas() -> Iterator[tuple[Tool, str]]:
    """Each tool on each of its databases."""
    return ((tool, dialect) for tool in TOOLS for dialect in tool.databases)
