"""Carry-over, saturation and folds on their own."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, TypeVar

from . import _native
from .errors import SettingError
from .words import number, to_json, whole

Values = TypeVar("Values", bound=Sequence[Any])


def _numbers(values: Any) -> List[float]:
    return [number(f"value {at}", value) for at, value in enumerate(values, 1)]


def _count(name: str, value: Any) -> int:
    count = whole(name, value)
    if count < 0:
        raise SettingError(f"{name} is {count}", "give a whole number from 0 up")
    return count


def _like(values: Any, numbers: List[float]) -> Any:
    """The numbers as what the values were: an array, a series, or a list."""
    library = type(values).__module__.split(".")[0]
    if library == "pandas":
        return type(values)(numbers, index=values.index, name=values.name)
    if library == "polars":
        return type(values)(values.name, numbers)
    if library == "numpy":
        import numpy

        return numpy.asarray(numbers)
    return numbers


def adstock(
    values: Values,
    decay: Optional[float] = None,
    *,
    kernel: Optional[str] = None,
    normalised: bool = True,
    **parameters: float,
) -> Values:
    """Carry spend over to later weeks: advertising keeps working after it was paid for.

    With ``decay`` alone, normalised geometric carry-over, ``A[t] = (1 - d) x[t] + d A[t-1]`` from nothing
    before the first week: the sum of the weights is 1, so the result stays in the unit of ``values``.

    Parameters
    ----------
    values : sequence of float, shape (weeks,)
        Spend, one value a week.
    decay : float, in [0, 1)
        The share of the effect that is left a week later.
    kernel : str, optional
        Another form: ``delayed`` (decay, peak, lags), ``weibull_pdf`` or ``weibull_cdf`` (shape, scale,
        lags).
    normalised : bool
        ``False`` gives ``A[t] = x[t] + d A[t-1]`` (Robyn), whose weights add up to ``1 / (1 - d)``.
    **parameters : float
        Those of the kernel.

    Returns
    -------
    as ``values`` : list, numpy array, or series of pandas or polars, shape (weeks,)

    Examples
    --------
    >>> import headwater as hw
    >>> hw.adstock([8.0, 0.0, 0.0], 0.5)
    [4.0, 2.0, 1.0]
    """
    if decay is not None:
        parameters["decay"] = decay
    stated = {
        name: (whole if name == "lags" else number)(name, value)
        for name, value in parameters.items()
    }
    shape = to_json("adstock", {kernel or "geometric": stated})
    carried = _native.adstock(_numbers(values), shape, normalised=normalised)
    result: Values = _like(values, carried)
    return result


def saturation(
    values: Values,
    shape: str = "log1p",
    *,
    scale: Optional[float] = None,
    **parameters: float,
) -> Values:
    """Bend spend: another dollar does less the more is already spent.

    Parameters
    ----------
    values : sequence of float, shape (weeks,)
        Spend, carried over or not, one value a week.
    shape : str
        ``log1p``; ``hill`` (half_saturation, slope); ``logistic`` (rate); ``tanh`` (scale: given as
        ``width``, since ``scale`` is the unit); ``michaelis_menten`` (half_saturation).
    scale : float, optional
        What counts as 1; the mean of the weeks that are not 0 where it is left out.
    **parameters : float
        Those of the shape, in units of ``scale``.

    Returns
    -------
    as ``values`` : the response of each week, without a unit, shape (weeks,)

    Examples
    --------
    >>> import headwater as hw
    >>> hw.saturation([0.0, 100.0, 300.0], "michaelis_menten", scale=100.0, half_saturation=1.0)
    [0.0, 0.5, 0.75]
    """
    if "width" in parameters:
        parameters["scale"] = parameters.pop("width")
    stated = {name: number(name, value) for name, value in parameters.items()}
    word: Any = {shape: stated} if stated else shape
    scale = None if scale is None else number("scale", scale)
    bent = _native.saturation(_numbers(values), to_json("saturation", word), scale=scale)
    result: Values = _like(values, bent)
    return result


def time_series_split(
    weeks: int, folds: int = 5, *, test_weeks: Optional[int] = None, gap: int = 0
) -> List[Tuple[List[int], List[int]]]:
    """Folds that never learn from the future: each trains on all weeks before the tested ones.

    The same folds as scikit-learn's ``TimeSeriesSplit(folds, test_size=test_weeks, gap=gap)``; the list
    can be given to scikit-learn as ``cv``.

    Parameters
    ----------
    weeks : int
        The number of weeks.
    folds : int
        The number of folds, at least 2.
    test_weeks : int, optional
        Tested weeks a fold; ``weeks // (folds + 1)`` where it is left out.
    gap : int
        Weeks left out between training and tested ones.

    Returns
    -------
    list of (train, test)
        The rows of each, from 0.

    Examples
    --------
    >>> import headwater as hw
    >>> hw.time_series_split(6, 2)
    [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    test_weeks = None if test_weeks is None else _count("test_weeks", test_weeks)
    weeks, folds, gap = (
        _count(name, value) for name, value in (("weeks", weeks), ("folds", folds), ("gap", gap))
    )
    folds_of = _native.time_series_split(weeks, folds, test_weeks, gap)
    return [(list(range(*train)), list(range(*test))) for train, test in folds_of]
