"""Warnings as comments at the top of the upgrade, where whoever reviews the migration reads them."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation
from alembic.operations.ops import UpgradeOps

from alembic_guard._diagnostics import Diagnostic, Severity


class CommentOp(MigrateOperation):
    """Lines of comment in a migration; it changes nothing and has no opposite but itself."""

    # What has ``ops`` is asked for them and not for itself when differences are listed (OpContainer.as_diffs, Alembic
    # 1.18 - 1.20): a comment is none.
    ops: tuple[MigrateOperation, ...] = ()

    def __init__(self, text: str) -> None:
        self.text = text

    def reverse(self) -> CommentOp:
        return self

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("comment", self.text)


def write_notes(upgrade_ops: UpgradeOps, diagnostics: Iterable[Diagnostic], database: str) -> None:
    """Put one comment for each warning in front of the operations; the database's address stays out of the file."""
    upgrade_ops.ops[:0] = [
        CommentOp(f"{each.code} {each.location}: {each.message}".replace(database, "this database"))
        for each in diagnostics
        if each.severity is Severity.WARNING and not each.standing and each.code not in _NOT_AT_THE_TOP
    ]


# They tell of tables that this migration leaves alone, and would stand in every one; AGL101 stands above its operation.
_NOT_AT_THE_TOP = frozenset(["AGO104", "AGO109", "AGL101"])


@renderers.dispatch_for(CommentOp)
def _render(autogen_context: AutogenContext, operation: CommentOp) -> list[str]:
    text = " ".join(operation.text.split())
    return [f"# {line}" for line in wrap(text, 100, break_long_words=False, break_on_hyphens=False)]
