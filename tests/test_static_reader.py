"""What the reader of files sees of columns and their types: `lint` and the review take the same from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_guard import lint_models
from alembic_guard.presets import better_auth

HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = '0001'\n\n\ndef upgrade():\n"
SQLMODEL = """import uuid
from sqlmodel import Field, SQLModel

class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: {0} = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
"""


def codes(folder: Path, text: str) -> list[str]:
    (folder / "file.py").write_text(text, encoding="utf-8")
    found = lint_models([folder], dialect="postgresql", external=[better_auth()])
    return [each.code for each in found if each.code.startswith("AGR")]


def test_a_type_that_an_earlier_line_gives_a_column_is_the_keys_type(tmp_path: Path) -> None:
    key = "    op.create_foreign_key('fk', 'chats', 'user', ['user_id'], ['id'], ondelete='CASCADE')\n"
    alter = "    op.alter_column('chats', 'user_id', type_={0})\n"

    assert codes(tmp_path, HEAD + alter.format("sa.Uuid()") + key) == ["AGR101"]
    assert codes(tmp_path, HEAD + alter.format("sa.Text()") + key) == []
    assert codes(tmp_path, HEAD + key) == []  # an older revision's, which is not read


@pytest.mark.parametrize(
    ("annotation", "expected"), [("uuid.UUID", ["AGR101"]), ("uuid.UUID | None", ["AGR101"]), ("str", [])]
)
def test_the_annotation_is_the_type_of_a_field_of_sqlmodel(
    tmp_path: Path, annotation: str, expected: list[str]
) -> None:
    assert codes(tmp_path, SQLMODEL.format(annotation)) == expected


def test_a_column_without_a_type_takes_that_of_its_keys_target(tmp_path: Path) -> None:
    column = "sa.Column('user_id', {0}sa.ForeignKey('user.id', ondelete='CASCADE'), index=True)"

    assert codes(tmp_path, f"{HEAD}    op.create_table('chats', {column.format('')})\n") == []
    assert codes(tmp_path, f"{HEAD}    op.create_table('chats', {column.format('sa.Integer, ')})\n") == ["AGR101"]


def test_models_whose_class_is_gone_again_are_passed_over(tmp_path: Path) -> None:
    model = "class Chat(Base):\n    user_id = Column(ForeignKey('user.id'))\n\ndel Chat\n"

    assert codes(tmp_path, f"from sqlalchemy import Column, ForeignKey\n\n{model}") == []
