//! Do the most recent weeks still look like the weeks the model learned from?

use std::f64::consts::TAU;

use rand::RngExt;

use crate::data::Dataset;
use crate::data::role::Role;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::random::stream;
use crate::numeric::summary::quantile;
use crate::numeric::vector::scaled;
use crate::words;

/// The two-sample test of Kolmogorov and Smirnov.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// max |F₁ − F₂|, in [0, 1].
    pub d: f64,
    /// The exact probability of a D at least as large when both samples come from one continuous
    /// distribution and no value depends on another; ties make it too large, autocorrelation much
    /// too small.
    pub p: f64,
}

/// Compares the distributions of two samples. NaN when one is empty.
///
/// ```
/// use headwater::validation::diagnostics::drift::kolmogorov_smirnov;
/// let test = kolmogorov_smirnov(&[1.0, 2.0], &[3.0, 4.0]);
/// assert_eq!(test.d, 1.0);
/// assert!((test.p - 1.0 / 3.0).abs() < 1e-12); // 2 of the 6 orders of two and two
/// ```
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> KolmogorovSmirnov {
    let values: Vec<f64> = a.iter().chain(b).copied().collect();
    let order = sorted(&values);
    let first: Vec<f64> = (0..values.len())
        .map(|i| f64::from(u8::from(i < a.len())))
        .collect();
    let second: Vec<f64> = first.iter().map(|inside| 1.0 - inside).collect();
    let d = largest_gap(&values, &order, &first, &second);
    KolmogorovSmirnov {
        d,
        p: exact_tail(d, a.len(), b.len()),
    }
}

/// P(D ≥ d) by counting the lattice paths from (0, 0) to (m, n) that stay nearer than d to the
/// diagonal, as shares of all paths.
fn exact_tail(d: f64, m: usize, n: usize) -> f64 {
    if d.is_nan() {
        return f64::NAN;
    }
    let inside = |i: usize, j: usize| {
        let gap = (i as f64 / m as f64 - j as f64 / n as f64).abs();
        f64::from(u8::from(gap < d - 1e-9))
    };
    let mut share = vec![1.0; n + 1];
    for i in 0..=m {
        for j in 0..=n {
            share[j] = inside(i, j)
                * match (i, j) {
                    (0, 0) => 1.0,
                    (0, _) => share[j - 1],
                    (_, 0) => share[0],
                    _ => (i as f64 * share[j] + j as f64 * share[j - 1]) / (i + j) as f64,
                };
        }
    }
    (1.0 - share[n]).clamp(0.0, 1.0)
}

/// The population stability index Σ_b (p_b − q_b) ln(p_b / q_b) of `recent` against `reference`.
///
/// At most five bins, because with k bins and no drift its expected value is about
/// (k − 1)(1/n₁ + 1/n₂): ten bins would call noise a shift. Zeros have a bin of their own, the
/// others are cut at quantiles of the reference; shares are floored at 1e-4. NaN when a sample is
/// empty.
pub fn population_stability(reference: &[f64], recent: &[f64]) -> f64 {
    if reference.is_empty() || recent.is_empty() {
        return f64::NAN;
    }
    let spent: Vec<f64> = reference.iter().copied().filter(|v| *v != 0.0).collect();
    let zeros = spent.len() < reference.len();
    let cuts = if zeros { 4 } else { 5 };
    let mut edges: Vec<f64> = (1..cuts)
        .map(|i| quantile(&spent, f64::from(i) / f64::from(cuts)))
        .filter(|edge| edge.is_finite())
        .collect();
    edges.dedup();
    let bin = |value: f64| {
        if zeros && value == 0.0 {
            0
        } else {
            1 + edges.partition_point(|edge| *edge < value)
        }
    };
    let shares = |sample: &[f64]| {
        let mut shares = vec![0.0; edges.len() + 2];
        for value in sample {
            shares[bin(*value)] += 1.0 / sample.len() as f64;
        }
        shares
    };
    let of_bin = |(p, q): (f64, f64)| {
        let (p, q) = (p.max(1e-4), q.max(1e-4));
        (p - q) * (p / q).ln()
    };
    shares(recent)
        .into_iter()
        .zip(shares(reference))
        .map(of_bin)
        .sum()
}

