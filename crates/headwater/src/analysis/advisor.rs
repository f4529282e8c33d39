//! A run opened for questions: what if, how much more, when, where next, at what price.

use std::sync::Arc;

use super::effect_findings::shrinkage;
use super::fit::prepare;
use super::saved_run::SavedRun;
use super::settings::Settings;
use crate::data::Dataset;
use crate::decisions::pricing::Cost;
use crate::decisions::{Plan, Pricing, PricingQuestion, Scenario};
use crate::effects::Ensemble;
use crate::error::Result;
use crate::progress::Progress;

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
        let plan = Plan {
            margin: plan.margin.or(self.settings.sensitivity.margin),
            ..plan.clone()
        };
        Scenario::of(&self.ensemble, &self.dataset, name, &plan)
    }

    /// What prices and promotions do. A question without a cost takes the margin of the settings.
    ///
    /// # Errors
    /// Those of [`Pricing::of`].
    pub fn pricing(&self, question: &PricingQuestion) -> Result<Pricing> {
        let margin = self.settings.sensitivity.margin.map(Cost::Margin);
        let question = PricingQuestion {
            cost: question.cost.or(margin),
            ..question.clone()
        };
        Pricing::of(&self.ensemble, &self.dataset, &question)
    }
}
