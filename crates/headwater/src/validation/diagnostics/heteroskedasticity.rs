//! Are the errors of some weeks larger than those of others?

use serde_json::json;

use super::regression::{Examined, by_p_value, regressions};
use crate::finding::{Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::summary::mean;
use crate::numeric::vector::{dot, scaled};
use crate::validation::ChiSquaredTest;

/// Breusch and Pagan's test in Koenker's form: n R² of e² on the columns, χ²(rank − 1).
///
/// `residual` are least-squares residuals, `columns` the design without its intercept. Valid
/// without normal errors; assumes errors that are not correlated over the weeks (Koenker 1981).
///
/// ```
/// use headwater::validation::diagnostics::heteroskedasticity::breusch_pagan;
/// let x: Vec<f64> = (0..40).map(f64::from).collect();
/// let even: Vec<f64> = (0..40).map(|t| [1.0, -1.0][t % 2]).collect();
/// let growing: Vec<f64> = x.iter().zip(&even).map(|(x, e)| x * e).collect();
/// assert!(breusch_pagan(&growing, &[&x]).p < 1e-6);
/// ```
pub fn breusch_pagan(residual: &[f64], columns: &[&[f64]]) -> ChiSquaredTest {
    let basis = Basis::new(residual.len(), columns.iter().copied());
    explained_squares(residual, &basis)
}

/// Breusch and Pagan's original statistic (1979): half the explained sum of squares of
/// e² / (RSS / n) on the columns, χ²(rank − 1) if the errors are normal.
pub fn breusch_pagan_original(residual: &[f64], columns: &[&[f64]]) -> ChiSquaredTest {
    let basis = Basis::new(residual.len(), columns.iter().copied());
    let squares: Vec<f64> = scaled(residual).iter().map(|e| e * e).collect();
    let level = mean(&squares);
    let relative: Vec<f64> = squares.iter().map(|square| square / level).collect();
    let (total, left) = sums_of_squares(&relative, &basis);
    ChiSquaredTest::or_nan((total - left) / 2.0, basis.rank().saturating_sub(1))
}

/// White's test (1980): n R² of e² on the columns, their squares and cross products, χ²(rank − 1).
///
/// Terms that repeat others are dropped. `None` when more than a third of the weeks would be
/// spent on terms: the test then says nothing.
pub fn white(residual: &[f64], columns: &[&[f64]]) -> Option<ChiSquaredTest> {
    let (n, k) = (residual.len(), columns.len());
    // At least k of the terms are the columns; 3,000 products of columns are never needed.
    if k > n / 3 {
        return None;
    }
    // In units of their own size: products of dollars and shares lose no digits to each other.
    let units: Vec<Vec<f64>> = columns.iter().map(|column| scaled(column)).collect();
    let mut terms = units.clone();
    let most = n / 3;
    for (i, a) in units.iter().enumerate() {
        for b in &units[i..] {
            terms.push(a.iter().zip(b).map(|(a, b)| a * b).collect());
        }
    }
    let basis = Basis::new(n, terms.iter().map(Vec::as_slice));
    (basis.rank() - 1 <= most).then(|| explained_squares(residual, &basis))
}

/// n R² of e² on a basis.
fn explained_squares(residual: &[f64], basis: &Basis) -> ChiSquaredTest {
    let squares: Vec<f64> = scaled(residual).iter().map(|e| e * e).collect();
    let (total, left) = sums_of_squares(&squares, basis);
    let r_squared = 1.0 - left / total;
    ChiSquaredTest::or_nan(
        residual.len() as f64 * r_squared,
        basis.rank().saturating_sub(1),
    )
}

/// About the mean, and about the fit.
fn sums_of_squares(values: &[f64], basis: &Basis) -> (f64, f64) {
    let center = mean(values);
    let total = values.iter().map(|value| (value - center).powi(2)).sum();
    let left = basis.residual(values);
    (total, dot(&left, &left))
}

const ID: &str = "diagnostics.heteroskedasticity";

/// Breusch and Pagan's test decides, White's stands beside it.
pub(super) fn finding(stages: &[Examined; 2]) -> Finding {
    let regressions = match regressions(stages) {
        Ok(regressions) => regressions,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why),
    };
    if let Some(regression) = regressions
        .iter()
        .find(|regression| regression.columns.is_empty())
    {
        let said = format!(
            "the stage of {} has no column that errors could vary with",
            regression.name
        );
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = regressions.map(|regression| {
        let columns = regression.values();
        let test = breusch_pagan(&regression.residual, &columns);
        let white = white(&regression.residual, &columns);
        let evidence = json!({
            "breusch_pagan": test.statistic,
            "breusch_pagan_p": test.p,
            "white": white.map(|test| test.statistic),
            "white_p": white.map(|test| test.p),
        });
        (regression.name, test.p, evidence)
    });
    by_p_value(
        ID,
        tests,
        "no sign that some weeks' errors are larger than others' (Breusch-Pagan)",
        |name, p| {
            format!(
                "the errors of {name} are larger in some weeks than in others (Breusch-Pagan \
                 {p}): read the bootstrap intervals, which allow for it, and try `link = \"log\"` if \
                 it is the big weeks that miss by more"
            )
        },
    )
}
