//! The worked recipe "An estimator" of CONTRIBUTING.md: the estimator, and what it is tested by.
//!
//! It keeps the whole contract (its line in `estimator_contract.rs`) and goes through both stages
//! below. CONTRIBUTING.md quotes this file; `recipes.rs` compares the two.

#![allow(clippy::unwrap_used)] // a test that cannot go on should stop here

use std::sync::Arc;

use headwater::data::Dataset;
use headwater::design::Design;
use headwater::effects::{Decomposition, SMOOTH_STEP};
use headwater::error::{Error, Result};
use headwater::estimators::linear::Ols;
use headwater::estimators::{Estimator, Predictor, Term};
use headwater::features::{AdstockSettings, Decay};
use headwater::mediation::{FittedMediation, MediationModel, Prepared};
use headwater::simulate::{MarketSettings, simulate};
use headwater::splits::tuning_folds;
use serde_json::{Map, Value};

use crate::common::{altered, assert_close, settings_with};

/// Least squares that a few wild weeks cannot pull far (Huber 1964).
///
/// Minimises Σ wₜ ρ(rₜ / s) with ρ(u) = u²/2 up to `bend` and `bend` (|u| − `bend`/2) beyond it, and
/// s the weighted median of |r| over 0.6745. A larger `bend` trusts more weeks in full.
pub struct Huber {
    /// In standard deviations, above 0; at 1.345 a normal sample costs 5% of the precision.
    pub bend: f64,
}

/// The line that [`Huber`] settled on.
struct FittedHuber {
    line: Box<dyn Predictor>,
    passes: usize,
}

/// Passes of reweighting after which the line stands as it is.
const MOST_PASSES: usize = 50;

impl Estimator for Huber {
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        // The first pass refuses what cannot be learned from, in words that name the week or column.
        let mut line = Ols.fit(x, y, weights)?;
        let mut passes = 1;
        while passes < MOST_PASSES {
            let Some(next) = self.reweighted(line.as_ref(), x, y, weights)? else {
                break;
            };
            line = Ols.fit(x, y, &next)?;
            passes += 1;
        }
        Ok(Box::new(FittedHuber { line, passes }))
    }

    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64> {
        let (mut squares, mut total) = (0.0, 0.0);
        for fold in tuning_folds(x.weeks())? {
            let past = fold.train.clone();
            let line = self.fit(&x.slice(past.clone()), &y[past.clone()], &weights[past])?;
            let forecasts = line.predict(&x.slice(fold.test.clone()))?;
            for (week, forecast) in fold.test.zip(forecasts) {
                if weights[week] > 0.0 {
                    squares += weights[week] * (y[week] - forecast).powi(2);
                    total += weights[week];
                }
            }
        }
        if total == 0.0 {
            return Err(Error::estimator(
                "there is no week to compare candidate designs by",
                "use more weeks, or set `decay` under [features.adstock] to a number",
            ));
        }
        Ok(squares / total)
    }

    fn overfits(&self) -> bool {
        false
    }
}

impl Huber {
    /// The weights of the next pass: those of wild weeks are lowered. `None` where the line runs
    /// through the weeks up to rounding.
    fn reweighted(
        &self,
        line: &dyn Predictor,
        x: &Design,
        y: &[f64],
        weights: &[f64],
    ) -> Result<Option<Vec<f64>>> {
        let residuals: Vec<f64> = line.predict(x)?.iter().zip(y).map(|(f, y)| y - f).collect();
        let mut sizes: Vec<(f64, f64)> = (0..y.len())
            .filter(|&week| weights[week] > 0.0)
            .map(|week| (residuals[week].abs(), weights[week]))
            .collect();
        sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = weights.iter().sum::<f64>() / 2.0;
        let mut reached = 0.0;
        let median = sizes.iter().find(|(_, weight)| {
            reached += weight;
            reached >= half
        });
        let scale = median.map_or(0.0, |(size, _)| size / 0.6745);
        let largest = (0..y.len())
            .filter(|&week| weights[week] > 0.0)
            .fold(0.0, |largest: f64, week| largest.max(y[week].abs()));
        // Rounding of sums of a hundred weeks stays below 1e-12 of the target.
        if scale <= 1e-12 * largest {
            return Ok(None);
        }
        let lowered = residuals.iter().zip(weights).map(|(residual, weight)| {
            // A week of weight 0 may hold anything and is not looked at.
            if *weight == 0.0 {
                return 0.0;
            }
            weight * (self.bend * scale / residual.abs()).min(1.0)
        });
        Ok(Some(lowered.collect()))
    }
}

