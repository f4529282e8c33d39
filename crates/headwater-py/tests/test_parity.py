"""Headwater's numbers against those of the tools that people have: scikit-learn and statsmodels.

Everything between the file and the coefficients is written out here with numpy, pandas and
scikit-learn, so that nothing is compared with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import headwater as hw
import numpy as np
import pandas as pd
import pytest

sklearn_linear = pytest.importorskip("sklearn.linear_model")
model_selection = pytest.importorskip("sklearn.model_selection")
signal = pytest.importorskip("scipy.signal")
api = pytest.importorskip("statsmodels.api")
mediation = pytest.importorskip("statsmodels.stats.mediation")

SHARED = Path(__file__).parents[4] / "shared"

DIGITS = 1e-8
"""The largest difference between two coefficients, as a share of the coefficient."""

DECAYS = [0.0, 0.2, 0.4, 0.6, 0.8]
"""The carry-overs among which Headwater chooses unless told otherwise."""


class Design(NamedTuple):
    """The columns of a stage: those whose effect is asked for, never penalised, and the rest."""

    causal: pd.DataFrame
    rest: pd.DataFrame


@dataclass(frozen=True)
class Market:
    """Weeks to fit, what their columns are, and the settings that differ from the default."""

    data: hw.Data
    exposures: Sequence[str]
    covariates: Sequence[str]
    direct: Sequence[str] = ()
    zero_flags: bool = False
    email_lag: int | None = None

    @property
    def weeks(self) -> pd.DataFrame:
        """The weeks as Headwater uses them."""
        weeks: pd.DataFrame = self.data.to_pandas()
        return weeks

    def fit(self, estimator: str) -> hw.MediationMix:
        """Headwater's fit of both stages, without a bootstrap."""
        features: dict[str, Any] = {"zero_flags": self.zero_flags}
        if self.email_lag is not None:
            features["lags"] = {"email_sends": [self.email_lag]}
        mix = hw.MediationMix(
            estimator=estimator, bootstrap=0, progress=False, config={"features": features}
        )
        return mix.fit(self.data)

    def exposed(self, names: Sequence[str], decay: float, spent: float = 1.0) -> pd.DataFrame:
        """Carried-over spend and the flags of weeks without; `spent` 0 is a world without any."""
        columns = {}
        for name in names:
            spend = spent * self.weeks[name].to_numpy(float)
            columns[name] = signal.lfilter([1.0 - decay], [1.0, -decay], spend)
            off = self.weeks[name] == 0
            if self.zero_flags and 8 <= off.sum() <= len(off) - 8:
                columns[f"{name} is zero"] = (spend == 0).astype(float)
        return pd.DataFrame(columns)

    def rest(self) -> pd.DataFrame:
        """Levers, controls and the calendar; what never varies is left out."""
        columns = self.weeks[list(self.covariates)].astype(float)
        columns = columns.join(calendar(self.weeks["week"]))
        if self.email_lag is not None:
            past = self.weeks["email_sends"].shift(self.email_lag, fill_value=0)
            columns[f"email_sends, {self.email_lag} week before"] = past.astype(float)
        return columns.loc[:, columns.nunique() > 1]

    def first(self, decay: float) -> Design:
        """What explains the mediator."""
        return Design(self.exposed(self.exposures, decay), self.rest())

    def second(self, decay: float, stage1: pd.Series, decay1: float) -> Design:
        """What explains the outcome: two slopes of the mediator and the drawn edges.

        The induced part is what stage 1 predicts beyond its prediction without any spend.
        """
        spent, unspent = (self.exposed(self.exposures, decay1, world) for world in (1.0, 0.0))
        induced = (spent - unspent) @ stage1[spent.columns]
        mediator = pd.DataFrame(
            {
                "google_spend (induced)": induced,
                "google_spend (autonomous)": self.weeks["google_spend"] - induced,
            }
        )
        return Design(mediator.join(self.exposed(self.direct, decay)), self.rest())


