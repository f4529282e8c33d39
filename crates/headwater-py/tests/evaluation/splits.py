"""Which weeks are learned from and which are scored, as `mmm-eval` splits them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Split:
    """Weeks to learn from and the weeks right after them.

    Attributes
    ----------
    train, test
        Rows of the data in the order of their weeks.
    """

    train: pd.DataFrame
    test: pd.DataFrame


def holdout(data: pd.DataFrame, date: str, weeks: int) -> Split:
    """Keep the last weeks back.

    Parameters
    ----------
    data
        One row a week.
    date
        The column that holds the weeks.
    weeks
        How many to keep back, at least 1.

    Raises
    ------
    ValueError
        Where nothing would be left to learn from.
    """
    return expanding(data, date, 1, weeks)[0]


def expanding(data: pd.DataFrame, date: str, folds: int, weeks: int) -> list[Split]:
    """Folds from the end backwards, each trained on all weeks before it.

    Parameters
    ----------
    data
        One row a week.
    date
        The column that holds the weeks.
    folds
        How many, at least 1.
    weeks
        The weeks of each fold, at least 1.

    Returns
    -------
    list of Split
        The fold with the last weeks first.

    Raises
    ------
    ValueError
        Where the first weeks would be fewer than a fold has.
    """
    if folds < 1 or weeks < 1:
        raise ValueError(f"{folds} folds of {weeks} weeks: give at least 1 of each")
    if len(data) < (folds + 1) * weeks:
        raise ValueError(
            f"{folds} folds of {weeks} weeks need {(folds + 1) * weeks} weeks, and there are "
            f"{len(data)}: use fewer or shorter folds"
        )
    ordered = data.sort_values(date, ignore_index=True)
    ends = [len(ordered) - fold * weeks for fold in range(folds)]
    return [Split(ordered.iloc[: end - weeks], ordered.iloc[end - weeks : end]) for end in ends]
