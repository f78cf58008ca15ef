"""The reader of chains beside published applications, whose chains are run for real: `make histories`.

The larger ones are in `make histories-all`, which writes tests/histories/RESULTS.md.
"""

from __future__ import annotations

import pytest

from tests.histories.applications import APPLICATIONS, Application
from tests.histories.measure import measure

pytestmark = pytest.mark.histories


@pytest.mark.parametrize("application", [each for each in APPLICATIONS if each.every_run], ids=lambda each: each.name)
def test_what_a_published_chain_makes_is_what_is_read_of_it(application: Application) -> None:
    measured = measure(application)

    assert measured.real
    assert measured.complaints == []
    assert measured.precision == 1
    assert measured.recall >= 0.99
