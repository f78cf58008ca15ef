"""pytest-alembic's own four tests and ours, imported, which is the form its documentation gives."""

from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from alembic_guard.testing import (
    test_concurrent_upgrade,
    test_downgrade_restores_schema,
    test_external_tables_untouched,
    test_models_match_database,
    test_no_reserved_names,
    test_offline_sql_renders,
    test_populated_upgrade,
    test_references_match_external,
    test_rules_are_clean,
)

__all__ = [
    "test_concurrent_upgrade",
    "test_downgrade_restores_schema",
    "test_external_tables_untouched",
    "test_model_definitions_match_ddl",
    "test_models_match_database",
    "test_no_reserved_names",
    "test_offline_sql_renders",
    "test_populated_upgrade",
    "test_references_match_external",
    "test_rules_are_clean",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]
