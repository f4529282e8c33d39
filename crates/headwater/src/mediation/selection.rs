//! Which interactions earn their place, judged inside the training weeks.

use std::ops::Range;

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::estimators::{Estimator, EstimatorSettings};
use crate::features::{ExposurePath, FeatureSettings, Interactions, MediatorColumns};
use crate::finding::{Bound, Finding, Status};
use crate::splits::{Fold, tuning_folds};

/// The least share of the forward error that a product must take away. The best of a dozen
/// useless products takes a few per cent away by chance, and a gain this small would not pay for
/// a term that readers must understand.
const LEAST_FALL: f64 = 0.10;

/// The least ratio of the mean fall to its standard error over the tested weeks: the rule of one
/// standard error (Breiman et al. 1984, 3.4.3), for the difference itself.
const LEAST_RATIO: f64 = 1.0;

/// The level of the F test of the product over all training weeks, divided by the number of
/// products tried (Bonferroni). Forward errors rest on two fifths of the weeks and let one useless
/// product in five markets pass; the test rests on all of them. It is 1% and not 5% because the
/// errors of neighbouring weeks are alike, for which the test makes no allowance.
const LEVEL: f64 = 0.01;

/// The most products that are chosen.
const MOST_CHOSEN: usize = 3;

/// The most products among which a choice is attempted: among more, some fit by chance alone.
const MOST_CANDIDATES: usize = 100;

/// The interactions chosen for `interactions = "auto"`.
///
/// Forward selection by least squares with shrunken controls (ridge, as by default) and the
/// mediator as observed: the product that forecasts the outcome of later training weeks best,
/// learned on earlier ones, enters when it takes away a tenth of the squared error and more than
/// one standard error, and when an F test over all training weeks finds it. The factors stand in the design by themselves whatever is chosen
/// (hierarchy). Weeks outside `train` are never read.
pub(super) struct Selection {
    /// The settings with the chosen pairs in place of `"auto"`.
    pub settings: FeatureSettings,
    /// The chosen pairs, in the order in which they entered.
    chosen: Vec<[String; 2]>,
    /// How many pairs there were to choose from.
    candidates: usize,
    /// How much better the last product tried made the model.
    last: Option<Gain>,
    /// Why no choice could be made.
    not_assessed: Option<String>,
}

impl Selection {
    /// Chooses by the weeks that `fold` learns from; `None` where the settings name their pairs.
    pub fn of(data: &Dataset, settings: &FeatureSettings, fold: &Fold) -> Result<Option<Self>> {
        if settings.interactions != Interactions::Auto {
            return Ok(None);
        }
        settings.validate(data)?;
        let candidates = Interactions::candidates(data.roles());
        let mut selection = Selection {
            settings: with_pairs(settings, Vec::new()),
            chosen: Vec::new(),
            candidates: candidates.len(),
            last: None,
            not_assessed: None,
        };
        if candidates.len() > MOST_CANDIDATES {
            selection.not_assessed = Some(format!(
                "there are {} possible products, and among more than {MOST_CANDIDATES} some fit by \
                 chance: name the pairs that you have a reason for",
                candidates.len()
            ));
        } else if !candidates.is_empty() {
            selection.choose(data, fold, candidates)?;
        }
        Ok(Some(selection))
    }

    fn choose(
        &mut self,
        data: &Dataset,
        fold: &Fold,
        mut candidates: Vec<[String; 2]>,
    ) -> Result<()> {
        let Some(judge) = Judge::new(data, &self.settings, fold)? else {
            self.not_assessed = Some(
                "the training weeks are too few to hold forecasts with and without them against \
                 later weeks: use more weeks, or name the pairs"
                    .into(),
            );
            return Ok(());
        };
        let mut without = judge.without.clone();
        while self.chosen.len() < MOST_CHOSEN {
            let mut best: Option<(usize, Judgement)> = None;
            for (index, candidate) in candidates.iter().enumerate() {
                let mut pairs = self.chosen.clone();
                pairs.push(candidate.clone());
                let Some(with) = judge.judge(&with_pairs(&self.settings, pairs))? else {
                    continue;
                };
                let better = |least: &Judgement| with.total() < least.total();
                if best.as_ref().is_none_or(|(_, least)| better(least)) {
                    best = Some((index, with));
                }
            }
            let Some((index, with)) = best else { break };
            let gain = Gain::between(&without, &with, candidates.len());
            self.last = Some(gain);
            if !gain.is_enough() {
                break;
            }
            self.chosen.push(candidates.remove(index));
            without = with;
        }
        self.settings = with_pairs(&self.settings, self.chosen.clone());
        Ok(())
    }

