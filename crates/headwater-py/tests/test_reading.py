"""One market in every shape that data come in: files, frames, arrays, awkward types."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any, Callable, Dict, List, Mapping, Optional

import pytest

import headwater as hw

from conftest import QUICK

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")

WEEKS = 40
DAYS = [datetime.date(2023, 1, 2) + datetime.timedelta(weeks=at) for at in range(WEEKS)]

#: Values that every type below holds exactly, so that a difference of results is a difference of reading.
COLUMNS: Dict[str, List[Any]] = {
    "week": DAYS,
    "facebook_spend": [100 + (37 * at % 53) / 4 for at in range(WEEKS)],
    "google_spend": [200 + 17 * at % 41 + (37 * at % 53) / 2 for at in range(WEEKS)],
    "promotions": [int(at % 7 == 3) for at in range(WEEKS)],
    "email_sends": [None if at == 5 else 1000 + 29 * at % 211 for at in range(WEEKS)],
    "revenue": [5000 + 3.5 * (17 * at % 41) + 91 * at % 67 for at in range(WEEKS)],
}

ISO_DATES = [day.isoformat() for day in DAYS]
FRAME = pandas.DataFrame(COLUMNS)
POLARS = polars.DataFrame(COLUMNS)
ARROW = pyarrow.table(COLUMNS)
INDEXED = FRAME.assign(week=pandas.to_datetime(FRAME["week"])).set_index("week")


def analysis(source: object) -> str:
    """What a model says of a source, in the bytes of analysis.json."""
    data = hw.read(source, name="the market")
    mix = hw.MediationMix(estimator="ols", **QUICK).fit(data)
    return dict(mix._run.files())["analysis.json"]


@pytest.fixture(scope="module")
def expected() -> str:
    return analysis(COLUMNS)


def changed(**columns: Any) -> Dict[str, Any]:
    return {**COLUMNS, **columns}


def numbers_as_decimals(values: List[float]) -> List[decimal.Decimal]:
    return [decimal.Decimal(str(value)) for value in values]


def arrow(column: str, change: Callable[[Any], Any]) -> Any:
    """The pyarrow table with one column changed."""
    at = ARROW.column_names.index(column)
    return ARROW.set_column(at, column, change(ARROW[column]))


def duck(columns: str) -> Any:
    """A DuckDB relation over the market."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'Europe/Berlin'")
    connection.register("market", ARROW)
    return connection.sql(f"select {columns} from market")


