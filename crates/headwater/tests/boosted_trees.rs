//! Our trees against those of `hessboost`, another implementation of XGBoost's algorithm: bit for bit,
//! random weeks and columns included. The referee for both is official XGBoost (`references.rs`).

#![allow(clippy::unwrap_used)] // a test that cannot go on should stop here

use std::panic::{AssertUnwindSafe, catch_unwind};

use headwater::design::{Column, Design, Monotone};
use headwater::estimators::boosting::{Boosting, BoostingSettings, Rounds};
use headwater::estimators::{self, Estimator};
use hessboost::config;
use hessboost::prelude::*;
use proptest::prelude::*;

use crate::common::assert_close;

/// A small market: each column in whole steps, so that weeks share values, or in fine ones.
fn market() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>, Vec<f64>)> {
    (8_usize..60, 1_usize..7).prop_flat_map(|(weeks, columns)| {
        let coarse = prop::collection::vec((0_u8..5).prop_map(f64::from), weeks);
        let fine = prop::collection::vec(-1e4..1e4_f64, weeks);
        let column = prop_oneof![coarse, fine];
        (
            prop::collection::vec(column, columns),
            prop::collection::vec(-1e3..1e5_f64, weeks),
            prop::collection::vec((0_u8..4).prop_map(f64::from), weeks),
        )
    })
}

fn settings() -> impl Strategy<Value = BoostingSettings> {
    let share = || prop_oneof![Just(1.0), Just(0.8), 0.05..1.0_f64];
    let penalty = || prop_oneof![Just(0.0), Just(0.05), 0.0..1e5_f64];
    let rounds = prop_oneof![
        (1_usize..30).prop_map(Rounds::Fixed),
        (1_usize..60, 1_usize..12)
            .prop_map(|(max, patience)| Rounds::EarlyStopping { max, patience }),
    ];
    (
        (0.01..1.0_f64, 1_usize..7),
        (share(), share()),
        (penalty(), prop_oneof![Just(0.0), 0.0..5.0_f64]),
        (prop_oneof![Just(0.0), 0.0..6.0_f64], rounds, any::<bool>()),
    )
        .prop_map(
            |(
                (learning_rate, max_depth),
                (subsample, colsample_bytree),
                (reg_alpha, reg_lambda),
                (min_child_weight, rounds, monotone),
            )| BoostingSettings {
                learning_rate,
                max_depth,
                subsample,
                colsample_bytree,
                reg_alpha,
                reg_lambda,
                min_child_weight,
                rounds,
                monotone,
            },
        )
}

const SIGNS: [Monotone; 3] = [Monotone::Increasing, Monotone::Decreasing, Monotone::Free];

fn design(columns: &[Vec<f64>]) -> Design {
    let columns = columns
        .iter()
        .enumerate()
        .map(|(at, values)| Column::causal(format!("column {at}"), values.clone(), SIGNS[at % 3]));
    let columns: Vec<Column> = columns.collect();
    Design::new(columns[0].values.len(), columns)
}

/// What `hessboost` makes of some weeks.
struct Other {
    params: TrainingParams,
    width: usize,
    rows: Vec<f32>,
    y: Vec<f32>,
    weights: Vec<f32>,
}

