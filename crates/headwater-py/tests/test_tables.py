"""Tables of answers: their columns and types, and the libraries that read them."""

from __future__ import annotations

import datetime
import math
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

import headwater as hw

from conftest import QUICK

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")

#: What an estimate and a finding are in every table.
ESTIMATE = "point:double? lower:double? upper:double? level:double method:string why:string?"
FINDING = (
    "id:string status:string summary:string measure:string? value:double? at_least:double?"
    " at_most:double?"
)

#: Every table with its columns; a type with a question mark may be missing.
SCHEMAS = {
    "effects": "channel:string unit:string spend:double quantity:string ESTIMATE",
    "totals": "channel:string quantity:string ESTIMATE",
    "coefficients": (
        "stage:string target:string term:string coefficient:double? weight:double? "
        "gain:double? cover:double? shap:double?"
    ),
    "scores": (
        "target:string of:string weeks:int64 r2:double? rmse:double mae:double wmape:double? "
        "mape:double? mase:double? skill:double?"
    ),
    "findings": "FINDING",
    "fitted": (
        "week:day target:string actual:double in_sample:double fold:int64? forecast:double? "
        "lower:double? upper:double? forecast_given_mediator:double? naive:double?"
    ),
    "residuals": "week:day target:string fitted:double residual:double",
    "seasons": (
        "week:day target:string actual:double trend:double? season:double? remainder:double?"
    ),
    "importances": "stage:string term:string causal:bool importance:double",
    "data.describe": (
        "column:string role:string unit:string mean:double? sd:double? min:double? "
        "max:double? zero_weeks:int64 constant:bool"
    ),
    "data.findings": "FINDING",
    "summary.scores": (
        "target:string of:string weeks:int64 r2:double? rmse:double mae:double wmape:double? "
        "mape:double? mase:double? skill:double?"
    ),
    "scenario.total": "scenario:string reading:string spend:double quantity:string ESTIMATE",
    "scenario.weeks": (
        "scenario:string week:day beyond_data:bool spend:double quantity:string ESTIMATE"
    ),
    "scenario.findings": "FINDING",
    "scenarios.total": "scenario:string reading:string spend:double quantity:string ESTIMATE",
    "scenarios.differences": "scenario:string from:string spend:double quantity:string ESTIMATE",
    "scenarios.weeks": (
        "scenario:string week:day beyond_data:bool spend:double quantity:string ESTIMATE"
    ),
    "curves.points": "channel:string scale:double spend:double seen:bool quantity:string ESTIMATE",
    "curves.marks": "channel:string quantity:string ESTIMATE",
    "curves.findings": "FINDING",
    "timing.responses": "channel:string weeks_after:int64 quantity:string ESTIMATE",
    "timing.lags": "channel:string on:string quantity:string ESTIMATE",
    "timing.findings": "FINDING",
    "attribution.parts": "part:string channel:string? quantity:string ESTIMATE",
    "attribution.findings": "FINDING",
    "optimize.channels": (
        "channel:string current:double planned:double change:double current_weekly:double "
        "planned_weekly:double least:double most:double bounded_by:string marginal:double? "
        "agreeing_stories:int64"
    ),
    "optimize.gain": "quantity:string ESTIMATE",
    "optimize.findings": "FINDING",
    "pricing.elasticities": "path:string quantity:string ESTIMATE",
    "pricing.prices": "price:double quantity:string ESTIMATE",
    "pricing.promotion": "column:string quantity:string ESTIMATE",
    "pricing.findings": "FINDING",
    "recommend.moves": (
        "from:string? to:string? amount:double supported:bool sentence:string why_not:string? "
        "quantity:string ESTIMATE"
    ),
    "recommend.ranking": "channel:string best:double? quantity:string ESTIMATE",
    "recommend.channels": (
        "channel:string current:double planned:double change:double current_weekly:double "
        "planned_weekly:double least:double most:double bounded_by:string marginal:double? "
        "agreeing_stories:int64"
    ),
    "recommend.gain": "quantity:string ESTIMATE",
    "validate.checks": "FINDING",
    "compare.scores": (
        "name:string weeks:int64? path_skill:double? path_r2:double? path_rmse:double? "
        "path_mae:double? path_wmape:double? conditional_skill:double? conditional_r2:double? "
        "effect_half_width:double? why:string?"
    ),
    "compare.findings": "FINDING",
}

