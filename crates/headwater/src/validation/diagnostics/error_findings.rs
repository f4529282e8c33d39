//! What the classical tests of the errors and of the design say of both stages.

use serde_json::{Map, Value, json};

use super::autocorrelation::{breusch_godfrey, durbin_watson, ljung_box};
use super::basis::{Basis, scaled};
use super::collinearity::{condition_numbers, of_column};
use super::heteroskedasticity::{breusch_pagan, white};
use super::influence::influence as influence_of;
use super::newey_west::{bartlett_lags, long_run_variance, own_part};
use super::normality::{jarque_bera, shapiro_wilk};
use super::twin::{Examined, Twin};
use crate::data::Dataset;
use crate::design::{Column, Purpose};
use crate::finding::{Bound, Finding, Status};
use crate::numeric::vector::dot;

/// Both twins, or the finding that there is none.
fn twins<'a>(id: &str, stages: &'a [Examined<'a>; 2]) -> Result<[&'a Twin<'a>; 2], Finding> {
    match (&stages[0].twin, &stages[1].twin) {
        (Ok(first), Ok(second)) => Ok([first, second]),
        (Err(why), _) | (_, Err(why)) => Err(Finding::new(id, Status::NotAssessed, why.clone())),
    }
}

/// A finding by the smaller of two stages' p values; twice it, since two stages were asked.
fn by_p_value(
    id: &str,
    stages: [(&str, f64, Value); 2],
    passed: &str,
    warning: impl FnOnce(&str, &str) -> String,
) -> Finding {
    if stages.iter().any(|(_, p, _)| p.is_nan()) {
        let said = "the errors do not vary, so there is nothing to examine";
        return Finding::new(id, Status::NotAssessed, said);
    }
    let worse = usize::from(stages[1].1 < stages[0].1);
    let p = (2.0 * stages[worse].1).min(1.0);
    let name = stages[worse].0;
    let finding = if p < 0.05 {
        Finding::new(id, Status::Warning, warning(name, &super::said(p)))
    } else {
        Finding::new(id, Status::Passed, passed)
    };
    let evidence: Map<String, Value> = stages
        .into_iter()
        .map(|(name, _, evidence)| (name.to_string(), evidence))
        .collect();
    finding
        .measured("p value", p, Bound::AtLeast(0.05))
        .with("stages", evidence)
}

