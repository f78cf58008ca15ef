"""`# guard: ignore[CODE] reason`: what is silenced, where, and what is not."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from alembic_guard import Diagnostic, ExternalTables, Guard, GuardError, Location, Severity
from alembic_guard._compare.verdict import verdict
from alembic_guard._guard import Policy
from alembic_guard._suppressions import Suppression, suppressions_in, without_suppressed
from alembic_guard.presets import better_auth
from tests.kit import Chain, Database, body


def found(line: int, code: str = "AGR105", path: str = "models.py") -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, Location("chats.user_id", path, line), "dropped")


def left(source: str, *findings: Diagnostic) -> list[tuple[str, int | None]]:
    """Code and line of what is left of findings in models.py."""
    kept = without_suppressed(findings, suppressions_in(source, "models.py"))
    return [(each.code, each.location.line) for each in kept]


def test_on_its_line_with_a_reason_it_silences_that_code_there() -> None:
    source = "a = 1\nuser_id = 1  # guard: ignore[AGR105] moves to v2 in March\n"

    assert list(suppressions_in(source, "models.py")) == [
        Suppression("models.py", 2, frozenset({"AGR105"}), "moves to v2 in March")
    ]
    assert left(source, found(2)) == []


def test_it_silences_no_other_line_code_or_file() -> None:
    source = "a = 1\nuser_id = 1  # guard: ignore[AGR105] moves to v2 in March\n"

    others = [found(1), found(2, "AGR101"), found(2, path="other.py")]

    assert left(source, *others) == [("AGR105", 1), ("AGR101", 2), ("AGR105", 2)]


def test_on_a_line_of_its_own_it_speaks_for_the_next_line_of_code() -> None:
    source = (
        "class Chat:\n    # guard: ignore[AGR105] moves to v2\n\n    # another comment\n    user_id = 1\n    b = 2\n"
    )

    assert left(source, found(2), found(5), found(6)) == [("AGR105", 2), ("AGR105", 6)]


def test_two_on_lines_of_their_own_both_speak_for_the_next_line_of_code() -> None:
    source = "# guard: ignore[AGR105] first\n# guard: ignore[AGR101] second\nuser_id = 1\n"

    assert left(source, found(3), found(3, "AGR101")) == []


def test_several_codes_share_one_reason() -> None:
    source = "user_id = 1  # guard: ignore[AGR105, AGR101] moves to v2\n"

    assert left(source, found(1), found(1, "AGR101"), found(1, "AGR102")) == [("AGR102", 1)]


@pytest.mark.parametrize("comment", ["# guard: ignore[AGR105]", "# guard: ignore[AGR105]   "])
def test_without_a_reason_it_is_not_honoured_and_says_so(comment: str) -> None:
    kept = list(without_suppressed([found(1)], suppressions_in(f"user_id = 1  {comment}\n", "models.py")))

    assert [(each.code, each.severity) for each in kept] == [("AGR105", Severity.WARNING), ("AGS101", Severity.WARNING)]
    assert str(kept[1].location) == "models.py:1"
    assert kept[1].message == "the suppression of AGR105 gives no reason, so it is not honoured"
    assert kept[1].hint == "# guard: ignore[AGR105] why this is right here"


def test_without_a_code_it_is_not_honoured_and_says_so() -> None:
    for comment in ("# guard: ignore[] a reason", "# guard: ignore a reason"):
        kept = list(without_suppressed([found(1)], suppressions_in(f"user_id = 1  {comment}\n", "models.py")))

        assert [each.code for each in kept] == ["AGR105", "AGS101"]
        assert kept[1].message == "the suppression names no code, so it is not honoured"


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: E501  # guard: ignore[AGR105] a reason",
        "# guard: ignore[AGR105] ticket #123  # noqa",
        "# type: ignore[x]  # guard: ignore[agr105] a reason",
    ],
)
def test_other_tools_comments_may_stand_beside_it(comment: str) -> None:
    assert left(f"user_id = 1  {comment}\n", found(1)) == []


def test_another_tools_comment_is_no_reason() -> None:
    assert left("user_id = 1  # guard: ignore[AGR105]  # noqa\n", found(1)) == [("AGR105", 1), ("AGS101", 1)]


def test_behind_the_last_line_of_a_statement_it_speaks_for_all_of_it() -> None:
    source = (
        "a = 1\ncall(\n    1,  # guard: ignore[AGR101] only here\n    2,\n)  # guard: ignore[AGR105] a reason\nb = 2\n"
    )

    found_there = [found(line) for line in range(1, 7)] + [found(line, "AGR101") for line in (2, 3, 4)]

    assert left(source, *found_there) == [("AGR105", 1), ("AGR105", 6), ("AGR101", 2), ("AGR101", 4)]


def test_in_a_string_it_is_text_and_not_honoured() -> None:
    source = "a = '# guard: ignore[AGR105] a reason'\nb = '''\n# guard: ignore[AGR105] a reason\n'''\nc = 1\n"

    assert list(suppressions_in(source, "models.py")) == []


@pytest.mark.parametrize("comment", ["# noqa", "# ignore[AGR105] a reason", "# guard: AGR105 a reason"])
def test_another_comment_is_none(comment: str) -> None:
    assert list(suppressions_in(f"user_id = 1  {comment}\n", "models.py")) == []


@pytest.mark.parametrize("source", ["x = (1  # guard: ignore[AGR105] a reason\n", "'''never closed\n", "  a\n b\n"])
def test_a_file_that_is_not_python_has_none(source: str) -> None:
    assert left(source, found(1)) == [("AGR105", 1)]


# Through Alembic: two keys that only the database has

MODELS = """\
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"})


