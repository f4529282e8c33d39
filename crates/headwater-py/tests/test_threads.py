"""Several at once, interrupted, forked, watched."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

import headwater as hw

from conftest import QUICK

#: A fit that takes seconds, and would take minutes with all of its replicates.
SLOW: Dict[str, Any] = {"estimator": "boosting", "bootstrap": 2000, "progress": False}

PLAN = {"facebook_spend": "+10%"}


def files(mix: hw.MediationMix) -> Any:
    return mix._run.files()


def test_fits_at_once_give_the_bytes_of_fits_in_turn(market: hw.Market) -> None:
    settings = [
        {"estimator": estimator, "seed": seed, "n_jobs": n_jobs, "bootstrap": 40}
        for seed, (estimator, n_jobs) in enumerate(
            [
                ("ridge", None),
                ("ols", 1),
                ("ridge", 4),
                ("ols", 2),
                ("elastic_net", None),
                ("ols", 3),
            ]
        )
    ]

    def fit(parameters: Dict[str, Any]) -> Any:
        return files(hw.MediationMix(**{**QUICK, **parameters}).fit(market.data))

    in_turn = [fit(parameters) for parameters in settings]
    with ThreadPoolExecutor(len(settings)) as pool:
        at_once = list(pool.map(fit, settings))
    assert at_once == in_turn


def test_the_number_of_threads_changes_nothing(csv: Path) -> None:
    fits = [
        files(hw.MediationMix(n_jobs=n_jobs, bootstrap=60, progress=False).fit(csv))
        for n_jobs in (1, 4, None, -1)
    ]
    assert all(fit == fits[0] for fit in fits)


def test_questions_at_once_to_a_model_just_loaded_are_answered(
    fitted: hw.MediationMix, tmp_path: Path
) -> None:
    # The first question fits the replicates again; those that come meanwhile once waited for ever.
    fitted.save(tmp_path / "run")
    expected = fitted.scenario(PLAN).to_json()
    for _ in range(3):
        mix = hw.load(tmp_path / "run").set_params(progress=False)

        def ask(at: int) -> str:
            time.sleep(0.02 * at)
            return mix.scenario(PLAN).to_json()  # noqa: B023

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(ask, range(6))) == [expected] * 6


def test_other_python_threads_run_during_a_fit(csv: Path) -> None:
    stop = threading.Event()
    beats: List[float] = []

    def beat() -> None:
        while not stop.wait(0.005):
            beats.append(time.perf_counter())

    heart = threading.Thread(target=beat)
    heart.start()
    start = time.perf_counter()
    try:
        hw.MediationMix(bootstrap=200, progress=False).fit(csv)
        end = time.perf_counter()
    finally:
        stop.set()
        heart.join()
    during = [at for at in beats if start < at < end]
    # A fit that held the interpreter would leave none but those before its first step. Other work on the
    # machine may take most of them, so a twentieth of what an idle one has is asked for.
    assert len(during) > (end - start) / 0.005 / 20


def test_a_forked_process_fits_as_its_parent_did(market: hw.Market) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    # In a process of its own: one that has run for long holds threads of other libraries.
    program = """
import multiprocessing, sys, warnings
import headwater as hw
# Python 3.12 warns of what is tried here.
warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
data = hw.simulate(weeks=60, seed=1).data
def fit(seed):
    return dict(hw.MediationMix(seed=seed, bootstrap=40, progress=False).fit(data)._run.files())
