"""Django's own applications, and one of the project's, by `manage.py migrate`."""

import os
import sys
from pathlib import Path

FOLDER = Path("django_project")
MODELS = """from django.db import models


class Product(models.Model):
    title = models.CharField(max_length=200)
"""


def main() -> None:
    (FOLDER / "shop").mkdir(parents=True)
    (FOLDER / "shop" / "__init__.py").touch()
    (FOLDER / "shop" / "models.py").write_text(MODELS)
    sys.path.insert(0, str(FOLDER))
    import django
    from django.conf import settings
    from django.core.management import call_command

    apps = ["admin", "auth", "contenttypes", "messages", "sessions"]
    settings.configure(
        DATABASES={"default": database()},
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in apps), "shop"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    call_command("makemigrations", "shop", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("migrate", check_unapplied=True, verbosity=0)


def database() -> dict[str, str]:
    if os.environ["DIALECT"] == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["FILE"]}
    given = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    return {"ENGINE": "django.db.backends.postgresql", **{key: os.environ[name] for key, name in given.items()}}


main()
