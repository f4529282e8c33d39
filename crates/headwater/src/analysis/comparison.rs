//! Several analyses of the same weeks side by side: which forecasts better, where they agree.

use schemars::JsonSchema;
use serde::Serialize;

use super::fit::run;
use super::settings::Settings;
use super::{Analysis, DataSummary};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::estimators::EstimatorSettings;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::median;
use crate::progress::Progress;
use crate::validation::metrics::Metrics;

/// Bootstrap replicates of a comparison where the settings do not say: enough to see whether
/// intervals overlap, a fifth of what a fit takes.
const REPLICATES: usize = 200;
/// The same for trees, which are slower to fit.
const REPLICATES_OF_TREES: usize = 50;

/// Several estimators on the same weeks and the same folds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The weeks; those of the first analysis that could be made.
    pub data: Option<DataSummary>,
    /// The number of folds.
    pub folds: usize,
    /// The number of scored weeks.
    pub scored_weeks: usize,
    /// The mediator's column.
    pub mediator: String,
    /// The outcome's column.
    pub outcome: String,
    /// The naive forecast with the least squared error in the scored weeks.
    pub naive: Option<NaiveScore>,
    /// Each estimator, in the order asked for.
    pub estimators: Vec<Compared>,
    /// Each channel: what the estimators say of its total effect, and whether they agree.
    pub channels: Vec<Agreement>,
    /// `compare.*`, after what reading the data found.
    pub findings: Vec<Finding>,
}

/// The score of a forecast that needs no model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NaiveScore {
    /// Which one.
    pub name: String,
    /// Its accuracy over the scored weeks.
    pub metrics: Metrics,
}

/// One estimator: its scores, or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Compared {
    /// The estimator, or the run.
    pub name: String,
    /// How well it forecasts and how stable its effects are.
    pub scores: Option<CompareScores>,
    /// Whether it shrinks effects, so that its intervals show stability and not coverage.
    pub shrunken: bool,
    /// Why it could not be fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Out-of-sample scores of the outcome, and the stability of the effects.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CompareScores {
    /// With the mediator predicted from spend: what a plan can know.
    pub path: Metrics,
    /// `1 - MSE / MSE(best naive)` of the path score.
    pub path_skill: Option<f64>,
    /// With the mediator as observed; null where the model reads only its prediction.
    pub conditional: Option<Metrics>,
    /// The skill of the conditional score.
    pub conditional_skill: Option<f64>,
    /// Half the width of the total effect's interval over the size of the effect, the median over
    /// channels: 0.5 says that a typical effect is known to within a half of itself. Null without
    /// intervals.
    pub effect_half_width: Option<f64>,
}

/// What the estimators say of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Agreement {
    /// The exposure's column.
    pub channel: String,
    /// Whether they agree.
    pub verdict: Agree,
    /// What all intervals share.
    pub shared: Option<Interval>,
    /// The total effect by each estimator that could be fitted.
    pub effects: Vec<ComparedEffect>,
}

/// The effect of a channel by one estimator.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedEffect {
    /// The estimator, or the run.
    pub name: String,
    /// The total effect, in outcome units.
    pub total: Estimate,
    /// Outcome per unit of money spent.
    pub gross: Estimate,
}

/// Whether estimators agree about an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agree {
    /// Every point has the same sign, and all intervals share a range.
    Agree,
    /// All intervals share a range, but the points differ in sign.
    SignsDiffer,
    /// No value lies in all intervals.
    Apart,
    /// Fewer than two estimators give an interval.
    NotAssessed,
}

