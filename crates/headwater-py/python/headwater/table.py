"""Tables of answers, as Arrow."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterator, List

from ._native import Frame

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Table:
    """A table of Arrow columns; every data frame library takes it without a copy.

    ``pandas.DataFrame.from_arrow(table)``, ``polars.DataFrame(table)``, ``pyarrow.table(table)`` and
    DuckDB (``duckdb.sql("from table")``) read it as it is, through the Arrow PyCapsule interface.

    Examples
    --------
    >>> import headwater as hw
    >>> table = hw.simulate(weeks=60, seed=1).truth_table()
    >>> table.columns
    ['channel', 'quantity', 'value']
    >>> len(table)
    32
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._frame)

    @property
    def columns(self) -> List[str]:
        """The names of the columns."""
        return self._frame.column_names()

    def to_dict(self) -> Dict[str, List[Any]]:
        """Every column as a list: days are ``datetime.date``, what is missing is ``None``."""
        return self._frame.to_dict()

    def rows(self) -> Iterator[Dict[str, Any]]:
        """The rows, each a mapping from column to value."""
        columns = self.to_dict()
        return (dict(zip(columns, row)) for row in zip(*columns.values()))

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame, days as timestamps. pandas must be installed; pyarrow is faster."""
        import pandas

        frame: pandas.DataFrame
        try:
            import pyarrow
        except ImportError:
            columns: Dict[str, Any] = {**self.to_dict()}
            for name, values in columns.items():
                if any(isinstance(value, datetime.date) for value in values):
                    columns[name] = pandas.to_datetime(values)
            frame = pandas.DataFrame(columns)
        else:
            frame = pyarrow.table(self).to_pandas(date_as_object=False)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame. polars must be installed."""
        import polars

        return polars.DataFrame(self)

    def to_pyarrow(self) -> pyarrow.Table:
        """A pyarrow table. pyarrow must be installed."""
        import pyarrow

        return pyarrow.table(self)

    def __repr__(self) -> str:
        return _text(self)

    def _repr_html_(self) -> str:
        return _html(self)


SHOWN = 20


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return str(value)


def _cells(table: Table) -> List[List[str]]:
    columns = table.to_dict().values()
    return [[_word(value) for value in row[:SHOWN]] for row in columns]


def _left_out(table: Table) -> str:
    more = len(table) - SHOWN
    return f"... and {more} more rows" if more > 0 else ""


def _text(table: Table) -> str:
    columns = []
    for name, cells in zip(table.columns, _cells(table)):
        cells = [cell if len(cell) <= 40 else cell[:39] + "…" for cell in cells]
        width = max(len(name), *(len(cell) for cell in cells)) if cells else len(name)
        columns.append([name.ljust(width)] + [cell.ljust(width) for cell in cells])
    lines = ["  ".join(row).rstrip() for row in zip(*columns)]
    return "\n".join(lines + [_left_out(table)]).rstrip()


def _side(values: List[Any]) -> str:
    """Numbers stand to the right, words to the left; notebooks put everything to the right."""
    numbers = all(value is None or isinstance(value, (int, float)) for value in values)
    return f'style="text-align: {"right" if numbers else "left"}"'


def _html(table: Table) -> str:
    from html import escape

    sides = [_side(values) for values in table.to_dict().values()]
    head = "".join(f"<th {side}>{escape(name)}</th>" for side, name in zip(sides, table.columns))
    body = "".join(
        "<tr>"
        + "".join(f"<td {side}>{escape(cell)}</td>" for side, cell in zip(sides, row))
        + "</tr>"
        for row in zip(*_cells(table))
    )
    left_out = _left_out(table)
    note = f"<p>{left_out}</p>" if left_out else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
