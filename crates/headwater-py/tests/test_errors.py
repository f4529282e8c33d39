"""What is refused, in the words of the command line; as exceptions that Python's tools understand."""

from __future__ import annotations

import concurrent.futures
import copy
import operator
import pickle
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

import pytest

import headwater as hw
from headwater import errors

from conftest import QUICK, ROOT, Command

FAULTY = ROOT / "fixtures" / "faulty"

#: Files that no reading of the data, and files that no fit gets past.
FILES = sorted(path.name for path in FAULTY.iterdir() if path.suffix in (".csv", ".xlsx"))


def refusal(do: Callable[[], object]) -> Optional[hw.HeadwaterError]:
    try:
        do()
    except hw.HeadwaterError as error:
        return error
    return None


def words(text: str) -> str:
    """A text without what its layout adds: frames, line breaks."""
    return " ".join(text.replace("│", " ").replace("×", " ").split())


@pytest.mark.parametrize("name", FILES)
def test_a_faulty_file_is_refused_as_the_command_line_refuses_it(
    name: str, headwater: Command, tmp_path: Path
) -> None:
    done = headwater("fit", FAULTY / name, "--out", tmp_path / "run", "--bootstrap", 0, "--quiet")
    error = refusal(lambda: hw.MediationMix(bootstrap=0, progress=False).fit(FAULTY / name))
    if done.returncode == 0:
        assert error is None
        return
    assert error is not None, done.stderr
    assert error.report + "\n" == done.stderr
    assert str(error) == f"{error.message}\nhelp: {error.help}"
    assert name in error.message or isinstance(error, hw.TooFewWeeksError)


def test_there_are_faulty_files() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("missing_weeks.csv", hw.InputError, ["row 7", "2 weeks are missing", "2024-02-11"]),
        ("text_in_numbers.csv", hw.InputError, ["row 7", "column revenue", '"about 900"']),
        ("two_mediators.csv", hw.InputError, ["paid_search_cost, google_spend"]),
        ("no_search_spend.csv", hw.InputError, ["no column could be told to be the mediator"]),
        ("one_row.csv", hw.TooFewWeeksError, ["1 row", "at least 8 weeks"]),
        ("not_a_table.csv", hw.FileError, ["is not a text file"]),
        ("there_is_none.csv", hw.FileError, ["cannot be read"]),
    ],
)
def test_a_refusal_says_what_where_and_what_to_do(
    name: str, kind: Type[Exception], told: List[str]
) -> None:
    error = refusal(lambda: hw.MediationMix(progress=False).fit(FAULTY / name))
    assert type(error) is kind
    assert error is not None and error.help
    for word in told:
        assert word in error.message


def test_exceptions_are_those_that_python_expects() -> None:
    bases: Dict[type, Tuple[type, ...]] = {
        hw.InputError: (ValueError,),
        hw.RankDeficientError: (hw.InputError,),
        hw.TooFewWeeksError: (hw.InputError,),
        hw.SettingError: (ValueError,),
        hw.EstimatorError: (RuntimeError,),
        hw.FileError: (OSError,),
        hw.NotFittedError: (ValueError, AttributeError),
    }
    for kind, expected in bases.items():
        assert issubclass(kind, (*expected,)) and issubclass(kind, hw.HeadwaterError)
    every = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    assert {kind for kind in every if issubclass(kind, hw.HeadwaterError)} == {
        hw.HeadwaterError,
        *bases,
    }


# Settings

BAD_SETTINGS: Dict[str, Tuple[Dict[str, Any], List[object], str]] = {
    # parameters, what the command line is told, a word of the message
    "estimator": ({"estimator": "forest"}, ["--estimator", "forest"], "forest"),
    "estimator, misspelt": ({"estimator": "rigde"}, ["--estimator", "rigde"], "ridge"),
    "level": ({"level": 1.5}, ["--level", "1.5"], "1.5"),
    "folds": ({"folds": 1}, ["--folds", "1"], "folds"),
    "bootstrap": ({"bootstrap": 1}, ["--bootstrap", "1"], "replicates"),
    "preset": ({"preset": "best"}, ["--preset", "best"], "best"),
    "holdout": ({"holdout": 1000}, ["--holdout", "1000"], "weeks"),
}
#: Of a choice between words, the command line's own parser speaks.
BAD_CHOICES: Dict[str, Tuple[str, List[str]]] = {
    "link": ("logit", ["identity", "log"]),
    "reading": ("three_slope", ["two_slope", "predicted", "observed"]),
    "cv": ("random", ["expanding", "rolling", "blocked"]),
    "interactions": ("all", ["auto"]),
}


