"""The two-stage mediation model."""

from __future__ import annotations

import datetime
import json
import os
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from . import _native
from .answer import Answer, Checks, Summary
from .data import Data, Source, read_as
from .errors import FileError, NotFittedError, SettingError
from .figure import picture
from .plots import Plots
from .progress import Progress, Telling
from .roles import Roles
from .table import Table
from .words import number, to_json, whole

if TYPE_CHECKING:
    from .figure import Picture

#: A change of a column in each week: ``"+20%"``, ``"-500"`` or ``"=3000"``.
Changes = Mapping[str, str]
Day = Union[str, datetime.date]
Config = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Self = TypeVar("Self", bound="MediationMix")

#: Where each parameter stands in headwater.toml.
_PLACES: Dict[str, Tuple[str, ...]] = {
    "link": ("mediation", "link"),
    "reading": ("mediation", "reading"),
    "seed": ("seed",),
    "bootstrap": ("bootstrap", "replicates"),
    "level": ("bootstrap", "level"),
    "interactions": ("features", "interactions"),
    "folds": ("validation", "folds"),
    "cv": ("validation", "scheme"),
    "gap": ("validation", "gap"),
    "holdout": ("validation", "holdout_weeks"),
}

_WHOLE = {"seed", "bootstrap", "folds", "gap", "holdout"}
_NUMBERS = {"level"}

_PARAMETERS = ("estimator", *_PLACES, "preset", "config", "n_jobs", "progress")