class Chat(Base):
    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str | None] = mapped_column(String(36))  # guard: ignore[AGR105] the key moves to v2 in March
    editor_id: Mapped[str | None] = mapped_column(String(36))
"""
GUARD = Guard("suppressed.models:Base.metadata", external=[better_auth()], rules={"AGL101": "off"})


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file `models.py` of a package `suppressed` on disk, not imported yet."""
    path = tmp_path / "suppressed" / "models.py"
    path.parent.mkdir()
    (path.parent / "__init__.py").touch()
    path.write_text(MODELS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    for name in ("suppressed.models", "suppressed"):
        sys.modules.pop(name, None)


@pytest.fixture
def chats(database: Database) -> None:
    """Table `chats` with two keys that no model declares."""
    with database.connect() as connection:
        better_auth().create_all(connection)
    keys = (
        f'CONSTRAINT fk_chats_{column} FOREIGN KEY ({column}) REFERENCES "user" (id)'
        for column in ("user_id", "editor_id")
    )
    database.execute(
        f"CREATE TABLE chats (id INTEGER PRIMARY KEY, user_id VARCHAR(36), editor_id VARCHAR(36), {', '.join(keys)})"
    )


def notes(source: str) -> str:
    """The comments of a migration as one text."""
    return " ".join(line.removeprefix("# ") for line in body(source).splitlines() if line.startswith("#"))


@pytest.mark.usefixtures("chats")
def test_a_model_line_silences_its_own_key_and_not_its_neighbours(
    chain: Chain, database: Database, models: Path
) -> None:
    source = chain.revision(GUARD)

    assert notes(source) == (
        f"AGR105 {database.default_schema}.chats.editor_id ({models}:13): the database has this key to "
        f"{database.default_schema}.user.id and no model declares it, so it is dropped"
    )
    assert sorted(re.findall(r"drop_constraint\(.*?(fk_\w+)", body(source))) == [
        "fk_chats_editor_id",
        "fk_chats_user_id",
    ]


@pytest.mark.usefixtures("chats")
def test_a_model_line_without_a_reason_silences_nothing_and_is_noted(chain: Chain, models: Path) -> None:
    models.write_text(MODELS.replace(" the key moves to v2 in March", ""), encoding="utf-8")

    assert re.findall(r"AG[A-Z]\d+", notes(chain.revision(GUARD)).replace("ignore[AGR105]", "")) == [
        "AGR105", "AGR105", "AGS101", "AGR105"
    ]  # fmt: skip


@pytest.mark.usefixtures("chats", "models")
def test_a_suppression_silences_what_the_guard_made_an_error(chain: Chain) -> None:
    with pytest.raises(GuardError) as caught:
        chain.check(replace(GUARD, rules={"AGR105": "error", "AGL101": "off"}))

    (found,) = caught.value.diagnostics
    assert str(found.location.object).endswith("chats.editor_id")


@pytest.mark.usefixtures("chats")
@pytest.mark.parametrize(("policy", "stops"), [("error", True), ("off", False)])
def test_the_guard_decides_what_a_missing_reason_weighs(
    chain: Chain, models: Path, policy: Policy, stops: bool
) -> None:
    models.write_text(MODELS.replace(" the key moves to v2 in March", ""), encoding="utf-8")
    guard = replace(GUARD, rules={"AGS101": policy})

    if stops:
        with pytest.raises(GuardError, match=r"^AGS101 "):
            chain.revision(guard)
    else:
        assert "AGS101" not in chain.revision(guard)


@pytest.mark.usefixtures("chats")
def test_a_model_file_in_its_own_encoding_is_read(chain: Chain, models: Path) -> None:
    models.write_bytes(b"# -*- coding: latin-1 -*-\n" + MODELS.replace("March", "März").encode("latin-1"))

    assert "chats.user_id" not in notes(chain.revision(GUARD))


def test_a_file_that_cannot_be_read_silences_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    lost = [found(1, path=str(tmp_path / name)) for name in ("gone.py", "binary.py", "")]

    assert list(verdict(Guard(sa.MetaData()), lost)) == lost


def test_a_missing_reason_is_told_once_when_a_compare_finds_things_twice(
    tmp_path: Path, postgresql: Database, models: Path
) -> None:
    """search_path is judged before the compare, and told with what the compare finds."""
    postgresql.execute(
        "CREATE SCHEMA tiger",
        "CREATE TABLE tiger.chats (id int)",
        f'ALTER DATABASE "{postgresql.url.database}" SET search_path = public, tiger',
    )
    models.write_text(MODELS.replace(" the key moves to v2 in March", ""), encoding="utf-8")
    tiger = ExternalTables("postgis", patterns=["tiger.*"])

    source = Chain(tmp_path / "chain", postgresql).revision(replace(GUARD, external=[tiger]))

    assert notes(source).count("AGO105 ") == 1
    assert notes(source).count("AGS101 ") == 1
