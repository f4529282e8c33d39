"""A fitted model is what it says: its coefficients and its trees give its fitted weeks."""

from __future__ import annotations

import html
from typing import Any, Dict, List

import pytest

import headwater as hw

numpy = pytest.importorskip("numpy")

#: Stage 1 on the columns of the data as they are, so that its design can be written down.
PLAIN: Dict[str, Any] = {
    "progress": False,
    "bootstrap": 0,
    "config": {
        "validation": {"placebos": 0},
        "features": {
            "trend": False,
            "fourier_pairs": 0,
            "holidays": [],
            "adstock": {"decay": 0.0},
        },
    },
}


def in_sample(mix: hw.MediationMix, target: str) -> List[float]:
    rows = mix.fitted().rows()
    return [row["in_sample"] for row in rows if row["target"] == target]


@pytest.mark.parametrize("estimator", ["ols", "ridge", "lasso", "elastic_net"])
def test_coefficients_times_columns_are_the_fitted_weeks(estimator: str, market: hw.Market) -> None:
    mix = hw.MediationMix(estimator=estimator, **PLAIN).fit(market.data)
    slopes = {
        row["term"]: row["coefficient"]
        for row in mix.coefficients().rows()
        if row["stage"] == "mediator"
    }
    columns = market.data.weeks.to_dict()
    intercept = slopes.pop("intercept")
    assert set(slopes) <= set(columns)
    sums = numpy.full(len(market.data), intercept)
    for term, slope in slopes.items():
        sums += slope * numpy.array(columns[term])
    # Sums of a dozen products of sixteen digits, in another order.
    assert sums.tolist() == pytest.approx(in_sample(mix, "google_spend"), rel=1e-10)


def test_a_boosted_stage_predicts_the_same_in_official_xgboost(market: hw.Market) -> None:
    xgboost = pytest.importorskip("xgboost")
    mix = hw.MediationMix(estimator="boosting", **PLAIN).fit(market.data)
    booster = mix.to_xgboost("mediator")
    columns = market.data.weeks.to_dict()
    design = numpy.column_stack([columns[name] for name in booster.feature_names])
    matrix = xgboost.DMatrix(design, feature_names=booster.feature_names)
    # XGBoost adds leaves in single precision: seven digits, of which adding them takes one.
    assert booster.predict(matrix).tolist() == pytest.approx(
        in_sample(mix, "google_spend"), rel=1e-6
    )
    assert mix.to_xgboost().feature_names != booster.feature_names


def test_the_coming_weeks_can_be_a_frame_of_any_kind(
    fitted: hw.MediationMix, market: hw.Market
) -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    weeks = market.data.to_pandas()
    coming = weeks.tail(4).drop(columns=["google_spend", "revenue"])
    coming = coming.assign(week=coming["week"] + pandas.Timedelta(weeks=4))
    expected = fitted.predict({name: coming[name].tolist() for name in coming})
    shapes = [coming, coming.set_index("week"), polars.DataFrame(coming.reset_index(drop=True))]
    for shape in shapes:
        assert fitted.predict(shape).to_json() == expected.to_json()
    read = hw.read(coming, name="the coming weeks")
    assert fitted.predict(read).to_json() == expected.to_json()
    table = expected.tables["weeks"]
    assert sorted(set(table.to_dict()["week"])) == [day.date() for day in coming["week"]]


def test_a_verdict_is_said_alike_everywhere(fitted: hw.MediationMix) -> None:
    summary = fitted.summary()
    assert summary.verdict == fitted.verdict
    assert len(summary.sentences) == 3
    assert fitted.verdict in str(summary)
    page = " ".join(html.unescape(fitted._repr_html_()).split())
    assert all(sentence in page for sentence in summary.sentences)
    findings = {row["id"]: row["status"] for row in fitted.findings().rows()}
    told = {finding["id"]: finding["status"] for finding in fitted.analysis["findings"]}
    assert findings == told


def test_a_model_compared_with_itself_is_the_same_twice(fitted: hw.MediationMix) -> None:
    scores = fitted.compare([fitted]).table.to_dict()
    assert scores["name"][1:] == ["model 1", "model 2"]
    for column, (naive, first, second) in scores.items():
        if column != "name":
            assert first == second


def test_checks_fail_for_strict_readers_alone_where_there_are_only_warnings(
    fitted: hw.MediationMix,
) -> None:
    statuses = fitted.validate().table.to_dict()["status"]
    assert fitted.validate().failed == ("failed" in statuses)
    assert fitted.validate(strict=True).failed == bool({"failed", "warning"} & set(statuses))
