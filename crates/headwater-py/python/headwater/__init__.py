"""Headwater: marketing mix modelling that follows spend downstream.

Social and display spend rarely sells at once; it sends people to search. Headwater fits
social -> search -> revenue in two stages, says what each channel is worth through search and around it,
how sure that is and whether the assumption even holds, and what to do next.

>>> import headwater as hw
>>> data = hw.simulate(weeks=104, seed=42).data         # or hw.read("weekly.csv"), hw.read(frame)
>>> mix = hw.MediationMix(bootstrap=40).fit(data)
>>> mix.verdict
'path supported'
>>> for row in mix.effects().rows():
...     if row["quantity"] == "total" and row["lower"] > 0:     # surely above nothing
...         print(row["channel"])
facebook_spend
tiktok_spend
snapchat_spend
instagram_spend
"""

from __future__ import annotations

from ._native import VERSION as __version__
from .answer import Answer, Checks, Summary
from .data import Data, read
from .errors import (
    EstimatorError,
    FileError,
    HeadwaterError,
    InputError,
    NotFittedError,
    RankDeficientError,
    SettingError,
    TooFewWeeksError,
)
from .figure import Svg
from .market import Market, simulate
from .mix import MediationMix, load
from .pages import explain, pictures
from .roles import Roles
from .table import Table
from .transforms import adstock, saturation, time_series_split

__all__ = [
    "Answer",
    "Checks",
    "Data",
    "EstimatorError",
    "FileError",
    "HeadwaterError",
    "InputError",
    "Market",
    "MediationMix",
    "NotFittedError",
    "RankDeficientError",
    "Roles",
    "SettingError",
    "Summary",
    "Svg",
    "Table",
    "TooFewWeeksError",
    "__version__",
    "adstock",
    "explain",
    "load",
    "pictures",
    "read",
    "saturation",
    "simulate",
    "time_series_split",
]
