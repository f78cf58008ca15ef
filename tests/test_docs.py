"""What the documentation shows is what happens.

README.md and every page of docs/ is followed from top to bottom in a folder of its own:

- A ``python`` block whose first line is ``# some/file.py`` is that file. One that begins with ``def upgrade`` is the
  newest migration's, without Alembic's comments. Any other runs, all blocks of a page in one namespace.
- A ``shell`` block runs, command by command; ``export NAME=value`` holds for the rest of the page. So do the commands in
  a ``yaml`` block.
- A ``text`` block behind a ``shell`` block is what its commands print, without Alembic's own log lines. A line ``...``
  stands for any lines, ``...`` in a line for anything in it.
- ``<!-- not run: reason -->`` in front of a block: it is compiled only, and a test of its own below holds what is
  shown as its output. ``<!-- fails -->``: its last command fails.

The tutorial begins in an empty folder, every other page in a copy of examples/better_auth_chat, where
``DATABASE_URL`` is a SQLite file with Better Auth's tables.
"""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy
import sqlalchemy.orm
import yaml
from alembic.config import CommandLine

import alembic_guard
from alembic_guard import Guard, GuardError, presets, testing
from alembic_guard._operations import RequireTableOp
from alembic_guard._report import as_text
from alembic_guard._rules import all_rules
from alembic_guard.cli import command_line
from alembic_guard.presets._better_auth_model import VERSIONS, data_of
from tests.kit import DUMPS, EXAMPLES, ROOT, Chain, Database, MariaDB, Ran, Story, body, run, sqlite_database

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import inventories  # type: ignore[import-not-found]
import plugin_table  # type: ignore[import-not-found]
import rule_pages  # type: ignore[import-not-found]

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(path for path in DOCS.rglob("*.md") if not {"codes", "generated", "_build"} & set(path.parts))]
BLOCK = re.compile(r"^(?:<!-- (?P<note>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<source>.*?)^```$", re.M | re.S)
OWN_CHAIN = (README, DOCS / "how-to" / "create-the-owners-tables.md")  # pages that begin their own
NEIGHBOURS = {DOCS / "how-to" / "other-owners.md": "CREATE TABLE django_session (session_key TEXT PRIMARY KEY)"}
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the comment in front of it."""

    language: str
    source: str
    note: str

    @property
    def runs(self) -> bool:
        return not self.note.startswith("not run: ")

    @property
    def file(self) -> str | None:
        """The file that a block is, as its first line says."""
        named = re.match(r"# (\S+\.py)\n", self.source)
        return named[1] if named else None


def blocks(page: Path) -> Iterator[Block]:
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["language"], found["source"], found["note"] or "")


@every_page
def test_every_python_block_compiles_and_every_code_exists(page: Path) -> None:
    for block in blocks(page):
        if block.language == "python":
            compile(block.source, str(page), "exec")

    codes = set(re.findall(r"\bAG[A-Z]\d{3}\b", page.read_text(encoding="utf-8")))
    assert codes <= {rule.code for rule in all_rules()}


@every_page
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        made = "reference/codes/" in target  # at build time
        assert made or (page.parent / target).exists(), target


@every_page
def test_a_note_in_front_of_a_block_is_one_of_the_two(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    notes = re.findall(r"<!-- (.*?) -->", text, re.S)

    assert [note for note in notes if note != "fails" and not re.match(r"not run: \S", note)] == []
    assert notes == [block.note for block in blocks(page) if block.note], "a note stands right in front of its block"


@pytest.mark.project
@every_page
def test_a_page_can_be_followed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(begun(page, tmp_path / "project"), monkeypatch)

    before = None
    for block in blocks(page):
        if not (block.language == "text" and before and not before.runs):
            reader.meet(block)
        before = block

    if "Base" in reader.namespace:  # raises where a key's target is in no metadata
        assert reader.namespace["Base"].metadata.sorted_tables


def begun(page: Path, folder: Path) -> Path:
    """The folder in which a page begins."""
    if page == DOCS / "tutorial.md":
        folder.mkdir()
        return folder
    database = sqlite_database(folder / "shared.db")
    story = Story(folder, database)
    database.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    if page in NEIGHBOURS:
        database.execute(NEIGHBOURS[page])
    if page == DOCS / "how-to" / "adopt.md":  # as the project was: one revision, no models
        story.begin()
        shutil.rmtree(folder / "app")
    if page in OWN_CHAIN:
        for path in (folder / "alembic" / "versions").glob("*.py"):
            path.unlink()
    return folder


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.environment = {"DATABASE_URL": "sqlite:///shared.db"}
        self.namespace: dict[str, Any] = {"__name__": "page"}
        self.printed: str | None = None
        for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(folder)

    def meet(self, block: Block) -> None:
        printed, self.printed = self.printed, None
        if not block.runs:
            return
        if block.language == "shell":
            self.printed = self.types(block)
        elif block.language == "text":
            assert printed is not None, f"nothing printed this:\n{block.source}"
            assert_shows(block.source, printed)
        elif block.language == "yaml":
            for command in commands(yaml.safe_load(block.source)):
                ran = shell(command, self.folder, self.environment)
                assert ran.code == 0, ran.all
        elif block.file:
            self.writes(block.file, block.source)
        elif block.source.startswith("def upgrade"):
            assert body(block.source) == body(self.newest_migration())
        elif block.language == "python":
            exec(compile(block.source, "page", "exec", dont_inherit=True), self.namespace)

    def writes(self, file: str, source: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")

    def types(self, block: Block) -> str:
        printed, commands = "", block.source.splitlines()
        for command in commands:
            export = re.fullmatch(r"export (\w+)=(\S+)", command)
            if export:
                self.environment[export[1]] = export[2]
                continue
            ran = shell(command, self.folder, self.environment)
            assert (ran.code != 0) == (block.note == "fails" and command == commands[-1]), ran.all
            printed += ran.out
        return printed

    def newest_migration(self) -> str:
        return sorted((self.folder / "alembic" / "versions").glob("*.py"))[-1].read_text(encoding="utf-8")


def commands(settings: Any) -> Iterator[str]:
    """What a CI job or a container runs: ``run: text``, ``command: [words]``."""
    if isinstance(settings, list):
        for each in settings:
            yield from commands(each)
    elif isinstance(settings, dict):
        for key, value in settings.items():
            if key == "run":
                yield value
            elif key == "command":
                yield shlex.join(value)
            else:
                yield from commands(value)


def shell(command: str, folder: Path, environment: dict[str, str]) -> Ran:
    """Run a command as a person types it; ``out`` is what the terminal shows, without Alembic's own log lines."""
    given = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONUNBUFFERED": "1",
        **environment,
    }
    ran = run(["/bin/sh", "-c", f"exec 2>&1\n{command}"], folder, given)
    kept = [line for line in ran.out.splitlines() if not re.match(r"[A-Z]{4,5} +\[alembic\.(?!guard\])", line)]
    return Ran(ran.code, "".join(f"{line}\n" for line in kept), "")