@pytest.mark.parametrize("name", BAD_CHOICES)
def test_a_wrong_choice_names_the_right_ones_as_the_command_line_does(
    name: str, headwater: Command, csv: Path, tmp_path: Path
) -> None:
    value, choices = BAD_CHOICES[name]
    done = headwater("fit", csv, f"--{name}", value, "--out", tmp_path / "run", "--quiet")
    with pytest.raises(hw.SettingError) as refused:
        hw.MediationMix(**{name: value, "progress": False}).fit(csv)  # type: ignore[arg-type]
    for said in (str(refused.value), done.stderr):
        assert all(word in said for word in (name, value, *choices))
    assert refused.value.help


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"seed": "x"}, "seed is 'x'"),
        ({"seed": -1}, "seed: invalid value: integer `-1`, expected a whole number from 0 up"),
        ({"seed": 2**70}, "seed"),
        ({"bootstrap": 2.5}, "bootstrap is 2.5"),
        ({"folds": True}, "folds is True"),
        ({"level": "a"}, "level is 'a'"),
        ({"level": float("nan")}, "level is nan"),
        ({"n_jobs": "two"}, "n_jobs is 'two'"),
        ({"n_jobs": 2.5}, "n_jobs is 2.5"),
        ({"estimator": 3}, "estimator is 3"),
        ({"estimator": {"kind": "ridge", "penalti": 1}}, "estimator: unknown key `penalti`"),
        ({"interactions": [("a", "b")]}, "the interaction a x b cannot be built"),
        ({"config": {"seed": object()}}, "config: a value of type object is no setting"),
        ({"config": {"validation": {"bounds": {"path_r2": float("-inf")}}}}, "config"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_a_setting_of_the_wrong_kind_is_named(
    parameters: Dict[str, Any], said: str, market: hw.Market
) -> None:
    with pytest.raises(hw.SettingError) as refused:
        hw.MediationMix(**parameters).fit(market.data)
    assert said in refused.value.message
    assert refused.value.help
    assert "u64" not in str(refused.value) and "usize" not in str(refused.value)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda mix: mix.scenario("facebook_spend=+20%"), "is no mapping of changes"),
        (lambda mix: mix.scenario({"facebook_spend": 20}), '"20" does not say by how much'),
        (lambda mix: mix.scenario({"facebook_spend": "+1%"}, start="2023"), "2023 is no day"),
        (lambda mix: mix.scenario({"facebook_spend": "+1%"}, margin="a"), "margin is 'a'"),
        (lambda mix: mix.optimize(bounds={"facebook_spend": 5}), "bounds of facebook_spend are 5"),
        (lambda mix: mix.optimize(bounds={"facebook_spend": (1,)}), "facebook_spend are (1,)"),
        (lambda mix: mix.optimize(budget="a lot"), "budget is 'a lot'"),
        (lambda mix: mix.optimize(budget=float("nan")), "budget is nan"),
        (lambda mix: mix.optimize(horizon=2.5), "horizon is 2.5"),
        (lambda mix: mix.response_curves(points=2.5), "points is 2.5"),
        (lambda mix: mix.pricing(unit_cost="x"), "unit_cost is 'x'"),
        (lambda mix: mix.pricing(unit_cost=1, margin=0.5), "unit_cost and margin both"),
        (lambda mix: mix.compare([]), "nothing to compare"),
        (lambda mix: mix.compare([3]), "neither estimators nor models"),
        (lambda mix: mix.compare("forest"), 'no estimator "forest"'),
        (lambda mix: mix.scenarios({}), "no plan to ask for"),
    ],
)
def test_a_question_of_the_wrong_kind_is_named(
    ask: Callable[[hw.MediationMix], object], said: str, bare: hw.MediationMix
) -> None:
    with pytest.raises(hw.SettingError) as refused:
        ask(bare)
    assert said in refused.value.message
    assert refused.value.help


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: hw.simulate(weeks=3), "a market of 3 weeks"),
        (lambda: hw.simulate(weeks="many"), "weeks is 'many'"),  # type: ignore[arg-type]
        (lambda: hw.simulate(direct={"tv_spend": 1.0}), 'no channel "tv_spend"'),
        (lambda: hw.simulate(autocorrelation=2), "autocorrelation is 2"),
        (lambda: hw.adstock([1.0, None], 0.5), "value 2 is None"),
        (lambda: hw.adstock([1.0], 2), "decay 2"),
        (lambda: hw.adstock([1.0], kernel="wave"), "wave"),
        (lambda: hw.saturation([1.0], "hilll"), "hilll"),
        (lambda: hw.time_series_split(10, folds=20), "20 folds"),
        (lambda: hw.time_series_split(-1), "weeks is -1"),
        (lambda: hw.read(FAULTY / "one_row.csv", date_format="x"), "unknown variant `x`"),
        (lambda: hw.read(FAULTY / "one_row.csv", daily="mean"), "unknown variant `mean`"),
        (lambda: hw.read(FAULTY), "cannot be read"),
    ],
)
def test_a_function_names_the_argument_that_it_refuses(
    ask: Callable[[], object], said: str
) -> None:
    with pytest.raises(hw.HeadwaterError) as refused:
        ask()
    assert said in refused.value.message
    assert refused.value.help


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_a_setting_is_refused_in_the_words_of_the_command_line(
    case: str, headwater: Command, csv: Path, tmp_path: Path
) -> None:
    parameters, options, word = BAD_SETTINGS[case]
    parameters = {"bootstrap": 0, "progress": False, **parameters}
    options = [*([] if "--bootstrap" in options else ["--bootstrap", 0]), *options]
    done = headwater("fit", csv, *options, "--out", tmp_path / "run", "--quiet")
    error = refusal(lambda: hw.MediationMix(**parameters).fit(csv))
    assert done.returncode == 2
    assert error is not None and isinstance(error, ValueError), done.stderr
    assert word in str(error)
    shown = words(done.stderr)
    assert words(error.message) in shown
    assert error.help is not None and words(error.help) in shown


