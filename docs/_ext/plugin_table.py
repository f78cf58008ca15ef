"""The tables and columns of Better Auth's plugins, written from the preset's own data before Sphinx reads its sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic_guard.presets._better_auth_model import VERSIONS, Data, Model, Plugin, data_of


def write_tables(folder: Path) -> None:
    """Write one table for each version into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        path, text = folder / f"better-auth-{version}.md", table(data_of(version))
        # An unchanged file keeps its time, so that Sphinx does not read it again.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def table(data: Data) -> str:
    """What each plugin adds: whole tables by their names, columns to tables that others made."""
    rows = [
        "| plugin | adds | npm package |",
        "|---|---|---|",
        *(f"| `{name}` | {adds(name, plugin, data)} | {plugin.package} |" for name, plugin in data.plugins.items()),
    ]
    source = ", ".join(f"{package} {version}" for package, version in data.source.items())
    return "\n".join([*rows, "", f"Read from {source} on {data.generated}.", ""])


def adds(name: str, plugin: Plugin, data: Data) -> str:
    """Each table that is new, and the columns that are new in others."""
    base = data.plugins[name.partition(".")[0]].models if "." in name else {}
    beside = data.plugins["organization"].models if name == "stripe.organization" else {}
    return (
        "; ".join(_of_model(model, said, {**data.core, **base, **beside}) for model, said in plugin.models.items())
        or "-"
    )


def _of_model(name: str, model: Model, known: dict[str, Model]) -> str:
    if name not in known:
        return f"table `{name}`"
    return f"`{name}`: {', '.join(_columns(model))}"


def _columns(model: Model) -> Iterator[str]:
    yield from (f"`{field}`" for field in model.fields)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda app: write_tables(Path(app.srcdir) / "reference" / "generated"))
    return {"parallel_read_safe": True}
