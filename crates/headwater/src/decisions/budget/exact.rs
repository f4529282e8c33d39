//! What linear models say of a plan: exactly, as slopes of what they read of the spend.

use std::collections::HashMap;

use super::horizon::Horizon;
use super::surface::{Curve, Curves, Weights};
use crate::data::role::Role;
use crate::design::Design;
use crate::effects::Ensemble;
use crate::error::Result;
use crate::estimators::Predictor;
use crate::features::saturation::Response;
use crate::features::{CarryOver, ExposurePath, Kernel};
use crate::mediation::{FittedMediation, Link, MediatorPolicy};

/// How far a curve may be from what the stages read, as a share of it: sums of a hundred weeks.
const SAME: f64 = 1e-9;

/// What one model says of one channel: how each stage reads it, and the slopes.
struct Slopes {
    mediator: (Kernel, Response, f64),
    outcome: (Kernel, Response, f64),
    /// Of the outcome for the mediator.
    through: f64,
}

/// Curves with the weights of the fitted model and of each replicate.
type Read = (Curves, Weights, Vec<Weights>);

/// The curves of all channels with the weights of the fitted model and of each replicate; the
/// reason why there are none where effects are no sums of curves.
///
/// # Errors
/// What a model fails with.
pub(super) fn exact(
    ensemble: &Ensemble,
    horizon: &Horizon,
    policy: MediatorPolicy,
) -> Result<std::result::Result<Read, &'static str>> {
    let features = &ensemble.prepared().features;
    if ensemble.point().link() != Link::Identity {
        return Ok(Err("the outcome is fitted on the log scale"));
    }
    if !features.one_signal_each() {
        return Ok(Err(
            "lags, flags, interactions or the seed recipe read spend in more ways than one",
        ));
    }
    if matches!(policy, MediatorPolicy::Cap(_)) {
        return Ok(Err("a cap on the mediator bends the effects"));
    }
    let Some(point) = slopes(ensemble.point(), horizon)? else {
        return Ok(Err("a stage is not linear"));
    };
    if !reads_as_curves(ensemble.point(), horizon) {
        return Ok(Err("extreme spend is held at a limit"));
    }
    let draws = ensemble.ask(|model| slopes(model, horizon))?.draws;
    let Some(draws) = draws.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(Err("a stage is not linear"));
    };
    let models = || [&point].into_iter().chain(&draws);
    let shapes: Vec<Vec<(Kernel, Response)>> = (0..horizon.channels.len())
        .map(|j| {
            let mut shapes = Vec::new();
            for model in models() {
                for (kernel, response, _) in [model[j].mediator, model[j].outcome] {
                    if !shapes.contains(&(kernel, response)) {
                        shapes.push((kernel, response));
                    }
                }
            }
            shapes
        })
        .collect();
    let weights = |model: &Vec<Slopes>| {
        let mut weights = Weights {
            outcome: Vec::new(),
            mediator: Vec::new(),
        };
        for (slopes, shapes) in model.iter().zip(&shapes) {
            for shape in shapes {
                let of = |(kernel, response, slope)| match (kernel, response) == *shape {
                    true => slope,
                    false => 0.0,
                };
                let moved = match policy {
                    MediatorPolicy::Fixed => 0.0,
                    _ => of(slopes.mediator),
                };
                weights.mediator.push(moved);
                weights
                    .outcome
                    .push(moved * slopes.through + of(slopes.outcome));
            }
        }
        weights
    };
    let point = weights(&point);
    let draws = draws.iter().map(weights).collect();
    let channels = horizon.channels.iter().zip(&shapes);
    let curves = channels.map(|(channel, shapes)| {
        let curve = |(kernel, response): &(Kernel, Response)| {
            let (carried, unit) = horizon.carried(channel, *kernel);
            signal(carried, unit, *response)
        };
        shapes.iter().map(curve).collect()
    });
    Ok(Ok((Curves::new(curves.collect()), point, draws)))
}

/// The curve of a channel; without saturation all weeks are one.
fn signal(carried: Vec<f64>, unit: Vec<f64>, response: Response) -> Curve {
    let (carried, unit) = match response.scale() {
        Some(_) => (carried, unit),
        None => (vec![0.0], vec![unit.iter().sum()]),
    };
    Curve::Signal {
        carried,
        unit,
        response,
    }
}

/// The slopes of one model; none where a stage is not linear.
fn slopes(model: &FittedMediation, horizon: &Horizon) -> Result<Option<Vec<Slopes>>> {
    let (first, design) = model.mediator_stage();
    let Some(first) = coefficients(first, &design)? else {
        return Ok(None);
    };
    let (second, design) = model.outcome_stage();
    let Some(second) = coefficients(second, &design)? else {
        return Ok(None);
    };
    let mediator = horizon.reference.roles().only(Role::Mediator);
    let mediator = mediator.expect("checked by Dataset::new");
    // the parts of the mediator that move with spend; what is autonomous does not
    let through = ["observed", "predicted", "induced"]
        .iter()
        .filter_map(|part| second.get(&format!("{mediator} ({part})")))
        .sum();
    let (of_first, of_second) = model.carry_overs();
    let prepared = model.prepared();
    let channels = horizon.channels.iter().map(|channel| {
        let name = &channel.name;
        let shape = |carry_over: &CarryOver| {
            let kernel = prepared.features.kernel(name, carry_over);
            Some((kernel?, prepared.features.response(name, carry_over)?))
        };
        let slope = |stage: &HashMap<String, f64>| stage.get(name).copied().unwrap_or(0.0);
        let (first_kernel, first_response) = shape(of_first)?;
        let (second_kernel, second_response) = shape(of_second)?;
        let direct = match prepared.direct.contains(name) {
            true => slope(&second),
            false => 0.0,
        };
        Some(Slopes {
            mediator: (first_kernel, first_response, slope(&first)),
            outcome: (second_kernel, second_response, direct),
            through,
        })
    });
    Ok(channels.collect())
}

fn coefficients(stage: &dyn Predictor, design: &Design) -> Result<Option<HashMap<String, f64>>> {
    let terms = stage.terms(design)?.into_iter();
    Ok(terms
        .map(|term| Some((term.name, term.coefficient?)))
        .collect())
}

/// Whether the stages read carried-over, saturated spend and nothing else.
fn reads_as_curves(model: &FittedMediation, horizon: &Horizon) -> bool {
    let features = &model.prepared().features;
    let (first, second) = model.carry_overs();
    let doubled: Vec<f64> = horizon.channels.iter().map(|c| 2.0 * c.current).collect();
    let Ok(doubled) = horizon.planned(&doubled) else {
        return false;
    };
    let path = ExposurePath::observed(&doubled);
    horizon.channels.iter().all(|channel| {
        [first, second].into_iter().all(|carry_over| {
            let read = features.signal(&channel.name, &path, carry_over);
            let kernel = features.kernel(&channel.name, carry_over);
            let response = features.response(&channel.name, carry_over);
            let (Some(read), Some(kernel), Some(response)) = (read, kernel, response) else {
                return false;
            };
            let spend = kernel.apply(doubled.column(&channel.name));
            let sum: f64 = spend.iter().map(|x| response.of(*x)).sum();
            let read: f64 = read.iter().sum();
            (read - sum).abs() <= SAME * sum.abs()
        })
    })
}