/// Fits `dataset` with each estimator in both stages, everything else as `settings` say, and
/// compares them. An estimator that cannot be fitted is a line with its reason. Where the settings
/// already set a stage to that kind of estimator, its settings are kept.
///
/// ```
/// use headwater::analysis::{Settings, compare};
/// use headwater::estimators::EstimatorSettings;
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let estimators = [EstimatorSettings::named("ols")?, EstimatorSettings::named("ridge")?];
/// let compared = compare(&market.dataset, Vec::new(), &settings, &estimators, &Silent)?;
/// assert!(compared.estimators.iter().all(|estimator| estimator.scores.is_some()));
/// assert_eq!(compared.channels.len(), 4);
/// # Ok::<(), headwater::error::Error>(())
/// ```
///
/// # Errors
/// When no estimator is asked for, one is asked for twice, or the work was stopped.
pub fn compare(
    dataset: &Dataset,
    data_findings: Vec<Finding>,
    settings: &Settings,
    estimators: &[EstimatorSettings],
    progress: &dyn Progress,
) -> Result<Comparison> {
    let mut analyses: Vec<(String, Result<Analysis>)> = Vec::new();
    for estimator in estimators {
        let name = estimator.name().to_string();
        if analyses.iter().any(|(earlier, _)| *earlier == name) {
            return Err(Error::setting(
                format!("the estimator {name} is asked for twice"),
                "name each estimator once",
            ));
        }
        let mut settings = settings.clone();
        for stage in [&mut settings.stages.mediator, &mut settings.stages.outcome] {
            if stage.name() != name {
                *stage = estimator.clone();
            }
        }
        let modest = match estimator {
            EstimatorSettings::Boosting(_) => REPLICATES_OF_TREES,
            _ => REPLICATES,
        };
        settings.bootstrap.replicates.get_or_insert(modest);
        // One after the other: each already uses every thread.
        match run(dataset, Vec::new(), &settings, progress) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            fit => analyses.push((name, fit.map(|fit| fit.analysis))),
        }
    }
    let mut comparison = Comparison::of(analyses)?;
    comparison.findings.splice(0..0, data_findings);
    Ok(comparison)
}

impl Comparison {
    /// Whether a comparison by `compare.*` failed, or nothing could be fitted.
    pub fn fail(&self) -> bool {
        let failed = |finding: &Finding| {
            finding.id.starts_with("compare.") && finding.status == Status::Failed
        };
        let fitted = |one: &Compared| one.scores.is_some();
        self.findings.iter().any(failed) || !self.estimators.iter().any(fitted)
    }

    /// Compares finished analyses by the names given.
    ///
    /// # Errors
    /// Without any analysis to compare.
    pub fn of(analyses: Vec<(String, Result<Analysis>)>) -> Result<Self> {
        if analyses.is_empty() {
            return Err(Error::setting(
                "there is nothing to compare",
                "name at least one estimator, better two",
            ));
        }
        let fitted: Vec<(&str, &Analysis)> = analyses
            .iter()
            .filter_map(|(name, analysis)| Some((name.as_str(), analysis.as_ref().ok()?)))
            .collect();
        let first = fitted.first().map(|(_, analysis)| *analysis);
        let path = first.map(|analysis| &analysis.stages.outcome.out_of_sample.path);
        let naive = path.and_then(|path| path.naive.best());
        let compared: Vec<Compared> = analyses
            .iter()
            .map(|(name, analysis)| Compared {
                name: name.clone(),
                scores: analysis.as_ref().ok().map(scores),
                shrunken: analysis.as_ref().is_ok_and(is_shrunken),
                why: analysis.as_ref().err().map(in_words),
            })
            .collect();
        let channels = agreements(&fitted);
        let mut findings: Vec<Finding> = same_weeks(&fitted).into_iter().collect();
        findings.push(beats_naive(&compared, naive.map(|(name, _)| name)));
        findings.push(agree(&channels));
        let name = |of: fn(&Analysis) -> &String| first.map(of).cloned().unwrap_or_default();
        Ok(Comparison {
            data: first.map(|analysis| analysis.data.clone()),
            folds: path.map_or(0, |path| path.folds.len()),
            scored_weeks: path.map_or(0, |path| path.pooled.weeks),
            mediator: name(|analysis| &analysis.stages.mediator.target),
            outcome: name(|analysis| &analysis.stages.outcome.target),
            naive: naive.map(|(name, metrics)| NaiveScore {
                name: name.into(),
                metrics: metrics.clone(),
            }),
            estimators: compared,
            channels,
            findings,
        })
    }
}

/// An error as one sentence with its remedy.
fn in_words(error: &Error) -> String {
    let help = miette::Diagnostic::help(error);
    let help = help.map_or(String::new(), |help| format!("; {help}"));
    format!("{error}{help}")
}

fn is_shrunken(analysis: &Analysis) -> bool {
    let mut findings = analysis.findings.iter();
    findings.any(|finding| finding.id == "effects.shrunken")
}

fn scores(analysis: &Analysis) -> CompareScores {
    let outcome = &analysis.stages.outcome;
    let (path, conditional) = (
        &outcome.out_of_sample.path,
        &outcome.out_of_sample.conditional,
    );
    let knows_mediator = outcome.reading != "predicted";
    let widths: Vec<f64> = analysis
        .effects
        .iter()
        .filter_map(|effect| {
            let (point, interval) = (effect.total.point?, effect.total.interval()?);
            let width = (interval.upper - interval.lower) / 2.0 / point.abs();
            width.is_finite().then_some(width)
        })
        .collect();
    CompareScores {
        path: path.pooled.clone(),
        path_skill: path.skill(),
        conditional: knows_mediator.then(|| conditional.pooled.clone()),
        conditional_skill: knows_mediator.then(|| conditional.skill()).flatten(),
        effect_half_width: (!widths.is_empty()).then(|| median(&widths)),
    }
}

