"""Whose is which table, from values alone: what is declared, and what is there."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from alembic_guard import ExternalTables, Severity, TableName, external
from alembic_guard._catalogue import Catalogue
from alembic_guard._ownership import Answer, Kind, Ownership, read_claims
from alembic_guard.presets import better_auth


def named(text: str) -> TableName:
    return TableName.parse(text)


def catalogue(*tables: str, system: Iterable[str] = (), hidden: Iterable[str] = (), shown: str = "") -> Catalogue:
    """A PostgreSQL database: tables as `schema.name`, in public where no schema is said; some of them not visible.

    ``shown`` is a table that hides those of its name in the schemas behind it.
    """
    names = [named(each).within("public") for each in (*tables, *system)]
    away = {named(each) for each in hidden}
    live = {name: "its own" if str(name).removeprefix("public.") in set(system) else None for name in names}
    visible = {name.name: name for name in names if name not in away}
    if shown:
        visible[named(shown).name] = named(shown)
    return Catalogue("db", "postgresql", "public", live, visible)


def models(*tables: str, keys: Iterable[object] = ()) -> sa.MetaData:
    """A MetaData with these tables; the first has the keys."""
    metadata = sa.MetaData()
    for text in tables:
        name = named(text)
        sa.Table(name.name, metadata, sa.Column("id", sa.Integer, primary_key=True), schema=name.schema)
    for number, key in enumerate(keys):
        metadata.tables[tables[0]].append_column(
            sa.Column(f"key{number}", sa.ForeignKey(key, ondelete="CASCADE"), index=True)
        )  # type: ignore[arg-type]
    return metadata


def ownership(found: Catalogue, metadata: sa.MetaData | None = None, *owners: ExternalTables) -> Ownership:
    return Ownership(read_claims([metadata or models("things")], owners), found)


def kind(found: Ownership, name: str) -> Kind:
    return found.of(named(name)).kind


def codes(found: Ownership) -> list[str]:
    return [each.code for each in found.conflicts()]


# The four answers


def test_a_table_in_the_metadata_is_ours_whether_it_is_there_or_not() -> None:
    assert kind(ownership(catalogue()), "public.things") is Kind.OURS
    assert kind(ownership(catalogue("things")), "public.things") is Kind.OURS


def test_a_table_that_nobody_declared_is_undeclared_and_one_that_is_not_there_absent() -> None:
    found = ownership(catalogue("store"))

    assert found.of(named("public.store")) == Answer(Kind.UNDECLARED)
    assert found.of(named("public.stores")) == Answer(Kind.ABSENT)


def test_a_history_table_is_the_systems_and_says_whose() -> None:
    found = ownership(catalogue(system=["django_migrations"]))

    assert found.of(named("public.django_migrations")) == Answer(Kind.SYSTEM, "its own")
    assert found.undeclared() == []


def test_a_pattern_never_makes_a_history_table_an_owners() -> None:
    found = ownership(catalogue(system=["django_migrations"]), None, ExternalTables("django", patterns=["django_*"]))

    assert kind(found, "public.django_migrations") is Kind.SYSTEM


def test_tables_that_the_guard_names_are_the_owners() -> None:
    found = ownership(catalogue("user", "crm.deal"), None, ExternalTables("crm", ["crm.deal"]), better_auth())

    assert found.of(named("public.user")) == Answer(Kind.EXTERNAL, "better-auth")
    assert found.of(named("crm.deal")) == Answer(Kind.EXTERNAL, "crm")
    assert codes(found) == []


def test_a_declared_table_that_is_not_there_is_still_the_owners() -> None:
    assert kind(ownership(catalogue(), None, better_auth()), "public.user") is Kind.EXTERNAL


def test_tables_that_a_pattern_matches_are_the_owners_there_or_not() -> None:
    found = ownership(catalogue("django_session"), None, ExternalTables("django", patterns=["django_*"]))

    assert found.of(named("public.django_session")) == Answer(Kind.EXTERNAL, "django")
    assert found.of(named("public.django_new")) == Answer(Kind.EXTERNAL, "django")


def test_an_exact_name_goes_before_another_owners_pattern() -> None:
    found = ownership(catalogue("user"), None, ExternalTables("all", patterns=["*r"]), better_auth())

    assert found.of(named("public.user")) == Answer(Kind.EXTERNAL, "better-auth")


def test_one_key_makes_all_of_its_owners_tables_external() -> None:
    found = ownership(catalogue("user", "session"), models("things", keys=[better_auth()["user"].c.id]))

    assert found.of(named("public.session")) == Answer(Kind.EXTERNAL, "better-auth")


def test_attached_and_marked_tables_are_the_owners_and_not_ours() -> None:
    metadata = models("things")
    better_auth().attach(metadata)
    sa.Table("deals", metadata, sa.Column("id", sa.Integer), info=external("crm"))

    found = ownership(catalogue(), metadata)

    assert set(found.ours) == {named("public.things")}
    assert found.of(named("public.user")) == Answer(Kind.EXTERNAL, "better-auth")
    assert found.of(named("public.deals")) == Answer(Kind.EXTERNAL, "crm")


def test_a_key_to_a_marked_table_in_another_metadata_makes_it_external() -> None:
    other = sa.MetaData()
    deals = sa.Table("deals", other, sa.Column("id", sa.Integer, primary_key=True), info=external("crm"))

    found = ownership(catalogue(), models("things", keys=[deals.c.id]))

    assert found.of(named("public.deals")) == Answer(Kind.EXTERNAL, "crm")


# What is declared


def test_claims_know_the_keys_into_external_tables_and_only_those() -> None:
    auth = better_auth()
    metadata = models("things", "parts", keys=[auth["user"].c.id, "parts.id"])

    claims = read_claims([metadata], [])

    assert [(each.label, each.target) for each in claims.references] == [("things.key0", named("user"))]
    assert claims.tables[named("user")] is auth["user"]
    assert claims.owners == {"better-auth": auth}
    assert claims.findings == ()


def test_claims_join_what_several_declarations_of_one_owner_rely_on() -> None:
    first, second = better_auth(relies_on={"user": ["email"]}), better_auth(relies_on={"user": ["name"]})

    assert read_claims([models("things")], [first, second]).relies_on == {named("user"): {"email", "name"}}


def test_one_owner_declared_twice_is_no_contradiction() -> None:
    metadata = models("things", keys=[better_auth()["user"].c.id])

    assert read_claims([metadata], [better_auth()]).findings == ()
    assert codes(ownership(catalogue("user"), metadata, better_auth())) == []


def test_two_owners_of_one_name_are_told() -> None:
    claims = read_claims([models("things")], [better_auth(), ExternalTables("crm", ["account", "deals"])])

    (found,) = claims.findings
    assert (found.code, found.location.object) == ("AGO101", "account")
    assert "claimed by better-auth and by crm" in found.message


def test_a_mark_that_names_another_owner_than_the_guard_is_told() -> None:
    metadata = models("things")
    sa.Table("user", metadata, sa.Column("id", sa.Integer), info=external("crm"))

    assert [each.code for each in read_claims([metadata], [better_auth()]).findings] == ["AGO101"]


def test_one_table_in_two_metadatas_is_told() -> None:
    (found,) = read_claims([models("things"), models("things", "parts")], []).findings

    assert (found.code, found.location.object) == ("AGE107", "things")


@pytest.mark.parametrize("attach", [True, False])
def test_one_owner_attached_to_two_metadatas_is_told_with_its_name(attach: bool) -> None:
    first, second = models("things"), models("parts")
    for metadata in (first, second) if attach else (first,):
        better_auth().attach(metadata)

    found = read_claims([first, second], []).findings

    assert {each.code for each in found} == ({"AGE107"} if attach else set())
    assert all("better-auth" in each.hint for each in found)


def test_a_key_to_a_name_in_no_metadata_is_told_and_names_the_owner_who_has_it() -> None:
    metadata = models("things", keys=["user.id", "nowhere.id"])

    first, second = read_claims([metadata], [better_auth()]).findings

    assert (first.code, first.location.object) == ("AGR102", "things.key0")
    assert "the ExternalTables of better-auth" in first.hint
    assert (second.code, second.location.object) == ("AGR102", "things.key1")
    assert "of better-auth" not in second.hint


def test_a_key_to_a_column_that_the_table_has_not_is_told() -> None:
    metadata = models("things", "parts", keys=["parts.nothing"])

    (found,) = read_claims([metadata], []).findings

    assert found.code == "AGR102"
    assert "parts.nothing" in found.message


# Names and schemas


def test_a_name_means_the_table_that_search_path_shows_else_the_default_schemas() -> None:
    found = catalogue("public.user", "auth.account")

    assert found.real(named("user")) == named("public.user")
    assert found.real(named("account")) == named("auth.account")
    assert found.real(named("nowhere")) == named("public.nowhere")
    assert found.real(named("crm.user")) == named("crm.user")


@pytest.mark.parametrize(("dialect", "means"), [("sqlite", "main.Users"), ("postgresql", "main.USERS")])
def test_a_name_means_the_table_that_spells_it_otherwise_only_where_case_is_ignored(dialect: str, means: str) -> None:
    name = TableName("main", "Users")
    found = Catalogue("db", dialect, "main", {name: None}, {"Users": name}, ignores_case=dialect == "sqlite")

    assert found.real(named("USERS")) == named(means)


def test_where_two_schemas_have_the_name_the_first_on_search_path_is_meant() -> None:
    found = catalogue("public.user", "auth.user", shown="auth.user")

    assert found.real(named("user")) == named("auth.user")


def test_a_table_that_no_unqualified_name_reaches_is_found_elsewhere() -> None:
    found = catalogue("public.user", "auth.session", "old.session", hidden=["auth.session", "old.session"])

    assert found.elsewhere("session") == named("auth.session")
    assert found.elsewhere("user") is None
    assert found.elsewhere("nowhere") is None


def test_a_name_that_is_shown_and_hidden_is_found_where_it_is_hidden() -> None:
    found = catalogue("public.user", "auth.user", shown="public.user")

    assert found.elsewhere("user") == named("auth.user")


def test_an_owners_unqualified_name_is_the_table_that_is_shown_and_no_other() -> None:
    found = ownership(catalogue("auth.user", "public.user", shown="auth.user"), None, better_auth())

    assert kind(found, "auth.user") is Kind.EXTERNAL
    assert kind(found, "public.user") is Kind.UNDECLARED


def test_an_owners_schema_is_taken_by_its_word() -> None:
    found = ownership(catalogue("auth.user", "public.user"), None, better_auth(schema="auth"))

    assert kind(found, "auth.user") is Kind.EXTERNAL
    assert kind(found, "public.user") is Kind.UNDECLARED


def test_our_model_without_a_schema_is_the_default_schemas_whatever_is_shown() -> None:
    found = ownership(catalogue("app.things", shown="app.things"))

    assert kind(found, "public.things") is Kind.OURS
    assert kind(found, "app.things") is Kind.UNDECLARED


# What nobody declared


def test_names_are_ordered_where_one_has_no_schema() -> None:
    first, second, third = TableName(None, "z"), TableName("a", "b"), TableName("a", "c")

    assert sorted([third, first, second]) == [first, second, third]
    assert first <= second <= third <= third
    assert third >= second >= first >= first
    assert first < second < third
    assert not first > second
    assert not third <= first


def test_undeclared_are_those_in_our_schemas_and_those_that_are_shown_in_order() -> None:
    found = ownership(
        catalogue("store", "jobs", "things", "tiger.place", "far.away", "app.old", hidden=["far.away", "app.old"]),
        models("things", "app.parts"),
    )

    assert [str(each) for each in found.undeclared()] == ["app.old", "public.jobs", "public.store", "tiger.place"]


def test_declared_tables_are_not_undeclared() -> None:
    found = ownership(
        catalogue("user", "django_session", "things", system=["alembic_version"]),
        None,
        better_auth(),
        ExternalTables("django", patterns=["django_*"]),
    )

    assert found.undeclared() == []


# What cannot be decided


@pytest.mark.parametrize("claim", [{"tables": ["things"]}, {"patterns": ["th*"]}, {"tables": ["public.things"]}])
def test_a_model_of_ours_that_an_owner_claims_is_a_conflict(claim: dict[str, list[str]]) -> None:
    found = ownership(
        catalogue(), None, ExternalTables("crm", claim.get("tables", ()), patterns=claim.get("patterns", ()))
    )

    (conflict,) = found.conflicts()
    assert (conflict.code, conflict.severity) == ("AGO102", Severity.ERROR)
    assert conflict.location.object == "public.things"
    assert "crm claims it" in conflict.message


def test_two_spellings_of_one_table_by_two_owners_are_a_conflict() -> None:
    crm = ExternalTables("crm", ["public.user"])

    assert codes(ownership(catalogue("user"), None, better_auth(), crm)) == ["AGO101"]


def test_two_spellings_of_one_table_by_one_owner_are_none() -> None:
    assert (
        codes(ownership(catalogue("user"), None, better_auth(), ExternalTables("better-auth", ["public.user"]))) == []
    )


def test_patterns_of_two_owners_that_meet_on_a_table_that_is_there_are_a_conflict() -> None:
    owners = ExternalTables("django", patterns=["django_*"]), ExternalTables("celery", patterns=["*_celery"])

    assert codes(ownership(catalogue("django_celery"), None, *owners)) == ["AGO101"]
    assert codes(ownership(catalogue("django_session"), None, *owners)) == []


def test_another_schemas_table_shown_under_our_name_is_an_error_when_its_owner_is_unknown() -> None:
    (found,) = ownership(catalogue("app.things")).conflicts()

    assert (found.code, found.severity, found.location.object) == ("AGO105", Severity.ERROR, "public.things")
    assert "found app.things through search_path" in found.message


def test_it_is_a_warning_when_its_owner_is_declared_or_ours_is_there_too() -> None:
    declared = ownership(catalogue("app.things"), None, ExternalTables("crm", ["app.things"]))
    both = ownership(catalogue("app.things", "public.things", shown="app.things"))

    for found in (declared, both):
        (conflict,) = found.conflicts()
        assert (conflict.code, conflict.severity) == ("AGO105", Severity.WARNING)


def test_a_model_that_names_the_shown_tables_schema_is_no_conflict() -> None:
    assert codes(ownership(catalogue("app.things"), models("app.things"))) == []


def test_an_answer_is_the_same_the_second_time() -> None:
    found = ownership(catalogue("store"))

    assert found.of(named("public.store")) is found.of(named("public.store"))
