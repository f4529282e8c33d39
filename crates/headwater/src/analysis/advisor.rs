//! A run opened for questions: what if, how much more, when, where next, at what price.

use std::sync::Arc;

use super::Analysis;
use super::effect_findings::shrinkage;
use super::fit::{Fit, prepare};
use super::saved_run::SavedRun;
use super::settings::Settings;
use crate::data::Dataset;
use crate::decisions::{Attribution, CurveQuestion, Plan, ResponseCurves, Scenario, Timing};
use crate::effects::Ensemble;
use crate::error::Result;
use crate::progress::Progress;

/// A run with its model and replicates fitted again, the same to the last bit as those of the fit.
/// Every face asks the same verbs.
pub struct Advisor {
    settings: Settings,
    dataset: Dataset,
    ensemble: Ensemble,
    /// How far the fit is to be trusted; none for a dataset that was not analysed.
    analysis: Option<Analysis>,
}

impl Advisor {
    /// Fits the model of a run and its replicates again, which takes as long as its bootstrap did.
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn open(run: &SavedRun, progress: &dyn Progress) -> Result<Self> {
        let advisor = Advisor::new(&run.dataset, &run.settings, progress)?;
        Ok(Advisor {
            analysis: Some(run.analysis.clone()),
            ..advisor
        })
    }

    /// Fits the replicates of a finished fit again.
    ///
    /// # Errors
    /// Those of [`run`](super::run).
    pub fn of(fit: &Fit, progress: &dyn Progress) -> Result<Self> {
        let advisor = Advisor::new(&fit.dataset, &fit.settings, progress)?;
        Ok(Advisor {
            analysis: Some(fit.analysis.clone()),
            ..advisor
        })
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
            analysis: None,
        })
    }

    /// What a plan for weeks of the data would have changed. A plan without a margin takes that of the
    /// settings.
    ///
    /// # Errors
    /// Those of [`Scenario::of`].
    pub fn scenario(&self, name: &str, plan: &Plan) -> Result<Scenario> {
        let plan = Plan {
            margin: plan.margin.or(self.settings.sensitivity.margin),
            ..plan.clone()
        };
        Scenario::of(&self.ensemble, &self.dataset, name, &plan)
    }

    /// How the effect of each channel spreads over the weeks after the spend.
    ///
    /// # Errors
    /// Those of [`Timing::of`].
    pub fn timing(&self) -> Result<Timing> {
        Timing::of(&self.ensemble, &self.dataset, self.trees())
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
        ResponseCurves::of(&self.ensemble, &self.dataset, &question, self.trees())
    }

    /// Where the outcome came from, adding up to all of it.
    ///
    /// # Errors
    /// Those of [`Attribution::of`].
    pub fn attribution(&self) -> Result<Attribution> {
        Attribution::of(&self.ensemble, &self.dataset, self.settings.seed)
    }

    /// Whether a stage is made of trees.
    fn trees(&self) -> bool {
        let recipe = self.settings.model();
        recipe.mediator.overfits() || recipe.outcome.overfits()
    }
}
