//! The answer for a budget owner: does it forecast, does the path hold, what did each channel do?

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::estimate::Estimate;
use headwater::finding::{Finding, Status};

use crate::number::{amount, percent, ratio, with_interval};
use crate::terminal::findings::word;
use crate::terminal::style::Style;

/// The findings that the answer repeats in full.
pub(crate) const FORECAST: &str = "validation.outcome_path";
pub(crate) const PATH: &str = "mediation.path";

/// Where the text after a topic begins.
const INDENT: usize = 12;

/// Forecast, path and channels.
pub(crate) fn answer(analysis: &Analysis, style: &Style) -> String {
    let find = |id: &str| analysis.findings.iter().find(|finding| finding.id == id);
    let (status, said) = forecast(find(FORECAST));
    style.heading("The answer")
        + &marked(style, status, "Forecast", &said)
        + &path(analysis, find(PATH), style)
        + &channels(analysis, find(PATH), style)
}

/// A paragraph after its topic in the colour of a status.
pub(crate) fn marked(style: &Style, status: Status, topic: &str, sentence: &str) -> String {
    let label = format!("  {topic:<9} ");
    style
        .hanging(&label, label.len(), sentence)
        .replacen(topic, &style.status(status, topic), 1)
}

/// Whether the model beats every naive forecast in weeks it had not seen, with the figures of
/// the finding that says so.
fn forecast(skill: Option<&Finding>) -> (Status, String) {
    let Some(skill) = skill else {
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

/// The verdict and its reason, the line that draws an edge that was found, and what no test sees.
fn path(analysis: &Analysis, finding: Option<&Finding>, style: &Style) -> String {
    let Some(finding) = finding else {
        return marked(style, Status::NotAssessed, "Path", "not assessed.");
    };
    let path = &analysis.path;
    let words = path.verdict.words();
    let said = match finding.summary.starts_with(words) {
        true => finding.summary.clone(),
        false => format!("{words}: {}", finding.summary),
    };
    let text = marked(style, finding.status, "Path", &(said + "."));
    let mut text = text.replacen(words, &style.strong(words), 1);
    if !path.config.is_empty() {
        let found = path.direct_path.iter().flat_map(|direct| &direct.channels);
        let flags: Vec<String> = found.map(|channel| direct_flag(channel)).collect();
        text += &style.paragraph(
            INDENT,
            &format!(
                "To draw the edge, add {} to the command, or write under [columns] in headwater.toml:",
                flags.join(" ")
            ),
        );
        for line in &path.config {
            // Never broken, so that it can be copied.
            text += &format!("    {line}\n");
        }
    }
    if !path.blind_spot.is_empty() {
        let unseen = format!("What no test sees: {}.", path.blind_spot);
        text += &style.dim(&style.paragraph(INDENT, &unseen));
    }
    text
}

/// The option that draws the edge of a channel.
///
/// ```
/// assert_eq!(headwater_report::direct_flag("tiktok_spend"), "--direct tiktok_spend");
/// assert_eq!(headwater_report::direct_flag("paid social"), "--direct \"paid social\"");
/// ```
pub fn direct_flag(channel: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    match channel.chars().all(plain) {
        true => format!("--direct {channel}"),
        false => format!("--direct {channel:?}"),
    }
}

/// What one channel added, by the estimate that the verdict on the path allows.
pub(crate) struct Reading<'a> {
    pub channel: &'a str,
    pub total: &'a Estimate,
    /// The name of the return and the return.
    roas: Option<(&'static str, &'a Estimate)>,
    /// Whether the total holds only if the path does.
    rests_on_path: bool,
}

/// How clear a total effect is.
pub(crate) enum Standing {
    /// Its interval excludes 0.
    Clear,
    /// Its interval covers 0.
    Unclear,
    /// Its interval excludes 0, but what goes through a path that is not there is not clear.
    Pathless,
    /// It has no interval.
    Unknown,
}

impl Reading<'_> {
    /// How clear it is, given what the checks say of the path.
    pub(crate) fn standing(&self, analysis: &Analysis) -> Standing {
        let mut findings = analysis.findings.iter();
        let path = findings.find(|finding| finding.id == PATH);
        let failed = path.is_some_and(|finding| finding.status == Status::Failed);
        match self.total.excludes(0.0) {
            Some(true) if failed && self.rests_on_path => Standing::Pathless,
            Some(true) => Standing::Clear,
            Some(false) => Standing::Unclear,
            None => Standing::Unknown,
        }
    }
}

