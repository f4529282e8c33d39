//! Forecast scores and folds against scikit-learn.
#![allow(clippy::unwrap_used)]

use headwater::finding::Status;
use headwater::splits::time_series_split;
use headwater::validation::cross_validation::{Naive, OutOfSample};
use headwater::validation::metrics::{Metrics, Scored, Yardstick};
use headwater::validation::skill;

use crate::common::assert_close;

#[test]
fn folds_are_those_of_scikit_learn() {
    // scikit-learn 1.9.1, TimeSeriesSplit (methods brief, 3.1)
    let trains = |weeks, splits, test, gap| -> Vec<usize> {
        let folds = time_series_split(weeks, splits, test, gap).unwrap();
        let last = folds.last().unwrap().test.clone();
        assert_eq!(last.end, weeks);
        assert!(
            folds
                .iter()
                .all(|fold| fold.train.start == 0 && fold.train.end + gap == fold.test.start)
        );
        assert!(
            folds
                .windows(2)
                .all(|pair| pair[0].test.end == pair[1].test.start)
        );
        folds.iter().map(|fold| fold.train.len()).collect()
    };
    assert_eq!(trains(104, 5, None, 0), [19, 36, 53, 70, 87]);
    assert_eq!(trains(104, 5, None, 4), [15, 32, 49, 66, 83]);
    assert_eq!(trains(104, 5, Some(8), 0), [64, 72, 80, 88, 96]);
    assert_eq!(trains(156, 5, None, 0), [26, 52, 78, 104, 130]);
    assert_eq!(trains(200, 5, None, 0), [35, 68, 101, 134, 167]);
    assert_eq!(trains(104, 3, None, 0), [26, 52, 78]);
}

#[test]
fn folds_that_leave_nothing_to_learn_from_are_refused() {
    for (weeks, splits, test, gap) in [
        (5, 5, None, 0),
        (40, 5, Some(8), 0),
        (104, 5, None, 19),
        (0, 5, None, 0),
    ] {
        let error = time_series_split(weeks, splits, test, gap).unwrap_err();
        assert!(error.to_string().contains("no training weeks"), "{error}");
    }
}

fn scored(pairs: &[(f64, f64)], train: &[f64]) -> Vec<Scored> {
    let yardstick = Yardstick::new(train, 1);
    pairs
        .iter()
        .map(|&(actual, predicted)| Scored {
            actual,
            predicted,
            yardstick,
        })
        .collect()
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    // scikit-learn 1.9.1: r2_score, root_mean_squared_error, mean_absolute_error,
    // mean_absolute_percentage_error of the first example in its user guide
    let metrics = Metrics::score(&scored(
        &[(3.0, 2.5), (-0.5, 0.0), (2.0, 2.0), (7.0, 8.0)],
        &[1.0, 2.0, 4.0],
    ));
    assert_close(metrics.r2.unwrap(), 0.9486081370449679, 1e-15);
    assert_close(metrics.rmse, 0.6123724356957945, 1e-15);
    assert_close(metrics.mae, 0.5, 0.0);
    assert_close(metrics.mape.unwrap(), 0.3273809523809524, 1e-15);
    assert_close(metrics.wmape.unwrap(), 2.0 / 12.5, 1e-15);
    // the mean training step is (1 + 2) / 2
    assert_close(metrics.mase.unwrap(), 0.5 / 1.5, 1e-15);
}

#[test]
fn measures_that_mean_nothing_are_not_assessed_and_say_why() {
    let metrics = Metrics::score(&scored(&[(0.0, 1.0), (100.0, 90.0)], &[5.0, 5.0]));
    assert_eq!((metrics.mape, metrics.mase), (None, None));
    assert_eq!(
        metrics.not_assessed["mape"],
        "the actual is near zero in 1 of 2 weeks"
    );
    assert_eq!(
        metrics.not_assessed["mase"],
        "the target does not change over the training weeks"
    );
    let constant = Metrics::score(&scored(&[(4.0, 1.0), (4.0, 2.0)], &[1.0, 2.0]));
    assert_eq!(constant.r2, None);
    assert_eq!(
        constant.not_assessed["r2"],
        "the target does not vary over the scored weeks"
    );
}

#[test]
fn skill_passes_only_when_both_errors_beat_the_best_naive_forecast() {
    let actual = [10.0, 12.0, 9.0, 11.0];
    let metrics = |predictions: [f64; 4]| {
        let pairs: Vec<_> = actual.into_iter().zip(predictions).collect();
        Metrics::score(&scored(&pairs, &[10.0, 11.0, 12.0]))
    };
    let scores = |model: [f64; 4]| OutOfSample {
        pooled: metrics(model),
        naive: Naive {
            training_mean: Some(metrics([11.0; 4])),
            last_value: Some(metrics([12.0; 4])),
            seasonal_naive: None,
            stl: None,
        },
        folds: Vec::new(),
    };
    let status = |model| skill("validation.outcome_path", "the forecast", &scores(model)).status;
    assert_eq!(status([10.1, 11.9, 9.1, 11.0]), Status::Passed);
    assert_eq!(status([20.0, 2.0, 19.0, 1.0]), Status::Failed);
    // one large miss: small absolute, large squared error
    assert_eq!(status([10.0, 12.0, 9.0, 14.4]), Status::Warning);
    let finding = skill(
        "validation.outcome_path",
        "the forecast",
        &scores([20.0, 2.0, 19.0, 1.0]),
    );
    assert_eq!(
        finding.summary,
        "out of sample (4 weeks), the forecast does not beat naive forecasts"
    );
    assert_eq!(finding.evidence["naive_by_rmse"], "training mean");
}
