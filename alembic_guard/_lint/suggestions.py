"""Another name for a column whose own makes trouble."""

from __future__ import annotations

from collections.abc import Collection

_KNOWN = {"metadata": "extra_data", "query": "search_params", "registry": "lookup_info"}
"""What teams have called them since; each says more than the word it replaces."""

_ENDINGS = ("_value", "_data", "_info", "_1")


def suggestion(name: str, taken: Collection[str] = ()) -> str:
    """A name that is free: not among those ``taken``."""
    plain = name.strip("_") or "column"
    first = _KNOWN.get(plain, f"{plain}_value")
    candidates = [first, *(f"{plain}{ending}" for ending in _ENDINGS)]
    free = (each for each in candidates if each not in taken)
    return next(free, f"{plain}_{len(taken)}")


_MAKERS = {
    "SQLModel": "Field(sa_column=Column({column}{more}))",
    "Flask-SQLAlchemy": "db.Column({column}{more})",
    "declarative_base()": "Column({column}{more})",
}


def cures(style: str, name: str, column: str | None, taken: Collection[str]) -> str:
    """Both ways out as code: keep the column under another attribute, or rename it with its data."""
    new = suggestion(name, taken)
    kept = f"{name.strip('_') or 'column'}_"
    if column is None:
        return f"Call the attribute {new}; no column is concerned."
    maker = _MAKERS.get(style, "mapped_column({column}{more})")
    keep = f"{kept} = " + maker.format(column=f'"{column}"', more=", ...")
    rename = f"{new} = " + maker.format(column="...", more=f', info={{"renamed_from": "{column}"}}')
    return f"keep the column:  {keep}\nor rename it:     {rename}\n                  alembic revision --autogenerate"