def test_a_settings_file_and_its_text_are_refused_in_the_words_of_the_command_line(
    headwater: Command, csv: Path, tmp_path: Path
) -> None:
    path = tmp_path / "headwater.toml"
    path.write_text("seed = 7\n[bootstrap]\nreplicatez = 50\n")
    done = headwater("fit", csv, "--config", path, "--out", tmp_path / "run", "--quiet")
    error = refusal(lambda: hw.MediationMix(config=path, progress=False).fit(csv))
    assert error is not None
    assert error.report + "\n" == done.stderr
    assert "replicatez" in error.message
    by_text = refusal(lambda: hw.MediationMix(config=path.read_text(), progress=False).fit(csv))
    assert by_text is not None
    assert by_text.help == error.help
    by_mapping = refusal(lambda: hw.MediationMix(config={"bootstrap": {"replicatez": 5}}).fit(csv))
    assert by_mapping is not None and "replicatez" in by_mapping.message and by_mapping.help


def test_preset_and_config_together_are_refused(csv: Path) -> None:
    with pytest.raises(hw.SettingError, match="preset and config"):
        hw.MediationMix(preset="seed", config={"seed": 1}).fit(csv)


def test_a_settings_file_that_is_not_there_is_a_file_error(csv: Path, tmp_path: Path) -> None:
    with pytest.raises(hw.FileError, match="none.toml") as refused:
        hw.MediationMix(config=tmp_path / "none.toml").fit(csv)
    assert refused.value.help


def test_n_jobs_is_a_number_of_threads(csv: Path) -> None:
    for n_jobs in (0, -2):
        with pytest.raises(hw.SettingError, match=f"n_jobs is {n_jobs}"):
            hw.MediationMix(n_jobs=n_jobs, **QUICK).fit(csv)


def test_dependent_columns_are_named(market: hw.Market) -> None:
    columns = market.data.weeks.to_dict()
    columns["avg_price_in_cents"] = [100 * price for price in columns["avg_price"]]
    with pytest.raises(hw.RankDeficientError, match="avg_price") as refused:
        hw.MediationMix(estimator="ols", **QUICK).fit(columns)
    assert refused.value.help


# Questions