/// Breusch and Pagan's test decides, White's stands beside it.
pub(super) fn heteroskedasticity(stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.heteroskedasticity";
    let twins = match twins(ID, stages) {
        Ok(twins) => twins,
        Err(finding) => return finding,
    };
    if let Some(twin) = twins.iter().find(|twin| twin.columns.is_empty()) {
        let said = format!(
            "the stage of {} has no column that errors could vary with",
            twin.name
        );
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = twins.map(|twin| {
        let columns = twin.values();
        let test = breusch_pagan(&twin.residual, &columns);
        let white = white(&twin.residual, &columns);
        let evidence = json!({
            "breusch_pagan": test.statistic,
            "breusch_pagan_p": test.p,
            "white": white.map(|test| test.statistic),
            "white_p": white.map(|test| test.p),
        });
        (twin.name, test.p, evidence)
    });
    by_p_value(
        ID,
        tests,
        "no sign that some weeks' errors are larger than others' (Breusch-Pagan)",
        |name, p| {
            format!(
                "the errors of {name} are larger in some weeks than in others (Breusch-Pagan \
                 {p}): read the bootstrap intervals, which allow for it, and try `link = \"log\"` if \
                 it is the big weeks that miss by more"
            )
        },
    )
}

/// Breusch and Godfrey's test decides.
pub(super) fn autocorrelation(stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.autocorrelation";
    let weeks = stages[0].stage.target.len();
    let lags = bartlett_lags(weeks).max(1);
    let fewest = stages
        .iter()
        .map(|stage| {
            let (_, columns, _) = stage.errors();
            weeks.saturating_sub(columns.len())
        })
        .min()
        .unwrap_or(0);
    if fewest < lags + 8 {
        let said = format!("{weeks} weeks are too few to see whether errors last {lags} weeks");
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = [0, 1].map(|at| {
        let (errors, columns, whose) = stages[at].errors();
        let test = breusch_godfrey(&errors, &columns, lags);
        let evidence = json!({
            "residual": whose,
            "durbin_watson": durbin_watson(&errors),
            "breusch_godfrey": test.statistic,
            "breusch_godfrey_p": test.p,
            "ljung_box_p": ljung_box(&errors, lags, 0).p,
            "lags": lags,
        });
        (stages[at].stage.name, test.p, evidence)
    });
    let watson = [0, 1].map(|at| durbin_watson(&stages[at].errors().0));
    let names = [stages[0].stage.name, stages[1].stage.name];
    by_p_value(
        ID,
        tests,
        "no sign that a week's errors carry over to the next (Breusch-Godfrey)",
        |name, p| {
            let watson = if name == names[0] {
                watson[0]
            } else {
                watson[1]
            };
            format!(
                "the errors of {name} last for weeks (Breusch-Godfrey {p}, Durbin-Watson \
                 {watson:.2}): classical standard errors are too small; the block bootstrap allows \
                 for it; a missing season, trend or carry-over is the usual cause"
            )
        },
    )
}

/// Shapiro and Wilk's test decides, Jarque and Bera's beyond the 5,000 weeks it is made for.
pub(super) fn normality(stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.normality";
    let weeks = stages[0].stage.target.len();
    if weeks < 8 {
        let said = format!("{weeks} weeks show no shape");
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let tests = [0, 1].map(|at| {
        let (errors, _, whose) = stages[at].errors();
        let moments = jarque_bera(&errors);
        let shapiro = shapiro_wilk(&errors);
        let p = if weeks > 5000 {
            moments.test.p
        } else {
            shapiro.map_or(f64::NAN, |test| test.p)
        };
        let evidence = json!({
            "residual": whose,
            "shapiro_wilk": shapiro.map(|test| test.w),
            "shapiro_wilk_p": shapiro.map(|test| test.p),
            "jarque_bera": moments.test.statistic,
            "jarque_bera_p": moments.test.p,
            "skewness": moments.skewness,
            "kurtosis": moments.kurtosis,
        });
        (stages[at].stage.name, p, evidence)
    });
    by_p_value(
        ID,
        tests,
        "the errors have about the shape of a normal distribution (Shapiro-Wilk)",
        |name, p| {
            format!(
                "the errors of {name} are not normal (Shapiro-Wilk {p}): this matters little \
                 for the bootstrap intervals, which do not assume it, but look at the most \
                 extreme weeks"
            )
        },
    )
}

/// A causal slope whose variance is more than this many times what it would be alone.
const LARGE_INFLATION: f64 = 10.0;

/// Variance inflation of the causal columns decides.
pub(super) fn collinearity(stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.collinearity";
    let mut worst: Option<(&str, &str, f64)> = None;
    let mut dependent: Vec<String> = Vec::new();
    let mut evidence = Map::new();
    for stage in stages {
        let stage = stage.stage;
        let weeks = stage.target.len();
        // Controls first: a causal column that they and the others make up is then the one named.
        let mut columns: Vec<&Column> = stage.design.columns().iter().collect();
        columns.sort_by_key(|column| column.purpose == Purpose::Causal);
        if columns.len() + 2 > weeks {
            let said = format!(
                "the stage of {} has {} columns for {weeks} weeks: every column is a combination \
                 of the others; use fewer columns",
                stage.name,
                columns.len()
            );
            return Finding::new(ID, Status::NotAssessed, said);
        }
        let basis = Basis::new(weeks, columns.iter().map(|column| &*column.values));
        let causal = |at: &usize| columns[*at].purpose == Purpose::Causal;
        let named = basis.dependent.iter().filter(|at| causal(at));
        dependent.extend(named.map(|&at| format!("{} ({})", columns[at].name, stage.name)));
        let kept: Vec<&Column> = (0..columns.len())
            .filter(|at| !basis.dependent.contains(at))
            .map(|at| columns[at])
            .collect();
        let values: Vec<&[f64]> = kept.iter().map(|column| &*column.values).collect();
        let mut inflations = Map::new();
        for (j, column) in kept.iter().enumerate() {
            if column.purpose == Purpose::Control {
                continue;
            }
            let inflation = of_column(&values, j);
            inflations.insert(column.name.to_string(), Value::from(inflation));
            if worst.is_none_or(|(_, _, most)| inflation > most) {
                worst = Some((&column.name, stage.name, inflation));
            }
        }
        let condition = condition_numbers(&values);
        let repeated: Vec<&str> = basis
            .dependent
            .iter()
            .map(|&at| &*columns[at].name)
            .collect();
        evidence.insert(
            stage.name.to_string(),
            json!({
                "variance_inflation": inflations,
                "condition_number": condition.unit_length,
                "condition_number_standardised": condition.standardised,
                "dependent": repeated,
            }),
        );
    }
    let finding = if !dependent.is_empty() {
        let said = format!(
            "{} a combination of the other columns of the stage: no data could tell its effect \
             from theirs; remove or merge columns",
            super::agreeing(
                &dependent.iter().map(String::as_str).collect::<Vec<_>>(),
                "is",
                "are each"
            )
        );
        Finding::new(ID, Status::Failed, said)
    } else {
        let Some((column, stage, inflation)) = worst else {
            let said = "no causal column to tell from the others";
            return Finding::new(ID, Status::NotAssessed, said).with("stages", evidence);
        };
        let (status, said) = if inflation > LARGE_INFLATION {
            let said = format!(
                "{column} moves so much like the other columns of the stage of {stage} that the \
                 variance of its slope is {inflation:.0} times what it would be alone: its effect \
                 is easily mistaken for theirs; vary it on its own, or merge it with what it moves with"
            );
            (Status::Warning, said)
        } else {
            let said = "every causal column moves enough on its own";
            (Status::Passed, said.to_string())
        };
        Finding::new(ID, status, said).measured(
            "largest variance inflation",
            inflation,
            Bound::AtMost(LARGE_INFLATION),
        )
    };
    finding.with("stages", evidence)
}

/// Cook's distance beyond which one week moves all slopes to about the edge of their joint 50%
/// region (Cook and Weisberg 1982).
const DOMINANT: f64 = 1.0;

/// Twice the share of weeks above 4/n that normal errors give.
const MANY: f64 = 0.1;

/// The most influential week decides; the weeks above 4/n are named.
pub(super) fn influence(data: &Dataset, stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.influence";
    let twins = match twins(ID, stages) {
        Ok(twins) => twins,
        Err(finding) => return finding,
    };
    let weeks = data.len();
    let bound = 4.0 / weeks as f64;
    let mut evidence = Map::new();
    let mut worst = (0, f64::NEG_INFINITY, twins[0].name, 0);
    let mut alone = Vec::new();
    for twin in twins {
        let found = influence_of(&twin.residual, &twin.values());
        let mut flagged: Vec<(usize, f64)> = found
            .cooks_distance
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, distance)| *distance > bound)
            .collect();
        flagged.sort_by(|a, b| b.1.total_cmp(&a.1));
        let fitted_alone = (0..weeks).filter(|&t| found.cooks_distance[t].is_nan());
        alone.extend(fitted_alone.map(|t| data.weeks()[t].to_string()));
        let most = found.cooks_distance.iter().copied().enumerate();
        let most = most.filter(|(_, distance)| !distance.is_nan());
        if let Some((week, distance)) = most.max_by(|a, b| a.1.total_cmp(&b.1))
            && distance > worst.1
        {
            worst = (week, distance, twin.name, flagged.len());
        }
        let dates: Vec<String> = flagged
            .iter()
            .map(|(t, _)| data.weeks()[*t].to_string())
            .collect();
        let largest = found.leverage.iter().copied().fold(0.0, f64::max);
        evidence.insert(
            twin.name.to_string(),
            json!({"weeks_above_4_over_n": dates, "largest_leverage": largest}),
        );
    }
    let (week, distance, stage, count) = worst;
    if distance == f64::NEG_INFINITY {
        let said = "every week has a column of its own, so none can be left out";
        return Finding::new(ID, Status::NotAssessed, said);
    }
    let date = data.weeks()[week];
    let many = count as f64 > MANY * weeks as f64;
    let (status, said) = if distance > DOMINANT || many {
        let said = format!(
            "the fit of {stage} hangs on few weeks: {count} of {weeks} have a Cook's distance above \
             4/n, most of all the week of {date} ({distance:.2}); check those weeks for errors and \
             events, and fit again without them"
        );
        (Status::Warning, said)
    } else {
        let said = format!(
            "no single week decides the fit; {count} of {weeks} weeks of {stage} have a Cook's \
             distance above 4/n, most of all {date} ({distance:.2})"
        );
        (Status::Passed, said)
    };
    let share = count as f64 / weeks as f64;
    let finding = Finding::new(ID, status, said);
    let finding = if distance > DOMINANT || !many {
        finding.measured("largest Cook's distance", distance, Bound::AtMost(DOMINANT))
    } else {
        finding.measured("share of weeks above 4/n", share, Bound::AtMost(MANY))
    };
    finding
        .with("week", date.to_string())
        .with("fitted_exactly", alone)
        .with("stages", evidence)
}

/// A ratio of standard errors beyond which classical intervals would be badly too narrow: at 1.5
/// a 95% interval covers 81%.
const MUCH_WIDER: f64 = 1.5;

/// The largest ratio of Newey-West to classical standard errors over the causal slopes.
pub(super) fn standard_errors(stages: &[Examined; 2]) -> Finding {
    const ID: &str = "diagnostics.standard_errors";
    let twins = match twins(ID, stages) {
        Ok(twins) => twins,
        Err(finding) => return finding,
    };
    let mut evidence = Map::new();
    let mut worst: Option<(&str, &str, f64)> = None;
    for twin in twins {
        let (n, columns) = (twin.residual.len(), twin.values());
        let lags = bartlett_lags(n);
        let mut ratios = Map::new();
        for (j, column) in twin.columns.iter().enumerate() {
            if column.purpose == Purpose::Control {
                continue;
            }
            let own = scaled(&own_part(&columns, j));
            let scores: Vec<f64> = own.iter().zip(&twin.residual).map(|(x, e)| x * e).collect();
            // n / (n − k) is in both variances.
            let classical = dot(&own, &own) * dot(&twin.residual, &twin.residual) / n as f64;
            let ratio = (long_run_variance(&scores, lags) / classical).sqrt();
            ratios.insert(column.name.to_string(), Value::from(ratio));
            if ratio.is_finite() && worst.is_none_or(|(_, _, most)| ratio > most) {
                worst = Some((&column.name, twin.name, ratio));
            }
        }
        evidence.insert(twin.name.to_string(), Value::from(ratios));
    }
    let Some((column, stage, ratio)) = worst else {
        let said = "no causal slope has a standard error";
        return Finding::new(ID, Status::NotAssessed, said);
    };
    let (status, said) = if ratio > MUCH_WIDER {
        let said = format!(
            "errors that last or vary make the slope of {column} on {stage} {ratio:.1} times as \
             uncertain as classical standard errors say (Newey-West): read the bootstrap intervals \
             only"
        );
        (Status::Warning, said)
    } else {
        let said = format!(
            "standard errors that allow for lasting and uneven errors are at most {ratio:.1} times \
             the classical ones"
        );
        (Status::Passed, said)
    };
    Finding::new(ID, status, said)
        .measured(
            "largest ratio of standard errors",
            ratio,
            Bound::AtMost(MUCH_WIDER),
        )
        .with("stages", evidence)
}
