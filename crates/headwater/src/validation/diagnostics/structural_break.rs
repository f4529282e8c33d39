//! Did the market or a channel start to work differently at some date?

use super::noise::Autoregressive;
use super::regression::{Examined, Regression};
use crate::data::Dataset;
use crate::design::Purpose;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::random::stream;
use crate::numeric::summary::mean;
use crate::numeric::vector::{dot, scaled};
use crate::words;

/// The most likely break of a regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Break {
    /// What broke: the position of the column, `None` for the level.
    pub column: Option<usize>,
    /// The first row after the break.
    pub row: usize,
    /// The largest F(1, n − k − 1) of that column over the candidate dates.
    pub sup_f: f64,
    /// The chance of a break as clear as this, in any of the columns and at any of the dates,
    /// when nothing breaks and the errors are normal and autoregressive.
    pub p: f64,
}

/// Candidate dates: at most so many, evenly over the middle 70% of the weeks (Andrews 1993 leaves
/// out 15% at either end).
const DATES: usize = 40;
const DRAWS: usize = 399;

/// Andrews' sup-F test of a break in the level or in the slope of one of the `tested` columns (by
/// position), all else constant.
///
/// At every candidate date k the column cut at k, x_t 1(t < k), is added to the regression. Its
/// tabulated distribution needs errors that are not correlated over the weeks; here the whole
/// search is repeated on simulated errors with the residual's own autocorrelation, projected on
/// the same columns. The clearest break over the columns, each in units of its own simulated
/// distribution, is compared with the clearest of each simulation (Westfall and Young 1993).
/// `None` with under 40 rows, residuals of 0, or fewer than 8 rows beyond the columns.
pub fn sup_f(target: &[f64], columns: &[&[f64]], tested: &[usize], seed: u64) -> Option<Break> {
    let basis = Basis::new(target.len(), columns.iter().copied());
    let residual = basis.residual(&scaled(target));
    search(&residual, columns, &basis, tested, seed)
}

fn search(
    residual: &[f64],
    columns: &[&[f64]],
    basis: &Basis,
    tested: &[usize],
    seed: u64,
) -> Option<Break> {
    let n = residual.len();
    if n < 40 || n < basis.rank() + 8 {
        return None;
    }
    let noise = Autoregressive::of_residual(residual, basis)?;
    let (first, last) = (
        (0.15 * n as f64).ceil() as usize,
        (0.85 * n as f64).floor() as usize,
    );
    let every = (last - first).div_ceil(DATES);
    let ones = vec![1.0; n];
    let searched = std::iter::once(None).chain(tested.iter().copied().map(Some));
    let candidates: Vec<Candidate> = searched
        .map(|column| Candidate {
            column,
            cuts: (first..=last)
                .step_by(every)
                .filter_map(|row| {
                    let values = column.map_or(&ones[..], |at| columns[at]);
                    Some((row, cut(values, row, basis)?))
                })
                .collect(),
        })
        .filter(|candidate| !candidate.cuts.is_empty())
        .collect();
    let shares = |residual: &[f64]| -> Vec<(usize, f64)> {
        let all = dot(residual, residual);
        candidates
            .iter()
            .map(|candidate| candidate.largest(residual, all))
            .collect()
    };
    let observed = shares(residual);
    let mut random = stream(seed, 2);
    let null: Vec<Vec<f64>> = (0..DRAWS)
        .map(|_| {
            let errors = basis.residual(&noise.draw(n, &mut random));
            shares(&errors)
                .into_iter()
                .map(|(_, share)| share)
                .collect()
        })
        .collect();
    // In units of each column's own null distribution: a cut of the level finds more in lasting
    // errors than a cut of a channel that is off half of the time.
    let units: Vec<(f64, f64)> = (0..candidates.len())
        .map(|c| {
            let drawn: Vec<f64> = null.iter().map(|draw| draw[c]).collect();
            let center = mean(&drawn);
            let squares = drawn.iter().map(|share| (share - center).powi(2));
            (center, (squares.sum::<f64>() / DRAWS as f64).sqrt())
        })
        .collect();
    let standardised = |c: usize, share: f64| (share - units[c].0) / units[c].1;
    let best = (0..candidates.len()).max_by(|&a, &b| {
        standardised(a, observed[a].1).total_cmp(&standardised(b, observed[b].1))
    })?;
    let clearest = standardised(best, observed[best].1);
    let as_clear = null
        .iter()
        .filter(|draw| (0..draw.len()).any(|c| standardised(c, draw[c]) >= clearest))
        .count();
    let (row, share) = observed[best];
    Some(Break {
        column: candidates[best].column,
        row,
        sup_f: share / (1.0 - share) * (n - basis.rank() - 1) as f64,
        p: (as_clear + 1) as f64 / (DRAWS + 1) as f64,
    })
}