def calendar(weeks: pd.Series) -> pd.DataFrame:
    """Trend, two annual waves, and the weeks that touch Black Friday and Christmas."""
    years = (weeks - pd.Timestamp("2000-01-01")).dt.days / 365.25
    columns: dict[str, Any] = {"trend": years}
    for k in (1, 2):
        columns[f"annual_sin_{k}"] = np.sin(2 * np.pi * k * years)
        columns[f"annual_cos_{k}"] = np.cos(2 * np.pi * k * years)
    days = [weeks + pd.Timedelta(days=day) for day in range(7)]
    thursdays = [day - pd.to_timedelta((day.dt.day_of_week - 3) % 7, "D") for day in days]
    events = {
        # the Friday after the fourth Thursday of November, to Monday
        "black_friday": [
            (thursday.dt.month == 11)
            & thursday.dt.day.between(22, 28)
            & (day - thursday).dt.days.between(1, 4)
            for day, thursday in zip(days, thursdays)
        ],
        "christmas": [(day.dt.month == 12) & day.dt.day.between(18, 26) for day in days],
    }
    for name, touched in events.items():
        columns[name] = np.any(touched, axis=0).astype(float)
    return pd.DataFrame(columns)


class Standardised:
    """Mean 0 and variance 1 over the weeks learned from, as `StandardScaler` does it."""

    def __init__(self, design: Design, target: pd.Series) -> None:
        self.causal, self.rest = (self.scaled(columns, columns) for columns in design)
        self.target = self.scaled(target, target)

    @staticmethod
    def scaled(values: Any, learned_from: Any) -> Any:
        """`values` in standard deviations from the mean of `learned_from`."""
        return (values - learned_from.mean()) / learned_from.std(ddof=0)

    @cached_property
    def residuals(self) -> tuple[Any, Any]:
        """The other columns and the target after the causal columns (Frisch, Waugh, Lovell)."""
        both = self.rest.assign(**{"the target": self.target}).to_numpy()
        explain = sklearn_linear.LinearRegression(fit_intercept=False)
        left = both - explain.fit(self.causal, both).predict(self.causal)
        return left[:, :-1], left[:, -1]

    def slopes(self, penalty: float) -> pd.Series:
        """Ridge on what the causal columns leave, then least squares for the causal ones."""
        rest, target = self.residuals
        ridge = sklearn_linear.Ridge(alpha=len(target) * penalty, fit_intercept=False, solver="svd")
        shrunk = pd.Series(ridge.fit(rest, target).coef_, self.rest.columns)
        free = sklearn_linear.LinearRegression(fit_intercept=False)
        free.fit(self.causal, self.target - self.rest @ shrunk)
        return pd.concat([pd.Series(free.coef_, self.causal.columns), shrunk])


def ridge(design: Design, target: pd.Series, penalty: float) -> pd.Series:
    """The coefficients in the units of the columns, by name, with the intercept."""
    columns = design.causal.join(design.rest)
    slopes = Standardised(design, target).slopes(penalty)
    return with_intercept(slopes * target.std(ddof=0) / columns.std(ddof=0), columns, target)


def least_squares(design: Design, target: pd.Series) -> pd.Series:
    """The coefficients of statsmodels' OLS, by name, with the intercept.

    Around the means: given the columns as they are and a constant, statsmodels 0.15 keeps only
    six digits of the slope of a control whose level is five million times its movement.
    """
    columns = design.causal.join(design.rest)
    around = api.OLS(target - target.mean(), columns - columns.mean())
    return with_intercept(around.fit(method="qr").params, columns, target)


def with_intercept(slopes: pd.Series, columns: pd.DataFrame, target: pd.Series) -> pd.Series:
    """Adds the intercept that brings the prediction of the mean week to the mean."""
    slopes["intercept"] = target.mean() - (slopes * columns.mean()).sum()
    return slopes


