"""A Django project with an application `shop`: ``django_project.py ROUND COMMAND...``; round 2 has more models."""

import os
import sys
from pathlib import Path

SHOP = Path("django_project") / "shop"
FIRST = """from django.db import models


class Product(models.Model):
    title = models.CharField(max_length=200)
"""
SECOND = """    price = models.IntegerField(null=True)


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE)
"""


def main(number: str, *command: str) -> None:
    SHOP.mkdir(parents=True, exist_ok=True)
    (SHOP / "__init__.py").touch()
    (SHOP / "models.py").write_text(FIRST if number == "1" else FIRST + SECOND)
    sys.path.insert(0, str(SHOP.parent))
    import django
    from django.conf import settings
    from django.core.management import execute_from_command_line

    given = {"NAME": "PGDATABASE", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "HOST": "PGHOST", "PORT": "PGPORT"}
    database = {"ENGINE": "django.db.backends.postgresql", **{key: os.environ[name] for key, name in given.items()}}
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "messages", "sessions")),
            "shop",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SILENCED_SYSTEM_CHECKS=[f"admin.E{number}" for number in (403, 408, 409, 410)],  # nobody opens the admin here
    )
    django.setup()
    execute_from_command_line(["manage.py", *command])


main(*sys.argv[1:])
