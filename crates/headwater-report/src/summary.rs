//! The answer in three sentences, the verdict on the path and the skill of the forecasts: the same
//! words on every face.

use headwater::analysis::Analysis;
pub(crate) use headwater::analysis::{Reading, Standing, readings, whatever_path};
use headwater::finding::{Finding, Status};
use headwater::validation::assumption::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::{amount, percent, ratio, with_interval};

/// The findings that the answer repeats in full.
pub(crate) const FORECAST: &str = "validation.outcome_path";
pub(crate) const PATH: &str = "mediation.path";

/// What a budget owner reads first. Plain text; every number in it is in the analysis.
///
/// ```
/// use headwater::analysis::{Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater_report::summary::Summary;
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let summary = Summary::of(&fit.analysis);
/// assert_eq!(summary.answer.len(), 3);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Three sentences: what the channels are worth, whether it went through the mediator, and how
    /// far forecasts can be relied on.
    pub answer: Vec<String>,
    /// The verdict on the path, in two or three words: `path supported`.
    pub verdict: String,
    /// What decided it.
    pub reason: String,
    /// How the check behind the verdict came out.
    pub path: Status,
    /// Out of sample beside naive forecasts, in a sentence with its figures.
    pub skill: String,
    /// How the check behind the skill came out.
    pub forecast: Status,
}

impl Summary {
    /// Puts what the checks of an analysis allow into words.
    pub fn of(analysis: &Analysis) -> Self {
        let (path, verdict, reason) = verdict(analysis);
        let (forecast, skill) = forecast(analysis);
        Summary {
            answer: vec![worth(analysis), through(analysis), planning(forecast)],
            verdict: verdict.into(),
            reason,
            path,
            skill: capital(&skill),
            forecast,
        }
    }
}

/// What the channels are worth: the leading one in full, how many others are clear, and which are not.
fn worth(analysis: &Analysis) -> String {
    let outcome = &analysis.stages.outcome.target;
    let channels = Channels::of(analysis);
    let size = |reading: &Reading| reading.total.point.map_or(0.0, f64::abs);
    let by_size = |one: &&Reading, other: &&Reading| size(one).total_cmp(&size(other));
    let Some(leading) = channels.clear.iter().max_by(by_size) else {
        return match (&*channels.unknown, &*channels.pathless) {
            (unknown, []) if !unknown.is_empty() && channels.unclear.is_empty() => format!(
                "How large the effect of any channel on {outcome} is cannot be said: there is no interval for {}.",
                unknown.join(", ")
            ),
            ([], []) => format!(
                "No channel has a total effect on {outcome} that can be told from 0: {}.",
                channels.unclear.join(", ")
            ),
            _ => format!(
                "Nothing is clear enough to move money on. {}",
                channels.others().join(" ")
            )
            .trim_end()
            .into(),
        };
    };
    let level = percent(leading.total.level);
    let said = sentence(leading, outcome);
    let said = said.strip_suffix('.').unwrap_or(&said);
    let rule = match whatever_path(analysis) {
        true => "By totals whatever path they take, and if the assumptions hold",
        false if channels.rests_on_path && !is_supported(analysis) => {
            "If the assumptions hold, which the check of the path leaves open"
        }
        false => "If the assumptions hold",
    };
    let weeks = analysis.data.weeks;
    let mut text = format!("{rule}, {said} over {weeks} weeks ({level} intervals)");
    let others: Vec<&str> = channels
        .clear
        .iter()
        .filter(|other| other.channel != leading.channel)
        .map(|other| other.channel)
        .collect();
    if !others.is_empty() {
        text += &format!("; clear as well: {}", others.join(", "));
    }
    let doubtful: Vec<&str> = [&channels.unclear, &channels.pathless, &channels.unknown]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    if !doubtful.is_empty() {
        text += &format!("; not clear: {}", doubtful.join(", "));
    }
    if let Some(doubt) = placebo_doubt(analysis) {
        text += &match &doubt.measure {
            Some(measure) => format!(
                "; but {} of fake outcomes show as large an effect of all channels together",
                percent(measure.value)
            ),
            None => {
                "; but fake outcomes show as large an effect of all channels together too often"
                    .to_owned()
            }
        };
    }
    text + "."
}

