"""Headwater beside the scikit-learn and xgboost way of doing its work, in one run.

Install size and time, import time, and time and peak memory from a CSV file to effects, each
side in a fresh virtual environment of its own. The two take turns, and every second round the
other one goes first, so that a drift of the machine meets both. Prints a Markdown table:
medians with ranges, ratios pair by pair. On an idle machine, from the root of the project:

    python crates/headwater-py/benches/side_by_side.py target/wheels/headwater-*.whl

The other side is `../shared/peers/two_stage.py` with what its `requirements.txt` asks for, on
`../shared/data/assignment/mmm_weekly_iso.csv`. The packages are downloaded first and installed
without the network, so the install time says nothing about the connection.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]

OURS = """
import json, sys, time
import headwater as hw

path, calls, ignore, settings = sys.argv[1], int(sys.argv[2]), *map(json.loads, sys.argv[3:])
for _ in range(calls):
    clock = time.perf_counter()
    data = hw.read(path, roles=hw.Roles(ignore=ignore))
    hw.MediationMix(progress=False, **settings).fit(data).effects()
    last = time.perf_counter() - clock
print(last)
"""

THEIRS = """
import contextlib, io, os, sys, time

sys.path.insert(0, os.path.dirname(sys.argv[1]))
import two_stage

calls = int(sys.argv.pop(2))
sys.argv.pop(0)
for _ in range(calls):
    clock = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        two_stage.main()
    last = time.perf_counter() - clock
print(last)
"""


class Process(NamedTuple):
    """What a process took and printed."""

    seconds: float
    """Wall clock, from start to end."""
    megabytes: float
    """Peak resident memory of the largest of it and its workers, in MiB."""
    printed: str


def run(*command: str | Path) -> Process:
    """Runs a command to its end.

    Raises
    ------
    SystemExit
        When the command fails, with what it wrote to stderr.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        clock = time.perf_counter()
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - clock
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            sys.exit(f"this failed: {' '.join(map(str, command))}\n{err.read()}")
        return Process(seconds, used.ru_maxrss / 1024, out.read())


@dataclass
class Row:
    """One line of the table: a figure of both sides, round by round."""

    what: str
    unit: str
    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        ratios = [theirs / ours for theirs, ours in zip(self.theirs, self.ours)]
        cells = [self.what, *(f"{spread(side)} {self.unit}" for side in (self.theirs, self.ours))]
        return f"| {' | '.join([*cells, f'{spread(ratios)} times'])} |"


def spread(values: list[float]) -> str:
    """The median, with the range where the values differ."""
    middle, low, high = (short(f(values)) for f in (median, min, max))
    return middle if low == high else f"{middle} ({low} to {high})"


def short(value: float) -> str:
    """Three digits, none behind the point from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.3g}"


def in_turn(rounds: int, theirs: Callable[[], None], ours: Callable[[], None]) -> None:
    """Calls both sides `rounds` times; every second time the other one goes first."""
    for turn in range(rounds):
        for side in (theirs, ours) if turn % 2 == 0 else (ours, theirs):
            side()


@dataclass(frozen=True)
class Side:
    """A side's packages: what pip is asked for, where its wheels are, where they go."""

    folder: Path
    wanted: tuple[str | Path, ...]

    @property
    def wheels(self) -> Path:
        """The downloaded wheels."""
        return self.folder / "wheels"

    @property
    def python(self) -> Path:
        """The interpreter of the side's environment."""
        return self.folder / "venv/bin/python"

    def download(self) -> float:
        """Fetches the wheels; their size in MB."""
        run(sys.executable, "-m", "pip", "download", "--dest", self.wheels, *self.wanted)
        return size(self.wheels)

    def install(self) -> tuple[float, float]:
        """Makes the environment anew and installs; seconds of pip, and MB it added."""
        venv.create(self.folder / "venv", clear=True, with_pip=True)
        before = size(self.folder / "venv")
        local = ("--no-index", "--find-links", self.wheels)
        installed = run(self.python, "-m", "pip", "install", *local, *self.wanted)
        return installed.seconds, size(self.folder / "venv") - before


