//! The same settings on newer data, and what moved.

use schemars::JsonSchema;
use serde::Serialize;

use super::fit::{Fit, run};
use super::saved_run::SavedRun;
use super::{Analysis, DataSummary};
use crate::data::role::Role;
use crate::data::{Dataset, Table, extend};
use crate::effects::ChannelEffects;
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::mean;
use crate::progress::Progress;
use crate::splits::Fold;
use crate::validation::cross_validation::CrossValidation;
use crate::validation::skill;

/// The mean relative change of returns that mmm-eval calls a stable refresh (methods brief, 3).
const STABLE: f64 = 0.15;
/// Values that differ by less than this share are the same number, written by another program.
const SAME: f64 = 1e-9;
/// Fewer added weeks than this say nothing by themselves.
const FEWEST_ADDED: usize = 4;
/// The share of added weeks outside the range of the earlier ones that is called drift: among
/// exchangeable weeks it is `2 / (n + 1)`, about 2% after two years.
const OUTSIDE: f64 = 0.25;

/// What newer data changed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Retraining {
    /// The weeks of the earlier run.
    pub before: DataSummary,
    /// The weeks of the new one.
    pub after: DataSummary,
    /// Which weeks changed.
    pub weeks: WeekChanges,
    /// The outcome's column.
    pub outcome: String,
    /// Each channel's effects before and after.
    pub effects: Vec<EffectChange>,
    /// Every finding, beside those about the data, whose outcome is not what it was.
    pub verdicts: Vec<VerdictChange>,
    /// `retrain.*`.
    pub findings: Vec<Finding>,
}

/// Week by week, what the newer file brought. Weeks are ISO 8601 dates of their first day.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct WeekChanges {
    /// In the file, not in the run.
    pub added: Vec<String>,
    /// In both, with other values in the file: the file's were taken.
    pub changed: Vec<ChangedCell>,
    /// The number of weeks in both with the same values.
    pub kept: usize,
    /// In the run, not in the file: kept as they were.
    pub missing: Vec<String>,
}

/// A value that the newer file corrects.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangedCell {
    /// The first day of the week, ISO 8601.
    pub week: String,
    /// The column.
    pub column: String,
    /// The value in the run.
    pub before: f64,
    /// The value in the file.
    pub after: f64,
}

/// A channel before and after.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EffectChange {
    /// The exposure's column.
    pub channel: String,
    /// Total effect over the weeks of the earlier run, in outcome units.
    pub total_before: Estimate,
    /// Total effect over the weeks of the new run: more weeks make it larger by themselves.
    pub total_after: Estimate,
    /// Total effect per unit of spend in the earlier run: gross ROAS where spend is money.
    pub per_unit_before: Estimate,
    /// Total effect per unit of spend in the new run.
    pub per_unit_after: Estimate,
    /// `(after - before) / |before|` of the effect per unit of spend.
    pub relative_change: Option<f64>,
    /// Whether the new effect per unit lies in the earlier interval.
    pub in_earlier_interval: Option<bool>,
}

/// A finding whose outcome changed; where an id stands for several findings, the worst of them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct VerdictChange {
    /// The finding's id.
    pub id: String,
    /// The outcome in the earlier run; none where it made no such check.
    pub before: Option<Status>,
    /// The outcome now; none where the new run makes no such check.
    pub after: Option<Status>,
    /// What the new run says, or what the earlier one said where the new one is silent.
    pub summary: String,
}

impl VerdictChange {
    /// Whether a doubt is new or greater.
    pub fn is_worse(&self) -> bool {
        let doubt = |status: Option<Status>| status.unwrap_or(Status::Passed);
        doubt(self.after) > doubt(self.before)
    }
}