PLAN = {"facebook_spend": "+10%"}

OF_MODELS = [name for name in SCHEMAS if "." not in name]

ANSWERS: Dict[str, Callable[[hw.MediationMix], hw.Answer]] = {
    "summary": lambda mix: mix.summary(),
    "scenario": lambda mix: mix.scenario(PLAN),
    "scenarios": lambda mix: mix.scenarios({"more": PLAN, "less": {"facebook_spend": "-10%"}}),
    "curves": lambda mix: mix.response_curves(),
    "timing": lambda mix: mix.timing(),
    "attribution": lambda mix: mix.attribution(),
    "optimize": lambda mix: mix.optimize(),
    "pricing": lambda mix: mix.pricing(),
    "recommend": lambda mix: mix.recommend(),
    "validate": lambda mix: mix.validate(),
    "compare": lambda mix: mix.compare(["ols"]),
}


def tables(mix: hw.MediationMix) -> Dict[str, hw.Table]:
    """Every table that a model can be asked for."""
    every = {name: getattr(mix, name)() for name in OF_MODELS}
    every["data.describe"] = mix.data.describe()
    every["data.findings"] = mix.data.findings()
    for name, ask in ANSWERS.items():
        for part, table in ask(mix).tables.items():
            every[f"{name}.{part}"] = table
    return every


@pytest.fixture(scope="module")
def every(fitted: hw.MediationMix) -> Dict[str, hw.Table]:
    return tables(fitted)


def spelt(table: hw.Table) -> str:
    """The schema of a table in a line."""
    fields = (
        f"{field.name}:{'day' if field.type == pyarrow.date32() else field.type}"
        f"{'?' if field.nullable else ''}"
        for field in table.to_pyarrow().schema
    )
    return " ".join(fields).replace(ESTIMATE, "ESTIMATE").replace(FINDING, "FINDING")


def test_every_table_has_the_columns_and_types_it_is_known_for(
    every: Dict[str, hw.Table],
) -> None:
    assert {name: spelt(table) for name, table in every.items()} == SCHEMAS


def test_an_awkward_run_has_the_same_columns(bare: hw.MediationMix) -> None:
    assert {name: spelt(table) for name, table in tables(bare).items()} == SCHEMAS


def test_every_table_goes_to_every_library_and_back(every: Dict[str, hw.Table]) -> None:
    for name, table in every.items():
        columns = table.to_dict()
        assert table.columns == list(columns)
        assert {len(values) for values in columns.values()} == {len(table)}
        assert table.to_pyarrow().to_pydict() == columns
        assert pyarrow.table(table).equals(table.to_pyarrow())
        assert table.to_polars().to_dict(as_series=False) == columns
        assert polars.DataFrame(table).equals(table.to_polars())
        frame = table.to_pandas()
        assert list(frame.columns) == table.columns and len(frame) == len(table)
        assert pandas.DataFrame.from_arrow(table).shape == frame.shape
        assert duckdb.from_arrow(table.to_pyarrow()).fetchall() == list(zip(*columns.values())), (
            name
        )


def test_duckdb_reads_a_table_by_its_name(fitted: hw.MediationMix) -> None:
    effects = fitted.effects()
    query = "select count(*), max(spend) from effects where quantity = 'total'"
    ((count, most),) = duckdb.sql(query).fetchall()
    totals = [row for row in effects.rows() if row["quantity"] == "total"]
    assert (count, most) == (len(totals), max(row["spend"] for row in totals))


def test_days_are_days_everywhere(fitted: hw.MediationMix) -> None:
    table = fitted.residuals()
    first = datetime.date(2022, 1, 3)
    assert table.to_dict()["week"][0] == first
    assert table.to_polars()["week"].dtype == polars.Date
    week = table.to_pandas()["week"]
    assert week.dtype.kind == "M" and week.iloc[0] == pandas.Timestamp(first)