/// Whether what the channels did went through the mediator.
fn through(analysis: &Analysis) -> String {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    match analysis.path.verdict {
        Verdict::PathSupported => {
            let how = match analysis.roles.direct_exposures() {
                drawn if drawn.is_empty() => "That all of it went".to_owned(),
                drawn => format!(
                    "That all of it but what {} did directly went",
                    drawn.join(", ")
                ),
            };
            format!(
                "{how} through {mediator} is assumed; the data support that path, which is not a proof of it."
            )
        }
        Verdict::NotSeparable => format!(
            "How much of it went through {mediator} these data cannot say: hidden demand or an effect around \
             {mediator} would look the same."
        ),
        Verdict::DirectPathFound => {
            let found = analysis.path.direct_path.iter();
            let found: Vec<&str> = found
                .flat_map(|direct| direct.channels.iter().map(String::as_str))
                .collect();
            let who = match found.is_empty() {
                true => "some channel".to_owned(),
                false => found.join(", "),
            };
            format!(
                "Not all of it went through {mediator}: by the tests, {who} also reaches {outcome} another way, so \
                 do not read a split between {mediator} and the rest."
            )
        }
        Verdict::TooWeakToSay => format!(
            "Whether any of it went through {mediator} the data are too weak to say, so do not move money on that \
             path."
        ),
        Verdict::NotAssessed => {
            format!("Whether any of it went through {mediator} was not assessed.")
        }
    }
}

/// What forecasts are good for.
fn planning(forecast: Status) -> String {
    match forecast {
        Status::Passed => {
            "Forecasts of weeks it had not seen came closer than naive ones, which speaks for planning with them \
             and says nothing of what caused what."
        }
        Status::Warning => {
            "Forecasts of weeks it had not seen came closer than naive ones by one measure and not by the other: \
             treat them with care, and as no evidence of what caused what."
        }
        Status::Failed => {
            "Forecasts of weeks it had not seen came no closer than naive ones: do not plan with them."
        }
        Status::NotAssessed => {
            "Whether it forecasts better than a naive guess was not assessed: do not plan with its forecasts."
        }
    }
    .into()
}

/// The verdict on the path: the status of its check, the verdict in words, and what decided it,
/// without a full stop.
pub(crate) fn verdict(analysis: &Analysis) -> (Status, &'static str, String) {
    let words = analysis.path.verdict.words();
    let Some(finding) = find(analysis, PATH) else {
        return (
            Status::NotAssessed,
            Verdict::NotAssessed.words(),
            String::new(),
        );
    };
    let reason = finding.summary.strip_prefix(words);
    let reason = reason.and_then(|rest| rest.strip_prefix(": "));
    let reason = reason.unwrap_or(&finding.summary);
    (finding.status, words, reason.into())
}

/// Whether the model beats every naive forecast in weeks it had not seen, with the figures of
/// the finding that says so.
pub(crate) fn forecast(analysis: &Analysis) -> (Status, String) {
    let Some(skill) = find(analysis, FORECAST) else {
        return (Status::NotAssessed, "not assessed.".into());
    };
    let number = |key: &str| Some(amount(skill.evidence.get(key)?.as_f64()?));
    let name = |key: &str| skill.evidence.get(key)?.as_str();
    let figures = || {
        Some(format!(
            ": RMSE {} against {} ({}), MAE {} against {} ({})",
            number("rmse")?,
            number("naive_rmse")?,
            name("naive_by_rmse")?,
            number("mae")?,
            number("naive_mae")?,
            name("naive_by_mae")?
        ))
    };
    let advice = match skill.status {
        Status::Failed => " Do not plan with these forecasts.",
        _ => "",
    };
    let figures = figures().unwrap_or_default();
    (skill.status, format!("{}{figures}.{advice}", skill.summary))
}

/// Whether the data support that anything goes through the mediator.
pub(crate) fn is_supported(analysis: &Analysis) -> bool {
    analysis.path.verdict == Verdict::PathSupported
}

/// The channels by how clear their total effects are.
pub(crate) struct Channels<'a> {
    /// Those whose interval leaves 0 out.
    pub clear: Vec<Reading<'a>>,
    /// Those whose interval covers 0.
    pub unclear: Vec<&'a str>,
    /// Those that rest on a path that is not there, whatever their interval.
    pub pathless: Vec<&'a str>,
    /// Those without an interval.
    pub unknown: Vec<&'a str>,
    /// Whether a clear one holds only if the path does.
    pub rests_on_path: bool,
}