/// Puts the weeks of `table` over those of a run, fits again with the run's settings, and says
/// what moved.
///
/// The file may hold all of history again or new weeks alone. Values that it corrects are taken
/// when `replace` is true and refused otherwise.
///
/// # Errors
/// Names columns that the file has too many or too few, weeks missing between run and file, values
/// that differ without `replace`, and a file that brings nothing new; and those of [`run`].
pub fn retrain(
    saved: &SavedRun,
    table: &Table,
    replace: bool,
    progress: &dyn Progress,
) -> Result<(Fit, Retraining)> {
    refuse_other_columns(saved, table)?;
    let loaded = extend(&saved.dataset, table, &saved.settings.data)?;
    let in_file: Vec<String> = loaded
        .weeks_in_file
        .iter()
        .map(ToString::to_string)
        .collect();
    let weeks = changes(&saved.dataset, &loaded.dataset, &in_file);
    refuse_nothing_new(&weeks, table)?;
    if !replace {
        refuse_corrections(&weeks, table)?;
    }
    let mut data_findings = loaded.findings;
    let seed_exposures = saved.data_findings().into_iter();
    data_findings.extend(seed_exposures.filter(|finding| !finding.id.starts_with("data.")));
    let fit = run(&loaded.dataset, data_findings, &saved.settings, progress)?;

    let (before, after) = (&saved.analysis, &fit.analysis);
    let effects = moved(&before.effects, &after.effects);
    let verdicts = verdicts(before, after);
    let at_end = trailing(&saved.dataset, &loaded.dataset);
    let mut findings = vec![weeks_finding(&weeks, &in_file)];
    findings.push(forecast(saved, &fit, at_end)?);
    findings.extend(stability(&effects));
    findings.push(verdict_finding(&verdicts));
    findings.push(drift(&loaded.dataset, at_end));
    let retraining = Retraining {
        before: before.data.clone(),
        after: after.data.clone(),
        weeks,
        outcome: after.stages.outcome.target.clone(),
        effects,
        verdicts,
        findings,
    };
    Ok((fit, retraining))
}

fn refuse_other_columns(saved: &SavedRun, table: &Table) -> Result<()> {
    let (file, run) = (&table.source().name, saved.directory.display());
    let date = saved.settings.columns.with_role(Role::Date);
    let used = date.chain(saved.dataset.columns().map(|(name, _)| name));
    let lost: Vec<&str> = used.filter(|name| table.position(name).is_none()).collect();
    if !lost.is_empty() {
        let (column, help) = match lost.len() {
            1 => ("column", "export the file again with this column"),
            _ => ("columns", "export the file again with these columns"),
        };
        return Err(Error::input(
            format!(
                "{file} lacks the {column} {}, which {run} uses",
                lost.join(", ")
            ),
            format!("{help} under the same name, or make a new model without: `headwater fit`"),
        ));
    }
    let known = &saved.settings.columns.columns;
    let new: Vec<&str> = table
        .column_names()
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains_key(*name))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(Error::input(
        format!(
            "{file} has {} that {run} does not know: {}",
            if new.len() == 1 {
                "a column"
            } else {
                "columns"
            },
            new.join(", ")
        ),
        format!(
            "leave {} out of the file, or make a new model with {}: `headwater fit` on all of history",
            if new.len() == 1 { "it" } else { "them" },
            if new.len() == 1 { "it" } else { "them" },
        ),
    ))
}

/// What the file brought, week by week.
fn changes(before: &Dataset, after: &Dataset, in_file: &[String]) -> WeekChanges {
    let mut changes = WeekChanges::default();
    for (t, week) in after.weeks().iter().enumerate() {
        let name = week.to_string();
        let Ok(earlier) = before.weeks().binary_search(week) else {
            changes.added.push(name);
            continue;
        };
        if !in_file.contains(&name) {
            changes.missing.push(name);
            continue;
        }
        let cells: Vec<ChangedCell> = after
            .columns()
            .filter_map(|(column, values)| {
                let (old, new) = (before.column(column)[earlier], values[t]);
                let same = (old - new).abs() <= SAME * old.abs().max(new.abs());
                (!same).then(|| ChangedCell {
                    week: name.clone(),
                    column: column.into(),
                    before: old,
                    after: new,
                })
            })
            .collect();
        if cells.is_empty() {
            changes.kept += 1;
        }
        changes.changed.extend(cells);
    }
    changes
}

