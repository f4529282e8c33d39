//! Splits of the weeks: train on some, test on others, never on the same.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Weeks to learn from and the weeks to be scored on, as row ranges of one dataset.
///
/// ```
/// use headwater::splits::Fold;
/// let fold = Fold { train: 0..10, test: 4..6, left_out: 3..7 };
/// assert_eq!(fold.rows().collect::<Vec<_>>(), [0, 1, 2, 7, 8, 9]);
/// assert_eq!(fold.weights()[2..5], [1.0, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fold {
    /// From the first row to learn from to the last.
    pub train: Range<usize>,
    /// Rows to be scored on.
    pub test: Range<usize>,
    /// Rows inside `train` that are not learned from: a test block between training weeks and its
    /// embargo. Empty where the test weeks come after training.
    #[serde(default)]
    pub left_out: Range<usize>,
}

impl Fold {
    /// Train on the past, test on what came next.
    pub fn forward(train: Range<usize>, test: Range<usize>) -> Self {
        Fold {
            train,
            test,
            left_out: 0..0,
        }
    }

    /// Whether `row` is learned from.
    pub fn learns(&self, row: usize) -> bool {
        self.train.contains(&row) && !self.left_out.contains(&row)
    }

    /// The rows to learn from, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.train.clone().filter(|&row| self.learns(row))
    }

    /// The number of rows to learn from.
    pub fn train_weeks(&self) -> usize {
        self.rows().count()
    }

    /// For each row of `train`, 1 where it is learned from and 0 where it is left out.
    pub fn weights(&self) -> Vec<f64> {
        let train = self.train.clone();
        train
            .map(|row| if self.learns(row) { 1.0 } else { 0.0 })
            .collect()
    }
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
    refuse_one_fold(splits)?;
    let test_size = test_size.unwrap_or(weeks / splits.saturating_add(1));
    let tested = splits.saturating_mul(test_size);
    if test_size == 0 || weeks <= tested.saturating_add(gap) {
        return Err(Error::TooFewWeeks {
            message: format!(
                "{splits} folds of {test_size} test weeks with a gap of {gap} leave no training \
                 weeks of {weeks}"
            ),
            help: "use at least 2 folds, fewer or shorter ones (`folds`, `test_weeks` and `gap` \
                   under [validation]), or more weeks of data"
                .into(),
        });
    }
    Ok((weeks - tested..weeks)
        .step_by(test_size)
        .map(|start| Fold::forward(0..start - gap, start..start + test_size))
        .collect())
}

/// [`time_series_split`] with training ranges of at most the last `train_weeks` weeks:
/// scikit-learn's `TimeSeriesSplit(n_splits, max_train_size, test_size, gap)`. The training range
/// rolls forward with the test weeks, so that old weeks are forgotten.
///
/// # Errors
/// Those of [`time_series_split`], and when `train_weeks` is 0.
///
/// ```
/// use headwater::splits::rolling_split;
/// let folds = rolling_split(104, 5, Some(8), 0, 52)?;
/// assert_eq!((folds[0].train.clone(), folds[4].train.clone()), (12..64, 44..96));
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn rolling_split(
    weeks: usize,
    splits: usize,
    test_size: Option<usize>,
    gap: usize,
    train_weeks: usize,
) -> Result<Vec<Fold>> {
    if train_weeks == 0 {
        return Err(Error::setting(
            "a rolling window of 0 weeks has nothing to learn from",
            "set `train_weeks` under [validation] to 52 or more",
        ));
    }
    let mut folds = time_series_split(weeks, splits, test_size, gap)?;
    for fold in &mut folds {
        fold.train.start = fold.train.end.saturating_sub(train_weeks);
    }
    Ok(folds)
}

/// Blocked K-fold with an embargo: the weeks are cut into `splits` blocks of consecutive weeks,
/// block `k` from `k weeks / splits` to `(k+1) weeks / splits`; each is tested once by a model that
/// learned from all weeks but the block and `embargo` weeks on either side (hv-block of Racine
/// 2000). The weeks after a block carry its spend over and share its errors, so the embargo should
/// be no shorter than the carry-over.
///
/// # Errors
/// When `splits` is below 2 or exceeds the weeks, or when a block leaves no week to learn from.
///
/// ```
/// use headwater::splits::blocked_split;
/// let folds = blocked_split(100, 5, 4)?;
/// assert_eq!((folds[2].test.clone(), folds[2].left_out.clone()), (40..60, 36..64));
/// assert_eq!(folds[2].train_weeks(), 72);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn blocked_split(weeks: usize, splits: usize, embargo: usize) -> Result<Vec<Fold>> {
    refuse_one_fold(splits)?;
    let too_few = |message| Error::TooFewWeeks {
        message,
        help: "use a smaller `gap`, or other `folds`, under [validation], or more weeks of data"
            .into(),
    };
    if splits > weeks {
        return Err(too_few(format!(
            "{weeks} weeks cannot be cut into {splits} blocks"
        )));
    }
    let edge = |block: usize| block * weeks / splits;
    let fold = |block: usize| {
        let test = edge(block)..edge(block + 1);
        let left_out =
            test.start.saturating_sub(embargo)..test.end.saturating_add(embargo).min(weeks);
        let fold = Fold {
            train: 0..weeks,
            left_out,
            test,
        };
        if fold.rows().next().is_none() {
            return Err(too_few(format!(
                "a block of {} weeks with {embargo} weeks left out on either side leaves none of \
                 {weeks} weeks to learn from",
                fold.test.len()
            )));
        }
        Ok(fold)
    };
    (0..splits).map(fold).collect()
}

fn refuse_one_fold(splits: usize) -> Result<()> {
    if splits >= 2 {
        return Ok(());
    }
    Err(Error::setting(
        format!("{splits} folds cannot be told from chance"),
        "use at least 2 folds",
    ))
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