def assert_shows(shown: str, printed: str) -> None:
    """``...`` alone in a line stands for any lines, elsewhere for anything in its line."""
    pattern = "".join(
        r"(?:[^\n]*\n)*" if line == "..." else r"[^\n]*".join(map(re.escape, line.split("..."))) + r"[ ]*\n"
        for line in shown.rstrip().splitlines()
    )
    if not re.fullmatch(pattern + r"\s*", printed):
        assert printed == shown  # for the report of the difference


def test_the_wildcards_of_shown_output() -> None:
    assert_shows("...\nb\nc ... e\n", "x\ny\nb\nc d e\n")

    for printed in ("b\nc d e\nf\n", "b\nc d\ne\n"):
        with pytest.raises(AssertionError):
            assert_shows("...\nb\nc ... e\n", printed)


@pytest.mark.project
def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    (output,) = (after for before, after in pairs(README) if "make demo" in before.source)
    (accident,) = (block.source for block in blocks(README) if block.source.startswith("op.drop_"))

    # Without Node.js, as on a fresh Debian; the rows are then the demo's own.
    ran = run([sys.executable, EXAMPLES / "better_auth_chat" / "demo.py"], tmp_path, {"PATH": "/nonexistent"})

    assert ran.code == 0, ran.all
    assert_shows(output.source, ran.out)
    bare = takewhile(lambda line: not line.startswith("== The same"), ran.out.splitlines())
    # Alembic drops tables that do not depend on each other in any order.
    assert sorted(line.strip() for line in bare if line.startswith("      op.")) == sorted(accident.splitlines())


