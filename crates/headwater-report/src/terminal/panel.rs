//! What `headwater fit --by` prints: every brand on one screen.

use headwater::analysis::{ChannelSpread, FailureGroup, PanelOverview, PanelSummary, Spread};
use headwater::finding::Status;

use crate::number::{NOTHING, percent, ratio};
use crate::summary::mark;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// Kinds of failure and brands that are shown; all of them are in `brands.csv`.
const SHOWN: usize = 10;
/// Checks of a brand that are named.
const NAMED: usize = 3;

/// The screen of a panel whose run lies in `folder`.
///
/// Nothing in it is computed here: counts and spreads are those of [`PanelSummary::overview`].
pub fn panel_screen(summary: &PanelSummary, folder: &str, style: Style) -> String {
    let overview = summary.overview();
    title(summary, &overview, &style)
        + &fitted(summary, &overview, &style)
        + &path(&overview, &style)
        + &forecasts(summary, &overview, &style)
        + &channels(summary, &overview, &style)
        + &attention(summary, &overview, &style)
        + &next(summary, &overview, folder, &style)
}

/// `1 brand`, `12 brands`.
fn brands(count: usize) -> String {
    match count {
        1 => "1 brand".into(),
        count => format!("{count} brands"),
    }
}

fn title(summary: &PanelSummary, overview: &PanelOverview, style: &Style) -> String {
    let weeks = match overview.weeks {
        Some((least, most)) if least == most => format!(", {least} weeks each"),
        Some((least, most)) => format!(", {least} to {most} weeks each"),
        None => String::new(),
    };
    style.strong(&style.paragraph(
        0,
        &format!(
            "{} by {}: {}{weeks}",
            summary.source.name,
            summary.by,
            brands(summary.brands.len())
        ),
    )) + &style.dim(&style.paragraph(
        0,
        &format!(
            "Each stands alone, with the same settings and seed {}: nothing is pooled, and no brand \
             learned anything from another.",
            summary.seed
        ),
    ))
}

fn said(style: &Style, status: Status, text: &str) -> String {
    let line = style.hanging("  X ", 4, text);
    line.replacen('X', &style.status(status, mark(status)), 1)
}

fn fitted(summary: &PanelSummary, overview: &PanelOverview, style: &Style) -> String {
    let of = format!(
        "{} of {} fitted.",
        overview.fitted,
        brands(summary.brands.len())
    );
    let status = match overview.fitted {
        0 => Status::Failed,
        _ => Status::Passed,
    };
    let mut text = style.heading("Fitted") + &said(style, status, &of);
    for FailureGroup {
        brands: count,
        first,
        failure,
    } in overview.failures.iter().take(SHOWN)
    {
        let help = failure.help.iter().map(|help| format!("; {help}"));
        let help: String = help.collect();
        let who = match count {
            1 => format!("1 not ({first})"),
            count => format!("{count} not, such as {first}"),
        };
        let line = format!("{who}: {}{help}.", failure.error);
        text += &said(style, Status::Failed, &line);
    }
    match overview.failures.len().saturating_sub(SHOWN) {
        0 => text,
        1 => text + &style.paragraph(4, "1 other reason stands in brands.csv."),
        more => text + &style.paragraph(4, &format!("{more} other reasons stand in brands.csv.")),
    }
}

fn path(overview: &PanelOverview, style: &Style) -> String {
    if overview.fitted == 0 {
        return String::new();
    }
    let verdicts = overview.verdicts.iter().filter(|(_, count)| *count > 0);
    let rows = verdicts.map(|(verdict, count)| vec![verdict.words().into(), count.to_string()]);
    let header = [
        ("verdict on the path", Align::Left),
        ("brands", Align::Right),
    ];
    style.heading("What the data say of the path")
        + &table(style, &header, rows.collect())
        + &style.dim(&style.paragraph(
            2,
            "Supported is not proved, and each test errs in one sound market of twenty: over many brands \
             some verdicts are wrong by chance.",
        ))
}

fn forecasts(summary: &PanelSummary, overview: &PanelOverview, style: &Style) -> String {
    let Some(skill) = &overview.skill else {
        return String::new();
    };
    let Spread {
        p10, median, p90, ..
    } = skill;
    style.heading(&format!("Forecasts of {}", outcome(summary)))
        + &style.paragraph(
            2,
            &format!(
                "In weeks the model had not seen, {} of {} beat the best naive forecast by squared error.",
                overview.skilled,
                brands(skill.brands)
            ),
        )
        + &style.paragraph(
            2,
            &format!(
                "Skill, the share of the naive forecast's squared error that is removed: half of the \
                 brands above {}, a tenth below {}, a tenth above {}.",
                percent(*median),
                percent(*p10),
                percent(*p90)
            ),
        )
}

