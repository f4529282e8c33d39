//! What to do next, in plain sentences: each tied to its numbers, interval and assumption.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Analysis;
use crate::data::Dataset;
use crate::data::role::Unit;
use crate::decisions::budget::{Allocation, Move};
use crate::effects::{ChannelEffects, Ensemble};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::finding::Status;
use crate::number::{amount, percent, ratio};
use crate::validation::assumption::Verdict;
use crate::words::listed;

/// What a run recommends, what it does not, and what would have to be tried to know more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendations {
    /// The answer in a sentence or two.
    pub summary: String,
    /// Moves of money that the data support, the one worth most first.
    pub moves: Vec<Recommendation>,
    /// Moves of the best plan that the data do not support, and why.
    pub not_supported: Vec<Recommendation>,
    /// Channels for which nothing is recommended through the mediator, in so many words; null where
    /// there is none.
    pub nothing_through: Option<String>,
    /// Channels by what the next dollar returns, its induced mediator bill counted; empty where an order
    /// would be an order of noise.
    pub ranking: Vec<Ranked>,
    /// How far the order can be trusted, or why there is none.
    pub ranking_note: String,
    /// What these numbers do not say.
    pub do_not_conclude: Vec<String>,
    /// The experiment to run next.
    pub experiment: Experiment,
    /// The plan behind the moves.
    pub allocation: Allocation,
}

/// One sentence with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    /// What to do, what it brings, and how far that holds.
    pub sentence: String,
    /// Why it is not supported; null for a recommendation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// What must hold for the number to mean this.
    pub assumption: String,
    /// The numbers.
    #[serde(rename = "move")]
    pub moved: Move,
}

/// A channel and what its next dollar returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ranked {
    /// The exposure's column.
    pub channel: String,
    /// Outcome of the next unit of spend by that unit and the mediator spend it sets off.
    pub loaded: Estimate,
    /// The share of replicates in which it is the best of those ranked; none without replicates.
    pub best: Option<f64>,
}

/// What to try on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// The channel whose answer would change the plan most; null where it is the path itself that is
    /// unknown.
    pub channel: Option<String>,
    /// What to do, and why that.
    pub sentence: String,
}

impl Ranked {
    /// The exposures in money by the loaded return of their next dollar, the largest first:
    /// `[sum Y(x(1+h)) - sum Y(x(1-h))] / [2 h S + sum M(x(1+h)) - sum M(x(1-h))]` with `step` for `h`
    /// and `S` the spend, over all weeks of the data as the effects are.
    pub(super) fn of(ensemble: &Ensemble, data: &Dataset, step: f64) -> Result<Vec<Self>> {
        let roles = data.roles();
        let paid = roles.mediator_in_money();
        let prepared = ensemble.prepared();
        let observed = &prepared.observed;
        let spend = |name: &str| observed.get(name).iter().sum::<f64>();
        let learned = prepared.features.exposures();
        let channels: Vec<&str> = learned
            .into_iter()
            .filter(|name| roles.columns[*name].unit == Unit::Money && spend(name) > 0.0)
            .collect();
        let paths: Vec<_> = channels
            .iter()
            .map(|name| {
                let at = |factor| prepared.build(observed.scaled(name, factor));
                (at(1.0 + step), at(1.0 - step), 2.0 * step * spend(name))
            })
            .collect();
        let returns = ensemble.ask(|model| {
            let loaded = paths.iter().map(|(more, less, dollars)| {
                let more = model.potential_outcome_built(more, more)?;
                let less = model.potential_outcome_built(less, less)?;
                let induced: f64 =
                    more.mediator.iter().sum::<f64>() - less.mediator.iter().sum::<f64>();
                let bill = dollars + if paid { induced } else { 0.0 };
                // a channel that pays for itself has no return on its bill
                let worth = (more.total() - less.total()) / bill;
                Ok(if bill > 0.0 { worth } else { f64::NAN })
            });
            loaded.collect::<Result<Vec<f64>>>()
        })?;
        let best = |values: &[f64], at: usize| values.iter().all(|value| values[at] >= *value);
        let mut ranked: Vec<Ranked> = channels
            .iter()
            .enumerate()
            .map(|(at, name)| Ranked {
                channel: name.to_string(),
                loaded: returns.estimate(|values| values[at]),
                best: returns.share(|values| best(values, at)),
            })
            .collect();
        let point = |ranked: &Ranked| ranked.loaded.point.unwrap_or(f64::NEG_INFINITY);
        ranked.sort_by(|one, other| point(other).total_cmp(&point(one)));
        Ok(ranked)
    }
}

