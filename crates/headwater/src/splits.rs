//! Forward splits of the weeks: train on the past, test on what came next.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Weeks to learn from and the later weeks to be scored on, as row ranges of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Range<usize>,
    /// Rows to be scored on, all after `train`.
    pub test: Range<usize>,
}

/// The folds of scikit-learn's `TimeSeriesSplit(n_splits, test_size, gap)` over `weeks` rows.
///
/// `test_size` defaults to `weeks / (splits + 1)`; leftover weeks go to the first training
/// range. Errors when `splits` is below 2 or the first training range would be empty.
///
/// ```
/// use headwater::splits::time_series_split;
/// let folds = time_series_split(104, 5, None, 0)?;
/// assert_eq!(folds[0].train, 0..19);
/// assert_eq!(folds[4].test, 87..104);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn time_series_split(
    weeks: usize,
    splits: usize,
    test_size: Option<usize>,
    gap: usize,
) -> Result<Vec<Fold>> {
    let test_size = test_size.unwrap_or(weeks / (splits + 1));
    if splits < 2 {
        return Err(Error::setting(
            format!("{splits} folds cannot be told from chance"),
            "use at least 2 folds",
        ));
    }
    let tested = splits.saturating_mul(test_size);
    if test_size == 0 || weeks <= tested.saturating_add(gap) {
        return Err(Error::TooFewWeeks {
            message: format!(
                "{splits} folds of {test_size} test weeks with a gap of {gap} leave no training \
                 weeks of {weeks}"
            ),
            help: "use at least 2 folds, fewer or shorter ones, or more weeks of data".into(),
        });
    }
    Ok((weeks - tested..weeks)
        .step_by(test_size)
        .map(|start| Fold {
            train: 0..start - gap,
            test: start..start + test_size,
        })
        .collect())
}

/// The folds that tune a fit inside its own training weeks: 5 folds of `weeks / 13` weeks (8
/// at 104), at least 1, so that the first training range keeps 8/13 of the weeks. The
/// scikit-learn default would tune on a first range of 19 weeks at 104 and over-penalise
/// (methods brief, 3.1).
///
/// # Errors
/// With fewer than 6 weeks.
pub fn tuning_folds(weeks: usize) -> Result<Vec<Fold>> {
    time_series_split(weeks, 5, Some((weeks / 13).max(1)), 0)
}
