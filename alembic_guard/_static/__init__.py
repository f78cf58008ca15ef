"""Migrations and models as files: what they do to tables of other owners, read and never run."""
