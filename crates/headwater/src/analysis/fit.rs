//! Settings and a dataset in, a fit out: the methods section of every report.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::assumptions::assumptions;
use super::saved_run::dataset_sha256;
use super::settings::Settings;
use super::{
    Analysis, BootstrapSummary, DataSummary, MediatorStage, OutcomeOutOfSample, OutcomeStage,
    SCHEMA_VERSION, Stages,
};
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::{Design, Purpose};
use crate::effects::{
    Bootstrap, Channel, ChannelEffects, Contrasts, SMOOTH_STEP, TREE_STEP, carry_over_beyond,
    carry_over_finding, clamped_finding,
};
use crate::error::{Error, Result};
use crate::estimators::{EstimatorSettings, Predictor};
use crate::features::{AdstockSettings, Decay, FeatureSettings, Recipe};
use crate::finding::{Finding, Status};
use crate::mediation::{FittedMediation, Link, Prepared, Reading};
use crate::progress::Progress;
use crate::validation::assumption::{AssessmentSettings, PathAssessment, TotalsSettings};
use crate::validation::clark_west::{direct_gain, nested_gain};
use crate::validation::conformal::PredictionIntervals;
use crate::validation::cross_validation::{
    CrossValidation, carry_over_memory, cross_validation_stable,
};
use crate::validation::linear_twin::LinearTwin;
use crate::validation::metrics::{Metrics, Scored, Yardstick};
use crate::validation::placebo::{Placebos, placebo};
use crate::validation::skill;
use crate::validation::stability::importance_stability;

/// A finished analysis together with the model and data it came from.
pub struct Fit {
    /// What was learned, ready to be written.
    pub analysis: Analysis,
    /// The settings, every column's role resolved.
    pub settings: Settings,
    /// The weeks that were used.
    pub dataset: Dataset,
    /// The fitted model, for further questions.
    pub model: FittedMediation,
}

/// Fits both stages, scores them out of sample, decomposes the effects and says how far to trust
/// them.
///
/// `data_findings` are what reading the file found; they come first in the analysis.
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
    let trees = recipe.mediator.overfits() || recipe.outcome.overfits();
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
        || CrossValidation::run(&recipe, dataset, &settings.features, &folds),
    );
    let ((model, channels, terms), scores) = (fitted?, scores?);

    // How sure that is.
    let bootstrap = Bootstrap::run(
        &recipe,
        &model,
        &settings.bootstrap,
        settings.seed,
        step,
        progress,
    )?;
    let level = settings.bootstrap.level;
    let stamp = shrinkage(settings);
    let effects: Vec<ChannelEffects> = channels
        .iter()
        .map(|channel| channel.estimate(&bootstrap, level, stamp.is_some()))
        .collect();

    // How far to trust it.
    let (mediator, outcome) = (name(dataset, Role::Mediator), name(dataset, Role::Outcome));
    let (first, second) = (model.mediator_stage(), model.outcome_stage());
    let reading = settings.mediation.reading;
    let known = format!("the forecast of {outcome} that knows {mediator}");
    let alone = format!("the forecast of {outcome} from the exposures, without {mediator},");
    findings.push(skill("validation.outcome_path", &alone, &scores.path));
    findings.push(match reading {
        Reading::Predicted => Finding::new(
            "validation.outcome_conditional",
            Status::NotAssessed,
            format!("stage 2 reads only the prediction of {mediator}: knowing {mediator} changes no forecast"),
        ),
        Reading::TwoSlope | Reading::Observed => {
            skill("validation.outcome_conditional", &known, &scores.conditional)
        }
    });
    findings.push(skill(
        "validation.mediator",
        &format!("the forecast of {mediator}"),
        &scores.mediator,
    ));
    let twin = linear_twin(settings, dataset, &model);
    let (assessment, path) = PathAssessment::of(
        &twin,
        &AssessmentSettings {
            mediator,
            outcome,
            totals: TotalsSettings {
                replicates: bootstrap.draws.len(),
                level,
                block_length: bootstrap.block_length,
                seed: settings.seed,
            },
        },
    );
    findings.extend(path);
    let from_exposures = format!("the forecast of {outcome} from the exposures");
    findings.push(cross_validation_stable(&from_exposures, &scores.path));
    findings.push(importance_stability(mediator, outcome, &scores.forecasts));
    let link = settings.mediation.link;
    findings.push(
        PredictionIntervals::of(&scores, dataset.outcome(), &settings.validation, link)
            .finding(outcome, settings.validation.scheme),
    );
    let gain = nested_gain(dataset, &settings.features, reading, link, &folds);
    findings.push(direct_gain(outcome, gain));
    if settings.validation.placebos > 0 {
        let count = settings.validation.placebos;
        let placebos = Placebos::run(dataset, &settings.features, &recipe, count, settings.seed);
        findings.extend(placebo(mediator, outcome, placebos));
    }
    if let Some(held) = settings.validation.holdout(weeks)? {
        let scores = CrossValidation::run(&recipe, dataset, &settings.features, &[held])?;
        findings.push(skill(
            "validation.holdout",
            &format!("on the holdout, {alone}"),
            &scores.path,
        ));
    }
    findings.push(believable(
        &effects,
        dataset.outcome().iter().sum(),
        outcome,
    ));
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
        path: assessment,
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
    })
}

