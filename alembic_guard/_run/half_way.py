"""What a migration leaves behind that fails where DDL is not rolled back, and how to take it back."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import shorten
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from alembic_guard._database import describe, is_mariadb
from alembic_guard._report import as_text
from alembic_guard._rules import age136_half_way, age137_done_before
from alembic_guard._run.connection import first_line
from alembic_guard._stop import stop

_DDL = re.compile(r"\s*(create|alter|drop|rename|truncate|grant|revoke)\b", re.IGNORECASE)
_ROWS = re.compile(r"\s*(insert|update|delete|replace|load|call|execute|with)\b", re.IGNORECASE)

# ER_TABLE_EXISTS_ERROR, ER_BAD_TABLE_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME, ER_MULTIPLE_PRI_KEY, ER_CANT_DROP_FIELD_OR_KEY,
# ER_NO_SUCH_TABLE, ER_DUP_CONSTRAINT_NAME; InnoDB's own for a key's name that is taken comes as ER_CANT_CREATE_TABLE, 121.
_DONE = frozenset([1050, 1051, 1060, 1061, 1068, 1091, 1146, 1826])


@contextmanager
def telling_what_stays(revision: str, connection: Connection) -> Iterator[None]:
    """Around a migration: on MariaDB a failure says what ran and what did not.

    Raises:
        GuardError: AGE137 where a statement finds its work done; any other failure goes through as it is, behind a report.
    """
    if not is_mariadb(connection.dialect.name):
        yield
        return
    ran: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _DDL.match(statement) or _ROWS.match(statement):
            ran.append(" ".join(statement.split()))

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield
    except Exception as error:
        _explain(revision, ran, error, describe(connection))
        raise
    finally:
        event.remove(connection, "after_cursor_execute", note)


def _explain(revision: str, ran: Sequence[str], error: Exception, database: str) -> None:
    failed = " ".join((error.statement or "").split()) if isinstance(error, DBAPIError) else ""
    stays = _committed(ran, failed)
    done = first_line(error) if isinstance(error, DBAPIError) and _is_done(error) else ""
    if stays:
        undo = [undo_of(statement) for statement in ([failed] if done else []) + stays[::-1]]
        found = age136_half_way.half_way(
            revision, stays, shorten(failed, 300, placeholder=" ..."), undo, database, done
        )
        print(as_text([found]), file=sys.stderr)
    elif done:
        stop(age137_done_before.done_before(revision, failed, done, undo_of(failed), database), cause=error)


def _committed(ran: Sequence[str], failed: str) -> list[str]:
    """What stays: DDL, and rows written before the last of it, which commits them; that it fails changes nothing there."""
    if _DDL.match(failed):
        return list(ran)
    last = max((number for number, statement in enumerate(ran, 1) if _DDL.match(statement)), default=0)
    return list(ran[:last])


def _is_done(error: DBAPIError) -> bool:
    raised: Any = error.orig
    number = raised.args[0] if raised.args else None
    return number in _DONE or (number == 1005 and "errno: 121" in str(raised))


_NAME = r"((?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))?)"
_UNDO = [
    (rf"CREATE TABLE (?:IF NOT EXISTS )?{_NAME}", "DROP TABLE {0};"),
    (rf"CREATE (?:OR REPLACE )?VIEW {_NAME}", "DROP VIEW {0};"),
    (rf"CREATE (?:UNIQUE |FULLTEXT |SPATIAL )?INDEX {_NAME} ON {_NAME}", "DROP INDEX {0} ON {1};"),
    (rf"CREATE TRIGGER {_NAME}", "DROP TRIGGER {0};"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT {_NAME} FOREIGN KEY", "ALTER TABLE {0} DROP FOREIGN KEY {1};"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT {_NAME} UNIQUE", "ALTER TABLE {0} DROP INDEX {1};"),
    (rf"ALTER TABLE {_NAME} ADD (?:CONSTRAINT {_NAME} )?PRIMARY KEY", "ALTER TABLE {0} DROP PRIMARY KEY;"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT {_NAME}", "ALTER TABLE {0} DROP CONSTRAINT {1};"),
    (
        rf"ALTER TABLE {_NAME} ADD (?!CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|INDEX|KEY|CHECK)(?:COLUMN )?{_NAME}",
        "ALTER TABLE {0} DROP COLUMN {1};",
    ),
    (rf"ALTER TABLE {_NAME} RENAME (?:TO |AS )?(?!COLUMN|INDEX|KEY){_NAME}$", "ALTER TABLE {1} RENAME TO {0};"),
    (rf"RENAME TABLE {_NAME} TO {_NAME}$", "RENAME TABLE {1} TO {0};"),
]


def undo_of(statement: str) -> str:
    """The statement that takes another one back, where its text says it; else what a person has to look at."""
    for pattern, undo in _UNDO:
        if found := re.match(pattern, statement, re.IGNORECASE):
            return undo.format(*found.groups())
    return f"-- by hand, or leave it out of the file for one run: {shorten(statement, 300, placeholder=' ...')}"
