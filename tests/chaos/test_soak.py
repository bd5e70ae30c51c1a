"""Five thousand requests, some of them cancelled: nothing grows that should not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from bench.soak import Sample, Soaked, soak, told


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_five_thousand_requests_leave_nothing_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="sk-", dir="/tmp") as folder:
        found = await soak(Path(folder), 5_000)
    print("\n".join(told(found)))
    assert found.wrong == []
    assert sum(found.kinds.values()) >= 5_000
    later = found.later()
    # What is kept is bounded and fills up first; a leak of a request's own would be 20 MB by now.
    assert later[-1].memory - later[0].memory < 16 * 2**20
    assert later[-1].descriptors - later[0].descriptors < 24
    assert later[-1].threads <= later[0].threads + 4


def test_the_slope_is_that_of_a_line() -> None:
    found = Soaked(samples=[Sample(n * 100, 5_000 + 300 * n, 9, 3) for n in range(30)])
    assert found.slope() == pytest.approx(3.0)