def tuned_penalty(design: Design, target: pd.Series) -> float:
    """The penalty with the least squared error over the later weeks of five forward folds."""
    rest, left = Standardised(design, target).residuals
    strongest = np.abs(rest.T @ left).max() / len(left)
    grid = np.geomspace(strongest / 0.01, strongest * 1e-4, 24)
    columns = design.causal.join(design.rest)
    errors = np.zeros(len(grid))
    folds = model_selection.TimeSeriesSplit(5, test_size=len(target) // 13)
    for train, test in folds.split(columns):
        past = Design(design.causal.iloc[train], design.rest.iloc[train])
        learned = Standardised(past, target.iloc[train])
        later = learned.scaled(columns.iloc[test], columns.iloc[train])
        truth = learned.scaled(target.iloc[test], target.iloc[train])
        unit = target.iloc[train].var(ddof=0)
        errors += [
            unit * ((truth - later @ learned.slopes(penalty)[later.columns]) ** 2).sum()
            for penalty in grid
        ]
    return float(grid[errors.argmin()])


def tuned(
    design_at: Callable[[float], Design], target: pd.Series, decays: list[float]
) -> tuple[float, float]:
    """The carry-over with the least expected error, each at its own best penalty, with that."""
    penalties = {decay: tuned_penalty(design_at(decay), target) for decay in decays}
    best = min(decays, key=lambda d: expected_error(design_at(d), target, penalties[d]))
    return best, penalties[best]


def expected_error(design: Design, target: pd.Series, penalty: float) -> float:
    """Generalised cross-validation, `(RSS / n) / (1 - df / n)^2`."""
    rest, left = Standardised(design, target).residuals
    powers = np.linalg.svd(rest, compute_uv=False) ** 2
    df = 1 + design.causal.shape[1] + (powers / (powers + len(left) * penalty)).sum()
    slopes = ridge(design, target, penalty)
    columns = design.causal.join(design.rest)
    misses = target - slopes["intercept"] - columns @ slopes[columns.columns]
    return float((misses**2).mean() / (1 - df / len(left)) ** 2)


def coefficients(mix: hw.MediationMix, stage: str) -> pd.Series:
    """Headwater's coefficients of a stage by name."""
    table = mix.coefficients().to_pandas()
    of_stage: pd.DataFrame = table[table["stage"] == stage]
    return of_stage.set_index("term")["coefficient"]


def assert_same(mine: pd.Series, theirs: pd.Series) -> None:
    """Asserts that two sets of coefficients have the same names and numbers."""
    assert set(mine.index) == set(theirs.index)
    pd.testing.assert_series_equal(
        mine.sort_index(), theirs.sort_index(), rtol=DIGITS, atol=0.0, check_names=False
    )


def sample_market() -> Market:
    """The sample market; its roles are inferred from the names."""
    return Market(
        data=hw.simulate().data,
        exposures=["facebook_spend", "tiktok_spend", "snapchat_spend", "instagram_spend"],
        covariates=["email_sends", "sms_sends", "avg_price", "followers", "promotions"],
    )


def awkward_market() -> Market:
    """Weeks from Sunday, a drawn edge, impressions, weeks without spend, a lag, odd controls."""
    weeks = hw.simulate(weeks=117, seed=7, direct={"instagram_spend": 0.8}).data.to_pandas()
    weeks["week"] = pd.to_datetime(weeks["week"]) - pd.Timedelta(days=1)
    weeks["tiktok_impressions"] = (180 * weeks.pop("tiktok_spend")).round()
    weeks.loc[weeks.index % 9 < 2, "snapchat_spend"] = 0.0
    weeks["index_points"] = 1e6 + weeks.pop("followers") / 1e4  # hardly moves beside its level
    weeks["stores"] = 12  # never moves: no column of any design
    exposures = ["facebook_spend", "tiktok_impressions", "snapchat_spend", "instagram_spend"]
    levers = ["email_sends", "sms_sends"]
    controls = ["avg_price", "index_points", "promotions", "stores"]
    roles = hw.Roles(
        date="week",
        outcome="revenue",
        mediator="google_spend",
        exposures=exposures,
        levers=levers,
        controls=controls,
        direct=["instagram_spend"],
        unit={"tiktok_impressions": "count"},
    )
    return Market(
        data=hw.read(weeks, roles=roles),
        exposures=exposures,
        covariates=levers + controls,
        direct=["instagram_spend"],
        zero_flags=True,
        email_lag=1,
    )


@pytest.fixture(params=[sample_market, awkward_market], ids=["the sample", "an awkward file"])
def market(request: pytest.FixtureRequest) -> Market:
    """Each market in turn."""
    make: Callable[[], Market] = request.param
    return make()


def tuned_by_headwater(mix: hw.MediationMix, stage: str) -> list[float]:
    """The carry-over and the penalty of a stage; 0 where there is none.

    A stage that reads no exposure has no carry-over, least squares no penalty.
    """
    chosen = mix.analysis["stages"][stage]["tuned"]
    return [chosen.get("adstock_decay", 0.0), chosen.get("penalty", 0.0)]


def test_two_stage_ridge_has_the_coefficients_of_scikit_learn(market: Market) -> None:
    mix = market.fit("ridge")
    decay1, penalty1 = tuned_by_headwater(mix, "mediator")
    stage1 = ridge(market.first(decay1), market.weeks["google_spend"], penalty1)
    assert_same(coefficients(mix, "mediator"), stage1)

    decay2, penalty2 = tuned_by_headwater(mix, "outcome")
    stage2 = ridge(market.second(decay2, stage1, decay1), market.weeks["revenue"], penalty2)
    assert_same(coefficients(mix, "outcome"), stage2)


def test_scikit_learn_tunes_to_the_same_carry_over_and_penalty(market: Market) -> None:
    mix = market.fit("ridge")
    spend = market.weeks["google_spend"]
    decay1, penalty1 = tuned(market.first, spend, DECAYS)
    assert [decay1, penalty1] == pytest.approx(tuned_by_headwater(mix, "mediator"), rel=DIGITS)

    stage1 = ridge(market.first(decay1), spend, penalty1)
    decay2, penalty2 = tuned(
        lambda decay: market.second(decay, stage1, decay1),
        market.weeks["revenue"],
        DECAYS if market.direct else [0.0],  # no edge, no carry-over to choose
    )
    assert [decay2, penalty2] == pytest.approx(tuned_by_headwater(mix, "outcome"), rel=DIGITS)


def test_least_squares_has_the_coefficients_of_statsmodels(market: Market) -> None:
    mix = market.fit("ols")
    decay1, _ = tuned_by_headwater(mix, "mediator")
    stage1 = least_squares(market.first(decay1), market.weeks["google_spend"])
    assert_same(coefficients(mix, "mediator"), stage1)

    decay2, _ = tuned_by_headwater(mix, "outcome")
    stage2 = least_squares(market.second(decay2, stage1, decay1), market.weeks["revenue"])
    assert_same(coefficients(mix, "outcome"), stage2)


STEPS = 4.0
"""How many standard errors of simulation a difference may have: by chance 6 in 100,000."""

REPLICATES = 4000


@cache
def jobs() -> pd.DataFrame:
    """JOBS II as shipped with R's `mediation`: 899 people, who stand in for weeks here."""
    file = SHARED / "data/reference/mediation/jobs.csv"
    if not file.exists():
        pytest.skip("../shared/data/reference/mediation/jobs.csv is absent")
    people = pd.read_csv(file)[["treat", "econ_hard", "sex", "age", "job_seek", "depress2"]]
    people["week"] = pd.date_range("2000-01-03", periods=len(people), freq="7D")
    return people


@cache
def effects_of_headwater() -> pd.DataFrame:
    """Effects of the treatment per treated person, by name, with 95% intervals.

    What makes them those of a cross-section: nothing looks at the calendar, nothing carries
    over, the mediator is read as observed, and the bootstrap draws people one at a time. The
    contrast is observed treatment against none, which changes the treated alone: a sum over all
    people is a mean over the treated times their number.
    """
    roles = hw.Roles(
        date="week",
        outcome="depress2",
        mediator="job_seek",
        exposures=["treat"],
        direct=["treat"],
        controls=["econ_hard", "sex", "age"],
        unit={"treat": "count", "job_seek": "count"},
    )
    calendar_off = {"trend": False, "fourier_pairs": 0, "holidays": []}
    mix = hw.MediationMix(
        estimator="ols",
        reading="observed",
        bootstrap=REPLICATES,
        progress=False,
        config={
            "features": {**calendar_off, "adstock": {"decay": 0.0}},
            "bootstrap": {"block_length": 1, "resampling": "pairs"},
        },
    ).fit(hw.read(jobs(), roles=roles))
    table = mix.effects().to_pandas().set_index("quantity")
    per_person: pd.DataFrame = table[["point", "lower", "upper"]] / jobs()["treat"].sum()
    return per_person


class MeanOfOLS(api.OLS):  # type: ignore[misc, name-defined]
    """Least squares whose potential values are its means.

    `Mediation` draws potential mediators with their noise, anew in either world, so that the
    variance of its indirect effects is that of `a b` and `2 b^2 s^2 / n` more: on these people
    its interval is a fifth wider. Without the noise its draws are `a b`.
    """

    def get_distribution(self, params: Any, scale: float, exog: Any = None) -> Still:
        """The distribution of the potential values given coefficients."""
        return Still(self.predict(params, exog))


class Still(NamedTuple):
    """A distribution that always draws its mean."""

    mean: Any

    def rvs(self, _size: int, **_random: Any) -> Any:
        """The mean."""
        return self.mean


@cache
def draws_of_statsmodels(method: str, mediator_model: type[Any]) -> dict[str, Any]:
    """Draws of the same effects by `Mediation`, with linear stages and the same controls."""
    people = jobs()
    first = people[["treat", "econ_hard", "sex", "age"]].assign(constant=1.0)
    second = first.assign(job_seek=people["job_seek"])
    model = mediation.Mediation(
        api.OLS(people["depress2"].to_numpy(), second.to_numpy(float)),
        mediator_model(people["job_seek"].to_numpy(), first.to_numpy(float)),
        exposure=[second.columns.get_loc("treat"), first.columns.get_loc("treat")],
        mediator=second.columns.get_loc("job_seek"),
    )
    model.fit(method=method, n_rep=REPLICATES, rng=20)
    # the average over the treated and the untreated, which `Mediation` calls "(average)"
    indirect, direct = (
        (draws[0].mean(axis=0) + draws[1].mean(axis=0)) / 2
        for draws in (model.indirect_effects, model.direct_effects)
    )
    return {"indirect": indirect, "direct": direct, "total": indirect + direct}


each_effect = pytest.mark.parametrize("effect", ["indirect", "direct", "total"])


@each_effect
def test_effects_are_those_of_mediation_in_statsmodels(effect: str) -> None:
    mine = effects_of_headwater().loc[effect, "point"]
    # coefficients drawn from their normal distribution, each stage by itself: no bias
    draws = draws_of_statsmodels("parametric", api.OLS)[effect]
    error = draws.std(ddof=1) / len(draws) ** 0.5
    assert mine == pytest.approx(draws.mean(), rel=0.0, abs=STEPS * error)


@each_effect
def test_intervals_are_those_of_mediation_in_statsmodels(effect: str) -> None:
    ends = effects_of_headwater().loc[effect, ["lower", "upper"]]
    draws = draws_of_statsmodels("bootstrap", MeanOfOLS)[effect]
    below = [(draws < end).mean() for end in ends]
    # an end is a quantile of as many replicates, so the share of draws below it errs by both
    # samples, whatever their distribution
    error = (2 * 0.025 * 0.975 / REPLICATES) ** 0.5
    assert below == pytest.approx([0.025, 0.975], rel=0.0, abs=STEPS * error)
