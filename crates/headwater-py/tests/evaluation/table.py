"""The figures of the checks as a table to read."""

from __future__ import annotations

from collections.abc import Iterable

from .checks import Row

VERDICTS = {True: "yes", False: "**no**", None: "not assessed"}
"""What is said of a figure."""


def markdown(rows: Iterable[Row]) -> str:
    """A Markdown table, a line a figure.

    Parameters
    ----------
    rows
        The figures, in the order of the lines.

    Examples
    --------
    >>> print(markdown([Row("placebo", "shuffled_channel_roi", "tv_shuffled", -97.5)]))
    | check | metric | value | asked for | passed |
    |---|---|---|---|---|
    | placebo | shuffled_channel_roi, tv_shuffled | -97.5 | <= -50 | yes |
    """
    lines = ["| check | metric | value | asked for | passed |", "|---|---|---|---|---|"]
    for row in rows:
        metric = f"{row.metric}, {row.channel}" if row.channel else row.metric
        lines.append(
            f"| {row.check} | {metric} | {row.value:.5g} | {row.threshold} | "
            f"{VERDICTS[row.passed]} |"
        )
    return "\n".join(lines)
