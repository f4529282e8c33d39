"""Weekly data: read from a file or taken from a data frame."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple, Union

from . import _native
from .errors import HeadwaterError, InputError, SettingError
from .roles import Roles
from .table import Table
from .words import to_json

if TYPE_CHECKING:
    import pandas
    import polars

#: What `read` takes: a path, anything with the Arrow PyCapsule interface, or named columns.
Source = Union[str, "os.PathLike[str]", Mapping[str, Sequence[Any]], Any]


class Data:
    """Weekly data with a role for every column. Made by `read` or `simulate`.

    It can be given to any data frame library: it hands over the weeks as they are used.
    """

    def __init__(self, native: _native.Data) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """The name that messages and reports use."""
        return self._native.name

    @property
    def columns(self) -> List[str]:
        """The names of all columns, in their order."""
        return self._native.columns

    @property
    def roles(self) -> Roles:
        """The role of every column, given or inferred.

        Raises
        ------
        InputError
            When roles are missing or ambiguous; the message lists the candidates.
        """
        return Roles._of(json.loads(self._native.roles()))

    def with_roles(self, roles: Roles) -> Data:
        """The same data with these roles in place of those given before."""
        return Data(self._native.with_roles(roles._json()))

    def findings(self) -> Table:
        """What reading found, and what the default fit would refuse: a row for each check, with id,
        status and a sentence."""
        return Table(self._native.findings())

    def describe(self) -> Table:
        """A row for each column of the model: role, unit, mean, sd, min, max, weeks of zero."""
        return Table(self._native.describe())

    @property
    def weeks(self) -> Table:
        """The weeks as they are used, after sums of days and fills: the date, then every column."""
        return Table(self._native.weeks())

    def __len__(self) -> int:
        return len(self.weeks)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.weeks.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pandas.DataFrame:
        """The weeks as a pandas data frame."""
        return self.weeks.to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The weeks as a polars data frame."""
        return self.weeks.to_polars()

    def __repr__(self) -> str:
        try:
            return self._native.screen()
        except HeadwaterError as error:
            return f"{self.name}: {', '.join(self.columns)}\n\n{error}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"


def read(
    source: Source,
    *,
    roles: Optional[Roles] = None,
    name: str = "data",
    date_format: str = "auto",
    daily: Optional[str] = None,
    decimal: str = "auto",
    sheet: Optional[str] = None,
) -> Data:
    """Read weekly data.

    Parameters
    ----------
    source : path, data frame or mapping
        A CSV, Excel or Parquet file; anything with the Arrow PyCapsule interface (pandas, polars,
        pyarrow, duckdb); or a mapping from column names to values. One row a week.
    roles : Roles, optional
        What columns are; those that are left out are inferred from their names.
    name : str
        What messages and reports call data that come from no file.
    date_format : str
        ``auto``, ``iso``, ``day_first``, ``month_first`` or ``iso_week``.
    daily : str, optional
        ``"sum"`` adds daily rows up to weeks.
    decimal : str
        ``auto``, ``point`` or ``comma``.
    sheet : str, optional
        The sheet of a workbook; needed when several hold data.

    Raises
    ------
    InputError
        Naming the row, column or week that cannot be used, and the remedy. Rows are counted from 1, the
        header (or the names of the columns) being row 1.
    FileError
        When the file cannot be read.

    Examples
    --------
    >>> import headwater as hw
    >>> weeks = [f"2024-W{week:02}" for week in range(1, 31)]
    >>> spend = [float(100 + week % 7) for week in range(30)]
    >>> data = hw.read({"week": weeks, "facebook_spend": spend, "google_spend": spend, "revenue": spend})
    >>> data.roles.mediator
    'google_spend'
    """
    reading = {"date_format": date_format, "decimal": decimal}
    if daily is not None:
        reading["daily"] = daily
    if sheet is not None:
        reading["sheet"] = sheet
    return read_as(source, to_json("how to read the data", reading), roles, name)


def read_as(source: Source, reading: str, roles: Optional[Roles], name: str) -> Data:
    """Read data as a ``[data]`` section in JSON says."""
    if not isinstance(roles, (Roles, type(None))):
        raise SettingError(
            f"roles is a value of type {type(roles).__name__}",
            "give headwater.Roles(...); the outcome is one of the columns of the data",
        )
    given = (roles or Roles())._json()
    if isinstance(source, Data):
        return source if roles is None else source.with_roles(roles)
    if isinstance(source, (str, os.PathLike)):
        return Data(_native.Data.from_file(os.fspath(source), reading, given))
    if _is_frame_of("pandas", source):
        columns = _pandas_columns(source)
        return Data(_native.Data.from_columns(columns, name, reading, given))
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        if _is_frame_of("polars", source):
            source = _without_nulls(source)
        return Data(_native.Data.from_arrow(source, name, reading, given))
    if isinstance(source, Mapping):
        columns = [(str(column), values) for column, values in source.items()]
        return Data(_native.Data.from_columns(columns, name, reading, given))
    lazy = hasattr(source, "collect")
    raise InputError(
        f"a value of type {type(source).__name__} is no data",
        "call .collect() on it first"
        if lazy
        else "give a path, a data frame (pandas, polars, pyarrow, duckdb) or a mapping of columns",
    )


def _is_frame_of(library: str, source: object) -> bool:
    """Whether this is a frame of that library, or of one that is built on it."""
    return any(
        kind.__module__.split(".")[0] == library and kind.__name__ == "DataFrame"
        for kind in type(source).__mro__
    )


def _pandas_columns(frame: Any) -> List[Tuple[str, Any]]:
    """The columns of a pandas frame, what the index says first.

    pandas' own Arrow export would need pyarrow, refuse columns of mixed objects, and call the index
    ``__index_level_0__``.
    """
    columns = [(str(column), frame.iloc[:, at].tolist()) for at, column in enumerate(frame.columns)]
    names = {column for column, _ in columns}
    index = [(name, values) for name, values in _index_columns(frame.index) if name not in names]
    return index + columns


def _index_columns(index: Any) -> List[Tuple[str, Any]]:
    """The levels of an index under the names that ``reset_index`` gives them. One without a name that
    only counts rows says nothing."""
    if index.nlevels > 1:
        levels = [(f"level_{at}", index.get_level_values(at)) for at in range(index.nlevels)]
    elif index.name is None and index.dtype.kind in "iufb":
        levels = []
    else:
        levels = [("index", index)]
    return [
        (usual if level.name is None else str(level.name), level.tolist())
        for usual, level in levels
    ]


def _without_nulls(frame: Any) -> Any:
    """A polars frame whose columns all have a type: what it hands over for a column of nothing but
    nulls is refused by Arrow."""
    import polars

    return frame.with_columns(polars.col(polars.Null).cast(polars.String))
