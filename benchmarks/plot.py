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
    """Processor time by M at N=100, one field for each database; both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "alembic_guard"
    from matplotlib import pyplot

    figure, fields = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for field, dialect in zip(fields, ("sqlite", "postgresql"), strict=True):
        for way, (label, colour) in _STYLE.items():
            points = sorted(_points(record, dialect, way).items())
            field.plot([m for m, _ in points], [s for _, s in points], marker="o", label=label, color=colour)
        field.set(title=f"{dialect}, 100 tables of ours", xlabel="tables of others", xscale="log", yscale="log")
        field.grid(alpha=0.3)
    fields[0].set_ylabel("processor seconds of a compare")
    fields[1].legend()
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})


def _points(record: Mapping[str, Any], dialect: str, way: str) -> dict[int, float]:
    cells = [
        each
        for each in record["cells"]
        if each["dialect"] == dialect and each["ours"] == 100 and each["kind"] in ("autogenerate", "cookbook")
    ]
    return {each["theirs"]: each["ways"][way]["seconds"] for each in cells if each["theirs"] and way in each["ways"]}
