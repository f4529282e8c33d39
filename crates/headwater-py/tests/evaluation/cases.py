"""The markets that the checks are put to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import headwater as hw

from .checks import RESPONSE
from .headwater_adapter import HeadwaterAdapter, Market

EXAMPLE = Path(__file__).parents[4] / "../shared/data/pymc_marketing/mmm_example.csv"
"""The example of PyMC-Marketing: 179 simulated weeks, two channels, no mediator."""


@dataclass(frozen=True)
class Case:
    """A market and a way to read it.

    Attributes
    ----------
    name
        What is said of it.
    data
        One row a week, the outcome in ``response``.
    adapter
        Headwater, told what the columns are.
    """

    name: str
    data: pd.DataFrame
    adapter: HeadwaterAdapter


def cases() -> Iterator[Case]:
    """All that can be had here; the example only where its file is."""
    yield from simulated()
    if EXAMPLE.exists():
        yield from example()


def simulated() -> Iterator[Case]:
    """A market of Headwater's own kind: social spend to Google spend to revenue."""
    data = hw.simulate().data.to_pandas().rename(columns={"revenue": RESPONSE})
    market = Market(
        date="week",
        mediator="google_spend",
        exposures=("facebook_spend", "tiktok_spend", "snapchat_spend", "instagram_spend"),
        levers=("email_sends", "sms_sends"),
        controls=("avg_price", "followers", "promotions"),
    )
    yield Case("Simulated market", data, HeadwaterAdapter(market))
    given = HeadwaterAdapter(market, mediator="observed")
    yield Case("Simulated market, Google spend of the scored weeks given", data, given)


def example() -> Iterator[Case]:
    """PyMC-Marketing's example, each channel in turn as what the other acts through.

    It has no mediator. One of its two channels has to stand in for it, and the other, whose every
    effect goes around it, has a direct edge; then nothing tells what the exposure set off from the
    exposure itself, Headwater refuses its usual reading, and the mediator is read as observed,
    which takes for granted that nothing unmeasured moves both channels. That holds here, because
    the data are simulated so; of real data nobody knows it.
    """
    data = pd.read_csv(EXAMPLE).rename(columns={"y": RESPONSE})
    for exposure, mediator in (("x1", "x2"), ("x2", "x1")):
        market = Market(
            date="date_week",
            mediator=mediator,
            exposures=(exposure,),
            direct=(exposure,),
            controls=("event_1", "event_2"),
            ignore=("dayofyear", "t"),
        )
        observed = {"mediation": {"reading": "observed"}}
        name = f"PyMC-Marketing's example, {exposure} through {mediator} and around it"
        yield Case(name, data, HeadwaterAdapter(market, observed))
        given = HeadwaterAdapter(market, observed, mediator="observed")
        yield Case(f"{name}, {mediator} of the scored weeks given", data, given)
