"""Keywords for Alembic's ``context.configure()``: ours, joined with those an env.py already has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from alembic.runtime.plugins import Plugin
from sqlalchemy import MetaData

from alembic_guard import plugin
from alembic_guard._compare.column_types import type_comparer
from alembic_guard._compare.comparison import Comparison
from alembic_guard._compare.filters import both_names, both_objects, left_out
from alembic_guard._guard import Guard
from alembic_guard._operations import RequireTableOp as RequireTableOp  # registers op.require_table
from alembic_guard._rewrite.chain import rewriter
from alembic_guard._rewrite.rendering import item_renderer
from alembic_guard._rules import age108_bad_guard
from alembic_guard._run.pending import with_requirements
from alembic_guard._stop import stop

_PLUGIN = "alembic_guard"


def configure_options(guard: Guard, **options: Any) -> dict[str, Any]:
    """Keywords for ``context.configure(**...)`` in an env.py of one's own.

    Every keyword given goes through; hooks are joined with ours: your filters and ``render_item`` are asked first, your
    ``process_revision_directives`` runs after ours, and our plugin is added to your ``autogenerate_plugins``.

    .. code-block:: python

        context.configure(**configure_options(guard, connection=connection, include_object=my_filter))

    Returns:
        A plain dict. Unless given, ``compare_type`` and ``transaction_per_migration`` are on, ``render_as_batch`` is on
        where the database is SQLite, and ``include_schemas`` is on where a model names a schema.

    Raises:
        GuardError: AGE101, AGE102 when the models cannot be had; AGE108 when ``target_metadata`` is another one.

    .. versionadded:: 0.1
    """
    given = {**guard.configure, **options}
    filters = left_out(given.get("include_name"), given.get("include_object"))
    comparison = Comparison(guard, guard.load(), filters)
    _register_plugin()
    mine: dict[str, Any] = {
        "target_metadata": _one_or_several(comparison, given.pop("target_metadata", None)),
        "include_name": both_names(given.pop("include_name", None), comparison.include_name),
        "include_object": both_objects(given.pop("include_object", None), comparison.include_object),
        "process_revision_directives": rewriter(comparison, given.pop("process_revision_directives", None)),
        "render_item": item_renderer(comparison, given.pop("render_item", None)),
        "compare_type": type_comparer(comparison, given.pop("compare_type", True)),
        "autogenerate_plugins": _plugins(given.pop("autogenerate_plugins", None)),
        "fn": with_requirements(comparison, given.pop("fn", None), may_let_go=_own_transaction(given)),
        "alembic_guard": comparison,
    }
    defaults: dict[str, Any] = {
        "transaction_per_migration": True,
        "render_as_batch": _is_sqlite(given),
        "include_schemas": any(table.schema for metadata in comparison.metadatas for table in metadata.tables.values()),
    }
    return {**defaults, **given, **mine}


def _register_plugin() -> None:
    """Register ours where no entry point did: in a checkout that is on the path and not installed."""
    # ValueError: registered already, by the entry point or by an env.py that ran before in this process.
    with suppress(ValueError):
        Plugin.setup_plugin_from_module(plugin, _PLUGIN)


def _plugins(given: Sequence[str] | None) -> list[str]:
    # The keyword replaces Alembic's default, so the default is written out.
    names = list(given) if given is not None else ["alembic.autogenerate.*"]
    return names if _PLUGIN in names else [*names, _PLUGIN]


def _one_or_several(comparison: Comparison, given: Any) -> MetaData | list[MetaData]:
    metadatas = list(comparison.metadatas)
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    if given is not None and [id(each) for each in several] != [id(each) for each in metadatas]:
        stop(
            age108_bad_guard.bad_value(
                "configure_options(target_metadata=...)",
                given,
                f"the Guard's own metadata ({comparison.guard.spec})",
                "Leave target_metadata out, or give the same MetaData to Guard(...).",
            )
        )
    return metadatas[0] if len(metadatas) == 1 else metadatas


def _own_transaction(given: dict[str, Any]) -> bool:
    """Whether no transaction is open yet, neither the caller's nor one around all migrations."""
    connection = given.get("connection")
    return (
        connection is not None
        and not connection.in_transaction()
        and bool(given.get("transaction_per_migration", True))
    )


def _is_sqlite(given: dict[str, Any]) -> bool:
    connection, url, name = given.get("connection"), given.get("url"), given.get("dialect_name")
    if connection is not None:
        return bool(connection.dialect.name == "sqlite")
    return str(url or name or "").startswith("sqlite")
