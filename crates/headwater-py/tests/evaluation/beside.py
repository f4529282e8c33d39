"""What the suite does not ask, and what says why its checks come out as they do.

No threshold is published for any of it, so nothing here passes or fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from . import checks
from .checks import Row, Settings
from .headwater_adapter import HeadwaterAdapter


class PerSpend(HeadwaterAdapter):
    """Headwater with revenue per unit of spend in place of the return around break-even.

    Both checks of stability divide by the return, which is near 0 where a channel earns what it
    costs. Revenue per unit of spend moves by as much and is not near 0 there.
    """

    def get_channel_roi(
        self,
        start_date: pd.Timestamp | str | None = None,
        end_date: pd.Timestamp | str | None = None,
    ) -> pd.Series[float]:
        """``100 * revenue / spend`` of each channel."""
        return super().get_channel_roi(start_date, end_date) + 100


class ExposuresBlurred(PerSpend):
    """The same, with noise in the spend of the exposures and none in the mediator's."""

    @property
    def primary_media_regressor_columns(self) -> list[str]:
        """The exposures."""
        return list(self.market.exposures)


def stability(adapter: HeadwaterAdapter, data: pd.DataFrame) -> dict[str, list[Row]]:
    """How far revenue per unit of spend moves in the checks of stability, by what was done."""

    def moved(
        kind: type[PerSpend], check: Callable[[checks.Adapter, pd.DataFrame, Settings], list[Row]]
    ) -> list[Row]:
        return check(kind(adapter.market, adapter.settings), data, Settings())

    return {
        "weeks added": moved(PerSpend, checks.refresh_stability),
        "all media blurred": moved(PerSpend, checks.perturbation),
        "exposures alone blurred": moved(ExposuresBlurred, checks.perturbation),
    }


def carry_over_kept(adapter: HeadwaterAdapter, data: pd.DataFrame) -> HeadwaterAdapter:
    """Keep the carry-over that all weeks choose, in place of choosing it in every fit.

    It is that of the exposures in the outcome's stage, where one has a direct edge, else in the
    mediator's.
    """
    stages = adapter.fitted(data).analysis["stages"]
    chosen = {**stages["mediator"]["tuned"], **stages["outcome"]["tuned"]}["adstock_decay"]
    settings = {**adapter.settings, "features": {"adstock": {"decay": chosen}}}
    return HeadwaterAdapter(adapter.market, settings, adapter.mediator)


def placebos(adapter: HeadwaterAdapter, data: pd.DataFrame, shuffles: int) -> pd.Series[float]:
    """The placebo's return in as many orders of weeks, with seeds from 0 up, sorted.

    One order is a draw; a share of many says how often such a draw would pass.
    """
    rows = [
        checks.placebo(adapter, data, replace(Settings(), seed=seed))[0] for seed in range(shuffles)
    ]
    return pd.Series([row.value for row in rows]).sort_values(ignore_index=True)
