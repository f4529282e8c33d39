//! Do budgets follow last week's revenue?

use serde_json::{Map, Value};

use super::newey_west::score_test;
use super::regression::{Examined, Regression};
use crate::data::Dataset;
use crate::data::role::Role;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::vector::{dot, scaled};
use crate::validation::holm;
use crate::words;

const ID: &str = "diagnostics.feedback";
/// Weeks of the past that may be answered to.
const PAST: usize = 2;

/// Whether surprises in the outcome of the last two weeks predict the spend of an exposure, or
/// the mediator, given its own last two weeks and the controls (assumption A5).
///
/// A surprise is what the exposures and controls leave of the outcome: the outcome itself carries
/// the past spend, which predicts spend without any feedback. The mediator's own past is likewise
/// what they leave of it, and this week's exposures are held fixed.
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2]) -> Finding {
    let regression = match &stages[0].regression {
        Ok(regression) => regression,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why.clone()),
    };
    let surprise = regression.basis.residual(&scaled(stages[1].stage.target));
    let controls = regression.controls();
    let mut tests: Vec<(&str, f64)> = data
        .roles()
        .exposures()
        .into_iter()
        .filter_map(|name| {
            let spend = scaled(data.column(name));
            Some((name, p_value(&spend, &spend, &surprise, &controls)?))
        })
        .collect();
    let mediator = data.roles().only(Role::Mediator).unwrap_or(regression.name);
    if let Some(p) = p_value(
        stages[0].stage.target,
        &regression.residual,
        &surprise,
        &regression.values(),
    ) {
        tests.push((mediator, p));
    }
    if tests.is_empty() {
        let said = "no spend varies over enough weeks to ask whether it follows revenue";
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let p: Vec<f64> = tests.iter().map(|(_, p)| *p).collect();
    let adjusted = holm(&p);
    let smallest = adjusted.iter().copied().fold(1.0, f64::min);
    let following: Vec<&str> = tests
        .iter()
        .zip(&adjusted)
        .filter(|(_, p)| **p < 0.05)
        .map(|((name, _), _)| *name)
        .collect();
    let (status, summary) = if following.is_empty() {
        let said = "surprises in the outcome do not predict the spend of the next two weeks";
        (Status::Passed, said.to_string())
    } else {
        let said = format!(
            "{} the outcome of the weeks before ({}): a budget that answers to revenue \
             is no experiment, and its effect is easily overstated; add what the budget \
             follows as a control, or vary it by plan",
            words::agreeing(&following, "follows", "follow"),
            words::p_value(smallest)
        );
        (Status::Warning, said)
    };
    let each: Map<String, Value> = tests
        .iter()
        .zip(&adjusted)
        .map(|((name, _), p)| (name.to_string(), Value::from(*p)))
        .collect();
    let (lag, correlation) = echo(regression, stages);
    Finding::new(ID, status, summary)
        .measured("p value", smallest, Bound::AtLeast(0.05))
        .with("adjusted_p", each)
        .with("following", following)
        .with("largest_cross_correlation", correlation)
        .with("at_lag", lag)
}

/// The score test of last weeks' surprises in `spend`, given `own` past and the `held` columns of
/// the same week.
fn p_value(spend: &[f64], own: &[f64], surprise: &[f64], held: &[&[f64]]) -> Option<f64> {
    let n = spend.len();
    let held: Vec<&[f64]> = held
        .iter()
        .map(|column| column.get(PAST..))
        .chain((1..=PAST).map(|lag| own.get(PAST - lag..n.checked_sub(lag)?)))
        .collect::<Option<_>>()?;
    let added: Vec<&[f64]> = (1..=PAST)
        .map(|lag| surprise.get(PAST - lag..n.checked_sub(lag)?))
        .collect::<Option<_>>()?;
    let p = score_test(spend.get(PAST..)?, &held, &added)?.p;
    p.is_finite().then_some(p)
}

/// The largest correlation of stage 2's residual with stage 1's one to four weeks later, and its
/// lag.
fn echo(mediator: &Regression, stages: &[Examined; 2]) -> (usize, f64) {
    let (later, (earlier, ..)) = (&mediator.residual, stages[1].errors());
    let scale = (dot(later, later) * dot(&earlier, &earlier)).sqrt();
    (1..=4.min(later.len() - 1))
        .map(|lag| (lag, dot(&later[lag..], &earlier) / scale))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        .unwrap_or((0, 0.0))
}
