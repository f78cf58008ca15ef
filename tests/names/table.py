"""`python -m tests.names.table`: every probed name, what happens to it and what we report, as a Markdown table."""

from __future__ import annotations

import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa

from alembic_guard import lint_models
from tests.names.what_happens import BODIES, HEADS, hidden_in_collection, names, what_happens

REPORTED = {"AGN102": "error", "AGN103": "warned", "AGN104": "not mapped", "AGN105": "hides"}


def reported(style: str, probed: list[str]) -> dict[str, tuple[str, bool]]:
    """For each name what the linter says of a file with a model for each: the verdict, and whether AGN106."""
    classes = [
        BODIES[style].format(cls=f"Probe{i}", table=f"probe{i}", name=name).strip() for i, name in enumerate(probed)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "models.py"
        path.write_text(HEADS[style] + "\n\n".join(classes) + "\n", encoding="utf-8")
        found: dict[str, list[str]] = {}
        for each in lint_models([path]):
            owner = str(each.location.object).partition(".")[0]
            found.setdefault(owner.lower(), []).append(each.code)
    told = [found.get(f"probe{i}", []) for i in range(len(probed))]
    return {
        name: (next((REPORTED[code] for code in codes if code in REPORTED), "fine"), "AGN106" in codes)
        for name, codes in zip(probed, told, strict=True)
    }


def main() -> int:
    """Print the table; the exit code is 1 where a cell disagrees."""
    wrong = 0
    packages = {each: _version(each) for each in ("sqlalchemy", "sqlmodel", "pydantic", "flask-sqlalchemy")}
    print(f"# What names do on SQLAlchemy {sa.__version__.rpartition('.')[0]}\n")
    print("Made by `python -m tests.names.table` with " + ", ".join(f"{k} {v}" for k, v in packages.items()) + ".")
    print(
        "Each cell: what happens when the class is made and a row is written and read back / what the linter reports."
    )
    print("A name without a row is fine everywhere.\n")
    print("| name | " + " | ".join(HEADS) + " | table.c |")
    print("| --- |" + " --- |" * (len(HEADS) + 1))
    cells: dict[str, dict[str, str]] = {}
    count = 0
    for style in HEADS:
        probed = names(style)
        said = reported(style, probed)
        for name in probed:
            happened, words = what_happens(style, name)
            count += 1
            wrong += happened != said[name][0]
            mark = "" if happened == said[name][0] else " **differs**"
            shown = f"{happened} ({words})" if words else happened
            cells.setdefault(name, {})[style] = f"{shown} / {said[name][0]}{mark}"
    for name in sorted(cells):
        hidden = "a method / AGN106" if hidden_in_collection(name) else ""
        if hidden or any(not cell.startswith("fine / fine") for cell in cells[name].values()):
            print(f"| `{name}` | " + " | ".join(cells[name].get(each, "") for each in HEADS) + f" | {hidden} |")
    print(f"\n{count} cells, {wrong} disagree.")
    return 1 if wrong else 0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    sys.exit(main())
