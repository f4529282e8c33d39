//! Settings and a dataset in, a fit out: the methods section of every report.

use std::sync::Arc;

use miette::Diagnostic;
use serde_json::{Map, Value};

use super::assumptions::assumptions;
use super::effect_findings::{believable, carry_over, outside, redraws, shrinkage};
use super::saved_run::dataset_sha256;
use super::settings::Settings;
use super::trust::{Examined, Trust};
use super::{
    Analysis, BootstrapSummary, DataSummary, MediatorStage, OutcomeOutOfSample, OutcomeStage,
    SCHEMA_VERSION, Stages,
};
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::{Design, Purpose};
use crate::effects::{
    Channel, ChannelEffects, Contrasts, Ensemble, SMOOTH_STEP, TREE_STEP, clamped_finding,
};
use crate::error::{Error, Result};
use crate::estimators::{EstimatorSettings, Predictor};
use crate::finding::{Finding, Status};
use crate::mediation::{FittedMediation, Prepared};
use crate::progress::Progress;
use crate::validation::cross_validation::{CrossValidation, carry_over_memory};
use crate::validation::metrics::{Metrics, Scored, Yardstick};

/// A finished analysis together with the model and data it came from.
pub struct Fit {
    /// What was learned, ready to be written.
    pub analysis: Analysis,
    /// The settings, every column's role resolved.
    pub settings: Settings,
    /// The weeks that were used.
    pub dataset: Dataset,
    /// The fitted model, for further questions.
    pub model: Arc<FittedMediation>,
    /// The same with its replicates, which an [`Advisor`](super::Advisor) asks. `None` lets go of
    /// their memory: they can be fitted again.
    pub models: Option<Ensemble>,
}

