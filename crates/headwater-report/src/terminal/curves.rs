//! What `headwater curves` prints.

use headwater::analysis::Analysis;
use headwater::decisions::ResponseCurves;
use headwater::decisions::response_curve::{Crossing, CurvePoint, Place, ResponseCurve};
use headwater::estimate::Estimate;

use crate::number::{amount, percent, ratio, with_interval};
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::scenario::rests_on;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, Table, cell, table};
use crate::terminal::timing::alike;

/// The most points of a curve that the screen shows besides the spend as it was.
const ROWS: usize = 6;

/// The screen of response curves. A straight line, and a curve that may be nothing, has no points to
/// tell that the table of what the channels return now does not hold: they are shown `in_full` only.
pub fn curves_screen(
    curves: &ResponseCurves,
    analysis: &Analysis,
    in_full: bool,
    style: Style,
) -> String {
    let mut text = style.heading("Response curves");
    text += &path_doubt(analysis, Through::of_channels(analysis), &style);
    let said = curves.channels.iter().map(|c| (&*c.channel, sentences(c)));
    for (channels, said) in alike(said) {
        text += &style.hanging("  ", 4, &format!("{}: {said}", channels.join(", ")));
    }
    let mut notes = Footnotes::default();
    text += "\n";
    // On a narrow screen another column would cut the names of the channels.
    text += &now(curves, style.width() >= 90, &mut notes).on(&style);
    let drawn = |curve: &&ResponseCurve| in_full || (clear(curve) && !curve.linear_by_assumption);
    let drawn: Vec<&ResponseCurve> = curves.channels.iter().filter(drawn).collect();
    for curve in &drawn {
        text += &style.heading(&curve.channel);
        text += &points(curve, curves, &style, &mut notes);
    }
    text += &notes.list(&style);
    text += &style.dim(&style.paragraph(2, &legend(curves, drawn.len())));
    text += &checks(&style, "Checks", &curves.findings);
    text + &rests_on(analysis, &style)
}

/// Whether the effect of the spend as it was may be told from nothing, or nothing is known of that.
fn clear(curve: &ResponseCurve) -> bool {
    let now = curve.points.iter().find(|point| point.scale == 1.0);
    now.is_some_and(|now| now.total.excludes(0.0) != Some(false))
}