def size(folder: Path) -> float:
    """What the files of a folder hold, in MB."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / 1e6


def installs(theirs: Side, ours: Side, rounds: int) -> list[Row]:
    """Rows of what it takes to get either side onto a machine."""
    downloaded = Row("to download", "MB", [theirs.download()], [ours.download()])
    seconds, added = Row("`pip install`, wheels at hand", "s"), Row("installed", "MB")

    def install(side: Side, figures: tuple[list[float], list[float]]) -> None:
        for figure, value in zip(figures, side.install()):
            figure.append(value)

    in_turn(
        rounds,
        lambda: install(theirs, (seconds.theirs, added.theirs)),
        lambda: install(ours, (seconds.ours, added.ours)),
    )
    return [downloaded, added, seconds]


def imports(theirs: Side, ours: Side, script: Path, rounds: int) -> Row:
    """A row of what a process with the imports takes longer than one without."""
    imported = (ast.Import, ast.ImportFrom)
    tree = ast.parse(script.read_text())
    lines = "\n".join(ast.unparse(node) for node in tree.body if isinstance(node, imported))
    row = Row("import", "ms")

    def measure(side: Side, what: str, figures: list[float]) -> None:
        with_imports, without = run(side.python, "-c", what), run(side.python, "-c", "pass")
        figures.append(1000 * (with_imports.seconds - without.seconds))

    measure(theirs, lines, [])  # from now on all files are in memory
    measure(ours, "import headwater", [])
    in_turn(
        rounds,
        lambda: measure(theirs, lines, row.theirs),
        lambda: measure(ours, "import headwater", row.ours),
    )
    return row


@dataclass(frozen=True)
class Work:
    """The same analysis on either side."""

    what: str
    estimator: str
    replicates: int
    settings: dict[str, object]
    ignore: tuple[str, ...] = ()

    def measure(self, theirs: Side, ours: Side, script: Path, data: Path, rounds: int) -> list[Row]:
        """Rows of the whole process, of the second time in one process, and of the memory."""
        title = f"{self.what}, {self.replicates:,} replicates"
        cold, warm = Row(f"{title}: process", "s"), Row("the same again in that process", "s")
        memory = Row("peak memory", "MiB")
        options = ("--estimator", self.estimator, "--bootstrap", str(self.replicates))
        settings = json.dumps({**self.settings, "bootstrap": self.replicates})

        def their_turn() -> None:
            once = run(theirs.python, script, data, *options)
            twice = run(theirs.python, "-c", THEIRS, script, "2", data, *options)
            cold.theirs.append(once.seconds)
            memory.theirs.append(once.megabytes)
            warm.theirs.append(float(twice.printed))

        def our_turn() -> None:
            arguments = (json.dumps(self.ignore), settings)
            once = run(ours.python, "-c", OURS, data, "1", *arguments)
            twice = run(ours.python, "-c", OURS, data, "2", *arguments)
            cold.ours.append(once.seconds)
            memory.ours.append(once.megabytes)
            warm.ours.append(float(twice.printed))

        in_turn(rounds, their_turn, our_turn)
        return [cold, warm, memory]


def works(replicates: int) -> list[Work]:
    """What is timed: the ridge as the other side has it, Headwater's own, and boosted trees."""
    # scikit-learn's alpha = 1 is a penalty of 1 / 104 here, for 104 weeks
    given = {"kind": "ridge", "penalty": 1 / 104}
    fixed = {
        "features": {"adstock": {"decay": 0.3}},
        "stages": {"mediator": given, "outcome": given},
        "bootstrap": {"block_length": 8},
    }
    ridge, instagram = "ridge", ("instagram_spend",)
    return [
        Work("ridge, nothing tuned", ridge, replicates, {"config": fixed}, instagram),
        Work("ridge, here tuned in every replicate", ridge, replicates, {}),
        Work("boosted trees of both", "xgboost", replicates, {"preset": "seed"}),
    ]


def versions(side: Side) -> str:
    """Names and versions of what was asked for, and of Python."""
    listed = json.loads(run(side.python, "-m", "pip", "list", "--format", "json").printed)
    return ", ".join(
        f"{one['name']} {one['version']}"
        for one in listed
        if one["name"] not in ("pip", "setuptools")
    )


def main() -> None:
    """Measures everything and prints the table."""
    cli = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    cli.add_argument("wheel", type=Path, help="the wheel of Headwater")
    cli.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    cli.add_argument("--rounds", type=int, default=5, help="of analyses")
    cli.add_argument("--installs", type=int, default=3, help="rounds of installs")
    cli.add_argument("--imports", type=int, default=20, help="rounds of imports")
    cli.add_argument("--replicates", type=int, default=1000, help="of the bootstrap")
    options = cli.parse_args()
    script = options.shared / "peers/two_stage.py"
    data = options.shared / "data/assignment/mmm_weekly_iso.csv"
    for needed in (options.wheel, script, data):
        if not needed.exists():
            sys.exit(f"{needed} does not exist, and nothing is measured without it")

    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        requirements = script.parent / "requirements.txt"
        theirs = Side(Path(folder, "theirs"), ("-r", requirements))
        ours = Side(Path(folder, "ours"), (options.wheel,))
        rows = installs(theirs, ours, options.installs)
        rows.append(imports(theirs, ours, script, options.imports))
        for work in works(options.replicates):
            rows += work.measure(theirs, ours, script, data, options.rounds)
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores; {versions(theirs)}\n")
        print("| | scikit-learn and xgboost | Headwater | ratio |\n|---|---:|---:|---:|")
        print(*rows, sep="\n")


if __name__ == "__main__":
    main()
