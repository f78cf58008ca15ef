"""What our own chain created, read from the revision files without running them.

A small interpreter follows ``upgrade()`` of each revision, in the order of the chain: it knows literals, constants,
loops, helper functions and Alembic's operations; everything else is unknown to it and stays so. A name it cannot read
is reported with file and line and never counts as ours.
"""

from alembic_guard._history.history import Created, History, Touched, Unread
from alembic_guard._history.read import read_history

__all__ = ["Created", "History", "Touched", "Unread", "read_history"]