/// What each channel returns at the spend as it was.
pub(crate) fn now(curves: &ResponseCurves, wide: bool, notes: &mut Footnotes) -> Table {
    let known = |curve: &&ResponseCurve| curve.points.iter().any(|point| point.scale == 1.0);
    let known: Vec<&ResponseCurve> = curves.channels.iter().filter(known).collect();
    let rows = known.iter().filter_map(|curve| {
        let now = curve.points.iter().find(|point| point.scale == 1.0)?;
        Some(vec![
            curve.channel.clone(),
            amount(curve.spend),
            cell(&now.total, amount, notes),
            cell(&now.marginal, ratio, notes),
            cell(&now.marginal_loaded, ratio, notes),
        ])
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let mut header = vec![
        ("channel", Align::Left),
        ("spend", Align::Right),
        (curves.outcome.as_str(), Align::Right),
        ("next unit", Align::Right),
        ("loaded", Align::Right),
    ];
    if wide {
        header.push(("induces", Align::Right));
        for (row, curve) in rows.iter_mut().zip(&known) {
            row.push(cell(&curve.amplification.induced_rate, ratio, notes));
        }
    }
    Table::new(&header, rows)
}

/// The answer for one channel.
pub(crate) fn sentences(curve: &ResponseCurve) -> String {
    if !clear(curve) {
        return "the total effect cannot be told from 0, and neither can the curve.".into();
    }
    let mut said = Vec::new();
    said.extend(curve.break_even.as_ref().map(break_even));
    said.push(saturation(curve));
    let search = &curve.amplification.search;
    if search.point.is_some() {
        said.push(format!(
            "The total effect is {} times the one around the mediator.",
            with_interval(search, ratio)
        ));
    }
    said.join(" ")
}

/// Up to where the next unit pays for itself.
fn break_even(crossing: &Crossing) -> String {
    let bound = ratio(crossing.bound);
    let share = |share: Option<f64>| match share {
        Some(share) => format!(" in {} of replicates", percent(share)),
        None => String::new(),
    };
    match crossing.place {
        Some(Place::Crosses) => format!(
            "the next unit pays its way (loaded return above {bound}) up to a spend of {}; within the levels seen \
             it pays throughout{}, nowhere{}.",
            with_interval(&crossing.spend, amount),
            share(crossing.stays_above),
            share(crossing.starts_below)
        ),
        Some(Place::StaysAbove) => format!(
            "the next unit pays its way (loaded return above {bound}) in the whole range seen{}.",
            sure(crossing.stays_above)
        ),
        Some(Place::StartsBelow) => format!(
            "the next unit does not pay its way (loaded return below {bound}) anywhere in the range seen{}.",
            sure(crossing.starts_below)
        ),
        None => format!(
            "where the next unit stops paying its way is not assessed: {}.",
            crossing.spend.why.as_deref().unwrap_or("no value")
        ),
    }
}

fn sure(share: Option<f64>) -> String {
    match share {
        Some(share) => format!("; so say {} of replicates", percent(share)),
        None => "; without replicates there is no saying how surely".into(),
    }
}

fn saturation(curve: &ResponseCurve) -> String {
    let crossing = &curve.half_saturation;
    match crossing.place {
        Some(Place::Crosses) => format!(
            "Half saturated at a spend of {}, where the next unit returns half of the average.",
            with_interval(&crossing.spend, amount)
        ),
        Some(Place::StaysAbove) => format!(
            "No saturation visible in the range seen{}.",
            sure(crossing.stays_above)
        ),
        Some(Place::StartsBelow) => format!(
            "More than half saturated in the whole range seen{}.",
            sure(crossing.starts_below)
        ),
        None if curve.linear_by_assumption => {
            "No saturation visible: the model is a straight line in this spend by assumption."
                .into()
        }
        None => format!(
            "Saturation is not assessed: {}.",
            crossing.spend.why.as_deref().unwrap_or("no value")
        ),
    }
}

fn points(
    curve: &ResponseCurve,
    curves: &ResponseCurves,
    style: &Style,
    notes: &mut Footnotes,
) -> String {
    let direct = curve
        .points
        .iter()
        .any(|point| point.direct.point.is_some_and(|x| x != 0.0));
    let mut cell = |estimate: &Estimate, write: fn(f64) -> String| cell(estimate, write, notes);
    let rows = shown(curve).map(|point| {
        let place = match (point.scale == 1.0, point.seen) {
            (true, _) => "now",
            (false, true) => "",
            (false, false) => "beyond",
        };
        let mut row = vec![
            ratio(point.scale),
            place.into(),
            amount(point.spend),
            cell(&point.total, amount),
        ];
        if direct {
            row.push(cell(&point.through, amount));
        }
        row.push(cell(&point.loaded, ratio));
        row.push(cell(&point.marginal_loaded, ratio));
        row
    });
    let rows = rows.collect();
    let through = format!("through {}", curves.mediator);
    let mut header = vec![
        ("times", Align::Right),
        ("", Align::Left),
        ("spend", Align::Right),
        (curves.outcome.as_str(), Align::Right),
    ];
    if direct {
        header.push((&through, Align::Right));
    }
    header.extend([
        ("loaded ROAS", Align::Right),
        ("next unit, loaded", Align::Right),
    ]);
    table(style, &header, rows)
}

/// A few points from end to end, the spend as it was among them.
fn shown(curve: &ResponseCurve) -> impl Iterator<Item = &CurvePoint> {
    let others = curve.points.len().saturating_sub(1);
    let every = others.div_ceil(ROWS).max(1);
    let mut nth = 0;
    curve.points.iter().filter(move |point| {
        if point.scale == 1.0 {
            return true;
        }
        nth += 1;
        (nth - 1) % every == 0 || nth == others
    })
}

/// What the columns of the table of what channels return now are.
pub(crate) fn columns(curves: &ResponseCurves) -> String {
    let ResponseCurves {
        outcome,
        mediator,
        weeks,
        ..
    } = curves;
    format!(
        "{outcome}: against no spend, over {weeks} weeks, counted to the last. Next unit: what one more unit of \
         spend returns; loaded: by what it costs with the {mediator} that it induces."
    )
}

fn legend(curves: &ResponseCurves, drawn: usize) -> String {
    let mut said = columns(curves);
    if drawn > 0 {
        said += " A curve multiplies every week's spend, the other channels as they were; `beyond`: more \
                 than 5% of that spend lies beyond what the data have seen.";
    }
    if drawn < curves.channels.len() {
        said += " Straight lines and unclear curves are drawn with --channel.";
    }
    said + " All points are in --json."
}