def test_answers_and_data_are_tables_for_other_libraries(fitted: hw.MediationMix) -> None:
    answer = fitted.attribution()
    assert polars.DataFrame(answer).equals(answer.table.to_polars())
    assert answer.to_polars().equals(answer.tables["parts"].to_polars())
    assert answer.to_pandas().equals(answer.table.to_pandas())
    assert pyarrow.table(fitted.data).equals(fitted.data.weeks.to_pyarrow())


def test_the_same_table_can_be_handed_over_twice(fitted: hw.MediationMix) -> None:
    table = fitted.effects()
    assert pyarrow.table(table).equals(pyarrow.table(table))
    schema = pyarrow.schema(pyarrow.table(table).schema)
    assert pyarrow.RecordBatchReader.from_stream(table, schema=schema).read_all().num_rows == len(
        table
    )


def test_rows_hold_the_columns(fitted: hw.MediationMix) -> None:
    table = fitted.effects()
    columns = table.to_dict()
    rows = list(table.rows())
    assert len(rows) == len(table) == 8 * 4
    assert {name: [row[name] for row in rows] for name in columns} == columns


def test_effects_are_those_of_the_analysis(fitted: hw.MediationMix) -> None:
    kept = ("point", "lower", "upper", "level", "method")
    told = {}
    for channel in fitted.analysis["effects"]:
        returns = {f"roas_{kind}": estimate for kind, estimate in channel.pop("roas").items()}
        for quantity, estimate in {**channel, **returns}.items():
            if isinstance(estimate, dict):
                values = (channel["spend"], *(estimate[part] for part in kept))
                told[channel["channel"], quantity] = values
    shown = {
        (row["channel"], row["quantity"]): (row["spend"], *(row[part] for part in kept))
        for row in fitted.effects().rows()
    }
    assert len(shown) == 32
    assert shown == told