/// Channel by channel, in the order of the first analysis; a channel that a later one adds comes
/// after those.
fn agreements(fitted: &[(&str, &Analysis)]) -> Vec<Agreement> {
    let mut names: Vec<&str> = Vec::new();
    for (_, analysis) in fitted {
        for effect in &analysis.effects {
            if !names.contains(&effect.channel.as_str()) {
                names.push(&effect.channel);
            }
        }
    }
    names
        .into_iter()
        .map(|channel| {
            let effects: Vec<ComparedEffect> = fitted
                .iter()
                .filter_map(|(name, analysis)| {
                    let mut effects = analysis.effects.iter();
                    let effect = effects.find(|effect| effect.channel == channel)?;
                    Some(ComparedEffect {
                        name: (*name).into(),
                        total: effect.total.clone(),
                        gross: effect.roas.gross.clone(),
                    })
                })
                .collect();
            let (verdict, shared) = verdict(&effects);
            Agreement {
                channel: channel.into(),
                verdict,
                shared,
                effects,
            }
        })
        .collect()
}

/// Intervals on a line that overlap two by two share a point, so the range from the highest lower
/// end to the lowest upper end decides.
fn verdict(effects: &[ComparedEffect]) -> (Agree, Option<Interval>) {
    let known: Vec<(f64, Interval)> = effects
        .iter()
        .filter_map(|effect| Some((effect.total.point?, effect.total.interval()?)))
        .collect();
    if known.len() < 2 {
        return (Agree::NotAssessed, None);
    }
    let ends = |of: fn(&Interval) -> f64| known.iter().map(move |(_, interval)| of(interval));
    let shared = Interval {
        lower: ends(|interval| interval.lower).fold(f64::NEG_INFINITY, f64::max),
        upper: ends(|interval| interval.upper).fold(f64::INFINITY, f64::min),
    };
    if shared.lower > shared.upper {
        return (Agree::Apart, None);
    }
    let one_sign =
        known.iter().all(|(point, _)| *point > 0.0) || known.iter().all(|(point, _)| *point < 0.0);
    let verdict = match one_sign {
        true => Agree::Agree,
        false => Agree::SignsDiffer,
    };
    (verdict, Some(shared))
}

/// Runs of different weeks or folds have scores that cannot be compared.
fn same_weeks(fitted: &[(&str, &Analysis)]) -> Option<Finding> {
    let folds = |analysis: &Analysis| -> Vec<(usize, String, String)> {
        let folds = analysis.stages.outcome.out_of_sample.path.folds.iter();
        folds
            .map(|fold| {
                (
                    fold.train_weeks,
                    fold.test_first.clone(),
                    fold.test_last.clone(),
                )
            })
            .collect()
    };
    let data = |analysis: &Analysis| {
        let data = &analysis.data;
        let hash = data.dataset_sha256.clone();
        (
            hash.unwrap_or_else(|| data.sha256.clone()),
            data.weeks,
            data.first_week.clone(),
        )
    };
    let ((first_name, first), others) = fitted.split_first()?;
    let differ = |what: &dyn Fn(&Analysis) -> bool| -> Vec<&str> {
        let others = others.iter().filter(|(_, other)| what(other));
        others.map(|(name, _)| *name).collect()
    };
    let other_data = differ(&|other| data(other) != data(first));
    let other_folds = differ(&|other| folds(other) != folds(first));
    if other_data.is_empty() && other_folds.is_empty() {
        return None;
    }
    let mut names = other_data.clone();
    names.extend(other_folds.iter().filter(|name| !other_data.contains(name)));
    let said = format!(
        "{} {} fitted to other columns or weeks than {first_name}, or scored on other folds: their scores and \
         effects cannot be compared; fit them to the same file with the same [validation]",
        names.join(", "),
        if names.len() == 1 { "was" } else { "were" }
    );
    Some(
        Finding::new("compare.same_weeks", Status::Failed, said)
            .with("other_data", other_data)
            .with("other_folds", other_folds),
    )
}

