"""Answers to questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Dict

from . import _native
from .errors import SettingError
from .figure import picture
from .table import Table

if TYPE_CHECKING:
    import pandas
    import polars

    from .figure import Picture


class Answer:
    """An answer of a fitted model.

    ``print(answer)`` shows what the command line prints, ``answer.to_dict()`` holds every figure under
    the keys of the command line's ``--json``, ``answer.table`` is the main table and
    ``answer.tables`` holds all of them. The answer itself can be given to any data frame library: it
    hands over its main table.
    """

    def __init__(self, native: _native.Answer) -> None:
        self._native = native

    def __str__(self) -> str:
        return self._native.text

    __repr__ = __str__

    def to_json(self) -> str:
        """The answer as the command line prints it with ``--json``."""
        return self._native.json

    def to_dict(self) -> Dict[str, Any]:
        """The answer as a dictionary with the keys of the command line's ``--json``."""
        answer: Dict[str, Any] = json.loads(self._native.json)
        return answer

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    @property
    def tables(self) -> Dict[str, Table]:
        """Every table by its name, the main one first."""
        return {name: Table(frame) for name, frame in self._native.tables}

    @property
    def table(self) -> Table:
        """The main table."""
        return Table(self._native.tables[0][1])

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pandas.DataFrame:
        """The main table as a pandas data frame."""
        return self.table.to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The main table as a polars data frame."""
        return self.table.to_polars()

    def plot(self, *, dark: bool = False) -> Picture:
        """The picture of this answer: a plotly figure where plotly is installed, else SVG.

        Raises
        ------
        SettingError
            When this answer has no picture.
        """
        drawn = self._native.picture(dark=dark)
        if drawn is None:
            raise SettingError("this answer has no picture", "see its tables")
        return picture(drawn)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


class Checks(Answer):
    """Every check of a run against its bound.

    Attributes
    ----------
    failed : bool
        Whether a check failed; with ``strict=True`` also whether one warned.
    """

    def __init__(self, native: _native.Answer, failed: bool) -> None:
        super().__init__(native)
        self.failed = failed


class Summary(Answer):
    """The answer of a fitted model in three sentences, and what it rests on.

    Attributes
    ----------
    sentences : list of str
        What the channels are worth, whether it went through the mediator, and how far forecasts can be
        relied on.
    verdict, reason, skill : str
        The verdict on the path, what decided it, and the forecasts beside naive ones.
    """

    def __init__(self, native: _native.Answer, page: str) -> None:
        super().__init__(native)
        said = self.to_dict()
        self.sentences = said["answer"]
        self.verdict: str = said["verdict"]
        self.reason: str = said["reason"]
        self.skill: str = said["skill"]
        self._page = page

    def _repr_html_(self) -> str:
        return self._page
