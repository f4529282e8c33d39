"""`import headwater` is quick and quiet: it loads, prints, starts and opens nothing."""

from __future__ import annotations

import json
from typing import Callable


def test_importing_loads_no_other_library_prints_nothing_and_starts_no_thread(
    python: Callable[[str], str],
) -> None:
    program = """
import json, sys
before = set(sys.modules)
import headwater
import threading
try:
    import os
    threads = len(os.listdir("/proc/self/task"))
except OSError:
    threads = threading.active_count()
loaded = {name.split(".")[0] for name in set(sys.modules) - before}
print(json.dumps([sorted(loaded - set(sys.stdlib_module_names)), threads]))
"""
    loaded, threads = json.loads(python(program))
    assert loaded == ["headwater"]
    assert threads == 1


def test_simulating_fitting_and_asking_load_no_other_library(python: Callable[[str], str]) -> None:
    program = """
import sys
import headwater as hw
market = hw.simulate(weeks=60, seed=1)
mix = hw.MediationMix(bootstrap=0, config={"validation": {"placebos": 0}}).fit(market.data)
mix.scenario({"facebook_spend": "+10%"}).tables["total"].to_dict()
repr(mix.summary()), mix.summary()._repr_html_(), mix.report(), mix.effects()._repr_html_()
loaded = {name.split(".")[0] for name in sys.modules}
print(sorted(loaded & {"numpy", "pandas", "polars", "pyarrow", "plotly", "tqdm", "sklearn", "xgboost"}))
"""
    assert python(program) == "[]\n"


def test_what_is_public_is_listed(python: Callable[[str], str]) -> None:
    program = """
import headwater
public = {name for name in vars(headwater) if not name.startswith("_")}
modules = {name for name in public if type(getattr(headwater, name)).__name__ == "module"}
assert public - modules - {"annotations"} == set(headwater.__all__) - {"__version__"}
print(headwater.__version__)
"""
    assert python(program).strip()
