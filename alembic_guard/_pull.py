"""``python -m alembic_guard pull``: a contract file from the live database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic_guard._contract.contract import Contract
from alembic_guard._contract.differences import Difference, differences
from alembic_guard._contract.document import as_text, read
from alembic_guard._contract.live import read_live
from alembic_guard._database import describe
from alembic_guard._environment_work import in_the_one_environment
from alembic_guard._names import TableName
from alembic_guard._rules import agc120_contract_differs, age108_bad_guard, age110_output_exists
from alembic_guard._stop import stop


def pull(
    config: Config,
    owner: str,
    table: Sequence[str] = (),
    output: str | None = None,
    update: bool = False,
    check: bool = False,
    migrate: str | None = None,
) -> None:
    """Write what the database has of another owner's tables into a contract file, or hold it against one."""
    file = _file(owner, output, update=update, check=check)
    if not table and file is None:
        stop(age108_bad_guard.bad_value("pull", "no table", "names of tables", f"pull {owner} user session 'oauth*'"))
    names = list(table) if table else _names(file)
    live, database = _live(config, owner, names, there=bool(table))
    live = _with_words(live, file, migrate)
    if output is None:
        config.stdout.write(as_text(live))
        return
    found = list(differences(file, live)) if file else []
    if check and file:
        _check(found, output, owner, database)
        config.print_stdout("%s: as %s has it", output, database)
        return
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(as_text(live), encoding="utf-8")
    config.print_stdout("%s", _told(output, live, file, found))


def _file(owner: str, output: str | None, *, update: bool, check: bool) -> Contract | None:
    """The contract that is there to be compared with or changed."""
    if output is None:
        if update or check:
            stop(age108_bad_guard.bad_value("pull", "no --output", "the file to work on", "--output contracts/x.json"))
        return None
    if not output.strip() or Path(output).is_dir():
        stop(age108_bad_guard.bad_value("pull --output", output, "the name of a file", "--output contracts/x.json"))
    if not check and not Path(output).exists():
        return None
    if not (update or check):
        stop(age110_output_exists.exists(output, "--update shows what changed and writes it; --check only compares."))
    file = read(output)
    if file.owner != owner:
        stop(age108_bad_guard.bad_value("pull", owner, f"{file.owner}, the owner that {output} names"))
    return file


def _names(file: Contract | None) -> list[str | TableName]:
    return [*(table.name for table in file.tables), *file.patterns] if file else []


def _live(config: Config, owner: str, names: Sequence[str | TableName], *, there: bool) -> tuple[Contract, str]:
    def work(context: MigrationContext) -> tuple[Contract, str]:
        assert context.connection is not None
        return read_live(context.connection, owner, names, there=there), describe(context.connection)

    return in_the_one_environment(config, ScriptDirectory.from_config(config), work, "pull")


def _with_words(live: Contract, file: Contract | None, migrate: str | None) -> Contract:
    """With what no database knows and the file says: names in Python, columns relied on, bare names, the migrator."""
    if file is None:
        return replace(live, migrate=migrate)
    said = {table.name: table for table in file.tables}
    tables = [
        replace(
            table,
            called=said[table.name].called,
            relies_on=tuple(each for each in said[table.name].relies_on if each in table.columns),
            columns=table.columns if said[table.name].columns else {},
        )
        if table.name in said
        else table
        for table in live.tables
    ]
    return replace(live, tables=tuple(tables), migrate=migrate or file.migrate)


def _check(found: Sequence[Difference], output: str, owner: str, database: str) -> None:
    if found:
        stop(
            *(
                agc120_contract_differs.differs(each.object, each.file, each.database, output, owner, database)
                for each in found
            )
        )


def _told(output: str, live: Contract, file: Contract | None, found: Sequence[Difference]) -> str:
    if file is None:
        return f"{output}: {', '.join(str(table.name) for table in live.tables)}"
    return "\n".join([f"{output}: {'updated' if found else 'as it was'}", *map(str, found)])
