//! Gradient-boosted trees: XGBoost's algorithm and file format.
//!
//! The only file that names `hessboost`, a young library, so that it stays replaceable;
//! `tests/references.rs` compares it with official XGBoost.

use std::num::NonZeroUsize;
use std::ops::Range;

use hessboost::config;
use hessboost::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::settings::{WordOrNumber, require};
use super::{
    Estimator, Predictor, Term, refuse_repeats, require_columns, too_few_to_judge, training_rows,
};
use crate::design::{Design, Monotone};
use crate::error::{Error, Result};
use crate::splits::tuning_folds;

/// The number of trees; in TOML `"early_stopping"`, a number, or `{ max = 500, patience = 30 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub enum Rounds {
    /// So many.
    Fixed(usize),
    /// As many as predict the last fifth of the training weeks (at least 4) best after
    /// learning from the weeks before; then all training weeks are fitted with that number.
    EarlyStopping {
        /// The most rounds tried.
        max: usize,
        /// Stop after so many rounds without a better one.
        patience: usize,
    },
}

impl Default for Rounds {
    fn default() -> Self {
        Rounds::EarlyStopping {
            max: 500,
            patience: 30,
        }
    }
}

/// How [`Rounds`] stand in TOML.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Whole(usize),
    Plain(WordOrNumber),
    Table(Limits),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Limits {
    max: usize,
    patience: usize,
}

const EARLY_STOPPING: &str = "early_stopping";

impl TryFrom<Written> for Rounds {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Table(Limits { max, patience }) => Ok(Rounds::EarlyStopping { max, patience }),
            Written::Plain(WordOrNumber::Word(word)) if word == EARLY_STOPPING => {
                Ok(Rounds::default())
            }
            Written::Whole(rounds) => Ok(Rounds::Fixed(rounds)),
            Written::Plain(other) => Err(format!(
                "rounds = {}, but it must be \"{EARLY_STOPPING}\" or a whole number of at least 1",
                match other {
                    WordOrNumber::Word(word) => format!("\"{word}\""),
                    WordOrNumber::Number(number) => number.to_string(),
                }
            )),
        }
    }
}

impl From<Rounds> for Written {
    fn from(rounds: Rounds) -> Self {
        match rounds {
            Rounds::Fixed(rounds) => Written::Whole(rounds),
            rounds if rounds == Rounds::default() => {
                Written::Plain(WordOrNumber::Word(EARLY_STOPPING.into()))
            }
            Rounds::EarlyStopping { max, patience } => Written::Table(Limits { max, patience }),
        }
    }
}

/// The settings of boosted trees, by XGBoost's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BoostingSettings {
    /// The part of each tree that is added, in (0, 1]. Less needs more rounds and overfits
    /// later.
    pub learning_rate: f64,
    /// The deepest level of a tree, 1 to 16. Depth d can see interactions of d columns.
    pub max_depth: usize,
    /// The part of the weeks each tree sees, in (0, 1].
    pub subsample: f64,
    /// The part of the columns each tree sees, in (0, 1].
    pub colsample_bytree: f64,
    /// Penalty on the absolute leaf values, at least 0, in target units times weeks. More
    /// shrinks leaves to 0. Together with sign constraints official XGBoost leaves it out of
    /// the gain of a split, and so may split elsewhere.
    pub reg_alpha: f64,
    /// Penalty on the squared leaf values, at least 0, in weeks: a leaf of n weeks keeps
    /// n / (n + λ) of its mean.
    pub reg_lambda: f64,
    /// The least weight of weeks in a leaf. The default 3, where XGBoost has 1, keeps a single
    /// odd week from getting a leaf of its own.
    pub min_child_weight: f64,
    /// The number of trees, 1 to 10,000.
    #[schemars(with = "Written")]
    pub rounds: Rounds,
    /// Whether the sign constraints of the design's columns are imposed. Without them a tree's
    /// effect of removing spend is biased further towards 0 (methods brief, 2.5).
    pub monotone: bool,
}

impl Default for BoostingSettings {
    fn default() -> Self {
        BoostingSettings {
            learning_rate: 0.05,
            max_depth: 3,
            subsample: 1.0,
            colsample_bytree: 1.0,
            reg_alpha: 0.0,
            reg_lambda: 1.0,
            min_child_weight: 3.0,
            rounds: Rounds::default(),
            monotone: true,
        }
    }
}