/// A column with what each cut of it adds to the regression, of unit length.
struct Candidate {
    column: Option<usize>,
    cuts: Vec<(usize, Vec<f64>)>,
}

impl Candidate {
    /// The row with the largest share of the residual sum of squares `all` that a cut explains.
    fn largest(&self, residual: &[f64], all: f64) -> (usize, f64) {
        let shares = self
            .cuts
            .iter()
            .map(|(row, own)| (*row, dot(own, residual).powi(2) / all));
        shares.fold(
            (0, 0.0),
            |best, next| if next.1 > best.1 { next } else { best },
        )
    }
}

/// What the column cut at `row` adds, of unit length; none when it adds less than a hundredth of
/// its own sum of squares, as before a channel's first or after its last week of spend.
fn cut(values: &[f64], row: usize, basis: &Basis) -> Option<Vec<f64>> {
    let values = scaled(values);
    let alone = dot(&values, &values);
    let before: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(t, value)| if t < row { *value } else { 0.0 })
        .collect();
    let own = basis.residual(&before);
    let left = dot(&own, &own);
    (left > 1e-2 * alone.min(dot(&before, &before)))
        .then(|| own.iter().map(|value| value / left.sqrt()).collect())
}

const ID: &str = "diagnostics.structural_break";

/// Whether the level or a causal slope of either stage breaks.
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2], seed: u64) -> Finding {
    let mut found = Vec::new();
    for stage in stages {
        let regression = match &stage.regression {
            Ok(regression) => regression,
            Err(why) => return Finding::new(ID, Status::NotAssessed, why.clone()),
        };
        let Some(broken) = of_twin(regression, seed) else {
            let said = "fewer than 40 weeks, or too few beyond the columns, cannot date a break";
            return Finding::new(ID, Status::NotAssessed, said);
        };
        found.push((regression, broken));
    }
    let (regression, worst) = found
        .iter()
        .min_by(|a, b| a.1.p.total_cmp(&b.1.p))
        .expect("there are two stages");
    // Two stages were searched.
    let p = (2.0 * worst.p).min(1.0);
    let date = data.weeks()[worst.row];
    let what = worst
        .column
        .map_or("the level", |at| &regression.columns[at].name);
    let (status, summary) = if p < 0.05 {
        let subject = match worst.column {
            None => format!("the level of {}", regression.name),
            Some(_) => format!("the slope of {what} in the stage of {}", regression.name),
        };
        let said = format!(
            "{subject} changed around {date} (sup-F {:.1}, {}): one number for all weeks \
             averages two regimes; ask what changed then, and fit the weeks since on their own or \
             add a control that marks them",
            worst.sup_f,
            words::p_value(p)
        );
        (Status::Warning, said)
    } else {
        let said =
            "no date was found from which the level or a causal slope of a stage is different";
        (Status::Passed, said.to_string())
    };
    Finding::new(ID, status, summary)
        .measured("p value", p, Bound::AtLeast(0.05))
        .with("stage", regression.name)
        .with("column", what)
        .with("week", date.to_string())
        .with("sup_f", worst.sup_f)
}

fn of_twin(regression: &Regression, seed: u64) -> Option<Break> {
    let causal = regression
        .columns
        .iter()
        .filter(|column| column.purpose == Purpose::Causal)
        .count();
    let tested: Vec<usize> = (0..causal).collect();
    search(
        &regression.residual,
        &regression.values(),
        &regression.basis,
        &tested,
        seed,
    )
}