/// The linear twin of the model. The columns of the seed recipe repeat each other, so plain spend
/// stands in for them.
fn linear_twin(
    settings: &Settings,
    dataset: &Dataset,
    model: &FittedMediation,
) -> Result<LinearTwin> {
    match settings.features.recipe {
        Recipe::Standard => LinearTwin::of(model, dataset),
        Recipe::Seed => {
            let adstock = AdstockSettings {
                decay: Decay::Fixed(0.0),
                ..AdstockSettings::default()
            };
            let plain = FeatureSettings {
                adstock,
                ..FeatureSettings::default()
            };
            let (features, _) = plain.fit(dataset, 0..dataset.len())?;
            let nothing = || Design::new(dataset.len(), Vec::new());
            LinearTwin::from_designs(
                dataset,
                settings.mediation.link,
                &|path| features.mediator_design(path, 0.0),
                &|_| nothing(),
            )
        }
    }
}

/// What there is to learn from, if it can be learned from at all.
fn prepare(dataset: &Dataset, settings: &Settings) -> Result<Prepared> {
    settings.validate()?;
    refuse_constant_mediator(dataset)?;
    refuse_logarithm_of_nothing(settings, dataset)?;
    let prepared = Prepared::new(dataset, &settings.features, 0..dataset.len())?;
    refuse_too_few_weeks(settings, &prepared.mediator_designs[0].1)?;
    Ok(prepared)
}

