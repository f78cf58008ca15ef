"""Where each application has its chain and its models, and what is there before the chain begins."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData


@dataclass(frozen=True)
class Project:
    """An application, in whose environment this is imported."""

    versions: Path
    metadata: MetaData
    before: Callable[[Engine], None] = lambda engine: None


def arize_phoenix() -> Project:
    models = import_module("phoenix.db.models")
    return Project(_beside(models, "migrations", "versions"), models.Base.metadata)


def barbican() -> Project:
    models = import_module("barbican.model.models")
    return Project(_beside(models, "migration", "alembic_migrations", "versions"), models.BASE.metadata)


def ihatemoney() -> Project:
    # Its class of versions is made by the mapping of its models.
    from sqlalchemy.orm import configure_mappers

    models = import_module("ihatemoney.models")
    configure_mappers()
    return Project(_beside(models, "migrations", "versions"), models.db.metadata)


def mlflow() -> Project:
    """Its first tables are made by create_all; the chain begins after them."""
    initial = import_module("mlflow.store.tracking.dbmodels.initial_models").Base.metadata
    utils = import_module("mlflow.store.db.utils")
    return Project(
        _beside(utils, "..", "db_migrations", "versions"),
        import_module("mlflow.store.db.base_sql_model").Base.metadata,
        initial.create_all,
    )


def optuna() -> Project:
    models = import_module("optuna.storages._rdb.models")
    return Project(_beside(models, "alembic", "versions"), models.BaseModel.metadata)


def _beside(module: Any, *parts: str) -> Path:
    return Path(module.__file__).parent.joinpath(*parts).resolve()


PROJECT: Project = {
    "arize-phoenix": arize_phoenix,
    "barbican": barbican,
    "ihatemoney": ihatemoney,
    "mlflow": mlflow,
    "optuna": optuna,
}[os.environ["APPLICATION"]]()
