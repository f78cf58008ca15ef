"""pytest-alembic on a fresh database: Better Auth's tables are made first, as its own migrator would."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from app.base import auth
from pytest_alembic.config import Config
from sqlalchemy import Engine, create_engine


@pytest.fixture
def alembic_config() -> Config:
    return Config({"file": str(Path(__file__).parent.parent / "alembic.ini")})


@pytest.fixture
def alembic_engine() -> Iterator[Engine]:
    engine = create_engine(os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        auth.create_all(connection)
    yield engine
    engine.dispose()
