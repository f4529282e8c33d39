//! From a question to an answer.

use super::allocation::{
    Allocation, BoundedBy, ChannelPlan, Cost, End, Gain, Halves, Method, StoryPlan, Verdict,
    story_names,
};
use super::doubts;
use super::exact::exact;
use super::horizon::{Channel, Horizon};
use super::problem::{Bounds, Budget, Group, Problem, Surface};
use super::settings::{BudgetSettings, MaxChange, Objective, Risk, Story, no_channel};
use super::solver::{Solution, solve};
use super::surface::{Curves, Weighted, Weights, WorstShare};
use super::surrogate::{Moved, contrasts, surrogate};
use crate::data::Dataset;
use crate::data::role::Role;
use crate::decisions::support::Support;
use crate::effects::{Answers, Ensemble};
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::mediation::MediatorPolicy;
use crate::numeric::summary::{mean, quantile};
use crate::progress::in_parallel;

/// Replicates whose own best plan is sought.
const SOLVED: usize = 200;
/// Blocks of replicates for the value of knowing one effect, and the fewest replicates for them.
const BLOCKS: usize = 5;
const ENOUGH: usize = 100;
/// The coverage at which a gain that covers 0 is noise (methods brief, 7.5).
pub(super) const NARROW: f64 = 0.8;
/// A total this near a bound, as a part of the range of all totals, is at it.
const AT: f64 = 1e-6;
/// A channel that moves by less than this part of the money spent stays.
const STAYS: f64 = 0.005;

impl Allocation {
    /// The plan of most worth for the weeks after `data`, to which `ensemble` was fitted; asked for
    /// again under each story.
    ///
    /// Effects and bill count from the first planned week until their carry-over has faded, beside
    /// average weeks; spend before stands as it was.
    ///
    /// # Errors
    /// Settings out of range or against each other, channels that are not there, bounds beyond what
    /// the data have seen, and a budget that does not pay for the lower bounds.
    pub fn of(
        ensemble: &Ensemble,
        data: &Dataset,
        settings: &BudgetSettings,
        stories: &[Story],
    ) -> Result<Self> {
        settings.validate()?;
        let horizon = Horizon::new(ensemble, data, settings.horizon)?;
        check_stories(stories, data)?;
        let groups = groups(&horizon, settings)?;
        let support = Support::of(data, ensemble.point());
        let (bounds, bounded_by) = all_bounds(&horizon, settings, ensemble, &support)?;
        let ensemble = ensemble.over(&horizon.reference)?;
        let (method, (curves, point, draws)) = match exact(&ensemble, &horizon, settings.mediator)?
        {
            Ok(exact) => (Method::Exact, exact),
            Err(why) => {
                let why = why.into();
                let fitted = surrogate(&ensemble, &horizon, &bounds, settings.mediator)?;
                (Method::Surrogate { why }, fitted)
            }
        };
        let question = Question {
            settings,
            horizon: &horizon,
            curves: &curves,
            paid: data.roles().mediator_in_money(),
            bounds,
            groups,
            mean: match draws.is_empty() {
                true => point.clone(),
                false => Weights::mean(&draws),
            },
            budget: Budget::Flexible { hurdle: 0.0 },
        };
        let question = question.with_budget()?;
        let models: Vec<&Weights> = match draws.is_empty() {
            true => vec![&point],
            false => draws.iter().collect(),
        };
        let solution = question.best(&models, &[])?;
        let moved = contrasts(&ensemble, &horizon, &solution.x, settings.mediator)?;
        let ask = Asked {
            question: &question,
            draws: &draws,
            solution: &solution,
        };
        let stories = ask.stories(stories, &models, data)?;
        let singles = ask.single_plans()?;
        let gain = ask.gain(&moved, &models)?;
        let verdict = question.verdict(&gain, &solution.x);
        let information = ask.information()?;
        let channels = ask.channels(&bounded_by, &singles, information.as_deref(), &stories);
        let experiment = (verdict == Verdict::Noise)
            .then(|| {
                let known = channels.iter().filter(|c| c.information > Some(0.0));
                known.max_by(|a, b| a.information.partial_cmp(&b.information).expect("no NaN"))
            })
            .flatten();
        let planned = horizon.planned(&solution.x)?;
        let (_, mut outside) = support.hold(&horizon.reference, &planned)?;
        // what rounding leaves beyond an edge is not
        outside.retain(|one| one.share > 1e-9);
        let day = |t: usize| horizon.reference.weeks()[t].to_string();
        let mut allocation = Allocation {
            settings: BudgetSettings {
                budget: match question.budget {
                    Budget::Fixed(budget) => Some(budget),
                    Budget::Flexible { .. } => None,
                },
                ..settings.clone()
            },
            weeks: (day(horizon.weeks.start), day(horizon.weeks.end - 1)),
            counted_to: day(horizon.reference.len() - 1),
            replicates: draws.len(),
            experiment: experiment.map(|channel| channel.channel.clone()),
            regret: match singles.is_empty() {
                true => None,
                false => Some(mean(&singles.iter().map(|s| s.regret).collect::<Vec<_>>())),
            },
            shadow_price: solution.multiplier,
            certificate: solution.certificate.clone(),
            binding_groups: question.binding(&solution.x),
            return_on_mediator: match method {
                Method::Exact => ask.return_on_mediator(data),
                Method::Surrogate { .. } => None,
            },
            share_outside: support.share_of_dollars(&horizon.reference, &planned, &outside),
            current: question.cost(&horizon.current()),
            planned: question.cost(&solution.x),
            method,
            channels,
            gain,
            verdict,
            stories,
            outside,
            findings: solution.findings(question.budget),
        };
        let mediator = data.roles().only(Role::Mediator).unwrap_or_default();
        allocation.findings = doubts::findings(&allocation, &horizon, mediator);
        Ok(allocation)
    }
}

