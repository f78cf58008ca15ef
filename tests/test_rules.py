"""Every rule: its record is complete, its code is its own, a test exercises it, and the Guard may weigh it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

import alembic_guard._rules
from alembic_guard import Diagnostic, Guard, GuardError, Location, Severity, lint_models
from alembic_guard._linting import visitor
from alembic_guard._rules import all_rules
from alembic_guard._rules._rule import Rule
from alembic_guard.presets import better_auth
from tests.kit import ROOT, Chain, Database, body

FILES = sorted(Path(alembic_guard._rules.__file__).parent.glob("[!_]*.py"))
FAMILIES = {"AGO", "AGC", "AGR", "AGL", "AGN", "AGD", "AGE", "AGS"}
RULES = list(all_rules())

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rules_file_is_named_by_its_code_and_begins_with_it(path: Path) -> None:
    module = import_module(f"alembic_guard._rules.{path.stem}")

    assert isinstance(module.RULE, Rule)
    assert re.fullmatch(rf"{module.RULE.code.lower()}_[a-z_]+", path.stem)
    assert str(module.__doc__).startswith(f"{module.RULE.code}: ")


def test_every_file_is_listed_and_codes_and_slugs_are_given_once() -> None:
    assert len(RULES) == len(FILES) > 0
    assert [code for code, count in Counter(rule.code for rule in RULES).items() if count > 1] == []
    assert [slug for slug, count in Counter(rule.slug for rule in RULES).items() if count > 1] == []


@each_rule
def test_a_code_is_a_known_family_and_a_number_from_101(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]{3}\d{3}", rule.code)
    assert rule.code[:3] in FAMILIES
    assert int(rule.code[3:]) >= 101


@each_rule
def test_a_rules_record_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.slug)
    assert isinstance(rule.severity, Severity)
    assert rule.title
    assert rule.title == rule.title.strip(" .")
    assert rule.why.strip()
    assert rule.why.endswith(".")
    assert rule.bad.strip()
    assert rule.good.strip()
    assert rule.bad != rule.good


@each_rule
def test_a_rule_is_named_by_a_test(rule: Rule) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))]

    assert [text for text in texts if re.search(rf"\b{rule.code}\b", text)], f"no test names {rule.code}"


def test_a_finding_carries_its_rules_code_slug_and_severity() -> None:
    rule = RULES[0]

    found = rule.finding("wrong", object="t.c", path="m.py", line=3, hint="mend it")

    assert found == Diagnostic(rule.code, rule.severity, Location("t.c", "m.py", 3), "wrong", "mend it")
    assert found.slug == rule.slug
    assert rule.finding("wrong", severity=Severity.INFO).severity is Severity.INFO


# The Guard weighs

UNDECLARED = Diagnostic("AGO103", Severity.INFO, Location("public.store"), "in no model")
KEY = Diagnostic("AGR105", Severity.WARNING, Location("chats.user_id"), "dropped")


def weighed(code: str, policy: str) -> list[tuple[str, str]]:
    guard = Guard(sa.MetaData(), rules={code: policy})  # type: ignore[dict-item]
    return [(each.code, each.severity.value) for each in guard.judged([UNDECLARED, KEY])]


@pytest.mark.parametrize("policy", ["error", "warning", "info"])
def test_a_rule_weighs_what_the_guard_says_and_others_what_they_did(policy: str) -> None:
    assert weighed("AGO103", policy) == [("AGO103", policy), ("AGR105", "warning")]


def test_a_rule_that_is_off_is_not_told() -> None:
    assert weighed("AGR105", "off") == [("AGO103", "info")]


def test_without_a_word_of_the_guard_findings_stay_as_they_are() -> None:
    assert Guard(sa.MetaData()).judged([UNDECLARED, KEY]) == [UNDECLARED, KEY]


@pytest.mark.parametrize(
    ("code", "policy", "says"),
    [
        ("AGO999", "off", "expected a code (AGC101, "),
        ("AGO103", "quiet", "expected one of ('error', 'warning', 'info', 'off'), found 'quiet'"),
        ("AGE103", "off", "AGE103 (empty-metadata) decides whether the run has a meaning"),
    ],
)
def test_an_unknown_code_a_misspelt_word_and_a_rule_that_cannot_be_switched_are_refused(
    code: str, policy: str, says: str
) -> None:
    with pytest.raises(GuardError) as caught:
        weighed(code, policy)

    (found,) = caught.value.diagnostics
    assert found.code == "AGE108"
    assert says in found.message


@each_rule
def test_a_rule_can_be_switched_when_its_record_says_so_and_only_then(rule: Rule) -> None:
    if rule.switchable:
        assert Guard(sa.MetaData(), rules={rule.code: "off"}).rules == {rule.code: "off"}
    else:
        with pytest.raises(GuardError, match=r"^AGE108 "):
            Guard(sa.MetaData(), rules={rule.code: "off"})


# AGO108: another plugin's op on another owner's table


@pytest.fixture
def meddling() -> Iterator[str]:
    """A plugin that proposes an index on Better Auth's `user` and one on our `things`."""

    def propose(autogen_context: object, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
        upgrade_ops.ops.append(ops.ModifyTableOps("user", [ops.CreateIndexOp("ix_user_name", "user", ["name"])]))
        upgrade_ops.ops.append(ops.CreateIndexOp("ix_things_id", "things", ["id"]))
        return PriorityDispatchResult.CONTINUE

    plugin = Plugin("tests_meddling")
    plugin.add_autogenerate_comparator(propose, "autogenerate", priority=DispatchPriority.MEDIUM)
    yield plugin.name
    plugin.remove()


def meddled(chain: Chain, database: Database, plugin: str, **rules: str) -> str:
    with database.connect() as connection:
        better_auth().create_all(connection)
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))
    configure = {"autogenerate_plugins": ["alembic.autogenerate.*", plugin]}
    guard = Guard(metadata, external=[better_auth()], rules=rules, configure=configure)  # type: ignore[arg-type]
    return body(chain.revision(guard))


