//! Carry-over, saturation and folds on their own.

use headwater::error::Error;
use headwater::features::Kernel;
use headwater::features::adstock::recursive;
use headwater::features::saturation::Saturation;
use headwater::splits;
use pyo3::prelude::*;

use crate::data::parse;
use crate::errors::PyAnswer;

/// Carries spend over to later weeks.
#[pyfunction]
#[pyo3(signature = (values, kernel, *, normalised))]
pub fn adstock(values: Vec<f64>, kernel: &str, normalised: bool) -> PyAnswer<Vec<f64>> {
    let kernel: Kernel = parse("adstock", kernel)?;
    kernel.validate()?;
    if normalised {
        return Ok(kernel.apply(&values));
    }
    match kernel {
        Kernel::Geometric { decay } => Ok(recursive(&values, decay)),
        _ => Err(Error::setting(
            "only geometric carry-over has a form that is not normalised",
            "use normalised=True",
        )
        .into()),
    }
}

/// Bends spend; `scale` is what counts as 1, else the mean of the weeks that are not 0.
#[pyfunction]
#[pyo3(signature = (values, shape, *, scale))]
pub fn saturation(mut values: Vec<f64>, shape: &str, scale: Option<f64>) -> PyAnswer<Vec<f64>> {
    let shape: Saturation = parse("saturation", shape)?;
    shape.validate()?;
    let response = match scale {
        Some(scale) => shape.learn(&[scale]),
        None => shape.learn(&values),
    };
    response.apply(&mut values);
    Ok(values)
}

/// Rows from and up to.
type Rows = (usize, usize);

/// The rows of each fold: (train, test).
#[pyfunction]
pub fn time_series_split(
    weeks: usize,
    folds: usize,
    test_weeks: Option<usize>,
    gap: usize,
) -> PyAnswer<Vec<(Rows, Rows)>> {
    let folds = splits::time_series_split(weeks, folds, test_weeks, gap)?;
    let rows = folds.into_iter().map(|fold| {
        let (train, test) = (fold.train, fold.test);
        ((train.start, train.end), (test.start, test.end))
    });
    Ok(rows.collect())
}