impl Other {
    fn new(settings: &BoostingSettings, seed: u64, x: &Design, y: &[f64], weights: &[f64]) -> Self {
        let mut params = TrainingParams::builder()
            .objective(Objective::SquaredError(RegLoss::default()))
            .tree_method(TreeMethod::Exact)
            .eta(settings.learning_rate)
            .max_depth(settings.max_depth)
            .subsample(settings.subsample)
            .colsample_bytree(settings.colsample_bytree)
            .alpha(settings.reg_alpha)
            .lambda(settings.reg_lambda)
            .min_child_weight(settings.min_child_weight)
            .seed(seed);
        if settings.monotone {
            let sign = |column: &Column| match column.monotone {
                Monotone::Free => config::Monotone::None,
                Monotone::Increasing => config::Monotone::Increasing,
                Monotone::Decreasing => config::Monotone::Decreasing,
            };
            params = params.monotone_constraints(x.columns().iter().map(sign).collect::<Vec<_>>());
        }
        let learned = || (0..x.weeks()).filter(|&week| weights[week] > 0.0);
        Other {
            params: params.build().unwrap(),
            width: x.width(),
            rows: learned()
                .flat_map(|week| x.columns().iter().map(move |c| c.values[week] as f32))
                .collect(),
            y: learned().map(|week| y[week] as f32).collect(),
            weights: learned().map(|week| weights[week] as f32).collect(),
        }
    }

    fn matrix(&self, weeks: std::ops::Range<usize>) -> DMatrix {
        let rows = &self.rows[weeks.start * self.width..weeks.end * self.width];
        DMatrix::from_dense(rows, weeks.len(), self.width)
            .and_then(|matrix| matrix.with_labels(&self.y[weeks.clone()]))
            .and_then(|matrix| matrix.with_weights(&self.weights[weeks]))
            .unwrap()
    }

    fn fit(&self, rounds: Rounds) -> BoostedModel {
        let all = self.matrix(0..self.y.len());
        let rounds = match rounds {
            Rounds::Fixed(rounds) => rounds,
            Rounds::EarlyStopping { max, patience } => {
                let cut = self.y.len() - (self.y.len() / 5).max(4);
                Trainer::new(&self.params, &self.matrix(0..cut), max)
                    .eval(&self.matrix(cut..self.y.len()), "later weeks")
                    .early_stopping_rounds(patience.try_into().unwrap())
                    .train()
                    .unwrap()
                    .model
                    .best_iteration()
                    .unwrap()
                    + 1
            }
        };
        train(&self.params, &all, rounds).unwrap()
    }
}

proptest! {
    // A failure is shrunk and printed with its seed; nothing is kept on disk.
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_are_those_of_another_implementation_to_the_last_bit(
        (columns, y, weights) in market(),
        settings in settings(),
        seed in any::<u64>(),
    ) {
        prop_assume!(weights.iter().filter(|weight| **weight > 0.0).count() >= 8);
        let x = design(&columns);
        let ours = Boosting::new(settings.clone(), seed).fit(&x, &y, &weights).unwrap();
        // Theirs panics where rounding lets the bounds of a leaf cross; ours goes on.
        let other = Other::new(&settings, seed, &x, &y, &weights);
        let theirs = catch_unwind(AssertUnwindSafe(|| other.fit(settings.rounds)));
        let Ok(theirs) = theirs else { return Ok(()) };

        let rows: Vec<f32> = (0..x.weeks())
            .flat_map(|week| x.columns().iter().map(move |c| c.values[week] as f32))
            .collect();
        let predictions = theirs.predict_rows(&rows, Iterations::from(..)).unwrap();
        let predictions: Vec<f64> = predictions.as_slice().iter().copied().map(f64::from).collect();
        prop_assert_eq!(ours.predict(&x).unwrap(), predictions);

        let matrix = DMatrix::from_dense(&rows, x.weeks(), x.width()).unwrap();
        let contributions = theirs.predict_contribs(&matrix, Iterations::from(..)).unwrap();
        let gain = theirs.feature_importance(ImportanceType::Gain);
        let cover = theirs.feature_importance(ImportanceType::Cover);
        let largest = y.iter().fold(0.0_f64, |largest, y| largest.max(y.abs()));
        for (at, term) in ours.terms(&x).unwrap().iter().enumerate() {
            prop_assert_eq!(term.gain, gain.get(&at).copied());
            prop_assert_eq!(term.cover, cover.get(&at).copied());
            let row = |row: &[f32]| f64::from(row[at].abs());
            let of_weeks = contributions.as_slice().chunks_exact(x.width() + 1).map(row);
            // Theirs are sums of up to 60 trees in single precision, whose terms may cancel.
            assert_close(term.shap.unwrap(), of_weeks.sum::<f64>() / x.weeks() as f64, 1e-5 * largest);
        }
    }

    #[test]
    fn a_written_model_is_read_by_another_implementation_and_by_us(
        (columns, y, weights) in market(),
        settings in settings(),
    ) {
        prop_assume!(weights.iter().filter(|weight| **weight > 0.0).count() >= 8);
        let x = design(&columns);
        let ours = Boosting::new(settings.clone(), 7).fit(&x, &y, &weights).unwrap();
        let text = ours.to_json().unwrap();
        let again = estimators::load(&text).unwrap();
        prop_assert_eq!(again.predict(&x).unwrap(), ours.predict(&x).unwrap());
        prop_assert_eq!(again.terms(&x).unwrap(), ours.terms(&x).unwrap());
        prop_assert_eq!(again.to_json().unwrap(), text.clone());

        let theirs = BoostedModel::decode(text, ModelFormat::XgboostJson).unwrap();
        let rows: Vec<f32> = (0..x.weeks())
            .flat_map(|week| x.columns().iter().map(move |c| c.values[week] as f32))
            .collect();
        let predictions = theirs.predict_rows(&rows, Iterations::from(..)).unwrap();
        let predictions: Vec<f64> = predictions.as_slice().iter().copied().map(f64::from).collect();
        prop_assert_eq!(ours.predict(&x).unwrap(), predictions);
    }
}