/// Whether [`run`] would get as far as a fit: everything it refuses, and one fit of both stages.
///
/// # Errors
/// Those of [`run`].
pub fn can_fit(dataset: &Dataset, settings: &Settings) -> Result<()> {
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

/// A week without sales has no logarithm: it is named by its date, which stage 2 does not know.
fn refuse_logarithm_of_nothing(settings: &Settings, dataset: &Dataset) -> Result<()> {
    let outcome = dataset.outcome();
    let nothing = outcome.iter().position(|value| *value <= 0.0);
    let (Link::Log, Some(week)) = (settings.mediation.link, nothing) else {
        return Ok(());
    };
    Err(Error::setting(
        format!(
            "`link = \"log\"` needs an outcome above zero; {} is {} in week {}",
            name(dataset, Role::Outcome),
            outcome[week],
            dataset.weeks()[week]
        ),
        "use `link = \"identity\"`, or leave the weeks without sales out of the file",
    ))
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

/// No channel can have brought more than all there was; where the numbers say so, the contrast
/// reaches beyond what the data show.
fn believable(effects: &[ChannelEffects], all: f64, outcome: &str) -> Finding {
    const ID: &str = "effects.larger_than_outcome";
    let too_large: Vec<&str> = effects
        .iter()
        .filter(|effect| {
            effect
                .total
                .point
                .is_some_and(|total| total.abs() > all.abs())
        })
        .map(|effect| effect.channel.as_str())
        .collect();
    if too_large.is_empty() {
        let said = format!("no effect is larger than all {outcome} in the file");
        return Finding::new(ID, Status::Passed, said);
    }
    let said = format!(
        "the total effect of {} is larger than all {outcome} in the file: a world without the channel lies \
         too far from the data, and the number should not be used",
        too_large.join(", ")
    );
    Finding::new(ID, Status::Failed, said)
        .with("channels", too_large)
        .with("outcome", all)
}

/// A point outside its own interval: the resamples are centred elsewhere.
fn outside(effects: &[ChannelEffects]) -> Option<Finding> {
    let outside: Vec<&str> = effects
        .iter()
        .filter(|effect| {
            let total = &effect.total;
            matches!((total.point, total.interval()), (Some(point), Some(interval)) if !interval.contains(point))
        })
        .map(|effect| effect.channel.as_str())
        .collect();
    if outside.is_empty() {
        return None;
    }
    let said = format!(
        "the total effect of {} lies outside its own interval: the resamples are centred elsewhere, so the \
         point is not to be trusted",
        outside.join(", ")
    );
    Some(
        Finding::new("effects.point_outside_interval", Status::Warning, said)
            .with("channels", outside),
    )
}

/// How much carry-over falls after the last week, by the stage that holds more of it back.
fn carry_over(settings: &Settings, prepared: &Prepared, model: &FittedMediation) -> Finding {
    if settings.features.recipe == Recipe::Seed {
        return Finding::new(
            "effects.carry_over_beyond_data",
            Status::NotAssessed,
            "the moving averages of the seed recipe are not carry-over of spend: what falls after the last \
             week is unknown",
        );
    }
    let (first, second) = model.carry_overs();
    carry_over_finding(prepared.observed.exposures().map(|name| {
        let spend = prepared.observed.get(name);
        let share = |stage| {
            let kernel = prepared.features.kernel(name, stage);
            kernel.map_or(0.0, |kernel| carry_over_beyond(spend, kernel))
        };
        let drawn = prepared.direct.iter().any(|direct| direct == name);
        let beyond = if drawn {
            share(first).max(share(second))
        } else {
            share(first)
        };
        (name, beyond)
    }))
}

/// What tuning chose for a stage: the carry-over of its exposures first, where it has any.
fn tuned(predictor: &dyn Predictor, mut carry_over: Map<String, Value>) -> Map<String, Value> {
    carry_over.extend(predictor.tuned());
    carry_over
}

/// Intervals of shrunken effects are stamped: they show stability, not coverage.
fn shrinkage(settings: &Settings) -> Option<Finding> {
    let stages = [
        ("mediator", &settings.stages.mediator),
        ("outcome", &settings.stages.outcome),
    ];
    let shrunken: Vec<&str> = stages
        .iter()
        .filter(|(_, estimator)| estimator.shrinks_causal())
        .map(|(stage, _)| *stage)
        .collect();
    if shrunken.is_empty() {
        return None;
    }
    Some(
        Finding::new(
            "effects.shrunken",
            Status::Warning,
            format!(
                "effects are shrunk towards 0 by the estimator of the {} stage{}: the intervals show how stable \
                 they are, they are not confidence intervals",
                shrunken.join(" and the "),
                if shrunken.len() > 1 { "s" } else { "" }
            ),
        )
        .with("stages", shrunken),
    )
}

/// Warns when more than 5% of the resamples had to be drawn again.
fn redraws(bootstrap: &Bootstrap) -> Option<Finding> {
    let replicates = bootstrap.draws.len();
    let share = bootstrap.redraws as f64 / replicates.max(1) as f64;
    (share > 0.05).then(|| {
        Finding::new(
            "effects.redraws",
            Status::Warning,
            format!(
                "{} of {replicates} resamples left a rare column without variation and were drawn again: the \
                 intervals are conditional on its presence",
                bootstrap.redraws
            ),
        )
        .with("redraws", bootstrap.redraws)
        .with("replicates", replicates)
    })
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
