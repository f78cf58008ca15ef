"""Which environment, on which database; the fixture external_tables makes Better Auth's tables in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_alembic.config import Config
from sqlalchemy import Engine, create_engine


@pytest.fixture
def alembic_config() -> Config:
    return Config({"file": str(Path(__file__).parent.parent / "alembic.ini")})


@pytest.fixture
def alembic_engine() -> Iterator[Engine]:
    engine = create_engine(os.environ["DATABASE_URL"])
    yield engine
    engine.dispose()
