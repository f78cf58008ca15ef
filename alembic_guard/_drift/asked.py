"""``python -m alembic_guard._drift.asked``: what Alembic sees, asked in a process of its own.

The application's process stays as it is: an env.py may set up logging, start an event loop, import what it likes, and
its working folder is that of alembic.ini. The question comes as JSON on stdin, the answer goes to stdout.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from alembic_guard._drift.chain import NotAsked, as_dict, config_of, look, missing_of


def main() -> None:
    """Answer one question."""
    # env.py may print, and so may what it starts: from here on that goes to stderr.
    answer_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # put there by -m, and `alembic` does not
    question = json.loads(sys.stdin.read())
    missing = [missing_of(each) for each in question["missing"]]
    try:
        answer = as_dict(look(config_of(Path(question["config"])), missing, question["tables"]))
    except NotAsked as error:
        answer = {"error": str(error)}
    with answer_to:
        json.dump(answer, answer_to)


if __name__ == "__main__":
    main()
