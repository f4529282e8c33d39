//! What `headwater curves` prints.

use headwater::analysis::Analysis;
use headwater::decisions::ResponseCurves;
use headwater::decisions::response_curve::{Crossing, CurvePoint, Place, ResponseCurve};
use headwater::estimate::Estimate;

use crate::findings::findings;
use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::path_doubt::path_doubt;
use crate::style::Style;
use crate::table::{Align, Footnotes, table};

/// The most points of a curve that the screen shows besides the spend as it was.
const ROWS: usize = 6;

/// The screen of response curves.
pub fn curves_screen(curves: &ResponseCurves, analysis: &Analysis, style: Style) -> String {
    let mut text = style.heading("Response curves") + &path_doubt(analysis, &style);
    let mut notes = Footnotes::default();
    for curve in &curves.channels {
        for said in sentences(curve, curves) {
            text += &style.hanging("  ", 4, &said);
        }
        text += "\n";
        text += &points(curve, curves, &style, &mut notes);
        text += "\n";
    }
    text += &notes.list(&style);
    text += &style.dim(&style.paragraph(2, &legend(curves)));
    text += &style.heading("Doubts");
    text + &findings(&style, &curves.findings)
}

/// The answer for one channel.
fn sentences(curve: &ResponseCurve, curves: &ResponseCurves) -> Vec<String> {
    let name = &curve.channel;
    let now = curve.points.iter().find(|point| point.scale == 1.0);
    let Some(now) = now else {
        return vec![format!("{name}: no point at the spend as it was.")];
    };
    let mut first = match now.marginal_loaded.point {
        Some(_) => format!(
            "{name}: now {}; the next unit of spend returns {}, {} with what it sets off.",
            amount(curve.spend),
            with_interval(&now.marginal, ratio),
            with_interval(&now.marginal_loaded, ratio)
        ),
        None => format!(
            "{name}: now {}; the return of the next unit is not assessed: {}.",
            amount(curve.spend),
            now.marginal_loaded.why.as_deref().unwrap_or("no value")
        ),
    };
    if now.total.excludes(0.0) == Some(false) {
        first += " Its total effect is not distinguishable from 0, and neither is its curve.";
        return vec![first];
    }
    let mut said = vec![first];
    said.extend(curve.break_even.as_ref().map(break_even));
    said.push(saturation(curve));
    let set_off = &curve.amplification;
    if set_off.induced_rate.point.is_some() {
        let search = match (set_off.search.point, &set_off.search.why) {
            (Some(_), _) => with_interval(&set_off.search, ratio),
            (None, why) => format!("n/a - {}", why.as_deref().unwrap_or("no value")),
        };
        said.push(format!(
            "One unit sets off {} of {}, so it costs {} in the end. Total by direct effect: {search}.",
            with_interval(&set_off.induced_rate, ratio),
            curves.mediator,
            with_interval(&set_off.spend, ratio),
        ));
    }
    said
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
            "The next unit pays its way (loaded return above {bound}) up to a spend of {}; within the levels seen \
             it pays throughout{}, nowhere{}.",
            with_interval(&crossing.spend, amount),
            share(crossing.stays_above),
            share(crossing.starts_below)
        ),
        Some(Place::StaysAbove) => format!(
            "The next unit pays its way (loaded return above {bound}) in the whole range seen{}.",
            sure(crossing.stays_above)
        ),
        Some(Place::StartsBelow) => format!(
            "The next unit does not pay its way (loaded return below {bound}) anywhere in the range seen{}.",
            sure(crossing.starts_below)
        ),
        None => format!(
            "Where the next unit stops paying its way is not assessed: {}.",
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
    let mut cell = |estimate: &Estimate, write: fn(f64) -> String| -> String {
        let point = estimate.point.map_or(NOTHING.into(), write);
        match (estimate.interval(), &estimate.why) {
            (Some(interval), _) => {
                format!(
                    "{point}\n{} to {}",
                    write(interval.lower),
                    write(interval.upper)
                )
            }
            (None, Some(why)) => format!("{point} {}", notes.mark(why)),
            (None, None) => point,
        }
    };
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
    header.extend([("ROAS loaded", Align::Right), ("next unit", Align::Right)]);
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

fn legend(curves: &ResponseCurves) -> String {
    format!(
        "Every week's spend times the same number, the others as they were, against no spend; sums over {} weeks, \
         counted to the last. Loaded: with the {} that it sets off. `beyond`: more than 5% of that spend lies \
         beyond what the data have seen. All points are in --json.",
        curves.weeks, curves.mediator
    )
}
