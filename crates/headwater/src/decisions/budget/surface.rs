//! What fitted models say of a plan, as functions of the dollars of each channel.

use super::problem::Surface;
use crate::features::saturation::Response;
use crate::numeric::vector::dot;

/// A function of the dollars of one channel that is 0 at 0. Effects of all models are weighted sums
/// of few of these.
pub(super) enum Curve {
    /// `sum over weeks of phi(carried_t + x unit_t) - phi(carried_t)`: what a carry-over and a
    /// saturation make of `x` dollars beside those spent before.
    Signal {
        /// Carried-over spend of the weeks that count without any on the horizon.
        carried: Vec<f64>,
        /// Carried-over spend of one dollar on the horizon.
        unit: Vec<f64>,
        response: Response,
    },
    /// `x` from `from` on and up to `to`: a piece of a line with bends.
    Segment { from: f64, to: f64 },
}

impl Curve {
    fn value(&self, x: f64) -> f64 {
        match self {
            Curve::Signal {
                carried,
                unit,
                response,
            } => {
                let weeks = carried.iter().zip(unit);
                weeks
                    .map(|(c, u)| response.of(c + x * u) - response.of(*c))
                    .sum()
            }
            Curve::Segment { from, to } => x.clamp(*from, *to) - from,
        }
    }

    fn slope(&self, x: f64) -> f64 {
        match self {
            // a week that the spend does not reach has no slope, infinite though the curve's may be
            Curve::Signal {
                carried,
                unit,
                response,
            } => {
                let weeks = carried.iter().zip(unit).filter(|(_, u)| **u != 0.0);
                weeks.map(|(c, u)| response.slope(c + x * u) * u).sum()
            }
            Curve::Segment { from, to } => f64::from(u8::from(x >= *from && x < *to)),
        }
    }
}

/// The curves of all channels, numbered through.
pub(super) struct Curves {
    channels: Vec<Vec<Curve>>,
}

impl Curves {
    pub fn new(channels: Vec<Vec<Curve>>) -> Self {
        Curves { channels }
    }

    fn each<T>(&self, x: &[f64], of: impl Fn(&Curve, f64) -> T) -> Vec<T> {
        let channels = self.channels.iter().zip(x);
        channels
            .flat_map(|(curves, x)| curves.iter().map(|curve| (curve, *x)))
            .map(|(curve, x)| of(curve, x))
            .collect()
    }

    /// All curves at a plan.
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        self.each(x, Curve::value)
    }

    fn slopes(&self, x: &[f64]) -> Vec<f64> {
        self.each(x, Curve::slope)
    }

    /// `weights` with those of each channel multiplied by its factor.
    pub fn scaled(&self, weights: &[f64], factors: &[f64]) -> Vec<f64> {
        let channels = self.channels.iter().zip(factors);
        let factors = channels.flat_map(|(curves, factor)| curves.iter().map(move |_| factor));
        weights.iter().zip(factors).map(|(w, f)| w * f).collect()
    }

    /// Numbers for each curve summed by channel.
    fn by_channel(&self, each: &[f64]) -> Vec<f64> {
        let mut rest = each;
        let channels = self.channels.iter().map(|curves| {
            let (own, later) = rest.split_at(curves.len());
            rest = later;
            own.iter().sum()
        });
        channels.collect()
    }
}

/// What one model says, a weight for each curve.
#[derive(Clone)]
pub(super) struct Weights {
    /// Of the outcome.
    pub outcome: Vec<f64>,
    /// Of the mediator.
    pub mediator: Vec<f64>,
}

impl Weights {
    /// The mean over models, of which there is at least one.
    pub fn mean<'a>(models: impl IntoIterator<Item = &'a Weights>) -> Weights {
        let mut models = models.into_iter();
        let mut sum = models.next().expect("a mean is over something").clone();
        let mut count = 1.0;
        for model in models {
            count += 1.0;
            let outcome = sum.outcome.iter_mut().zip(&model.outcome);
            let mediator = sum.mediator.iter_mut().zip(&model.mediator);
            outcome.chain(mediator).for_each(|(sum, w)| *sum += w);
        }
        let all = sum.outcome.iter_mut().chain(&mut sum.mediator);
        all.for_each(|w| *w /= count);
        sum
    }
}

/// `sum over curves of weight * curve(x) + per_dollar * sum(x)`.
pub(super) struct Weighted<'a> {
    pub curves: &'a Curves,
    pub weights: Vec<f64>,
    pub per_dollar: f64,
}

impl Surface for Weighted<'_> {
    fn value(&self, x: &[f64]) -> f64 {
        dot(&self.curves.values(x), &self.weights) + self.per_dollar * x.iter().sum::<f64>()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let slopes = self.curves.slopes(x);
        // 0 times an infinite slope is no slope
        let each = slopes.iter().zip(&self.weights);
        let each: Vec<f64> = each
            .map(|(s, w)| if *w == 0.0 { 0.0 } else { s * w })
            .collect();
        let channels = self.curves.by_channel(&each).into_iter();
        channels.map(|slope| slope + self.per_dollar).collect()
    }
}

/// The mean over the worst `share` of the models: `max over eta of eta - mean((eta - V_b)+) / share`
/// (Rockafellar and Uryasev 2000), whose subgradient is the mean of their gradients.
pub(super) struct WorstShare<'a> {
    pub curves: &'a Curves,
    /// Of each model.
    pub weights: Vec<Vec<f64>>,
    pub per_dollar: f64,
    pub share: f64,
}

