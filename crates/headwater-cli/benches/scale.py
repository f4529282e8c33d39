"""How time and memory of `headwater fit` grow with weeks and columns.

    cargo build --release
    python crates/headwater-cli/benches/scale.py [--estimator boosting] [--runs 3]
    python crates/headwater-cli/benches/scale.py --figure scale.json
    cargo run --release -p headwater-report --example draw -- scale.json docs/images/scale.svg

Writes a market of every size (a fifth of the columns are channels, one is the mediator, one the
outcome, the rest controls), fits it with every default, and prints a table: processor time and peak
memory of the whole process, the least of the runs, or what was refused. Below it the growth in
weeks and in columns as exponents of least squares in logarithms. Needs nothing but Python and Linux
or macOS.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
WEEKS = (5, 20, 52, 104, 260, 500)
COLUMNS = (5, 20, 50, 100, 200)
LONGEST = 600.0
"""Seconds after which a fit counts as stuck."""


class Used(NamedTuple):
    """What a fit took, and why it was refused where it was."""

    wall: float
    processor: float
    mebibytes: float
    refused: str | None


def market(folder: Path, weeks: int, columns: int) -> tuple[Path, Path]:
    """A market of that size as a CSV file, and settings that give its columns their roles."""
    draw = random.Random(weeks * 1000 + columns)
    channels = max(1, columns // 5)
    controls = columns - channels - 2
    spend = [[draw.uniform(100, 1000) for _ in range(weeks)] for _ in range(channels)]
    others = [[draw.gauss(50, 10) for _ in range(weeks)] for _ in range(controls)]
    lines = []
    for week in range(weeks):
        mediator = 2000 + sum(channel[week] for channel in spend) + draw.gauss(0, 300)
        outcome = 9000 + 3 * mediator + sum(c[week] for c in others) + draw.gauss(0, 2000)
        day = date(2015, 1, 5) + timedelta(weeks=week)
        numbers = [*(c[week] for c in spend), *(c[week] for c in others), mediator, outcome]
        lines.append(",".join([day.isoformat(), *(f"{number:.2f}" for number in numbers)]))
    names = [
        *(f"channel_{n}" for n in range(channels)),
        *(f"control_{n}" for n in range(controls)),
        "search",
        "revenue",
    ]
    roles = ["exposure"] * channels + ["control"] * controls + ["mediator", "outcome"]
    table = folder / f"{weeks}x{columns}.csv"
    table.write_text("\n".join([",".join(["week", *names]), *lines]) + "\n")
    settings = folder / f"{weeks}x{columns}.toml"
    columns_of = [f'{name} = {{ role = "{role}" }}' for name, role in zip(names, roles)]
    settings.write_text("\n".join(["[columns]", 'week = { role = "date" }', *columns_of]) + "\n")
    return table, settings


def fit(program: Path, folder: Path, estimator: str, weeks: int, columns: int) -> Used:
    """Fits a market as a process of its own."""
    table, settings = market(folder, weeks, columns)
    command = [program, "fit", table, "--config", settings, "--out", folder / "run"]
    command += ["--force", "--quiet", "--estimator", estimator]
    clock = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - clock
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = " ".join(said.read().split())
    if child.returncode not in (0, 1, 2):
        sys.exit(f"{weeks} weeks x {columns} columns: ended with {child.returncode}: {words}")
    if wall > LONGEST:
        sys.exit(f"{weeks} weeks x {columns} columns: took {wall:.0f} s")
    refused = None if child.returncode == 0 else words
    return Used(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, refused)


def exponent(sizes: list[int], values: list[float]) -> float:
    """The slope of least squares of log values on log sizes; NaN below three of them."""
    if len(sizes) < 3:
        return math.nan
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    across = sum((a - middle) ** 2 for a in x)
    return sum((a - middle) * (b - height) for a, b in zip(x, y)) / across


def main() -> None:
    """Fits every size and prints the table."""
    cli = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    cli.add_argument("--program", type=Path, default=ROOT / "target/release/headwater")
    cli.add_argument("--estimator", default="ridge")
    cli.add_argument("--runs", type=int, default=3)
    cli.add_argument("--weeks", type=int, nargs="+", default=WEEKS)
    cli.add_argument("--columns", type=int, nargs="+", default=COLUMNS)
    cli.add_argument("--figure", type=Path, help="also write a figure for the example `draw`")
    asked = cli.parse_args()

    cells: dict[tuple[int, int], Used] = {}
    print("| weeks | " + " | ".join(f"{columns} columns" for columns in asked.columns) + " |")
    print("|---:|" + "---|" * len(asked.columns))
    with tempfile.TemporaryDirectory() as folder:
        for weeks in asked.weeks:
            row = []
            for columns in asked.columns:
                runs = []
                while len(runs) < asked.runs and not (runs and runs[-1].refused):
                    runs.append(
                        fit(asked.program, Path(folder), asked.estimator, weeks, columns)
                    )
                least = Used(
                    min(run.wall for run in runs),
                    min(run.processor for run in runs),
                    max(run.mebibytes for run in runs),
                    runs[0].refused,
                )
                cells[weeks, columns] = least
                row.append(
                    "refused"
                    if least.refused
                    else f"{least.processor:.2f} s, {least.mebibytes:.0f} MiB"
                )
            print(f"| {weeks} | " + " | ".join(row) + " |", flush=True)
    print()
    for columns in asked.columns:
        done = [w for w in asked.weeks if w >= 52 and not cells[w, columns].refused]
        grown = exponent(done, [cells[w, columns].processor for w in done])
        if not math.isnan(grown):
            print(f"{columns} columns: time grows as weeks to the {grown:.1f}")
    for weeks in asked.weeks:
        done = [c for c in asked.columns if c >= 20 and not cells[weeks, c].refused]
        grown = exponent(done, [cells[weeks, c].processor for c in done])
        if not math.isnan(grown):
            print(f"{weeks} weeks: time grows as columns to the {grown:.1f}")
    for (weeks, columns), used in cells.items():
        if used.refused:
            print(f"{weeks} x {columns} after {used.wall:.2f} s: {used.refused}")
    if asked.figure:
        asked.figure.write_text(json.dumps(figure(cells, asked.estimator), indent=1) + "\n")


def figure(cells: dict[tuple[int, int], Used], estimator: str) -> dict[str, object]:
    """Time and memory by columns, a line a number of weeks."""
    lines = sorted({weeks for weeks, _ in cells})
    columns = sorted({columns for _, columns in cells})

    def panel(title: str, unit: str, value: str) -> dict[str, object]:
        marks = []
        for nth, weeks in enumerate(lines):
            used = [cells[weeks, c] for c in columns]
            if all(u.refused for u in used):
                continue
            heights = [None if u.refused else getattr(u, value) for u in used]
            name, ink = f"{weeks} weeks", {"nth": nth}
            line = {"kind": "line", "name": name, "x": columns, "y": heights, "ink": ink}
            marks.append({**line, "dashed": False})
            points = {"kind": "points", "name": "", "x": columns, "y": heights, "ink": ink}
            marks.append({**points, "whiskers": [], "labels": [], "shape": "circle", "lying": False})
        axis = {"scale": {"number": "count"}, "from_zero": True}
        return {
            "title": title,
            "x": {"title": "Columns", **axis},
            "y": {"title": unit, **axis},
            "marks": marks,
            "empty": None,
        }

    return {
        "id": "scale",
        "title": f"What headwater fit takes, {estimator}, by weeks and columns",
        "caption": "Whole processes, every default: replicates, checks and placebos included. A fifth of the "
        "columns are channels. A point that is missing was refused: too few weeks for so many channels.",
        "alt": "Two charts of lines by number of columns, a line a number of weeks: processor time, peak memory.",
        "width": 900.0,
        "height": 460.0,
        "content": {
            "panels": {
                "columns": 2,
                "panels": [
                    panel("Processor time", "Seconds", "processor"),
                    panel("Peak memory", "MiB", "mebibytes"),
                ],
            }
        },
    }


if __name__ == "__main__":
    main()
