"""Garbage is collected seldom while models are compared and files are read: that makes objects by the hundred thousand.

Measured (CPython 3.11): with Python's own thresholds two fifths of the compare of a thousand tables are collection.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

RAISED = (100_000, 50, 1_000)

_Thresholds = tuple[int, int, int]


@dataclass(slots=True)
class _Old:
    """What a block made counts as old when it is left. Else the lower thresholds are passed at once, and all that the
    compare made and keeps is gone through: measured, a sixth of the compare of a thousand tables.

    Python does not see it then when it asks whether a full collection is due, so that is asked here: a process that
    compares again and again would grow by all that its compares leave behind (measured: 1.3 MB of each compare of twenty
    tables). One compare is a few blocks, and pays nothing.

    Args:
        kept: How many objects there were behind the last full collection; before it a guess, for to count is to go through
            all of them.
        made: How many have counted as old since.
        blocks: How many were left since.
        full: How many full collections there had been then: what is collected meanwhile needs none of ours.
    """

    kept: int = 2 * RAISED[0]
    made: int = 0
    blocks: int = 0
    full: int = 0

    def count_young(self) -> None:
        """Not where somebody keeps objects frozen: a server before it forks."""
        if gc.get_freeze_count():
            return
        since, collections, _ = gc.get_count()
        self.made += since + collections * RAISED[0]
        self.blocks += 1
        gc.freeze()
        gc.unfreeze()

    def collect_if_grown(self) -> None:
        if (full := _full_collections()) != self.full:
            self.full, self.made, self.blocks = full, 0, 0
        if self.blocks >= 8 and self.made > self.kept:
            gc.collect()
            self.kept, self.made, self.blocks, self.full = len(gc.get_objects()), 0, 0, _full_collections()


def _full_collections() -> int:
    return int(gc.get_stats()[-1]["collections"])


@dataclass(slots=True)
class _Process:
    """Thresholds are the whole process's: the first compare raises them, the last one puts them back."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    running: int = 0
    before: _Thresholds | None = None
    raised: _Thresholds | None = None
    old: _Old = field(default_factory=_Old)

    def enter(self) -> None:
        with self.lock:
            self.running += 1
            now = gc.get_threshold()
            # 0 switches collection off, and so does gc.disable(); whoever has done that, or has a higher threshold, keeps it.
            if self.before is None and gc.isenabled() and 0 < now[0] < RAISED[0]:
                self.old.collect_if_grown()
                self.before = now
                gc.set_threshold(*RAISED)
                self.raised = gc.get_threshold()  # Python 3.14 has no third one

    def leave(self) -> None:
        with self.lock:
            self.running -= 1
            if self.running or self.before is None:
                return
            if gc.get_threshold() == self.raised:  # else somebody has set others meanwhile
                self.old.count_young()
                gc.set_threshold(*self.before)
            self.before = self.raised = None


_process = _Process()


@contextmanager
def collected_seldom() -> Iterator[None]:
    """In the block thresholds are raised; they are put back when the last of all such blocks is left, in any thread."""
    _process.enter()
    try:
        yield
    finally:
        _process.leave()
