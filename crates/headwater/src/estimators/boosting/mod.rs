//! Gradient-boosted trees: XGBoost's algorithm and file format.
//!
//! Made for a hundred weeks, where a library made for millions of rows spends most of its time
//! elsewhere. Official XGBoost is the referee in `tests/references.rs`, another implementation in
//! `tests/boosted_trees.rs`.

mod draws;
mod growth;
mod settings;
mod shap;
mod trees;
mod weeks;
mod xgboost_json;

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Estimator, Predictor, Term, refuse_repeats, require_columns, too_few_to_judge, training_rows,
};
use crate::design::{Design, Monotone};
use crate::error::{Error, Result};
use crate::splits::tuning_folds;

use growth::Growth;
use settings::EARLY_STOPPING;
pub use settings::{BoostingSettings, Rounds};
use trees::Trees;
use weeks::{Columns, TrainingWeeks};

/// A tree is at most this deep.
const MOST_LEVELS: usize = 16;

/// Trees fitted one after another to what the earlier ones left, by squared error.
///
/// Every value between two weeks' values is tried as a split, halfway between them (XGBoost's
/// `tree_method = "exact"`). Values are 32-bit floats inside, as in XGBoost, which
/// also takes no split that gains less than about 1e-6 squared units of the target: write revenue
/// in dollars, not in millions. The same data, settings and seed give the same bits on any number
/// of threads; the seed matters only where weeks or columns are
/// sampled.
///
/// ```
/// use headwater::design::{Column, Design};
/// use headwater::estimators::EstimatorSettings;
/// let spend: Vec<f64> = (0..40).map(|week| f64::from(week % 8)).collect();
/// let y: Vec<f64> = spend.iter().map(|spend| if *spend > 3.0 { 9.0 } else { 1.0 }).collect();
/// let x = Design::new(40, vec![Column::control("spend", spend)]);
/// let fit = EstimatorSettings::named("boosting")?.build(42).fit(&x, &y, &[1.0; 40])?;
/// assert!((fit.predict(&x)?[7] - 9.0).abs() < 0.1);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Boosting {
    settings: BoostingSettings,
    seed: u64,
}

impl Boosting {
    /// The recipe; `seed` moves only the sampling of weeks and columns.
    pub fn new(settings: BoostingSettings, seed: u64) -> Self {
        Boosting { settings, seed }
    }

    fn growth(&self, x: &Design) -> Growth {
        let settings = &self.settings;
        let signs = x.columns().iter().map(|column| match column.monotone {
            Monotone::Free => 0,
            Monotone::Increasing => 1,
            Monotone::Decreasing => -1,
        });
        // XGBoost keeps its parameters in single precision.
        let single = |value: f64| f64::from(value as f32);
        Growth {
            learning_rate: settings.learning_rate as f32,
            max_depth: settings.max_depth,
            subsample: settings.subsample,
            colsample: settings.colsample_bytree as f32,
            alpha: single(settings.reg_alpha),
            lambda: single(settings.reg_lambda),
            min_child_weight: single(settings.min_child_weight),
            signs: match settings.monotone {
                true => signs.collect(),
                false => Vec::new(),
            },
            seed: self.seed,
        }
    }

    /// Trees that learn from the earlier of these weeks until the last fifth of them (at least 4)
    /// is predicted no better.
    fn stop_early(
        growth: &Growth,
        weeks: &TrainingWeeks,
        max: usize,
        patience: usize,
    ) -> Result<Trees> {
        let later = (weeks.len() / 5).max(4);
        if weeks.len() < later + 4 {
            return Err(Error::TooFewWeeks {
                message: format!(
                    "early stopping needs at least 8 weeks, 4 to learn from and 4 to stop by, \
                     and there are {}",
                    weeks.len()
                ),
                help: "use more weeks, or set rounds to a number".into(),
            });
        }
        let cut = weeks.len() - later;
        let (past, future) = (weeks.part(0..cut), weeks.part(cut..weeks.len()));
        Ok(growth.grow_until(&past, &future, max, patience))
    }
}