/// The effects of the model, or the totals without the rule where the rule does not hold.
pub(crate) fn readings(analysis: &Analysis) -> Vec<Reading<'_>> {
    let drawn = analysis.roles.direct_exposures();
    let money = |channel: &str| {
        let mut effects = analysis.effects.iter();
        effects.any(|effect| effect.channel == channel && effect.unit == Unit::Money)
    };
    if whatever_path(analysis) {
        let totals = analysis.path.totals.iter();
        return totals
            .map(|total| Reading {
                channel: &total.channel,
                total: &total.unrestricted,
                roas: money(&total.channel).then_some(("ROAS", &total.roas)),
                rests_on_path: false,
            })
            .collect();
    }
    let effects = analysis.effects.iter();
    effects
        .map(|effect| Reading {
            channel: &effect.channel,
            total: &effect.total,
            roas: money(&effect.channel).then_some(("loaded ROAS", &effect.roas.loaded)),
            rests_on_path: !drawn.contains(&effect.channel.as_str()),
        })
        .collect()
}

/// Whether channels are read from totals without the rule.
pub(crate) fn whatever_path(analysis: &Analysis) -> bool {
    analysis.path.use_totals && !analysis.path.totals.is_empty()
}

/// One sentence for each channel with a clear total effect; the others by name.
fn channels(analysis: &Analysis, path: Option<&Finding>, style: &Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let (mut clear, mut unclear) = (Vec::new(), Vec::new());
    let (mut unknown, mut pathless) = (Vec::new(), Vec::new());
    let mut rests_on_path = false;
    for reading in readings(analysis) {
        match reading.standing(analysis) {
            Standing::Pathless => pathless.push(reading.channel),
            Standing::Clear => {
                clear.push(sentence(&reading, outcome));
                rests_on_path |= reading.rests_on_path;
            }
            Standing::Unclear => unclear.push(reading.channel),
            Standing::Unknown => unknown.push(reading.channel),
        }
    }
    let others: Vec<String> = [
        ("Total effects that may be 0", &unclear),
        (
            "Total effects that rest on the path that is not supported",
            &pathless,
        ),
        ("Without an interval", &unknown),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(what, names)| format!("{what}: {}.", names.join(", ")))
    .collect();
    let without_rule = format!(
        "read without the rule that all goes through {}: totals by least squares, whatever path \
         they take",
        analysis.stages.mediator.target
    );
    let (status, first, lines) = if clear.is_empty() {
        let status = match unclear.is_empty() && pathless.is_empty() {
            true => Status::NotAssessed,
            false => Status::Warning,
        };
        let mut said = String::from("nothing is clear enough to move money on");
        if whatever_path(analysis) {
            said += &format!(" ({without_rule})");
        }
        let said = format!("{said}. {}", others.join(" "));
        (status, said.trim_end().to_owned(), Vec::new())
    } else {
        let proviso = if whatever_path(analysis) {
            format!("{without_rule}; if A1 and A5 below hold:")
        } else if rests_on_path && path.is_none_or(|finding| finding.status != Status::Passed) {
            let status = path.map_or(Status::NotAssessed, |finding| finding.status);
            format!(
                "the path check above is `{}`; if the assumptions below hold nevertheless:",
                word(status)
            )
        } else {
            "if the assumptions below hold:".to_owned()
        };
        clear.extend(others);
        (Status::Passed, proviso, clear)
    };
    let mut text = marked(style, status, "Channels", &first);
    for line in lines {
        text += &style.paragraph(INDENT, &line);
    }
    text + &gaps(analysis, style) + &chance(analysis, style)
}

/// That fake outcomes are explained as well more often than chance should allow, where the
/// placebos say so.
fn chance(analysis: &Analysis, style: &Style) -> String {
    let doubt = analysis.findings.iter().find(|finding| {
        finding.id == "placebo.outcome"
            && matches!(finding.status, Status::Warning | Status::Failed)
    });
    doubt.map_or(String::new(), |finding| {
        let outcome = &analysis.stages.outcome.target;
        let how_often = finding.measure.as_ref().map_or(String::new(), |measure| {
            format!("{} of ", percent(measure.value))
        });
        let said = format!(
            "But summed over the channels, where opposite signs cancel, {how_often}fake outcomes show as large \
             an effect as {outcome} does (placebo.outcome)."
        );
        style.status(finding.status, &style.paragraph(INDENT, &said))
    })
}

/// What a channel with a clear total effect did, as far as its intervals say.
fn sentence(reading: &Reading, outcome: &str) -> String {
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
    if let Some((name, roas)) = reading.roas
        && roas.point.is_some()
    {
        said += &format!(", {name} {}", with_interval(roas, ratio));
    }
    said + "."
}

/// By how much totals change when the rule is lifted, where that is clear and they are not read
/// without it already.
fn gaps(analysis: &Analysis, style: &Style) -> String {
    if whatever_path(analysis) {
        return String::new();
    }
    let apart: Vec<String> = analysis
        .path
        .totals
        .iter()
        .filter(|total| total.gap.excludes(0.0) == Some(true))
        .map(|total| format!("{} {}", total.channel, with_interval(&total.gap, amount)))
        .collect();
    if apart.is_empty() {
        return String::new();
    }
    style.paragraph(
        INDENT,
        &format!(
            "Without the rule that all goes through {}, totals by least squares differ by: {}.",
            analysis.stages.mediator.target,
            apart.join(", ")
        ),
    )
}
