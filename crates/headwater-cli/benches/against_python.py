"""`headwater` beside the Python way of doing its work, as whole processes in one run.

    python3 -m venv venv && venv/bin/pip install -r ../shared/peers/requirements.txt
    cargo build --release
    venv/bin/python crates/headwater-cli/benches/against_python.py [--rounds 5] [ROW ...]

The other side is `../shared/peers/two_stage.py` on `../shared/data/assignment/mmm_weekly_iso.csv`.
The two take turns and every second round the other one goes first, so that a drift of the machine
meets both; each writes its run into a new folder; medians with ranges, ratios pair by pair. Processor time is that of a process and all it
started, user and system: on a busy machine trust it more than the clock. Peak memory is that of the
largest single process, so the script's workers come on top.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT.parent / "shared/peers/two_stage.py"
DATA = ROOT.parent / "shared/data/assignment/mmm_weekly_iso.csv"

GIVEN = """
[columns]
instagram_spend = { role = "ignore" }
[features.adstock]
decay = 0.3
[stages.mediator]
kind = "ridge"
penalty = 0.0096
[stages.outcome]
kind = "ridge"
penalty = 0.0096
[bootstrap]
block_length = 8
"""
"""The script's ridge: decay 0.3, `alpha = 1` (here divided by 104 weeks), blocks of 8 weeks."""

TUNED = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import numpy, two_stage
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

def tuned():
    grid = {"ridge__alpha": numpy.geomspace(1e-2, 1e4, 24)}
    ridge = make_pipeline(StandardScaler(), Ridge())
    return GridSearchCV(ridge, grid, cv=TimeSeriesSplit(5), scoring="neg_mean_squared_error")

two_stage.stages = lambda kind: (tuned(), tuned())
two_stage.main()
"""
"""The script with a penalty chosen for each stage of each fit; its carry-over stays given."""


class Row(NamedTuple):
    """What is compared: the script's arguments, and ours with settings."""

    what: str
    theirs: Sequence[str]
    ours: Sequence[str]
    settings: str = ""
    tuned: bool = False
    preset: str = ""
    """Its settings are used with those lines replaced that `settings` has a line for."""


SEED = ("--preset", "seed", "--bootstrap")
RIDGE = ("--estimator", "ridge", "--bootstrap", "1000")
ROWS = {
    "seed": Row("founding system's boosted stages, fit and 5 folds", (), (*SEED, "0")),
    "bare": Row(
        "the same without our 297 placebo refits, of which the script makes none",
        (),
        ("--bootstrap", "0"),
        "placebos = 0",
        preset="seed",
    ),
    "given": Row("1,000 of ridge, all given on both sides", RIDGE, RIDGE[2:], GIVEN),
    "ridge": Row("1,000 of ridge, ours tuned in each, the script's not", RIDGE, RIDGE[2:]),
    "boosting": Row(
        "1,000 of the boosted stages", ("--bootstrap", "1000"), (*SEED, "1000")
    ),
    "tuned": Row(
        "100 of ridge, tuned in each on both sides",
        (*RIDGE[:3], "100"),
        (RIDGE[2], "100"),
        tuned=True,
    ),
}


class Used(NamedTuple):
    """What a process took."""

    wall: float
    processor: float
    mebibytes: float


def run(command: Sequence[str | Path]) -> Used:
    """Runs a command to its end; stops with its words where it fails."""
    with tempfile.TemporaryFile("w+") as said:
        clock = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - clock
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if child.returncode != 0:
            sys.exit(f"this failed: {' '.join(map(str, command))}\n{said.read()}")
    return Used(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def spread(values: Sequence[float], unit: str) -> str:
    """The median with the range, three digits."""
    middle, low, high = (
        f"{value:,.0f}" if value >= 99.5 else f"{value:.3g}"
        for value in (median(values), min(values), max(values))
    )
    return f"{middle} ({low} to {high}) {unit}"


def compare(row: Row, program: Path, rounds: int, folder: Path) -> str:
    """The line of one row."""
    settings, out = folder / "settings.toml", folder / "run"
    settings.write_text(row.settings)
    if row.preset:
        run([program, "init", DATA, "--preset", row.preset, "--out", settings, "--force"])
        key = row.settings.split("=")[0]
        lines = settings.read_text().splitlines()
        lines = [row.settings if line.startswith(key) else line for line in lines]
        settings.write_text("\n".join(lines))
    ours = [program, "fit", DATA, *row.ours, "--out", out, "--quiet"]
    ours += ["--config", settings] if row.settings else []
    script = ["-c", TUNED, SCRIPT.parent] if row.tuned else [SCRIPT]
    theirs = [sys.executable, *script, DATA, *row.theirs]
    pairs: list[tuple[Used, Used]] = []
    for turn in range(rounds + 1):
        shutil.rmtree(out, ignore_errors=True)
        if turn % 2 == 0:
            their_use, our_use = run(theirs), run(ours)
        else:
            our_use, their_use = run(ours), run(theirs)
        if turn > 0:  # the first round warms up
            pairs.append((their_use, our_use))
    cells = [row.what]
    for at, unit in ((0, "s"), (1, "s")):
        cells += [spread([pair[side][at] for pair in pairs], unit) for side in (0, 1)]
        cells.append(spread([their[at] / our[at] for their, our in pairs], "times"))
    cells += [f"{max(pair[side].mebibytes for pair in pairs):.0f} MiB" for side in (0, 1)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints a line for each row that was asked for."""
    cli = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    cli.add_argument("rows", nargs="*", choices=[*ROWS, []], help="all when left out")
    cli.add_argument("--program", type=Path, default=ROOT / "target/release/headwater")
    cli.add_argument("--rounds", type=int, default=5)
    asked = cli.parse_args()
    sides = "Python | Headwater | ratio"
    print(f"| work | wall: {sides} | processor: {sides} | peak: Python | Headwater |")
    print("|" + "---|" * 9)
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.rows or ROWS:
            print(compare(ROWS[name], asked.program, asked.rounds, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
