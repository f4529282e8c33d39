//! Questions to a run: the words of the command line in, answers out.

use std::str::FromStr;

use headwater::analysis::{Advisor, validate as check};
use headwater::data::Coming;
use headwater::decisions::pricing::Cost;
use headwater::decisions::{BudgetSettings, Change, CurveQuestion, Plan, Plans, PricingQuestion};
use headwater::error::{Error, Result};
use headwater_report::{
    attribution_screen, budget_screen, curves_screen, figures, forecast_screen, pricing_screen,
    recommend_screen, scenario_screen, scenarios_screen, timing_screen, validate_screen,
};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::data::{Data, parse};
use crate::errors::PyAnswer;
use crate::frame::Frame;
use crate::run::Run;
use crate::tables;

/// What Python is told while it waits.
type Listener = Option<Py<PyAny>>;

/// A plan in the words of the command line.
#[derive(Deserialize)]
struct PlanWords {
    /// `COLUMN=BY` each.
    set: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    mediator: String,
    margin: Option<f64>,
    allow_extrapolation: bool,
}

impl PlanWords {
    fn read(&self) -> Result<Plan> {
        let changes = self.set.iter().map(|change| Change::from_str(change));
        Ok(Plan {
            set: changes.collect::<Result<_>>()?,
            from: day("start", self.from.as_deref())?,
            to: day("end", self.to.as_deref())?,
            mediator: self.mediator.parse()?,
            margin: self.margin,
            allow_extrapolation: self.allow_extrapolation,
        })
    }
}

fn day(name: &str, text: Option<&str>) -> Result<Option<jiff::civil::Date>> {
    text.map(|text| {
        text.parse().map_err(|why| {
            Error::setting(
                format!("{name}: {text} is no day: {why}"),
                "write it as 2025-01-05, or give a datetime.date",
            )
        })
    })
    .transpose()
}

/// What one plan changes.
#[pyfunction]
pub fn scenario(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    name: &str,
    plan: &str,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    let plan = parse::<PlanWords>("the plan", plan)?.read()?;
    plan.apply(&run.saved.dataset)?;
    let scenario = run.ask(py, progress.as_ref(), |advisor| {
        advisor.scenario(name, &plan)
    })?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("total", tables::scenario([&scenario])),
        ("weeks", tables::scenario_weeks([&scenario])),
        ("findings", tables::findings(&scenario.findings)),
    ];
    let screen =
        |scenario: &_, analysis: &_, style| scenario_screen(scenario, analysis, false, style);
    let answer = Answer::of(analysis, &scenario, screen, tables);
    Ok(answer.pictured(figures::scenario(&scenario, analysis)))
}

/// What several plans change, side by side.
#[pyfunction]
pub fn scenarios(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    plans: Vec<(String, String)>,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    let plans = plans.iter().map(|(name, plan)| {
        let plan = parse::<PlanWords>(name, plan)?.read()?;
        plan.apply(&run.saved.dataset)?;
        Ok((name.clone(), plan))
    });
    let plans = Plans {
        plans: plans.collect::<Result<_>>()?,
    };
    let scenarios = run.ask(py, progress.as_ref(), |advisor| advisor.scenarios(&plans))?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("total", tables::scenario(&scenarios.scenarios)),
        ("differences", tables::differences(&scenarios)),
        ("weeks", tables::scenario_weeks(&scenarios.scenarios)),
    ];
    let answer = Answer::of(analysis, &scenarios, scenarios_screen, tables);
    Ok(answer.pictured(figures::scenarios(&scenarios, analysis)))
}

/// What coming weeks will bring.
#[pyfunction]
pub fn predict(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    coming: &Bound<'_, Data>,
    margin: Option<f64>,
    allow_extrapolation: bool,
    progress: Listener,
) -> PyAnswer<Answer> {
    let (run, table) = (run.get(), &coming.get().table);
    let terms = Plan {
        margin,
        allow_extrapolation,
        ..Plan::default()
    };
    terms.validate()?;
    let (analysis, dataset) = (&run.saved.analysis, &run.saved.dataset);
    Coming::read(table, dataset, &run.saved.settings.data)?;
    let intervals = &analysis.forecast_intervals;
    let forecast = run.ask(py, progress.as_ref(), |advisor| {
        advisor.forecast(table, intervals, &terms)
    })?;
    let tables = vec![
        ("weeks", tables::forecast(&forecast)),
        ("effect", tables::scenario([&forecast.effect])),
        ("effect_weeks", tables::scenario_weeks([&forecast.effect])),
        ("findings", tables::findings(&forecast.findings)),
    ];
    let screen =
        |forecast: &_, analysis: &_, style| forecast_screen(forecast, analysis, false, style);
    Ok(Answer::of(analysis, &forecast, screen, tables))
}

