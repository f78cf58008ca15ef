"""For each kind of finding that the review has of published packages: one that a person looked up in the package."""

from __future__ import annotations

CONFIRMED: dict[str, tuple[str, str]] = {
    "AGE104": (
        "ckan 2.12.0, ckanext/activity/migration/activity/alembic.ini:38",
        "`sqlalchemy.url = driver://user:pass@localhost/dbname`, as `alembic init` writes it; ckan's own command sets another.",
    ),
    "AGE140": (
        "octavia 19.0.0, octavia/db/migration/alembic_migrations/env.py:34",
        "`target_metadata = None` at the level of the module, given to both calls of `context.configure()`.",
    ),
    "AGE141": (
        "ckan 2.12.0, ckanext/activity/migration/activity/env.py:18",
        "`fileConfig(config.config_file_name)` without `disable_existing_loggers=False`.",
    ),
    "AGE142": (
        "ckan 2.12.0, ckan/migration/alembic.ini:46",
        "`sqlalchemy.url` with user and password of a PostgreSQL; a comment above says that it is for developers.",
    ),
    "AGE144": (
        "zenml 0.98.0, versions/1041bc644e0d_remove_secrets_manager.py",
        "`upgrade()` deletes rows of two tables, `downgrade()` is `pass`.",
    ),
    "AGE145": (
        "apache-superset 6.1.0, superset/migrations/env.py:47",
        "The URL is `current_app.config[...]`: only the started application knows it.",
    ),
    "AGN106": (
        "langflow-base 1.13.0, langflow/services/database/models/ingestion_run/model.py:108",
        "A column `items`: `table.c.items` is the method of the collection.",
    ),
    "AGN107": (
        "optuna 5.0.0, optuna/storages/_rdb/alembic/versions/v0.9.0.a.py:45",
        "A column `key`, which SQLAlchemy has among the reserved words of SQLite and writes in quotes.",
    ),
    "AGO109": (
        "apache-superset 6.1.0, 2023-08-22_11-09_ec54aca4c8a2_increase_ab_user_email_field_size.py:35; "
        "jupyterhub 6.1.1, 4621fec11365_manage_roles.py:27",
        "`op.batch_alter_table('ab_user')`: the table is Flask-AppBuilder's, and no revision creates it. "
        "`op.add_column(table, ...)` in a loop over names: JupyterHub makes them by `create_all`, in models of computed names.",
    ),
    "AGO110": (
        "apache-superset 6.1.0, 2017-01-24_12-31_db0c65b146bd_update_slice_model_json.py:57",
        "A function of `simplejson`, which is not installed where the package is only unpacked, is called with a row.",
    ),
}