Ask = Callable[[hw.MediationMix], object]
QUESTIONS: Dict[str, Tuple[Ask, List[str]]] = {
    "a change without a sign": (
        lambda mix: mix.scenario({"facebook_spend": "20"}),
        ["scenario", "--set", "facebook_spend=20"],
    ),
    "a change that is no number": (
        lambda mix: mix.scenario({"facebook_spend": "+much"}),
        ["scenario", "--set", "facebook_spend=+much"],
    ),
    "an unknown channel": (
        lambda mix: mix.scenario({"tv_spend": "+20%"}),
        ["scenario", "--set", "tv_spend=+20%"],
    ),
    "an unknown policy": (
        lambda mix: mix.scenario({"facebook_spend": "+20%"}, mediator="frozen"),
        ["scenario", "--set", "facebook_spend=+20%", "--mediator", "frozen"],
    ),
    "weeks outside the data": (
        lambda mix: mix.scenario({"facebook_spend": "+20%"}, start="2031-01-01"),
        ["scenario", "--set", "facebook_spend=+20%", "--from", "2031-01-01"],
    ),
    "a bound of an unknown channel": (
        lambda mix: mix.optimize(bounds={"tv_spend": (0, 10)}),
        ["optimize", "--bound", "tv_spend=0..10"],
    ),
    "a bound upside down": (
        lambda mix: mix.optimize(bounds={"facebook_spend": (20, 10)}),
        ["optimize", "--bound", "facebook_spend=20..10"],
    ),
    "an unknown risk": (
        lambda mix: mix.optimize(risk="none"),
        ["optimize", "--risk", "none"],
    ),
    "a horizon too long": (lambda mix: mix.optimize(horizon=99), ["optimize", "--horizon", "99"]),
    "profit without a margin": (
        lambda mix: mix.optimize(objective="profit"),
        ["optimize", "--objective", "profit"],
    ),
    "a margin above one": (
        lambda mix: mix.recommend(margin=40),
        ["recommend", "--margin", "40"],
    ),
    "a curve of an unknown channel": (
        lambda mix: mix.response_curves(channel="tv_spend"),
        ["curves", "--channel", "tv_spend"],
    ),
    "a curve of no points": (
        lambda mix: mix.response_curves(points=0),
        ["curves", "--points", "0"],
    ),
    "an unknown price": (
        lambda mix: mix.pricing(price="list_price"),
        ["pricing", "--price", "list_price"],
    ),
    "a unit cost below zero": (
        lambda mix: mix.pricing(unit_cost=-1),
        ["pricing", "--unit-cost=-1"],
    ),
}