/// A part by which what arrives may differ from what is given before it is said.
const NOTABLE: f64 = 0.05;

/// What a run's checks allow to be said.
struct Grounds<'a> {
    analysis: &'a Analysis,
    mediator: &'a str,
    outcome: &'a str,
}

impl Recommendations {
    /// Puts the moves of a plan before what the checks of the run allow. `ranked` are the channels by
    /// their next dollar, best first; `tail` the weeks that carry-over lasts.
    pub(super) fn of(
        analysis: &Analysis,
        allocation: Allocation,
        moves: Vec<Move>,
        ranked: Vec<Ranked>,
        tail: usize,
    ) -> Self {
        let grounds = Grounds {
            analysis,
            mediator: &analysis.stages.mediator.target,
            outcome: &analysis.stages.outcome.target,
        };
        // what no move can be recommended from, no move is told from either
        let moves = moves.into_iter().filter(|moved| grounds.bears(moved));
        let moves: Vec<Move> = moves.collect();
        let told = moves
            .into_iter()
            .map(|moved| grounds.tell(moved, &allocation));
        let (mut supported, not_supported): (Vec<_>, Vec<_>) =
            told.partition(|told: &Recommendation| told.why_not.is_none());
        supported.sort_by(|a, b| {
            b.moved
                .outcome
                .point
                .partial_cmp(&a.moved.outcome.point)
                .expect("no NaN")
        });
        let (ranking, ranking_note) = grounds.rank(ranked);
        Recommendations {
            summary: grounds.summary(&supported, &not_supported, &allocation),
            nothing_through: grounds.nothing_through(),
            do_not_conclude: grounds.do_not_conclude(&allocation),
            experiment: grounds.experiment(&allocation, tail),
            moves: supported,
            not_supported,
            ranking,
            ranking_note,
            allocation,
        }
    }
}

