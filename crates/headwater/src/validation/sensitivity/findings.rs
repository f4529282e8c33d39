//! What would change the answer, one plain sentence a question.

use super::direct_share::{DirectShare, RankingBreak, VerdictBreak};
use super::returns::Judged;
use super::rho::UnmeasuredDemand;
use super::robustness::{Coefficient, Robustness, Slope};
use super::stories::Stories;
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::finding::{Bound, Finding, Status};

const DEMAND: &str = "sensitivity.unmeasured_demand";
const DIRECT: &str = "sensitivity.direct_share";
const ROBUSTNESS: &str = "sensitivity.robustness";
const STORIES: &str = "sensitivity.stories";

/// A medium correlation (Cohen 1988): hidden demand of this strength is a claim to be argued for.
const MEDIUM: f64 = 0.3;

/// A small correlation (Cohen 1988): hidden demand of this strength is to be expected.
const SMALL: f64 = 0.1;

/// At 104 weeks a test catches one channel with this direct share in 8 to 10% of cases (methods
/// brief, 1.6): an answer must hold beside it.
const UNSEEN_SHARE: f64 = 0.25;

/// The four findings when the twin's system has no solution.
pub fn not_assessed(error: &Error) -> Vec<Finding> {
    [DEMAND, DIRECT, ROBUSTNESS, STORIES]
        .map(|id| {
            let said = format!("the linear system behind both stages could not be solved: {error}");
            Finding::new(id, Status::NotAssessed, said)
        })
        .into()
}

/// The names that the sentences use.
pub(super) struct Words<'a> {
    pub(super) mediator: &'a str,
    pub(super) outcome: &'a str,
    /// Exposures whose edge to the outcome is drawn.
    pub(super) drawn: Vec<&'a str>,
}

