//! What to doubt about answers on prices.

use super::band::AT_EDGE;
use super::{PriceBand, Pricing, Promotion};
use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::summary::mean;
use crate::numeric::vector::dot;

/// Different prices from which a slope is more than a comparison of a few weeks.
const ENOUGH_LEVELS: usize = 8;
/// Elasticities of demand below are hardly found: 1851 published ones have mean -2.62 and standard
/// deviation 2.21 (Bijmolt, van Heerde and Pieters 2005), and this is more than three below.
const IMPLAUSIBLE: f64 = -10.0;
/// The correlation of price and promotions above which both tell of the same discounts.
const SAME_DISCOUNT: f64 = 0.5;

pub(super) fn of(pricing: &Pricing, data: &Dataset) -> Vec<Finding> {
    let mut findings = vec![variation(pricing), origin(pricing)];
    if let Some(curve) = &pricing.curve {
        findings.push(demand_slope(pricing));
        let (what, band) = match &curve.best_profit {
            Some(band) => ("profit", band),
            None => ("revenue", &curve.best_revenue),
        };
        findings.push(best_price(what, band, curve.straight));
    }
    if let Some(promotion) = &pricing.promotion {
        findings.push(same_discount(pricing, promotion, data));
        findings.push(pull_forward(promotion));
    }
    findings
}

fn variation(pricing: &Pricing) -> Finding {
    let id = "decisions.price_variation";
    let (prices, column) = (&pricing.prices, &pricing.prices.column);
    let levels = prices.levels;
    if !prices.varies() {
        return Finding::new(
            id,
            Status::NotAssessed,
            format!(
                "{column} is {} in nearly every week, so the data cannot say what another price \
                 would do; change the price in some weeks or regions, or run a test",
                prices.least
            ),
        )
        .with("levels", levels);
    }
    let measured = |finding: Finding| {
        let bound = Bound::AtLeast(ENOUGH_LEVELS as f64);
        let finding = finding.measured("different prices", levels as f64, bound);
        let weeks = pricing.elasticity.weeks;
        finding.with("elasticity_weeks", weeks)
    };
    measured(match levels >= ENOUGH_LEVELS {
        true => Finding::new(
            id,
            Status::Passed,
            format!("{column} has had {levels} different values"),
        ),
        false => Finding::new(
            id,
            Status::Warning,
            format!(
                "{column} has had only {levels} different values: what is said about prices compares \
                 a few groups of weeks, and anything else that differed between them counts as price"
            ),
        ),
    })
}

/// What no data can show; a card that is always there.
fn origin(pricing: &Pricing) -> Finding {
    let (column, outcome) = (&pricing.prices.column, &pricing.outcome);
    Finding::new(
        "decisions.price_origin",
        Status::NotAssessed,
        format!(
            "the data cannot show how {column} came about: if it is {outcome} divided by units sold, it \
             moves with {outcome} by arithmetic, and if prices were set because demand was high or low, \
             it moves with demand; use a list price or an index, and trust a price test more than this"
        ),
    )
}

fn demand_slope(pricing: &Pricing) -> Finding {
    let id = "decisions.demand_slope";
    let demand = &pricing.elasticity.demand.total;
    let column = &pricing.prices.column;
    let (status, said) = match (demand.interval(), demand.point) {
        (Some(_), Some(point)) if point < IMPLAUSIBLE => (
            Status::Warning,
            format!(
                "{point:.1}% of units for 1% of {column} is more than nearly any published elasticity \
                 (their mean is -2.6): rather something else that moved with {column}, or a few weeks of \
                 extreme sales; do not set prices by these figures"
            ),
        ),
        (Some(interval), _) if interval.upper < 0.0 => (
            Status::Passed,
            format!("a higher {column} sells fewer units, beyond the interval"),
        ),
        (Some(interval), _) if interval.lower > 0.0 => (
            Status::Warning,
            format!(
                "a higher {column} goes with more units sold, beyond the interval: hardly what the price \
                 does, rather prices that followed demand, or something else that moved with them; do \
                 not set prices by these figures"
            ),
        ),
        (Some(_), _) => (
            Status::NotAssessed,
            format!(
                "whether a higher {column} sells fewer units cannot be told: the interval of the \
                 elasticity of demand holds 0; vary prices more, or test them"
            ),
        ),
        (None, _) => {
            let why = demand.why.as_deref().unwrap_or("it has no interval");
            (
                Status::NotAssessed,
                format!("the elasticity of demand has no interval: {why}"),
            )
        }
    };
    let finding = Finding::new(id, status, said);
    match demand.interval() {
        Some(interval) => finding.measured(
            "upper end of elasticity",
            interval.upper,
            Bound::AtMost(0.0),
        ),
        None => finding,
    }
}

