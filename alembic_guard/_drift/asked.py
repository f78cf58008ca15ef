"""``python -m alembic_guard._drift.asked``: what Alembic sees, asked in a process of its own.

The application's process stays as it is: an env.py may set up logging, start an event loop, import what it likes, and
its working folder is that of alembic.ini. The question comes as JSON on stdin, the answer goes to stdout.
"""

from __future__ import annotations

import json
import os
import sys

from alembic.config import Config

from alembic_guard._drift.chain import NotAsked, as_dict, look, missing_of


def main() -> None:
    """Answer one question."""
    answer_to = sys.stdout
    sys.stdout = sys.stderr  # env.py may print
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # put there by -m, and `alembic` does not
    question = json.loads(sys.stdin.read())
    missing = [missing_of(each) for each in question["missing"]]
    try:
        answer = as_dict(look(Config(question["config"]), missing, question["tables"]))
    except NotAsked as error:
        answer = {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - an env.py may raise anything; its text may hold a password
        answer = {"error": f"env.py raised {type(error).__name__}"}
    json.dump(answer, answer_to)


if __name__ == "__main__":
    main()
