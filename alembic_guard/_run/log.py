"""Logging as alembic.ini sets it, on the command line only: an application keeps its loggers."""

from __future__ import annotations

from logging.config import fileConfig

from alembic.config import Config


def configure_logging(config: Config) -> None:
    """Apply the configuration file's logging sections when a command line started us.

    Alembic's templates call ``fileConfig()`` always, which disables every logger the application has and replaces the
    root's handlers. Started from inside an application (``config.cmd_opts`` is None) nothing is touched.
    """
    if config.cmd_opts is None or config.config_file_name is None:
        return
    if config.file_config.has_section("loggers"):
        fileConfig(config.config_file_name, disable_existing_loggers=False)
