"""Headwater as one of the models that `mmm-eval` evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import headwater as hw

from .checks import RESPONSE

if TYPE_CHECKING:
    Base = object
else:
    try:
        from mmm_eval.adapters.base import BaseAdapter as Base
    except ImportError:
        Base = object

REVENUE = "revenue"
"""The column of money in the suite's data, beside the outcome."""


@dataclass(frozen=True)
class Market:
    """What the columns of the suite's data are to Headwater.

    Attributes
    ----------
    date
        The column of weeks.
    mediator
        The media column that the exposures move, such as paid search.
    exposures
        The channels whose return is asked for.
    direct
        Those of them that also act around the mediator.
    levers, controls, ignore
        The rest. The suite's column of revenue is ignored, because the outcome is modelled.
    """

    date: str
    mediator: str
    exposures: tuple[str, ...]
    direct: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def roles(self, columns: pd.Index[str]) -> hw.Roles:
        """The same for a file with these columns."""
        ignored = [*self.ignore, *([REVENUE] if REVENUE in columns else [])]
        return hw.Roles(outcome=RESPONSE, **{**asdict(self), "ignore": ignored})

    def with_placebo(self, original: str, shuffled: str) -> Market:
        """One exposure more, with the edges of the one that it is made from."""
        return replace(
            self,
            exposures=(*self.exposures, shuffled),
            direct=(*self.direct, *([shuffled] if original in self.direct else [])),
        )


