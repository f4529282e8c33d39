"""What the tests share: a market as a file, models fitted to it, the command line, other Pythons."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

import headwater as hw

ROOT = Path(__file__).parents[3]

#: Settings without the parts of a fit that take long: for tests that need a fit, and not its checks.
QUICK: Dict[str, Any] = {
    "bootstrap": 0,
    "config": {"validation": {"placebos": 0}},
    "progress": False,
}

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def market() -> hw.Market:
    """Two years of a market with known effects."""
    return hw.simulate(weeks=104, seed=42)


@pytest.fixture(scope="session")
def csv(market: hw.Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That market as a file."""
    path = tmp_path_factory.mktemp("market") / "market.csv"
    path.write_text(market.to_csv(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def fitted(csv: Path) -> hw.MediationMix:
    """A model that no test changes."""
    return hw.MediationMix(bootstrap=60, seed=7, progress=False).fit(csv)


@pytest.fixture(scope="session")
def bare(csv: Path) -> hw.MediationMix:
    """A model without replicates, that no test changes."""
    return hw.MediationMix(**QUICK).fit(csv)


@pytest.fixture(scope="session")
def headwater() -> Command:
    """The command line; what it prints is 100 columns wide and has no colour."""
    given = os.environ.get("HEADWATER_COMMAND")
    binary = Path(given) if given else ROOT / "target" / "debug" / "headwater"
    if not binary.exists():
        pytest.skip(f"the command line is not built: no {binary.relative_to(ROOT)}")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(binary), *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        )

    return run


@pytest.fixture(scope="session")
def python() -> Callable[..., str]:
    """Runs a program in a Python of its own, where every warning is an error; gives what it printed."""

    def run(program: str, timeout: float = 60) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return run
