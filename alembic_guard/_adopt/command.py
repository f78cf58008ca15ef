"""``python -m alembic_guard adopt``: models for the tables that our chain made by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic_guard._adopt.base import Base, base_of
from alembic_guard._adopt.others import others_of
from alembic_guard._adopt.reflection import reflect, written
from alembic_guard._adopt.tables import tables_to_adopt
from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._compare.comparison import Comparison
from alembic_guard._compare.doubts import touched_tables, unread_lines
from alembic_guard._environment_work import in_the_one_environment
from alembic_guard._names import TableName
from alembic_guard._ownership import Claims, Ownership
from alembic_guard._report import as_text
from alembic_guard._rules import age108_bad_guard, age109_extra_missing, age110_output_exists
from alembic_guard._stop import stop

HEAD = '''"""Models of tables that migrations written by hand had made.

Written by `python -m alembic_guard adopt` (sqlacodegen) from the database: with these models `alembic check` finds
nothing to do. Yours to change from here on, with a migration for each change.
"""

'''


@dataclass(frozen=True, slots=True)
class _Models:
    """Source and the tables it is of, or in a sentence why there is nothing to write."""

    source: str = ""
    tables: Sequence[TableName] = ()
    why_none: str = ""


def adopt(config: Config, output: str | None = None) -> None:
    """Write SQLAlchemy models for the tables that your migrations created and that no model declares."""
    if output is not None and (not output.strip() or Path(output).is_dir()):
        stop(age108_bad_guard.bad_value("adopt --output", output, "the name of a file", "--output app/models.py"))
    if output is not None and Path(output).exists():
        stop(age110_output_exists.exists(output))
    _require_extra()
    script = ScriptDirectory.from_config(config)
    models = in_the_one_environment(config, script, _models, "adopt")
    if models.why_none:
        config.print_stdout("%s", models.why_none)
    elif output is None:
        # print_stdout() writes a question mark for what the terminal's encoding lacks; in code that is an error.
        config.stdout.write(models.source)
    else:
        _write(Path(output), models.source)
        config.print_stdout("%s: models of %s", output, ", ".join(map(str, models.tables)))


def _require_extra() -> None:
    try:
        import sqlacodegen.generators  # noqa: F401
    except ModuleNotFoundError as error:
        stop(age109_extra_missing.missing(error.name or "sqlacodegen"), cause=error)


def _models(context: MigrationContext) -> _Models:
    assert context.connection is not None
    if not context.get_current_heads():
        return _Models(why_none="Nothing to adopt: this database is at no revision. Run `alembic upgrade head` first.")
    comparison = context.opts.get("alembic_guard")
    guard, claims = (comparison.guard, comparison.claims) if isinstance(comparison, Comparison) else (None, Claims())
    catalogue = read_catalogue(context.connection, {name.schema for name in (*claims.ours, *claims.external)})
    ownership = Ownership(claims, catalogue, OurChain(context, catalogue, guard.ours if guard else ()))
    tables = tables_to_adopt(ownership)
    doubts = [*touched_tables(ownership, refused=False), *unread_lines(ownership)]
    if doubts:
        print(as_text(doubts), file=sys.stderr)
    if not tables:
        read = ", as far as they can be read (see above)" if ownership.chain.unread else ""
        return _Models(why_none=f"Nothing to adopt: every table that your migrations created{read} has a model.")
    base = base_of(guard, has_models=bool(claims.ours))
    return _Models(HEAD + _source(context, tables, claims, catalogue, base), tables)


def _source(
    context: MigrationContext, tables: Sequence[TableName], claims: Claims, catalogue: Catalogue, base: Base
) -> str:
    # Needs the extra, which nothing else of this module does.
    from alembic_guard._adopt.generator import ModelsGenerator

    reflected = reflect(context, tables, catalogue)
    modelled = {name.within(catalogue.default_schema): name for name in claims.ours}
    theirs = [name for name in reflected.targets if name not in modelled]
    others = others_of(reflected, claims, theirs, catalogue.default_schema)
    # A Base with a schema of its own gives it to every table that names none.
    ours = {name: name if base.schema else written(name, catalogue) for name in tables}
    return ModelsGenerator(context, reflected, others, base, {**modelled, **ours}).generate()


def _write(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(source)
