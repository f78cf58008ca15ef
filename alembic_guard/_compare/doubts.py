"""What the chain leaves open: tables that it alters and never created, and lines that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._models import shown
from alembic_guard._ownership import Ownership
from alembic_guard._rules import ago109_touched, ago110_unread


def touched_tables(ownership: Ownership, *, refused: bool) -> Iterator[Diagnostic]:
    """AGO109, an error where undeclared tables are ``refused``."""
    for table, by in ownership.touched().items():
        where = f"revision {by.place.revision} ({shown(by.place.path)}:{by.place.line})"
        yield ago109_touched.touched(table, where, refused=refused)


def unread_lines(ownership: Ownership) -> Iterator[Diagnostic]:
    """AGO110; none while no table was in doubt."""
    for each in ownership.chain.unread:
        yield ago110_unread.unread(each.place.revision, shown(each.place.path), each.place.line, each.message)
