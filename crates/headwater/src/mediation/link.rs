//! The scale on which stage 2 is additive, and the one way back from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the outcome enters stage 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// `Y = g(...) + e`: effects add up in outcome units.
    #[default]
    Identity,
    /// `ln Y = g(...) + e`: effects multiply. Needs an outcome above zero in every week.
    Log,
}

impl Link {
    /// The name in settings and in `analysis.json`.
    pub fn name(self) -> &'static str {
        match self {
            Link::Identity => "identity",
            Link::Log => "log",
        }
    }

    /// Refuses an outcome that has no value on this scale; `said` puts the first such row in words,
    /// as only who has the dates can name its week.
    ///
    /// # Errors
    /// [`Link::Log`] refuses a value of zero or below.
    pub fn check(self, outcome: &[f64], said: impl Fn(usize) -> String) -> Result<()> {
        let positive = |value: &f64| *value > 0.0;
        match (self, outcome.iter().position(|value| !positive(value))) {
            (Link::Log, Some(row)) => Err(Error::setting(
                format!(
                    "`link = \"log\"` needs an outcome above zero; {}",
                    said(row)
                ),
                "use `link = \"identity\"`, or leave the weeks without sales out of the file",
            )),
            _ => Ok(()),
        }
    }

    /// The outcome on the additive scale.
    ///
    /// # Errors
    /// Those of [`Link::check`].
    pub fn forward(self, outcome: &[f64]) -> Result<Vec<f64>> {
        self.check(outcome, |row| {
            format!("week number {} has {}", row + 1, outcome[row])
        })?;
        Ok(match self {
            Link::Identity => outcome.to_vec(),
            Link::Log => outcome.iter().map(|value| value.ln()).collect(),
        })
    }

    /// One value back on the outcome's scale.
    pub fn inverse(self, value: f64) -> f64 {
        match self {
            Link::Identity => value,
            Link::Log => value.exp(),
        }
    }

    /// The factor that turns `inverse(prediction)` into a forecast of the mean: 1 for the identity
    /// link; for the log link the slope through the origin of the outcome on `exp(prediction)`,
    /// `sum y m / sum m^2` (Wooldridge, *Introductory Econometrics*, 6.4).
    ///
    /// Like Duan's (1983) `mean(exp e)` it needs `E[exp e]` to be alike in all weeks. It weighs
    /// weeks by `m^2`, so that a week predicted near zero, whose ratio `y / m` can be huge, hardly
    /// counts.
    ///
    /// ```
    /// use headwater::mediation::Link;
    /// assert_eq!(Link::Identity.retransformation(&[3.0], &[1.0]), 1.0);
    /// let factor = Link::Log.retransformation(&[2.0, 4.0], &[0.0, 2f64.ln()]);
    /// assert!((factor - 2.0).abs() < 1e-15);
    /// ```
    pub fn retransformation(self, outcome: &[f64], predictions: &[f64]) -> f64 {
        match self {
            Link::Identity => 1.0,
            Link::Log => {
                let (mut product, mut square) = (0.0, 0.0);
                for (y, prediction) in outcome.iter().zip(predictions) {
                    let mean = prediction.exp();
                    product += y * mean;
                    square += mean * mean;
                }
                product / square
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_predicted_near_zero_that_sold_normally_does_not_multiply_every_forecast() {
        let (mut outcome, mut predictions) = (vec![100.0; 30], vec![100f64.ln(); 30]);
        (outcome[7], predictions[7]) = (100.0, 0.0);
        // Duan's factor would be (29 + 100) / 30 = 4.3
        let factor = Link::Log.retransformation(&outcome, &predictions);
        assert!((factor - 1.0).abs() < 0.001, "{factor}");
    }

    #[test]
    fn the_log_link_refuses_a_week_without_sales() {
        let error = Link::Log.forward(&[3.0, 0.0]).unwrap_err();
        assert!(error.to_string().contains("week number 2 has 0"), "{error}");
    }
}
