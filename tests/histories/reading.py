"""Read a chain in the application's environment, with our checkout on the path.

``python reading.py DISTRIBUTION TRUTH ANSWER [not-imported]``: Alembic imports the revisions, and they the application,
as in any run of Alembic; ``not-imported`` is for an application that must be started before it can be imported.
"""

from __future__ import annotations

import ast
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from not_imported import NotImported

from alembic_guard._history import read_history


def read(folder: type[ScriptDirectory], truth: dict[str, Any]) -> dict[str, Any]:
    script = folder(truth["script"], version_locations=truth["versions"])
    revisions = list(script.iterate_revisions(tuple(truth["heads"]), "base"))

    clock = time.perf_counter()
    for each in revisions:
        ast.parse(Path(each.path).read_bytes())
    parsed = time.perf_counter()
    history = read_history(script, truth["heads"], dialect="sqlite")
    done = time.perf_counter()

    def place(of: Any) -> str:
        return f"{Path(of.path).name}:{of.line}"

    return {
        "revisions": len(revisions),
        "tables": {str(each.name): [place(each.place), each.conditional] for each in history.tables.values()},
        "touched": {str(each.name): place(each.place) for each in history.touched.values()},
        "unread": [[place(each.place), each.message] for each in history.unread],
        "parse_seconds": parsed - clock,
        "read_seconds": done - parsed,
    }


if __name__ == "__main__":
    folder = NotImported if sys.argv[4:] == ["not-imported"] else ScriptDirectory
    answer = read(folder, json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    answer["versions"] = [version(each) for each in (sys.argv[1], "alembic", "sqlalchemy", "sqlglot")]
    Path(sys.argv[3]).write_text(json.dumps(answer, indent=2), encoding="utf-8")