impl Grounds<'_> {
    /// Why no move can be recommended from this run, whatever its interval; `None` where it can.
    fn against(&self) -> Option<String> {
        let path = &self.analysis.path;
        let skill = self.analysis.findings.iter();
        let fails = skill
            .filter(|finding| finding.id == "validation.outcome_path")
            .any(|finding| finding.status == Status::Failed);
        if self.analysis.bootstrap.replicates == 0 {
            return Some("the run has no intervals (fit with --bootstrap 1000)".into());
        }
        match path.verdict {
            Verdict::PathSupported | Verdict::NotSeparable if fails => Some(format!(
                "out of sample the model does not forecast {} better than a naive forecast",
                self.outcome
            )),
            Verdict::PathSupported | Verdict::NotSeparable => None,
            Verdict::DirectPathFound => Some(match path.config.is_empty() {
                false => format!(
                    "the data show a way around {} that is not drawn; draw the edge of {} and fit again",
                    self.mediator,
                    listed(&self.found())
                ),
                true => format!(
                    "the data contradict the rule that the channels act through {} alone",
                    self.mediator
                ),
            }),
            Verdict::TooWeakToSay => Some(format!(
                "the data do not show that spend moves {} and {} follows",
                self.mediator, self.outcome
            )),
            Verdict::NotAssessed => Some("whether the path holds could not be assessed".into()),
        }
    }

    /// The channels that the tests found to go around the mediator.
    fn found(&self) -> Vec<&str> {
        let found = self.analysis.path.direct_path.iter();
        found
            .flat_map(|direct| direct.channels.iter().map(String::as_str))
            .collect()
    }

    /// Whether anything can be said of a move: where the path is too weak to say, still of money for a
    /// channel whose own edge to the outcome is drawn and whose effect can be told from 0.
    fn bears(&self, moved: &Move) -> bool {
        let weak = self.analysis.path.verdict == Verdict::TooWeakToSay;
        let around = |name: &String| {
            let mut effects = self.analysis.effects.iter();
            let effects = effects.find(|effects| effects.channel == *name);
            self.analysis.roles.columns[name.as_str()].direct
                && effects.is_some_and(|effects| effects.direct.excludes(0.0) == Some(true))
        };
        self.against().is_none() || (weak && moved.to.as_ref().is_some_and(around))
    }

    fn tell(&self, moved: Move, allocation: &Allocation) -> Recommendation {
        let stories = allocation.story_names().len();
        let outside = |channel: &Option<String>| {
            let outside = allocation.outside.iter();
            channel.is_some()
                && outside
                    .map(|one| Some(&one.column))
                    .any(|one| one == channel.as_ref())
        };
        let beyond = outside(&moved.from) || outside(&moved.to);
        let weekly = amount(moved.amount);
        let buys = moved.received / moved.amount;
        let what = match (&moved.from, &moved.to) {
            (Some(from), Some(to)) if (buys - 1.0).abs() > NOTABLE => format!(
                "Move about {weekly} a week from {from} to {to}, which gets {} (the bill for {} counts)",
                amount(moved.received),
                self.mediator
            ),
            (Some(from), Some(to)) => format!("Move about {weekly} a week from {from} to {to}"),
            (Some(from), None) => format!("Spend about {weekly} a week less on {from}"),
            (_, to) => format!(
                "Spend about {weekly} a week more on {}",
                to.as_deref().unwrap_or_default()
            ),
        };
        let gain = moved.outcome.point.unwrap_or_default();
        let interval = match moved.outcome.interval() {
            Some(interval) => format!(" [{}, {}]", amount(interval.lower), amount(interval.upper)),
            None => String::new(),
        };
        let told = match stories {
            0 => "stories not assessed".to_string(),
            _ => format!(
                "holds under {} of {stories} stories",
                moved.agreeing_stories
            ),
        };
        let place = match beyond {
            false => "inside the observed range",
            true => "beyond the observed range",
        };
        let sign = if gain >= 0.0 { "+" } else { "" };
        let why_not = || {
            if !self.bears(&moved) {
                return self.against();
            }
            if moved.narrow.point <= Some(0.0) {
                return Some("the fitted model expects a loss from it".into());
            }
            if moved.narrow.excludes(0.0) != Some(true) {
                return Some("the 80% interval of what it is worth covers 0".into());
            }
            if moved.agreeing_stories < stories {
                return Some(format!(
                    "it turns round under {} of {stories} stories that fit the data as well",
                    stories - moved.agreeing_stories
                ));
            }
            beyond.then(|| "it leaves what the data have seen".into())
        };
        let why_not = why_not();
        Recommendation {
            sentence: format!(
                "{what}: {sign}{} {} a week{interval}; {told}; {place}.",
                amount(gain),
                self.outcome
            ),
            why_not,
            assumption: self.assumption(&moved),
            moved,
        }
    }

    /// What must hold for a move's number.
    fn assumption(&self, moved: &Move) -> String {
        let drawn = |channel: &Option<String>| {
            let variable = channel
                .as_ref()
                .map(|name| &self.analysis.roles.columns[name.as_str()]);
            variable.is_none_or(|variable| variable.direct)
        };
        match drawn(&moved.from) && drawn(&moved.to) {
            true => "A1: budgets did not chase demand".into(),
            false => format!(
                "A1: budgets did not chase demand; A3: channels without a drawn edge reach {} only \
                 through {}",
                self.outcome, self.mediator
            ),
        }
    }

    fn summary(
        &self,
        moves: &[Recommendation],
        others: &[Recommendation],
        plan: &Allocation,
    ) -> String {
        let horizon = plan.settings.horizon;
        if let Some(best) = moves.first() {
            let more = match moves.len() {
                1 => String::new(),
                2 => " One more move is supported.".into(),
                n => format!(" {} more moves are supported.", n - 1),
            };
            return format!("{}{more}", best.sentence);
        }
        if let Some(why) = self.against() {
            return format!("Nothing is recommended: {why}.");
        }
        match others.first() {
            None if plan.channels.len() == 1 => format!(
                "There is one channel in money, so a budget that stays has nowhere to go: see \
                 headwater curves for what more or less of {} would bring.",
                plan.channels[0].channel
            ),
            None => format!(
                "Keep the money where it is: within the bounds no plan for the next {horizon} weeks is \
                 better than the current one."
            ),
            Some(best) => format!(
                "Nothing is recommended: the best plan for the next {horizon} weeks cannot be told from \
                 the current one ({}).",
                best.why_not.as_deref().unwrap_or_default()
            ),
        }
    }

    /// The channels whose effect through the mediator the data do not support.
    fn nothing_through(&self) -> Option<String> {
        let against = self.against();
        let unsupported = |effects: &&ChannelEffects| {
            against.is_some() || effects.indirect.excludes(0.0) != Some(true)
        };
        // a channel known to go around is judged by its direct effect
        let found = self.found();
        let around = |effects: &&ChannelEffects| {
            let found = found.contains(&effects.channel.as_str());
            let variable = self.analysis.roles.columns.get(&effects.channel);
            found || variable.is_some_and(|variable| variable.direct)
        };
        let effects = self.analysis.effects.iter();
        let channels: Vec<&str> = effects
            .filter(|effects| unsupported(effects) && !around(effects))
            .map(|effects| effects.channel.as_str())
            .collect();
        if channels.is_empty() {
            return None;
        }
        let covers = self.analysis.effects.iter();
        let covers = covers
            .filter(|effects| channels.contains(&effects.channel.as_str()))
            .all(|effects| effects.indirect.excludes(0.0) == Some(false));
        let why = match (covers, against) {
            (true, _) => "no effect of theirs through it can be told from 0 in these weeks".into(),
            (false, Some(why)) => why,
            (false, None) => "what goes through it cannot be told from 0 in these weeks".into(),
        };
        Some(format!(
            "Nothing is recommended for {} through {}: {why}.",
            listed(&channels),
            self.mediator
        ))
    }

    fn rank(&self, mut ranked: Vec<Ranked>) -> (Vec<Ranked>, String) {
        if let Some(why) = self.against() {
            return (Vec::new(), format!("The channels are not ranked: {why}."));
        }
        ranked.retain(|channel| channel.loaded.point.is_some());
        let clear = ranked
            .iter()
            .any(|channel| channel.loaded.excludes(0.0) == Some(true));
        if !clear {
            let why = "no channel's next dollar has a return that can be told from 0";
            return (Vec::new(), format!("The channels are not ranked: {why}."));
        }
        let first = ranked
            .first()
            .and_then(|channel| Some((channel, channel.best?)));
        let note = match first {
            Some((channel, best)) if ranked.len() > 1 && best < 0.9 => format!(
                "Do not lean on the order: {} comes first in {} of the replicates.",
                channel.channel,
                percent(best)
            ),
            Some((channel, best)) if ranked.len() > 1 => format!(
                "{} comes first in {} of the replicates.",
                channel.channel,
                percent(best)
            ),
            _ => "There is no other channel to compare with.".into(),
        };
        (ranked, note)
    }

    fn do_not_conclude(&self, allocation: &Allocation) -> Vec<String> {
        let analysis = self.analysis;
        let mut notes = Vec::new();
        let unclear = analysis.effects.iter();
        for effects in unclear.filter(|effects| effects.total.excludes(0.0) == Some(false)) {
            if let Some(interval) = effects.total.interval() {
                notes.push(format!(
                    "That {} does nothing: its effect over all weeks lies between {} and {}, and 0 is \
                     only one of these values.",
                    effects.channel,
                    amount(interval.lower),
                    amount(interval.upper)
                ));
            }
        }
        let supported = self.against().is_none();
        let two_slope = analysis.path.two_slope.as_ref().filter(|_| supported);
        notes.push(format!(
            "That more {} returns what these channels return through it{}: spend that was induced and \
             spend you decide on are not the same.",
            self.mediator,
            match two_slope {
                Some(slopes) => format!(
                    " (an induced unit {}, any other {})",
                    ratio(slopes.b_ind),
                    ratio(slopes.b_auto)
                ),
                None => String::new(),
            }
        ));
        if let Some(worth) = allocation.return_on_mediator.filter(|_| supported) {
            notes.push(format!(
                "That the channels' money belongs into {} because a unit of it is worth {}: where a \
                 channel works through it alone, its loaded return kappa B / (1 + kappa) is below B \
                 whatever the data, so the comparison says nothing about the channel.",
                self.mediator,
                ratio(worth)
            ));
        }
        notes.push(format!(
            "That the split is settled: {}.",
            analysis.path.blind_spot
        ));
        notes.push(
            "That next weeks will show the gain: it is the difference between two plans; the weeks \
             themselves scatter by more (headwater predict gives their intervals)."
                .into(),
        );
        notes
    }

    fn experiment(&self, allocation: &Allocation, tail: usize) -> Experiment {
        let analysis = self.analysis;
        let width = |effects: &ChannelEffects| {
            let interval = effects.total.interval()?;
            Some(interval.upper - interval.lower)
        };
        let known = allocation.channels.iter();
        let known = known.filter(|channel| channel.information > Some(0.0));
        let worth = known.max_by(|a, b| a.information.partial_cmp(&b.information).expect("no NaN"));
        let money = analysis
            .effects
            .iter()
            .filter(|effects| effects.unit == Unit::Money);
        let widest = money
            .filter(|effects| width(effects).is_some())
            .max_by(|a, b| width(a).partial_cmp(&width(b)).expect("no NaN"));
        let block = tail.max(2);
        let how = |channel: &str| {
            format!(
                "switch {channel} off and on in blocks of at least {block} weeks (its carry-over lasts \
                 about {tail}), in an order drawn by lot or in half of the regions, and fit again"
            )
        };
        let supported = self.against().is_none();
        match (worth, widest) {
            (Some(channel), _) if supported => Experiment {
                channel: Some(channel.channel.clone()),
                sentence: format!(
                    "Vary {0} on purpose: {1}. Of all channels its effect would change the plan most: \
                     knowing it is worth up to {2} over the planned weeks.",
                    channel.channel,
                    how(&channel.channel),
                    amount(channel.information.unwrap_or_default())
                ),
            },
            (_, Some(effects)) => Experiment {
                channel: Some(effects.channel.clone()),
                sentence: format!(
                    "Vary {0} on purpose: {1}. Its effect is the least certain of all in money. In some \
                     of the regions hold {2} fixed meanwhile: that alone tells what goes through it from \
                     what goes around.",
                    effects.channel,
                    how(&effects.channel),
                    self.mediator
                ),
            },
            _ => Experiment {
                channel: None,
                sentence: format!(
                    "Vary the spend of one channel on purpose, in blocks of at least {block} weeks or in \
                     half of the regions, and hold {} fixed in some of them.",
                    self.mediator
                ),
            },
        }
    }
}
