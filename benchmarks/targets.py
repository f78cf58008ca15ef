"""What was to be reached, and what a run measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Cells = Sequence[dict[str, Any]]


def judged(cells: Cells) -> Iterator[str]:
    """One line for each target and database that the run has cells for."""
    yield f"{'target':64} {'database':10} {'to reach':>9} {'measured':>9}"
    for dialect in dict.fromkeys(each["dialect"] for each in cells):
        for what, limit, found in _of(cells, dialect):
            yield f"{what:64} {dialect:10} {limit:>9} {found:9.2f}"


def _of(cells: Cells, dialect: str) -> Iterator[tuple[str, str, float]]:
    yield from _growth(cells, dialect)
    for cell in (each for each in cells if each["dialect"] == dialect):
        ways, ours, theirs = cell["ways"], cell["ours"], cell["theirs"]
        seconds = {name: way["seconds"] for name, way in ways.items()}
        at = f"N={ours} M={theirs}"
        limit = "<= 0.75" if ours >= 300 else "<= 1.05"
        match cell["kind"]:
            case "autogenerate" if theirs == 0:
                yield f"guarded / bare, {at}", limit, seconds["guarded"] / seconds["bare"]
            case "autogenerate":
                yield f"guarded / bare with M=0, {at}", limit, seconds["guarded"] / seconds["bare, M=0"]
                if "guarded, M=0" in seconds:
                    growth = seconds["guarded"] / seconds["guarded, M=0"] - 1
                    yield f"growth of guarded from M=0, {at}", "<= 0.15", growth
                    more = ways["guarded"]["statements"] - ways["guarded, M=0"]["statements"]
                    yield f"statements more than with M=0, {at}", "0", more
            case "cookbook":
                yield f"include_object / guarded, {at}", ">= 60", seconds["include_object"] / seconds["guarded"]
            case "first deployment":
                yield f"rows for each table of others, first deployment, {at}", "0", ways["guarded"]["rows"] // theirs
            case "schemas":
                count = cell["schemas"]
                more = seconds["include_name"] / seconds["guarded"]
                yield f"include_name / guarded, {count} schemas, {at}", "", more
                yield f"statements for each schema, {count} schemas, {at}", "", ways["guarded"]["statements"] / count
            case "drift" if ours == 1000:
                yield f"check_schema / raw query, {at}", "<= 2.0", seconds["check_schema"] / seconds["raw query"]
                faster = seconds["compare_metadata"] / seconds["check_schema"]
                yield f"compare_metadata / check_schema, {at}", ">= 15", faster
                yield f"statements of check_schema, {at}", "<= 5", ways["check_schema"]["statements"]
                if ways["check_schema"].get("peak_mib"):
                    yield f"MiB of check_schema, {at}", "<= 50", ways["check_schema"]["peak_mib"]
            case "import":
                took = 1000 * seconds["Guard, run_migrations"]
                yield "ms for Guard, run_migrations after alembic", "<= 15", took
                yield "ms for our plugin's module", "<= 1", 1000 * seconds["our plugin's module"]
            case "no error":
                more = seconds["explain_errors"] - seconds["bare"]
                yield "us more for a query with explain_errors, SQLite", "<= 1", 1e6 * more
                more = ways["explain_errors"]["statements"] - ways["bare"]["statements"]
                yield "statements more for a query with explain_errors", "0", more
            case "ownership":
                times = seconds["read_history"] / seconds["ast.parse"]
                yield f"ownership / ast.parse, {ours} revisions, {cell['what']}", "<= 1.5", times
            case "lint":
                yield f"lint / ast.parse, {ours} {cell['what']}", "<= 2.0", seconds["lint"] / seconds["ast.parse"]


def _growth(cells: Cells, dialect: str) -> Iterator[tuple[str, str, float]]:
    """How time grows with our tables alone, for each table of ours beside N=100."""
    alone = {
        each["ours"]: each["ways"]
        for each in cells
        if (each["dialect"], each["kind"], each["theirs"]) == (dialect, "autogenerate", 0)
    }
    for ours, ways in alone.items() if 100 in alone else ():
        for name in ("bare", "guarded"):
            each = (ways[name]["seconds"] / ours) / (alone[100][name]["seconds"] / 100)
            yield f"{name}: time for each of ours, N={ours} / N=100, M=0", "", each
