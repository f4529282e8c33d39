"""The five checks, their settings and their published thresholds.

Sources of every definition: the docstring of the package. A check asks an :class:`Adapter` and
returns a :class:`Row` for each figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import metrics, splits

RESPONSE = "response"
"""The column of the outcome in the suite's data."""


class Adapter(Protocol):
    """What the suite asks of a model; the names are the suite's."""

    date_column: str

    @property
    def primary_media_regressor_columns(self) -> list[str]:
        """The media columns that the model learns from."""

    def get_channel_names(self) -> list[str]:
        """The channels whose return is estimated."""

    def fit(self, data: pd.DataFrame) -> None:
        """Learn from these weeks."""

    def fit_and_predict(self, train: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.float64]:
        """Learn from `train`, forecast the outcome of each week of `test`."""

    def get_channel_roi(
        self, start_date: pd.Timestamp | None = None, end_date: pd.Timestamp | None = None
    ) -> pd.Series[float]:
        """``100 * (revenue / spend - 1)`` of each channel over these weeks, all when left out."""

    def add_placebo_channel(
        self,
        original_channel_name: str,
        data_to_shuffle: pd.DataFrame,
        shuffled_indices: NDArray[np.intp],
    ) -> tuple[Adapter, pd.DataFrame]:
        """A model with one more channel, `NAME_shuffled`, and the data with its column."""


@dataclass(frozen=True)
class Settings:
    """The suite's settings; the defaults are its own.

    Attributes
    ----------
    holdout_weeks
        The last weeks, held out for the accuracy check.
    folds, fold_weeks
        The folds of cross-validation and of refreshes.
    noise
        The standard deviation of the noise, as a share of spend.
    seed
        Of noise and shuffles. The order in which the suite draws from its generator is not
        documented, so its draws are not these.
    """

    holdout_weeks: int = 8
    folds: int = 3
    fold_weeks: int = 4
    noise: float = 0.05
    seed: int = 42


@dataclass(frozen=True)
class Threshold:
    """What a metric has to keep to.

    Attributes
    ----------
    bound
        Percent, but for R-squared.
    at_least
        Whether the bound is the least that passes rather than the most.
    """

    bound: float
    at_least: bool = False

    def passed(self, value: float) -> bool | None:
        """Whether a value keeps to it; None for NaN, which is not assessed."""
        if math.isnan(value):
            return None
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


THRESHOLDS = {
    "mape": Threshold(15.0),
    "smape": Threshold(15.0),
    "r_squared": Threshold(0.8, at_least=True),
    "mean_mape": Threshold(15.0),
    "std_mape": Threshold(5.0),
    "mean_smape": Threshold(15.0),
    "std_smape": Threshold(5.0),
    "mean_r_squared": Threshold(0.8, at_least=True),
    "mean_percentage_change": Threshold(15.0),
    "std_percentage_change": Threshold(3.0),
    "percentage_change": Threshold(8.0),
    "shuffled_channel_roi": Threshold(-50.0),
}
"""Published with the suite, by metric; see the docstring of the package."""


@dataclass(frozen=True)
class Row:
    """One figure of one check.

    Attributes
    ----------
    check
        The suite's name of the check.
    metric
        A key of :data:`THRESHOLDS`.
    channel
        Whose return it is about; empty for the outcome.
    value
        Percent, but for R-squared; NaN where it cannot be told.
    """

    check: str
    metric: str
    channel: str
    value: float

    @property
    def threshold(self) -> Threshold:
        """What the suite asks of it."""
        return THRESHOLDS[self.metric]

    @property
    def passed(self) -> bool | None:
        """Whether it keeps to that; None where it is not assessed."""
        return self.threshold.passed(self.value)