/// A problem over known curves.
struct Question<'a> {
    settings: &'a BudgetSettings,
    horizon: &'a Horizon,
    curves: &'a Curves,
    /// Whether the mediator is on the bill.
    paid: bool,
    bounds: Vec<Bounds>,
    groups: Vec<Group>,
    /// Over all models: the bill is what is expected.
    mean: Weights,
    budget: Budget,
}

impl<'a> Question<'a> {
    /// The budget that was asked for; what the current plan costs where none was.
    fn with_budget(mut self) -> Result<Self> {
        self.budget = match (self.settings.budget, self.settings.hurdle) {
            (Some(budget), _) => Budget::Fixed(budget),
            (None, Some(hurdle)) => Budget::Flexible { hurdle },
            (None, None) => {
                let bill = self.bill(&self.mean).value(&self.horizon.current());
                if bill.is_nan() || bill <= 0.0 {
                    return Err(Error::setting(
                        format!(
                            "the last {} weeks cost {bill:.0}, which leaves nothing to split",
                            self.settings.horizon
                        ),
                        "say how much there is to spend, such as --budget 20000",
                    ));
                }
                Budget::Fixed(bill)
            }
        };
        Ok(self)
    }

    fn bill(&self, model: &Weights) -> Weighted<'a> {
        Weighted {
            curves: self.curves,
            weights: match self.paid {
                true => model.mediator.clone(),
                false => vec![0.0; model.mediator.len()],
            },
            per_dollar: 1.0,
        }
    }

    /// What a plan is worth by one model: its weights and what each dollar takes away.
    fn worth(&self, model: &Weights) -> (Vec<f64>, f64) {
        match (self.settings.objective, self.settings.margin) {
            (Objective::Profit, Some(margin)) => {
                let bill = self.bill(model).weights;
                let pairs = model.outcome.iter().zip(bill);
                (pairs.map(|(y, m)| margin * y - m).collect(), -1.0)
            }
            _ => (model.outcome.clone(), 0.0),
        }
    }

    fn worth_of(&self, model: &Weights) -> Weighted<'a> {
        let (weights, per_dollar) = self.worth(model);
        Weighted {
            curves: self.curves,
            weights,
            per_dollar,
        }
    }

    /// Worth, less the hurdle's part of the bill where there is a hurdle.
    fn height(&self, model: &Weights, x: &[f64]) -> f64 {
        let worth = self.worth_of(model).value(x);
        match self.budget {
            Budget::Fixed(_) => worth,
            Budget::Flexible { hurdle } => worth - hurdle * self.bill(model).value(x),
        }
    }

    /// The gain of a plan on the current one by the mean of some models.
    fn promise(&self, models: &[&Weights], x: &[f64]) -> f64 {
        let model = Weights::mean(models.iter().copied());
        self.height(&model, x) - self.height(&model, &self.horizon.current())
    }

    fn solve(
        &self,
        worth: &dyn Surface,
        bill: &dyn Surface,
        plans: &[Vec<f64>],
    ) -> Result<Solution> {
        let mut known = vec![self.horizon.current()];
        known.extend_from_slice(plans);
        let channels = self.horizon.channels.iter();
        solve(&Problem {
            channels: channels.map(|channel| channel.name.clone()).collect(),
            worth,
            bill,
            budget: self.budget,
            bounds: self.bounds.clone(),
            groups: self.groups.clone(),
            plans: known,
        })
    }

    /// The best plan by the mean or the worst share of some models; a fixed budget pays the bill that
    /// all models together expect.
    fn best(&self, models: &[&Weights], plans: &[Vec<f64>]) -> Result<Solution> {
        let mean = Weights::mean(models.iter().copied());
        let bill = match self.budget {
            Budget::Fixed(_) => self.bill(&self.mean),
            Budget::Flexible { .. } => self.bill(&mean),
        };
        match self.settings.risk {
            Risk::Cvar(share) if models.len() > 1 => {
                let worths: Vec<(Vec<f64>, f64)> =
                    models.iter().map(|model| self.worth(model)).collect();
                let worth = WorstShare {
                    curves: self.curves,
                    per_dollar: worths[0].1,
                    weights: worths.into_iter().map(|(weights, _)| weights).collect(),
                    share,
                };
                self.solve(&worth, &bill, plans)
            }
            _ => self.solve(&self.worth_of(&mean), &bill, plans),
        }
    }

    fn cost(&self, x: &[f64]) -> Cost {
        let spend: f64 = x.iter().sum();
        let bill = self.bill(&self.mean).value(x);
        Cost {
            spend,
            induced: bill - spend,
            bill,
        }
    }

    fn verdict(&self, gain: &Gain, x: &[f64]) -> Verdict {
        let current = self.horizon.current();
        let pairs = x.iter().zip(&current);
        let moved: f64 = pairs.map(|(x, c)| (x - c).abs()).sum();
        if moved <= AT * (current.iter().sum::<f64>() + x.iter().sum::<f64>()) {
            return Verdict::Current;
        }
        match gain.narrow.interval() {
            None => Verdict::NotAssessed,
            Some(interval) if interval.lower > 0.0 => Verdict::Better,
            Some(interval) if interval.upper < 0.0 => Verdict::Worse,
            Some(_) => Verdict::Noise,
        }
    }

    fn binding(&self, x: &[f64]) -> Vec<String> {
        let held = self.groups.iter().filter(|group| {
            let sum: f64 = group.members.iter().map(|j| x[*j]).sum();
            let near = |bound: f64| (sum - bound).abs() <= AT * bound.max(1.0);
            (group.least > 0.0 && near(group.least)) || near(group.most)
        });
        held.map(|group| group.name.clone()).collect()
    }
}

