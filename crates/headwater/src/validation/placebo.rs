//! Would the model find as much where there is nothing to find?

use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ridge_twin::{ridge_twin, with_every_edge};
use crate::data::Dataset;
use crate::design::{Design, Purpose};
use crate::effects::{Contrasts, Decomposition};
use crate::error::{Error, Result};
use crate::estimators::Estimator;
use crate::features::FeatureSettings;
use crate::finding::{Bound, Finding, Status};
use crate::mediation::{FittedMediator, Link, MediationModel, Prepared, Reading};
use crate::numeric::random::stream;
use crate::progress::{Parts, Progress, Silent, in_parallel};

/// An effect and the same effect where there is none by construction.
///
/// `p = (1 + #{abs(placebo) >= abs(observed)}) / (1 + B)`: the share of placebo effects as large as
/// the real one, the real one counted among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placebo {
    /// What was measured on the data as they are.
    pub observed: f64,
    /// The same for each placebo.
    pub placebos: Vec<f64>,
    /// The share of placebo effects as large as the real one.
    pub p: f64,
}

impl Placebo {
    /// Compares what was observed with placebos.
    ///
    /// ```
    /// use headwater::validation::placebo::Placebo;
    /// let placebo = Placebo::new(-5.0, vec![1.0, -2.0, 6.0, 3.0]);
    /// assert_eq!(placebo.p, 2.0 / 5.0);
    /// ```
    pub fn new(observed: f64, placebos: Vec<f64>) -> Self {
        // NaN counts as large: a placebo that could not be computed speaks for nothing.
        let smaller = |placebo: &&f64| placebo.abs() < observed.abs();
        let large = placebos.len() - placebos.iter().filter(smaller).count();
        Placebo {
            observed,
            p: (1 + large) as f64 / (1 + placebos.len()) as f64,
            placebos,
        }
    }
}

/// A channel's total effect beside the placebos of the exposures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelPlacebo {
    /// The exposure's column.
    pub channel: String,
    /// Its total effect.
    pub total: Placebo,
}

/// The three placebos of a model: each makes one link of the chain false and looks for it.
///
/// Every refit tunes anew; effects are points without a bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placebos {
    /// The weeks of spend shuffled in blocks, all channels together: the effects through the
    /// mediator, summed over the channels.
    pub exposures: Placebo,
    /// The same, each channel's total effect.
    pub channels: Vec<ChannelPlacebo>,
    /// A fake mediator: what the exposures set off of it, summed over the channels.
    pub mediator: Placebo,
    /// For the fake mediators, the effects of the exposures credited to them.
    pub credited: Placebo,
    /// A fake outcome: total effects with every edge drawn, summed over the channels.
    pub outcome: Placebo,
    /// Weeks in a block.
    pub block_weeks: usize,
    /// Whether ridge stood in for boosted stages or the seed recipe.
    pub twin: bool,
}

/// The first random stream of placebos, beyond those of any bootstrap.
const FIRST_STREAM: u64 = 1 << 40;
/// The streams of one kind of placebo.
const STREAMS: u64 = 1 << 32;
/// How many kinds of placebo there are.
const KINDS: usize = 3;
/// How often a placebo is drawn again when its weeks cannot be fitted.
const MOST_REDRAWS: usize = 20;

impl Placebos {
    /// Refits the model `replicates` times for each kind of placebo. Boosted stages and the seed
    /// recipe are carried by default ridge.
    ///
    /// - **Exposures**: weeks of spend in blocks of 8, in another order, the same for all channels;
    ///   mediator and outcome keep theirs.
    /// - **Mediator**: what the levers, controls and calendar explain of it stays; the rest comes in
    ///   blocks in another order (Freedman and Lane 1983).
    /// - **Outcome**: the same for the outcome, on the scale of the link.
    ///
    /// Replicate `b` draws from a random stream of its own of `seed`: the result is the same on any
    /// number of threads.
    ///
    /// # Errors
    /// With fewer than 24 weeks, which have too few blocks to shuffle; a stage's own error when the
    /// data, or 20 placebos in a row, cannot be fitted.
    pub fn run(
        data: &Dataset,
        features: &FeatureSettings,
        model: &MediationModel,
        replicates: usize,
        seed: u64,
    ) -> Result<Self> {
        Placebos::run_heard(data, features, model, replicates, seed, &Silent)
    }