def estimates(every: Dict[str, hw.Table]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    for name, table in every.items():
        if "why" in table.columns and "lower" in table.columns:
            for row in table.rows():
                yield name, row


def test_an_estimate_has_an_interval_or_the_reason_why_it_has_none(
    every: Dict[str, hw.Table], bare: hw.MediationMix
) -> None:
    for source in (every, tables(bare)):
        rows = list(estimates(source))
        assert len(rows) > 1000
        for name, row in rows:
            bounded = row["lower"] is not None and row["upper"] is not None
            assert bounded or row["why"], (name, row)
            assert row["point"] is not None or row["why"], (name, row)
            assert row["method"], (name, row)
            if bounded:
                assert row["lower"] <= row["upper"], (name, row)
    # Without replicates, nothing that was estimated has an interval.
    without = [row for name, row in estimates(tables(bare)) if name == "effects"]
    estimated = [row for row in without if row["quantity"] != "direct"]
    assert all(row["lower"] is None and row["why"] for row in estimated)


def test_no_table_holds_what_is_no_number(every: Dict[str, hw.Table]) -> None:
    for name, table in every.items():
        for column, values in table.to_dict().items():
            numbers = [value for value in values if isinstance(value, float)]
            assert all(map(math.isfinite, numbers)), (name, column)


def weeks_of(market: hw.Market, *kept: str) -> Dict[str, List[Any]]:
    columns = market.data.weeks.to_dict()
    return {name: columns[name] for name in kept}


FEW = ("week", "facebook_spend", "google_spend", "revenue")


def test_one_channel_is_enough(market: hw.Market) -> None:
    mix = hw.MediationMix(**QUICK).fit(weeks_of(market, *FEW))
    assert set(mix.effects().to_dict()["channel"]) == {"facebook_spend"}
    assert len(mix.effects()) == 8
    # Nothing to move money between: an answer without moves, whose table still has its columns.
    moves = mix.recommend().tables["moves"]
    assert len(moves) == 0
    assert spelt(moves) == SCHEMAS["recommend.moves"]
    assert list(moves.rows()) == []
    assert moves.to_pandas().shape == (0, len(moves.columns))
    assert moves.to_polars().shape == (0, len(moves.columns))
    assert repr(moves).split() == moves.columns
    assert moves._repr_html_().count("<th") - 1 == len(moves.columns)


@pytest.mark.parametrize("unit", [1e9, 1e-6])
def test_money_in_another_unit_changes_no_return(unit: float, market: hw.Market) -> None:
    columns = weeks_of(market, *FEW)
    scaled = {
        name: values if name == "week" else [unit * value for value in values]
        for name, values in columns.items()
    }
    usual, other = (
        {
            row["quantity"]: row["point"]
            for row in hw.MediationMix(estimator="ols", **QUICK).fit(each).effects().rows()
        }
        for each in (columns, scaled)
    )
    # Least squares on columns of another unit: the same solution but for rounding, of which the
    # condition of the columns (some thousands) leaves twelve of sixteen digits.
    for quantity in ("roas_gross", "roas_loaded", "roas_marginal"):
        assert other[quantity] == pytest.approx(usual[quantity], rel=1e-9)
    for quantity in ("total", "indirect", "induced_mediator_spend"):
        assert other[quantity] == pytest.approx(unit * usual[quantity], rel=1e-9)


# What people see

EVIL = "<script>alert(1)</script>_spend"


@pytest.fixture(scope="module")
def evil(market: hw.Market) -> hw.MediationMix:
    """A model of a column whose name is a script."""
    columns = weeks_of(market, *FEW)
    columns[EVIL] = columns.pop("facebook_spend")
    data = hw.read(columns, name="<b>market</b>", roles=hw.Roles(exposures=[EVIL]))
    return hw.MediationMix(**QUICK).fit(data)


SEEN: Dict[str, Callable[[hw.MediationMix], Any]] = {
    "model": lambda mix: mix,
    "data": lambda mix: mix.data,
    "table": lambda mix: mix.effects(),
    "findings": lambda mix: mix.findings(),
    "summary": lambda mix: mix.summary(),
    "scenario": lambda mix: mix.scenario({EVIL: "+5%"}),
    "checks": lambda mix: mix.validate(),
    "timing": lambda mix: mix.timing(),
    "data without roles": lambda mix: hw.read({EVIL: ["a"], "week": ["2024-01-01"]}),
}


@pytest.mark.parametrize("what", SEEN)
def test_names_are_text_and_never_markup(what: str, evil: hw.MediationMix) -> None:
    shown = SEEN[what](evil)
    html = shown._repr_html_()
    assert "<script>alert" not in html
    assert "<b>market" not in html
    # A notebook that shows a few of them stays small; a page holds its styles.
    assert 0 < len(html) < 20_000
    assert 0 < len(repr(shown)) < 10_000


def test_a_report_and_its_pictures_show_names_as_text(evil: hw.MediationMix) -> None:
    assert "<script>alert" not in evil.report()
    svg, _ = evil._run.picture("effects", False, None)
    assert "<script>alert" not in svg


def test_a_long_table_is_shown_in_part(fitted: hw.MediationMix) -> None:
    table = fitted.fitted()
    assert len(table) > 200
    lines = repr(table).splitlines()
    assert len(lines) == 22
    assert lines[-1] == f"... and {len(table) - 20} more rows"
    assert table._repr_html_().count("<tr>") == 21


def test_an_unfitted_model_shows_its_settings() -> None:
    shown = hw.MediationMix(estimator="<i>")._repr_html_()
    assert shown == "<pre>MediationMix(estimator=&#x27;&lt;i&gt;&#x27;)</pre>"


def test_pictures_are_plotly_figures_or_svg(
    fitted: hw.MediationMix, python: Callable[..., str]
) -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    for name in hw.pictures():
        light, dark = fitted.plot(name), getattr(fitted, f"plot_{name}")(dark=True)
        assert isinstance(light, graph_objects.Figure), name
        assert light != dark
    methods = {name for name in dir(hw.MediationMix) if name.startswith("plot_")}
    assert methods == {f"plot_{name}" for name in hw.pictures()}
    assert isinstance(fitted.scenario(PLAN).plot(), graph_objects.Figure)


def test_an_svg_can_be_saved(tmp_path: Any) -> None:
    svg = hw.Svg("<svg>é</svg>")
    svg.save(tmp_path / "picture.svg")
    assert (
        (tmp_path / "picture.svg").read_text(encoding="utf-8") == svg._repr_svg_() == "<svg>é</svg>"
    )
    assert repr(svg).startswith("<Svg of 12 characters")
