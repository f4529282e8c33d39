//! Was a world without a channel ever seen?

use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::vector::scaled;
use crate::words;

/// Weeks without spend that make a week without spend more than a guess (methods brief, 7.4).
pub const ZERO_WEEKS: usize = 8;
const ID: &str = "diagnostics.support";

/// The share of weeks that, with the spend of exposure `without` set to 0 and the others as they
/// were, lie further out than any week of the data: leverage z'(Z'Z)⁻¹z above the largest one
/// observed, Z the spend with an intercept. NaN when the spend columns depend on each other or
/// are not fewer than the weeks.
pub fn outside_support(spend: &[&[f64]], without: usize) -> f64 {
    let n = spend.first().map_or(0, |column| column.len());
    if n <= spend.len() + 1 {
        return f64::NAN;
    }
    let mut ordered: Vec<&[f64]> = spend.to_vec();
    // Last, so that the other columns' coordinates do not change with it.
    ordered.swap(without, spend.len() - 1);
    let basis = Basis::new(n, ordered.iter().copied());
    if !basis.dependent().is_empty() {
        return f64::NAN;
    }
    let leverage = basis.leverage();
    let farthest = leverage.iter().copied().fold(0.0, f64::max);
    // q, the last basis vector, is the channel's own part: x = (the others' fit) + length · q. A
    // week at 0 keeps its other coordinates and moves along q by −x_t / length.
    let x = scaled(ordered[spend.len() - 1]);
    let own = basis.columns().last().expect("the intercept is one");
    let length: f64 = own.iter().zip(&x).map(|(q, x)| q * x).sum();
    let beyond = (0..n).filter(|&t| {
        let moved = own[t] - x[t] / length;
        leverage[t] - own[t] * own[t] + moved * moved > farthest * (1.0 + 1e-9)
    });
    beyond.count() as f64 / n as f64
}

/// Whether each exposure was off often enough for the contrast with no spend.
pub(super) fn finding(data: &Dataset) -> Finding {
    let names: Vec<&str> = data.roles().exposures();
    let varying: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| data.column(name).windows(2).any(|pair| pair[0] != pair[1]))
        .collect();
    if varying.is_empty() {
        let said = "no exposure varies, so no world without one was seen";
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let spend: Vec<&[f64]> = varying.iter().map(|name| &data.column(name)[..]).collect();
    let zeros: Vec<usize> = spend
        .iter()
        .map(|values| values.iter().filter(|value| **value == 0.0).count())
        .collect();
    let outside: Vec<f64> = (0..spend.len())
        .map(|j| outside_support(&spend, j))
        .collect();
    let never: Vec<&str> = varying
        .iter()
        .zip(&zeros)
        .filter(|(_, zeros)| **zeros < ZERO_WEEKS)
        .map(|(name, _)| *name)
        .collect();
    let fewest = zeros.iter().copied().min().unwrap_or(0);
    let (status, summary) = if never.is_empty() {
        let said = format!("every exposure has at least {ZERO_WEEKS} weeks without spend");
        (Status::Passed, said)
    } else {
        let said = format!(
            "{} fewer than {ZERO_WEEKS} weeks without spend: what they do against no spend leans \
             on the assumed curve, beyond what the data show; trust the return on a little more or \
             less spend over the total, and switch a channel off for some weeks to learn it",
            words::agreeing(&never, "has", "have")
        );
        (Status::Warning, said)
    };
    let mut finding = Finding::new(ID, status, summary)
        .measured(
            "fewest weeks without spend",
            fewest as f64,
            Bound::AtLeast(ZERO_WEEKS as f64),
        )
        .with("channels", never);
    for (name, (zeros, outside)) in varying.iter().zip(zeros.iter().zip(&outside)) {
        finding = finding.with(
            name,
            serde_json::json!({"zero_weeks": zeros, "share_of_weeks_outside": outside}),
        );
    }
    finding
}
