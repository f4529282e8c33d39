"""Carry-over, saturation and folds against their definitions, and what goes in comes out."""

from __future__ import annotations

import math
from typing import Any, Callable, List

import pytest

import headwater as hw

SPEND = [0.0, 100.0, 0.0, 50.0, 25.0, 0.0, 300.0]

#: A few roundings of numbers of this size.
EXACT = 1e-12


def geometric(values: List[float], decay: float) -> List[float]:
    """A[t] = (1 - d) x[t] + d A[t-1], from nothing."""
    carried, last = [], 0.0
    for value in values:
        last = (1 - decay) * value + decay * last
        carried.append(last)
    return carried


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.95])
def test_adstock_is_its_recursion(decay: float) -> None:
    expected = geometric(SPEND, decay)
    assert hw.adstock(SPEND, decay) == pytest.approx(expected, rel=EXACT)
    unscaled = hw.adstock(SPEND, decay, normalised=False)
    assert unscaled == pytest.approx([value / (1 - decay) for value in expected], rel=EXACT)


def test_adstock_of_a_week_is_the_kernel() -> None:
    week = [1.0] + [0.0] * 30
    delayed = hw.adstock(week, kernel="delayed", decay=0.5, peak=2.0, lags=6)
    weights = [0.5 ** ((lag - 2.0) ** 2) for lag in range(6)]
    expected = [weight / sum(weights) for weight in weights]
    assert delayed[: len(expected)] == pytest.approx(expected, rel=EXACT)
    assert sum(delayed) == pytest.approx(1.0, rel=EXACT)
    weibull = hw.adstock(week, kernel="weibull_pdf", shape=2.0, scale=3.0, lags=8)
    assert sum(weibull) == pytest.approx(1.0, rel=EXACT)


def test_saturation_is_its_formula() -> None:
    mean = sum(SPEND) / sum(value > 0 for value in SPEND)
    shares = [value / mean for value in SPEND]
    assert hw.saturation(SPEND) == pytest.approx([math.log1p(x) for x in shares], rel=EXACT)
    hill = hw.saturation(SPEND, "hill", half_saturation=1.5, slope=2.0)
    expected = [x**2 / (1.5**2 + x**2) for x in shares]
    assert hill == pytest.approx(expected, rel=EXACT)
    unit = hw.saturation(SPEND, "michaelis_menten", scale=100.0, half_saturation=1.0)
    assert unit == pytest.approx([x / (100 + x) for x in SPEND], rel=EXACT)
    assert hw.saturation(SPEND, "none", scale=1.0) == SPEND


TRANSFORMS: List[Callable[[Any], Any]] = [
    lambda values: hw.adstock(values, 0.5),
    lambda values: hw.saturation(values),
]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_what_goes_in_comes_out(transform: Callable[[Any], Any]) -> None:
    numpy = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    expected = transform(SPEND)
    assert isinstance(expected, list)
    array = transform(numpy.array(SPEND))
    assert isinstance(array, numpy.ndarray) and array.tolist() == expected
    series = pandas.Series(SPEND, index=list("abcdefg"), name="facebook")
    made = transform(series)
    assert list(made.index) == list("abcdefg") and made.name == "facebook"
    assert made.tolist() == expected
    column = transform(polars.Series("facebook", SPEND))
    assert column.name == "facebook" and column.to_list() == expected
    assert transform(tuple(SPEND)) == expected


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_no_weeks_are_no_weeks(transform: Callable[[Any], Any]) -> None:
    assert transform([]) == []


def test_zero_spend_stays_zero() -> None:
    assert hw.adstock([0.0] * 5, 0.7) == [0.0] * 5
    assert hw.saturation([0.0] * 5) == [0.0] * 5


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("value", [None, "a", float("nan"), [1.0]])
def test_what_is_no_number_is_named_by_its_place(
    transform: Callable[[Any], Any], value: object
) -> None:
    with pytest.raises(hw.SettingError, match="value 2 is"):
        transform([1.0, value])


@pytest.mark.parametrize(
    ("weeks", "folds", "test_weeks", "gap"),
    [(104, 5, None, 0), (104, 5, 8, 0), (30, 3, 4, 2), (12, 2, None, 1), (13, 5, None, 0)],
)
def test_folds_are_those_of_scikit_learn(weeks: int, folds: int, test_weeks: Any, gap: int) -> None:
    selection = pytest.importorskip("sklearn.model_selection")
    theirs = selection.TimeSeriesSplit(folds, test_size=test_weeks, gap=gap)
    expected = [(train.tolist(), test.tolist()) for train, test in theirs.split([[0]] * weeks)]
    assert hw.time_series_split(weeks, folds, test_weeks=test_weeks, gap=gap) == expected


def test_folds_can_be_given_to_scikit_learn() -> None:
    selection = pytest.importorskip("sklearn.model_selection")
    dummy = pytest.importorskip("sklearn.dummy")
    folds = hw.time_series_split(24, 3)
    columns, target = [[float(week)] for week in range(24)], [float(week) for week in range(24)]
    scores = selection.cross_val_score(dummy.DummyRegressor(), columns, target, cv=folds)
    assert len(scores) == 3