/// Fits both stages, scores them out of sample, decomposes the effects and says how far to trust
/// them.
///
/// `data_findings` are what reading the file found; they come first in the analysis. `progress` hears
/// of three steps, in this order: `cross-validation` by folds, `bootstrap` by replicates and `placebos`
/// by refits; what is asked for none of is left out.
///
/// ```
/// use headwater::analysis::{Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// assert_eq!(fit.analysis.effects[0].channel, "facebook_spend");
/// assert!(fit.analysis.effects[0].indirect.interval().is_some());
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn run(
    dataset: &Dataset,
    data_findings: Vec<Finding>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Fit> {
    let weeks = dataset.len();
    let mut findings = data_findings;
    let prepared = Arc::new(prepare(dataset, settings)?);
    let columns = prepared.mediator_designs[0].1.width();
    findings.extend(prepared.findings.iter().cloned());
    let memory = carry_over_memory(&settings.features);
    let (folds, of_folds) = settings.validation.split(weeks, columns, memory)?;
    findings.extend(of_folds);

    // The model on all weeks and what each channel is worth by it; beside that, how well it
    // forecasts weeks it has not seen.
    let recipe = settings.model();
    let trees = recipe.overfits();
    let step = if trees { TREE_STEP } else { SMOOTH_STEP };
    let (fitted, scores) = rayon::join(
        || -> Result<_> {
            let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
            let model = recipe.fit(&prepared, mediator, outcome, &vec![1.0; weeks])?;
            let channels = channels(dataset, &prepared, &model, step)?;
            let (first, second) = (model.mediator_stage(), model.outcome_stage());
            let terms = rayon::join(|| first.0.terms(&first.1), || second.0.terms(&second.1));
            Ok((model, channels, (terms.0?, terms.1?)))
        },
        || CrossValidation::run_heard(&recipe, dataset, &settings.features, &folds, progress),
    );
    let ((model, channels, terms), scores) = (fitted?, scores?);

    // How sure that is.
    let level = settings.bootstrap.level;
    let stamp = shrinkage(settings);
    let model = Arc::new(model);
    let (models, bootstrap) = Ensemble::fit_with_effects(
        &recipe,
        &model,
        &settings.bootstrap,
        settings.seed,
        stamp.is_some(),
        step,
        progress,
    )?;
    let effects: Vec<ChannelEffects> = channels
        .iter()
        .map(|channel| channel.estimate(&bootstrap, level, stamp.is_some()))
        .collect();

    // How far to trust it.
    let trust = Trust::of(&Examined {
        settings,
        dataset,
        recipe: &recipe,
        folds: &folds,
        model: &model,
        scores: &scores,
        bootstrap: &bootstrap,
        progress,
    })?;
    findings.extend(trust.findings);
    let all = dataset.outcome().iter().sum();
    let (mediator, outcome) = (name(dataset, Role::Mediator), name(dataset, Role::Outcome));
    let (first, second) = (model.mediator_stage(), model.outcome_stage());
    findings.push(believable(&effects, &trust.path, all, outcome));
    findings.extend(outside(&effects));
    findings.push(clamped_finding(&channels, weeks, mediator));
    findings.push(carry_over(settings, &prepared, &model));
    findings.extend(stamp);
    findings.extend(redraws(&bootstrap));

    let in_sample = |actual: &[f64], predicted: &[f64]| {
        let yardstick = Yardstick::new(actual, Yardstick::lag(actual.len()));
        Metrics::score(&Scored::pairs(actual, predicted, yardstick))
    };
    let carry_overs = model.carry_overs();
    let mut of_outcome = Map::new();
    if !prepared.direct.is_empty() {
        of_outcome = prepared.features.describe(carry_overs.1, true);
    }
    let analysis = Analysis {
        schema_version: SCHEMA_VERSION,
        headwater_version: env!("CARGO_PKG_VERSION").into(),
        seed: settings.seed,
        data: summarise(dataset),
        roles: dataset.roles().clone(),
        stages: Stages {
            mediator: MediatorStage {
                target: mediator.into(),
                estimator: settings.stages.mediator.name().into(),
                tuned: tuned(first.0, prepared.features.describe(carry_overs.0, false)),
                in_sample: in_sample(dataset.mediator(), model.forecast_mediator()),
                out_of_sample: scores.mediator,
                terms: terms.0,
            },
            outcome: OutcomeStage {
                target: outcome.into(),
                estimator: settings.stages.outcome.name().into(),
                reading: settings.mediation.reading.name().into(),
                link: settings.mediation.link.name().into(),
                tuned: tuned(second.0, of_outcome),
                in_sample: in_sample(dataset.outcome(), &model.fitted_outcome()),
                out_of_sample: OutcomeOutOfSample {
                    path: scores.path,
                    conditional: scores.conditional,
                },
                terms: terms.1,
            },
        },
        bootstrap: BootstrapSummary {
            replicates: bootstrap.draws.len(),
            level,
            resampling: bootstrap.resampling.name().into(),
            block_length: bootstrap.block_length,
            redraws: bootstrap.redraws,
        },
        contrast: "observed spend against none, over all weeks of the data, the other exposures as observed"
            .into(),
        effects,
        path: trust.path,
        sensitivity: trust.sensitivity,
        forecast_intervals: trust.intervals,
        assumptions: assumptions(
            settings.mediation.reading,
            prepared.direct.len() < prepared.observed.exposures().count(),
            mediator,
            outcome,
        ),
        findings,
    };
    let settings = Settings {
        columns: dataset.roles().clone(),
        ..settings.clone()
    };
    Ok(Fit {
        analysis,
        settings,
        dataset: dataset.clone(),
        model,
        models: Some(models),
    })
}

/// What there is to learn from, if it can be learned from at all.
pub(super) fn prepare(dataset: &Dataset, settings: &Settings) -> Result<Prepared> {
    settings.validate()?;
    refuse_many_columns(dataset)?;
    refuse_constant_mediator(dataset)?;
    let outcome = dataset.outcome();
    settings.mediation.link.check(outcome, |row| {
        let (name, week) = (name(dataset, Role::Outcome), dataset.weeks()[row]);
        format!("{name} is {} in week {week}", outcome[row])
    })?;
    let prepared = Prepared::new(dataset, &settings.features, 0..dataset.len())?;
    refuse_too_few_weeks(settings, &prepared.mediator_designs[0].1)?;
    Ok(prepared)
}

/// What [`run`] would refuse, as a finding for who looks at data before a fit; none where it would get
/// as far as a fit of both stages.
pub fn cannot_fit(dataset: &Dataset, settings: &Settings) -> Option<Finding> {
    let refused = try_fit(dataset, settings).err()?;
    let help = refused
        .help()
        .map_or_else(String::new, |help| format!("; {help}"));
    Some(Finding::new(
        "analysis.cannot_fit",
        Status::Failed,
        format!("{refused}{help}"),
    ))
}

fn try_fit(dataset: &Dataset, settings: &Settings) -> Result<()> {
    let prepared = Arc::new(prepare(dataset, settings)?);
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    settings
        .model()
        .fit(&prepared, mediator, outcome, &vec![1.0; dataset.len()])?;
    Ok(())
}

/// The exposures with their point estimates.
fn channels<'a>(
    dataset: &'a Dataset,
    prepared: &Prepared,
    model: &FittedMediation,
    step: f64,
) -> Result<Vec<Channel<'a>>> {
    let roles = dataset.roles();
    let mediator_unit = roles.columns[name(dataset, Role::Mediator)].unit;
    let exposures = roles.exposures();
    let points = Contrasts::of(prepared, exposures.iter().copied(), step).decompose(model)?;
    let channels = exposures.into_iter().zip(points).enumerate();
    Ok(channels
        .map(|(index, (name, point))| Channel {
            name,
            index,
            unit: roles.columns[name].unit,
            spend: dataset.column(name).iter().sum(),
            learned: prepared.features.exposures().contains(&name),
            direct: prepared.direct.iter().any(|direct| direct == name),
            mediator_unit,
            point,
        })
        .collect())
}