class HeadwaterAdapter(Base):
    """The suite's questions, put to :class:`headwater.MediationMix`.

    The channels are the exposures: Headwater says what their spend is worth through the mediator
    and around it, and gives no return of the mediator's own budget. The return of a channel is its
    total effect on the outcome per unit of its own spend (gross), as other models count it; what it
    made the mediator spend is not taken off.

    Parameters
    ----------
    market
        What the columns are.
    settings
        The keys of ``headwater.toml``. No bootstrap is run: the suite asks for points.
    mediator
        ``"forecast"``: scored weeks are forecast from planned exposures alone, as
        :meth:`headwater.MediationMix.predict` does. ``"observed"``: the mediator of the scored
        weeks is given as well, as the suite gives every other model its media columns.

    Examples
    --------
    >>> market = Market("week", "google_spend", ("facebook_spend", "tiktok_spend"))
    >>> HeadwaterAdapter(market).get_channel_names()
    ['facebook_spend', 'tiktok_spend']
    """

    def __init__(
        self,
        market: Market,
        settings: Mapping[str, Any] | None = None,
        mediator: Literal["forecast", "observed"] = "forecast",
    ) -> None:
        self.market = market
        self.settings = dict(settings or {})
        self.mediator = mediator
        self.date_column = market.date
        self.channel_spend_columns = list(market.exposures)
        self._mix: hw.MediationMix | None = None

    @property
    def is_fitted(self) -> bool:
        """Whether there is a fit to ask."""
        return self._mix is not None

    @property
    def media_channels(self) -> list[str]:
        """The exposures."""
        return list(self.market.exposures)

    @property
    def primary_media_regressor_type(self) -> str:
        """Headwater learns from spend."""
        return "spend"

    @property
    def primary_media_regressor_columns(self) -> list[str]:
        """The exposures and the mediator: all media spend that the two stages learn from."""
        return [*self.market.exposures, self.market.mediator]

    def get_primary_media_regressor_columns_for_channels(
        self, channel_names: list[str]
    ) -> list[str]:
        """A channel is its column."""
        return channel_names

    def get_channel_names(self) -> list[str]:
        """The exposures."""
        return self.media_channels

    def copy(self) -> HeadwaterAdapter:
        """The same, not fitted."""
        return HeadwaterAdapter(self.market, self.settings, self.mediator)

    def fit(self, data: pd.DataFrame) -> None:
        """Fit both stages to these weeks.

        Parameters
        ----------
        data
            One row a week with the columns of the market and the outcome in ``response``.

        Raises
        ------
        ValueError
            Where the data hold a column of revenue that is not the outcome: the return of a channel
            would then be in units of the outcome.
        headwater.HeadwaterError
            What Headwater refuses.
        """
        if REVENUE in data and not np.allclose(data[REVENUE], data[RESPONSE]):
            raise ValueError(
                f"{REVENUE} is not {RESPONSE}: put the revenue into {RESPONSE}, so that returns "
                "are in money"
            )
        self._mix = self.fitted(data)

    def predict(self, data: pd.DataFrame | None = None) -> NDArray[np.float64]:
        """Forecast the weeks right after those of the fit, from the exposures alone.

        Parameters
        ----------
        data
            The coming weeks: the exposures, and the levers and controls as far as they are planned.

        Returns
        -------
        array
            The outcome of each week.

        Raises
        ------
        ValueError
            Where no weeks are given.
        """
        if data is None:
            raise ValueError("give the weeks to forecast: Headwater needs their planned spend")
        weeks = self._asked().predict(data)["weeks"]
        return np.array([week["outcome"]["point"] for week in weeks])

    def fit_and_predict(self, train: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.float64]:
        """Fit to `train` and forecast `test`, which holds the weeks right after.

        With the mediator observed, the forecasts are those of a fold: a model that learned from
        `train` alone and reads the mediator of `test`.
        """
        if self.mediator == "forecast":
            self.fit(train)
            return self.predict(test)
        # The fewest folds there may be are two; the last one ends with the data and learns from
        # all weeks before.
        folds = {"folds": 2, "test_weeks": len(test), "scheme": "expanding", "gap": 0}
        both = pd.concat([train, test], ignore_index=True)
        self._mix = None
        scored = _outcome(self.fitted(both, folds)).tail(len(test))
        return scored["forecast_given_mediator"].to_numpy(dtype=float)

    def fit_and_predict_in_sample(self, data: pd.DataFrame) -> NDArray[np.float64]:
        """What the fitted model says of the weeks it learned from, the mediator as observed."""
        self.fit(data)
        return _outcome(self._asked())["in_sample"].to_numpy(dtype=float)

    def get_channel_roi(
        self,
        start_date: pd.Timestamp | str | None = None,
        end_date: pd.Timestamp | str | None = None,
    ) -> pd.Series[float]:
        """The return of each channel, ``100 * (effect / spend - 1)``.

        The effect is what the outcome of these weeks would have lost without the channel's spend
        in them.

        Parameters
        ----------
        start_date, end_date
            The first and the last of these weeks; all weeks of the fit when left out.

        Returns
        -------
        Series
            Percent by channel; NaN where nothing was spent.
        """
        returns = {
            channel: self._return(channel, start_date, end_date)
            for channel in self.market.exposures
        }
        return pd.Series(returns, dtype=float)

    def add_placebo_channel(
        self,
        original_channel_name: str,
        data_to_shuffle: pd.DataFrame,
        shuffled_indices: NDArray[np.intp],
    ) -> tuple[HeadwaterAdapter, pd.DataFrame]:
        """The same market with one exposure more, whose weeks are another's in this order."""
        shuffled = f"{original_channel_name}_shuffled"
        values = data_to_shuffle[original_channel_name].to_numpy()[shuffled_indices]
        market = self.market.with_placebo(original_channel_name, shuffled)
        adapter = HeadwaterAdapter(market, self.settings, self.mediator)
        return adapter, data_to_shuffle.assign(**{shuffled: values})

    def fitted(self, data: pd.DataFrame, folds: Mapping[str, Any] | None = None) -> hw.MediationMix:
        """Fit to these weeks as the checks do and give the model itself.

        Parameters
        ----------
        data
            One row a week.
        folds
            Keys of ``[validation]``, over those of the settings.
        """
        # Placebos of a fit change no figure that is asked for here.
        validation = {**self.settings.get("validation", {}), "placebos": 0, **(folds or {})}
        mix = hw.MediationMix(
            bootstrap=0, config={**self.settings, "validation": validation}, progress=False
        )
        return mix.fit(data, roles=self.market.roles(data.columns))

    # The base of the suite's adapters asks for these; its own `add_placebo_channel`, which would
    # call them, is replaced above.
    def _get_original_channel_columns(self, channel_name: str) -> dict[str, str]:
        return {"spend": channel_name}

    def _get_shuffled_col_name(
        self, shuffled_channel_name: str, column_type: str, original_col: str = ""
    ) -> str:
        return shuffled_channel_name

    def _create_adapter_with_placebo_channel(
        self, original_channel: str, shuffled_channel: str, original_columns: dict[str, str]
    ) -> HeadwaterAdapter:
        market = self.market.with_placebo(original_channel, shuffled_channel)
        return HeadwaterAdapter(market, self.settings, self.mediator)

    def _asked(self) -> hw.MediationMix:
        if self._mix is None:
            raise RuntimeError("nothing is fitted yet: call fit first")
        return self._mix

    def _return(
        self, channel: str, start: pd.Timestamp | str | None, end: pd.Timestamp | str | None
    ) -> float:
        without = self._asked().scenario(
            {channel: "=0"}, start=_day(start), end=_day(end), allow_extrapolation=True
        )
        answer = without.to_dict()
        last = answer["weeks"][1]
        weeks = [week for week in answer["weekly"] if week["week"] <= last]
        spend = -sum(week["spend"] for week in weeks)
        effect = -sum(week["outcome"]["point"] for week in weeks)
        return 100 * (effect / spend - 1) if spend > 0 else float("nan")


def _outcome(mix: hw.MediationMix) -> pd.DataFrame:
    """Give the fitted weeks of the second stage."""
    weeks = mix.fitted().to_pandas()
    return weeks[weeks["target"] == RESPONSE]


def _day(date: pd.Timestamp | str | None) -> str | None:
    """Write a day as ISO 8601."""
    return None if date is None else str(pd.Timestamp(date).date())
