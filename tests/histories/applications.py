"""The published applications that are measured, and every known difference with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

ALEMBIC = "alembic==1.20.1"
SQLGLOT = "sqlglot==30.30.0"
SUITE = ("pytest==9.1.1", "pytest-alembic==0.13.1", "psycopg[binary]==3.3.9", "filelock")
BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Application:
    """A chain in a published application.

    Args:
        name: Its name in ``chains.py``.
        requirements: What is installed; the application first, in exactly one version.
        every_run: Whether it is small enough for every run of the CI.
        suite: The databases on which it runs under the suite of ``alembic_guard.testing`` as well.
        imported: Whether its revisions can be imported without starting it, as Alembic does to find them.
        explained: Why the reader and the database differ, by table; a name may be a pattern.
        unread: Why a line cannot be read, by ``file:line``.
    """

    name: str
    requirements: tuple[str, ...]
    every_run: bool = False
    suite: tuple[str, ...] = ()
    imported: bool = True
    explained: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def distribution(self) -> str:
        return self.requirements[0].partition("==")[0]

    def why(self, table: str) -> str:
        """Why a table differs, or nothing."""
        return next((text for pattern, text in self.explained.items() if fnmatchcase(table, pattern)), "")


_GUARDED = (
    "Created only where another storage's table is there (`has_table`): Dagster keeps its runs, events and schedules in "
    "three databases with one chain, and this one is empty. The reader says that it is conditional."
)

APPLICATIONS = [
    Application("optuna", ("optuna==5.0.0", ALEMBIC, SQLGLOT, *SUITE), every_run=True, suite=BOTH),
    Application("ihatemoney", ("ihatemoney==7.2.1", ALEMBIC, SQLGLOT, *SUITE), every_run=True, suite=BOTH),
    Application("barbican", ("barbican==23.0.0", ALEMBIC, SQLGLOT, *SUITE), every_run=True, suite=BOTH),
    Application(
        "mlflow",
        ("mlflow-skinny==3.17.2", "sqlalchemy==2.1.9", ALEMBIC, SQLGLOT, *SUITE),
        every_run=True,
        suite=("sqlite",),
    ),
    Application(
        "arize-phoenix", ("arize-phoenix==20.26.1", ALEMBIC, "sqlglot==30.21.0", *SUITE), suite=("postgresql",)
    ),
    Application("keystone", ("keystone==30.0.0", ALEMBIC, SQLGLOT)),
    Application("glance", ("glance==33.0.0", ALEMBIC, SQLGLOT)),
    Application("cinder", ("cinder==29.0.0", ALEMBIC, SQLGLOT)),
    # Its own pin keeps Alembic at 1.13: older than what this library supports, and read all the same.
    Application("argilla-server", ("argilla-server==2.8.0", "click==8.1.8", SQLGLOT)),
    Application(
        "nova",
        ("nova==34.0.0", ALEMBIC, SQLGLOT),
        explained={
            "shadow_*": (
                "The first revision reflects the tables it has made and gives each a shadow: names that only the database "
                "knows. The reader reports the line."
            )
        },
        unread={"8f2f1571d55b_initial_version.py:168": "The shadow tables."},
    ),
    Application(
        "prefect",
        ("prefect==3.8.6", ALEMBIC, SQLGLOT),
        unread={
            "2025_09_17_091213_9e83011d1f2a_migrate_v1_concurrency_limits_to_v2.py:41": (
                "A class that the settings name is imported; it stores leases and makes no table."
            )
        },
    ),
    Application("apache-airflow-core", ("apache-airflow-core==3.3.2", ALEMBIC, SQLGLOT)),
    Application(
        "apache-superset",
        ("apache-superset==6.1.0", "flask-caching==2.3.1", "rich==15.0.0", "alembic==1.19.2", "sqlglot==28.10.1"),
        imported=False,
        unread=dict.fromkeys(
            [
                "2024-01-17_13-09_96164e3017c6_tagged_object_unique_constraint.py:84",
                "2024-07-19_16-11_df3d7e2eb9a4_remove__customer_location_uc.py:51",
            ],
            "`migration_utils` lies on a path that the application adds as it starts; here it is not started.",
        ),
    ),
    Application(
        "dagster",
        ("dagster==1.13.28", ALEMBIC, SQLGLOT),
        explained=dict.fromkeys(
            [
                "asset_keys",
                "bulk_actions",
                "daemon_heartbeats",
                "instigators",
                "job_ticks",
                "jobs",
                "secondary_indexes",
                "snapshots",
            ],
            _GUARDED,
        ),
    ),
]

# Packages that are only unpacked: every revision in them must be read without an exception.
UNPACKED = (
    "apache-superset==6.1.0",
    "langflow-base==1.13.0",
    "neutron==29.0.0",
    "nova==34.0.0",
    "ironic==39.0.0",
    "manila==23.0.1",
    "octavia==19.0.0",
    "magnum==23.0.0",
    "mistral==23.0.0",
    "designate==23.0.0",
    "aodh==23.0.0",
    "rucio==41.5.1",
    "ckan==2.12.0",
    "galaxy-data==26.1.2",
    "aiida-core==2.9.4",
    "jupyterhub==6.1.1",
    "nbgrader==0.9.6",
    "zenml==0.98.0",
    "open-webui==0.12.4",
)
