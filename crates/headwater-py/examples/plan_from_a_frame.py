"""From a pandas frame to plans: what two of them would have changed, and where the next money goes.

python plan_from_a_frame.py
"""

from __future__ import annotations

import headwater as hw
import pandas as pd


def weekly() -> pd.DataFrame:
    """The weeks as they come out of a warehouse, with names of its own."""
    frame = hw.simulate(weeks=104, seed=42).data.to_pandas()
    names = {"google_spend": "sem_cost", "revenue": "net_sales"}
    renamed: pd.DataFrame = frame.rename(columns=names)
    return renamed


def main() -> None:
    roles = hw.Roles(mediator="sem_cost", outcome="net_sales")
    data = hw.read(weekly(), roles=roles, name="warehouse")
    mix = hw.MediationMix(seed=42).fit(data)

    plans = mix.scenarios(
        {"careful": {"facebook_spend": "+10%"}, "cheaper": {"avg_price": "-5%"}},
        start="2023-10-02",
        end="2023-12-25",
    )
    print(plans)

    # Every answer is a table as well.
    changes = plans.to_pandas()
    columns = ["scenario", "reading", "point", "lower", "upper"]
    print(changes.loc[changes["quantity"] == "outcome", columns].to_string(index=False))

    print(mix.optimize(horizon=8, bounds={"tiktok_spend": (12_000, 18_000)}))


if __name__ == "__main__":
    main()