impl Estimator for Boosting {
    fn fit(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<Box<dyn Predictor>> {
        self.settings.validate()?;
        let rows = training_rows(x, y, weights)?;
        if x.width() == 0 {
            return Err(Error::estimator(
                "boosted trees have no column to split on",
                "give the stage at least one column, or choose estimator = \"ols\"",
            ));
        }
        let weeks = TrainingWeeks::new(x, y, weights, &rows)?;
        let growth = self.growth(x);
        let (rounds, chosen_by) = match self.settings.rounds {
            Rounds::Fixed(rounds) => (rounds, "setting"),
            Rounds::EarlyStopping { max, patience } => {
                let trees = Self::stop_early(&growth, &weeks, max, patience)?;
                (trees.len(), EARLY_STOPPING)
            }
        };
        let mut tuned = Map::new();
        tuned.insert("rounds".into(), rounds.into());
        tuned.insert("rounds_chosen_by".into(), chosen_by.into());
        let columns = x.columns().iter();
        Ok(Box::new(BoostedTrees {
            names: columns.map(|column| column.name.clone()).collect(),
            trees: growth.grow(&weeks, rounds),
            tuned,
        }))
    }

    /// With early stopping, a fold is scored by the trees that stopped: they have learned from the
    /// first four fifths of its training weeks, which costs half of refitting all of them and is
    /// alike for every candidate design.
    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64> {
        self.settings.validate()?;
        let growth = self.growth(x);
        let rows = training_rows(x, y, weights)?;
        let data = TrainingWeeks::new(x, y, weights, &rows)?;
        let (mut squares, mut total) = (0.0, 0.0);
        for fold in tuning_folds(x.weeks())? {
            let cut = |weeks: &Range<usize>| {
                let cut = |week: usize| rows.partition_point(|&row| row < week);
                cut(weeks.start)..cut(weeks.end)
            };
            let (past, future) = (cut(&fold.train), cut(&fold.test));
            if past.is_empty() || future.is_empty() {
                continue;
            }
            let past = data.part(past);
            let trees = match self.settings.rounds {
                Rounds::Fixed(rounds) => growth.grow(&past, rounds),
                Rounds::EarlyStopping { max, patience } => {
                    match Self::stop_early(&growth, &past, max, patience) {
                        Err(Error::TooFewWeeks { .. }) => continue,
                        trees => trees?,
                    }
                }
            };
            let predictions = trees.predict(&data.part(future.clone()).columns);
            for (&row, &prediction) in rows[future].iter().zip(&predictions) {
                squares += weights[row] * (y[row] - f64::from(prediction)).powi(2);
                total += weights[row];
            }
        }
        if total == 0.0 {
            return Err(too_few_to_judge());
        }
        Ok(squares / total)
    }

    fn overfits(&self) -> bool {
        true
    }
}

/// A fitted sum of trees.
struct BoostedTrees {
    names: Vec<Arc<str>>,
    trees: Trees,
    tuned: Map<String, Value>,
}

/// Where a model file keeps what tuning chose, beside XGBoost's own attributes.
const TUNED: &str = "headwater_tuned";

impl BoostedTrees {
    fn columns(&self, x: &Design) -> Result<Columns> {
        require_columns(self.names.iter().map(|name| &**name), x)?;
        Columns::of(x, 0..x.weeks())
    }
}

impl Predictor for BoostedTrees {
    fn predict(&self, x: &Design) -> Result<Vec<f64>> {
        let predictions = self.trees.predict(&self.columns(x)?);
        Ok(predictions.into_iter().map(f64::from).collect())
    }

    fn terms(&self, x: &Design) -> Result<Vec<Term>> {
        let columns = self.columns(x)?;
        let width = self.names.len();
        let (mut weight, mut gain, mut cover) =
            (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
        for tree in self.trees.iter() {
            for (split, split_gain, split_cover) in tree.splits() {
                weight[split.column()] += 1.0;
                gain[split.column()] += f64::from(split_gain);
                cover[split.column()] += f64::from(split_cover);
            }
        }
        let shap = (x.weeks() > 0).then(|| shap::mean_absolute(&self.trees, &columns, width));
        // A column that no tree splits on has no gain or cover to average.
        let mean = |sum: f64, count: f64| (count > 0.0).then(|| sum / count);
        Ok((0..width)
            .map(|at| Term {
                weight: Some(weight[at]),
                gain: mean(gain[at], weight[at]),
                cover: mean(cover[at], weight[at]),
                shap: shap.as_ref().map(|shap| shap[at]),
                ..Term::named(&self.names[at])
            })
            .collect())
    }

    fn tuned(&self) -> Map<String, Value> {
        self.tuned.clone()
    }

    fn to_json(&self) -> Result<String> {
        let tuned = Value::Object(self.tuned.clone()).to_string();
        let attributes = Map::from_iter([(TUNED.to_string(), tuned.into())]);
        super::written(xgboost_json::write(&self.trees, &self.names, attributes))
    }
}

/// Reads a model in XGBoost's JSON format, from [`Predictor::to_json`] or from XGBoost itself,
/// if it names its columns.
///
/// # Errors
/// When the model is no boosted tree regression or does not name its columns.
pub fn load(value: &Value) -> Result<Box<dyn Predictor>> {
    let (trees, columns) = xgboost_json::read(value).map_err(|why| {
        Error::estimator(
            format!("the XGBoost model cannot be read: {why}"),
            "give a model of reg:squarederror with trees (gbtree), as XGBoost's save_model writes it",
        )
    })?;
    let learner = &value["learner"];
    let names = Vec::<Arc<str>>::deserialize(&learner["feature_names"]).unwrap_or_default();
    if names.len() != columns {
        return Err(Error::estimator(
            format!(
                "the XGBoost model names {} columns and has {columns}",
                names.len()
            ),
            "train it with named columns, so that they can be checked",
        ));
    }
    refuse_repeats(names.iter().map(|name| &**name))?;
    let tuned = learner["attributes"][TUNED]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| Map::from_iter([("rounds".to_string(), Value::from(trees.len()))]));
    Ok(Box::new(BoostedTrees {
        names,
        trees,
        tuned,
    }))
}