    /// [`run`](Self::run), telling `progress` of every refit of the step `placebos`.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`Error::Cancelled`] when `progress` says so.
    pub fn run_heard(
        data: &Dataset,
        features: &FeatureSettings,
        model: &MediationModel,
        replicates: usize,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let weeks = data.len();
        if weeks < 24 || replicates == 0 {
            return Err(Error::TooFewWeeks {
                message: format!("{replicates} placebos of {weeks} weeks show nothing"),
                help: "use at least 24 weeks, and `placebos = 99` under [validation]".into(),
            });
        }
        let block_weeks = BLOCK_WEEKS.min(weeks / 6);
        let (reading, link) = (model.settings.reading, model.settings.link);
        let overfits = model.overfits();
        let (twin_features, ridge) = ridge_twin(features, reading, link);
        let twin = overfits || twin_features != *features;
        let model = if twin { &ridge } else { model };
        let (_, every_edge) = ridge_twin(features, Reading::Observed, link);
        let shuffle = Shuffle {
            replicates,
            block_weeks,
            weeks,
            seed,
            parts: Parts::new(progress, "placebos", KINDS * replicates),
        };

        let fit = Refit::new(data, &twin_features, model)?;
        let drawn = with_every_edge(data)?;
        let reduced = Refit::new(&drawn, &twin_features, &every_edge)?;
        let ((exposures, mediators), outcomes) = rayon::join(
            || {
                rayon::join(
                    || {
                        shuffle.draw(0, |rows| {
                            let shuffled = with_spend_of(data, rows)?;
                            let refit = Refit::new(&shuffled, &twin_features, model)?;
                            refit.effects(&refit.prepared.mediator, &refit.prepared.outcome)
                        })
                    },
                    || {
                        let fake = Fake::of(&fit, model.mediator.as_ref(), Link::Identity, |p| {
                            &p.mediator
                        })?;
                        shuffle.draw(1, |rows| {
                            fit.effects(&fake.shuffled(rows), &fit.prepared.outcome)
                        })
                    },
                )
            },
            || {
                let fake = Fake::of(&reduced, every_edge.outcome.as_ref(), link, |p| &p.outcome)?;
                let mediator = reduced.mediator(&reduced.prepared.mediator)?;
                shuffle.draw(2, |rows| {
                    reduced.effects_given(&mediator, &fake.shuffled(rows))
                })
            },
        );
        let (exposures, mediators, outcomes) = (exposures?, mediators?, outcomes?);
        let real = fit.effects(&fit.prepared.mediator, &fit.prepared.outcome)?;
        let real_reduced =
            reduced.effects(&reduced.prepared.mediator, &reduced.prepared.outcome)?;
        let compare = |real: &Effects, fake: &[Effects], of: fn(&Decomposition) -> f64| {
            let sum = |effects: &Effects| effects.iter().map(of).sum::<f64>();
            Placebo::new(sum(real), fake.iter().map(sum).collect())
        };
        let channels = data.roles().exposures().into_iter().enumerate();
        Ok(Placebos {
            channels: channels
                .map(|(at, channel)| ChannelPlacebo {
                    channel: channel.into(),
                    total: Placebo::new(
                        real[at].total,
                        exposures.iter().map(|fake| fake[at].total).collect(),
                    ),
                })
                .collect(),
            exposures: compare(&real, &exposures, |effect| effect.indirect),
            mediator: compare(&real, &mediators, |effect| effect.induced_mediator),
            credited: compare(&real, &mediators, |effect| effect.indirect),
            outcome: compare(&real_reduced, &outcomes, |effect| effect.total),
            block_weeks,
            twin,
        })
    }
}

/// Weeks in a block: two months hold a flight of spend together with its carry-over and the
/// autocorrelation of weekly errors, and leave 13 blocks of two years to shuffle.
const BLOCK_WEEKS: usize = 8;

/// One decomposition for each exposure.
type Effects = Vec<Decomposition>;

/// A model with everything that its refits to other targets share.
struct Refit<'a> {
    model: &'a MediationModel,
    prepared: Arc<Prepared>,
    contrasts: Contrasts,
}