/// The best plan of one replicate.
struct Single {
    x: Vec<f64>,
    /// What it brings beyond the plan for all.
    regret: f64,
}

/// A question with its answer, for what is asked about the answer.
struct Asked<'a> {
    question: &'a Question<'a>,
    draws: &'a [Weights],
    solution: &'a Solution,
}

impl Asked<'_> {
    /// The best plans of single replicates: of 200 at most, evenly chosen.
    fn single_plans(&self) -> Result<Vec<Single>> {
        let (question, plan) = (self.question, &self.solution.x);
        let step = self.draws.len().div_ceil(SOLVED).max(1);
        let draws: Vec<&Weights> = self.draws.iter().step_by(step).collect();
        in_parallel(&draws, |_, draw| {
            let best = question.best(&[draw], std::slice::from_ref(plan))?;
            let regret = question.height(draw, &best.x) - question.height(draw, plan);
            Ok(Single {
                x: best.x,
                regret: regret.max(0.0),
            })
        })
    }

    /// The value of knowing the effect of each channel.
    fn information(&self) -> Result<Option<Vec<f64>>> {
        if self.draws.len() < ENOUGH {
            return Ok(None);
        }
        let question = self.question;
        let plan = &self.solution.x;
        let values = in_parallel(&question.bounds, |j, bounds| {
            let Bounds { least, most } = *bounds;
            let (mut low, mut high) = (plan.clone(), plan.clone());
            (low[j], high[j]) = (least, most);
            let mut order: Vec<(f64, &Weights)> = self
                .draws
                .iter()
                .map(|draw| {
                    let effect = question.height(draw, &high) - question.height(draw, &low);
                    (effect, draw)
                })
                .collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            let size = order.len().div_ceil(BLOCKS);
            let mut value = 0.0;
            for block in order.chunks(size) {
                let known = Weights::mean(block.iter().map(|(_, draw)| *draw));
                let best = question.best(&[&known], std::slice::from_ref(plan))?;
                let more = question.height(&known, &best.x) - question.height(&known, plan);
                value += more.max(0.0) * block.len() as f64 / order.len() as f64;
            }
            // there is nothing to learn for a channel that cannot move
            Ok(if most > least { value } else { 0.0 })
        });
        values.map(Some)
    }

    fn stories(
        &self,
        stories: &[Story],
        models: &[&Weights],
        data: &Dataset,
    ) -> Result<Vec<StoryPlan>> {
        let question = self.question;
        let exposures = data.roles().exposures();
        let place = |channel: &Channel| {
            let place = exposures.iter().position(|name| *name == channel.name);
            place.expect("channels are exposures")
        };
        stories
            .iter()
            .map(|story| {
                let channels = question.horizon.channels.iter();
                let factors: Vec<f64> = channels.map(|c| story.factors[place(c)]).collect();
                let told: Vec<Weights> = models
                    .iter()
                    .map(|model| Weights {
                        outcome: question.curves.scaled(&model.outcome, &factors),
                        mediator: model.mediator.clone(),
                    })
                    .collect();
                let told: Vec<&Weights> = told.iter().collect();
                let best = question.best(&told, std::slice::from_ref(&self.solution.x))?;
                Ok(StoryPlan {
                    name: story.name.clone(),
                    planned: best.x,
                })
            })
            .collect()
    }

    fn gain(&self, moved: &Answers<Moved>, models: &[&Weights]) -> Result<Gain> {
        let question = self.question;
        let settings = question.settings;
        let level = moved.level();
        let x = &self.solution.x;
        let spend = x.iter().sum::<f64>() - question.horizon.current().iter().sum::<f64>();
        let bill = |(_, mediator, _): &Moved| match question.paid {
            true => spend + mediator,
            false => spend,
        };
        let profit = |margin: f64, moved: &Moved| margin * moved.0 - bill(moved);
        let objective = |moved: &Moved| match (settings.objective, settings.margin) {
            (Objective::Profit, Some(margin)) => profit(margin, moved),
            _ => moved.0 - settings.hurdle.unwrap_or(0.0) * bill(moved),
        };
        let halves = (self.draws.len() >= 2)
            .then(|| {
                let half = |first: usize| -> Vec<&Weights> {
                    self.draws.iter().skip(first).step_by(2).collect()
                };
                let (odd, even) = (half(0), half(1));
                let chosen = question.best(&odd, &[])?;
                Ok(Halves {
                    chosen: question.promise(&odd, &chosen.x),
                    judged: question.promise(&even, &chosen.x),
                })
            })
            .transpose()?;
        Ok(Gain {
            outcome: moved.estimate(|moved| moved.0),
            spend,
            induced: match question.paid {
                true => moved.estimate(|moved| moved.1),
                false => Estimate::not_assessed("the mediator is not measured in money", level),
            },
            profit: match settings.margin {
                Some(margin) => moved.estimate(|moved| profit(margin, moved)),
                None => Estimate::not_assessed("no margin is set", level),
            },
            objective: moved.estimate(objective),
            narrow: moved.estimate_at(NARROW, objective),
            better: moved.share(|moved| objective(moved) > 0.0),
            promised: question.promise(models, x),
            modelled: moved.mean(objective),
            held_at_zero: moved
                .draws
                .iter()
                .chain([&moved.point])
                .filter(|m| m.2 > 0)
                .count(),
            halves,
        })
    }

    fn channels(
        &self,
        bounded_by: &[BoundedBy],
        singles: &[Single],
        information: Option<&[f64]>,
        stories: &[StoryPlan],
    ) -> Vec<ChannelPlan> {
        let question = self.question;
        let x = &self.solution.x;
        let money = x
            .iter()
            .sum::<f64>()
            .max(question.horizon.current().iter().sum());
        let worth = question.worth_of(&question.mean).gradient(x);
        let bill = question.bill(&question.mean).gradient(x);
        let weeks = question.horizon.weeks.len() as f64;
        let channels = question.horizon.channels.iter().enumerate();
        channels
            .map(|(j, channel)| {
                let sign = |planned: f64| {
                    let change = planned - channel.current;
                    if change.abs() <= STAYS * money {
                        0.0
                    } else {
                        change.signum()
                    }
                };
                let bounds = question.bounds[j];
                let near = |bound: f64| (x[j] - bound).abs() <= AT * money;
                let spread: Vec<f64> = singles.iter().map(|single| single.x[j]).collect();
                let marginal = worth[j] / bill[j];
                ChannelPlan {
                    channel: channel.name.clone(),
                    current: channel.current,
                    planned: x[j],
                    change: x[j] - channel.current,
                    planned_weekly: x[j] / weeks,
                    current_weekly: channel.current / weeks,
                    bounds,
                    bounded_by: bounded_by[j],
                    at_bound: match (near(bounds.least), near(bounds.most)) {
                        (true, true) => Some(End::Both),
                        (true, false) => Some(End::Least),
                        (false, true) => Some(End::Most),
                        (false, false) => None,
                    },
                    marginal: (bill[j] > 0.0 && marginal.is_finite()).then_some(marginal),
                    spread: (!spread.is_empty())
                        .then(|| (quantile(&spread, 0.1), quantile(&spread, 0.9))),
                    information: information.map(|values| values[j]),
                    agreeing_stories: story_names(stories)
                        .into_iter()
                        .filter(|name| {
                            let mut worlds = stories.iter().filter(|story| story.name == *name);
                            worlds.all(|world| sign(world.planned[j]) == sign(x[j]))
                        })
                        .count(),
                }
            })
            .collect()
    }

    /// `B` of the dominance theorem (methods brief, 1.4), where it applies.
    fn return_on_mediator(&self, data: &Dataset) -> Option<f64> {
        let question = self.question;
        let direct = data.roles().direct_exposures();
        let around = question
            .horizon
            .channels
            .iter()
            .any(|channel| direct.contains(&channel.name.as_str()));
        if around || !question.paid || question.settings.mediator != MediatorPolicy::Free {
            return None;
        }
        let models = match self.draws {
            [] => std::slice::from_ref(&question.mean),
            draws => draws,
        };
        let returns = models.iter().map(|model| {
            let mut pairs = model.outcome.iter().zip(&model.mediator);
            pairs.find(|(_, m)| **m != 0.0).map(|(y, m)| y / m)
        });
        let returns: Vec<f64> = returns.flatten().collect();
        let mean = mean(&returns);
        (mean > 0.0).then_some(mean)
    }
}