impl BoostingSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the setting, its value and what it must be.
    pub fn validate(&self) -> Result<()> {
        for (setting, value) in [
            ("learning_rate", self.learning_rate),
            ("subsample", self.subsample),
            ("colsample_bytree", self.colsample_bytree),
        ] {
            require(
                setting,
                value,
                value > 0.0 && value <= 1.0,
                "above 0 and at most 1",
            )?;
        }
        for (setting, value) in [
            ("reg_alpha", self.reg_alpha),
            ("reg_lambda", self.reg_lambda),
            ("min_child_weight", self.min_child_weight),
        ] {
            require(
                setting,
                value,
                value.is_finite() && value >= 0.0,
                "of at least 0",
            )?;
        }
        let depth = self.max_depth;
        require(
            "max_depth",
            depth,
            (1..=16).contains(&depth),
            "from 1 to 16",
        )?;
        let (rounds, patience) = match self.rounds {
            Rounds::Fixed(rounds) => (rounds, 1),
            Rounds::EarlyStopping { max, patience } => (max, patience),
        };
        require(
            "rounds",
            rounds,
            (1..=10_000).contains(&rounds),
            "from 1 to 10000",
        )?;
        require("patience", patience, patience >= 1, "of at least 1")
    }
}

/// Trees fitted one after another to what the earlier ones left, by squared error.
///
/// Every value between two weeks' values is tried as a split, halfway between them (XGBoost's
/// `tree_method = "exact"`): for a few hundred weeks three times as fast as histograms, which
/// would have a bin for every value anyway. Values are 32-bit floats inside, as in XGBoost, which
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

    /// The library's parameters.
    fn params(&self, x: &Design) -> Result<TrainingParams> {
        let settings = &self.settings;
        let constraints = x.columns().iter().map(|column| match column.monotone {
            Monotone::Free => config::Monotone::None,
            Monotone::Increasing => config::Monotone::Increasing,
            Monotone::Decreasing => config::Monotone::Decreasing,
        });
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
            .seed(self.seed);
        if settings.monotone {
            params = params.monotone_constraints(constraints.collect::<Vec<_>>());
        }
        // A fit is too small to share among threads. On a worker of the caller's pool, though,
        // a pool of its own would make the worker start another fit while it waits.
        if rayon::current_thread_index().is_none() {
            params = params.nthread(1);
        }
        params
            .build()
            .map_err(|error| failed("the settings were refused", error))
    }

    /// Trees that learn from the earlier rows of `data` until the last fifth of them (at least 4)
    /// is predicted no better.
    fn stop_early(
        &self,
        params: &TrainingParams,
        data: &Data,
        rows: Range<usize>,
        max: usize,
        patience: usize,
    ) -> Result<BoostedModel> {
        let later = (rows.len() / 5).max(4);
        if rows.len() < later + 4 {
            return Err(Error::TooFewWeeks {
                message: format!(
                    "early stopping needs at least 8 weeks, 4 to learn from and 4 to stop by, \
                     and there are {}",
                    rows.len()
                ),
                help: "use more weeks, or set rounds to a number".into(),
            });
        }
        let cut = rows.end - later;
        let (past, future) = (data.matrix(rows.start..cut)?, data.matrix(cut..rows.end)?);
        let patience = NonZeroUsize::new(patience).expect("validated to be at least 1");
        Trainer::new(params, &past, max)
            .eval(&future, "later weeks")
            .early_stopping_rounds(patience)
            .train()
            .map(|result| result.model)
            .map_err(|error| failed("the trees could not be grown", error))
    }

    /// The number of rounds for the weeks of `data`, and who chose it.
    fn rounds(&self, params: &TrainingParams, data: &Data) -> Result<(usize, &'static str)> {
        match self.settings.rounds {
            Rounds::Fixed(rounds) => Ok((rounds, "setting")),
            Rounds::EarlyStopping { max, patience } => {
                let model = self.stop_early(params, data, 0..data.weeks(), max, patience)?;
                let rounds = model.best_iteration().map_or(max, |best| best + 1);
                Ok((rounds, EARLY_STOPPING))
            }
        }
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
        let data = Data::new(x, y, weights, &rows)?;
        let params = self.params(x)?;
        let (rounds, chosen_by) = self.rounds(&params, &data)?;
        let matrix = data.matrix(0..data.weeks())?;
        let model = train(&params, &matrix, rounds)
            .map_err(|error| failed("the trees could not be grown", error))?;
        let mut tuned = Map::new();
        tuned.insert("rounds".into(), rounds.into());
        tuned.insert("rounds_chosen_by".into(), chosen_by.into());
        let names = x
            .columns()
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        Ok(Box::new(BoostedTrees {
            names,
            model,
            tuned,
        }))
    }

    /// With early stopping, a fold is scored by the trees that stopped: they have learned from the
    /// first four fifths of its training weeks, which costs half of refitting all of them and is
    /// alike for every candidate design.
    fn cross_validate(&self, x: &Design, y: &[f64], weights: &[f64]) -> Result<f64> {
        self.settings.validate()?;
        let params = self.params(x)?;
        let rows = training_rows(x, y, weights)?;
        let data = Data::new(x, y, weights, &rows)?;
        let (mut squares, mut total) = (0.0, 0.0);
        for fold in tuning_folds(x.weeks())? {
            let cut = |week: usize| rows.partition_point(|&row| row < week);
            let past = cut(fold.train.start)..cut(fold.train.end);
            let future = cut(fold.test.start)..cut(fold.test.end);
            if past.is_empty() || future.is_empty() {
                continue;
            }
            let model = match self.settings.rounds {
                Rounds::Fixed(rounds) => train(&params, &data.matrix(past)?, rounds)
                    .map_err(|error| failed("the trees could not be grown", error))?,
                Rounds::EarlyStopping { max, patience } => {
                    match self.stop_early(&params, &data, past, max, patience) {
                        Err(Error::TooFewWeeks { .. }) => continue,
                        model => model?,
                    }
                }
            };
            let predictions = model
                .predict(&data.matrix(future.clone())?, Iterations::Best)
                .map_err(|error| failed("the model could not predict", error))?;
            for (&row, &prediction) in rows[future].iter().zip(predictions.as_slice()) {
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

/// The training weeks as the library takes them.
struct Data {
    width: usize,
    /// Row by row.
    values: Vec<f32>,
    target: Vec<f32>,
    weights: Vec<f32>,
}

impl Data {
    fn new(x: &Design, y: &[f64], weights: &[f64], rows: &[usize]) -> Result<Self> {
        let pick = |values: &[f64], name: &str| -> Result<Vec<f32>> {
            rows.iter()
                .map(|&row| to_f32(values[row], name, row))
                .collect()
        };
        Ok(Data {
            width: x.width(),
            values: row_major(x, rows.iter().copied())?,
            target: pick(y, "the target")?,
            weights: pick(weights, "the weight")?,
        })
    }

    fn weeks(&self) -> usize {
        self.target.len()
    }

    fn matrix(&self, rows: Range<usize>) -> Result<DMatrix> {
        let values = &self.values[rows.start * self.width..rows.end * self.width];
        DMatrix::from_dense(values, rows.len(), self.width)
            .and_then(|matrix| matrix.with_labels(&self.target[rows.clone()]))
            .and_then(|matrix| matrix.with_weights(&self.weights[rows]))
            .map_err(|error| failed("the data were refused", error))
    }
}

fn row_major(x: &Design, rows: impl Iterator<Item = usize>) -> Result<Vec<f32>> {
    let mut values = Vec::with_capacity(x.width() * rows.size_hint().0);
    for row in rows {
        for column in x.columns() {
            values.push(to_f32(column.values[row], &column.name, row)?);
        }
    }
    Ok(values)
}

fn to_f32(value: f64, name: &str, row: usize) -> Result<f32> {
    let narrow = value as f32;
    if narrow.is_finite() {
        return Ok(narrow);
    }
    Err(Error::estimator(
        format!(
            "{name} is {value} in week {} of the design, which trees cannot use",
            row + 1
        ),
        "fill the missing value in the data, or measure the column in larger units",
    ))
}

fn failed(what: &str, error: HessboostError) -> Error {
    Error::estimator(
        format!("boosted trees: {what}: {error}"),
        "check the data and the settings under [estimator], or choose another estimator",
    )
}

/// A fitted sum of trees.
struct BoostedTrees {
    names: Vec<String>,
    model: BoostedModel,
    tuned: Map<String, Value>,
}

/// The objective of [`Boosting`], by XGBoost's name.
const OBJECTIVE: &str = "reg:squarederror";

/// Where a model file keeps what tuning chose, beside XGBoost's own attributes.
const TUNED: &str = "headwater_tuned";

impl BoostedTrees {
    fn values(&self, x: &Design) -> Result<Vec<f32>> {
        require_columns(self.names.iter().map(String::as_str), x)?;
        row_major(x, 0..x.weeks())
    }
}

impl Predictor for BoostedTrees {
    fn predict(&self, x: &Design) -> Result<Vec<f64>> {
        let values = self.values(x)?;
        let predictions = self
            .model
            .predict_rows(&values, Iterations::from(..))
            .map_err(|error| failed("the model could not predict", error))?;
        Ok(predictions
            .as_slice()
            .iter()
            .map(|&value| f64::from(value))
            .collect())
    }

    fn terms(&self, x: &Design) -> Result<Vec<Term>> {
        let values = self.values(x)?;
        let width = self.names.len();
        let mut shap = vec![0.0; width];
        if x.weeks() > 0 {
            let contributions = DMatrix::from_dense(&values, x.weeks(), width)
                .and_then(|matrix| self.model.predict_contribs(&matrix, Iterations::from(..)))
                .map_err(|error| failed("SHAP values could not be computed", error))?;
            // The last value of a row is the mean prediction.
            for row in contributions.as_slice().chunks_exact(width + 1) {
                for (sum, value) in shap.iter_mut().zip(row) {
                    *sum += f64::from(value.abs()) / x.weeks() as f64;
                }
            }
        }
        let importance = |kind| self.model.feature_importance(kind);
        let weight = importance(ImportanceType::Weight);
        let gain = importance(ImportanceType::Gain);
        let cover = importance(ImportanceType::Cover);
        // A column that no tree splits on has weight 0 and no gain or cover to average.
        Ok((0..width)
            .map(|at| Term {
                weight: Some(weight.get(&at).copied().unwrap_or(0.0)),
                gain: gain.get(&at).copied(),
                cover: cover.get(&at).copied(),
                shap: (x.weeks() > 0).then_some(shap[at]),
                ..Term::named(&self.names[at])
            })
            .collect())
    }

    fn tuned(&self) -> Map<String, Value> {
        self.tuned.clone()
    }

    fn to_json(&self) -> Result<Value> {
        let bytes = self
            .model
            .encode(ModelFormat::XgboostJson)
            .map_err(|error| failed("the model could not be written", error))?;
        let mut value: Value = serde_json::from_slice(&bytes).expect("the library writes JSON");
        value["learner"]["feature_names"] = json!(self.names);
        value["learner"]["feature_types"] = json!(vec!["float"; self.names.len()]);
        value["learner"]["attributes"][TUNED] =
            json!(Value::Object(self.tuned.clone()).to_string());
        Ok(value)
    }
}

/// Reads a model in XGBoost's JSON format, from [`Predictor::to_json`] or from XGBoost itself,
/// if it names its columns.
///
/// # Errors
/// When the model is no boosted tree regression or does not name its columns.
pub fn load(value: &Value) -> Result<Box<dyn Predictor>> {
    let model =
        BoostedModel::decode(value.to_string(), ModelFormat::XgboostJson).map_err(|error| {
            Error::estimator(
                format!("the XGBoost model cannot be read: {error}"),
                "write it again with the program that trained it",
            )
        })?;
    let learner = &value["learner"];
    let names = Vec::<String>::deserialize(&learner["feature_names"]).unwrap_or_default();
    if names.len() != model.n_features() {
        return Err(Error::estimator(
            format!(
                "the XGBoost model names {} columns and has {}",
                names.len(),
                model.n_features()
            ),
            "train it with named columns, so that they can be checked",
        ));
    }
    refuse_repeats(names.iter().map(String::as_str))?;
    let objective = learner["objective"]["name"].as_str().unwrap_or_default();
    let targets = model.base_scores().len();
    if objective != OBJECTIVE || targets != 1 {
        return Err(Error::estimator(
            format!(
                "the XGBoost model was trained with the objective {objective} on {targets} target{}",
                if targets == 1 { "" } else { "s" }
            ),
            format!("train it on one target with {OBJECTIVE}, which predicts the target itself"),
        ));
    }
    let rounds = model.num_boost_rounds();
    let tuned = learner["attributes"][TUNED]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| Map::from_iter([("rounds".to_string(), Value::from(rounds))]));
    Ok(Box::new(BoostedTrees {
        names,
        model,
        tuned,
    }))
}
