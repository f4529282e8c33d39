//! What a unit of the mediator may be worth, whatever the strength of the first stage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::validation::linear_twin::Partialled;
use crate::validation::{ChiSquaredTest, hac};

/// The Anderson-Rubin set: every `b` for which the exposures explain nothing of `Y - b M`
/// (Anderson and Rubin 1949, in HAC score form). Its coverage does not depend on the strength of
/// the first stage. Empty means that no `b` makes the no-direct-path rule fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AndersonRubinSet {
    /// The nominal coverage.
    pub level: f64,
    /// The parts of the set in ascending order; an end without bound is null.
    pub parts: Vec<SetPart>,
}

/// An interval of which an end may be open to infinity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SetPart {
    /// The lower end; null for minus infinity.
    pub lower: Option<f64>,
    /// The upper end; null for infinity.
    pub upper: Option<f64>,
}

/// Points of the grid on the half circle of `b = scale tan(angle)`.
const GRID: usize = 400;
/// Halvings that place an end of the set.
const HALVINGS: usize = 30;

/// The Anderson-Rubin test of one value of the slope: the HAC score test that the instruments
/// explain nothing of `Y~ - b M~`. `None` when the moments are singular.
pub fn anderson_rubin(system: &Partialled, b: f64) -> Option<ChiSquaredTest> {
    let left = if b.is_finite() {
        &system.y - &system.m * b
    } else {
        // In the limit only the mediator counts.
        system.m.clone()
    };
    hac::score_test(&system.s, &left, hac::lags(system.y.len()))
}

impl AndersonRubinSet {
    /// Inverts the test on a grid over all slopes and halves towards the ends.
    pub fn of(system: &Partialled, level: f64) -> Option<Self> {
        let scale = system.y.norm() / system.m.norm();
        if !scale.is_finite() {
            return None;
        }
        let slope = |angle: f64| scale * angle.tan();
        let inside = |b: f64| Some(anderson_rubin(system, b)?.p >= 1.0 - level);
        let end = |mut outer: f64, mut inner: f64| -> Option<f64> {
            for _ in 0..HALVINGS {
                let middle = 0.5 * (outer + inner);
                if inside(slope(middle))? {
                    inner = middle;
                } else {
                    outer = middle;
                }
            }
            Some(slope(0.5 * (outer + inner)))
        };
        let half = std::f64::consts::FRAC_PI_2;
        let angle = |step: usize| half * (2.0 * step as f64 / GRID as f64 - 1.0);
        let unbounded = inside(f64::INFINITY)?;
        let mut parts = Vec::new();
        let mut open: Option<Option<f64>> = unbounded.then_some(None);
        for step in 1..GRID {
            let here = inside(slope(angle(step)))?;
            match (&open, here) {
                (None, true) => open = Some(Some(end(angle(step - 1), angle(step))?)),
                (Some(lower), false) => {
                    let upper = Some(end(angle(step), angle(step - 1))?);
                    parts.push(SetPart {
                        lower: *lower,
                        upper,
                    });
                    open = None;
                }
                _ => {}
            }
        }
        if let Some(lower) = open {
            let upper = match unbounded {
                true => None,
                false => Some(end(angle(GRID), angle(GRID - 1))?),
            };
            parts.push(SetPart { lower, upper });
        }
        Some(AndersonRubinSet { level, parts })
    }

    /// Whether `b` lies in the set.
    pub fn contains(&self, b: f64) -> bool {
        self.parts.iter().any(|part| {
            part.lower.is_none_or(|lower| lower <= b) && part.upper.is_none_or(|upper| b <= upper)
        })
    }

    /// In words: `1.2 to 3.4`, `every value`, `no value`.
    pub fn words(&self, write: impl Fn(f64) -> String) -> String {
        let part = |part: &SetPart| match (part.lower, part.upper) {
            (None, None) => "every value".to_string(),
            (None, Some(upper)) => format!("below {}", write(upper)),
            (Some(lower), None) => format!("above {}", write(lower)),
            (Some(lower), Some(upper)) => format!("{} to {}", write(lower), write(upper)),
        };
        match self.parts.as_slice() {
            [] => "no value".into(),
            parts => parts.iter().map(part).collect::<Vec<_>>().join(" or "),
        }
    }
}
