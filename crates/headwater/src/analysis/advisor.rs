//! A run opened for questions: what if, how much more, when, where next, at what price.

use std::sync::{Arc, Mutex, PoisonError};

use super::Analysis;
use super::effect_findings::shrinkage;
use super::fit::{Fit, prepare};
use super::importances::Importances;
use super::recommendation::{Ranked, Recommendations};
use super::saved_run::SavedRun;
use super::settings::Settings;
use super::views::{FittedWeeks, Residuals, Seasons};
use crate::data::{Coming, Dataset, Table};
use crate::decisions::budget::{Allocation, BudgetSettings, Story};
use crate::decisions::pricing::Cost;
use crate::decisions::{
    Attribution, Baseline, CurveQuestion, Forecast, Plan, Plans, Pricing, PricingQuestion,
    ResponseCurves, Scenario, Scenarios, Timing,
};
use crate::effects::{Ensemble, SMOOTH_STEP, TREE_STEP};
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::features::Recipe;
use crate::mediation::Reading;
use crate::progress::{Listener, Progress};
use crate::validation::assumption::Verdict;
use crate::validation::conformal::PredictionIntervals;
use crate::validation::cross_validation::{CrossValidation, carry_over_memory};
use crate::validation::sensitivity::{Story as Told, StoryWorld};

/// How a model is fitted for a question: how stage 2 reads the mediator, and the levers and controls
/// that are left out of the penalty because their effect is asked for.
type Otherwise = (Reading, Vec<String>);

/// A run with its model and replicates fitted again, the same to the last bit as those of the fit.
/// Every face asks the same verbs.
///
/// Cloning shares the models and what questions found of them.
#[derive(Clone)]
pub struct Advisor {
    settings: Arc<Settings>,
    dataset: Arc<Dataset>,
    /// The models, and what plans are compared with by them.
    baseline: Baseline,
    /// Fits of the same data for questions that need them otherwise, by how.
    refits: Arc<Mutex<Vec<(Otherwise, Baseline)>>>,
    /// The folds of the run, once they were asked for.
    folds: Arc<Mutex<Option<Arc<CrossValidation>>>>,
    /// How far the fit is to be trusted; none for a dataset that was not analysed.
    analysis: Option<Arc<Analysis>>,
}

impl Advisor {
    /// Fits the model of a run and its replicates again, which takes as long as its bootstrap did.
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn open(run: &SavedRun, progress: &dyn Progress) -> Result<Self> {
        let advisor = Advisor::new(&run.dataset, &run.settings, progress)?;
        Ok(Advisor {
            analysis: Some(Arc::new(run.analysis.clone())),
            ..advisor
        })
    }

    /// Asks the models of a finished fit, at once where it [kept](Fit::models) them.
    ///
    /// # Errors
    /// Those of [`run`](super::run), where they must be fitted again.
    pub fn of(fit: &Fit, progress: &dyn Progress) -> Result<Self> {
        let advisor = match &fit.models {
            Some(models) => Advisor::asking(models, &fit.dataset, &fit.settings),
            None => Advisor::new(&fit.dataset, &fit.settings, progress)?,
        };
        Ok(Advisor {
            analysis: Some(Arc::new(fit.analysis.clone())),
            ..advisor
        })
    }

    fn asking(ensemble: &Ensemble, dataset: &Dataset, settings: &Settings) -> Self {
        Advisor {
            settings: Arc::new(settings.clone()),
            dataset: Arc::new(dataset.clone()),
            baseline: Baseline::new(ensemble, dataset),
            refits: Arc::default(),
            folds: Arc::default(),
            analysis: None,
        }
    }

