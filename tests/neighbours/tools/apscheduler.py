"""APScheduler 3's job store for SQLAlchemy."""

import os

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

store = SQLAlchemyJobStore(url=os.environ["SQLALCHEMY_URL"])
store.start(None, "default")
store.shutdown()