/// The most columns of a model: their products with each other take 8 MB, and are made for every replicate.
const MOST_COLUMNS: usize = 1_000;

fn refuse_many_columns(dataset: &Dataset) -> Result<()> {
    let columns = dataset.columns().count();
    if columns <= MOST_COLUMNS {
        return Ok(());
    }
    Err(Error::input(
        format!("{columns} columns have a part in the model, and it takes at most {MOST_COLUMNS}"),
        "give those that it does not need the role ignore under [columns] in headwater.toml, or add \
         channels up",
    ))
}

/// Nothing can have moved a mediator that never moves; trees would call every effect 0.
fn refuse_constant_mediator(dataset: &Dataset) -> Result<()> {
    let mediator = dataset.mediator();
    match mediator.first() {
        Some(first) if mediator.iter().all(|value| value == first) => Err(Error::input(
            format!(
                "{} is {first} in every week, so nothing can have gone through it",
                name(dataset, Role::Mediator)
            ),
            "check the column, or give the role mediator to one that varies",
        )),
        _ => Ok(()),
    }
}

/// Fewer weeks than unpenalised columns allow make every number noise.
fn refuse_too_few_weeks(settings: &Settings, design: &Design) -> Result<()> {
    let columns = match settings.stages.mediator {
        EstimatorSettings::Ols => design.width(),
        _ => design
            .columns()
            .iter()
            .filter(|column| column.purpose == Purpose::Causal)
            .count(),
    };
    let needed = (2 * (columns + 2)).max(20);
    if design.weeks() >= needed {
        return Ok(());
    }
    Err(Error::TooFewWeeks {
        message: format!(
            "the file has {} weeks; {columns} unpenalised columns need at least {needed}",
            design.weeks()
        ),
        help: "add weeks (two years are a good start), or use fewer exposures".into(),
    })
}

/// What tuning chose for a stage: the carry-over of its exposures first, where it has any.
fn tuned(predictor: &dyn Predictor, mut carry_over: Map<String, Value>) -> Map<String, Value> {
    carry_over.extend(predictor.tuned());
    carry_over
}

fn name(dataset: &Dataset, role: Role) -> &str {
    dataset.roles().only(role).expect("checked by Dataset::new")
}

pub(super) fn summarise(dataset: &Dataset) -> DataSummary {
    let week = |index: usize| {
        dataset
            .weeks()
            .get(index)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    DataSummary {
        source: dataset.source().name.clone(),
        sha256: dataset.source().sha256.clone(),
        dataset_sha256: Some(dataset_sha256(dataset)),
        weeks: dataset.len(),
        first_week: week(0),
        last_week: week(dataset.len().saturating_sub(1)),
    }
}
