//! What prices would have brought.

use headwater::analysis::Analysis;
use headwater::decisions::Pricing;
use headwater::decisions::pricing::{PriceBand, PriceCurve, PricePoint};
use headwater::estimate::Estimate;

use super::panel::grid;
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, claim};
use crate::number::{ratio, with_interval};
use crate::terminal::pricing::elastic;

/// The outcome of an average week over the observed prices, the units sold, and the profit where a cost
/// is known.
pub fn price_curve(pricing: &Pricing, analysis: &Analysis) -> Figure {
    let panels = match &pricing.curve {
        Some(curve) => panels(pricing, curve),
        None => vec![
            Panel::new(price_axis(pricing), outcome_axis(pricing), Vec::new())
                .empty(format!("{} hardly varies", pricing.prices.column)),
        ],
    };
    let (content, width, height) = grid(panels);
    let (_, said) = elastic(pricing);
    let straight = match pricing.curve.as_ref().is_some_and(|curve| curve.straight) {
        true => {
            "A straight line is the model's assumption, so its best price is at an edge by construction. "
        }
        false => "",
    };
    Figure {
        id: "price_curve".into(),
        title: claim::unless_doubted(
            analysis,
            &format!("What {} does", pricing.prices.column),
            claim::title(analysis, &said),
        ),
        caption: format!(
            "An average week at each price between the 5% and 95% quantiles of those seen, with intervals. Shaded: \
             within 1% of the best in at least half of the replicates. {straight}{}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Curves with bands over {} from {} to {}; the mean of the last year is {}. Elasticity of {}: {}.",
            pricing.prices.column,
            ratio(pricing.prices.least),
            ratio(pricing.prices.most),
            ratio(pricing.prices.now),
            pricing.outcome,
            with_interval(&pricing.elasticity.revenue.total, ratio)
        ),
        width,
        height,
        content,
    }
}

fn price_axis(pricing: &Pricing) -> Axis {
    Axis {
        from_zero: false,
        ..Axis::numbers(pricing.prices.column.as_str(), NumberFormat::Ratio)
    }
}

fn outcome_axis(pricing: &Pricing) -> Axis {
    Axis {
        from_zero: false,
        ..Axis::numbers(
            format!("{} of an average week", pricing.outcome),
            NumberFormat::Amount,
        )
    }
}

fn panels(pricing: &Pricing, curve: &PriceCurve) -> Vec<Panel> {
    let panel =
        |title: &str, y: Axis, of: fn(&PricePoint) -> &Estimate, best: Option<&PriceBand>, ink| {
            let points = curve.points.iter();
            let price: Vec<f64> = points.clone().map(|point| point.price).collect();
            let mut marks = Vec::new();
            marks.extend(best.and_then(|best| best.band).map(|band| Mark::Span {
                label: "best".into(),
                from: band.lower,
                to: band.upper,
                ink: Ink::Good,
            }));
            marks.extend([
                Mark::Band {
                    name: "interval".into(),
                    x: price.clone(),
                    lower: points.clone().map(|point| of(point).lower).collect(),
                    upper: points.clone().map(|point| of(point).upper).collect(),
                    ink,
                },
                Mark::Line {
                    name: title.into(),
                    x: price,
                    y: points.map(|point| of(point).point).collect(),
                    ink,
                    dashed: false,
                },
                Mark::Reference {
                    label: format!("now {}", ratio(pricing.prices.now)),
                    at: pricing.prices.now,
                    upright: true,
                    ink: Ink::Quiet,
                    dashed: true,
                },
            ]);
            Panel::new(price_axis(pricing), y, marks).titled(title)
        };
    let mut panels = vec![panel(
        &pricing.outcome,
        outcome_axis(pricing),
        |point| &point.revenue,
        Some(&curve.best_revenue),
        Ink::Model,
    )];
    if let Some(best) = &curve.best_profit {
        let y = Axis::numbers("profit of an average week, in money", NumberFormat::Amount);
        let y = Axis {
            from_zero: false,
            ..y
        };
        panels.push(panel(
            "profit",
            y,
            |point| &point.profit,
            Some(best),
            Ink::Good,
        ));
    }
    let y = Axis::numbers("units sold beside those now", NumberFormat::Percent);
    let y = Axis {
        from_zero: false,
        ..y
    };
    panels.push(panel(
        "units sold",
        y,
        |point| &point.demand,
        None,
        Ink::Direct,
    ));
    panels
}