/// What other levels of spend would have brought.
#[pyfunction]
pub fn response_curves(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    question: &str,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    let question: CurveQuestion = parse("response_curves", question)?;
    question.validate(&run.saved.dataset.roles().exposures())?;
    let curves = run.ask(py, progress.as_ref(), |advisor| {
        advisor.response_curves(&question)
    })?;
    let in_full = question.channel.is_some();
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("points", tables::curves(&curves)),
        ("marks", tables::curves_marks(&curves)),
        ("findings", tables::findings(&curves.findings)),
    ];
    let screen = |curves: &_, analysis: &_, style| curves_screen(curves, analysis, in_full, style);
    let answer = Answer::of(analysis, &curves, screen, tables);
    Ok(answer.pictured(figures::response_curves(&curves, analysis)))
}

/// When effects come.
#[pyfunction]
pub fn timing(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Answer> {
    let run = run.get();
    let timing = run.ask(py, progress.as_ref(), |advisor| advisor.timing())?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("responses", tables::timing(&timing)),
        ("lags", tables::timing_lags(&timing)),
        ("findings", tables::findings(&timing.findings)),
    ];
    let answer = Answer::of(analysis, &timing, timing_screen, tables);
    Ok(answer.pictured(figures::impulse_responses(&timing, analysis)))
}

/// Where the outcome came from.
#[pyfunction]
pub fn attribution(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Answer> {
    let run = run.get();
    let attribution = run.ask(py, progress.as_ref(), |advisor| advisor.attribution())?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("parts", tables::attribution(&attribution)),
        ("findings", tables::findings(&attribution.findings)),
    ];
    let answer = Answer::of(analysis, &attribution, attribution_screen, tables);
    Ok(answer.pictured(figures::waterfall(&attribution, analysis)))
}

/// Settings of a budget in the words of the command line; what is left out keeps its default.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BudgetWords {
    budget: Option<f64>,
    hurdle: Option<f64>,
    bounds: Vec<String>,
    groups: Vec<String>,
    max_change: Option<String>,
    horizon: Option<usize>,
    objective: Option<String>,
    margin: Option<f64>,
    risk: Option<String>,
    mediator: Option<String>,
    allow_extrapolation: bool,
}

/// The value that a word stands for, the default where there is none.
fn said<T: FromStr<Err = Error>>(word: Option<&str>, default: T) -> Result<T> {
    word.map_or(Ok(default), str::parse)
}

impl BudgetWords {
    /// The settings, checked against the run.
    fn read(&self, run: &Run) -> Result<BudgetSettings> {
        let usual = BudgetSettings::default();
        let bounds = self.bounds.iter().map(|bounds| bounds.parse());
        let groups = self.groups.iter().map(|group| group.parse());
        let settings = BudgetSettings {
            budget: self.budget,
            hurdle: self.hurdle,
            bounds: bounds.collect::<Result<_>>()?,
            groups: groups.collect::<Result<_>>()?,
            max_change: said(self.max_change.as_deref(), usual.max_change)?,
            horizon: self.horizon.unwrap_or(usual.horizon),
            objective: said(self.objective.as_deref(), usual.objective)?,
            margin: self.margin.or(run.saved.settings.sensitivity.margin),
            risk: said(self.risk.as_deref(), usual.risk)?,
            mediator: said(self.mediator.as_deref(), usual.mediator)?,
            allow_extrapolation: self.allow_extrapolation,
        };
        settings.check(&run.saved.dataset)?;
        Ok(settings)
    }
}