impl WeekChanges {
    /// The weeks with a changed value, in order.
    pub fn changed_weeks(&self) -> Vec<&str> {
        let mut weeks: Vec<&str> = self.changed.iter().map(|cell| &*cell.week).collect();
        weeks.dedup();
        weeks
    }
}

fn refuse_nothing_new(weeks: &WeekChanges, table: &Table) -> Result<()> {
    if !weeks.added.is_empty() || !weeks.changed.is_empty() {
        return Ok(());
    }
    Err(Error::input(
        format!(
            "{} brings nothing new: all its {} are in the run with the same values",
            table.source().name,
            counted(weeks.kept, "week")
        ),
        "give a file with later weeks or corrected values",
    ))
}

fn refuse_corrections(weeks: &WeekChanges, table: &Table) -> Result<()> {
    let Some(first) = weeks.changed.first() else {
        return Ok(());
    };
    let changed = weeks.changed_weeks().len();
    let more = match weeks.changed.len() - 1 {
        0 => String::new(),
        more => format!(" and {} more", counted(more, "value")),
    };
    Err(Error::input(
        format!(
            "{}: {} {} from the run: {} in week {} is {} there and {} in the file{more}",
            table.source().name,
            counted(changed, "week"),
            if changed == 1 { "differs" } else { "differ" },
            first.column,
            first.week,
            first.before,
            first.after
        ),
        "add --replace to take the values of the file, or give a file with the new weeks alone",
    ))
}

/// `1 week`, `3 weeks`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn weeks_finding(weeks: &WeekChanges, in_file: &[String]) -> Finding {
    let changed = weeks.changed_weeks();
    let last = in_file.iter().max();
    let lost: Vec<&String> = weeks
        .missing
        .iter()
        .filter(|week| Some(*week) > last)
        .collect();
    let mut said = format!(
        "{} added, {} with corrected values, {} unchanged, {} not in the file and kept as in the run",
        counted(weeks.added.len(), "week"),
        changed.len(),
        weeks.kept,
        weeks.missing.len()
    );
    if !changed.is_empty() {
        said += &format!(
            "; history was rewritten in {}, so effects move for two reasons",
            some(&changed)
        );
    }
    if !lost.is_empty() {
        said += &format!(
            "; the file ends before the run does: check that it is the newer one ({} kept)",
            counted(lost.len(), "later week")
        );
    }
    let status = match changed.is_empty() && lost.is_empty() {
        true => Status::Passed,
        false => Status::Warning,
    };
    Finding::new("retrain.weeks", status, said)
        .with("added", weeks.added.clone())
        .with("changed", changed)
        .with("kept", weeks.kept)
        .with("missing", weeks.missing.len())
}

/// The first five, and how many more.
fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

/// The number of weeks after the last one of the earlier run.
fn trailing(before: &Dataset, after: &Dataset) -> usize {
    let last = before.weeks().last();
    let later = after.weeks().iter().filter(|week| Some(*week) > last);
    later.count()
}

/// How the model before, which ends where the earlier run ended, forecasts the added weeks: the
/// one test that no choice made on the earlier weeks can have leaked into.
fn forecast(saved: &SavedRun, fit: &Fit, added: usize) -> Result<Finding> {
    const ID: &str = "retrain.forecast";
    if added < FEWEST_ADDED {
        let said = format!(
            "{} after those of the run: at least {FEWEST_ADDED} are needed to score the forecast that the \
             model before makes of them",
            counted(added, "week")
        );
        return Ok(Finding::new(ID, Status::NotAssessed, said));
    }
    let weeks = fit.dataset.len();
    let fold = Fold::forward(0..weeks - added, weeks - added..weeks);
    let (model, features) = (saved.settings.model(), &saved.settings.features);
    let scores = CrossValidation::run(&model, &fit.dataset, features, &[fold])?;
    let outcome = &fit.analysis.stages.outcome.target;
    let what = format!("the forecast that the model before makes of {outcome} in the added weeks");
    Ok(skill(ID, &what, &scores.path))
}