class MediationMix(Plots):
    """A marketing mix model that follows spend: exposures to mediator to outcome.

    Two stages: the mediator (search spend) on the exposures (social spend), the outcome (revenue) on the
    mediator and on what reaches it directly. Follows scikit-learn's habits: settings are keyword-only and
    kept as given, `fit` returns the model, `get_params`, `set_params`, ``sklearn.base.clone`` and pickling
    work. A parameter that is ``None`` keeps what ``config`` or ``preset`` says, else the default.

    Parameters
    ----------
    estimator : {"ridge", "ols", "lasso", "elastic_net", "boosting"} or mapping, optional
        The estimator of both stages; a mapping has the keys of ``[stages.outcome]`` in headwater.toml.
        Default ``"ridge"``.
    link : {"identity", "log"}, optional
        Whether effects add up (default) or multiply.
    reading : {"two_slope", "predicted", "observed"}, optional
        How the outcome reads the mediator. Default ``"two_slope"``: what spend induced of it and what
        moved otherwise, a slope each.
    seed : int, optional
        The seed of every random stream. Default 42.
    bootstrap : int, optional
        Replicates for intervals, 0 for none. Default 1000, for trees 200.
    level : float in (0, 1), optional
        The nominal coverage of intervals. Default 0.95.
    interactions : {"auto", "none"} or list of pairs of columns, optional
        Pairs whose product is a column. Default none.
    folds : int, optional
        Folds of the out-of-sample scores. Default 5.
    cv : {"expanding", "rolling", "blocked"}, optional
        Which weeks a fold learns from. Default ``"expanding"``: all before the tested ones.
    gap : int, optional
        Weeks left out between training and tested weeks.
    holdout : int, optional
        The last weeks, kept out of every fold and scored once. Default 0.
    preset : {"default", "seed"}, optional
        Settings by name.
    config : path, text or mapping, optional
        Every other setting: a headwater.toml, its text, or a mapping with the same keys.
    n_jobs : int, optional
        Threads; all cores where it is ``None`` or -1. No result depends on it.
    progress : "auto", bool or callable
        ``"auto"`` shows tqdm's bars in a terminal or notebook where tqdm is installed; a callable is
        called with (what, done, total).

    Examples
    --------
    >>> import headwater as hw
    >>> market = hw.simulate(weeks=104, seed=42)
    >>> mix = hw.MediationMix(estimator="ridge", seed=42, bootstrap=40).fit(market.data)
    >>> mix.effects().columns[:3]
    ['channel', 'unit', 'spend']
    >>> plan = mix.scenario({"facebook_spend": "+20%"})
    >>> plan["total"]["outcome"]["point"] > 0
    True
    """

    def __init__(
        self,
        *,
        estimator: Union[str, Mapping[str, Any], None] = None,
        link: Optional[str] = None,
        reading: Optional[str] = None,
        seed: Optional[int] = None,
        bootstrap: Optional[int] = None,
        level: Optional[float] = None,
        interactions: Union[str, Sequence[Sequence[str]], None] = None,
        folds: Optional[int] = None,
        cv: Optional[str] = None,
        gap: Optional[int] = None,
        holdout: Optional[int] = None,
        preset: Optional[str] = None,
        config: Optional[Config] = None,
        n_jobs: Optional[int] = None,
        progress: Progress = "auto",
    ) -> None:
        self.estimator = estimator
        self.link = link
        self.reading = reading
        self.seed = seed
        self.bootstrap = bootstrap
        self.level = level
        self.interactions = interactions
        self.folds = folds
        self.cv = cv
        self.gap = gap
        self.holdout = holdout
        self.preset = preset
        self.config = config
        self.n_jobs = n_jobs
        self.progress = progress
        self._native: Optional[_native.Run] = None
        self._data: Optional[Data] = None

    # scikit-learn's habits

    def get_params(self, deep: bool = True) -> Dict[str, Any]:
        """The parameters as they were given. ``deep`` makes no difference: no parameter has its own."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self: Self, **parameters: Any) -> Self:
        """Set parameters; what was fitted stays until `fit` is called again.

        Raises
        ------
        SettingError
            For an unknown parameter, naming those there are.
        """
        for name in parameters:
            if name not in _PARAMETERS:
                raise SettingError(
                    f'there is no parameter "{name}"', f"choose one of {', '.join(_PARAMETERS)}"
                )
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        usual = {"progress": "auto"}
        stated = (
            f"{name}={_brief(value)}"
            for name, value in self.get_params().items()
            if value is not None and usual.get(name) != value
        )
        return f"{type(self).__name__}({', '.join(stated)})"

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of a model before it looks at it; nobody else calls this."""
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False))

    def __sklearn_is_fitted__(self) -> bool:
        return self._native is not None

    def __getstate__(self) -> Dict[str, Any]:
        state = dict(self.__dict__)
        native = state.pop("_native")
        state.pop("_data")
        return {**state, "_files": None if native is None else native.files()}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        files = state.pop("_files")
        self.__dict__.update(state)
        threads = _threads(self.n_jobs)
        self._native = None if files is None else _native.Run.from_files(files, threads)
        self._data = None

    # fitting

    def fit(self: Self, data: Union[Data, Source], roles: Optional[Roles] = None) -> Self:
        """Fit both stages, score them on weeks they had not seen, and decompose the effects.

        Parameters
        ----------
        data : Data or whatever `read` takes, one row a week
            Weekly spend, mediator and outcome.
        roles : Roles, optional
            In place of the roles that ``data`` has.

        Raises
        ------
        InputError, SettingError, TooFewWeeksError, RankDeficientError
            In the words of the command line: row, column or week, and the remedy.
        KeyboardInterrupt
            When Ctrl-C stopped it; the model stays as it was.
        """
        settings = self._settings()
        read = read_as(data, _native.reading(settings), roles, "data")
        threads = _threads(self.n_jobs)
        with Telling(self.progress) as listener:
            self._native = _native.Run.fit(read._native, settings, threads, listener)
        self._data = read
        return self

    def _settings(
        self,
    ) -> Tuple[Optional[str], Optional[Tuple[str, str]], List[Tuple[str, str]]]:
        """A preset, a settings file by name and text, and objects with its keys by who says them, each
        over the last."""
        config: Optional[Tuple[str, str]] = None
        stated: List[Tuple[str, str]] = []
        if isinstance(self.config, Mapping):
            stated.append(("config", to_json("config", self.config)))
        elif isinstance(self.config, str) and "\n" in self.config:
            config = ("config", self.config)
        elif self.config is not None:
            path = os.fspath(self.config)
            config = (path, _native.settings_file(path))
        if self.preset is not None and self.config is not None:
            raise SettingError(
                "preset and config both say what the settings are", "give one of them"
            )
        return self.preset, config, stated + self._stated()

    def _stated(self) -> List[Tuple[str, str]]:
        """The parameters that were given, each by the keys of headwater.toml."""
        stated: List[Tuple[str, Any]] = []
        for name, place in _PLACES.items():
            value = getattr(self, name)
            if value is None:
                continue
            if name in _WHOLE:
                value = whole(name, value)
            elif name in _NUMBERS:
                value = number(name, value)
            elif name == "interactions" and isinstance(value, str) and value == "none":
                value = []
            for key in reversed(place):
                value = {key: value}
            stated.append((name, value))
        if self.estimator is not None:
            stage = self.estimator
            if isinstance(stage, str):
                stage = json.loads(_native.estimator(stage))
            elif not isinstance(stage, Mapping):
                raise SettingError(
                    f"estimator is {stage!r}", "give its name, or a mapping with its settings"
                )
            stated.append(("estimator", {"stages": {"mediator": stage, "outcome": stage}}))
        return [(name, to_json(name, value)) for name, value in stated]

    @property
    def _run(self) -> _native.Run:
        if self._native is None:
            raise NotFittedError("this model was not fitted yet", "call fit(data) first")
        return self._native

    # what was learned

    @property
    def data(self) -> Data:
        """The data that the model was fitted to, with the roles that they had in it."""
        kept = Data(self._run.data())
        return kept if self._data is None else self._data.with_roles(kept.roles)

    @property
    def analysis(self) -> Dict[str, Any]:
        """Everything that was learned, as in ``analysis.json``."""
        analysis: Dict[str, Any] = json.loads(dict(self._run.files())["analysis.json"])
        return analysis

    @property
    def settings(self) -> str:
        """Every setting with every column's role, as ``headwater.toml``."""
        return dict(self._run.files())["headwater.toml"]

    @property
    def verdict(self) -> str:
        """What the data say of the path through the mediator: ``path supported``, ``not separable``,
        ``direct path found``, ``too weak to say`` or ``not assessed``."""
        return self._run.verdict()

    def summary(self) -> Summary:
        """The answer in three sentences, and what it rests on.

        ``print`` shows the screen of ``headwater fit``; a notebook shows the first screen of the report.
        """
        steps = [
            "every effect as a table: .effects()",
            "what to do with it: .recommend()",
            'one page to send: .report("report.html")',
        ]
        path = self.analysis["path"]
        if path["config"]:
            channels = path["direct_path"]["channels"]
            steps.insert(0, f"the edge that the path check found: hw.Roles(direct={channels!r})")
        return Summary(self._run.summary(steps), self._run.page())

    def _repr_html_(self) -> str:
        from html import escape

        if self._native is None:
            return f"<pre>{escape(repr(self))}</pre>"
        return self._run.page()

    def effects(self) -> Table:
        """What each channel did over all weeks, against no spend: a row for each effect.

        Columns: channel, unit, spend; quantity (``total``, ``direct``, ``indirect``,
        ``proportion_mediated``, ``induced_mediator_spend``, ``roas_gross``, ``roas_loaded``,
        ``roas_marginal``); point, lower, upper, level, method, why. Effects are in the unit of the
        outcome, induced spend in that of the mediator, returns in outcome per unit of spend.
        """
        return Table(self._run.effects())

    def totals(self) -> Table:
        """Total effects whatever path they take, beside those through the mediator alone.

        Columns: channel; quantity (``unrestricted``, ``through_mediator``, ``gap``, ``roas``); point,
        lower, upper, level, method, why. Empty where they could not be assessed.
        """
        return Table(self._run.totals())

    def coefficients(self) -> Table:
        """What each stage learned of each column.

        Columns: stage, target, term; coefficient (unit of the target per unit of the column) for linear
        stages; weight, gain, cover, shap for trees.
        """
        return Table(self._run.coefficients())

    def scores(self) -> Table:
        """How well both stages forecast, on weeks they had not seen first.

        Columns: target, of, weeks, r2, rmse, mae (unit of the target), wmape, mape, mase, skill (1 - MSE
        over that of the best naive forecast).
        """
        return Table(self._run.scores())

    def findings(self) -> Table:
        """Every check: id, status (passed, warning, failed, not_assessed), summary, and its figure beside
        its bound. `explain` says what each means."""
        return Table(self._run.findings())

    def fitted(self) -> Table:
        """Both targets week by week: actual, in_sample, and forecast of the fold that had not seen the
        week with its prediction interval, beside a naive forecast."""
        return Table(self._ask(_native.fitted))

    def residuals(self) -> Table:
        """What both stages left unexplained of the weeks that they learned from."""
        return Table(self._ask(_native.residuals))

    def seasons(self) -> Table:
        """Trend, season and remainder of the mediator and the outcome, by STL."""
        return Table(self._ask(_native.seasons))

    def importances(self) -> Table:
        """How much each column counts in each stage."""
        return Table(self._ask(_native.importances))

    def to_xgboost(self, stage: str = "outcome") -> Any:
        """The boosted model of a stage as an ``xgboost.Booster``. xgboost must be installed.

        Parameters
        ----------
        stage : {"mediator", "outcome"}
        """
        files = {"mediator": "models/stage1.json", "outcome": "models/stage2.json"}
        if stage not in files:
            raise SettingError(f'there is no stage "{stage}"', "choose mediator or outcome")
        estimator = self.analysis["stages"][stage]["estimator"]
        if estimator != "boosting":
            raise SettingError(
                f"the {stage} stage is {estimator}, not boosting", "see .coefficients()"
            )
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(dict(self._run.files())[files[stage]], "utf-8"))
        return booster

    # questions

    def _ask(self, question: Any, *words: Any) -> Any:
        run = self._run
        with Telling(self.progress) as listener:
            return question(run, *words, listener)

    def predict(
        self,
        new: Union[Data, Source],
        *,
        margin: Optional[float] = None,
        allow_extrapolation: bool = False,
    ) -> Answer:
        """What coming weeks will bring, and apart from that what their plan changes.

        Parameters
        ----------
        new : whatever `read` takes, shape (weeks, columns)
            The weeks right after those of the data, at most 104, with the spend of every channel and,
            where they are planned, prices, promotions and emails.
        margin : float, optional
            What is left of a unit of outcome, such as 0.4: makes a profit of the change.
        allow_extrapolation : bool
            Compute the change beyond what the data have seen as well.

        Returns
        -------
        Answer
            Tables: ``weeks`` (forecasts within prediction intervals), ``effect``, ``effect_weeks``,
            ``findings``.
        """
        coming = read_as(new, self._run.reading(), None, "the coming weeks")
        margin = None if margin is None else number("margin", margin)
        return Answer(self._ask(_native.predict, coming._native, margin, allow_extrapolation))

    def scenario(
        self,
        changes: Changes,
        *,
        start: Optional[Day] = None,
        end: Optional[Day] = None,
        mediator: str = "free",
        margin: Optional[float] = None,
        allow_extrapolation: bool = False,
        name: str = "plan",
    ) -> Answer:
        """What a plan for weeks of the data would have changed.

        Parameters
        ----------
        changes : mapping of str to str
            A change of a column in each week: ``"+20%"``, ``"-500"`` or ``"=3000"``.
        start, end : str or date, optional
            The first and last day; those of the data where they are left out.
        mediator : str
            What the mediator's budget does: ``"free"``, ``"cap:5000"`` (at most so much a week) or
            ``"fixed"``.
        margin : float, optional
            What is left of a unit of outcome, such as 0.4: makes a profit of the change.
        allow_extrapolation : bool
            Compute the plan beyond what the data have seen as well.

        Returns
        -------
        Answer
            Tables: ``total`` (quantity is ``outcome``, ``direct``, ``through``, ``mediator``, ``induced``,
            ``gross_roas``, ``loaded_roas``, ``profit``), ``weeks``, ``findings``.
        """
        plan = _plan(changes, start, end, mediator, margin, allow_extrapolation)
        return Answer(self._ask(_native.scenario, name, plan))

    def scenarios(
        self,
        plans: Mapping[str, Changes],
        *,
        start: Optional[Day] = None,
        end: Optional[Day] = None,
        mediator: str = "free",
        margin: Optional[float] = None,
        allow_extrapolation: bool = False,
    ) -> Answer:
        """Several plans side by side, with their differences from the first.

        Returns
        -------
        Answer
            Tables: ``total``, ``differences``, ``weeks``.
        """
        words = [
            (name, _plan(changes, start, end, mediator, margin, allow_extrapolation))
            for name, changes in plans.items()
        ]
        return Answer(self._ask(_native.scenarios, words))

    def response_curves(
        self,
        *,
        channel: Optional[str] = None,
        margin: Optional[float] = None,
        points: Optional[int] = None,
        most: Optional[float] = None,
    ) -> Answer:
        """What channels would have brought at other levels of spend.

        Parameters
        ----------
        channel : str, optional
            One channel; all where it is left out.
        margin : float, optional
            What is left of a unit of outcome: shows where the next unit of spend stops paying.
        points : int, optional
            Points of a curve, from no spend to the largest.
        most : float, optional
            The largest spend, as a multiple of what was spent.

        Returns
        -------
        Answer
            Tables: ``points``, ``marks`` (elasticity, half saturation, break-even), ``findings``.
        """
        question = _stated(channel=channel, margin=margin, points=points, most=most)
        return Answer(self._ask(_native.response_curves, question))

    def timing(self) -> Answer:
        """When effects come, in weeks after the spend. Tables: ``responses``, ``lags``, ``findings``."""
        return Answer(self._ask(_native.timing))

    def attribution(self) -> Answer:
        """Where the outcome came from, adding up to all of it. Tables: ``parts``, ``findings``."""
        return Answer(self._ask(_native.attribution))

    def optimize(
        self,
        *,
        budget: Optional[float] = None,
        hurdle: Optional[float] = None,
        bounds: Optional[Mapping[str, Tuple[float, float]]] = None,
        groups: Optional[Mapping[str, Tuple[Sequence[str], float, float]]] = None,
        max_change: Optional[str] = None,
        horizon: Optional[int] = None,
        objective: Optional[str] = None,
        margin: Optional[float] = None,
        risk: Optional[str] = None,
        mediator: Optional[str] = None,
        allow_extrapolation: bool = False,
    ) -> Answer:
        """The plan of most worth for the weeks after the data.

        Parameters
        ----------
        budget : float, optional
            What spend and the mediator spend it sets off may cost over the horizon; what the last weeks
            cost where it is left out.
        hurdle : float, optional
            In place of a budget: spend until the last unit of the bill brings so much outcome.
        bounds : mapping of str to (least, most), optional
            Of a channel over the horizon.
        groups : mapping of str to (channels, least, most), optional
            Of channels together.
        max_change : str, optional
            How far a channel without bounds may move from what it gets now, such as ``"50%"``, or
            ``"none"``.
        horizon : int, optional
            Weeks after the data, 1 to 52.
        objective : {"revenue", "profit"}, optional
            What to make as large as possible; profit needs a margin.
        margin : float, optional
            What is left of a unit of outcome, such as 0.4.
        risk : str, optional
            ``"mean"``, or ``"cvar:0.2"`` (the worst fifth of the replicates).
        mediator : str, optional
            ``"free"``, ``"cap:5000"`` or ``"fixed"``.
        allow_extrapolation : bool
            Plan beyond what the data have seen as well.

        Returns
        -------
        Answer
            Tables: ``channels``, ``gain``, ``findings``.
        """
        question = _stated(
            budget=budget,
            hurdle=hurdle,
            bounds=[_range(name, ends) for name, ends in (bounds or {}).items()],
            groups=[
                _range(f"{name}={','.join(channels)}", (least, most), ":")
                for name, (channels, least, most) in (groups or {}).items()
            ],
            max_change=max_change,
            horizon=horizon,
            objective=objective,
            margin=margin,
            risk=risk,
            mediator=mediator,
            allow_extrapolation=allow_extrapolation,
        )
        return Answer(self._ask(_native.optimize, question))

    def pricing(
        self,
        *,
        price: Optional[str] = None,
        promotion: Optional[str] = None,
        unit_cost: Optional[float] = None,
        margin: Optional[float] = None,
    ) -> Answer:
        """What prices and promotions do.

        Parameters
        ----------
        price, promotion : str, optional
            Their columns; those named so where they are left out.
        unit_cost : float, optional
            What a unit costs, in the unit of the price: makes a profit of revenue.
        margin : float, optional
            What is left of a unit of revenue at the mean price of the last 52 weeks, such as 0.4.

        Returns
        -------
        Answer
            Tables: ``elasticities``, ``prices``, ``promotion``, ``findings``.
        """
        unit_cost = None if unit_cost is None else number("unit_cost", unit_cost)
        margin = None if margin is None else number("margin", margin)
        return Answer(self._ask(_native.pricing, price, promotion, unit_cost, margin))

    def recommend(
        self,
        *,
        budget: Optional[float] = None,
        max_change: Optional[str] = None,
        horizon: Optional[int] = None,
        margin: Optional[float] = None,
    ) -> Answer:
        """What to do next: the moves of the best plan, as far as the checks support them.

        Parameters
        ----------
        budget, max_change, horizon, margin
            As of `optimize`.

        Returns
        -------
        Answer
            Tables: ``moves``, ``ranking``, ``channels``, ``gain``.
        """
        question = _stated(budget=budget, max_change=max_change, horizon=horizon, margin=margin)
        return Answer(self._ask(_native.recommend, question))

    def validate(self, *, strict: bool = False) -> Checks:
        """Every check of the run against its bound. ``strict`` counts warnings as failures."""
        return Checks(*_native.validate(self._run, strict))

    def compare(self, others: Sequence[Union[str, MediationMix]]) -> Answer:
        """Estimators, or fitted models, side by side on the same folds.

        Parameters
        ----------
        others : sequence of str, or of fitted MediationMix
            Names of estimators are fitted to this model's data with its settings; models must be of the
            same weeks, and this one comes first.

        Returns
        -------
        Answer
            Tables: ``scores`` (the best naive forecast first), ``findings``.
        """
        # A lone name is a sequence of letters, and surely one estimator.
        others = [others] if isinstance(others, str) else others
        names = [other for other in others if isinstance(other, str)]
        models = [other for other in others if isinstance(other, MediationMix)]
        if len(names) + len(models) < len(others):
            raise SettingError(
                "some of these are neither estimators nor models", "give names, or fitted models"
            )
        if names and models:
            raise SettingError(
                "names of estimators and fitted models cannot be compared at once",
                "give names alone, or models alone",
            )
        if models:
            runs = [(f"model {at}", model._run) for at, model in enumerate([self, *models], 1)]
            return Answer(_native.compare_runs(runs))
        data = self.data if self._data is None else self._data
        with Telling(self.progress) as listener:
            native = _native.compare_estimators(
                data._native, self._settings(), names, _threads(self.n_jobs), listener
            )
        return Answer(native)

    # pictures

    def plot(self, picture_id: str, *, dark: bool = False) -> Picture:
        """A picture by name: a plotly figure where plotly is installed, else SVG.

        ``hw.pictures()`` lists the names.
        """
        with Telling(self.progress) as listener:
            return picture(self._run.picture(picture_id, dark, listener))

    # files

    def report(
        self, path: Union[str, os.PathLike[str], None] = None, *, overwrite: bool = False
    ) -> str:
        """The report of the model, one page to send.

        Parameters
        ----------
        path : path, optional
            The file to write: HTML that loads nothing, or Markdown where it ends in ``.md``.
        overwrite : bool
            Replace a file that exists.

        Returns
        -------
        str
            The report.
        """
        with Telling(self.progress) as listener:
            html, markdown = self._run.report(listener)
        text = markdown if path is not None and os.fspath(path).endswith(".md") else html
        if path is not None:
            _write(path, text, overwrite)
        return text

    def save(self, directory: Union[str, os.PathLike[str]], *, overwrite: bool = False) -> None:
        """Write the model as the run directory that ``headwater fit`` writes, byte for byte.

        Raises
        ------
        FileError
            When the folder exists and ``overwrite`` is false, or holds something other than a run.
        """
        self._run.save(os.fspath(directory), overwrite)

    @classmethod
    def _load(cls: Type[Self], directory: str) -> Self:
        native = _native.Run.load(directory, None)
        mix = cls(config=dict(native.files())["headwater.toml"])
        mix._native = native
        return mix


