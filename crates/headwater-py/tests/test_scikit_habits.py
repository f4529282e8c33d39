"""A model behaves as those of scikit-learn do: parameters, clones, copies, pickles."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

import headwater as hw

from conftest import QUICK, ROOT

sklearn_base = pytest.importorskip("sklearn.base")
validation = pytest.importorskip("sklearn.utils.validation")
exceptions = pytest.importorskip("sklearn.exceptions")

EVERYTHING: Dict[str, Any] = {
    "estimator": {"kind": "ridge", "penalty": 1.5},
    "link": "log",
    "reading": "observed",
    "seed": 3,
    "bootstrap": 50,
    "level": 0.9,
    "interactions": [["facebook_spend", "avg_price"]],
    "folds": 4,
    "cv": "blocked",
    "gap": 1,
    "holdout": 6,
    "preset": None,
    "config": {"validation": {"placebos": 0}},
    "n_jobs": 1,
    "progress": False,
}


def test_every_setting_is_a_parameter_given_by_keyword_and_kept_as_given() -> None:
    signature = inspect.signature(hw.MediationMix)
    assert list(signature.parameters) == list(EVERYTHING)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}
    mix = hw.MediationMix(**EVERYTHING)
    for name, value in EVERYTHING.items():
        assert getattr(mix, name) is value
        assert mix.get_params()[name] is value
    assert mix.get_params(deep=False) == mix.get_params(deep=True)
    with pytest.raises(TypeError):
        hw.MediationMix("ridge")  # type: ignore[call-arg]


def test_defaults_are_those_of_the_settings() -> None:
    stated = {name for name, value in hw.MediationMix().get_params().items() if value is not None}
    assert stated == {"progress"}
    assert repr(hw.MediationMix()) == "MediationMix()"


def test_scikit_learn_clones_a_model_without_what_it_learned(fitted: hw.MediationMix) -> None:
    for mix in (fitted, hw.MediationMix(**EVERYTHING)):
        clone = sklearn_base.clone(mix)
        assert clone is not mix
        assert clone.get_params() == mix.get_params()
        with pytest.raises(exceptions.NotFittedError):
            validation.check_is_fitted(clone)
    validation.check_is_fitted(fitted)


def test_a_clone_learns_the_same(fitted: hw.MediationMix, csv: Path) -> None:
    again = sklearn_base.clone(fitted).fit(csv)
    assert again._run.files() == fitted._run.files()


def test_set_params_chains_and_refuses_all_where_one_is_unknown() -> None:
    mix = hw.MediationMix(seed=1)
    assert mix.set_params(seed=2, folds=3) is mix
    assert (mix.seed, mix.folds) == (2, 3)
    with pytest.raises(ValueError, match='no parameter "sede"') as refused:
        mix.set_params(seed=9, sede=9)
    assert mix.seed == 2
    assert isinstance(refused.value, hw.SettingError)
    assert refused.value.help is not None and "seed" in refused.value.help


def test_parameters_count_at_the_next_fit_and_not_before(market: hw.Market) -> None:
    mix = hw.MediationMix(**QUICK)
    assert mix.fit(market.data) is mix
    before = mix.analysis
    mix.set_params(estimator="ols")
    assert mix.analysis == before
    stages = mix.fit(market.data).analysis["stages"]
    assert {stage["estimator"] for stage in stages.values()} == {"ols"}
    straight = hw.MediationMix(estimator="ols", **QUICK).fit(market.data)
    assert mix._run.files() == straight._run.files()


def test_no_parameter_is_changed_by_a_fit(market: hw.Market) -> None:
    given = copy.deepcopy(EVERYTHING)
    mix = hw.MediationMix(**given)
    mix.fit(market.data)
    assert given == EVERYTHING
    assert all(getattr(mix, name) is value for name, value in given.items())


def test_the_numbers_of_numpy_are_numbers(market: hw.Market) -> None:
    numpy = pytest.importorskip("numpy")
    plain = hw.MediationMix(
        seed=3, level=0.8, folds=4, interactions=[["promotions", "avg_price"]], **QUICK
    )
    arrays = hw.MediationMix(
        seed=numpy.int64(3),
        level=numpy.float32(0.8).astype(float).round(1),
        folds=numpy.uint8(4),
        interactions=numpy.array([["promotions", "avg_price"]]),
        n_jobs=numpy.int32(2),
        **QUICK,
    )
    assert arrays.fit(market.data)._run.files() == plain.fit(market.data)._run.files()
    bounds = {"facebook_spend": (numpy.float64(0), numpy.int64(20000))}
    asked = plain.optimize(bounds=bounds, horizon=numpy.int64(4))
    assert (
        asked.to_dict()
        == plain.optimize(bounds={"facebook_spend": (0, 20000)}, horizon=4).to_dict()
    )
    start = numpy.datetime64("2023-01-02")
    by_numpy = plain.scenario({"facebook_spend": "+5%"}, start=start)
    assert (
        by_numpy.to_dict()
        == plain.scenario({"facebook_spend": "+5%"}, start="2023-01-02").to_dict()
    )


def test_names_are_short() -> None:
    assert repr(hw.MediationMix(estimator="ols", seed=0)) == "MediationMix(estimator='ols', seed=0)"
    text = "seed = 7\n" * 200
    assert (
        repr(hw.MediationMix(config=text)) == "MediationMix(config=<headwater.toml of 200 lines>)"
    )


def test_a_loaded_model_has_a_short_name(bare: hw.MediationMix, tmp_path: Path) -> None:
    bare.save(tmp_path / "run")
    assert len(repr(hw.load(tmp_path / "run"))) < 80


def by_joblib(value: Any) -> Any:
    import io

    joblib = pytest.importorskip("joblib")
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    buffer.seek(0)
    return joblib.load(buffer)


WAYS: Dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "the oldest pickle": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "joblib": by_joblib,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_model_survives(way: str, fitted: hw.MediationMix) -> None:
    unfitted = WAYS[way](hw.MediationMix(**EVERYTHING))
    assert unfitted.get_params() == EVERYTHING
    with pytest.raises(hw.NotFittedError):
        unfitted.verdict  # noqa: B018

    again = WAYS[way](fitted)
    assert again.get_params() == fitted.get_params()
    assert again._run.files() == fitted._run.files()
    plan = {"facebook_spend": "+10%"}
    assert again.scenario(plan).to_json() == fitted.scenario(plan).to_json()
    assert again.effects().to_dict() == fitted.effects().to_dict()
    assert again.data.roles == fitted.data.roles
    scored = "folds", "mediator", "outcome", "naive", "estimators", "channels"
    compared, expected = again.compare(["ols"]), fitted.compare(["ols"])
    assert [compared[key] for key in scored] == [expected[key] for key in scored]


def test_a_pickled_model_is_as_large_as_its_files(fitted: hw.MediationMix) -> None:
    files = sum(len(name) + len(text) for name, text in fitted._run.files())
    # What is beside the texts: parameters, the names of classes, lengths.
    assert len(pickle.dumps(fitted)) < files + 2_000


def test_a_copy_learns_by_itself(market: hw.Market) -> None:
    mix = hw.MediationMix(**QUICK).fit(market.data)
    twin = copy.copy(mix).set_params(estimator="lasso")
    before = mix.analysis
    twin.fit(market.data)
    assert mix.estimator is None
    assert mix.analysis == before != twin.analysis


VALUES: Dict[str, Callable[[hw.MediationMix, hw.Market], Any]] = {
    "data": lambda mix, market: market.data,
    "data of a model": lambda mix, market: mix.data,
    "roles": lambda mix, market: mix.data.roles,
    "a market": lambda mix, market: market,
    "a table": lambda mix, market: mix.effects(),
    "weeks": lambda mix, market: mix.data.weeks,
    "findings": lambda mix, market: mix.findings(),
    "an answer": lambda mix, market: mix.scenario({"facebook_spend": "+10%"}),
    "an answer without a picture": lambda mix, market: mix.validate(),
    "a summary": lambda mix, market: mix.summary(),
    "a picture": lambda mix, market: hw.Svg("<svg/>"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", VALUES)
def test_a_value_survives(case: str, way: str, fitted: hw.MediationMix, market: hw.Market) -> None:
    value = VALUES[case](fitted, market)
    again = WAYS[way](value)
    assert type(again) is type(value)
    assert repr(again) == repr(value)
    if isinstance(value, hw.Table):
        assert again.to_dict() == value.to_dict()
        assert again.to_pyarrow().equals(value.to_pyarrow(), check_metadata=True)
    if isinstance(value, hw.Answer):
        assert again.to_json() == value.to_json()
        assert {name: table.to_dict() for name, table in again.tables.items()} == {
            name: table.to_dict() for name, table in value.tables.items()
        }
        assert again._native.picture() == value._native.picture()
    if isinstance(value, hw.Data):
        assert again.weeks.to_dict() == value.weeks.to_dict()
        assert again.roles == value.roles
    if isinstance(value, hw.Market):
        assert (again.truth, again.to_csv()) == (value.truth, value.to_csv())


def test_pickled_data_keep_their_source_and_where_cells_stand(tmp_path: Path) -> None:
    data = hw.read(ROOT / "fixtures" / "faulty" / "text_in_numbers.csv")
    again = pickle.loads(pickle.dumps(data))
    said: List[str] = []
    for each in (data, again):
        with pytest.raises(hw.InputError) as refused:
            each.describe()
        said.append(refused.value.report)
    assert said[0] == said[1]
    assert "text_in_numbers.csv:7:41" in said[0]


def test_pickled_data_are_fitted_to_the_same_bytes(csv: Path) -> None:
    data = hw.read(csv, roles=hw.Roles(direct="instagram_spend"), date_format="iso")
    fits = [
        hw.MediationMix(**QUICK).fit(each)._run.files()
        for each in (data, pickle.loads(pickle.dumps(data)))
    ]
    assert fits[0] == fits[1]


def test_what_is_infinite_stays_infinite_in_a_pickle() -> None:
    weeks = [f"2024-W{week:02}" for week in range(1, 41)]
    spend = [float(week % 5) for week in range(40)]
    columns = {"week": weeks, "facebook_spend": spend, "google_spend": spend, "revenue": spend}
    data = hw.read({**columns, "avg_price": [float("inf"), *spend[1:]]})
    again = pickle.loads(pickle.dumps(data))
    for each in (data, again):
        with pytest.raises(hw.InputError, match="avg_price.*inf"):
            each.describe()


def test_models_work_in_a_pipeline_of_processes(market: hw.Market) -> None:
    joblib = pytest.importorskip("joblib")
    data = market.data
    mixes = [hw.MediationMix(seed=seed, **QUICK) for seed in (1, 2)]
    fits = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(mix.fit)(data) for mix in mixes
    )
    assert [mix.seed for mix in fits] == [1, 2]
    assert all(mix.verdict for mix in fits)
