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
use crate::estimators::EstimatorSettings;
use crate::features::Recipe;
use crate::progress::{Progress, Silent};

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
        Ok(Advisor {
            settings: settings.clone(),
            dataset: dataset.clone(),
            ensemble: ensemble(dataset, settings, progress)?,
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
        let mut settings = self.settings.clone();
        settings.features.asked = asked.map(String::from).collect();
        let stages = [&settings.stages.mediator, &settings.stages.outcome];
        // Least squares shrinks nothing, and a penalty on causal columns or trees would shrink these too.
        let spares = |stage: &EstimatorSettings| {
            !matches!(stage, EstimatorSettings::Ols) && !stage.shrinks_causal()
        };
        let standard = settings.features.recipe == Recipe::Standard;
        let refitted = match standard && stages.into_iter().any(spares) {
            true => Some(ensemble(&self.dataset, &settings, &Silent)?),
            false => None,
        };
        let ensemble = refitted.as_ref().unwrap_or(&self.ensemble);
        let mut pricing = Pricing::of(ensemble, &self.dataset, &question)?;
        pricing.unpenalised = refitted.is_some();
        pricing.findings.extend(shrinkage(&settings));
        Ok(pricing)
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
