"""The picture of a run that the documentation shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STYLE = {
    "bare": ("bare Alembic", "#b0413e"),
    "include_object": ("include_object", "#e0a030"),
    "include_name": ("include_name", "#5b8db8"),
    "guarded": ("alembic_guard", "#2e7d4f"),
}


def draw(record: Mapping[str, Any], path: Path) -> None:
    """Processor time by M at N=100 and by N at M=0, a field for each database, and by schemas; all axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "alembic_guard"
    from matplotlib import pyplot

    figure, fields = pyplot.subplots(2, 3, figsize=(12, 7), sharey="row")
    for (first, second), dialect in zip(fields.T[:2], ("sqlite", "postgresql"), strict=True):
        _field(first, f"{dialect}, 100 tables of ours", "tables of others", _beside(record, dialect))
        _field(second, f"{dialect}, no tables of others", "tables of ours", _alone(record, dialect))
    _field(fields[0][2], "postgresql, 10 tables in each schema", "schemas", _by_schemas(record))
    fields[1][2].axis("off")
    for field in fields.T[0]:
        field.set_ylabel("processor seconds of a compare")
    fields[1][2].legend(*fields[0][1].get_legend_handles_labels(), loc="center")
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})


_Points = dict[tuple[str, int], float]
"""Seconds by way, and by what grows."""


def _field(field: Any, title: str, grows: str, points: _Points) -> None:
    for way, (label, colour) in _STYLE.items():
        line = sorted((at, seconds) for (name, at), seconds in points.items() if name == way)
        field.plot([at for at, _ in line], [seconds for _, seconds in line], marker="o", label=label, color=colour)
    field.set(title=title, xlabel=grows, xscale="log", yscale="log")
    field.grid(alpha=0.3)


def _beside(record: Mapping[str, Any], dialect: str) -> _Points:
    cells = [each for each in _of(record, dialect, "autogenerate", "cookbook") if each["ours"] == 100]
    return {
        (way, each["theirs"]): ran["seconds"] for each in cells if each["theirs"] for way, ran in each["ways"].items()
    }


def _alone(record: Mapping[str, Any], dialect: str) -> _Points:
    cells = [each for each in _of(record, dialect, "autogenerate") if each["theirs"] == 0]
    return {(way, each["ours"]): ran["seconds"] for each in cells for way, ran in each["ways"].items()}


def _by_schemas(record: Mapping[str, Any]) -> _Points:
    cells = _of(record, "postgresql", "schemas")
    return {(way, each["schemas"]): ran["seconds"] for each in cells for way, ran in each["ways"].items()}


def _of(record: Mapping[str, Any], dialect: str, *kinds: str) -> list[Mapping[str, Any]]:
    return [each for each in record["cells"] if each["dialect"] == dialect and each["kind"] in kinds]
