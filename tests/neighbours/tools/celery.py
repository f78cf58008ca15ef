"""Celery's result backend for SQLAlchemy."""

import os

from celery import Celery

app = Celery(broker="memory://", backend="db+" + os.environ["SQLALCHEMY_URL"])
app.conf.database_create_tables_at_setup = True
session = app.backend.ResultSession()
session.close()