impl Predictor for FittedHuber {
    fn predict(&self, x: &Design) -> Result<Vec<f64>> {
        self.line.predict(x)
    }

    fn slopes(&self) -> Option<&[(Arc<str>, f64)]> {
        self.line.slopes()
    }

    fn terms(&self, x: &Design) -> Result<Vec<Term>> {
        self.line.terms(x)
    }

    fn tuned(&self) -> Map<String, Value> {
        Map::from_iter([("passes".into(), self.passes.into())])
    }

    /// A straight line is saved as one, so `estimators::load` needs no branch of its own for it.
    fn to_json(&self) -> Result<String> {
        let mut model: Value =
            serde_json::from_str(&self.line.to_json()?).expect("a model is JSON");
        model["linear"]["tuned"] = self.tuned().into();
        Ok(model.to_string())
    }
}

fn both_stages(
    data: &Dataset,
    mediator: Box<dyn Estimator>,
    outcome: Box<dyn Estimator>,
) -> FittedMediation {
    let mut settings = settings_with("ols");
    settings.features.adstock = AdstockSettings {
        decay: Decay::Fixed(0.4),
        ..AdstockSettings::default()
    };
    let model = MediationModel {
        settings: settings.mediation.clone(),
        mediator,
        outcome,
    };
    let prepared = Arc::new(Prepared::new(data, &settings.features, 0..data.len()).unwrap());
    let weights = vec![1.0; data.len()];
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    model.fit(&prepared, mediator, outcome, &weights).unwrap()
}

#[test]
fn both_stages_answer_potential_outcomes_through_a_new_estimator() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let huber = || Box::new(Huber { bend: 1.345 });
    let model = both_stages(&data, huber(), huber());
    let observed = &model.prepared().observed;
    let world = model.potential_outcome(observed, observed).unwrap();
    for (world, data) in world.outcome.iter().zip(data.outcome().iter()) {
        // an unchanged path gives the data back, up to the rounding of a sum and a difference
        assert_close(world / data, 1.0, 1e-14);
    }
    let effect = Decomposition::of(&model, "facebook_spend", SMOOTH_STEP).unwrap();
    assert_eq!(effect.direct, 0.0, "no edge is drawn");
    assert_close(effect.indirect / effect.total, 1.0, 1e-9);
}

/// With one week's revenue in cents, the slopes of least squares follow that week; Huber's stay where
/// they were without the mistake.
#[test]
fn a_week_in_cents_moves_least_squares_and_not_the_new_estimator() {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    let wrong = altered(
        &data,
        |_| {},
        |name, week, value| match (name, week) {
            ("revenue", 60) => 100.0 * value,
            _ => value,
        },
    )
    .unwrap();
    let moved = |estimator: fn() -> Box<dyn Estimator>| -> f64 {
        let effect = |data| {
            let model = both_stages(data, estimator(), estimator());
            let effects = ["facebook_spend", "tiktok_spend", "snapchat_spend"];
            effects.map(|channel| {
                Decomposition::of(&model, channel, SMOOTH_STEP)
                    .unwrap()
                    .total
            })
        };
        let (before, after) = (effect(&data), effect(&wrong));
        let apart = before.iter().zip(after).map(|(a, b)| (a - b).abs());
        apart.sum::<f64>() / before.iter().map(|effect| effect.abs()).sum::<f64>()
    };
    let least_squares = moved(|| Box::new(Ols));
    let huber = moved(|| Box::new(Huber { bend: 1.345 }));
    println!("effects move by {least_squares:.2} and {huber:.3} of their size");
    // The influence of a week is bounded by `bend` standard deviations, where the wrong one lies about
    // two thousand out, so it moves Huber's effects at most a hundredth as far.
    assert!(huber < least_squares / 100.0, "{huber} of {least_squares}");
}