impl Words<'_> {
    /// Warning: the no-direct-path story needs a medium correlation, or a small one would end the
    /// path.
    pub(super) fn unmeasured_demand(
        &self,
        demand: &std::result::Result<UnmeasuredDemand, String>,
    ) -> Finding {
        let demand = match demand {
            Ok(demand) => demand,
            Err(why) => return Finding::new(DEMAND, Status::NotAssessed, why),
        };
        let (mediator, outcome) = (self.mediator, self.outcome);
        let zero = demand.shocks.correlation;
        let vanishes = format!(
            "the effect through {mediator} vanishes if what is unexplained of {mediator} and {outcome} \
             correlates at {}",
            correlation(&demand.zero_crossing, zero)
        );
        let fragile = zero.abs() < SMALL;
        let finding = match demand.no_direct_path.point {
            Some(needed) => {
                let needs = format!(
                    "the no-direct-path story holds only if hidden demand moves {mediator} and {outcome} together \
                     with a correlation of {}",
                    correlation(&demand.no_direct_path, needed)
                );
                let (status, advice) = if needed.abs() > MEDIUM {
                    let advice = "either there is such demand, or part of the exposures' effect goes around; \
                                  add a measure of demand (search volume, a brand tracker) as a control";
                    (Status::Warning, advice)
                } else if fragile {
                    let advice =
                        "so little hidden demand is to be expected: do not rely on the split";
                    (Status::Warning, advice)
                } else {
                    (Status::Passed, "")
                };
                let stop = if advice.is_empty() { "" } else { ": " };
                let said = format!("{needs}; {vanishes}{stop}{advice}");
                let finding = Finding::new(DEMAND, status, said);
                if fragile && needed.abs() <= MEDIUM {
                    finding.measured(ENDS, zero.abs(), Bound::AtLeast(SMALL))
                } else {
                    let name = "correlation that no direct path needs";
                    finding.measured(name, needed.abs(), Bound::AtMost(MEDIUM))
                }
            }
            None if fragile => {
                let said = format!(
                    "{vanishes}: so little hidden demand is to be expected, do not rely on the split"
                );
                Finding::new(DEMAND, Status::Warning, said).measured(
                    ENDS,
                    zero.abs(),
                    Bound::AtLeast(SMALL),
                )
            }
            None => {
                let why = demand.no_direct_path.why.as_deref().unwrap_or_default();
                let said = format!(
                    "{why}; so how much hidden demand the no-direct-path story needs is not known. What is known: \
                     {vanishes}"
                );
                Finding::new(DEMAND, Status::NotAssessed, said)
            }
        };
        finding
            .with("rho_zero_crossing", zero)
            .with("rho_no_direct_path", demand.no_direct_path.point)
            .with("b_auto", demand.b_auto)
            .with("b_ind", demand.b_ind)
    }

    /// Warning: a direct share that tests seldom see would change a verdict or the order.
    pub(super) fn direct_share(
        &self,
        direct: &std::result::Result<DirectShare, String>,
    ) -> Finding {
        let direct = match direct {
            Ok(direct) => direct,
            Err(why) => return Finding::new(DIRECT, Status::NotAssessed, why),
        };
        if direct.verdicts.is_empty() {
            return Finding::new(DIRECT, Status::NotAssessed, NO_RETURN);
        }
        let bound = direct.bound;
        let verdict = direct
            .verdicts
            .iter()
            .filter(|verdict| verdict.share.is_some())
            .min_by(|one, other| order(one.share, other.share));
        let ranking = direct.ranking.as_ref().filter(|it| it.share.is_some());
        let mut said: Vec<String> = Vec::new();
        said.extend(verdict.map(|verdict| self.overturned(verdict, direct.judged, bound)));
        said.extend(ranking.map(|ranking| self.overtaken(ranking)));
        if said.is_empty() {
            let ranked = match direct.ranking {
                Some(_) => " or change the order of the channels",
                None => "",
            };
            said.push(format!(
                "no direct share of any one channel, up to all of its effect, would move a channel across a \
                 return of {bound:.2}{ranked}"
            ));
        }
        let mut said = said.join("; ");
        if !self.drawn.is_empty() {
            said += &format!(
                " (the direct effect of {}, whose edge is drawn, is estimated in every case)",
                self.drawn.join(", ")
            );
        }
        let first = direct.first_change();
        let status = match first {
            Some(share) if share < UNSEEN_SHARE => Status::Warning,
            _ => Status::Passed,
        };
        let finding = Finding::new(DIRECT, status, said);
        let finding = match first {
            Some(share) => finding.measured(
                "direct share that changes the answer",
                share,
                Bound::AtLeast(UNSEEN_SHARE),
            ),
            None => finding,
        };
        finding
            .with("bound", bound)
            .with("verdict_share", verdict.and_then(|verdict| verdict.share))
            .with("ranking_share", ranking.and_then(|ranking| ranking.share))
            .with("b_lower", direct.local_to_zero.lower)
            .with("b_upper", direct.local_to_zero.upper)
    }

    fn overturned(&self, verdict: &VerdictBreak, judged: Judged, bound: f64) -> String {
        let by = verdict.by.as_deref().unwrap_or_default();
        let whose = if by == verdict.channel {
            format!("its {}", returned(judged))
        } else {
            format!("the {} of {}", returned(judged), verdict.channel)
        };
        let moves = if verdict.worth {
            "fall below"
        } else {
            "rise above"
        };
        format!(
            "if {} of {by}'s effect went around {}, {whose} would {moves} {bound:.2} (it is {:.2} without)",
            percent(verdict.share),
            self.mediator,
            verdict.value
        )
    }

    fn overtaken(&self, ranking: &RankingBreak) -> String {
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        format!(
            "if {} of {}'s effect went around {}, {} would return more than {}",
            percent(ranking.share),
            name(&ranking.by),
            self.mediator,
            name(&ranking.overtakes),
            name(&ranking.overtaken)
        )
    }

    /// Warning: a hidden cause as strong as the strongest observed control would bring a slope
    /// within reach of chance, or all are there already.
    pub(super) fn robustness(&self, robustness: &Result<Robustness>) -> Finding {
        let all = match robustness {
            Ok(robustness) => &robustness.coefficients,
            Err(error) => return Finding::new(ROBUSTNESS, Status::NotAssessed, error.to_string()),
        };
        let clear: Vec<&Coefficient> = all.iter().filter(|it| it.distinguishable()).collect();
        let margin = |it: &Coefficient| {
            let adjusted = it.benchmark.as_ref().and_then(|it| it.adjusted_t);
            adjusted.unwrap_or(f64::NEG_INFINITY) - it.critical_t.unwrap_or_default()
        };
        let weakest = clear
            .iter()
            .copied()
            .min_by(|one, other| margin(one).total_cmp(&margin(other)));
        let finding = match weakest {
            None => Finding::new(
                ROBUSTNESS,
                Status::Warning,
                "no slope of the linear system behind the model can be told from chance, so there is nothing that a \
                 hidden cause would have to overturn; add weeks, or fewer columns",
            ),
            Some(weakest) => self.beside_its_benchmark(weakest),
        };
        let smallest = all.iter().map(|it| it.robustness_value);
        finding
            .with("smallest_robustness_value", smallest.fold(1.0, f64::min))
            .with("slopes", all.len())
            .with("distinguishable", clear.len())
            .with(
                "surviving_benchmark",
                clear
                    .iter()
                    .filter(|it| it.survives() == Some(true))
                    .count(),
            )
    }

    fn beside_its_benchmark(&self, weakest: &Coefficient) -> Finding {
        let what = match weakest.slope {
            Slope::Total => format!("the total effect of {}", weakest.column),
            Slope::FirstStage => {
                format!("the effect of {} on {}", weakest.column, self.mediator)
            }
            Slope::Mediator => format!("the effect of {} on {}", self.mediator, self.outcome),
        };
        let both = match weakest.slope {
            Slope::Total => format!("{} and {}", weakest.column, self.outcome),
            Slope::FirstStage => format!("{} and {}", weakest.column, self.mediator),
            Slope::Mediator => format!("{} and {}", self.mediator, self.outcome),
        };
        let needed = format!(
            "a hidden cause would have to explain {:.0}% of what is left of both {both} to erase {what}",
            100.0 * weakest.robustness_value
        );
        let Some(benchmark) = &weakest.benchmark else {
            let said = format!("{needed}; there is no observed control to compare that with");
            return Finding::new(ROBUSTNESS, Status::NotAssessed, said);
        };
        let control = &benchmark.control;
        let name = "t beside a hidden cause as strong as a control";
        match (benchmark.adjusted_t, weakest.critical_t) {
            (Some(t), Some(critical)) if t >= critical => Finding::new(
                ROBUSTNESS,
                Status::Passed,
                format!("{needed}; one as strong as {control} would not bring it within reach of chance, nor any other slope that is clear of it now"),
            )
            .measured(name, t, Bound::AtLeast(critical)),
            (Some(t), Some(critical)) => Finding::new(
                ROBUSTNESS,
                Status::Warning,
                format!("one more cause of {both} as strong as {control} would bring {what} within reach of chance; {needed}"),
            )
            .measured(name, t, Bound::AtLeast(critical)),
            _ => Finding::new(
                ROBUSTNESS,
                Status::Warning,
                format!("{control} is so strong that nothing bounds what another cause like it would do to {what}; {needed}"),
            ),
        }
    }

    /// Warning: the stories disagree.
    pub(super) fn stories(&self, stories: Option<&Stories>) -> Finding {
        let Some(stories) = stories else {
            return Finding::new(STORIES, Status::NotAssessed, NO_RETURN);
        };
        let (mediator, bound) = (self.mediator, stories.bound);
        let Some(agrees) = stories.agrees else {
            let why = stories.why.as_deref();
            let why = why.unwrap_or("a channel has no return under one of them");
            let said = format!("the stories cannot be compared: {why}");
            return Finding::new(STORIES, Status::NotAssessed, said);
        };
        let told = format!(
            "no direct path, no hidden demand, or a quarter of one channel's effect around {mediator}"
        );
        let crossing: Vec<&str> = stories
            .channels
            .iter()
            .filter(|row| row.same_side == Some(false))
            .map(|row| row.channel.as_str())
            .collect();
        let (status, said) = if agrees {
            let said = format!(
                "every channel keeps its place and its side of a return of {bound:.2} under three stories: {told}"
            );
            (Status::Passed, said)
        } else if crossing.is_empty() {
            let said = format!(
                "every channel keeps its side of a return of {bound:.2}, but the order of the channels depends on \
                 what is assumed: {told}; do not move money between channels on their order alone"
            );
            (Status::Warning, said)
        } else {
            let said = format!(
                "whether {} returns more than {bound:.2} depends on what is assumed: {told}; a spend test on the \
                 channel would tell",
                crossing.join(" or ")
            );
            (Status::Warning, said)
        };
        Finding::new(STORIES, status, said)
            .with("bound", bound)
            .with("channels_crossing", crossing)
    }
}

const ENDS: &str = "correlation that ends the path";
const NO_RETURN: &str =
    "no exposure has spend in money, so there is no return that an assumption could overturn";

fn returned(judged: Judged) -> &'static str {
    match judged {
        Judged::Loaded => "loaded return",
        Judged::Gross => "gross return",
    }
}

fn order(one: Option<f64>, other: Option<f64>) -> std::cmp::Ordering {
    let share = |share: Option<f64>| share.unwrap_or(f64::INFINITY);
    share(one).total_cmp(&share(other))
}

/// `12%`, `0.4%`.
fn percent(share: Option<f64>) -> String {
    let percent = 100.0 * share.unwrap_or(f64::NAN);
    if percent < 0.95 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}

/// `0.31 (0.10 to 0.48)`.
fn correlation(estimate: &Estimate, point: f64) -> String {
    match estimate.interval() {
        Some(interval) => format!(
            "{point:.2} ({:.2} to {:.2})",
            interval.lower, interval.upper
        ),
        None => format!("{point:.2}"),
    }
}
