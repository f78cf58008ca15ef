"""Files of models, as many as are wanted: what `lint` is measured on."""

from __future__ import annotations

from pathlib import Path

HEAD = """\"\"\"Models {n}.\"\"\"

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base import Base
from app.mixins import Timestamps


"""
MODEL = """class Thing{n}(Timestamps, Base):
    \"\"\"A thing.\"\"\"

    __tablename__ = "thing_{n}"
    __table_args__ = (Index("ix_thing_{n}_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
{columns}    owner_id: Mapped[int | None] = mapped_column(ForeignKey("thing_{before}.id", ondelete="CASCADE"))
    owner: Mapped[Thing{before}] = relationship(back_populates="things")
    {last}: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    def to_dict(self) -> dict[str, Any]:
        return {{column.name: getattr(self, column.name) for column in self.__table__.columns}}

    def rename(self, name: str) -> None:
        if not name:
            raise ValueError(name)
        self.name = name
"""
COLUMNS = "".join(f"    c{n}: Mapped[str] = mapped_column(String({n + 1}), nullable={n % 2 == 0})\n" for n in range(12))


def write_models(folder: Path, files: int) -> list[Path]:
    """A package ``app``; in one file in fifty a column is named ``metadata``."""
    app = folder / "app"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "base.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
    )
    (app / "mixins.py").write_text("class Timestamps:\n    def touch(self) -> None: ...\n")
    paths = []
    for n in range(files):
        last = "metadata" if n % 50 == 0 else "extra_data"
        path = app / f"models_{n}.py"
        text = MODEL.format(n=n, before=max(n - 1, 0), columns=COLUMNS, last=last)
        path.write_text(HEAD.format(n=n) + text, encoding="utf-8")
        paths.append(path)
    return paths