def load(directory: Union[str, os.PathLike[str]]) -> MediationMix:
    """Read a model from a run directory, written by `MediationMix.save` or by ``headwater fit``.

    Raises
    ------
    FileError
        Naming the folder that is no run, or the file of it that is missing or was changed.
    """
    return MediationMix._load(os.fspath(directory))


def _write(path: Union[str, os.PathLike[str]], text: str, overwrite: bool) -> None:
    """Write a text file; one that exists is replaced only where that was asked for."""
    try:
        with open(path, "w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise FileError(
            f"{os.fspath(path)}: already exists",
            "name another file, or replace this one with overwrite=True",
        ) from None


def _brief(value: Any) -> str:
    """A parameter in a line: of the text of a settings file its length."""
    if isinstance(value, str) and "\n" in value:
        return f"<headwater.toml of {len(value.splitlines())} lines>"
    return repr(value)


def _threads(n_jobs: Optional[int]) -> Optional[int]:
    threads = -1 if n_jobs is None else whole("n_jobs", n_jobs)
    if threads < 1 and threads != -1:
        raise SettingError(f"n_jobs is {n_jobs}", "give the number of threads, or -1 for all cores")
    return None if threads == -1 else threads


def _day(day: Optional[Day]) -> Optional[str]:
    # The days of numpy are written as those of datetime.
    return None if day is None else str(day)[:10]


