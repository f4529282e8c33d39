"""How far forecasts are off, and how far an estimate moved: the metrics of `mmm-eval`.

Percentages are percentages: 15 is 15%. What cannot be told is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def mape(actual: Sequence[float], predicted: Sequence[float]) -> float:
    """Mean absolute percentage error, ``100 / n * sum |(y - f) / y|``.

    Infinite where a week of the outcome is zero and its forecast is not: such a week has no
    percentage.

    Parameters
    ----------
    actual, predicted
        One value a week, in the unit of the outcome.

    Returns
    -------
    float
        Percent, from 0 up.

    Examples
    --------
    >>> mape([100.0, 200.0], [90.0, 220.0])
    10.0
    """
    y, f = _weeks(actual, predicted)
    missed = np.abs(y - f)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(missed == 0, 0.0, missed / np.abs(y))
    return float(100 * shares.mean())


def smape(actual: Sequence[float], predicted: Sequence[float]) -> float:
    """Symmetric mean absolute percentage error, ``100 / n * sum 2 |f - y| / (|y| + |f|)``.

    A week in which both are zero counts as met.

    Parameters
    ----------
    actual, predicted
        One value a week, in the unit of the outcome.

    Returns
    -------
    float
        Percent, from 0 to 200.

    Examples
    --------
    >>> smape([100.0, 0.0], [300.0, 0.0])
    50.0
    """
    y, f = _weeks(actual, predicted)
    size = np.abs(y) + np.abs(f)
    with np.errstate(invalid="ignore"):
        shares = np.where(size == 0, 0.0, 2 * np.abs(f - y) / size)
    return float(100 * shares.mean())


def r_squared(actual: Sequence[float], predicted: Sequence[float]) -> float:
    """Coefficient of determination, ``1 - sum (y - f)^2 / sum (y - mean y)^2``.

    The mean is that of the scored weeks, which no forecast could know: over the few weeks of a
    fold a good forecast can be far below 0.

    Parameters
    ----------
    actual, predicted
        One value a week, in the unit of the outcome.

    Returns
    -------
    float
        At most 1; NaN where the outcome does not vary.

    Examples
    --------
    >>> r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    y, f = _weeks(actual, predicted)
    around = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - f) ** 2).sum()) / around if around > 0 else float("nan")


def percentage_change(before: pd.Series[float], after: pd.Series[float]) -> pd.Series[float]:
    """How far each channel's return moved, ``100 * |after - before| / |before|``.

    The return is itself a percentage around break-even, so a channel that earns about what it
    costs has a return near 0 and a change without bound, however little its estimate moved.

    Parameters
    ----------
    before, after
        Return in percent, by channel.

    Returns
    -------
    Series
        Percent by channel; NaN where the return was 0 before.
    """
    return 100 * (after - before).abs() / before.abs().where(before != 0)


def _weeks(
    actual: Sequence[float], predicted: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as arrays, refused where they cannot be compared."""
    y, f = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    if y.shape != f.shape or y.ndim != 1 or y.size == 0:
        raise ValueError(
            f"{y.size} weeks of the outcome and {f.size} forecasts: give one forecast a week, at "
            "least one"
        )
    for name, values in (("outcome", y), ("forecast", f)):
        if not np.isfinite(values).all():
            week = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ValueError(f"the {name} of week {week} is missing: leave the week out of both")
    return y, f