    /// Fits the model and its replicates to a dataset, without the checks of an analysis: answers
    /// that need them say so.
    ///
    /// ```
    /// use headwater::analysis::{Advisor, Settings};
    /// use headwater::decisions::Plan;
    /// use headwater::progress::Silent;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut settings = Settings::default();
    /// settings.bootstrap.replicates = Some(40);
    /// let advisor = Advisor::new(&market.dataset, &settings, &Silent)?;
    /// let plan = Plan { set: vec!["facebook_spend=-20%".parse()?], ..Plan::default() };
    /// let scenario = advisor.scenario("less facebook", &plan)?;
    /// assert!(scenario.total.outcome.point < Some(0.0));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn new(dataset: &Dataset, settings: &Settings, progress: &dyn Progress) -> Result<Self> {
        let ensemble = ensemble(dataset, settings, progress)?;
        Ok(Advisor::asking(&ensemble, dataset, settings))
    }

    /// The same run, whose questions stop with [`Error::Cancelled`] soon after `listener`
    /// [says so](Progress::cancelled): for who asks on behalf of others that may leave.
    pub fn heard_by(&self, listener: Listener) -> Self {
        Advisor {
            baseline: self.baseline.heard_by(listener),
            ..self.clone()
        }
    }

    /// What a plan for weeks of the data would have changed. A plan without a margin takes that of the
    /// settings.
    ///
    /// Levers and controls that it changes are left out of the penalty for this: see
    /// [`pricing`](Self::pricing). Where the checks of the run contradict no reading of the mediator, or
    /// its first stage is weak, the answer holds the [pooled](Scenario::pooled) one as well.
    ///
    /// # Errors
    /// Those of [`Scenario::of`].
    pub fn scenario(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        self.ask_scenario(plan, |models, plan| models.scenario(name, plan))
    }

    /// [`scenario`](Self::scenario) without blocks and weeks, the same numbers for a small part of the
    /// work: what a slider asks for at every move.
    ///
    /// # Errors
    /// Those of [`Scenario::of`].
    pub fn scenario_totals(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        self.ask_scenario(plan, |models, plan| models.scenario_totals(name, plan))
    }

    fn ask_scenario(
        &self,
        plan: &Plan,
        ask: impl Fn(&Baseline, &Plan) -> Result<Scenario>,
    ) -> Result<Scenario> {
        let plan = self.priced(plan);
        let asked = self.covariates(std::iter::once(&plan));
        let models = self.models(self.settings.mediation.reading, &asked)?;
        let scenario = Scenario {
            unpenalised: self.penalised() && !asked.is_empty(),
            ..ask(&models, &plan)?
        };
        if !self.reads_pooled() {
            return Ok(scenario);
        }
        let pooled = self.models(Reading::Observed, &asked)?;
        scenario.beside(&pooled)
    }

    /// Several plans side by side, with their differences to the first.
    ///
    /// # Errors
    /// Those of [`Scenarios::of`].
    pub fn scenarios(&self, plans: &Plans) -> Result<Scenarios> {
        let plans = plans.plans.iter();
        let plans = Plans {
            plans: plans
                .map(|(name, plan)| (name.clone(), self.priced(plan)))
                .collect(),
        };
        let asked = self.covariates(plans.plans.values());
        let models = self.models(self.settings.mediation.reading, &asked)?;
        Scenarios::beside(&models, &plans)
    }

    /// What the coming weeks of `table` will bring, within the prediction `intervals` of the run, and
    /// what their plan changes against last year's mean spend. `terms` holds the margin and whether to
    /// compute beyond what was seen.
    ///
    /// # Errors
    /// Those of [`Coming::read`] and [`Forecast::of`].
    pub fn forecast(
        &self,
        table: &Table,
        intervals: &PredictionIntervals,
        terms: &Plan,
    ) -> Result<Forecast> {
        let coming = Coming::read(table, &self.dataset, &self.settings.data)?;
        let terms = self.priced(terms);
        Forecast::of(
            self.ensemble(),
            &self.dataset,
            &coming,
            &terms,
            |ahead, point| prediction(intervals, ahead, point),
        )
    }

    /// How the effect of each channel spreads over the weeks after the spend.
    ///
    /// # Errors
    /// Those of [`Timing::of`].
    pub fn timing(&self) -> Result<Timing> {
        Timing::of(self.ensemble(), &self.dataset, self.trees())
    }

    /// What the channels would have returned at other levels of spend. A question without a margin
    /// takes that of the settings.
    ///
    /// # Errors
    /// Those of [`ResponseCurves::of`].
    pub fn response_curves(&self, question: &CurveQuestion) -> Result<ResponseCurves> {
        let question = CurveQuestion {
            margin: question.margin.or(self.settings.sensitivity.margin),
            ..question.clone()
        };
        ResponseCurves::of(self.ensemble(), &self.dataset, &question, self.trees())
    }

    /// Where the outcome came from, adding up to all of it.
    ///
    /// # Errors
    /// Those of [`Attribution::of`].
    pub fn attribution(&self) -> Result<Attribution> {
        Attribution::of(self.ensemble(), &self.dataset, self.settings.seed)
    }

    /// The plan of most worth for the weeks after the data, asked for again under the stories of the
    /// run's sensitivity. Settings without a margin take that of the run.
    ///
    /// # Errors
    /// Those of [`Allocation::of`].
    pub fn optimize(&self, settings: &BudgetSettings) -> Result<Allocation> {
        let settings = BudgetSettings {
            margin: settings.margin.or(self.settings.sensitivity.margin),
            ..settings.clone()
        };
        Allocation::of(self.ensemble(), &self.dataset, &settings, &self.stories())
    }

    /// What prices and promotions do. A question without a cost takes the margin of the settings.
    ///
    /// Where a stage is penalised, the model and its replicates are fitted once more with price and
    /// promotions left out of the penalty, as exposures are: shrunk slopes would be a third too small,
    /// with intervals around the wrong place (`docs/explain/effects.shrunken.md`).
    ///
    /// # Errors
    /// Those of [`Pricing::of`] and of [`run`](super::run).
    pub fn pricing(&self, question: &PricingQuestion) -> Result<Pricing> {
        let margin = self.settings.sensitivity.margin.map(Cost::Margin);
        let question = PricingQuestion {
            cost: question.cost.or(margin),
            ..question.clone()
        };
        let (price, promotion) = question.columns(&self.dataset)?;
        let asked = [Some(price), promotion].into_iter().flatten();
        let asked: Vec<String> = asked.map(String::from).collect();
        let models = self.models(self.settings.mediation.reading, &asked)?;
        let mut pricing = Pricing::of(models.ensemble(), &self.dataset, &question)?;
        pricing.unpenalised = self.penalised();
        pricing.findings.extend(shrinkage(&self.settings));
        Ok(pricing)
    }

    /// What to do next: the moves of the best plan within these settings, as far as the checks of the
    /// run support them.
    ///
    /// # Errors
    /// Those of [`Advisor::optimize`], and when this is no analysed run.
    pub fn recommend(&self, settings: &BudgetSettings) -> Result<Recommendations> {
        let Some(analysis) = &self.analysis else {
            return Err(Error::setting(
                "recommendations rest on the checks of a run, and these data were not analysed",
                "open a run, or a finished fit",
            ));
        };
        let allocation = self.optimize(settings)?;
        let moves = allocation.moves(self.ensemble(), &self.dataset)?;
        let ranked = Ranked::of(self.ensemble(), &self.dataset, self.step())?;
        let lasts = self.ensemble().point().reach();
        Ok(Recommendations::of(
            analysis, allocation, moves, ranked, lasts,
        ))
    }

    /// The weeks of the data, with their roles.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Both stages week by week: what happened, what the model says having seen it, and what the folds
    /// forecast beside a naive forecast and within prediction intervals. Fits the folds of the run
    /// again when it is first asked.
    ///
    /// ```
    /// use headwater::analysis::{Advisor, Settings};
    /// use headwater::progress::Silent;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut settings = Settings::default();
    /// settings.bootstrap.replicates = Some(0);
    /// let advisor = Advisor::new(&market.dataset, &settings, &Silent)?;
    /// let weeks = advisor.fitted_weeks()?;
    /// let (fold, forecast) = (&weeks.folds[4], &weeks.outcome.forecasts[4]);
    /// assert_eq!(forecast.forecast.len(), fold.last + 1 - fold.first);
    /// assert!(forecast.interval.is_some());
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn fitted_weeks(&self) -> Result<FittedWeeks> {
        let (scores, model) = (self.cross_validation()?, self.ensemble().point());
        let (dataset, settings) = (&self.dataset, &self.settings);
        Ok(FittedWeeks::of(dataset, settings, model, &scores))
    }

    /// What both stages left unexplained of the weeks that they learned from.
    ///
    /// # Errors
    /// None so far: a result, as of every question.
    pub fn residuals(&self) -> Result<Residuals> {
        Ok(Residuals::of(&self.dataset, self.ensemble().point()))
    }

    /// Trend and season of the mediator and the outcome.
    ///
    /// # Errors
    /// None so far: what cannot be taken apart says why in the answer.
    pub fn seasons(&self) -> Result<Seasons> {
        Ok(Seasons::of(&self.dataset))
    }

    /// The folds of the run, fitted when they are first asked for.
    fn cross_validation(&self) -> Result<Arc<CrossValidation>> {
        let known = || self.folds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scores) = &*known() {
            return Ok(Arc::clone(scores));
        }
        let (dataset, settings) = (&self.dataset, &self.settings);
        let columns = prepare(dataset, settings)?.mediator_designs[0].1.width();
        let memory = carry_over_memory(&settings.features);
        let (folds, _) = settings.validation.split(dataset.len(), columns, memory)?;
        let (recipe, listener) = (settings.model(), &**self.ensemble().listener());
        let scores =
            CrossValidation::run_heard(&recipe, dataset, &settings.features, &folds, listener)?;
        let scores = Arc::new(scores);
        *known() = Some(Arc::clone(&scores));
        Ok(scores)
    }

    /// How much each column counts in both stages of the model.
    ///
    /// ```
    /// use headwater::analysis::{Advisor, Settings};
    /// use headwater::progress::Silent;
    /// use headwater::simulate::{MarketSettings, simulate};
    ///
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut settings = Settings::default();
    /// settings.bootstrap.replicates = Some(0);
    /// let advisor = Advisor::new(&market.dataset, &settings, &Silent)?;
    /// let columns = advisor.importances()?.mediator.columns;
    /// assert!(columns.iter().any(|column| column.causal));
    /// assert!(columns.is_sorted_by(|a, b| a.importance >= b.importance));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the estimators.
    pub fn importances(&self) -> Result<Importances> {
        Importances::of(&self.dataset, self.ensemble().point())
    }

    /// The models as a question needs them, fitted when they are first asked for.
    fn models(&self, reading: Reading, asked: &[String]) -> Result<Baseline> {
        // nothing is shrunk that could be left out of the penalty
        let asked = if self.penalised() { asked } else { &[] };
        if reading == self.settings.mediation.reading && asked.is_empty() {
            return Ok(self.baseline.clone());
        }
        let wanted: Otherwise = (reading, asked.to_vec());
        let listener = self.ensemble().listener();
        let known = || self.refits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, models)) = known().iter().find(|(otherwise, _)| *otherwise == wanted) {
            return Ok(models.heard_by(Arc::clone(listener)));
        }
        let mut settings = Settings::clone(&self.settings);
        settings.mediation.reading = reading;
        let more = asked
            .iter()
            .filter(|name| !self.settings.features.asked.contains(name));
        settings.features.asked.extend(more.cloned());
        let models = ensemble(&self.dataset, &settings, &**listener)?;
        let models = Baseline::new(&models.heard_by(Arc::clone(listener)), &self.dataset);
        known().push((wanted, models.clone()));
        Ok(models)
    }

    /// Whether a stage shrinks controls that could be left out of its penalty.
    fn penalised(&self) -> bool {
        let stages = &self.settings.stages;
        let stages = [&stages.mediator, &stages.outcome];
        self.settings.features.recipe == Recipe::Standard
            && stages.iter().any(|stage| stage.shrinks_only_controls())
    }

    /// The levers and controls that plans change.
    fn covariates<'a>(&self, plans: impl Iterator<Item = &'a Plan>) -> Vec<String> {
        let covariates = self.dataset.roles().covariates();
        let mut changed: Vec<String> = plans
            .flat_map(|plan| plan.set.iter().map(|change| change.column.clone()))
            .filter(|column| covariates.contains(&column.as_str()))
            .collect();
        changed.sort();
        changed.dedup();
        changed
    }

    /// Whether the pooled slope is the one to read (methods brief, 0.2): the checks of the run
    /// contradict neither of two stories, no direct path and no hidden demand, under both of which it
    /// is right and the most precise. Where the first stage is weak, the worth of what the exposures
    /// induced is not to be read at all, and comparing it with the other slope says nothing.
    fn reads_pooled(&self) -> bool {
        let path = self.analysis.as_ref().map(|analysis| &analysis.path);
        self.settings.mediation.reading == Reading::TwoSlope
            && !self.trees()
            && path.is_some_and(|path| {
                matches!(path.verdict, Verdict::PathSupported | Verdict::TooWeakToSay)
            })
    }

    /// The stories of the run's sensitivity, as what they make of each channel's effect; none where
    /// they could not be told.
    fn stories(&self) -> Vec<Story> {
        let analysis = self.analysis.as_ref();
        let sensitivity = analysis.and_then(|analysis| analysis.sensitivity.as_ref());
        let Some(stories) = sensitivity.and_then(|sensitivity| sensitivity.stories.as_ref()) else {
            return Vec::new();
        };
        let base = stories
            .worlds
            .iter()
            .find(|world| world.story == Told::NoDirectPath);
        let Some(base) = base.filter(|_| self.settings.mediation.reading != Reading::Observed)
        else {
            return Vec::new();
        };
        let exposures = self.dataset.roles().exposures();
        let factor = |world: &StoryWorld, name: &str| {
            let at = stories
                .channels
                .iter()
                .position(|row| row.channel == name)?;
            Some(world.gross[at]? / base.gross[at]?).filter(|factor| factor.is_finite())
        };
        let told = stories.worlds.iter().map(|world| Story {
            name: match world.story {
                Told::NoDirectPath => "no direct path",
                Told::NoHiddenDemand => "no hidden demand",
                Told::QuarterDirect => "a quarter of one channel's effect is direct",
            }
            .into(),
            factors: exposures
                .iter()
                .map(|name| factor(world, name).unwrap_or(1.0))
                .collect(),
        });
        told.collect()
    }

    /// Half the width of central differences, as in the effects.
    fn step(&self) -> f64 {
        if self.trees() { TREE_STEP } else { SMOOTH_STEP }
    }

    /// The plan with the margin of the settings where it has none.
    fn priced(&self, plan: &Plan) -> Plan {
        Plan {
            margin: plan.margin.or(self.settings.sensitivity.margin),
            ..plan.clone()
        }
    }

    /// The models of the run.
    fn ensemble(&self) -> &Ensemble {
        self.baseline.ensemble()
    }

    /// Whether a stage is made of trees.
    fn trees(&self) -> bool {
        self.settings.model().overfits()
    }
}