/// The plan of most worth.
#[pyfunction]
pub fn optimize(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    settings: &str,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    let settings = parse::<BudgetWords>("optimize", settings)?.read(run)?;
    let plan = run.ask(py, progress.as_ref(), |advisor| advisor.optimize(&settings))?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("channels", tables::plan(&plan)),
        ("gain", tables::gain(&plan)),
        ("findings", tables::findings(&plan.findings)),
    ];
    let answer = Answer::of(analysis, &plan, budget_screen, tables);
    Ok(answer.pictured(figures::budget(&plan, analysis)))
}

/// What to do next.
#[pyfunction]
pub fn recommend(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    settings: &str,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    let settings = parse::<BudgetWords>("recommend", settings)?.read(run)?;
    let advice = run.ask(py, progress.as_ref(), |advisor| {
        advisor.recommend(&settings)
    })?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("moves", tables::moves(&advice)),
        ("ranking", tables::ranking(&advice)),
        ("channels", tables::plan(&advice.allocation)),
        ("gain", tables::gain(&advice.allocation)),
    ];
    let answer = Answer::of(analysis, &advice, recommend_screen, tables);
    Ok(answer.pictured(figures::budget(&advice.allocation, analysis)))
}

/// What prices and promotions do.
#[pyfunction]
pub fn pricing(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    price: Option<String>,
    promotion: Option<String>,
    unit_cost: Option<f64>,
    margin: Option<f64>,
    progress: Listener,
) -> PyAnswer<Answer> {
    let run = run.get();
    if unit_cost.is_some() && margin.is_some() {
        return Err(Error::setting(
            "unit_cost and margin both say what a unit costs",
            "give one of them",
        )
        .into());
    }
    let question = PricingQuestion {
        price,
        promotion,
        cost: unit_cost.map(Cost::PerUnit).or(margin.map(Cost::Margin)),
    };
    question.validate()?;
    question.columns(&run.saved.dataset)?;
    let pricing = run.ask(py, progress.as_ref(), |advisor| advisor.pricing(&question))?;
    let analysis = &run.saved.analysis;
    let tables = vec![
        ("elasticities", tables::elasticities(&pricing)),
        ("prices", tables::prices(&pricing)),
        ("promotion", tables::promotion(&pricing)),
        ("findings", tables::findings(&pricing.findings)),
    ];
    let answer = Answer::of(analysis, &pricing, pricing_screen, tables);
    Ok(answer.pictured(figures::price_curve(&pricing, analysis)))
}

/// A view of the fit, laid out as `rows`.
fn view<View: Send>(
    py: Python<'_>,
    run: &Bound<'_, Run>,
    progress: Listener,
    look: fn(&Advisor) -> Result<View>,
    rows: fn(&View) -> Frame,
) -> PyAnswer<Frame> {
    let view = run.get().ask(py, progress.as_ref(), look)?;
    Ok(rows(&view))
}

/// The weeks that were fitted, seen and unseen.
#[pyfunction]
pub fn fitted(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Frame> {
    view(py, run, progress, Advisor::fitted_weeks, tables::fitted)
}

/// What both stages left unexplained.
#[pyfunction]
pub fn residuals(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Frame> {
    view(py, run, progress, Advisor::residuals, tables::residuals)
}

/// Trend and season of the mediator and the outcome.
#[pyfunction]
pub fn seasons(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Frame> {
    view(py, run, progress, Advisor::seasons, tables::seasons)
}

/// How much each column counts.
#[pyfunction]
pub fn importances(py: Python<'_>, run: &Bound<'_, Run>, progress: Listener) -> PyAnswer<Frame> {
    view(py, run, progress, Advisor::importances, tables::importances)
}

/// Every check of the run against its bounds, and whether one failed.
#[pyfunction]
pub fn validate(run: &Bound<'_, Run>, strict: bool) -> (Answer, bool) {
    let saved = &run.get().saved;
    let checks = check(&saved.analysis, &saved.settings.validation.bounds);
    let findings = checks.groups.iter().flat_map(|group| &group.findings);
    let tables = vec![("checks", tables::findings(findings))];
    let name = &saved.analysis.data.source;
    let screen = |style| validate_screen(&checks, name, strict, style);
    let answer = json!({"run": name, "strict": strict, "checks": checks});
    let answer = Answer::new(&answer, screen, tables);
    (answer, checks.fail(strict))
}
