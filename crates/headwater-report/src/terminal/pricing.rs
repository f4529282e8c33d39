//! What `headwater pricing` prints.

use headwater::analysis::Analysis;
use headwater::decisions::Pricing;
use headwater::decisions::pricing::{PriceBand, PriceCurve, PricePoint, Promotion};
use headwater::finding::Status;

use crate::number::{amount, percent, ratio, with_interval};
use crate::said::Said;
use crate::terminal::answer::spoken;
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, Table, cell, inline};

/// Every so manieth price of the curve is shown; `--json` has them all.
const EVERY: usize = 6;

/// The screen of prices and promotions.
pub fn pricing_screen(pricing: &Pricing, analysis: &Analysis, style: Style) -> String {
    let style = &style;
    let mut text = style.heading("At what price");
    text += &path_doubt(analysis, Through::Part, style);
    text += &all(&answer(pricing), style);
    text += &style.heading("Elasticity");
    let mut notes = Footnotes::default();
    text += &elasticity(pricing, &mut notes).on(style);
    text += &notes.list(style);
    text += &format!(
        "\n{}",
        style.dim(&style.paragraph(2, &elasticity_words(pricing)))
    );
    if let Some(curve) = &pricing.curve {
        text += &style.heading("The observed prices");
        let mut notes = Footnotes::default();
        text += &prices(pricing, curve, &mut notes).on(style);
        text += &notes.list(style);
        let words = prices_words(pricing, curve);
        text += &format!("\n{}", style.dim(&style.paragraph(2, &words)));
    }
    text += &style.heading("Promotions");
    text += &match &pricing.promotion {
        Some(promotion) => {
            let prices = by_price(pricing, promotion);
            all(&promotions(pricing, promotion), style)
                + &prices.map_or(String::new(), |table| "\n".to_owned() + &table.on(style))
        }
        None => style.paragraph(
            2,
            "No lever or control has \"promo\" in its name; name the column with --promotion.",
        ),
    };
    text + &checks(style, "Checks", &pricing.findings)
}

fn all(said: &[Said], style: &Style) -> String {
    said.iter().map(|said| spoken(style, said)).collect()
}

/// The best price, or that there is none to be had; then what 1% does.
pub(crate) fn answer(pricing: &Pricing) -> Vec<Said> {
    let Some(curve) = &pricing.curve else {
        let said = format!(
            "{} hardly varies, so the data cannot say what another price would do.",
            pricing.prices.column
        );
        return vec![Said::new(Status::NotAssessed, "Prices", said)];
    };
    let mut all = Vec::new();
    if let Some(cost) = &pricing.unit_cost {
        let how = match cost.margin {
            Some(margin) => format!(
                "a unit cost of {}, from a margin of {} at the mean price now, {}",
                ratio(cost.cost),
                percent(margin),
                ratio(pricing.prices.now)
            ),
            None => format!("a unit cost of {}", ratio(cost.cost)),
        };
        if let Some(band) = &curve.best_profit {
            all.push(best(pricing, "Profit", &format!(" at {how}"), band));
        }
    }
    all.push(best(pricing, "Revenue", "", &curve.best_revenue));
    all.push(one_percent(pricing));
    all
}

fn best(pricing: &Pricing, what: &str, given: &str, band: &PriceBand) -> Said {
    let range = &pricing.prices;
    let (status, said) = match (&band.band, &band.why) {
        (Some(inside), _) => (
            Status::Passed,
            format!(
                "within 1% of its best at {} from {} to {} in at least half of the replicates{given}.",
                range.column,
                ratio(inside.lower),
                ratio(inside.upper)
            ),
        ),
        (None, why) => {
            let mut said = format!("best price {}", why.as_deref().unwrap_or("not assessed"));
            said += &format!(", {} to {}{given}", ratio(range.least), ratio(range.most));
            if pricing.replicates > 0 && band.best_at_lowest + band.best_at_highest > 0.0 {
                said += &format!(
                    "; best at the lowest of them in {} of replicates, at the highest in {}",
                    percent(band.best_at_lowest),
                    percent(band.best_at_highest)
                );
            }
            (Status::NotAssessed, said + ".")
        }
    };
    Said::new(status, what, said)
}

fn one_percent(pricing: &Pricing) -> Said {
    let (status, said) = elastic(pricing);
    Said::new(status, "1% more", said)
}