before = fit(1)
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    forked = pool.map_async(fit, [1, 2]).get(timeout=30)
assert forked == [before, fit(2)]
mix = hw.MediationMix(bootstrap=40, progress=False).fit(data)
queue = context.SimpleQueue()
child = context.Process(target=lambda: queue.put(mix.scenario({"facebook_spend": "+10%"}).to_json()))
child.start()
assert queue.get() == mix.scenario({"facebook_spend": "+10%"}).to_json()
child.join(10)
assert child.exitcode == 0
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_control_c_stops_a_fit_and_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows sends no SIGINT to a single process")
    program = """
import sys, time
import headwater as hw
data = hw.simulate(weeks=104, seed=42).data
mix = hw.MediationMix(bootstrap=0, progress=False).fit(data)
before = mix._run.files()
slow = {"estimator": "boosting", "bootstrap": 2000}
heard = []
def listen(what, done, total):
    if not heard:
        print("fitting", flush=True)
    heard.append(time.monotonic())
try:
    mix.set_params(progress=listen, **slow).fit(data)
except KeyboardInterrupt:
    print("interrupted", flush=True)
else:
    sys.exit("the fit came to its end")
assert mix._run.files() == before
mix.set_params(estimator=None, bootstrap=0, progress=False).fit(data)
assert mix._run.files() == before
print("went on", flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert child.stdout is not None and child.stderr is not None
        first = child.stdout.readline()
        assert first == "fitting\n", child.stderr.read()
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert child.stdout.readline() == "interrupted\n", child.stderr.read()
        assert time.monotonic() - start < 3
        assert child.stdout.readline() == "went on\n", child.stderr.read()
        assert child.wait(timeout=30) == 0
    finally:
        child.kill()
        child.communicate()


def test_progress_is_told_in_order_and_to_its_end(csv: Path) -> None:
    told: List[Tuple[str, int, int]] = []

    def listen(*step: Any) -> None:
        told.append(step)

    hw.MediationMix(bootstrap=3000, progress=listen).fit(csv)
    assert told
    for what, done, total in told:
        assert isinstance(what, str) and what
        assert 0 <= done <= total
    steps: Dict[str, List[int]] = {}
    for what, done, _ in told:
        steps.setdefault(what, []).append(done)
    assert all(counts == sorted(counts) for counts in steps.values())
    # Told on the thread that asked.
    threads = set()
    mix = hw.MediationMix(bootstrap=3000, progress=lambda *_: threads.add(threading.get_ident()))
    mix.fit(csv)
    assert threads == {threading.get_ident()}


class Enough(Exception):
    """What a listener raises."""


def test_what_a_listener_raises_stops_the_fit(csv: Path, market: hw.Market) -> None:
    def listen(what: str, done: int, total: int) -> None:
        raise Enough(what)

    mix = hw.MediationMix(**QUICK).fit(csv)
    before = files(mix)
    mix.set_params(**{**SLOW, "progress": listen})
    start = time.monotonic()
    with pytest.raises(Enough):
        mix.fit(csv)
    # As long as a tree stage may take between two looks at the clock, on a busy machine.
    assert time.monotonic() - start < 10
    assert files(mix) == before


def test_bars_appear_where_they_are_asked_for_and_leave_nothing(
    csv: Path, capfd: Any, monkeypatch: Any
) -> None:
    pytest.importorskip("tqdm")
    hw.MediationMix(bootstrap=3000, progress=True).fit(csv)
    shown = capfd.readouterr()
    assert "bootstrap" in shown.err.lower()
    assert "%|" in shown.err
    assert shown.out == ""
    # A bar that is closed leaves an empty line behind.
    assert shown.err.split("\r")[-1].strip() == ""


def test_nothing_is_printed_where_nobody_watches(csv: Path, capfd: Any) -> None:
    mix = hw.MediationMix(bootstrap=500).fit(csv)
    mix.scenario(PLAN)
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_closed_when_the_fit_fails(capfd: Any) -> None:
    pytest.importorskip("tqdm")
    with pytest.raises(hw.HeadwaterError):
        hw.MediationMix(progress=True).fit({"week": ["2024-01-01"] * 2, "revenue": [1.0, 2.0]})
    assert capfd.readouterr().err.split("\r")[-1].strip() == ""


@pytest.mark.parametrize("ask", ["fitted", "importances", "timing", "recommend"])
def test_a_question_that_was_stopped_is_answered_the_next_time(
    ask: str, csv: Path, tmp_path: Path
) -> None:
    mix = hw.MediationMix(estimator="boosting", bootstrap=0, progress=False).fit(csv)
    mix.save(tmp_path / "run")
    loaded = hw.load(tmp_path / "run")

    def listen(what: str, done: int, total: int) -> None:
        raise Enough(what)

    loaded.set_params(progress=listen)
    try:
        getattr(loaded, ask)()
    except Enough:
        pass
    loaded.set_params(progress=False)
    expected = getattr(mix, ask)().to_dict()
    assert getattr(loaded, ask)().to_dict() == expected