/// The outcome of the first brand that was fitted: those of others have the same name unless their
/// columns are filled otherwise.
fn outcome(summary: &PanelSummary) -> &str {
    let mut fits = summary.brands.iter().filter_map(|brand| brand.fit());
    fits.next().map_or("the outcome", |fit| &fit.outcome)
}

fn channels(summary: &PanelSummary, overview: &PanelOverview, style: &Style) -> String {
    if overview.channels.is_empty() {
        return String::new();
    }
    let count = |count: usize| match count {
        0 => NOTHING.into(),
        count => count.to_string(),
    };
    let row = |channel: &ChannelSpread| {
        let returns = channel.returns.as_ref().map(|spread| {
            let [p10, median, p90] = [spread.p10, spread.median, spread.p90].map(ratio);
            format!("{median} ({p10} to {p90})")
        });
        vec![
            channel.channel.clone(),
            channel.brands.to_string(),
            count(channel.raised),
            count(channel.lowered),
            count(channel.unclear),
            count(channel.pathless),
            count(channel.unknown),
            returns.unwrap_or(NOTHING.into()),
        ]
    };
    let rows = overview.channels.iter().map(row).collect();
    let level = percent(summary.level);
    let unknown = overview.channels.iter().any(|channel| channel.unknown > 0);
    let mut header = vec![
        ("channel", Align::Left),
        ("brands", Align::Right),
        ("up", Align::Right),
        ("down", Align::Right),
        ("unclear", Align::Right),
        ("no path", Align::Right),
        ("no interval", Align::Right),
        ("ROAS over brands", Align::Right),
    ];
    let mut rows: Vec<Vec<String>> = rows;
    if !unknown {
        header.remove(6);
        rows.iter_mut().for_each(|row| drop(row.remove(6)));
    }
    let mut legend = format!(
        "Up, down: the {level} interval of the channel's total effect lies above or below 0. No path: \
         it does so only under a rule that the checks do not support. "
    );
    if unknown {
        legend += "No interval: none was asked for, or the data give none. ";
    }
    legend += "ROAS: total effect per unit of spend, as each brand's verdict allows it to be read: the point of \
         the middle brand, and between which points eight of ten brands lie. Points spread by chance as well \
         as by what is true, and each interval is for one brand: the brands that stand out most do so partly \
         by luck.";
    style.heading(&format!("Channels and {}", outcome(summary)))
        + &table(style, &header, rows)
        + &style.dim(&style.paragraph(2, &legend))
}

fn attention(summary: &PanelSummary, overview: &PanelOverview, style: &Style) -> String {
    let failing = overview.attention.len();
    if failing == 0 {
        return String::new();
    }
    let shown = overview.attention.iter().take(SHOWN);
    let rows = shown.filter_map(|&at| {
        let brand = &summary.brands[at];
        let fit = brand.fit()?;
        let mut checks = fit.failed_checks[..fit.failed_checks.len().min(NAMED)].join(", ");
        match fit.failed_checks.len().saturating_sub(NAMED) {
            0 => {}
            more => checks += &format!(" and {more} more"),
        }
        Some(vec![
            brand.brand.clone(),
            fit.verdict.words().into(),
            fit.skill.map_or(NOTHING.into(), percent),
            checks,
        ])
    });
    let header = [
        (summary.by.as_str(), Align::Left),
        ("path", Align::Left),
        ("skill", Align::Right),
        ("failed checks", Align::Left),
    ];
    let mut text = style.heading("Look at these first") + &table(style, &header, rows.collect());
    let few = match failing {
        1 => "1 brand has a failed check".into(),
        failing => format!("{failing} brands have a failed check"),
    };
    text += &style.dim(&style.paragraph(
        2,
        &format!("{few}; the most failed checks come first, then the least skill."),
    ));
    text
}

fn next(summary: &PanelSummary, overview: &PanelOverview, folder: &str, style: &Style) -> String {
    let mut text = style.heading("Next");
    let first = overview.attention.first().copied();
    let first = first.or_else(|| {
        summary
            .brands
            .iter()
            .position(|brand| brand.fit().is_some())
    });
    if let Some(at) = first {
        let brand = &summary.brands[at].folder;
        let line =
            format!("one brand is a run like any other: headwater validate {folder}/{brand}");
        text += &style.hanging("  - ", 4, &line);
    }
    if !overview.failures.is_empty() {
        let line = "the brands that were not fitted: mend their rows and fit again; brands.csv gives each its reason";
        text += &style.hanging("  - ", 4, line);
    }
    let line =
        format!("every brand with every effect, for a spreadsheet or pandas: {folder}/brands.csv");
    text += &style.hanging("  - ", 4, &line);
    text + &format!("\n  Everything is in {}\n", style.strong(folder))
}
