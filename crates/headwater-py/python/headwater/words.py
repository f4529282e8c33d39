"""Parameters on their way to the native half: plain numbers and text, whatever library they are of."""

from __future__ import annotations

import json
import math
import operator
from typing import Any, Mapping

from .errors import SettingError


def number(name: str, value: Any) -> float:
    """A number, also one of numpy.

    Raises
    ------
    SettingError
        For text, truth values, lists and what is not a number.
    """
    try:
        plain = math.nan if isinstance(value, (str, bytes, bool)) else float(value)
    except (TypeError, ValueError):
        plain = math.nan
    if math.isnan(plain):
        raise SettingError(f"{name} is {value!r}", "give a number")
    return plain


def whole(name: str, value: Any) -> int:
    """A whole number, also one of numpy.

    Raises
    ------
    SettingError
        For everything else.
    """
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise SettingError(f"{name} is {value!r}", "give a whole number")


def to_json(name: str, value: Any) -> str:
    """A mapping, list, text or number as JSON; `name` is who is asked to give another.

    Raises
    ------
    SettingError
        For what no settings file can hold, and for infinity and NaN.
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as why:
        raise SettingError(
            f"{name}: {why}", "give numbers, text, lists and mappings of them; inf as text in TOML"
        ) from None


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy, and mappings that are no dict, as what JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__} is no setting")