/// What each channel may get, and why.
fn all_bounds(
    horizon: &Horizon,
    settings: &BudgetSettings,
    ensemble: &Ensemble,
    support: &Support,
) -> Result<(Vec<Bounds>, Vec<BoundedBy>)> {
    for asked in &settings.bounds {
        place(horizon, &asked.channel)?;
    }
    let channels = horizon.channels.iter().map(|channel| {
        let asked = settings.bounds.iter().find(|b| b.channel == channel.name);
        let current = channel.current;
        let (wide, by) = match (asked, settings.max_change) {
            (Some(asked), _) => (asked.bounds, BoundedBy::Asked),
            (None, MaxChange::Share(share)) => {
                let least = (current * (1.0 - share)).max(0.0);
                let most = current * (1.0 + share);
                (Bounds { least, most }, BoundedBy::MaxChange)
            }
            (None, MaxChange::Unlimited) => {
                let most = f64::INFINITY;
                (Bounds { least: 0.0, most }, BoundedBy::Support)
            }
        };
        let (mut bounds, mut by) = (wide, by);
        if !settings.allow_extrapolation {
            let seen = horizon.seen(channel, ensemble, support);
            bounds = Bounds {
                least: wide.least.max(seen.least),
                most: wide.most.min(seen.most),
            };
            if bounds.least > bounds.most {
                return Err(Error::setting(
                    format!(
                        "{} is to get {:.0} to {:.0} over {} weeks, and the data have seen {:.0} to {:.0}",
                        channel.name, wide.least, wide.most, settings.horizon, seen.least, seen.most
                    ),
                    "choose bounds that meet what the data have seen, or lift that with --allow-extrapolation",
                ));
            }
            if bounds != wide {
                by = BoundedBy::Support;
            }
        }
        if bounds.most.is_infinite() {
            let Some(budget) = settings.budget else {
                return Err(Error::setting(
                    format!("nothing limits what {} may get", channel.name),
                    format!(
                        "give it an upper bound such as --bound {}=0..8000, or a --budget",
                        channel.name
                    ),
                ));
            };
            bounds.most = budget.max(current);
            by = BoundedBy::Budget;
        }
        Ok((bounds, by))
    });
    Ok(channels.collect::<Result<Vec<_>>>()?.into_iter().unzip())
}