def pairs(page: Path) -> Iterator[tuple[Block, Block]]:
    return pairwise(blocks(page))


def test_the_page_on_mariadb_on_a_real_server(
    tmp_path: Path, mariadb_itself: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = list(blocks(DOCS / "how-to" / "mariadb.md"))
    model, written = (each for each in page if each.language == "python")
    (told,) = (each for each in page if "AGR106" in each.source)

    def notes(column: str) -> Guard:
        convention = "{'ix': 'ix_%(column_0_label)s', 'fk': 'fk_%(table_name)s_%(column_0_name)s'}"
        source = f"class Base(DeclarativeBase):\n    metadata = MetaData(naming_convention={convention})\n"
        source += "class Note(Base):\n    __tablename__ = 'notes'\n"
        source += f"    id: Mapped[int] = mapped_column(primary_key=True)\n    {column}"
        module = ModuleType("notes_of_a_page")
        vars(module).update(vars(sqlalchemy) | vars(sqlalchemy.orm) | {"auth": presets.better_auth()})
        exec(source, vars(module))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return Guard(module.Base.metadata)

    with mariadb_itself.database("CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci") as database:
        database.load(database.better_auth())
        database.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY AUTO_INCREMENT)")
        chain = Chain(tmp_path / "chain", database)
        with pytest.raises(GuardError) as refused:
            chain.revision(notes(model.source.replace("(ForeignKey", "(String(36), ForeignKey")))
        source = chain.revision(notes(model.source))

    report = as_text(refused.value.diagnostics).replace(f"{database.url.database}.", "app.")
    assert told.source.strip() in report
    assert written.source.strip() in source