    /// What was chosen, from how many, and what the intervals say about the choice.
    pub fn finding(&self) -> Finding {
        let names: Vec<String> = self
            .chosen
            .iter()
            .map(|[first, second]| format!("{first} x {second}"))
            .collect();
        let (status, said) = if let Some(why) = &self.not_assessed {
            (
                Status::NotAssessed,
                format!("No interaction was looked for: {why}."),
            )
        } else if self.candidates == 0 {
            (
                Status::NotAssessed,
                "No interaction was looked for: there are no two levers, no lever with a control, \
                 and no exposure with `direct = true` beside a lever or a control."
                    .into(),
            )
        } else if names.is_empty() {
            (
                Status::Passed,
                format!(
                    "None of {} possible interactions improves forecasts of later training weeks \
                     enough to be added.",
                    self.candidates
                ),
            )
        } else {
            (
                Status::Warning,
                format!(
                    "Chosen from {} possible interactions because forecasts of later training \
                     weeks improve: {}. Every fold of the cross-validation chose again, the \
                     bootstrap did not: intervals hold for this choice and do not include its \
                     uncertainty.",
                    self.candidates,
                    names.join(", ")
                ),
            )
        };
        let finding = Finding::new("features.interactions", status, said)
            .with("chosen", names)
            .with("candidates", self.candidates);
        match self.last {
            Some(gain) => finding
                .measured(
                    "forward error taken away by the last product tried",
                    gain.share,
                    Bound::AtLeast(LEAST_FALL),
                )
                .with("last_ratio_to_standard_error", gain.ratio)
                .with("last_p_value", gain.p_value),
            None => finding,
        }
    }
}

fn with_pairs(settings: &FeatureSettings, pairs: Vec<[String; 2]>) -> FeatureSettings {
    FeatureSettings {
        interactions: pairs.into(),
        ..settings.clone()
    }
}

/// What a product adds.
#[derive(Clone, Copy)]
struct Gain {
    /// The share of the squared forward error that is gone.
    share: f64,
    /// The mean fall of the squared forward error over its standard error.
    ratio: f64,
    /// Of the F test over all training weeks, times the number of products tried.
    p_value: f64,
}

impl Gain {
    fn between(without: &Judgement, with: &Judgement, tried: usize) -> Self {
        let pairs = without.errors.iter().zip(&with.errors);
        let falls: Vec<f64> = pairs.map(|(before, after)| before - after).collect();
        let n = falls.len() as f64;
        let mean = falls.iter().sum::<f64>() / n;
        let squares: f64 = falls.iter().map(|fall| (fall - mean).powi(2)).sum();
        let f = (without.squares - with.squares) / (with.squares / with.freedom);
        let p_value = FisherSnedecor::new(1.0, with.freedom)
            .map_or(f64::NAN, |distribution| distribution.sf(f.max(0.0)));
        Gain {
            share: n * mean / without.total(),
            ratio: mean / (squares / (n - 1.0) / n).sqrt(),
            p_value: (tried as f64 * p_value).min(1.0),
        }
    }

    /// NaN (nothing left to improve) is not enough.
    fn is_enough(&self) -> bool {
        self.share >= LEAST_FALL && self.ratio >= LEAST_RATIO && self.p_value <= LEVEL
    }
}