fn sorted(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

/// max |F₁ − F₂| of two weightings of the same values.
fn largest_gap(values: &[f64], order: &[usize], first: &[f64], second: &[f64]) -> f64 {
    let totals = (first.iter().sum::<f64>(), second.iter().sum::<f64>());
    if totals.0 == 0.0 || totals.1 == 0.0 {
        return f64::NAN;
    }
    let (mut gap, mut largest) = (0.0, 0.0_f64);
    for (place, &at) in order.iter().enumerate() {
        gap += first[at] / totals.0 - second[at] / totals.1;
        let last_of_ties = order
            .get(place + 1)
            .is_none_or(|&next| values[next] != values[at]);
        if last_of_ties {
            largest = largest.max(f64::abs(gap));
        }
    }
    largest
}

const ID: &str = "diagnostics.drift";
/// Resamples of the weeks under the null hypothesis.
const RESAMPLES: usize = 399;
/// Spend comes in flights of up to a quarter: shorter blocks would call every flight a drift.
const BLOCK: usize = 13;

/// Whether the inputs of the last quarter of the weeks (8 to 26 of them) differ from before by
/// more than blocks of weeks put in another order do.
pub(super) fn finding(data: &Dataset, seed: u64) -> Finding {
    let n = data.len();
    if n < 4 * 8 {
        let said = format!("{n} weeks are too few to compare the last 8 with the weeks before");
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let recent = (n / 4).min(26);
    let roles = data.roles();
    let inputs: Vec<(&str, Vec<f64>)> =
        [Role::Exposure, Role::Mediator, Role::Lever, Role::Control]
            .into_iter()
            .flat_map(|role| roles.with_role(role))
            .map(|name| (name, &data.column(name)[..]))
            .filter(|(_, values)| !is_counter(values))
            .map(|(name, values)| (name, without_season(values)))
            .collect();
    if inputs.is_empty() {
        return Finding::new(ID, Status::NotAssessed, "no input goes up and down");
    }
    let orders: Vec<Vec<usize>> = inputs.iter().map(|(_, values)| sorted(values)).collect();
    let gaps = |earlier: &[f64], late: &[f64]| -> Vec<f64> {
        let pairs = inputs.iter().zip(&orders);
        pairs
            .map(|((_, values), order)| largest_gap(values, order, earlier, late))
            .collect()
    };
    let is_late: Vec<f64> = (0..n)
        .map(|t| f64::from(u8::from(t >= n - recent)))
        .collect();
    let is_early: Vec<f64> = is_late.iter().map(|late| 1.0 - late).collect();
    let observed = gaps(&is_early, &is_late);

    // The same blocks for all inputs; the largest gap of all keeps the chance of any false alarm.
    let mut random = stream(seed, 0);
    let largest: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut early, mut late) = (vec![0.0; n], vec![0.0; n]);
            let mut place = 0;
            while place < n {
                let start = random.random_range(0..n);
                for week in (start..start + BLOCK).take(n - place) {
                    let part = if place < n - recent {
                        &mut early
                    } else {
                        &mut late
                    };
                    part[week % n] += 1.0;
                    place += 1;
                }
            }
            gaps(&early, &late).into_iter().fold(0.0, f64::max)
        })
        .collect();
    let p_of = |gap: f64| {
        let beyond = largest
            .iter()
            .filter(|other| **other >= gap - 1e-12)
            .count();
        (beyond + 1) as f64 / (RESAMPLES + 1) as f64
    };
    let p: Vec<f64> = observed.iter().map(|gap| p_of(*gap)).collect();
    let drifted: Vec<&str> = inputs
        .iter()
        .zip(&p)
        .filter(|(_, p)| **p < 0.05)
        .map(|((name, _), _)| *name)
        .collect();
    let worst = (0..inputs.len())
        .max_by(|&a, &b| observed[a].total_cmp(&observed[b]))
        .expect("there is an input");
    let values = data.column(inputs[worst].0);
    let psi = population_stability(&values[..n - recent], &values[n - recent..]);
    let since = data.weeks()[n - recent];
    let (status, summary) = if drifted.is_empty() {
        let said = format!(
            "the inputs of the {recent} weeks since {since} look like those before, season apart"
        );
        (Status::Passed, said)
    } else {
        let said = format!(
            "in the {recent} weeks since {since}, {} from the weeks before by more than chance \
             (Kolmogorov-Smirnov distance {:.2} for {}): what was learned earlier may not hold now; \
             fit again on recent weeks and compare",
            words::agreeing(&drifted, "differs", "differ"),
            observed[worst],
            inputs[worst].0
        );
        (Status::Warning, said)
    };
    Finding::new(ID, status, summary)
        .measured("p value", p[worst], Bound::AtLeast(0.05))
        .with("drifted", drifted)
        .with("largest", inputs[worst].0)
        .with("distance", observed[worst])
        .with("population_stability", psi)
        .with("recent_weeks", recent)
}

/// A column that never falls counts something up, such as followers: it differs from before by
/// what it is. A constant cannot drift.
fn is_counter(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[1] >= pair[0])
}

/// The values without the annual wave, where the weeks cover enough of a year and a half to tell
/// it from drift: the last quarter of the weeks is another season than the rest.
pub(super) fn without_season(values: &[f64]) -> Vec<f64> {
    let values = scaled(values);
    if values.len() < 78 {
        return values;
    }
    let wave = |of: fn(f64) -> f64| -> Vec<f64> {
        let weeks = 0..values.len();
        weeks.map(|t| of(TAU * t as f64 * 7.0 / 365.25)).collect()
    };
    let (sine, cosine) = (wave(f64::sin), wave(f64::cos));
    Basis::new(values.len(), [&sine[..], &cosine]).residual(&values)
}
