//! Answers to what if, how much, when, whose and at what price.

use headwater::decisions::attribution::Part;
use headwater::decisions::pricing::PathElasticity;
use headwater::decisions::scenario::{Effects, Returns};
use headwater::decisions::{
    Attribution, Forecast, Pricing, ResponseCurves, Scenario, Scenarios, Timing,
};
use headwater::estimate::Estimate;

use super::estimates;
use crate::frame::Frame;

/// Every estimate of what a plan changes, named.
fn changes(effects: &Effects) -> [(&'static str, &Estimate); 4] {
    [
        ("outcome", &effects.outcome),
        ("direct", &effects.direct),
        ("through", &effects.through),
        ("mediator", &effects.mediator),
    ]
}

/// Every return of a plan, named.
fn returns(returns: &Returns) -> [(&'static str, &Estimate); 4] {
    [
        ("induced", &returns.induced),
        ("gross_roas", &returns.gross_roas),
        ("loaded_roas", &returns.loaded_roas),
        ("profit", &returns.profit),
    ]
}

estimates!(
    /// What a plan changes in all; `reading` is `run`, or `pooled` for the pooled slope.
    ScenarioRow {
        scenario: String,
        reading: String,
        spend: f64,
    }
);

/// A row for each total of each scenario.
pub fn scenario<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Frame {
    let mut rows = Vec::new();
    for scenario in scenarios {
        let run = ("run", &scenario.total, &scenario.returns);
        let pooled = scenario.pooled.as_ref();
        let pooled = pooled.map(|pooled| ("pooled", &pooled.total, &pooled.returns));
        for (reading, total, money) in std::iter::once(run).chain(pooled) {
            for (quantity, estimate) in changes(total).into_iter().chain(returns(money)) {
                let (name, spend) = (scenario.name.clone(), money.spend);
                rows.push(ScenarioRow::new(
                    name,
                    reading.into(),
                    spend,
                    quantity,
                    estimate,
                ));
            }
        }
    }
    Frame::of(&rows)
}

estimates!(
    /// What a plan changes in a week.
    ScenarioWeekRow {
        scenario: String,
        week: String,
        beyond_data: bool,
        spend: f64,
    }
);

/// A row for each change of each week of each scenario.
pub fn scenario_weeks<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Frame {
    let mut rows = Vec::new();
    for scenario in scenarios {
        for week in &scenario.weekly {
            for (quantity, estimate) in changes(&week.effects) {
                let (name, day) = (scenario.name.clone(), week.week.clone());
                let row = ScenarioWeekRow::new(
                    name,
                    day,
                    week.beyond_data,
                    week.spend,
                    quantity,
                    estimate,
                );
                rows.push(row);
            }
        }
    }
    Frame::of(&rows)
}

estimates!(
    /// What a plan changes more than another one.
    DifferenceRow {
        scenario: String,
        from: String,
        spend: f64,
    }
);

/// A row for each difference of a scenario from the first.
pub fn differences(scenarios: &Scenarios) -> Frame {
    let rows = scenarios.differences.iter().flat_map(|difference| {
        let estimates = changes(&difference.total).into_iter();
        let estimates = estimates.chain([("profit", &difference.profit)]);
        estimates.map(|(quantity, estimate)| {
            let (name, from) = (difference.name.clone(), difference.from.clone());
            DifferenceRow::new(name, from, difference.spend, quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// A forecast of a coming week within its prediction interval.
    ForecastRow {
        week: String,
        spend: f64,
    }
);

/// A row for the outcome and one for the mediator of each coming week.
pub fn forecast(forecast: &Forecast) -> Frame {
    let rows = forecast.weeks.iter().flat_map(|week| {
        let estimates = [("outcome", &week.outcome), ("mediator", &week.mediator)];
        estimates.map(|(quantity, estimate)| {
            ForecastRow::new(week.week.clone(), week.spend, quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// What a channel would have brought at a level of spend; `seen` says whether the data reach it.
    CurveRow {
        channel: String,
        scale: f64,
        spend: f64,
        seen: bool,
    }
);

/// A row for each estimate at each point of each curve.
pub fn curves(curves: &ResponseCurves) -> Frame {
    let mut rows = Vec::new();
    for curve in &curves.channels {
        for point in &curve.points {
            let estimates = [
                ("total", &point.total),
                ("direct", &point.direct),
                ("through", &point.through),
                ("induced", &point.induced),
                ("gross_roas", &point.gross),
                ("loaded_roas", &point.loaded),
                ("marginal", &point.marginal),
                ("marginal_loaded", &point.marginal_loaded),
            ];
            for (quantity, estimate) in estimates {
                let channel = curve.channel.clone();
                let (scale, spend, seen) = (point.scale, point.spend, point.seen);
                rows.push(CurveRow::new(
                    channel, scale, spend, seen, quantity, estimate,
                ));
            }
        }
    }
    Frame::of(&rows)
}

estimates!(
    /// A figure of a whole curve.
    CurveMarkRow { channel: String }
);

/// A row for each figure of each curve: elasticity, spend at half saturation and at break-even.
pub fn curves_marks(curves: &ResponseCurves) -> Frame {
    let rows = curves.channels.iter().flat_map(|curve| {
        let break_even = curve.break_even.as_ref();
        let estimates = [
            Some(("elasticity", &curve.elasticity)),
            Some(("half_saturation", &curve.half_saturation.spend)),
            break_even.map(|crossing| ("break_even", &crossing.spend)),
        ];
        let estimates = estimates.into_iter().flatten();
        estimates.map(|(quantity, estimate)| {
            CurveMarkRow::new(curve.channel.clone(), quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// The effect of a pulse of spend so many weeks after it.
    TimingRow {
        channel: String,
        weeks_after: i64,
    }
);

/// A row for each response of each channel in each week after the spend.
pub fn timing(timing: &Timing) -> Frame {
    let mut rows = Vec::new();
    for channel in &timing.channels {
        for after in &channel.response {
            let estimates = [
                ("total", &after.total),
                ("direct", &after.direct),
                ("mediated", &after.mediated),
                ("mediator", &after.mediator),
            ];
            for (quantity, estimate) in estimates {
                let (name, week) = (channel.channel.clone(), after.week as i64);
                rows.push(TimingRow::new(name, week, quantity, estimate));
            }
        }
    }
    Frame::of(&rows)
}

estimates!(
    /// A lag of a channel's response, in weeks; `on` is the outcome or the mediator.
    LagRow {
        channel: String,
        on: String,
    }
);

/// A row for each lag of each channel on the outcome and on the mediator.
pub fn timing_lags(timing: &Timing) -> Frame {
    let mut rows = Vec::new();
    for channel in &timing.channels {
        for (on, lag) in [
            ("outcome", &channel.lag),
            ("mediator", &channel.mediator_lag),
        ] {
            let estimates = [
                ("mean", &lag.mean),
                ("peak", &lag.peak),
                ("half", &lag.half),
                ("nine_tenths", &lag.nine_tenths),
            ];
            for (quantity, estimate) in estimates {
                rows.push(LagRow::new(
                    channel.channel.clone(),
                    on.into(),
                    quantity,
                    estimate,
                ));
            }
        }
    }
    Frame::of(&rows)
}

estimates!(
    /// A part of the outcome: `base`, `autonomous` (the mediator by itself), `through` or `direct` of a
    /// channel.
    PartRow {
        part: String,
        channel: Option<String>,
    }
);

/// A row for the amount and one for the share of each part; the amounts add up to the outcome.
pub fn attribution(attribution: &Attribution) -> Frame {
    let rows = attribution.rows.iter().flat_map(|row| {
        let (part, channel) = match &row.part {
            Part::Base => ("base", None),
            Part::Autonomous => ("autonomous", None),
            Part::Through(channel) => ("through", Some(channel.clone())),
            Part::Direct(channel) => ("direct", Some(channel.clone())),
        };
        let estimates = [("amount", &row.amount), ("share", &row.share)];
        estimates.map(|(quantity, estimate)| {
            PartRow::new(part.into(), channel.clone(), quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// An elasticity with respect to price; `path` is `total` or `direct` (the mediator held).
    ElasticityRow { path: String }
);

/// A row for each elasticity, of revenue and of demand.
pub fn elasticities(pricing: &Pricing) -> Frame {
    let elasticity = &pricing.elasticity;
    let rows = |quantity: &'static str, of: &PathElasticity| {
        [("total", &of.total), ("direct", &of.direct)]
            .map(|(path, estimate)| ElasticityRow::new(path.into(), quantity, estimate))
    };
    let revenue = rows("revenue", &elasticity.revenue);
    Frame::of(
        &[revenue, rows("demand", &elasticity.demand)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
    )
}

estimates!(
    /// What a price would have brought over the weeks of the data.
    PriceRow { price: f64 }
);

/// A row for each estimate at each price; none where prices were not varied enough.
pub fn prices(pricing: &Pricing) -> Frame {
    let points = pricing.curve.iter().flat_map(|curve| &curve.points);
    let rows = points.flat_map(|point| {
        let estimates = [
            ("revenue", &point.revenue),
            ("change", &point.change),
            ("direct", &point.direct),
            ("through", &point.through),
            ("demand", &point.demand),
            ("profit", &point.profit),
        ];
        estimates.map(|(quantity, estimate)| PriceRow::new(point.price, quantity, estimate))
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// What promotions brought.
    PromotionRow { column: String }
);

/// A row for each effect of promotions; none without a column of them.
pub fn promotion(pricing: &Pricing) -> Frame {
    let rows = pricing.promotion.iter().flat_map(|promotion| {
        let estimates = [
            ("total", &promotion.total),
            ("direct", &promotion.direct),
            ("through", &promotion.through),
            ("share_of_baseline", &promotion.share_of_baseline),
            ("after", &promotion.pull_forward.after),
            ("before", &promotion.pull_forward.before),
            ("net_lift", &promotion.pull_forward.net_lift),
        ];
        estimates.map(|(quantity, estimate)| {
            PromotionRow::new(promotion.column.clone(), quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}