SHAPES: Dict[str, Callable[[], object]] = {
    # pandas
    "pandas": lambda: FRAME,
    "pandas, days as timestamps": lambda: INDEXED.reset_index(),
    "pandas, midnight in Berlin": lambda: INDEXED.tz_localize("Europe/Berlin").reset_index(),
    "pandas, the index as weeks": lambda: INDEXED,
    "pandas, an index of days": lambda: FRAME.set_index("week"),
    "pandas, an index of zoned timestamps": lambda: INDEXED.tz_localize("Asia/Tokyo"),
    "pandas, an index of periods": lambda: INDEXED.to_period("W-SUN"),
    "pandas, an index that is a column too": lambda: FRAME.set_index("week", drop=False),
    "pandas, an index that counts the rows left": lambda: pandas.concat([FRAME, FRAME])[:WEEKS],
    "pandas, periods": lambda: FRAME.assign(week=pandas.PeriodIndex(INDEXED.index, freq="W-SUN")),
    "pandas, days as text": lambda: FRAME.assign(week=ISO_DATES),
    "pandas, categories": lambda: FRAME.assign(
        week=pandas.Categorical(ISO_DATES), promotions=FRAME["promotions"].astype("category")
    ),
    "pandas, nullable types": lambda: FRAME.assign(
        email_sends=FRAME["email_sends"].astype("Int64")
    ).astype({"promotions": "boolean", "google_spend": "Float32", "week": "string"}),
    "pandas, convert_dtypes": lambda: FRAME.convert_dtypes(),
    "pandas, Arrow types": lambda: ARROW.to_pandas(types_mapper=pandas.ArrowDtype),
    "pandas, float32 and int8": lambda: FRAME.astype(
        {"facebook_spend": "float32", "revenue": "float32", "promotions": "int8"}
    ),
    "pandas, booleans": lambda: FRAME.astype({"promotions": bool}),
    "pandas, decimals": lambda: FRAME.assign(
        facebook_spend=numbers_as_decimals(COLUMNS["facebook_spend"])
    ),
    "pandas, objects": lambda: FRAME.astype(object),
    "pandas, None and NaN": lambda: FRAME.assign(
        email_sends=pandas.Series(COLUMNS["email_sends"], dtype=object)
    ),
    "pandas, sparse": lambda: FRAME.assign(
        promotions=pandas.arrays.SparseArray(COLUMNS["promotions"])
    ),
    "pandas, a view of every second row": lambda: FRAME.loc[FRAME.index.repeat(2)][::2],
    # polars
    "polars": lambda: POLARS,
    "polars, chunks": lambda: polars.concat([POLARS[:7], POLARS[7:]], rechunk=False),
    "polars, Datetime": lambda: POLARS.with_columns(polars.col("week").cast(polars.Datetime("ns"))),
    "polars, midnight in Berlin": lambda: POLARS.with_columns(
        polars.col("week").cast(polars.Datetime("ms")).dt.replace_time_zone("Europe/Berlin")
    ),
    "polars, Enum and Categorical": lambda: POLARS.with_columns(
        polars.col("promotions").cast(polars.String).cast(polars.Enum(["0", "1"])),
        polars.col("week").cast(polars.String).cast(polars.Categorical),
    ).with_columns(polars.col("promotions").cast(polars.String).cast(polars.Int8)),
    "polars, Boolean, Float32, Decimal, UInt16": lambda: POLARS.with_columns(
        polars.col("promotions").cast(polars.Boolean),
        polars.col("google_spend").cast(polars.Float32),
        polars.col("facebook_spend").cast(polars.Decimal(12, 4)),
        polars.col("email_sends").cast(polars.UInt16),
    ),
    # pyarrow
    "pyarrow": lambda: ARROW,
    "pyarrow, a reader of small batches": lambda: ARROW.to_reader(max_chunksize=7),
    "pyarrow, one batch": lambda: ARROW.to_batches()[0],
    "pyarrow, chunks": lambda: pyarrow.concat_tables([ARROW[:1], ARROW[1:1], ARROW[1:]]),
    "pyarrow, dictionary": lambda: arrow(
        "week", lambda days: days.cast(pyarrow.string()).dictionary_encode()
    ),
    "pyarrow, dictionary of numbers": lambda: arrow(
        "revenue", lambda values: values.dictionary_encode()
    ),
    "pyarrow, large_string": lambda: arrow("week", lambda days: days.cast(pyarrow.large_string())),
    "pyarrow, string_view": lambda: arrow(
        "week", lambda days: days.cast(pyarrow.string()).cast(pyarrow.string_view())
    ),
    "pyarrow, date64": lambda: arrow("week", lambda days: days.cast(pyarrow.date64())),
    "pyarrow, decimal256": lambda: arrow(
        "facebook_spend",
        lambda values: pyarrow.array(
            numbers_as_decimals(values.to_pylist()), pyarrow.decimal256(40, 2)
        ),
    ),
    "pyarrow, float16": lambda: arrow(
        "facebook_spend", lambda values: values.cast(pyarrow.float16())
    ),
    "pyarrow, run-end encoded": lambda: arrow(
        "promotions", lambda flags: pyarrow.compute.run_end_encode(flags.combine_chunks())
    ),
    "pyarrow, NaN for what is missing": lambda: arrow(
        "email_sends", lambda values: values.cast(pyarrow.float64()).fill_null(float("nan"))
    ),
    # DuckDB
    "duckdb": lambda: duck("*"),
    "duckdb, hugeint, decimal, boolean": lambda: duck(
        "* replace (email_sends::hugeint as email_sends, promotions::boolean as promotions,"
        " facebook_spend::decimal(12, 2) as facebook_spend)"
    ),
    "duckdb, midnight in Berlin": lambda: duck("* replace (week::timestamptz as week)"),
    # numpy and lists
    "arrays": lambda: changed(
        week=numpy.array(DAYS, dtype="datetime64[D]"),
        facebook_spend=numpy.array(COLUMNS["facebook_spend"], dtype="f4"),
        promotions=numpy.array(COLUMNS["promotions"], dtype=bool),
        revenue=numpy.array(COLUMNS["revenue"])[::-1][::-1],
    ),
    "arrays of nanoseconds": lambda: changed(week=numpy.array(DAYS, dtype="datetime64[ns]")),
    "masked arrays": lambda: changed(
        email_sends=numpy.ma.masked_invalid(
            [float("nan") if value is None else value for value in COLUMNS["email_sends"]]
        )
    ),
    "tuples and ranges": lambda: {name: tuple(values) for name, values in COLUMNS.items()},
    "generators": lambda: {name: iter(values) for name, values in COLUMNS.items()},
    "pandas and polars columns": lambda: changed(
        week=INDEXED.index, revenue=FRAME["revenue"], google_spend=POLARS["google_spend"]
    ),
    "moments of days": lambda: changed(
        week=[datetime.datetime(day.year, day.month, day.day, 23, 59) for day in DAYS]
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_same_market_gives_the_same_bytes(shape: str, expected: str) -> None:
    assert analysis(SHAPES[shape]()) == expected


def without_hash(text: str) -> Dict[str, Any]:
    said: Dict[str, Any] = json.loads(text)
    del said["data"]["sha256"]
    return said


@pytest.mark.parametrize(
    "columns",
    [
        {"week": [f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02}" for day in DAYS]},
        {"week": [day.strftime("%d/%m/%Y") for day in DAYS]},
        {
            "revenue": [
                str(value) if at % 2 else value for at, value in enumerate(COLUMNS["revenue"])
            ]
        },
        {"email_sends": ["n/a" if value is None else value for value in COLUMNS["email_sends"]]},
    ],
    ids=["ISO weeks", "days first", "text among numbers", "n/a for what is missing"],
)
def test_another_spelling_is_another_source_and_the_same_analysis(
    columns: Mapping[str, List[Any]], expected: str
) -> None:
    spelt = analysis(pandas.DataFrame(changed(**columns)))
    assert without_hash(spelt) == without_hash(expected)
    assert spelt != expected


def test_a_csv_and_its_frame_give_the_same_effects(tmp_path: Any) -> None:
    path = tmp_path / "market.csv"
    FRAME.to_csv(path, index=False)
    by_file = without_hash(analysis(path))
    by_frame = without_hash(analysis(pandas.read_csv(path)))
    assert by_file.pop("data")["source"] == "market.csv"
    assert by_frame.pop("data")["source"] == "the market"
    assert by_file == by_frame


def test_an_index_of_days_needs_no_name() -> None:
    nameless = INDEXED.rename_axis(None)
    for frame in (nameless, nameless.to_period("W-SUN"), nameless.set_axis(ISO_DATES)):
        assert hw.read(frame).roles.date == "index"


class Sales(pandas.DataFrame):  # type: ignore[misc, name-defined]
    """A frame of a library that is built on pandas."""


def test_a_frame_of_a_library_built_on_pandas_is_a_pandas_frame(expected: str) -> None:
    assert analysis(Sales(FRAME)) == analysis(Sales(INDEXED)) == expected


def test_daily_rows_are_added_up_as_the_settings_or_the_reading_say() -> None:
    days = [day + datetime.timedelta(days=at) for day in DAYS for at in range(7)]
    daily = {
        name: [None if value is None else value / 8 for value in values for _ in range(7)]
        for name, values in COLUMNS.items()
        if name not in ("week", "promotions", "email_sends")
    }
    by_reading = hw.read({"day": days, **daily}, daily="sum")
    assert len(by_reading) == WEEKS
    spend = by_reading.weeks.to_dict()["facebook_spend"]
    assert spend == pytest.approx([7 * value / 8 for value in COLUMNS["facebook_spend"]])
    config = {**QUICK["config"], "data": {"daily": "sum"}}
    by_settings = hw.MediationMix(**{**QUICK, "config": config}).fit({"day": days, **daily})
    assert by_settings.analysis == hw.MediationMix(**QUICK).fit(by_reading).analysis
    with pytest.raises(hw.InputError, match="daily") as refused:
        hw.read({"day": days, **daily}).describe()
    assert refused.value.help is not None and "sum" in refused.value.help


def test_moments_before_1970_are_their_day_as_well() -> None:
    early = [
        datetime.datetime(1965, 1, 4, 12) + datetime.timedelta(weeks=at) for at in range(WEEKS)
    ]
    moments = changed(week=early)
    for source in (moments, pandas.DataFrame(moments), polars.DataFrame(moments)):
        assert hw.read(source).weeks.to_dict()["week"][0] == datetime.date(1965, 1, 4)


def test_an_outcome_given_apart_as_scikit_learn_has_it_is_refused_with_the_remedy() -> None:
    with pytest.raises(hw.SettingError, match="roles is a value of type Series") as refused:
        hw.MediationMix(**QUICK).fit(FRAME, FRAME["revenue"])
    assert refused.value.help is not None and "columns of the data" in refused.value.help


def test_levels_of_an_index_are_columns() -> None:
    frame = FRAME.set_index(["week", "promotions"])
    assert hw.read(frame).columns[:2] == ["week", "promotions"]
    assert analysis(FRAME.set_index(["week", "facebook_spend"])) == analysis(COLUMNS)


def test_names_that_are_no_text_are_written_out() -> None:
    frame = FRAME.rename(columns={"promotions": 7, "email_sends": ("email", "sends")})
    assert hw.read(frame).columns[3:5] == ["7", "('email', 'sends')"]


NESTED = [[1]] * WEEKS
WRONG: Dict[str, Callable[[], object]] = {
    "lists in pandas": lambda: FRAME.assign(odd=NESTED),
    "bytes in pandas": lambda: FRAME.assign(odd=b"ab"),
    "complex numbers in pandas": lambda: FRAME.assign(odd=1j),
    "spans of time in pandas": lambda: FRAME.assign(odd=pandas.Timedelta(days=1)),
    "times of day in pandas": lambda: FRAME.assign(odd=datetime.time(12)),
    "intervals in pandas": lambda: FRAME.assign(odd=pandas.Interval(0, 1)),
    "lists in polars": lambda: POLARS.with_columns(odd=polars.Series(NESTED)),
    "lists of text in polars": lambda: POLARS.with_columns(odd=polars.Series([["a"]] * WEEKS)),
    "structs in polars": lambda: POLARS.with_columns(odd=polars.struct("revenue")),
    "bytes in polars": lambda: POLARS.with_columns(odd=polars.lit(b"ab")),
    "times of day in polars": lambda: POLARS.with_columns(odd=polars.lit(datetime.time(12))),
    "spans of time in polars": lambda: POLARS.with_columns(odd=polars.lit(datetime.timedelta(1))),
    "objects in polars": lambda: POLARS.with_columns(
        polars.Series("odd", [object()] * WEEKS, dtype=polars.Object)
    ),
    "bytes in pyarrow": lambda: ARROW.append_column("odd", pyarrow.array([b"ab"] * WEEKS)),
    "maps in pyarrow": lambda: ARROW.append_column(
        "odd", pyarrow.array([[("a", 1)]] * WEEKS, pyarrow.map_(pyarrow.string(), pyarrow.int64()))
    ),
    "intervals in duckdb": lambda: duck("*, interval 1 day as odd"),
    "lists in a mapping": lambda: changed(odd=NESTED),
    "a matrix in a mapping": lambda: changed(odd=numpy.zeros((WEEKS, 2))),
    "spans of time in a mapping": lambda: changed(odd=numpy.zeros(WEEKS, dtype="timedelta64[D]")),
    "text in place of values": lambda: changed(odd="abc"),
    "a number in place of values": lambda: changed(odd=3),
    "None in place of values": lambda: changed(odd=None),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_number_date_or_text_is_refused_by_the_name_of_its_column(case: str) -> None:
    with pytest.raises(hw.InputError, match=r"^the market[:,] .*column odd\b") as refused:
        hw.read(WRONG[case](), name="the market")
    assert refused.value.help


def test_a_cell_that_cannot_be_used_is_named_by_its_row() -> None:
    odd = [1.0, 2.0, {"a": 1}] + [3.0] * (WEEKS - 3)
    with pytest.raises(hw.InputError) as refused:
        hw.read(changed(odd=odd), name="the market")
    assert refused.value.message == (
        "the market, row 4, column odd: a value of type dict is no number, date or text"
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (FRAME["revenue"], "type Series"),
        (POLARS["revenue"], "type Series"),
        (ARROW["revenue"].combine_chunks(), "type DoubleArray"),
        (POLARS.lazy(), "type LazyFrame"),
        (numpy.zeros((3, 3)), "type ndarray"),
        ([1, 2], "type list"),
        (None, "type NoneType"),
        (7, "type int"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(source: object, said: str) -> None:
    with pytest.raises(hw.InputError, match=said) as refused:
        hw.read(source)
    assert refused.value.help


EMPTY: Dict[str, Callable[[], object]] = {
    "no columns": lambda: {},
    "no columns in pandas": lambda: pandas.DataFrame(),
    "no columns in polars": lambda: polars.DataFrame(),
    "no rows": lambda: {name: [] for name in COLUMNS},
    "no rows in pandas": lambda: FRAME[:0],
    "no rows in polars": lambda: POLARS[:0],
    "no rows in pyarrow": lambda: ARROW[:0],
    "no rows in duckdb": lambda: duck("* exclude (week), week").filter("revenue < 0"),
}


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_table_is_refused_as_such(case: str) -> None:
    with pytest.raises(hw.InputError, match="is empty|has a header but no rows"):
        hw.read(EMPTY[case]())


@pytest.mark.parametrize("frame", [FRAME, POLARS, ARROW], ids=["pandas", "polars", "pyarrow"])
def test_one_row_is_too_few(frame: Any) -> None:
    with pytest.raises(hw.TooFewWeeksError, match="has 1 row"):
        hw.MediationMix(**QUICK).fit(frame[:1])


@pytest.mark.parametrize(
    "source",
    [
        FRAME.assign(followers=None),
        FRAME.assign(followers=float("nan")),
        POLARS.with_columns(followers=None),
        ARROW.append_column("followers", pyarrow.nulls(WEEKS)),
        duck("*, null as followers"),
        changed(followers=[None] * WEEKS),
    ],
    ids=["pandas None", "pandas NaN", "polars", "pyarrow", "duckdb", "mapping"],
)
def test_a_column_without_any_value_is_told_alike_by_all(source: object) -> None:
    assert analysis(source) == analysis(changed(followers=[float("nan")] * WEEKS))


def test_two_columns_of_one_name_are_refused() -> None:
    doubled = pandas.concat([FRAME, FRAME[["revenue"]]], axis=1)
    alike = FRAME.rename(columns={"promotions": 1, "email_sends": "1"})
    for frame, name in ((doubled, "revenue"), (alike, "1")):
        with pytest.raises(hw.InputError, match=f'both named "{name}"'):
            hw.read(frame)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(hw.InputError, match="column revenue has 3 values and week has 40"):
        hw.read(changed(revenue=[1.0, 2.0, 3.0]))


def test_nothing_that_was_handed_over_is_changed() -> None:
    frame, mapping = FRAME.copy(deep=True), {name: list(values) for name, values in COLUMNS.items()}
    indexed = INDEXED.copy(deep=True)
    for source in (frame, mapping, indexed):
        hw.MediationMix(estimator="ols", **QUICK).fit(source)
    pandas.testing.assert_frame_equal(frame, FRAME)
    pandas.testing.assert_frame_equal(indexed, INDEXED)
    assert mapping == COLUMNS


BARE = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked}:
            raise ImportError(f"{{name}} is not installed")

sys.meta_path.insert(0, Refused())
import headwater as hw
"""


def without(*blocked: str) -> str:
    return BARE.format(blocked=set(blocked))


def test_lists_suffice_where_no_library_is_installed(python: Callable[[str], str]) -> None:
    program = (
        without("numpy", "pandas", "polars", "pyarrow", "plotly", "tqdm", "sklearn")
        + """
market = hw.simulate(weeks=60, seed=1)
columns = market.data.weeks.to_dict()
mix = hw.MediationMix(bootstrap=0, progress=True, config={"validation": {"placebos": 0}})
effects = mix.fit(columns).effects().to_dict()
print(sorted(set(effects["channel"])))
print(type(mix.plot_effects()).__name__, len(repr(mix.effects()).splitlines()) > 8)
"""
    )
    assert python(program).splitlines() == [
        "['facebook_spend', 'instagram_spend', 'snapchat_spend', 'tiktok_spend']",
        "Svg True",
    ]


def test_pandas_frames_come_and_go_without_pyarrow(python: Callable[[str], str]) -> None:
    program = (
        without("pyarrow")
        + """
import pandas
market = hw.simulate(weeks=60, seed=1)
frame = market.data.to_pandas()
assert isinstance(frame, pandas.DataFrame)
again = hw.read(frame)
assert again.weeks.to_dict() == market.data.weeks.to_dict()
print(frame["week"].iloc[0], again.roles.date)
"""
    )
    first, date = python(program).rsplit(maxsplit=1)
    assert first.startswith("2022-01-03")
    assert date == "week"


@pytest.mark.parametrize("to", ["to_pandas", "to_polars", "to_pyarrow"])
def test_the_weeks_go_out_and_come_back(to: str) -> None:
    data = hw.read(COLUMNS)
    # The library that was asked for reads what is then handed over again.
    again = hw.read(getattr(data.weeks, to)())
    assert again.weeks.to_dict() == data.weeks.to_dict()


def test_roles_are_inferred_given_and_refused_by_name() -> None:
    roles = hw.read(COLUMNS).roles
    assert (roles.date, roles.mediator, roles.outcome) == ("week", "google_spend", "revenue")
    assert roles.exposures == ("facebook_spend",)
    assert roles.levers == ("email_sends",)
    given = hw.read(COLUMNS, roles=hw.Roles(direct="facebook_spend", ignore="promotions")).roles
    assert (given.direct, given.ignore) == (("facebook_spend",), ("promotions",))
    with pytest.raises(hw.InputError, match="tv_spend"):
        hw.read(COLUMNS, roles=hw.Roles(exposures=["tv_spend"])).roles  # noqa: B018
    with pytest.raises(hw.SettingError, match='column "a" is given as exposure and as lever'):
        hw.Roles(exposures=["a"], levers=["a"])
    with pytest.raises(hw.SettingError, match='fill names the column "a"'):
        hw.Roles(fill={"a": "zero"})


def _market(mediator: Optional[str]) -> Dict[str, Any]:
    return {
        mediator or name if name == "google_spend" else name: values
        for name, values in COLUMNS.items()
    }


def test_roles_may_come_with_the_data_with_the_fit_or_with_the_settings() -> None:
    columns = _market("paid")
    roles = hw.Roles(mediator="paid")
    mix = hw.MediationMix(**QUICK)
    with_data = mix.fit(hw.read(columns, roles=roles)).analysis
    with_fit = mix.fit(columns, roles=roles).analysis
    line = {"role": "mediator"}
    config = {**QUICK["config"], "columns": {"paid": line}}
    with_settings = hw.MediationMix(**{**QUICK, "config": config}).fit(columns)
    assert with_data == with_fit == with_settings.analysis
    assert len(with_settings.data) == WEEKS