/// The model of the settings and its replicates.
fn ensemble(dataset: &Dataset, settings: &Settings, progress: &dyn Progress) -> Result<Ensemble> {
    let prepared = Arc::new(prepare(dataset, settings)?);
    let recipe = settings.model();
    let weights = vec![1.0; dataset.len()];
    let model = recipe.fit(&prepared, &prepared.mediator, &prepared.outcome, &weights)?;
    Ensemble::fit(
        &recipe,
        model,
        &settings.bootstrap,
        settings.seed,
        shrinkage(settings).is_some(),
        progress,
    )
}

/// The forecast of a week so many weeks `ahead` with its prediction interval.
fn prediction(intervals: &PredictionIntervals, ahead: usize, point: f64) -> Estimate {
    let level = intervals.level;
    if ahead > intervals.horizon {
        let why = format!(
            "errors were measured up to {} weeks ahead; longer folds reach further (`test_weeks` under \
             [validation])",
            intervals.horizon
        );
        return Estimate::point_only(point, level, why);
    }
    match intervals.around(point) {
        Some(interval) => {
            let method = format!(
                "conformal, errors of {} forecast weeks",
                intervals.residuals
            );
            Estimate::new(point, interval, level, method)
        }
        None => {
            let why = format!(
                "the errors of {} forecast weeks are too few",
                intervals.residuals
            );
            Estimate::point_only(point, level, why)
        }
    }
}