@pytest.fixture(scope="module")
def run(bare: hw.MediationMix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("errors") / "run"
    bare.save(directory)
    return directory


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_question_is_refused_in_the_words_of_the_command_line(
    case: str, bare: hw.MediationMix, run: Path, headwater: Command
) -> None:
    ask, (command, *options) = QUESTIONS[case]
    done = headwater(command, run, *options, "--quiet")
    error = refusal(lambda: ask(bare))
    assert (error is None) == (done.returncode == 0), done.stderr
    assert error is not None, "the command line answers that"
    shown = words(done.stderr)
    assert words(error.message) in shown
    assert error.help is not None and words(error.help) in shown


def test_a_bad_question_to_predict_names_the_column(bare: hw.MediationMix) -> None:
    with pytest.raises(hw.InputError) as refused:
        bare.predict({"week": ["2024-01-01"], "facebook_spend": [100.0]})
    assert "google_spend" not in refused.value.message
    assert refused.value.help
    with pytest.raises(hw.InputError, match="is no data"):
        bare.predict(3)


def test_what_a_model_lacks_is_said(bare: hw.MediationMix, fitted: hw.MediationMix) -> None:
    with pytest.raises(hw.SettingError, match="not boosting"):
        bare.to_xgboost()
    with pytest.raises(hw.SettingError, match='no stage "revenue"'):
        bare.to_xgboost("revenue")
    with pytest.raises(hw.SettingError, match='no picture "pie"') as refused:
        bare.plot("pie")
    assert refused.value.help is not None and "effects" in refused.value.help
    with pytest.raises(hw.SettingError, match="no picture"):
        fitted.validate().plot()
    with pytest.raises(hw.SettingError, match="cannot be compared at once"):
        fitted.compare(["ols", fitted])
    with pytest.raises(hw.HeadwaterError):
        hw.explain("no.such.finding")


UNFITTED: Dict[str, Callable[[hw.MediationMix], object]] = {
    "analysis": lambda mix: mix.analysis,
    "data": lambda mix: mix.data,
    "settings": lambda mix: mix.settings,
    "verdict": lambda mix: mix.verdict,
    "predict": lambda mix: mix.predict({}),
    "scenario": lambda mix: mix.scenario({}),
    "scenarios": lambda mix: mix.scenarios({}),
    "compare": lambda mix: mix.compare(["ols"]),
    "plot": lambda mix: mix.plot("effects"),
    "save": lambda mix: mix.save("run"),
    "to_xgboost": lambda mix: mix.to_xgboost(),
}


def public(kind: type) -> List[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


ALWAYS = {"fit", "get_params", "set_params"}


@pytest.mark.parametrize("name", sorted(set(public(hw.MediationMix)) - ALWAYS))
def test_a_model_that_was_not_fitted_says_so(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    mix = hw.MediationMix(progress=False)
    ask: Ask = UNFITTED.get(name, operator.methodcaller(name))
    with pytest.raises(hw.NotFittedError, match="was not fitted") as refused:
        ask(mix)
    assert refused.value.help == "call fit(data) first"
    assert not list(tmp_path.iterdir())


def test_a_failed_fit_leaves_the_model_as_it_was(market: hw.Market) -> None:
    mix = hw.MediationMix(**QUICK).fit(market.data)
    before = mix.analysis
    with pytest.raises(hw.FileError):
        mix.fit(FAULTY / "there_is_none.csv")
    with pytest.raises(hw.SettingError):
        mix.set_params(level=7.0).fit(market.data)
    assert mix.analysis == before


# Files


def test_a_folder_that_exists_is_not_replaced_unasked(
    bare: hw.MediationMix, tmp_path: Path
) -> None:
    bare.save(tmp_path / "run")
    with pytest.raises(hw.FileError, match="already exists"):
        bare.save(tmp_path / "run")
    bare.save(tmp_path / "run", overwrite=True)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to_keep.txt").write_text("keep me")
    with pytest.raises(hw.FileError) as refused:
        bare.save(tmp_path / "letters", overwrite=True)
    assert refused.value.help
    assert (tmp_path / "letters" / "to_keep.txt").read_text() == "keep me"


def test_a_report_that_exists_is_not_replaced_unasked(
    bare: hw.MediationMix, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    page = bare.report(path)
    assert path.read_text(encoding="utf-8") == page
    with pytest.raises(hw.FileError, match="already exists"):
        bare.report(path)
    assert bare.report(path, overwrite=True) == page
    with pytest.raises(OSError):
        bare.report(tmp_path / "no_folder" / "report.html")


@pytest.mark.parametrize("missing", ["analysis.json", "headwater.toml", "dataset.csv", None])
def test_a_folder_that_is_no_run_is_refused_in_the_words_of_the_command_line(
    missing: Optional[str], bare: hw.MediationMix, headwater: Command, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    if missing is not None:
        bare.save(directory)
        (directory / missing).unlink()
    done = headwater("timing", directory, "--quiet")
    error = refusal(lambda: hw.load(directory))
    assert error is not None, done.stderr
    assert isinstance(error, OSError)
    assert error.report + "\n" == done.stderr


def test_a_changed_dataset_is_refused_in_the_words_of_the_command_line(
    bare: hw.MediationMix, headwater: Command, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    bare.save(directory)
    dataset = directory / "dataset.csv"
    dataset.write_text(dataset.read_text().replace("2022-01-03,1", "2022-01-03,2", 1))
    done = headwater("timing", directory, "--quiet")
    error = refusal(lambda: hw.load(directory))
    assert error is not None
    assert error.report + "\n" == done.stderr
    assert "dataset.csv" in str(error)


# Pickling


def example(kind: Type[hw.HeadwaterError]) -> hw.HeadwaterError:
    return kind("weekly.csv, row 3: no number", "write one", "what was shown")


@pytest.mark.parametrize("kind", [hw.HeadwaterError, *hw.HeadwaterError.__subclasses__()])
def test_errors_can_be_copied_and_pickled(kind: Type[hw.HeadwaterError]) -> None:
    error = example(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (again.message, again.help, again.report) == (
            error.message,
            error.help,
            error.report,
        )
        assert str(again) == "weekly.csv, row 3: no number\nhelp: write one"
    assert str(kind("alone")) == "alone"
    if isinstance(error, OSError):
        assert error.errno is None and error.filename is None


def fit_in_another_process(path: str) -> str:
    return hw.MediationMix(**QUICK).fit(path).verdict


def test_an_error_of_another_process_arrives_whole(csv: Path) -> None:
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        failed = pool.submit(fit_in_another_process, str(FAULTY / "text_in_numbers.csv"))
        with pytest.raises(hw.InputError, match="about 900") as refused:
            failed.result()
        assert (
            refused.value.help
            == "correct the cell; if the value is not known, leave the cell empty"
        )
        assert "╭─[text_in_numbers.csv:7:41]" in refused.value.report
        assert pool.submit(fit_in_another_process, str(csv)).result() == "path supported"