def test_an_op_that_another_plugin_proposes_for_their_table_is_taken_out(
    chain: Chain, database: Database, meddling: str
) -> None:
    source = meddled(chain, database, meddling, AGO108="warning")

    assert source.startswith("# AGO108 user: CreateIndexOp was proposed for a table of better-auth and taken out\n")
    assert "ix_user_name" not in source
    assert "op.create_index('ix_things_id', 'things', ['id']" in source


def test_an_op_on_their_table_may_be_made_an_error(chain: Chain, database: Database, meddling: str) -> None:
    with pytest.raises(GuardError, match=r"^AGO108 user: CreateIndexOp"):
        meddled(chain, database, meddling, AGO108="error")


# The examples are true: `lint` finds the bad one and not the good one

MODELS = """
from typing import Any
from sqlalchemy import JSON, Column, ForeignKey, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from flask_sqlalchemy import SQLAlchemy
from uuid import UUID
from alembic_guard.presets import better_auth
auth = better_auth()
db = SQLAlchemy(disable_autonaming=True)
class Base(DeclarativeBase): ...
"""
MODEL = MODELS + "class Note(Base):\n    __tablename__ = 'notes'\n    "
REVISION = """
import sqlalchemy as sa
from alembic import op
revision = "0001"
config = {"table": op.get_bind().engine.url.database}
def upgrade():
    """
ENV = """
from alembic_guard import ExternalTables, Guard
from alembic_guard.presets import better_auth
from app.settings import owners_of, settings
"""
LINTED = {
    "AGL101": REVISION,
    "AGN101": MODELS + "class Note(Base):\n    ",
    "AGN102": MODELS,
    "AGN103": MODELS,
    "AGN104": MODELS,
    "AGN105": MODELS,
    "AGN107": MODELS + "class Note(Base):\n    ",
    "AGN113": MODELS,
    "AGN114": REVISION,
    "AGO110": REVISION,
    "AGO120": REVISION,
    "AGO130": ENV,
    "AGR101": MODEL,
    "AGR110": MODEL,
    "AGR112": MODEL,
    "AGS101": MODEL,
    "AGS102": REVISION,
}
"""By code, what stands in front of its examples."""

NOT_LINTED = {
    "AGN106": "its example is a use of the column, not its declaration",
    "AGN112": "its example would be two names of 64 bytes",
    "AGN115": "a file that cannot be read is no example",
}


def test_every_code_that_lint_finds_has_examples_that_are_linted() -> None:
    told = visitor._NAMES | visitor._NAMES_OF_A_DATABASE | visitor._CROSSINGS | visitor._CROSSINGS_OF_A_DATABASE
    told |= {"AGN115", "AGO110", "AGO130", "AGS101", "AGS102"}

    assert set(LINTED) | set(NOT_LINTED) == told


@pytest.mark.parametrize("code", LINTED)
def test_lint_finds_the_bad_example_and_not_the_good_one(code: str, tmp_path: Path) -> None:
    (rule,) = (each for each in RULES if each.code == code)
    # SQLAlchemy 2.0 raises for the name that 2.1 warns of.
    also = {"AGN102", "AGN103"} if code in ("AGN102", "AGN103") else {code}

    assert also & linted(tmp_path / "bad", LINTED[code], rule.bad)
    assert code not in linted(tmp_path / "good", LINTED[code], rule.good)


def linted(folder: Path, head: str, example: str) -> set[str]:
    """The codes found in an example behind its head."""
    (folder / "alembic").mkdir(parents=True)
    indent = "    " if head.endswith("    ") else ""
    source = head + example.replace("\n", "\n" + indent) + "\n"
    compile(source, "example", "exec")
    (folder / ("alembic/env.py" if head == ENV else "file.py")).write_text(source, encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(folder / "alembic"))
    external = [] if head == ENV else [better_auth()]
    return {each.code for each in lint_models([folder], dialect="postgresql", config=config, external=external)}
