//! What a channel returns in one world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::system::System;
use crate::data::role::Unit;

/// The return of a channel's spend in one world; null where the channel's `why` says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Return {
    /// Total effect / spend.
    pub gross: Option<f64>,
    /// Total effect / (spend + mediator spend that it set off).
    pub loaded: Option<f64>,
}

/// Which return a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// The induced mediator bill is counted.
    Loaded,
    /// The mediator is not measured in money, so there is no bill to count.
    Gross,
}

impl Judged {
    /// The figure of a return that is judged.
    pub fn pick(self, value: &Return) -> Option<f64> {
        match self {
            Judged::Loaded => value.loaded,
            Judged::Gross => value.gross,
        }
    }
}

/// The costs of every exposure, over which effects become returns.
pub(super) struct Costs {
    /// Which return is judged.
    pub(super) judged: Judged,
    costs: Vec<std::result::Result<Cost, String>>,
}

struct Cost {
    spend: f64,
    bill: Option<f64>,
}

impl Costs {
    /// One entry for each exposure of the twin.
    pub(super) fn new(system: &System<'_>, mediator_unit: Unit) -> Self {
        let judged = match mediator_unit {
            Unit::Money => Judged::Loaded,
            Unit::Count => Judged::Gross,
        };
        let cost = |(at, exposure): (usize, &super::super::linear_twin::TwinExposure)| {
            if exposure.unit == Unit::Count {
                return Err("the exposure is not measured in money".to_string());
            }
            if exposure.spend.is_nan() || exposure.spend <= 0.0 {
                return Err("nothing was spent".to_string());
            }
            let bill = exposure.spend + system.induced(at);
            if judged == Judged::Loaded && (bill.is_nan() || bill <= 0.0) {
                return Err(
                    "spend and the mediator spend it induces sum to nothing or less".to_string(),
                );
            }
            Ok(Cost {
                spend: exposure.spend,
                bill: (judged == Judged::Loaded).then_some(bill),
            })
        };
        Costs {
            judged,
            costs: system.twin.exposures.iter().enumerate().map(cost).collect(),
        }
    }

    /// The exposures that have a return.
    pub(super) fn channels(&self) -> Vec<usize> {
        (0..self.costs.len())
            .filter(|at| self.costs[*at].is_ok())
            .collect()
    }

    /// Why an exposure has no return.
    pub(super) fn why(&self, exposure: usize) -> Option<String> {
        self.costs[exposure].as_ref().err().cloned()
    }

    /// An effect as a return.
    pub(super) fn of(&self, exposure: usize, effect: f64) -> Return {
        let Ok(cost) = &self.costs[exposure] else {
            return Return::default();
        };
        let over = |cost: f64| Some(effect / cost).filter(|value| value.is_finite());
        Return {
            gross: over(cost.spend),
            loaded: cost.bill.and_then(over),
        }
    }

    /// The judged return of an effect; NaN when there is none.
    pub(super) fn judge(&self, exposure: usize, effect: f64) -> f64 {
        let value = self.of(exposure, effect);
        self.judged.pick(&value).unwrap_or(f64::NAN)
    }
}
