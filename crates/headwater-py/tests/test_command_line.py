"""The package beside the command line: the same bytes, the same words, each reads what the other wrote."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

import headwater as hw

from conftest import ROOT, Command

FILES = [
    "analysis.json",
    "headwater.toml",
    "dataset.csv",
    "models/stage1.json",
    "models/stage2.json",
]


def written(directory: Path) -> Dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in FILES}


CONFIG = """\
seed = 11
[columns]
instagram_spend = { role = "exposure", direct = true }
followers = { role = "ignore" }
[features]
saturation = "log1p"
fourier_pairs = 1
[features.adstock]
decay = 0.3
[bootstrap]
replicates = 50
block_length = 4
[validation]
placebos = 19
"""

#: What the package is told, and what the command line is told.
FITS: Dict[str, Tuple[Dict[str, Any], List[object]]] = {
    "ridge": ({}, []),
    "least squares": (
        {"estimator": "ols", "reading": "observed", "level": 0.8},
        ["--estimator", "ols", "--reading", "observed", "--level", 0.8],
    ),
    "lasso, effects that multiply": (
        {"estimator": "lasso", "link": "log"},
        ["--estimator", "lasso", "--link", "log"],
    ),
    "elastic net, other folds": (
        {"estimator": "elastic_net", "folds": 3, "cv": "rolling", "gap": 2, "holdout": 8},
        ["--estimator", "elastic_net", "--folds", 3, "--cv", "rolling", "--gap", 2, "--holdout", 8],
    ),
    "interactions": ({"interactions": "auto"}, ["--interactions", "auto"]),
    "boosting": ({"estimator": "boosting", "bootstrap": 0}, ["--estimator", "boosting"]),
    "the founding system": ({"preset": "seed", "bootstrap": 0}, ["--preset", "seed"]),
}


@pytest.mark.parametrize("case", FITS)
def test_the_same_data_and_seed_give_the_same_bytes(
    case: str, csv: Path, headwater: Command, tmp_path: Path
) -> None:
    parameters, options = FITS[case]
    parameters = {"bootstrap": 60, "seed": 7, **parameters}
    options = [*options, "--bootstrap", parameters["bootstrap"], "--seed", parameters["seed"]]
    mix = hw.MediationMix(progress=False, **parameters).fit(csv)
    mix.save(tmp_path / "by_package")
    done = headwater("fit", csv, *options, "--out", tmp_path / "by_command", "--quiet")
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "by_package") == written(tmp_path / "by_command")
    assert mix.analysis == json.loads((tmp_path / "by_command" / "analysis.json").read_bytes())
    assert mix.settings == (tmp_path / "by_command" / "headwater.toml").read_text(encoding="utf-8")


def test_a_summary_is_the_screen_of_fit_but_for_what_to_do_next(
    csv: Path, headwater: Command, tmp_path: Path
) -> None:
    mix = hw.MediationMix(bootstrap=60, progress=False).fit(csv)
    done = headwater("fit", csv, "--bootstrap", 60, "--out", tmp_path / "run", "--quiet")
    by_package, by_command = (
        text[: text.index("Every check with its figure")].rstrip()
        for text in (str(mix.summary()), done.stdout)
    )
    assert by_package == by_command
    # In a program nobody has a command line at hand.
    after = str(mix.summary())[len(by_package) :]
    assert ".validate()" in after and "headwater.explain" in after
    assert "headwater validate" not in after and "headwater report" not in after


def test_an_edge_drawn_by_roles_is_the_edge_drawn_by_the_option(
    csv: Path, headwater: Command, tmp_path: Path
) -> None:
    roles = hw.Roles(direct=["instagram_spend"], ignore=["followers"])
    hw.MediationMix(bootstrap=60, progress=False).fit(csv, roles=roles).save(
        tmp_path / "by_package"
    )
    options = ["--direct", "instagram_spend", "--ignore", "followers", "--bootstrap", 60]
    headwater("fit", csv, *options, "--out", tmp_path / "by_command", "--quiet")
    assert written(tmp_path / "by_package") == written(tmp_path / "by_command")


def test_a_settings_file_is_one_whether_given_as_path_text_or_mapping(
    csv: Path, headwater: Command, tmp_path: Path
) -> None:
    path = tmp_path / "headwater.toml"
    path.write_text(CONFIG, encoding="utf-8")
    headwater("fit", csv, "--config", path, "--out", tmp_path / "by_command", "--quiet")
    expected = written(tmp_path / "by_command")
    mapping: Dict[str, Any] = {
        "seed": 11,
        "columns": {
            "instagram_spend": {"role": "exposure", "direct": True},
            "followers": {"role": "ignore"},
        },
        "features": {"saturation": "log1p", "fourier_pairs": 1, "adstock": {"decay": 0.3}},
        "bootstrap": {"replicates": 50, "block_length": 4},
        "validation": {"placebos": 19},
    }
    configs: List[Any] = [path, str(path), CONFIG, mapping]
    for at, config in enumerate(configs):
        mix = hw.MediationMix(config=config, progress=False).fit(csv)
        mix.save(tmp_path / str(at))
        assert written(tmp_path / str(at)) == expected
    # A parameter stands above the file, as an option does.
    headwater("fit", csv, "--config", path, "--seed", 3, "--out", tmp_path / "over", "--quiet")
    hw.MediationMix(config=path, seed=3, progress=False).fit(csv).save(tmp_path / "over_too")
    assert written(tmp_path / "over") == written(tmp_path / "over_too")


def test_the_settings_of_a_model_make_it_again(fitted: hw.MediationMix, csv: Path) -> None:
    again = hw.MediationMix(config=fitted.settings, progress=False).fit(csv)
    assert again._run.files() == fitted._run.files()


@pytest.mark.parametrize("name", ["missing_spend.csv", "days_or_months.csv", "market.xlsx"])
def test_reading_says_what_check_says(name: str, headwater: Command) -> None:
    folder = ROOT / "fixtures"
    path = folder / name if (folder / name).exists() else folder / "faulty" / name
    done = headwater("check", path)
    data = hw.read(path)
    if done.returncode == 2:
        with pytest.raises(hw.InputError) as refused:
            data.describe()
        assert refused.value.report + "\n" == done.stderr
        # A notebook shows data by their repr, which never fails.
        assert repr(data).startswith(f"{name}: {', '.join(data.columns)}\n")
        assert repr(data).endswith(str(refused.value))
    else:
        assert repr(data) == done.stdout


# Questions


@pytest.fixture(scope="module")
def run(fitted: hw.MediationMix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("command") / "market-run"
    fitted.save(directory)
    return directory


@pytest.fixture(scope="module")
def coming(market: hw.Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks after those of the market, a little dearer than its last ones."""
    header, *rows = market.to_csv().splitlines()
    names = header.split(",")
    left_out = {"week", "google_spend", "revenue"}
    kept = [name for name in names if name not in left_out]
    lines = [",".join(["week", *kept])]
    for at, row in enumerate(rows[-4:]):
        cells = dict(zip(names, row.split(",")))
        day = datetime.date.fromisoformat(rows[-1].split(",")[0])
        day += datetime.timedelta(weeks=at + 1)
        lines.append(",".join([day.isoformat(), *(cells[name] for name in kept)]))
    path = tmp_path_factory.mktemp("coming") / "the coming weeks"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