impl<'a> Refit<'a> {
    fn new(data: &Dataset, features: &FeatureSettings, model: &'a MediationModel) -> Result<Self> {
        let prepared = Arc::new(Prepared::new(data, features, 0..data.len())?);
        let exposures = prepared.observed.exposures();
        let contrasts = Contrasts::of(&prepared, exposures, None);
        Ok(Refit {
            model,
            contrasts,
            prepared,
        })
    }

    /// The effects that the model finds with that mediator and outcome.
    fn effects(&self, mediator: &[f64], outcome: &[f64]) -> Result<Effects> {
        self.effects_given(&self.mediator(mediator)?, outcome)
    }

    /// The first stage with that mediator.
    fn mediator(&self, mediator: &[f64]) -> Result<FittedMediator> {
        let ones = vec![1.0; self.prepared.train.len()];
        self.model.fit_mediator(&self.prepared, mediator, &ones)
    }

    /// The effects that the model finds with that first stage and that outcome.
    fn effects_given(&self, first: &FittedMediator, outcome: &[f64]) -> Result<Effects> {
        let ones = vec![1.0; self.prepared.train.len()];
        let fitted = self
            .model
            .fit_outcome(&self.prepared, first, outcome, &ones)?;
        self.contrasts.decompose(&fitted)
    }
}

/// A target whose relation to the exposures can be broken while that to the controls stays.
struct Fake {
    explained: Vec<f64>,
    rest: Vec<f64>,
    link: Link,
}

impl Fake {
    /// Splits a target, on the scale of `link`, into what the controls explain and the rest.
    fn of(
        refit: &Refit,
        estimator: &dyn Estimator,
        link: Link,
        target: fn(&Prepared) -> &Vec<f64>,
    ) -> Result<Self> {
        let design = &refit.prepared.mediator_designs[0].1;
        let columns = design.columns().iter();
        let controls = columns.filter(|column| column.purpose == Purpose::Control);
        let controls = Design::new(design.weeks(), controls.cloned().collect());
        let target = link.forward(target(&refit.prepared))?;
        let ones = vec![1.0; target.len()];
        let explained = estimator
            .fit(&controls, &target, &ones)?
            .predict(&controls)?;
        let pairs = target.iter().zip(&explained);
        Ok(Fake {
            rest: pairs.map(|(value, explained)| value - explained).collect(),
            explained,
            link,
        })
    }

    fn shuffled(&self, rows: &[usize]) -> Vec<f64> {
        let rest = rows.iter().map(|&row| self.rest[row]);
        let pairs = self.explained.iter().zip(rest);
        pairs
            .map(|(explained, rest)| self.link.inverse(explained + rest))
            .collect()
    }
}

/// How weeks are shuffled.
struct Shuffle<'a> {
    replicates: usize,
    block_weeks: usize,
    weeks: usize,
    seed: u64,
    parts: Parts<'a>,
}

impl Shuffle<'_> {
    /// The effects of every placebo of that kind, given which row stands in each week.
    fn draw(
        &self,
        kind: u64,
        effects: impl Fn(&[usize]) -> Result<Effects> + Sync,
    ) -> Result<Vec<Effects>> {
        let first = FIRST_STREAM + kind * STREAMS;
        let streams: Vec<u64> = (first..first + self.replicates as u64).collect();
        in_parallel(&streams, |_, number| {
            let rng = stream(self.seed, *number);
            self.parts.part(|| self.draw_one(rng, &effects))
        })
    }

    /// The effects of one placebo, drawn again where its weeks cannot be fitted.
    fn draw_one(
        &self,
        mut rng: impl rand::Rng,
        effects: impl Fn(&[usize]) -> Result<Effects>,
    ) -> Result<Effects> {
        let mut last = None;
        for _ in 0..MOST_REDRAWS {
            match effects(&self.rows(&mut rng)) {
                Err(error @ (Error::RankDeficient { .. } | Error::TooFewWeeks { .. })) => {
                    last = Some(error);
                }
                found => return found,
            }
        }
        Err(last.expect("there was at least one draw"))
    }

    /// The weeks as a circle, opened anywhere, cut into blocks, the blocks in another order.
    fn rows(&self, rng: &mut impl rand::Rng) -> Vec<usize> {
        let start = rng.random_range(0..self.weeks);
        let circle: Vec<usize> = (0..self.weeks).map(|t| (start + t) % self.weeks).collect();
        let mut blocks: Vec<&[usize]> = circle.chunks(self.block_weeks).collect();
        blocks.shuffle(rng);
        blocks.concat()
    }
}