/// How well a set of products does.
#[derive(Clone)]
struct Judgement {
    /// The squared forecast errors of the tested weeks.
    errors: Vec<f64>,
    /// The squared residuals of a fit to all training weeks, summed.
    squares: f64,
    /// What that fit left of the training weeks as degrees of freedom.
    freedom: f64,
}

impl Judgement {
    /// The squared forecast errors, summed.
    fn total(&self) -> f64 {
        self.errors.iter().sum()
    }
}

/// Forecasts later training weeks from earlier ones.
struct Judge<'a> {
    data: &'a Dataset,
    observed: ExposurePath,
    /// The weeks to learn from.
    outer: Fold,
    folds: Vec<Fold>,
    estimator: Box<dyn Estimator>,
    /// How well the design without any product does.
    without: Judgement,
}

impl<'a> Judge<'a> {
    /// `None` where the weeks are too few for any forecast.
    fn new(data: &'a Dataset, settings: &FeatureSettings, fold: &Fold) -> Result<Option<Self>> {
        let Ok(folds) = tuning_folds(fold.train.len()) else {
            return Ok(None);
        };
        let ridge = EstimatorSettings::named("ridge").expect("ridge is an estimator");
        let mut judge = Judge {
            data,
            observed: ExposurePath::observed(data),
            outer: fold.clone(),
            folds,
            // ridge draws no random numbers
            estimator: ridge.build(0),
            without: Judgement {
                errors: Vec::new(),
                squares: f64::NAN,
                freedom: f64::NAN,
            },
        };
        Ok(judge.judge(settings)?.map(|without| {
            judge.without = without;
            judge
        }))
    }

    /// `None` where the weeks cannot tell the columns apart, in some fold or in all.
    fn judge(&self, settings: &FeatureSettings) -> Result<Option<Judgement>> {
        match self.forecast(settings) {
            Ok(judgement) => Ok(Some(judgement)),
            Err(Error::RankDeficient { .. } | Error::TooFewWeeks { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// At the carry-over that generalised cross-validation chooses.
    fn forecast(&self, settings: &FeatureSettings) -> Result<Judgement> {
        let Fold {
            train, left_out, ..
        } = &self.outer;
        let (features, _) = settings.fit_without(self.data, train.clone(), left_out.clone())?;
        let target = &self.data.outcome()[train.clone()];
        let weights = self.outer.weights();
        let mediator = MediatorColumns::Observed(self.data.mediator());
        let drawn = !self.data.roles().direct_exposures().is_empty();
        let mut best = None;
        let candidates = settings.carry_overs().into_iter();
        for carry_over in candidates.take(if drawn { usize::MAX } else { 1 }) {
            let design = features.outcome_design(&self.observed, carry_over, mediator);
            let design = design.slice(train.clone());
            let error = self.estimator.cross_validate(&design, target, &weights)?;
            if best.as_ref().is_none_or(|(least, _)| error < *least) {
                best = Some((error, design));
            }
        }
        let (error, design) = best.expect("settings have at least one carry-over");

        // Weeks that are not learned from are not scored either.
        let squares = |rows: Range<usize>, predicted: Vec<f64>| -> Vec<f64> {
            let weeks = rows.zip(predicted);
            weeks
                .filter(|(row, _)| weights[*row] > 0.0)
                .map(|(row, p)| (target[row] - p).powi(2))
                .collect()
        };
        let all = self.estimator.fit(&design, target, &weights)?;
        let residuals = squares(0..target.len(), all.predict(&design)?);
        let residual: f64 = residuals.iter().sum();
        let mut errors = Vec::new();
        for Fold { train, test, .. } in &self.folds {
            let early = design.slice(train.clone());
            let model =
                self.estimator
                    .fit(&early, &target[train.clone()], &weights[train.clone()])?;
            let predicted = model.predict(&design.slice(test.clone()))?;
            errors.extend(squares(test.clone(), predicted));
        }
        // generalised cross-validation is MSE / (1 - df / n)^2
        let n = residuals.len() as f64;
        Ok(Judgement {
            errors,
            squares: residual,
            freedom: n * (residual / n / error).sqrt(),
        })
    }
}
