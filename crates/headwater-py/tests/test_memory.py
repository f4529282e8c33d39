"""A thousand fits and a thousand answers leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

#: Weeks and columns of the data below.
SHAPE = (60, 5)

PROGRAM = """
import gc, json, os, sys
import headwater as hw

kept = ["week", "facebook_spend", "tiktok_spend", "google_spend", "revenue"]
weeks = hw.simulate(weeks=60, seed=1).data.weeks.to_dict()
columns = {name: weeks[name] for name in kept}
mix = hw.MediationMix(
    estimator="ols",
    bootstrap=0,
    progress=lambda *_: None,
    config={"validation": {"placebos": 0, "folds": 2}, "features": {"adstock": {"decay": 0.3}}},
)

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def references():
    owned = [columns, *columns.values(), *(value for column in columns.values() for value in column)]
    return [sys.getrefcount(value) for value in owned]

def grown(work):
    for _ in range(200):
        work()
    gc.collect()
    before = resident(), len(gc.get_objects()), references()
    for _ in range(1000):
        work()
    gc.collect()
    after = resident(), len(gc.get_objects()), references()
    return {
        "bytes": after[0] - before[0],
        "objects": after[1] - before[1],
        "references": sum(after[2]) - sum(before[2]),
    }

def ask():
    answer = mix.scenario({"facebook_spend": "+10%"})
    answer.to_dict(), answer.tables["weeks"].to_dict()

print(json.dumps({"fits": grown(lambda: mix.fit(columns)), "answers": grown(ask)}))
"""


@pytest.fixture(scope="module")
def grown(python: Callable[..., str]) -> Dict[str, Dict[str, int]]:
    if not Path("/proc/self/statm").exists():
        pytest.skip("this system has no /proc to read the resident memory from")
    result: Dict[str, Dict[str, int]] = json.loads(python(PROGRAM, timeout=300))
    return result


@pytest.mark.parametrize("what", ["fits", "answers"])
def test_a_thousand_leave_memory_as_it_was(what: str, grown: Dict[str, Dict[str, Any]]) -> None:
    weeks, columns = SHAPE
    # The smallest thing that each of them owns is a copy of the numbers of the data. If one in four of a
    # thousand kept its copy, so much would be gone; an allocator's own unrest is less.
    smallest = weeks * columns * 8
    assert grown[what]["bytes"] < 250 * smallest


@pytest.mark.parametrize("what", ["fits", "answers"])
def test_a_thousand_keep_no_python_object(what: str, grown: Dict[str, Dict[str, Any]]) -> None:
    # One object for each of them would be a thousand; the interpreter itself keeps a handful.
    assert grown[what]["objects"] < 100
    assert grown[what]["references"] < 100
