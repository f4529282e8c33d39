//! The scale on which stage 2 is additive, and the one way back from it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the outcome enters stage 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

    /// The outcome on the additive scale.
    ///
    /// # Errors
    /// [`Link::Log`] refuses a value of zero or below, naming its row.
    pub fn forward(self, outcome: &[f64]) -> Result<Vec<f64>> {
        match self {
            Link::Identity => Ok(outcome.to_vec()),
            Link::Log => outcome
                .iter()
                .enumerate()
                .map(|(week, &value)| {
                    if value > 0.0 {
                        Ok(value.ln())
                    } else {
                        Err(Error::setting(
                            format!(
                                "`link = \"log\"` needs an outcome above zero; week number {} has {value}",
                                week + 1
                            ),
                            "use `link = \"identity\"`, or leave the weeks without sales out of the file",
                        ))
                    }
                })
                .collect(),
        }
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
    /// Duan's (1983) smearing factor `mean(exp e)` needs errors of equal spread on the log scale.
    /// Weekly revenue is not like that: a week with almost no sales has log errors of 3 or more,
    /// and one such week in thirty would multiply every forecast.
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
