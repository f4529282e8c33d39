//! Does spend know something about revenue that the model does not?

use rand::RngExt;
use serde_json::{Map, Value};

use super::newey_west::score_test;
use super::regression::{Examined, Regression};
use crate::data::Dataset;
use crate::finding::{Bound, Finding, Status};
use crate::numeric::orthonormal::Basis;
use crate::numeric::random::stream;
use crate::numeric::vector::{dot, scaled};
use crate::validation::holm;
use crate::words;

const ID: &str = "diagnostics.hidden_demand";
const ROTATIONS: usize = 399;

/// Whether budgets look as if they followed a demand that the model does not hold fixed. Three
/// tests, Holm's correction over them:
///
/// - one channel ahead: next week's spend of an exposure, or next week's mediator, in the
///   regression of this week's outcome (the smallest p of the channels, by Holm);
/// - all channels ahead: the same for the next two weeks of all exposures together;
/// - together: the exposures rise and fall in the same weeks.
///
/// Money not yet spent cannot have sold anything: if it explains the outcome, both follow
/// something that is not in the data (strict exogeneity; Sims 1972).
pub(super) fn finding(data: &Dataset, stages: &[Examined; 2], seed: u64) -> Finding {
    let regression = match &stages[0].regression {
        Ok(regression) => regression,
        Err(why) => return Finding::new(ID, Status::NotAssessed, why.clone()),
    };
    let outcome = stages[1].stage.target;
    let exposures: Vec<(&str, Vec<f64>)> = data
        .roles()
        .exposures()
        .into_iter()
        .filter_map(|name| Some((name, unplanned(data.column(name), regression)?)))
        .collect();
    let all = together(&exposures);
    let several = exposures.len() > 1;

    let mediator = stages[0].stage;
    let mut channels: Vec<(&str, f64)> = exposures
        .iter()
        .map(|(name, spend)| (*name, &spend[..]))
        .chain([(mediator.name, mediator.target)])
        .filter_map(|(name, spend)| Some((name, ahead(outcome, spend, 1, regression)?)))
        .collect();
    let adjusted = holm(&channels.iter().map(|(_, p)| *p).collect::<Vec<f64>>());
    channels
        .iter_mut()
        .zip(adjusted)
        .for_each(|(channel, p)| channel.1 = p);
    let first = channels.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));

    let tests: Vec<(Sign, f64)> = [
        first.map(|(name, p)| (Sign::Channel(name), p)),
        several
            .then(|| ahead(outcome, &all, 2, regression))
            .flatten()
            .map(|p| (Sign::All, p)),
        several.then(|| (Sign::Together, moving_together(&exposures, seed))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let adjusted = holm(&tests.iter().map(|(_, p)| *p).collect::<Vec<f64>>());
    let Some(worst) = (0..tests.len()).min_by(|&a, &b| adjusted[a].total_cmp(&adjusted[b])) else {
        let said = "no spend varies over enough weeks to ask whether it runs ahead of revenue";
        return Finding::new(ID, Status::NotAssessed, said);
    };
    let p = adjusted[worst];
    let p_said = words::p_value(p);
    let remedy = "effects are then overstated; add a measure of demand (search volume, category \
                  sales) as a control, or vary budgets by plan";
    let (status, summary) = match tests[worst].0 {
        _ if p >= 0.05 => {
            let said = "next week's spend says nothing about this week's outcome and channels do \
                        not move together; demand that moves spend and outcome in the same week \
                        alone would not show here";
            (Status::Passed, said.to_string())
        }
        Sign::Together => {
            let said = format!(
                "the exposures rise and fall in the same weeks by more than chance, season and \
                 controls apart ({p_said}): they follow one plan, or one demand that is not in the \
                 data, and which of the two the data cannot say; if it is demand, {remedy}"
            );
            (Status::Warning, said)
        }
        sign => {
            let whose = match sign {
                Sign::Channel(name) => format!("next week's {name} goes"),
                _ => "the next two weeks of spend go".to_string(),
            };
            let said = format!(
                "{whose} with this week's outcome ({p_said}), which it cannot have caused: budgets \
                 seem to follow a demand that is not in the data; {remedy}"
            );
            (Status::Warning, said)
        }
    };
    let each: Map<String, Value> = channels
        .into_iter()
        .map(|(name, p)| (name.to_string(), Value::from(p)))
        .collect();
    let mut finding = Finding::new(ID, status, summary)
        .measured("p value", p, Bound::AtLeast(0.05))
        .with("p_next_week", each);
    for ((sign, _), p) in tests.iter().zip(&adjusted) {
        let key = match sign {
            Sign::Channel(_) => "p_one_channel_ahead",
            Sign::All => "p_all_channels_ahead",
            Sign::Together => "p_moving_together",
        };
        finding = finding.with(key, *p);
    }
    finding
}

/// What was asked.
#[derive(Clone, Copy)]
enum Sign<'a> {
    Channel(&'a str),
    All,
    Together,
}

/// Spend without what the controls explain, of unit length; none when nothing is left.
fn unplanned(spend: &[f64], regression: &Regression) -> Option<Vec<f64>> {
    let spend = scaled(spend);
    let alone = Basis::new(spend.len(), []).residual(&spend);
    let left = Basis::new(spend.len(), regression.controls()).residual(&spend);
    let (length, varies) = (dot(&left, &left).sqrt(), dot(&alone, &alone).sqrt());
    (length > 1e-8 * varies && varies > 1e-12)
        .then(|| left.iter().map(|value| value / length).collect())
}

/// The sum of the exposures' unplanned spend.
fn together(exposures: &[(&str, Vec<f64>)]) -> Vec<f64> {
    let weeks = exposures.first().map_or(0, |(_, spend)| spend.len());
    let sum = |t: usize| exposures.iter().map(|(_, spend)| spend[t]).sum();
    (0..weeks).map(sum).collect()
}

/// The score test of the next `reach` weeks' spend in the outcome, given this and last week's and
/// all columns of stage 1.
fn ahead(outcome: &[f64], spend: &[f64], reach: usize, regression: &Regression) -> Option<f64> {
    let weeks = 1..outcome.len().checked_sub(reach)?;
    let spend = scaled(spend);
    let columns = regression.values();
    let held: Vec<&[f64]> = columns
        .iter()
        .map(|column| column.get(weeks.clone()))
        .chain([spend.get(weeks.clone()), spend.get(..weeks.len())])
        .collect::<Option<_>>()?;
    let next: Vec<f64> = weeks
        .clone()
        .map(|t| spend[t + 1..=t + reach].iter().sum())
        .collect();
    let p = score_test(outcome.get(weeks)?, &held, &[&next])?.p;
    p.is_finite().then_some(p)
}

/// How often channels that keep their own rhythm but start it in some other week move together as
/// much: the variance of the sum of their unplanned spend, each turned around by a random number
/// of weeks.
fn moving_together(exposures: &[(&str, Vec<f64>)], seed: u64) -> f64 {
    let power = |sum: &[f64]| dot(sum, sum);
    let observed = power(&together(exposures));
    let mut random = stream(seed, 3);
    let beyond = (0..ROTATIONS)
        .filter(|_| {
            let turned: Vec<(&str, Vec<f64>)> = exposures
                .iter()
                .map(|(name, spend)| {
                    let mut turned = spend.clone();
                    turned.rotate_left(random.random_range(0..spend.len()));
                    (*name, turned)
                })
                .collect();
            power(&together(&turned)) >= observed
        })
        .count();
    (beyond + 1) as f64 / (ROTATIONS + 1) as f64
}