def test_the_page_on_privileges_on_a_real_server(tmp_path: Path, postgresql: Database) -> None:
    command, shown, grant, protect, granted = blocks(DOCS / "how-to" / "privileges.md")
    role = f"migrator_{postgresql.url.database}"
    postgresql.load(DUMPS / "ba1.7.25_core.pg.sql")
    postgresql.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'", f"GRANT CREATE ON SCHEMA public TO {role}")
    migrator = Database(postgresql.url.set(username=role, password="secret"))
    folder = Story(tmp_path / "story", migrator).folder
    environment = {"DATABASE_URL": migrator.text}

    refused = shell(command.source.strip(), folder, environment)
    postgresql.execute(grant.source.replace("migrator", role).rstrip().rstrip(";"))
    accepted = shell(command.source.strip(), folder, environment)

    given = shell(protect.source.strip(), folder, {"DATABASE_URL": postgresql.text})

    assert refused.code != 0
    told = re.sub(r"postgresql\+psycopg://[^\s;]+", "postgresql+psycopg://migrator:***@db/app", refused.out)
    assert_shows(shown.source, told.replace(role, "migrator"))
    assert accepted.code == 0, accepted.out
    assert_shows(
        granted.source, re.sub(r"postgresql\+psycopg://[^\s;]+", "postgresql+psycopg://app:***@db/app", given.out)
    )
    postgresql.execute(f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")


def test_the_page_on_tenants_on_a_real_server(
    tmp_path: Path, postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    env, commands, clean, without, refused, loop = blocks(DOCS / "how-to" / "tenants.md")
    postgresql.execute("CREATE SCHEMA acme", "CREATE SCHEMA globex")
    dump = (DUMPS / "ba1.7.25_core.pg.sql").read_text(encoding="utf-8")
    for tenant in ("acme", "globex"):
        postgresql.script(f"SET search_path TO {tenant};\n" + dump.replace("public.", f"{tenant}."))
    story = Story(tmp_path / "story", postgresql)
    environment = {"DATABASE_URL": postgresql.text}
    (story.folder / "alembic" / "env.py").write_text(env.source, encoding="utf-8")

    printed = [shell(each, story.folder, environment) for each in commands.source.splitlines()]
    stopped = shell(without.source.strip(), story.folder, environment)
    ran = run([sys.executable, "-c", loop.source], story.folder, environment)

    assert_shows(clean.source, "".join(each.out for each in printed))
    assert_shows(refused.source, stopped.out)
    assert ran.code == 0, ran.all
    made = postgresql.rows("SELECT schemaname FROM pg_tables WHERE tablename = 'chat_sessions' ORDER BY 1")
    assert made == [("acme",), ("globex",)]


def test_the_command_lines_page_lists_every_command() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")

    ours = set(command_line().subparsers.choices) - set(CommandLine().subparsers.choices)

    assert {each for each in ours if f"| `{each}" not in page} == set()


def test_the_apis_page_lists_every_public_name() -> None:
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")

    documented = set(re.findall(r"^\.\. auto\w+:: alembic_guard\.(?:presets\.|testing\.)?([A-Za-z]\w*)$", page, re.M))

    assert documented == {*alembic_guard.__all__, *presets.__all__, *testing.__all__}
    signature = inspect.signature(RequireTableOp.require_table)
    named = [name for name in signature.parameters if name not in ("cls", "operations")]
    shown = re.search(r"`op\.require_table\((.*?)\)`", page)
    assert shown
    assert [each.split("=")[0].strip(" *") for each in shown[1].split(",")] == named


def test_every_rule_has_a_page_made_from_its_record(tmp_path: Path) -> None:
    rule_pages.write_pages(tmp_path)

    rules = list(all_rules())
    assert {path.stem for path in tmp_path.glob("*.md")} == {"index", *(rule.code for rule in rules)}
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    for rule in rules:
        text = (tmp_path / f"{rule.code}.md").read_text(encoding="utf-8")
        assert f"[{rule.code}]({rule.code}.md)" in index
        assert rule.title in text
        assert rule.bad in text
        assert rule.good in text


def test_the_table_of_plugins_is_rendered_from_the_presets_data(tmp_path: Path) -> None:
    plugin_table.write_tables(tmp_path)

    page = (DOCS / "reference" / "better-auth.md").read_text(encoding="utf-8")
    assert re.findall(r"\{include\} generated/(\S+)", page) == [f"better-auth-{version}.md" for version in VERSIONS]
    for version in VERSIONS:
        text = (tmp_path / f"better-auth-{version}.md").read_text(encoding="utf-8")
        assert re.findall(r"^\| `(\S+)` \|", text, re.M) == list(data_of(version).plugins)
    newest = (tmp_path / "better-auth-1.7.md").read_text(encoding="utf-8")
    assert (
        "| `organization.teams` | `session`: `activeTeamId`; table `team`; table `teamMember`; `invitation`: `teamId` | "
        in newest
    )
    assert "| `magicLink` | - | better-auth |" in newest


def test_the_rules_examples_compile() -> None:
    for rule in all_rules():
        for example in (rule.bad, rule.good):
            if example.startswith(("GRANT", "alembic ", "npx ", "pip ", "postgres", "python ")):
                continue
            compile(example, rule.code, "exec")


def test_the_inventories_of_other_projects_hold_the_names_that_our_pages_need_and_no_others(
    tmp_path: Path,
) -> None:
    for project, (_, path) in inventories.mapping().items():
        wanted = {
            name: published for published, others in inventories.NAMES[project].items() for name in (published, *others)
        }
        places = dict(inventories.entries(Path(path)))
        assert {name: place.partition("#")[2] for name, place in places.items()} == wanted
        again = tmp_path / f"{project}.inv"
        again.write_bytes(inventories.smaller(project, Path(path)))
        assert dict(inventories.entries(again)) == places