fn beats_naive(compared: &[Compared], naive: Option<&str>) -> Finding {
    const ID: &str = "compare.beats_naive";
    let skills: Vec<(&str, f64)> = compared
        .iter()
        .filter_map(|one| Some((one.name.as_str(), one.scores.as_ref()?.path_skill?)))
        .collect();
    let best = skills.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let (Some((name, skill)), Some(naive)) = (best, naive) else {
        let said = "no estimator could be scored beside a naive forecast";
        return Finding::new(ID, Status::NotAssessed, said);
    };
    let better: Vec<&str> = skills
        .iter()
        .filter(|(_, skill)| *skill > 0.0)
        .map(|(name, _)| *name)
        .collect();
    let (status, said) = if better.is_empty() {
        (
            Status::Failed,
            format!(
                "no estimator beats the best naive forecast ({naive}): none of these models should be used to \
                 plan, and their effects deserve little trust"
            ),
        )
    } else if better.len() < skills.len() {
        (
            Status::Warning,
            format!(
                "{} {} the best naive forecast ({naive}), the others do not; the least error is that of {name}",
                better.join(", "),
                if better.len() == 1 { "beats" } else { "beat" }
            ),
        )
    } else {
        let who = match skills.len() {
            1 => name.to_string(),
            count => format!("all {count} estimators"),
        };
        let verb = if skills.len() == 1 { "beats" } else { "beat" };
        (
            Status::Passed,
            format!(
                "{who} {verb} the best naive forecast ({naive}); the least error is that of {name}"
            ),
        )
    };
    Finding::new(ID, status, said)
        .measured("best skill", *skill, Bound::AtLeast(0.0))
        .with("better_than_naive", better)
}

fn agree(channels: &[Agreement]) -> Finding {
    const ID: &str = "compare.effects";
    let with = |verdict: Agree| -> Vec<&str> {
        let channels = channels.iter().filter(|one| one.verdict == verdict);
        channels.map(|one| one.channel.as_str()).collect()
    };
    let (agreed, unknown) = (with(Agree::Agree), with(Agree::NotAssessed));
    let (signs, apart) = (with(Agree::SignsDiffer), with(Agree::Apart));
    if unknown.len() == channels.len() {
        return Finding::new(
            ID,
            Status::NotAssessed,
            "fewer than two estimators give intervals of the same effect; ask for two with --estimators and \
             more than 0 replicates with --bootstrap",
        );
    }
    let mut said = Vec::new();
    let mut say = |names: &[&str], before: &str, after: &str| {
        if !names.is_empty() {
            said.push(format!("{before}{}{after}", names.join(", ")));
        }
    };
    say(
        &apart,
        "for ",
        " no value lies in all intervals: the answer hangs on the choice of estimator",
    );
    say(
        &signs,
        "the points differ in sign, within their intervals, for ",
        "",
    );
    say(&unknown, "", " cannot be compared without two intervals");
    say(&agreed, "all agree on ", "");
    let status = match signs.is_empty() && apart.is_empty() && unknown.is_empty() {
        true => Status::Passed,
        false => Status::Warning,
    };
    Finding::new(ID, status, said.join("; "))
        .with("agree", agreed)
        .with("signs_differ", signs)
        .with("apart", apart)
        .with("not_assessed", unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(point: f64, lower: f64, upper: f64) -> ComparedEffect {
        let total = Estimate::new(point, Interval { lower, upper }, 0.95, "percentile");
        ComparedEffect {
            name: "one".into(),
            gross: total.clone(),
            total,
        }
    }

    #[test]
    fn intervals_decide_and_signs_only_where_they_share_a_range() {
        let of = |effects: &[ComparedEffect]| verdict(effects).0;
        let (small, large) = (effect(1.0, -1.0, 3.0), effect(4.0, 2.0, 6.0));
        assert_eq!(
            verdict(&[small.clone(), large.clone()]),
            (
                Agree::Agree,
                Some(Interval {
                    lower: 2.0,
                    upper: 3.0
                })
            )
        );
        assert_eq!(
            of(&[small.clone(), effect(-0.5, -2.0, 1.0)]),
            Agree::SignsDiffer
        );
        assert_eq!(of(&[large, effect(-1.0, -2.0, 1.0)]), Agree::Apart);
        assert_eq!(of(&[small]), Agree::NotAssessed);
    }

    #[test]
    fn without_any_analysis_there_is_nothing_to_compare() {
        assert!(Comparison::of(Vec::new()).is_err());
        let failed = Error::setting("no such thing", "do something else");
        let comparison = Comparison::of(vec![("ols".into(), Err(failed))]).unwrap();
        assert_eq!(
            comparison.estimators[0].why.as_deref(),
            Some("no such thing; do something else")
        );
        let assessed = |finding: &Finding| finding.status != Status::NotAssessed;
        assert!(!comparison.findings.iter().any(assessed));
    }
}
