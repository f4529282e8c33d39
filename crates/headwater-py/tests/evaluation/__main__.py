"""Print the figures of all five checks: ``python -m evaluation``."""

from __future__ import annotations

from . import beside
from .cases import cases
from .checks import THRESHOLDS, evaluate
from .table import markdown

SHUFFLES = 30

for case in cases():
    print(f"\n{case.name}\n")
    print(markdown(evaluate(case.adapter, case.data)))
    if case.adapter.mediator == "observed":
        continue
    print("\nBeside the suite, in percent of revenue per unit of spend:\n")
    kept = beside.carry_over_kept(case.adapter, case.data)
    for how, adapter in (("", case.adapter), (", carry-over kept", kept)):
        for done, rows in beside.stability(adapter, case.data).items():
            for row in rows:
                print(f"- {done}{how}: {row.metric}, {row.channel}: {row.value:.3g}")
    returns = beside.placebos(case.adapter, case.data, SHUFFLES)
    passed = sum(THRESHOLDS["shuffled_channel_roi"].passed(value) is True for value in returns)
    low, middle, high = returns.quantile([0.0, 0.5, 1.0])
    print(
        f"- {SHUFFLES} placebos: {passed} pass; returns from {low:.3g} to {high:.3g}, "
        f"half below {middle:.3g}"
    )
    case.adapter.fit(case.data)
    for channel, value in case.adapter.get_channel_roi().items():
        print(f"- return of {channel}: {value:.3g}")