/// What 1% of price does to revenue, as far as the interval says.
pub(crate) fn elastic(pricing: &Pricing) -> (Status, String) {
    let (column, outcome) = (&pricing.prices.column, &pricing.outcome);
    let (revenue, demand) = (
        &pricing.elasticity.revenue.total,
        &pricing.elasticity.demand.total,
    );
    let figures = format!(
        "{column} higher by 1% changes {outcome} by {} percent and units sold by {} percent",
        with_interval(revenue, ratio),
        with_interval(demand, ratio)
    );
    let find = |id: &str| pricing.findings.iter().find(|finding| finding.id == id);
    let doubted = find("decisions.demand_slope").filter(|found| found.status == Status::Warning);
    match (revenue.point, revenue.excludes(0.0)) {
        (None, _) => {
            let why = revenue.why.as_deref().unwrap_or("unknown");
            (Status::NotAssessed, format!("not assessed: {why}."))
        }
        (Some(_), None) => (
            Status::NotAssessed,
            format!(
                "{figures} in the fitted model; {}, so nothing says how sure that is.",
                revenue.why.as_deref().unwrap_or("it has no interval")
            ),
        ),
        (Some(_), Some(true)) => match doubted {
            None => (Status::Passed, format!("{figures}.")),
            Some(_) => (
                Status::Warning,
                format!("{figures}. Do not set prices by this (decisions.demand_slope)."),
            ),
        },
        (Some(_), Some(false)) => (
            Status::NotAssessed,
            format!(
                "nothing is clear enough to say whether a higher price raises or lowers {outcome}: \
                 {figures}."
            ),
        ),
    }
}

/// What 1% of price does.
pub(crate) fn elasticity(pricing: &Pricing, notes: &mut Footnotes) -> Table {
    let elasticity = &pricing.elasticity;
    let mediator = &pricing.mediator;
    let rows = [
        (pricing.outcome.clone(), &elasticity.revenue),
        ("units sold".into(), &elasticity.demand),
    ];
    let rows = rows.map(|(what, paths)| {
        let total = inline(&paths.total, ratio, notes);
        vec![what, total, inline(&paths.direct, ratio, notes)]
    });
    let around = format!("around {mediator}");
    let header = [
        ("elasticity of", Align::Left),
        ("total", Align::Right),
        (around.as_str(), Align::Right),
    ];
    Table::new(&header, rows.into())
}

/// How to read that table.
pub(crate) fn elasticity_words(pricing: &Pricing) -> String {
    let elasticity = &pricing.elasticity;
    let mediator = &pricing.mediator;
    let mut what = format!(
        "Change in percent for 1% of {}, from prices {} lower and higher in the {} of {} weeks in which \
         both stay inside the observed range. {} is read as price times units sold, so units \
         change by that less 1. In the total {mediator} follows the price; around it, {mediator} stays as it was.",
        pricing.prices.column,
        percent(elasticity.step),
        elasticity.weeks,
        elasticity.of_weeks,
        pricing.outcome,
    );
    if pricing.unpenalised {
        what += " Fitted with price and promotions left out of the penalty, which would shrink them: \
                 figures differ from those of the run.";
    }
    what
}

/// The curve at some prices.
pub(crate) fn prices(pricing: &Pricing, curve: &PriceCurve, notes: &mut Footnotes) -> Table {
    let mut row = |point: &PricePoint| {
        let mut row = vec![
            ratio(point.price),
            cell(&point.revenue, amount, notes),
            cell(&point.change, amount, notes),
            cell(&point.through, amount, notes),
            cell(&point.demand, percent, notes),
        ];
        if pricing.unit_cost.is_some() {
            row.push(cell(&point.profit, amount, notes));
        }
        row
    };
    let rows = curve.points.iter().step_by(EVERY).map(&mut row).collect();
    let mut header = vec![
        ("price", Align::Right),
        (pricing.outcome.as_str(), Align::Right),
        ("change", Align::Right),
        ("through", Align::Right),
        ("units", Align::Right),
    ];
    if pricing.unit_cost.is_some() {
        header.push(("profit", Align::Right));
    }
    Table::new(&header, rows)
}

/// How to read that table.
pub(crate) fn prices_words(pricing: &Pricing, curve: &PriceCurve) -> String {
    let now = ratio(pricing.prices.now);
    let shape = match curve.straight {
        true => "a straight line in this model, as it is linear in price".to_owned(),
        false => format!("from {} groups of weeks of alike prices", curve.bins),
    };
    format!(
        "An average week of the last year at each {}. Change: from the mean price now, {now}; through: \
         the part by way of {}; units: 100% at {now}. The lowest and highest \
         prices are the 5% and 95% quantiles of those observed: nothing is said beyond them. The shape of \
         {} is {shape}. {}",
        pricing.prices.column,
        pricing.mediator,
        pricing.outcome,
        intervals(pricing)
    )
}

