"""Simulated markets, whose effects are known."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional

from . import _native
from .data import Data
from .errors import SettingError
from .table import Table
from .words import number, to_json, whole


class Market:
    """A simulated market: what an analyst sees, and the truth. Made by `simulate`."""

    def __init__(self, csv: str, data: _native.Data, truth: str, table: _native.Frame) -> None:
        self._csv = csv
        self._data = data
        self._truth = truth
        self._table = table

    @property
    def data(self) -> Data:
        """What an analyst sees."""
        return Data(self._data)

    @property
    def truth(self) -> Dict[str, Any]:
        """The effects that the market was made with, as the file of ``headwater simulate --truth``."""
        truth: Dict[str, Any] = json.loads(self._truth)
        return truth

    def truth_table(self) -> Table:
        """The true effects under the names of `MediationMix.effects`: channel, quantity, value."""
        return Table(self._table)

    def to_csv(self) -> str:
        """The file that ``headwater simulate`` writes."""
        return self._csv

    def __repr__(self) -> str:
        settings = self.truth["settings"]
        return f"<Market of {settings['weeks']} weeks, seed {settings['seed']}>"


def simulate(
    *,
    weeks: int = 104,
    seed: int = 42,
    search_return: float = 3.0,
    first_stage_r2: float = 0.5,
    autocorrelation: float = 0.4,
    confounding: float = 0.0,
    outcome_noise: float = 4.5,
    direct: Optional[Mapping[str, float]] = None,
) -> Market:
    """Simulate a market whose effects are known.

    Facebook, TikTok, Snapchat and Instagram spend, carried over from week to week, creates Google spend;
    Google spend creates revenue; emails, SMS, price, followers, promotions, trend and season move both.

    Parameters
    ----------
    weeks : int
        The number of weeks, 8 to 10,000.
    seed : int
        The seed of all random numbers.
    search_return : float
        Revenue per unit of Google spend.
    first_stage_r2 : float
        The share of Google spend's variation that social spend explains, between 0 and 1.
    autocorrelation : float
        The correlation of a week's noise with that of the week before, between -1 and 1.
    confounding : float
        The correlation of the noise of Google spend with that of revenue, between -1 and 1.
    outcome_noise : float
        The standard deviation of revenue's noise in those of Google spend's.
    direct : mapping of str to float, optional
        Revenue per unit of spend of a channel around search.

    Examples
    --------
    >>> import headwater as hw
    >>> market = hw.simulate(weeks=60, seed=7)
    >>> len(market.data)
    60
    """
    usual = json.loads(_native.market_settings())
    channels = {channel["name"]: channel for channel in usual["channels"]}
    for channel, value in (direct or {}).items():
        if channel not in channels:
            raise SettingError(
                f'the market has no channel "{channel}"',
                f"choose one of {', '.join(channels)}",
            )
        channels[channel]["direct"] = number(channel, value)
    settings = dict(
        usual,
        weeks=whole("weeks", weeks),
        seed=whole("seed", seed),
        search_return=number("search_return", search_return),
        first_stage_r2=number("first_stage_r2", first_stage_r2),
        autocorrelation=number("autocorrelation", autocorrelation),
        confounding=number("confounding", confounding),
        outcome_noise=number("outcome_noise", outcome_noise),
    )
    return Market(*_native.simulate(to_json("the market", settings)))