def holdout_accuracy(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[Row]:
    """How far the forecasts of the last weeks are off, which the model has not seen."""
    split = splits.holdout(data, adapter.date_column, settings.holdout_weeks)
    return [
        Row("holdout_accuracy", name, "", value) for name, value in _scores(adapter, split).items()
    ]


def cross_validation(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[Row]:
    """The same over folds of the last weeks: means, and standard deviations over all folds."""
    folds = _folds(adapter, data, settings)
    scores = pd.DataFrame([_scores(adapter, split) for split in folds])
    figures = {
        "mean_mape": scores["mape"].mean(skipna=False),
        "std_mape": scores["mape"].std(ddof=0, skipna=False),
        "mean_smape": scores["smape"].mean(skipna=False),
        "std_smape": scores["smape"].std(ddof=0, skipna=False),
        "mean_r_squared": scores["r_squared"].mean(skipna=False),
    }
    return [Row("cross_validation", name, "", float(value)) for name, value in figures.items()]


def refresh_stability(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[Row]:
    """How far returns move when a fold's weeks are added to those before it.

    Both models are asked for the return over the weeks that both know: those before the fold.
    The standard deviation is the sample's.
    """
    changes = []
    for split in _folds(adapter, data, settings):
        weeks = split.train[adapter.date_column]
        common = (weeks.min(), weeks.max())
        adapter.fit(split.train)
        before = adapter.get_channel_roi(*common)
        adapter.fit(pd.concat([split.train, split.test], ignore_index=True))
        changes.append(metrics.percentage_change(before, adapter.get_channel_roi(*common)))
    by_fold = pd.concat(changes, axis=1)
    moved = {
        "mean_percentage_change": by_fold.mean(axis=1, skipna=False),
        "std_percentage_change": by_fold.std(axis=1, skipna=False),
    }
    return [
        Row("refresh_stability", name, channel, float(by_channel[channel]))
        for name, by_channel in moved.items()
        for channel in adapter.get_channel_names()
    ]


def perturbation(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[Row]:
    """How far returns move when spend is blurred."""
    adapter.fit(data)
    before = adapter.get_channel_roi()
    adapter.fit(blurred(data, adapter.primary_media_regressor_columns, settings))
    moved = metrics.percentage_change(before, adapter.get_channel_roi())
    return [
        Row("perturbation", "percentage_change", channel, float(moved[channel]))
        for channel in adapter.get_channel_names()
    ]


def blurred(data: pd.DataFrame, columns: list[str], settings: Settings) -> pd.DataFrame:
    """Multiply the columns by one plus noise, one draw a week for all of them.

    Parameters
    ----------
    data
        One row a week; it is left as it is.
    columns
        The media columns.
    settings
        The standard deviation of the noise and the seed.
    """
    noise = np.random.default_rng(settings.seed).normal(0.0, settings.noise, size=len(data))
    return data.assign(**{column: data[column] * (1 + noise) for column in columns})


def placebo(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[Row]:
    """What return a channel gets that is another channel with its weeks in random order."""
    generator = np.random.default_rng(settings.seed)
    original = str(generator.choice(adapter.get_channel_names()))
    rows = generator.permutation(len(data))
    with_placebo, shuffled = adapter.add_placebo_channel(original, data, rows)
    with_placebo.fit(shuffled)
    name = f"{original}_shuffled"
    value = float(with_placebo.get_channel_roi()[name])
    return [Row("placebo", "shuffled_channel_roi", name, value)]


CHECKS: tuple[Callable[[Adapter, pd.DataFrame, Settings], list[Row]], ...] = (
    holdout_accuracy,
    cross_validation,
    refresh_stability,
    perturbation,
    placebo,
)
"""All five, in the suite's order."""


def evaluate(adapter: Adapter, data: pd.DataFrame, settings: Settings | None = None) -> list[Row]:
    """Put all checks to a model.

    Parameters
    ----------
    adapter
        The model.
    data
        One row a week, ascending, with the outcome in :data:`RESPONSE`.
    settings
        The suite's own where left out.
    """
    asked = settings or Settings()
    return [row for check in CHECKS for row in check(adapter, data, asked)]


def _folds(adapter: Adapter, data: pd.DataFrame, settings: Settings) -> list[splits.Split]:
    return splits.expanding(data, adapter.date_column, settings.folds, settings.fold_weeks)


def _scores(adapter: Adapter, split: splits.Split) -> dict[str, float]:
    """The accuracy of the forecasts of one split."""
    actual = split.test[RESPONSE].tolist()
    predicted = adapter.fit_and_predict(split.train, split.test).tolist()
    return {
        "mape": metrics.mape(actual, predicted),
        "smape": metrics.smape(actual, predicted),
        "r_squared": metrics.r_squared(actual, predicted),
    }