Ask = Callable[[hw.MediationMix], hw.Answer]
QUESTIONS: Dict[str, Tuple[Ask, List[str]]] = {
    "scenario": (
        lambda mix: mix.scenario({"facebook_spend": "+20%"}),
        ["scenario", "--set", "facebook_spend=+20%"],
    ),
    "scenario with everything": (
        lambda mix: mix.scenario(
            {"facebook_spend": "-500", "avg_price": "=55"},
            start="2023-01-02",
            end="2023-06-26",
            mediator="cap:19000",
            margin=0.4,
            allow_extrapolation=True,
        ),
        ["scenario", "--set", "facebook_spend=-500", "--set", "avg_price==55"]
        + ["--from", "2023-01-02", "--to", "2023-06-26", "--mediator", "cap:19000"]
        + ["--margin", "0.4", "--allow-extrapolation"],
    ),
    "optimize": (lambda mix: mix.optimize(), ["optimize"]),
    "optimize with everything": (
        lambda mix: mix.optimize(
            budget=250000,
            bounds={"facebook_spend": (10000, 20000.5)},
            groups={"short": (["tiktok_spend", "snapchat_spend"], 20000, 90000)},
            max_change="60%",
            horizon=6,
            objective="profit",
            margin=0.4,
            risk="cvar:0.2",
            mediator="free",
        ),
        ["optimize", "--budget", "250000", "--bound", "facebook_spend=10000..20000.5"]
        + ["--group", "short=tiktok_spend,snapchat_spend:20000..90000", "--max-change", "60%"]
        + ["--horizon", "6", "--objective", "profit", "--margin", "0.4", "--risk", "cvar:0.2"]
        + ["--mediator", "free"],
    ),
    "a hurdle": (
        lambda mix: mix.optimize(hurdle=1.5, max_change="none"),
        ["optimize", "--hurdle", "1.5", "--max-change", "none"],
    ),
    "pricing": (lambda mix: mix.pricing(), ["pricing"]),
    "pricing with a cost": (
        lambda mix: mix.pricing(price="avg_price", promotion="promotions", unit_cost=20),
        ["pricing", "--price", "avg_price", "--promotion", "promotions", "--unit-cost", "20"],
    ),
    "pricing with a margin": (lambda mix: mix.pricing(margin=0.4), ["pricing", "--margin", "0.4"]),
    "recommend": (lambda mix: mix.recommend(), ["recommend"]),
    "recommend with everything": (
        lambda mix: mix.recommend(budget=240000, max_change="30%", horizon=4, margin=0.4),
        ["recommend", "--budget", "240000", "--max-change", "30%", "--horizon", "4"]
        + ["--margin", "0.4"],
    ),
    "curves": (lambda mix: mix.response_curves(), ["curves"]),
    "one curve": (
        lambda mix: mix.response_curves(channel="tiktok_spend", margin=0.4, points=11, most=2.0),
        ["curves", "--channel", "tiktok_spend", "--margin", "0.4", "--points", "11", "--to", "2"],
    ),
    "timing": (lambda mix: mix.timing(), ["timing"]),
    "attribution": (lambda mix: mix.attribution(), ["attribution"]),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_an_answer_is_that_of_the_command_line(
    case: str, fitted: hw.MediationMix, run: Path, headwater: Command
) -> None:
    ask, (command, *options) = QUESTIONS[case]
    answer = ask(fitted)
    done = headwater(command, run, *options, "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert answer.to_json() == done.stdout
    assert answer.to_dict() == json.loads(done.stdout)
    shown = headwater(command, run, *options, "--quiet")
    assert str(answer) == shown.stdout


def test_a_forecast_is_that_of_the_command_line(
    fitted: hw.MediationMix, run: Path, coming: Path, headwater: Command
) -> None:
    answer = fitted.predict(coming, margin=0.4)
    done = headwater("predict", run, coming, "--margin", 0.4, "--json", "--quiet")
    assert answer.to_json() == done.stdout
    shown = headwater("predict", run, coming, "--margin", 0.4, "--quiet")
    assert str(answer) == shown.stdout
    # The same weeks as a frame have no file, and no other name.
    columns = hw.read(coming, roles=hw.Roles()).columns
    rows = [line.split(",") for line in coming.read_text().splitlines()[1:]]
    by_columns = fitted.predict(dict(zip(columns, zip(*rows))), margin=0.4)
    assert by_columns.to_dict() == answer.to_dict()


def test_scenarios_are_those_of_a_file_of_scenarios(
    fitted: hw.MediationMix, run: Path, headwater: Command, tmp_path: Path
) -> None:
    plans = {"careful": {"facebook_spend": "-20%"}, "bold": {"facebook_spend": "+15%"}}
    answer = fitted.scenarios(plans)
    path = tmp_path / "plans.toml"
    lines = (
        f'[{name}]\nset = [{{ column = "{column}", by = "{by}" }}]\n'
        for name, plan in plans.items()
        for column, by in plan.items()
    )
    path.write_text("".join(lines), encoding="utf-8")
    done = headwater("scenario", run, "--file", path, "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    assert answer.to_json() == done.stdout


@pytest.mark.parametrize("strict", [False, True])
def test_checks_are_those_of_validate(
    strict: bool, fitted: hw.MediationMix, run: Path, headwater: Command
) -> None:
    checks = fitted.validate(strict=strict)
    options = ["--strict"] if strict else []
    done = headwater("validate", run, *options, "--json")
    # A model in memory has no folder: it goes by the name of its data.
    assert checks.to_json() == done.stdout.replace(str(run), "market.csv")
    assert checks.failed == (done.returncode == 1)
    shown = headwater("validate", run, *options).stdout.splitlines()
    assert str(checks).splitlines()[3:] == shown[3:]


def test_a_comparison_of_estimators_is_that_of_the_command_line(
    fitted: hw.MediationMix, csv: Path, headwater: Command
) -> None:
    answer = fitted.compare(["ols", "ridge"])
    options = ["--estimators", "ols,ridge", "--bootstrap", 60, "--seed", 7]
    done = headwater("compare", csv, *options, "--json", "--quiet")
    assert answer.to_json() == done.stdout
    assert str(answer) == headwater("compare", csv, *options, "--quiet").stdout


def test_a_report_is_that_of_the_command_line(
    fitted: hw.MediationMix, csv: Path, headwater: Command, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "market-run")
    fitted.report(tmp_path / "report.html")
    done = headwater("report", tmp_path / "market-run", "--quiet")
    assert done.returncode == 0, done.stderr
    by_command = (tmp_path / "market-run" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == by_command


# What one wrote, the other reads


@pytest.mark.parametrize("estimator", ["ridge", "boosting"])
def test_a_model_of_the_command_line_answers_as_if_it_were_fitted_here(
    estimator: str, csv: Path, headwater: Command, tmp_path: Path
) -> None:
    options = ["--estimator", estimator, "--bootstrap", 0, "--out", tmp_path / "run", "--quiet"]
    headwater("fit", csv, *options)
    loaded = hw.load(tmp_path / "run").set_params(progress=False)
    here = hw.MediationMix(estimator=estimator, bootstrap=0, progress=False).fit(csv)
    plan = {"tiktok_spend": "+10%"}
    by_command = headwater(
        "scenario", tmp_path / "run", "--set", "tiktok_spend=+10%", "--json", "-q"
    )
    assert loaded.scenario(plan).to_json() == here.scenario(plan).to_json() == by_command.stdout
    assert loaded.effects().to_dict() == here.effects().to_dict()
    assert loaded.summary().to_dict() == here.summary().to_dict()
    loaded.save(tmp_path / "again")
    assert written(tmp_path / "again") == written(tmp_path / "run")


def test_a_loaded_model_can_be_fitted_again(fitted: hw.MediationMix, csv: Path, run: Path) -> None:
    again = hw.load(run).set_params(progress=False)
    assert again.seed is None
    again.fit(csv)
    assert again._run.files() == fitted._run.files()


def test_the_weeks_of_a_loaded_model_are_those_of_the_fit(
    fitted: hw.MediationMix, run: Path
) -> None:
    loaded = hw.load(run).set_params(progress=False)
    assert loaded.data.weeks.to_dict() == fitted.data.weeks.to_dict()
    assert loaded.data.roles == fitted.data.roles
    for table in ("fitted", "residuals", "seasons", "importances", "coefficients", "totals"):
        assert getattr(loaded, table)().to_dict() == getattr(fitted, table)().to_dict()


def test_a_simulated_market_is_that_of_the_command_line(headwater: Command, tmp_path: Path) -> None:
    options = ["--weeks", 80, "--seed", 5, "--confounding", 0.3, "--direct", "tiktok_spend=0.5"]
    truth = tmp_path / "truth.json"
    done = headwater("simulate", *options, "--truth", truth)
    market = hw.simulate(weeks=80, seed=5, confounding=0.3, direct={"tiktok_spend": 0.5})
    assert market.to_csv() == done.stdout
    assert market.truth == json.loads(truth.read_text(encoding="utf-8"))


def test_findings_are_explained_in_the_words_of_the_command_line(headwater: Command) -> None:
    assert hw.explain() == headwater("explain").stdout
    assert hw.explain("mediation.path") == headwater("explain", "mediation.path").stdout


def test_versions_agree(headwater: Command) -> None:
    assert headwater("--version").stdout == f"headwater {hw.__version__}\n"