/// The data with the spend of week `rows[t]` in week `t`.
fn with_spend_of(data: &Dataset, rows: &[usize]) -> Result<Dataset> {
    let exposures = data.roles().exposures();
    let columns = data.columns().map(|(name, values)| {
        let values = if exposures.contains(&name) {
            rows.iter().map(|&row| values[row]).collect()
        } else {
            values.clone()
        };
        (name.to_string(), values)
    });
    Dataset::new(
        data.source().clone(),
        data.roles().clone(),
        data.weeks().to_vec(),
        columns.collect(),
    )
}

/// At most this share of placebo effects may be as large as the real one.
const SIGNIFICANT: f64 = 0.05;

/// Says in words what the placebos found: `placebo.exposures`, `placebo.mediator` and
/// `placebo.outcome`. A warning where more than 5% of placebo effects are as large as the real one.
pub fn placebo(mediator: &str, outcome: &str, placebos: Result<Placebos>) -> Vec<Finding> {
    const IDS: [&str; 3] = ["placebo.exposures", "placebo.mediator", "placebo.outcome"];
    let placebos = match placebos {
        Ok(placebos) => placebos,
        Err(error) => {
            let why = format!("no placebo could be fitted: {error}");
            return IDS
                .map(|id| Finding::new(id, Status::NotAssessed, why.clone()))
                .into();
        }
    };
    let (of_exposures, of_mediator, of_outcome) =
        (&placebos.exposures, &placebos.mediator, &placebos.outcome);
    let count = of_exposures.placebos.len();
    let finding = |id: &str, made: &str, placebo: &Placebo, passed: &str, warning: &str| {
        if !placebo.observed.is_finite() {
            let why = "the effect on the data as they are is not a number";
            return Finding::new(id, Status::NotAssessed, why);
        }
        let bound = Bound::AtMost(SIGNIFICANT);
        let (status, verdict) = if bound.holds(placebo.p) {
            (Status::Passed, passed)
        } else {
            (Status::Warning, warning)
        };
        let stand_in = if placebos.twin {
            " (ridge stands in for the estimators of the analysis)"
        } else {
            ""
        };
        let summary = format!(
            "{made}{stand_in}: share of placebo effects as large as the real one {:.2}; {verdict}",
            placebo.p
        );
        Finding::new(id, status, summary)
            .measured("share as large", placebo.p, bound)
            .with("p", placebo.p)
            .with("observed", placebo.observed)
            .with("placebos", count)
            .with("block_weeks", placebos.block_weeks)
            .with("twin", placebos.twin)
    };
    let [exposures, fake_mediator, fake_outcome] = IDS;
    let by_channel: serde_json::Map<String, serde_json::Value> = placebos
        .channels
        .iter()
        .map(|channel| (channel.channel.clone(), channel.total.p.into()))
        .collect();
    vec![
        finding(
            exposures,
            &format!("the spend shuffled in blocks of weeks, {count} times"),
            of_exposures,
            &format!("what goes through {mediator} depends on when the money was spent"),
            &format!(
                "an effect through {mediator} of this size arises when the spend has nothing to do with it, so \
                 do not act on it"
            ),
        )
        .with("p_by_channel", by_channel),
        finding(
            fake_mediator,
            &format!("{count} fake mediators in place of {mediator}"),
            of_mediator,
            &format!("the exposures move {mediator} more than they seem to move a fake"),
            &format!(
                "the exposures seem to move a fake as much as {mediator}, so the first half of the path is not \
                 shown"
            ),
        )
        .with("p_credited", placebos.credited.p),
        finding(
            fake_outcome,
            &format!("{count} fake outcomes in place of {outcome}"),
            of_outcome,
            "summed over the channels, total effects on it are larger than on a fake",
            &format!(
                "summed over the channels, total effects on {outcome} are not larger than on a fake: at this many \
                 weeks their sum, by whatever path, is not beyond chance; opposite effects cancel in it"
            ),
        ),
    ]
}
