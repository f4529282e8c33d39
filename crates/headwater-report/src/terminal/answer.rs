//! The answer for a budget owner: does it forecast, does the path hold, what did each channel do?

use headwater::analysis::Analysis;
use headwater::finding::Status;

use crate::said::Said;
use crate::summary::{Channels, chance, forecast, gaps, sentence, verdict, without_rule, word};
use crate::terminal::style::Style;

// Pictures ask for the words of the answer here.
pub(crate) use crate::summary::{FORECAST, Standing, readings, whatever_path};

/// Where the text after a topic begins.
const INDENT: usize = 12;

/// Forecast, path and channels.
pub(crate) fn answer(analysis: &Analysis, style: &Style) -> String {
    let (status, said) = forecast(analysis);
    style.heading("The answer")
        + &marked(style, status, "Forecast", &said)
        + &path(analysis, style)
        + &channels(analysis, style)
}

/// A sentence under its topic.
pub(crate) fn spoken(style: &Style, said: &Said) -> String {
    marked(style, said.status, &said.topic, &said.sentence)
}

/// A paragraph after its topic in the colour of a status.
pub(crate) fn marked(style: &Style, status: Status, topic: &str, sentence: &str) -> String {
    let label = format!("  {topic:<9} ");
    style
        .hanging(&label, label.len(), sentence)
        .replacen(topic, &style.status(status, topic), 1)
}

/// The verdict and its reason, the line that draws an edge that was found, and what no test sees.
fn path(analysis: &Analysis, style: &Style) -> String {
    let (status, words, reason) = verdict(analysis);
    if reason.is_empty() {
        return marked(style, status, "Path", &format!("{words}."));
    }
    let said = match reason.starts_with(words) {
        true => reason,
        false => format!("{words}: {reason}"),
    };
    let path = &analysis.path;
    let text = marked(style, status, "Path", &(said + "."));
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

/// One sentence for each channel with a clear total effect; the others by name.
fn channels(analysis: &Analysis, style: &Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let channels = Channels::of(analysis);
    let others = channels.others();
    let (status, first, lines) = if channels.clear.is_empty() {
        let status = match channels.unclear.is_empty() && channels.pathless.is_empty() {
            true => Status::NotAssessed,
            false => Status::Warning,
        };
        let mut said = String::from("nothing is clear enough to move money on");
        if whatever_path(analysis) {
            said += &format!(" ({})", without_rule(analysis));
        }
        let said = format!("{said}. {}", others.join(" "));
        (status, said.trim_end().to_owned(), Vec::new())
    } else {
        let clear = channels.clear.iter();
        let mut lines: Vec<String> = clear.map(|reading| sentence(reading, outcome)).collect();
        lines.extend(others);
        (Status::Passed, proviso(analysis, &channels), lines)
    };
    let mut text = marked(style, status, "Channels", &first);
    for line in lines.iter().chain(&gaps(analysis)) {
        text += &style.paragraph(INDENT, line);
    }
    if let Some((status, said)) = chance(analysis) {
        text += &style.status(status, &style.paragraph(INDENT, &said));
    }
    text
}

/// What must hold for the sentences on clear channels.
fn proviso(analysis: &Analysis, channels: &Channels) -> String {
    let (path, _, _) = verdict(analysis);
    if whatever_path(analysis) {
        format!("{}; if A1 and A5 below hold:", without_rule(analysis))
    } else if channels.rests_on_path && path != Status::Passed {
        format!(
            "the path check above is `{}`; if the assumptions below hold nevertheless:",
            word(path)
        )
    } else {
        "if the assumptions below hold:".to_owned()
    }
}