fn moved(before: &[ChannelEffects], after: &[ChannelEffects]) -> Vec<EffectChange> {
    after
        .iter()
        .filter_map(|new| {
            let old = before.iter().find(|old| old.channel == new.channel)?;
            let (per_unit_before, per_unit_after) = (per_unit(old), per_unit(new));
            let points = per_unit_before.point.zip(per_unit_after.point);
            let relative_change = points
                .map(|(old, new)| (new - old) / old.abs())
                .filter(|change| change.is_finite());
            let interval = per_unit_before.interval().zip(per_unit_after.point);
            Some(EffectChange {
                channel: new.channel.clone(),
                total_before: old.total.clone(),
                total_after: new.total.clone(),
                relative_change,
                in_earlier_interval: interval.map(|(interval, point)| interval.contains(point)),
                per_unit_before,
                per_unit_after,
            })
        })
        .collect()
}

/// The total effect divided by spend, which does not grow with the number of weeks.
fn per_unit(effect: &ChannelEffects) -> Estimate {
    if effect.spend <= 0.0 {
        return Estimate::not_assessed("nothing was spent", effect.total.level);
    }
    let per = |value: Option<f64>| value.map(|value| value / effect.spend);
    Estimate {
        point: per(effect.total.point),
        lower: per(effect.total.lower),
        upper: per(effect.total.upper),
        ..effect.total.clone()
    }
}

fn stability(effects: &[EffectChange]) -> [Finding; 2] {
    const CHANGE: &str = "retrain.refresh_stability";
    const INSIDE: &str = "retrain.within_intervals";
    let known: Vec<(&str, f64)> = effects
        .iter()
        .filter_map(|effect| Some((effect.channel.as_str(), effect.relative_change?.abs())))
        .collect();
    let largest = known.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let change = match largest {
        None => Finding::new(
            CHANGE,
            Status::NotAssessed,
            "no channel has an effect per unit of spend in both runs",
        ),
        Some((channel, largest)) => {
            let sizes: Vec<f64> = known.iter().map(|(_, size)| *size).collect();
            let average = mean(&sizes);
            let (status, verdict) = match average <= STABLE {
                true => (Status::Passed, "within"),
                false => (Status::Warning, "above"),
            };
            let said = format!(
                "effects per unit of spend changed by {:.0}% on average, {verdict} the {:.0}% that mmm-eval \
                 calls stable (a soft gate); the most by {:.0}%, {channel}",
                100.0 * average,
                100.0 * STABLE,
                100.0 * largest
            );
            known.iter().fold(
                Finding::new(CHANGE, status, said).measured(
                    "mean change",
                    average,
                    Bound::AtMost(STABLE),
                ),
                |finding, (channel, size)| finding.with(channel, *size),
            )
        }
    };
    let assessed = effects
        .iter()
        .filter(|effect| effect.in_earlier_interval.is_some());
    let outside: Vec<&str> = effects
        .iter()
        .filter(|effect| effect.in_earlier_interval == Some(false))
        .map(|effect| effect.channel.as_str())
        .collect();
    let inside = match (assessed.count(), outside.is_empty()) {
        (0, _) => Finding::new(
            INSIDE,
            Status::NotAssessed,
            "the run before has no intervals; fit with --bootstrap 1000 to have them",
        ),
        (_, true) => Finding::new(
            INSIDE,
            Status::Passed,
            "every new effect per unit of spend lies in its earlier interval",
        ),
        (_, false) => Finding::new(
            INSIDE,
            Status::Warning,
            format!(
                "the new effect per unit of spend of {} lies outside its earlier interval: the market changed, \
                 or the earlier interval was too narrow",
                outside.join(", ")
            ),
        )
        .with("channels", outside),
    };
    [change, inside]
}

