"""What the tests of ``alembic_guard.testing`` do: a walk along the chain, and what is looked at on the way."""