fn groups(horizon: &Horizon, settings: &BudgetSettings) -> Result<Vec<Group>> {
    let groups = settings.groups.iter().map(|group| {
        let members = group.channels.iter().map(|name| place(horizon, name));
        Ok(Group {
            name: group.name.clone(),
            members: members.collect::<Result<_>>()?,
            least: group.bounds.least,
            most: group.bounds.most,
        })
    });
    groups.collect()
}

/// The place of a channel among those that can be planned.
fn place(horizon: &Horizon, name: &str) -> Result<usize> {
    let mut channels = horizon.channels.iter();
    channels
        .position(|channel| channel.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = horizon.channels.iter().map(|c| c.name.as_str()).collect();
            let why = match horizon.unknown.iter().any(|unknown| unknown == name) {
                true => "did not vary over the weeks of the fit, so nothing is known of its effect",
                false => "is no exposure measured in money",
            };
            no_channel(name, why, &known)
        })
}

fn check_stories(stories: &[Story], data: &Dataset) -> Result<()> {
    let count = data.roles().exposures().len();
    let wrong = stories.iter().find(|story| {
        story.factors.len() != count || !story.factors.iter().all(|factor| factor.is_finite())
    });
    match wrong {
        None => Ok(()),
        Some(story) => Err(Error::setting(
            format!(
                "the story \"{}\" does not have a finite factor for each of {count} exposures",
                story.name
            ),
            "give one factor for each exposure, in the order of the roles",
        )),
    }
}
