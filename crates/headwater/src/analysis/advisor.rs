//! A run opened for questions: what if, how much more, when, where next, at what price.

use std::sync::Arc;

use super::effect_findings::shrinkage;
use super::fit::prepare;
use super::saved_run::SavedRun;
use super::settings::Settings;
use crate::data::{Coming, Dataset, Table};
use crate::decisions::{Forecast, Plan, Plans, Scenario, Scenarios};
use crate::effects::Ensemble;
use crate::error::Result;
use crate::estimate::Estimate;
use crate::progress::Progress;
use crate::validation::conformal::PredictionIntervals;

/// A run with its model and replicates fitted again, the same to the last bit as those of the fit.
/// Every face asks the same verbs.
pub struct Advisor {
    settings: Settings,
    dataset: Dataset,
    ensemble: Ensemble,
}

impl Advisor {
    /// Fits the model of a run and its replicates again, which takes as long as its bootstrap did.
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn open(run: &SavedRun, progress: &dyn Progress) -> Result<Self> {
        Advisor::new(&run.dataset, &run.settings, progress)
    }

    /// Fits the model and its replicates to a dataset.
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
        let prepared = Arc::new(prepare(dataset, settings)?);
        let recipe = settings.model();
        let weights = vec![1.0; dataset.len()];
        let model = recipe.fit(&prepared, &prepared.mediator, &prepared.outcome, &weights)?;
        let ensemble = Ensemble::fit(
            &recipe,
            model,
            &settings.bootstrap,
            settings.seed,
            shrinkage(settings).is_some(),
            progress,
        )?;
        Ok(Advisor {
            settings: settings.clone(),
            dataset: dataset.clone(),
            ensemble,
        })
    }

    /// What a plan for weeks of the data would have changed. A plan without a margin takes that of the
    /// settings.
    ///
    /// # Errors
    /// Those of [`Scenario::of`].
    pub fn scenario(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        Scenario::of(&self.ensemble, &self.dataset, name, &self.priced(plan))
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
        Scenarios::of(&self.ensemble, &self.dataset, &plans)
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
            &self.ensemble,
            &self.dataset,
            &coming,
            &terms,
            |ahead, point| prediction(intervals, ahead, point),
        )
    }

    /// The plan with the margin of the settings where it has none.
    fn priced(&self, plan: &Plan) -> Plan {
        Plan {
            margin: plan.margin.or(self.settings.sensitivity.margin),
            ..plan.clone()
        }
    }
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