#[test]
fn more_weeks_than_trees_can_count_are_refused() {
    let weeks = (1 << 15) + 1;
    let x = Design::new(weeks, vec![Column::control("spend", vec![1.0; weeks])]);
    let boosting = Boosting::new(BoostingSettings::default(), 42);
    let refused = boosting.fit(&x, &vec![1.0; weeks], &vec![1.0; weeks]);
    let message = refused.err().unwrap().to_string();
    assert_eq!(
        message,
        "boosted trees take at most 32768 weeks and 65536 columns; here are 32769 and 1"
    );
}

#[test]
fn a_model_file_that_leads_nowhere_is_refused_with_the_tree() {
    let x = design(&[(0..12).map(f64::from).collect()]);
    let y: Vec<f64> = (0..12).map(f64::from).collect();
    let settings = BoostingSettings {
        rounds: Rounds::Fixed(2),
        ..BoostingSettings::default()
    };
    let model = Boosting::new(settings, 42).fit(&x, &y, &[1.0; 12]).unwrap();
    let written: serde_json::Value = serde_json::from_str(&model.to_json().unwrap()).unwrap();
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut document = written.clone();
        change(&mut document["learner"]);
        let refused = estimators::load(&document.to_string());
        refused.err().unwrap().to_string()
    };
    let tree = |learner: &mut serde_json::Value, list: &str, value: i64| {
        learner["gradient_booster"]["model"]["trees"][1][list][0] = value.into();
    };
    let why = "the XGBoost model cannot be read: ";
    for (list, value, what) in [
        (
            "left_children",
            99,
            "tree 1: node 0 leads out of the tree or splits on no column",
        ),
        ("left_children", 0, "tree 1: it has more than 16 levels"),
        (
            "split_indices",
            1,
            "tree 1: node 0 leads out of the tree or splits on no column",
        ),
        ("sum_hessian", 0, "tree 1: sum_hessian of node 0 is 0"),
        ("split_type", 1, "tree 1: it splits on categories"),
    ] {
        let message = refused(&|learner| tree(learner, list, value));
        assert_eq!(message, format!("{why}{what}"));
    }
    let message = refused(&|learner| learner["objective"]["name"] = "count:poisson".into());
    assert_eq!(
        message,
        format!("{why}its objective is \"count:poisson\", not \"reg:squarederror\"")
    );
}
