"""What the documentation shows is what happens: blocks compile, the tutorial runs, codes exist, outputs are produced."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from alembic_guard._rules import all_rules
from tests.kit import ROOT, Chain, Database, Story, body, run

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import rule_pages  # type: ignore[import-not-found]

PAGES = [
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if not {"codes", "_build"} & set(path.parts)),
]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_python_block_compiles_and_every_code_exists(page: Path) -> None:
    for language, source in blocks(page):
        if language == "python":
            compile(source, str(page), "exec")

    codes = set(re.findall(r"\bAG[OCRLNDES]\d{3}\b", page.read_text(encoding="utf-8")))
    assert codes <= {rule.code for rule in all_rules()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_tutorial_runs_command_by_command(tmp_path: Path) -> None:
    printed: list[str] = []
    written = ""
    for language, source in blocks(ROOT / "docs" / "tutorial.md"):
        first, _, rest = source.partition("\n")
        if language == "python" and first.startswith("# "):
            path = tmp_path / first.removeprefix("# ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rest, encoding="utf-8")
        for command in source.splitlines() if language == "shell" else ():
            program, *arguments = shlex.split(command)
            if program != "pip":
                module = ["-m", "alembic"] if program == "alembic" else []
                ran = run([sys.executable, *module, *arguments], tmp_path)
                assert ran.code == 0, ran.all
                printed.append(ran.out.strip())
                written = "".join(
                    each.read_text(encoding="utf-8") for each in (tmp_path / "alembic").rglob("0001_*.py")
                )
        if language == "text":
            assert source.strip() in (printed[-1], dedented(body(written)))

    assert written


def dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def test_the_readmes_migration_is_what_is_written(tmp_path: Path, sqlite: Database) -> None:
    shown = next(source for language, source in blocks(ROOT / "README.md") if source.startswith("def upgrade()"))
    golden = (ROOT / "tests" / "golden" / "story" / "sqlite" / f"{Story.STEPS[1][0]}.py.txt").read_text(
        encoding="utf-8"
    )

    assert [
        line for line in dedented(body(shown)).splitlines() if line not in dedented(body(golden)).splitlines()
    ] == []


def test_the_readmes_accident_is_what_bare_alembic_writes(tmp_path: Path, sqlite: Database) -> None:
    from tests.kit import DUMPS

    sqlite.load(DUMPS / "ba1.7.25_core.sqlite.sql")
    bare = (
        "import sqlalchemy as sa\nfrom alembic import context\n"
        "with sa.create_engine(context.config.attributes['url']).connect() as connection:\n"
        "    context.configure(connection=connection, target_metadata=sa.MetaData())\n"
        "    context.run_migrations()\n"
    )
    chain = Chain(tmp_path / "chain", sqlite, env=bare)

    written = body(chain.revision(None))  # type: ignore[arg-type]

    assert sorted(dedented(written).splitlines()) == sorted(blocks(ROOT / "README.md")[0][1].splitlines())


def test_the_command_lines_page_lists_every_command() -> None:
    from alembic_guard.cli import command_line

    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    from alembic.config import CommandLine

    ours = set(command_line().subparsers.choices) - set(CommandLine().subparsers.choices)
    assert {each for each in ours if f"`{each}" not in page} == set()


def test_every_rule_has_a_page_made_from_its_record(tmp_path: Path) -> None:
    rule_pages.write_pages(tmp_path)

    rules = list(all_rules())
    assert {path.stem for path in tmp_path.glob("*.md")} == {"index", *(rule.code for rule in rules)}
    for rule in rules:
        text = (tmp_path / f"{rule.code}.md").read_text(encoding="utf-8")
        assert rule.title in text
        assert rule.bad in text
        assert rule.good in text


def test_the_rules_examples_compile() -> None:
    for rule in all_rules():
        for example in (rule.bad, rule.good):
            if example.startswith(("GRANT", "alembic ", "npx ", "postgres")):
                continue
            compile(example, rule.code, "exec")