impl<'a> Channels<'a> {
    /// Sorts the channels of an analysis.
    pub(crate) fn of(analysis: &'a Analysis) -> Self {
        let mut channels = Channels {
            clear: Vec::new(),
            unclear: Vec::new(),
            pathless: Vec::new(),
            unknown: Vec::new(),
            rests_on_path: false,
        };
        for reading in readings(analysis) {
            match reading.standing(analysis) {
                Standing::Clear => {
                    channels.rests_on_path |= reading.rests_on_path;
                    channels.clear.push(reading);
                }
                Standing::Unclear => channels.unclear.push(reading.channel),
                Standing::Pathless => channels.pathless.push(reading.channel),
                Standing::Unknown => channels.unknown.push(reading.channel),
            }
        }
        channels
    }

    /// A sentence for each kind of channel that is not clear.
    pub(crate) fn others(&self) -> Vec<String> {
        [
            ("Total effects that may be 0", &self.unclear),
            (
                "Total effects that rest on the path that is not supported",
                &self.pathless,
            ),
            ("Without an interval", &self.unknown),
        ]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}.", names.join(", ")))
        .collect()
    }
}

/// What a channel with a clear total effect did, as far as its intervals say.
pub(crate) fn sentence(reading: &Reading, outcome: &str) -> String {
    let total = reading.total;
    let lowered = total.point.is_some_and(|point| point < 0.0);
    let size = match (lowered, total.point, total.interval()) {
        (true, Some(point), Some(interval)) => format!(
            "{} ({} to {})",
            amount(-point),
            amount(-interval.upper),
            amount(-interval.lower)
        ),
        _ => with_interval(total, amount),
    };
    let verb = if lowered { "lowered" } else { "raised" };
    let mut said = format!("{} {verb} {outcome} by {size}", reading.channel);
    let loaded = reading.loaded.map(|roas| ("loaded ROAS", roas));
    if let Some((name, roas)) = loaded.or(reading.gross.map(|roas| ("ROAS", roas)))
        && roas.point.is_some()
    {
        said += &format!(", {name} {}", with_interval(roas, ratio));
    }
    said + "."
}

/// That totals are read without the rule, in so many words.
pub(crate) fn without_rule(analysis: &Analysis) -> String {
    format!(
        "read without the rule that all goes through {}: totals by least squares, whatever path \
         they take",
        analysis.stages.mediator.target
    )
}

/// The placebo test of the outcome, where it casts doubt.
fn placebo_doubt(analysis: &Analysis) -> Option<&Finding> {
    find(analysis, "placebo.outcome")
        .filter(|finding| matches!(finding.status, Status::Warning | Status::Failed))
}

/// That fake outcomes are explained as well more often than chance should allow, where the
/// placebos say so.
pub(crate) fn chance(analysis: &Analysis) -> Option<(Status, String)> {
    let finding = placebo_doubt(analysis)?;
    let outcome = &analysis.stages.outcome.target;
    let how_often = finding.measure.as_ref().map_or(String::new(), |measure| {
        format!("{} of ", percent(measure.value))
    });
    let said = format!(
        "But summed over the channels, where opposite signs cancel, {how_often}fake outcomes show as large \
         an effect as {outcome} does (placebo.outcome)."
    );
    Some((finding.status, said))
}

/// By how much totals change when the rule is lifted, where that is clear and they are not read
/// without it already.
pub(crate) fn gaps(analysis: &Analysis) -> Option<String> {
    if whatever_path(analysis) {
        return None;
    }
    let apart: Vec<String> = analysis
        .path
        .totals
        .iter()
        .filter(|total| total.gap.excludes(0.0) == Some(true))
        .map(|total| format!("{} {}", total.channel, with_interval(&total.gap, amount)))
        .collect();
    (!apart.is_empty()).then(|| {
        format!(
            "Without the rule that all goes through {}, totals by least squares differ by: {}.",
            analysis.stages.mediator.target,
            apart.join(", ")
        )
    })
}

/// A status in words.
pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::NotAssessed => "not assessed",
        Status::Warning => "warning",
        Status::Failed => "failed",
    }
}

/// One character for a status; the legend of the findings.
pub(crate) fn mark(status: Status) -> &'static str {
    match status {
        Status::Passed => "✓",
        Status::NotAssessed => "?",
        Status::Warning => "!",
        Status::Failed => "✗",
    }
}

fn find<'a>(analysis: &'a Analysis, id: &str) -> Option<&'a Finding> {
    analysis.findings.iter().find(|finding| finding.id == id)
}

/// With its first letter as at the start of a sentence.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