fn intervals(pricing: &Pricing) -> String {
    match pricing.replicates {
        0 => "No intervals: no bootstrap replicates were asked for.".into(),
        replicates => format!(
            "{} intervals from {replicates} bootstrap replicates.",
            percent(pricing.level)
        ),
    }
}

/// What promotions brought.
pub(crate) fn promotions(pricing: &Pricing, promotion: &Promotion) -> Vec<Said> {
    let (outcome, mediator) = (&pricing.outcome, &pricing.mediator);
    if promotion.total.point.is_none() {
        let why = promotion.total.why.as_deref().unwrap_or("unknown");
        let said = format!("not assessed: {why}.");
        return vec![Said::new(Status::NotAssessed, "Lift", said)];
    }
    let weeks = format!("{} weeks with {}", promotion.weeks, promotion.column);
    let mut share = with_interval(&promotion.share_of_baseline, percent);
    if promotion.share_of_baseline.interval().is_none() {
        share += " (no interval)";
    }
    let figures = format!(
        "{} of {outcome}, {} of what these weeks would have had without; through {mediator}: {}, around \
         it: {}",
        with_interval(&promotion.total, amount),
        share,
        with_interval(&promotion.through, amount),
        with_interval(&promotion.direct, amount),
    );
    let (status, said) = match promotion.total.excludes(0.0) {
        Some(true) => (Status::Passed, format!("{weeks} brought {figures}.")),
        Some(false) => (
            Status::NotAssessed,
            format!("what {weeks} brought cannot be told from nothing: {figures}."),
        ),
        None => (
            Status::NotAssessed,
            format!(
                "{weeks} brought {figures} in the fitted model; {}.",
                promotion.total.why.as_deref().unwrap_or("no interval")
            ),
        ),
    };
    let mut all = vec![Said::new(status, "Lift", said), pull_forward(promotion)];
    all.extend(not_by_price(pricing, promotion));
    all
}

/// What the weeks around promotions lost.
fn pull_forward(promotion: &Promotion) -> Said {
    let seen = &promotion.pull_forward;
    if seen.in_model {
        let said = "the model has lags of the promotion: the lift counts what later weeks lost.";
        return Said::new(Status::Passed, "Moved", said);
    }
    let parts = [
        ("the four weeks after", &seen.after),
        ("the week before", &seen.before),
    ];
    let mut visible = false;
    let said: Vec<String> = parts
        .iter()
        .map(|(when, part)| match (part.point, &part.why) {
            (None, why) => format!(
                "{when}: not assessed, {}",
                why.as_deref().unwrap_or("unknown")
            ),
            (Some(_), _) => {
                visible |= part.excludes(0.0) == Some(true);
                format!("{when}: {}", with_interval(part, amount))
            }
        })
        .collect();
    let mut sentence = format!(
        "{}; what the model leaves unexplained, over all promotions: {}.",
        if visible {
            "sales that promotions took from other weeks are seen"
        } else {
            "no sales visibly taken from other weeks"
        },
        said.join("; ")
    );
    if let Some(net) = seen.net_lift.point {
        sentence += &format!(" The lift with what is clear of that: {}.", amount(net));
    }
    let status = if visible {
        Status::Warning
    } else {
        Status::NotAssessed
    };
    Said::new(status, "Moved", sentence)
}

/// Why there is no table of the lift by price, where there is none.
fn not_by_price(pricing: &Pricing, promotion: &Promotion) -> Option<Said> {
    let by_price = &promotion.by_price;
    let said = match &by_price.why {
        Some(why) => format!("not assessed: {why}."),
        None if by_price.alike_by_construction => format!(
            "the model gives a promotion the same lift at any {}; to let it differ, add their product: \
             features.interactions.",
            pricing.prices.column
        ),
        None => return None,
    };
    Some(Said::new(Status::NotAssessed, "By price", said))
}

/// The lift by price, where it may differ.
pub(crate) fn by_price(pricing: &Pricing, promotion: &Promotion) -> Option<Table> {
    if promotion.total.point.is_none() || not_by_price(pricing, promotion).is_some() {
        return None;
    }
    let rows = promotion.by_price.levels.iter().map(|level| {
        vec![
            format!("{} to {}", ratio(level.least), ratio(level.most)),
            level.weeks.to_string(),
            with_interval(&level.lift, amount),
        ]
    });
    let header = [
        (pricing.prices.column.as_str(), Align::Left),
        ("promotion weeks", Align::Right),
        ("lift of a week", Align::Right),
    ];
    Some(Table::new(&header, rows.collect()))
}