def _stated(**words: Any) -> str:
    """The words of a question that were given, whole and other numbers as such."""
    given = {name: word for name, word in words.items() if word is not None}
    for name, word in given.items():
        if name in ("horizon", "points"):
            given[name] = whole(name, word)
        elif name in ("budget", "hurdle", "margin", "most"):
            given[name] = number(name, word)
    return to_json("the question", given)


def _range(name: str, ends: Any, sign: str = "=") -> str:
    """Bounds in the words of the command line."""
    try:
        least, most = ends
    except (TypeError, ValueError):
        raise SettingError(
            f"the bounds of {name} are {ends!r}", "give the least and the most, as (0, 8000)"
        ) from None
    return f"{name}{sign}{number(name, least)!r}..{number(name, most)!r}"


def _plan(
    changes: Changes,
    start: Optional[Day],
    end: Optional[Day],
    mediator: str,
    margin: Optional[float],
    allow_extrapolation: bool,
) -> str:
    if not isinstance(changes, Mapping):
        raise SettingError(
            f"{changes!r} is no mapping of changes", 'write them as {"facebook_spend": "+20%"}'
        )
    return to_json(
        "the plan",
        {
            "set": [f"{column}={by}" for column, by in changes.items()],
            "from": _day(start),
            "to": _day(end),
            "mediator": mediator,
            "margin": None if margin is None else number("margin", margin),
            "allow_extrapolation": bool(allow_extrapolation),
        },
    )
