"""A lock on a file beside the database's."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from alembic_guard._run.lock.here import this_process


class SQLiteLock:
    """The operating system frees it when the process is gone.

    One for all chains of a file, as SQLite lets one of them write at a time. The database's own file is not opened:
    closing it again would free the locks that SQLite holds on it in this process (SQLite manual, "How To Corrupt An
    SQLite Database File", 2.2).
    """

    def __init__(self, file: Path) -> None:
        # The file stays when it is let go: to take it away would let two processes lock two files of one name.
        self._lock = FileLock(f"{file}.alembic_guard.lock", blocking=False)
        self._holder = Path(f"{file}.alembic_guard.holder")

    def take(self) -> bool:
        try:
            self._lock.acquire()
        except Timeout:
            return False
        since = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._holder.write_text(json.dumps({"who": this_process(), "since": since}), encoding="utf-8")
        return True

    def held(self) -> bool:
        return self._lock.is_locked

    def holder(self) -> str:
        try:
            found = json.loads(self._holder.read_text(encoding="utf-8"))
            return f"{found['who']}, since {found['since']}"
        except (OSError, ValueError):
            return f"who has locked {self._lock.lock_file}"

    def close(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):
                self._holder.unlink()
            self._lock.release()
