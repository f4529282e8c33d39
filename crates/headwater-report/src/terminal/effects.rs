//! The tables of effects.

use headwater::analysis::Analysis;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use headwater::validation::assumption::Verdict;

use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::summary::whatever_path;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, Table};

/// Effects of every channel with intervals, in outcome units and as returns.
pub(crate) fn effects(analysis: &Analysis, style: &Style) -> String {
    let mediator = &analysis.stages.mediator.target;
    let mut notes = Footnotes::default();
    let lead = style.heading(&format!("Effects on {}", analysis.stages.outcome.target))
        + &style.dim(&style.paragraph(2, &contrast(analysis)));
    if whatever_path(analysis) {
        let mut text = lead + &totals(analysis).on(style);
        text += "\n";
        text += &style.dim(&style.paragraph(2, &proviso(analysis.path.verdict, mediator)));
        return text + &through_path(analysis, &mut notes).on(style) + &notes.list(style);
    }
    let [worth, returns] = worth_and_returns(analysis, &mut notes);
    lead + &worth.on(style)
        + "\n"
        + &returns.on(style)
        + &notes.list(style)
        + &returns_legend(mediator, style)
}

/// What effects compare, and how their intervals were made.
pub(crate) fn contrast(analysis: &Analysis) -> String {
    let bootstrap = &analysis.bootstrap;
    let intervals = if bootstrap.replicates == 0 {
        "Points without intervals: no bootstrap was run.".to_owned()
    } else {
        format!(
            "{} intervals from {} bootstrap replicates in blocks of {} weeks.",
            percent(bootstrap.level),
            bootstrap.replicates,
            bootstrap.block_length
        )
    };
    format!("The contrast: {}. {intervals}", analysis.contrast)
}

/// Writes a point above its interval, and the reason where one is missing that is not said of all.
fn cells<'a>(
    analysis: &'a Analysis,
    notes: &'a mut Footnotes,
) -> impl FnMut(&Estimate, fn(f64) -> String) -> String + 'a {
    let replicates = analysis.bootstrap.replicates;
    move |estimate, write| {
        let why = match estimate.interval() {
            Some(_) => None,
            // Said once for all above the table.
            None if estimate.point.is_some() && replicates == 0 => None,
            None => estimate.why.as_deref(),
        };
        let mut cell = estimate.point.map_or(NOTHING.into(), write);
        if let Some(why) = why {
            cell = format!("{cell} {}", notes.mark(why));
        }
        if let Some(interval) = estimate.interval() {
            cell += &format!("\n{} to {}", write(interval.lower), write(interval.upper));
        }
        cell
    }
}

/// What every channel is worth by the model, and what it returns.
pub(crate) fn worth_and_returns(analysis: &Analysis, notes: &mut Footnotes) -> [Table; 2] {
    let mediator = &analysis.stages.mediator.target;
    let mut cell = cells(analysis, notes);
    let mut worth = Vec::new();
    let mut returns = Vec::new();
    for effect in &analysis.effects {
        worth.push(vec![
            effect.channel.clone(),
            amount(effect.spend),
            cell(&effect.total, amount),
            direct(analysis, effect, &mut cell),
            cell(&effect.indirect, amount),
            cell(&effect.proportion_mediated, percent),
        ]);
        returns.push(vec![
            effect.channel.clone(),
            cell(&effect.induced_mediator_spend, amount),
            cell(&effect.roas.gross, ratio),
            cell(&effect.roas.loaded, ratio),
            cell(&effect.roas.marginal, ratio),
        ]);
    }
    let through = format!("through {mediator}");
    let induced = format!("induced {mediator}");
    let worth = Table::new(
        &[
            ("channel", Align::Left),
            ("spend", Align::Right),
            ("total", Align::Right),
            ("direct", Align::Right),
            (&through, Align::Right),
            ("share through", Align::Right),
        ],
        worth,
    );
    let returns = Table::new(
        &[
            ("channel", Align::Left),
            (&induced, Align::Right),
            ("ROAS gross", Align::Right),
            ("loaded", Align::Right),
            ("marginal", Align::Right),
        ],
        returns,
    );
    [worth, returns]
}

/// Writes an estimate into a cell of a table.
type Cell<'a> = dyn FnMut(&Estimate, fn(f64) -> String) -> String + 'a;

/// A direct effect, or that none was drawn.
fn direct(analysis: &Analysis, effect: &ChannelEffects, cell: &mut Cell) -> String {
    let drawn = analysis.roles.direct_exposures();
    if drawn.contains(&effect.channel.as_str()) || effect.direct.point != Some(0.0) {
        cell(&effect.direct, amount)
    } else {
        "0\nno edge".into()
    }
}

/// Totals by whatever path, a line for each channel.
pub(crate) fn totals(analysis: &Analysis) -> Table {
    let rows = analysis.path.totals.iter().map(|total| {
        let mut effects = analysis.effects.iter();
        let spend = effects.find(|effect| effect.channel == total.channel);
        vec![
            total.channel.clone(),
            spend.map_or(NOTHING.into(), |effect| amount(effect.spend)),
            with_interval(&total.unrestricted, amount),
            with_interval(&total.roas, ratio),
        ]
    });
    Table::new(
        &[
            ("channel", Align::Left),
            ("spend", Align::Right),
            ("total, whatever path", Align::Right),
            ("ROAS", Align::Right),
        ],
        rows.collect(),
    )
}

/// What effects through a path that the verdict does not support rest on.
pub(crate) fn proviso(verdict: Verdict, mediator: &str) -> String {
    let fate = match verdict {
        Verdict::DirectPathFound => "was rejected",
        _ => "could not be checked",
    };
    format!(
        "Below, what rests on the rule that all goes through {mediator} unless an edge is drawn, \
         which {fate}:"
    )
}

/// The effects of the model, a line for each channel; all its returns are in `analysis.json`.
pub(crate) fn through_path(analysis: &Analysis, notes: &mut Footnotes) -> Table {
    let mut cell = cells(analysis, notes);
    let inline = |text: String| match text.split_once('\n') {
        Some((point, interval)) => format!("{point} ({interval})"),
        None => text,
    };
    let rows = analysis.effects.iter().map(|effect| {
        vec![
            effect.channel.clone(),
            inline(cell(&effect.total, amount)),
            inline(direct(analysis, effect, &mut cell)),
            inline(cell(&effect.roas.loaded, ratio)),
        ]
    });
    Table::new(
        &[
            ("channel", Align::Left),
            ("total under the rule", Align::Right),
            ("of it direct", Align::Right),
            ("ROAS loaded", Align::Right),
        ],
        rows.collect(),
    )
}

/// What the three returns mean.
pub(crate) fn returns_legend(mediator: &str, style: &Style) -> String {
    style.dim(&style.paragraph(2, &returns_words(mediator)))
}

/// What the three returns mean, in so many words.
pub(crate) fn returns_words(mediator: &str) -> String {
    format!(
        "ROAS gross: total / spend. Loaded: total / (spend + induced {mediator}). Marginal: \
         the next unit of spend, gross."
    )
}
