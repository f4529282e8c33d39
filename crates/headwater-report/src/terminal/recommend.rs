//! What `headwater recommend` prints: what to do, what not, and what to try.

use headwater::analysis::{Analysis, Recommendation, Recommendations};
use headwater::finding::Status;

use crate::number::{NOTHING, percent, ratio, with_interval};
use crate::terminal::answer::marked;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Table};

/// The screen of what a run recommends.
pub fn recommend_screen(advice: &Recommendations, analysis: &Analysis, style: Style) -> String {
    let mediator = &analysis.stages.mediator.target;
    let plan = &advice.allocation;
    let (first, last) = &plan.weeks;
    let title = format!(
        "{}: {} weeks, {first} to {last}",
        analysis.data.source, plan.settings.horizon
    );
    let mut text = style.strong(&style.paragraph(0, &title));
    text += &style.heading("What to do");
    let status = match (advice.moves.is_empty(), advice.not_supported.is_empty()) {
        (false, _) => Status::Passed,
        (true, true) if advice.nothing_through.is_none() => Status::Passed,
        _ => Status::Warning,
    };
    text += &marked(&style, status, "Answer", &advice.summary);
    if let Some(nothing) = &advice.nothing_through {
        text += &marked(&style, Status::Warning, "Through", nothing);
    }
    if advice.moves.len() > 1 {
        text += "\n";
        for (rank, advice) in advice.moves.iter().enumerate() {
            text += &style.hanging(&format!("  {}. ", rank + 1), 5, &advice.sentence);
            text += &better(advice, &style);
        }
    } else if let Some(only) = advice.moves.first() {
        text += &better(only, &style);
    }
    if !advice.not_supported.is_empty() {
        text += &style.heading("Not supported");
        text += &style.paragraph(
            2,
            "The best plan within the bounds would also do this, but the data do not carry it:",
        );
        for advice in &advice.not_supported {
            let why = advice.why_not.as_deref().unwrap_or_default();
            text += &style.hanging(
                "  - ",
                4,
                &format!("{} Not supported: {why}.", advice.sentence),
            );
        }
    }
    text += &style.heading("The next dollar");
    text += &match ranking(advice) {
        Some(ranking) => {
            ranking.on(&style) + &style.dim(&style.paragraph(2, &ranked(advice, mediator)))
        }
        None => style.paragraph(2, &advice.ranking_note),
    };
    text += &style.heading("Try next");
    text += &style.paragraph(2, &advice.experiment.sentence);
    text += &style.heading("What not to conclude");
    for note in &advice.do_not_conclude {
        text += &style.hanging("  - ", 4, note);
    }
    text += &style.heading("How these were found");
    text += &style.dim(&style.paragraph(2, &found(advice, analysis)));
    text
}

/// How often it is better, and what must hold.
fn better(advice: &Recommendation, style: &Style) -> String {
    style.dim(&style.paragraph(5, &grounds(advice)))
}

/// How often a move is better, and what must hold.
pub(crate) fn grounds(advice: &Recommendation) -> String {
    let better = match advice.moved.better {
        Some(share) => format!("better in {} of the replicates; ", percent(share)),
        None => String::new(),
    };
    format!("{better}if {}", advice.assumption)
}

/// Channels by their next dollar; none where there is no order to show.
pub(crate) fn ranking(advice: &Recommendations) -> Option<Table> {
    if advice.ranking.is_empty() {
        return None;
    }
    let rows = advice.ranking.iter().map(|channel| {
        vec![
            channel.channel.clone(),
            with_interval(&channel.loaded, ratio),
            channel.best.map_or(NOTHING.into(), percent),
        ]
    });
    let header = [
        ("channel", Align::Left),
        ("loaded ROAS of the next dollar", Align::Right),
        ("comes first", Align::Right),
    ];
    Some(Table::new(&header, rows.collect()))
}

/// How far the order can be trusted, and what it counts.
pub(crate) fn ranked(advice: &Recommendations, mediator: &str) -> String {
    format!(
        "{} Loaded: the {mediator} that the dollar sets off is part of the bill.",
        advice.ranking_note
    )
}

pub(crate) fn found(advice: &Recommendations, analysis: &Analysis) -> String {
    let settings = &advice.allocation.settings;
    let names = advice.allocation.story_names();
    let stories = match names.is_empty() {
        true => "The stories that the data cannot tell apart could not be told here".into(),
        false => format!("The stories: {}", names.join("; ")),
    };
    format!(
        "The best plan for the {} weeks after the data within {} around current spend, taken apart into \
         moves; each is asked of the model and {} replicates by itself, intervals are {}, and a move is \
         supported when the 80% interval of its worth excludes 0, every story agrees and it stays inside \
         what the data have seen. {stories}. The whole plan: headwater optimize.",
        settings.horizon,
        settings.max_change,
        advice.allocation.replicates,
        percent(analysis.bootstrap.level),
    )
}