/// The worst outcome of each id, data aside, where it changed; in the order of the new run.
fn verdicts(before: &Analysis, after: &Analysis) -> Vec<VerdictChange> {
    let worst = |analysis: &Analysis, id: &str| -> Option<(Status, String)> {
        let same = analysis.findings.iter().filter(|finding| finding.id == id);
        let worst = same.max_by_key(|finding| finding.status)?;
        Some((worst.status, worst.summary.clone()))
    };
    let mut ids: Vec<&str> = Vec::new();
    for finding in after.findings.iter().chain(&before.findings) {
        if !finding.id.starts_with("data.") && !ids.contains(&finding.id.as_str()) {
            ids.push(&finding.id);
        }
    }
    ids.into_iter()
        .filter_map(|id| {
            let (old, new) = (worst(before, id), worst(after, id));
            let status = |found: &Option<(Status, String)>| found.as_ref().map(|one| one.0);
            let (was, is) = (status(&old), status(&new));
            (was != is).then(|| VerdictChange {
                id: id.into(),
                before: was,
                after: is,
                summary: new.or(old).map(|one| one.1).unwrap_or_default(),
            })
        })
        .collect()
}

fn verdict_finding(verdicts: &[VerdictChange]) -> Finding {
    let worse: Vec<&str> = verdicts
        .iter()
        .filter(|verdict| verdict.is_worse())
        .map(|verdict| verdict.id.as_str())
        .collect();
    if worse.is_empty() {
        let said = "no check of the model came out worse than before";
        return Finding::new("retrain.verdict", Status::Passed, said);
    }
    let said = format!(
        "checks that came out worse than before: {}",
        worse.join(", ")
    );
    Finding::new("retrain.verdict", Status::Warning, said).with("worse", worse)
}

/// Inputs whose added weeks lie outside everything seen before: there the model extrapolates.
fn drift(dataset: &Dataset, added: usize) -> Finding {
    const ID: &str = "retrain.drift";
    if added < FEWEST_ADDED {
        let said = format!(
            "{} after those of the run: at least {FEWEST_ADDED} are needed to speak of drift",
            counted(added, "week")
        );
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let split = dataset.len() - added;
    let shares: Vec<(&str, f64)> = dataset
        .columns()
        .filter(|(name, _)| dataset.roles().columns[*name].role != Role::Outcome)
        .map(|(name, values)| {
            let (old, new) = values.split_at(split);
            let lowest = old.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = old.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let outside = new
                .iter()
                .filter(|value| **value < lowest || **value > highest);
            (name, outside.count() as f64 / added as f64)
        })
        .collect();
    let drifted: Vec<String> = shares
        .iter()
        .filter(|(_, share)| *share > OUTSIDE)
        .map(|(name, share)| format!("{name} ({:.0}%)", 100.0 * share))
        .collect();
    let worst = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let (status, said) = if drifted.is_empty() {
        let said = format!(
            "no column lies outside the range of the {split} earlier weeks in more than a quarter of the \
             {added} added ones"
        );
        (Status::Passed, said)
    } else {
        let said = format!(
            "in the {added} added weeks these lie outside everything seen before: {}; there the model before \
             had to extrapolate, so look whether the column still means what it did",
            drifted.join(", ")
        );
        (Status::Warning, said)
    };
    shares.iter().filter(|(_, share)| *share > 0.0).fold(
        Finding::new(ID, status, said).measured("share outside", worst, Bound::AtMost(OUTSIDE)),
        |finding, (name, share)| finding.with(name, *share),
    )
}