fn best_price(what: &str, band: &PriceBand, straight: bool) -> Finding {
    let id = "decisions.best_price";
    let edge = band.best_at_lowest + band.best_at_highest;
    let finding = match (&band.band, &band.why) {
        (Some(inside), _) => Finding::new(
            id,
            Status::Passed,
            format!("the price of the largest {what} lies inside the observed range"),
        )
        .with("lower", inside.lower)
        .with("upper", inside.upper),
        (None, why) if edge > AT_EDGE => {
            let side = match band.best_at_lowest >= band.best_at_highest {
                true => "lowest",
                false => "highest",
            };
            let reason = match (what, straight) {
                ("revenue", true) => {
                    ". In this model revenue is a straight line in price, whose best is an edge by \
                     construction; link = \"log\" or boosted trees can bend it"
                }
                _ => "; test a price a little beyond it before going further",
            };
            let why = why.as_deref().unwrap_or("not identified");
            Finding::new(
                id,
                Status::NotAssessed,
                format!(
                    "the price of the largest {what} is {why}: {:.0}% of replicates are best at an edge, \
                     mostly the {side} price{reason}",
                    100.0 * edge
                ),
            )
        }
        (None, why) => Finding::new(
            id,
            Status::NotAssessed,
            format!(
                "the price of the largest {what} has no band: {}",
                why.as_deref().unwrap_or("not identified")
            ),
        ),
    };
    finding.measured("replicates best at an edge", edge, Bound::AtMost(AT_EDGE))
}

fn same_discount(pricing: &Pricing, promotion: &Promotion, data: &Dataset) -> Finding {
    let id = "decisions.price_and_promotion";
    let (price, other) = (&pricing.prices.column, &promotion.column);
    let r = correlation(data.column(price), data.column(other));
    if !r.is_finite() {
        return Finding::new(
            id,
            Status::NotAssessed,
            format!("{price} or {other} never varies, so nothing says whether they move together"),
        );
    }
    let finding = if r.abs() > SAME_DISCOUNT {
        Finding::new(
            id,
            Status::Warning,
            format!(
                "{price} and {other} move together (correlation {r:.2}): where both tell of the same \
                 discounts, neither the elasticity nor the lift is that of a discount; keep the list \
                 price, or one of the two columns"
            ),
        )
    } else {
        Finding::new(
            id,
            Status::Passed,
            format!("{price} and {other} hardly move together (correlation {r:.2})"),
        )
    };
    finding.measured("|correlation|", r.abs(), Bound::AtMost(SAME_DISCOUNT))
}

fn pull_forward(promotion: &Promotion) -> Finding {
    let id = "decisions.pull_forward";
    let seen = &promotion.pull_forward;
    let (column, weeks) = (
        &promotion.column,
        "the four weeks after and the week before",
    );
    if seen.in_model {
        return Finding::new(
            id,
            Status::Passed,
            format!("the model has lags of {column}: the lift counts what later weeks lost"),
        );
    }
    let parts = [
        ("in the four weeks after", &seen.after),
        ("in the week before", &seen.before),
    ];
    let clear: Vec<String> = parts
        .iter()
        .filter(|(_, part)| part.excludes(0.0) == Some(true))
        .filter_map(|(when, part)| {
            let lost = if part.point? < 0.0 { "less" } else { "more" };
            Some(format!("{lost} revenue {when}"))
        })
        .collect();
    let unknown = parts.iter().find(|(_, part)| part.interval().is_none());
    match (clear.as_slice(), unknown) {
        ([], Some((_, part))) => Finding::new(
            id,
            Status::NotAssessed,
            format!(
                "whether {column} only moved sales from {weeks} could not be looked for: {}",
                part.why.as_deref().unwrap_or("it has no interval")
            ),
        ),
        ([], None) => Finding::new(
            id,
            Status::Passed,
            format!(
                "none visible in {weeks}: smaller than the intervals around 0, not shown to be none"
            ),
        ),
        (clear, _) => Finding::new(
            id,
            Status::Warning,
            format!(
                "beside the model's columns there is {} promotions: read the lift net of it, and give \
                 the model the lags with features.lags, {column} = [1, 2, 3, 4]",
                clear.join(" and ")
            ),
        ),
    }
}

/// Pearson's correlation; NaN where a series never varies.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let centre = mean(values);
        values.iter().map(|value| value - centre).collect()
    };
    let (a, b) = (centred(a), centred(b));
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}
