"""``python -m alembic_guard protect``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic_guard._environment_work import in_the_one_environment
from alembic_guard._protect.grants import grants as grants_of
from alembic_guard._protect.settings import SETTINGS, settings
from alembic_guard._protect.tables import tables_of
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def protect(config: Config, grants: bool = False, role: str | None = None, tools: list[str] | None = None) -> None:
    """Print what keeps migrators off each other's tables: rights for ours, settings for the others."""
    if not grants and not tools:
        example = "protect --grants --role migrator, or protect --for drizzle"
        stop(
            age108_bad_guard.bad_value(
                "protect", "nothing to print", f"--grants, or --for {'|'.join(SETTINGS)}", example
            )
        )

    def lines(context: MigrationContext) -> Iterator[str]:
        tables = tables_of(context)
        if grants:
            assert context.connection is not None
            yield grants_of(context.connection, tables, role)
        yield from (settings(tool, tables) for tool in tools or ())

    script = ScriptDirectory.from_config(config)
    text = in_the_one_environment(config, script, lambda context: "\n\n".join(lines(context)), "protect")
    config.print_stdout("%s", text)


def add_options(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--grants", action="store_true", help="GRANT and REVOKE for the migrations' role")
    parser.add_argument("--role", help="its name, on MariaDB user@host; the one that connects without it")
    parser.add_argument(
        "--for",
        dest="tools",
        action="append",
        choices=list(SETTINGS),
        help="settings with which another tool leaves our tables alone; may be given several times",
    )