impl WorstShare<'_> {
    /// The worst models with their parts of the share, and the worth of each.
    fn worst(&self, x: &[f64]) -> Vec<(usize, f64, f64)> {
        let values = self.curves.values(x);
        let worths = self.weights.iter().map(|weights| dot(&values, weights));
        let mut order: Vec<(usize, f64)> = worths.enumerate().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let all = self.share * order.len() as f64;
        let worst = order.into_iter().enumerate();
        worst
            .map(|(rank, (model, worth))| (model, (all - rank as f64).clamp(0.0, 1.0) / all, worth))
            .take_while(|(_, part, _)| *part > 0.0)
            .collect()
    }
}

impl Surface for WorstShare<'_> {
    fn value(&self, x: &[f64]) -> f64 {
        let worst = self.worst(x).into_iter();
        worst.map(|(_, part, worth)| part * worth).sum::<f64>()
            + self.per_dollar * x.iter().sum::<f64>()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        let worst = self.worst(x);
        let count = self.weights[0].len();
        let weights = (0..count).map(|k| {
            let parts = worst.iter();
            parts
                .map(|(model, part, _)| part * self.weights[*model][k])
                .sum()
        });
        let mean = Weighted {
            curves: self.curves,
            weights: weights.collect(),
            per_dollar: self.per_dollar,
        };
        mean.gradient(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{Kernel, Saturation};

    fn saturations() -> [Saturation; 7] {
        let hill = |slope| Saturation::Hill {
            half_saturation: 0.8,
            slope,
        };
        [
            Saturation::None,
            Saturation::Log1p,
            hill(0.7),
            hill(1.8),
            Saturation::Logistic { rate: 1.3 },
            Saturation::Tanh { scale: 1.1 },
            Saturation::MichaelisMenten {
                half_saturation: 0.6,
            },
        ]
    }

    fn curves(saturation: Saturation) -> Curves {
        let channel = |decay: f64, scale: f64| {
            let history: Vec<f64> = (0..20).map(|t| scale * (1.0 + (t % 5) as f64)).collect();
            let kernel = Kernel::from(decay);
            let mut spend = history.clone();
            spend.extend([0.0; 10]);
            let mut pattern = vec![0.0; 30];
            (20..26).for_each(|t| pattern[t] = 1.0 / 6.0);
            vec![Curve::Signal {
                carried: kernel.apply(&spend)[20..].to_vec(),
                unit: kernel.apply(&pattern)[20..].to_vec(),
                response: saturation.learn(&history),
            }]
        };
        Curves::new(vec![channel(0.3, 100.0), channel(0.7, 40.0)])
    }

    /// Central differences of step h err by h^2 f''' / 6 and rounding eps f / h: at h = 1e-4 of x
    /// both are below 1e-7 of the slope.
    fn assert_gradient(surface: &dyn Surface, x: &[f64]) {
        let gradient = surface.gradient(x);
        for j in 0..x.len() {
            let h = 1e-4 * x[j];
            let at = |sign: f64| {
                let mut moved = x.to_vec();
                moved[j] += sign * h;
                surface.value(&moved)
            };
            let difference = (at(1.0) - at(-1.0)) / (2.0 * h);
            let error = (gradient[j] - difference).abs();
            assert!(
                error <= 1e-6 * difference.abs(),
                "{} {difference}",
                gradient[j]
            );
        }
    }

    #[test]
    fn gradients_through_carry_over_and_saturation_agree_with_central_differences() {
        for saturation in saturations() {
            let curves = curves(saturation);
            for per_dollar in [0.0, -1.0] {
                let surface = Weighted {
                    curves: &curves,
                    weights: vec![400.0, 900.0],
                    per_dollar,
                };
                assert_gradient(&surface, &[900.0, 300.0]);
                assert_gradient(&surface, &[50.0, 2000.0]);
            }
        }
    }

    #[test]
    fn the_worst_share_is_the_mean_of_the_worst_models_and_has_its_gradient() {
        let curves = curves(Saturation::Log1p);
        let weights: Vec<Vec<f64>> = (0..10)
            .map(|b| {
                vec![
                    100.0 + 37.0 * f64::from(b * 7 % 10),
                    300.0 - 20.0 * f64::from(b),
                ]
            })
            .collect();
        let x = [800.0, 250.0];
        let values = curves.values(&x);
        let mut worths: Vec<f64> = weights.iter().map(|w| dot(w, &values)).collect();
        worths.sort_by(f64::total_cmp);
        let worst = |share| WorstShare {
            curves: &curves,
            weights: weights.clone(),
            per_dollar: 0.0,
            share,
        };
        // a quarter of ten: two whole models and half of the third
        let expected = (worths[0] + worths[1] + 0.5 * worths[2]) / 2.5;
        assert!((worst(0.25).value(&x) - expected).abs() < 1e-12 * expected.abs());
        // the dual form: the best eta of Rockafellar and Uryasev is one of the worths
        let dual = |eta: f64| {
            let below: f64 = worths.iter().map(|v| (eta - v).max(0.0)).sum();
            eta - below / (0.25 * 10.0)
        };
        let best = worths.iter().map(|eta| dual(*eta)).fold(f64::MIN, f64::max);
        assert!((best - expected).abs() < 1e-12 * expected.abs());
        assert_gradient(&worst(0.25), &x);
        let mean = worths.iter().sum::<f64>() / 10.0;
        assert!((worst(1.0).value(&x) - mean).abs() < 1e-12 * mean);
    }
}
