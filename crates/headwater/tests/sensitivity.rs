//! What would change the answer: closed forms against published figures and identities.

use std::sync::Arc;

use headwater::data::Dataset;
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::features::Decay;
use headwater::finding::{Bound, Finding, Status};
use headwater::mediation::{Link, Prepared};
use headwater::numeric::least_squares::least_squares;
use headwater::numeric::orthonormal::Basis;
use headwater::numeric::random::stream;
use headwater::simulate::{Channel, MarketSettings, simulate};
use headwater::validation::assumption::PathStrength;
use headwater::validation::linear_twin::{LinearTwin, Partialled, TwinColumn, TwinExposure};
use headwater::validation::sensitivity::{
    Confounder, DirectShare, Judged, Resamples, Return, Sensitivity, SensitivitySettings, Slope,
    grid, partial_r2, return_given_direct, robustness_value, sensitivity,
};
use rand::RngExt;

use crate::common::{altered, assert_close, settings_with, shared, with_direct};

const NO_RESAMPLES: Resamples = Resamples {
    replicates: 0,
    block_length: 8,
    seed: 42,
    level: 0.95,
};

/// The twin of least squares in both stages with carry-over 0.4.
fn twin_of(data: &Dataset, link: Link) -> LinearTwin {
    let mut settings = settings_with("ols");
    settings.features.adstock.decay = Decay::Fixed(0.4);
    settings.mediation.link = link;
    let prepared = Arc::new(Prepared::new(data, &settings.features, 0..data.len()).unwrap());
    let model = settings
        .model()
        .fit(
            &prepared,
            &prepared.mediator,
            &prepared.outcome,
            &vec![1.0; data.len()],
        )
        .unwrap();
    LinearTwin::of(&model, data).unwrap()
}

fn market(settings: MarketSettings) -> Dataset {
    simulate(&settings).unwrap().dataset
}

fn ask(data: &Dataset, link: Link) -> (Sensitivity, Vec<Finding>) {
    let twin = twin_of(data, link);
    let settings = SensitivitySettings::default();
    let (found, findings) = sensitivity(&twin, data.roles(), &settings, &NO_RESAMPLES);
    assert_findings(&findings);
    (found.unwrap(), findings)
}

/// Four findings, one a question, each with a page that explains it.
#[track_caller]
fn assert_findings(findings: &[Finding]) {
    let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "sensitivity.unmeasured_demand",
            "sensitivity.direct_share",
            "sensitivity.robustness",
            "sensitivity.stories"
        ]
    );
    for finding in findings {
        let page = format!(
            "{}/../../docs/explain/{}.md",
            env!("CARGO_MANIFEST_DIR"),
            finding.id
        );
        let text = std::fs::read_to_string(&page).unwrap_or_else(|why| panic!("{page}: {why}"));
        assert!(text.starts_with(&format!("# {}: ", finding.id)), "{page}");
        if let Some(measure) = &finding.measure {
            let holds = measure.bound.holds(measure.value);
            assert_eq!(holds, finding.status == Status::Passed, "{finding:?}");
        }
    }
}

fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = stream(seed, 0);
    (0..n).map(|_| rng.random::<f64>() - 0.5).collect()
}

/// What the basis leaves of some noise, at length 1, pushed onto the basis.
fn orthogonal(basis: &mut Basis, seed: u64, n: usize) -> Vec<f64> {
    let own = basis.residual(&noise(seed, n));
    let length = own.iter().map(|x| x * x).sum::<f64>().sqrt();
    let own: Vec<f64> = own.iter().map(|x| x / length).collect();
    assert!(basis.push(&own));
    own
}

fn mixed(parts: &[(f64, &[f64])]) -> Vec<f64> {
    (0..parts[0].1.len())
        .map(|t| parts.iter().map(|(factor, part)| factor * part[t]).sum())
        .collect()
}

fn roles(exposures: &[TwinExposure], mediator: Unit) -> Roles {
    let variable = |role, unit| Variable {
        role,
        direct: false,
        fill: Fill::Error,
        unit,
    };
    let mut roles = Roles::default();
    for exposure in exposures {
        roles.columns.insert(
            exposure.name.clone(),
            variable(Role::Exposure, exposure.unit),
        );
    }
    roles
        .columns
        .insert("google".into(), variable(Role::Mediator, mediator));
    roles
        .columns
        .insert("revenue".into(), variable(Role::Outcome, Unit::Money));
    roles
}

/// A twin whose exposures are plain columns without carry-over.
fn plain(
    exposures: &[(&str, &[f64])],
    controls: &[(&str, &[f64])],
    mediator: Vec<f64>,
    outcome: Vec<f64>,
) -> LinearTwin {
    LinearTwin {
        columns: exposures
            .iter()
            .map(|(name, values)| TwinColumn {
                name: name.to_string(),
                drawn: false,
                values: values.to_vec(),
            })
            .collect(),
        exposures: exposures
            .iter()
            .enumerate()
            .map(|(at, (name, values))| TwinExposure {
                name: name.to_string(),
                drawn: false,
                unit: Unit::Money,
                spend: values.iter().sum(),
                lost: vec![(at, values.to_vec())],
            })
            .collect(),
        controls: controls
            .iter()
            .map(|(name, values)| (name.to_string(), values.to_vec()))
            .collect(),
        mediator,
        revenue: outcome.clone(),
        outcome,
        link: Link::Identity,
    }
}

/// Two channels, a control, and errors of both stages that correlate at exactly 0.5 and touch
/// neither spend nor control: the truth is a return of `b` and no direct path.
fn hidden_demand(n: usize, b: f64) -> LinearTwin {
    let spend = |seed| -> Vec<f64> { noise(seed, n).iter().map(|x| 10.0 + 8.0 * x).collect() };
    let (facebook, tiktok, price) = (spend(1), spend(2), noise(3, n));
    let mut basis = Basis::default();
    for column in [&vec![1.0; n], &facebook, &tiktok, &price] {
        assert!(basis.push(column));
    }
    let (u, own) = (orthogonal(&mut basis, 4, n), orthogonal(&mut basis, 5, n));
    let e = mixed(&[(0.5, &u), (0.75f64.sqrt(), &own)]);
    let mediator = mixed(&[(0.5, &facebook), (0.2, &tiktok), (7.0, &price), (12.0, &u)]);
    let outcome = mixed(&[(b, &mediator), (-20.0, &price), (30.0, &e)]);
    plain(
        &[("facebook", &facebook), ("tiktok", &tiktok)],
        &[("price", &price)],
        mediator,
        outcome,
    )
}

#[test]
fn the_sweep_over_rho_repeats_the_published_figures_of_jobs() {
    let Some(file) = shared("reference/mediation/jobs.csv") else {
        return;
    };
    let text = std::fs::read_to_string(file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| -> Vec<f64> {
        let at = rows[0].iter().position(|cell| *cell == name).unwrap();
        rows[1..]
            .iter()
            .map(|row| row[at].parse().unwrap())
            .collect()
    };
    let (treat, econ, sex, age) = (
        column("treat"),
        column("econ_hard"),
        column("sex"),
        column("age"),
    );
    let twin = plain(
        &[("treat", &treat)],
        &[("econ_hard", &econ), ("sex", &sex), ("age", &age)],
        column("job_seek"),
        column("depress2"),
    );
    let roles = roles(&twin.exposures, Unit::Money);
    let settings = SensitivitySettings::default();
    let (found, _) = sensitivity(&twin, &roles, &settings, &NO_RESAMPLES);
    let demand = found.unwrap().unmeasured_demand.unwrap();
    // R 4.2.2, mediation 4.5.1: medsens with fgls eps 1e-12 (methods brief, 6.1, 10 digits).
    assert_close(demand.shocks.correlation, -0.2734697046, 1e-8);
    assert_close(demand.zero_crossing.point.unwrap(), -0.2734697046, 1e-8);
    assert_close(
        demand.shocks.outcome_sd / demand.shocks.mediator_sd,
        0.6354830875 / 0.7242416557,
        1e-9,
    );
    // The figures divide by 899 rows less one.
    let scale = (899.0 / 898.0f64).sqrt();
    assert_close(demand.shocks.outcome_sd * scale, 0.6354830875, 1e-9);
    assert_close(demand.shocks.mediator_sd * scale, 0.7242416557, 1e-9);
    let treated: f64 = treat.iter().sum();
    for (rho, indirect) in [
        (-0.9, 0.0985986),
        (-0.5, 0.0162284),
        (-0.3, 0.0016712),
        (-0.2, -0.0044405),
        (0.0, -0.0157446),
        (0.3, -0.0331605),
        (0.5, -0.0477177),
        (0.9, -0.1300879),
    ] {
        let point = demand.points.iter().find(|point| point.rho == rho).unwrap();
        // The figures have 7 decimals.
        assert_close(
            point.channels[0].through.unwrap() / treated,
            indirect,
            5.1e-8,
        );
    }
    // R mediation, point estimates (methods brief, 9, check 6).
    let at_zero = &demand.points[9].channels[0];
    assert_close(at_zero.through.unwrap() / treated, -0.0157446450289, 1e-8);
    assert_close(at_zero.around.unwrap() / treated, -0.0402647000018, 1e-8);
    assert_close(demand.b_auto, -0.239954952710, 1e-8);
}

#[test]
fn the_map_from_correlation_to_slope_and_back_is_an_identity() {
    let demand = ask(&market(MarketSettings::default()), Link::Identity)
        .0
        .unmeasured_demand
        .unwrap();
    for rho in grid() {
        assert_close(
            demand.shocks.correlation_for(demand.shocks.slope(rho)),
            rho,
            1e-12,
        );
    }
    let needed = demand.no_direct_path.point.unwrap();
    assert_close(demand.shocks.slope(needed), demand.b_ind.unwrap(), 1e-12);
    assert_eq!(demand.points.len(), 19);
    for point in &demand.points {
        for (channel, first) in point.channels.iter().zip(&demand.points[0].channels) {
            let total = |it: &headwater::validation::sensitivity::ChannelSplit| {
                it.through.unwrap() + it.around.unwrap()
            };
            // Sums of 1e5 over 104 weeks: rounding of 1e-16 each way, times cancellation at 0.9.
            assert_close(total(channel), total(first), 1e-6);
        }
    }
}

#[test]
fn hidden_demand_is_needed_at_exactly_the_correlation_that_was_built_in() {
    let twin = hidden_demand(90, 3.0);
    let roles = roles(&twin.exposures, Unit::Money);
    let settings = SensitivitySettings::default();
    let (found, findings) = sensitivity(&twin, &roles, &settings, &NO_RESAMPLES);
    assert_findings(&findings);
    let found = found.unwrap();
    let demand = found.unmeasured_demand.unwrap();
    assert_close(demand.b_ind.unwrap(), 3.0, 1e-11);
    assert_close(demand.no_direct_path.point.unwrap(), 0.5, 1e-11);
    // b_auto = 3 + rho sd(e) / sd(u)
    assert_close(demand.b_auto, 3.0 + 0.5 * 30.0 / 12.0, 1e-11);
    assert_eq!(findings[0].status, Status::Warning);
    let measure = findings[0].measure.as_ref().unwrap();
    assert_eq!(measure.bound, Bound::AtMost(0.3));
    assert!(
        findings[0].summary.contains("with a correlation of 0.50"),
        "{}",
        findings[0].summary
    );
    // Loaded returns are 3 a / (1 + a): 1 and 0.5, the order and both sides the same everywhere.
    let row = &found.stories.unwrap().channels[0];
    assert_close(row.no_direct_path.loaded.unwrap(), 1.0, 1e-11);
    assert_close(row.no_direct_path.gross.unwrap(), 1.5, 1e-11);
    assert_close(row.no_hidden_demand.gross.unwrap(), 1.5, 1e-11);
    assert_close(
        row.through_without_hidden_demand.gross.unwrap(),
        0.5 * 4.25,
        1e-11,
    );
}

#[test]
fn an_answer_that_holds_under_every_story_is_said_to_hold() {
    let twin = hidden_demand(90, 12.0);
    let roles = roles(&twin.exposures, Unit::Money);
    let settings = SensitivitySettings::default();
    let (found, findings) = sensitivity(&twin, &roles, &settings, &NO_RESAMPLES);
    assert_findings(&findings);
    let found = found.unwrap();
    // Loaded returns 12 a / (1 + a): 4 and 2, in reduced form too, since nothing else moves.
    let stories = found.stories.unwrap();
    assert_close(
        stories.channels[0].no_hidden_demand.loaded.unwrap(),
        4.0,
        1e-10,
    );
    assert_close(
        stories.channels[1].no_direct_path.loaded.unwrap(),
        2.0,
        1e-10,
    );
    assert_eq!(
        (stories.agrees, findings[3].status),
        (Some(true), Status::Passed)
    );
    // 2 = 4 (1 - p): half of the lesser channel's effect lets it catch up. With w the part of the
    // better, 2 (1 - p) / (1 - p (1 - w)) = 1 brings the lesser down to 1.
    let direct = found.direct_share.unwrap();
    assert_close(direct.ranking.as_ref().unwrap().share.unwrap(), 0.5, 1e-11);
    let better = direct.alone[0].weight;
    let falls = 1.0 / (1.0 + better);
    assert_close(direct.verdicts[1].share.unwrap(), falls, 1e-11);
    assert_eq!(direct.verdicts[1].own_share, None);
    assert_eq!(findings[1].status, Status::Passed);
    let said = format!(
        "if {:.0}% of facebook's effect went around google, the loaded return of tiktok would fall below 1.00 \
         (it is 2.00 without); if 50% of tiktok's effect went around google, tiktok would return more than facebook",
        100.0 * falls
    );
    assert_eq!(findings[1].summary, said);
}

#[test]
fn a_direct_slope_moves_the_return_as_taking_it_out_of_the_outcome_does() {
    let data = market(MarketSettings {
        weeks: 156,
        ..MarketSettings::default()
    });
    let twin = twin_of(&data, Link::Identity);
    let system = twin.instruments(&[], None).unwrap();
    let gamma = [0.3, -0.2, 1.1, 0.05];
    let mut without = twin.clone();
    for (column, slope) in twin.columns.iter().zip(gamma) {
        for (y, x) in without.outcome.iter_mut().zip(&column.values) {
            *y -= slope * x;
        }
    }
    let expected = without.instruments(&[], None).unwrap().b_ind();
    assert_close(return_given_direct(&system, &gamma), expected, 1e-10);
    // Proportional to the first stage: b falls by delta.
    let proportional: Vec<f64> = system.first_stage().iter().map(|a| 0.7 * a).collect();
    assert_close(
        return_given_direct(&system, &proportional),
        system.b_ind() - 0.7,
        1e-10,
    );
}

/// The direct-share tables against two-stage least squares done afresh in the same world.
#[test]
fn a_share_of_one_channel_around_search_is_the_world_that_two_stage_least_squares_finds() {
    let data = market(MarketSettings::default());
    let twin = twin_of(&data, Link::Identity);
    let direct = ask(&data, Link::Identity).0.direct_share.unwrap();
    let system = twin.instruments(&[], None).unwrap();
    let first = system.first_stage();
    assert_close(
        direct.alone.iter().map(|table| table.weight).sum(),
        1.0,
        1e-12,
    );
    for (at, table) in direct.alone.iter().enumerate() {
        assert_eq!(table.channel, twin.exposures[at].name);
        for row in &table.rows {
            let b = row.b.unwrap();
            // The share p of a b + gamma is gamma.
            let gamma = first[at] * b * row.share / (1.0 - row.share);
            let mut slopes = vec![0.0; first.len()];
            slopes[at] = gamma;
            assert_close(return_given_direct(&system, &slopes), b, 1e-10);
            for (k, value) in row.returns.iter().enumerate() {
                let own = if k == at { gamma } else { 0.0 };
                let exposure = &twin.exposures[k];
                let lost: f64 = exposure.lost[0].1.iter().sum();
                let effect = (first[k] * b + own) * lost;
                let gross = effect / exposure.spend;
                assert_close(value.value.gross.unwrap(), gross, 1e-10);
                let loaded = effect / (exposure.spend + first[k] * lost);
                assert_close(value.value.loaded.unwrap(), loaded, 1e-10);
            }
        }
    }
}

#[test]
fn the_same_share_of_every_channel_changes_no_return() {
    let direct = ask(&market(MarketSettings::default()), Link::Identity)
        .0
        .direct_share
        .unwrap();
    let values = |row: usize| -> Vec<Return> {
        let row = &direct.proportional[row];
        row.returns.iter().map(|it| it.value).collect()
    };
    for row in 1..direct.proportional.len() {
        for (changed, same) in values(row).iter().zip(values(0)) {
            assert_close(changed.gross.unwrap(), same.gross.unwrap(), 1e-12);
            assert_close(changed.loaded.unwrap(), same.loaded.unwrap(), 1e-12);
        }
        let b = direct.proportional[row].b.unwrap();
        let share = direct.proportional[row].share;
        assert_close(b, direct.local_to_zero.b_ind * (1.0 - share), 1e-12);
    }
}

/// With the identity link every break-even share solves a linear equation.
#[test]
fn break_even_shares_are_where_the_closed_form_puts_them() {
    let data = market(MarketSettings::default());
    // Richer, so that a bound between the returns is one that a margin can set.
    let richer = |name: &str, _, value| match name {
        "revenue" => 4.0 * value,
        _ => value,
    };
    let data = altered(&data, |_| {}, richer).unwrap();
    let base = ask(&data, Link::Identity).0.direct_share.unwrap();
    // A margin that puts the bound between the returns.
    let mut values: Vec<f64> = base.verdicts.iter().map(|it| it.value).collect();
    values.sort_by(f64::total_cmp);
    let bound = 0.5 * (values[1] + values[2]);
    assert!(bound > 1.0, "{values:?}");
    let settings = SensitivitySettings {
        margin: Some(1.0 / bound),
    };
    let twin = twin_of(&data, Link::Identity);
    let (found, _) = sensitivity(&twin, data.roles(), &settings, &NO_RESAMPLES);
    let direct = found.unwrap().direct_share.unwrap();
    assert_close(direct.bound, bound, 1e-12);
    for verdict in &direct.verdicts {
        assert_eq!(verdict.worth, verdict.value > bound);
        // Own share: v / (1 - p (1 - w)) = bound. Another's: v (1 - p) / (1 - p (1 - w)) = bound.
        let (v, mut least) = (verdict.value, f64::INFINITY);
        for table in &direct.alone {
            let own = table.channel == verdict.channel;
            let left = 1.0 - table.weight;
            let p = if own {
                (1.0 - v / bound) / left
            } else {
                (v - bound) / (v - bound * left)
            };
            let possible = p > 0.0 && p <= 1.0;
            if own {
                assert_eq!(verdict.own_share.is_some(), possible, "{verdict:?} {p}");
            }
            if possible {
                least = least.min(p);
            }
        }
        assert_eq!(verdict.share.is_some(), least.is_finite());
        if let Some(share) = verdict.share {
            // Halved down to 1e-12.
            assert_close(share, least, 2e-12);
        }
    }
    let ranking = direct.ranking.as_ref().unwrap();
    let by = ranking.by.as_ref().unwrap();
    let table = direct.alone.iter().find(|table| table.channel == *by);
    let weight = table.unwrap().weight;
    let p = ranking.share.unwrap();
    let at = |name: &Option<String>| {
        let name = name.as_ref().unwrap();
        let verdict = direct.verdicts.iter().find(|it| it.channel == *name);
        let rest = if name == by { 1.0 } else { 1.0 - p };
        verdict.unwrap().value * rest / (1.0 - p * (1.0 - weight))
    };
    assert_close(at(&ranking.overtaken), at(&ranking.overtakes), 1e-10);
    let least = direct.verdicts.iter().filter_map(|it| it.share);
    let least = least.chain(ranking.share).fold(1.0, f64::min);
    assert_eq!(direct.first_change(), Some(least));
}

#[test]
fn small_direct_slopes_widen_the_return_by_what_their_prior_says() {
    let data = market(MarketSettings::default());
    let twin = twin_of(&data, Link::Identity);
    let band = ask(&data, Link::Identity)
        .0
        .direct_share
        .unwrap()
        .local_to_zero;
    let system = twin.instruments(&[], None).unwrap();
    let (first, totals) = (system.first_stage(), system.totals());
    let induced: Vec<f64> = (&system.s * &first).as_slice().to_vec();
    let square: f64 = induced.iter().map(|x| x * x).sum();
    let prior: f64 = (0..totals.len())
        .map(|c| {
            let pull: f64 = (0..induced.len())
                .map(|t| induced[t] * system.s[(t, c)])
                .sum();
            (pull / square * 0.1 * totals[c]).powi(2)
        })
        .sum();
    assert_close(band.prior_error, prior.sqrt(), 1e-10);
    // Newey and West 1987 as a double sum: n = 104 has floor(4 * 1.04^(2/9)) = 4 lags.
    let b = system.b_ind();
    let score: Vec<f64> = (0..induced.len())
        .map(|t| induced[t] * (system.y[t] - b * system.m[t]))
        .collect();
    let mut variance = 0.0;
    for (s, one) in score.iter().enumerate() {
        for (t, other) in score.iter().enumerate() {
            let weight = 1.0 - s.abs_diff(t) as f64 / 5.0;
            variance += weight.max(0.0) * one * other;
        }
    }
    assert_close(band.standard_error, variance.sqrt() / square, 1e-10);
    let error = (band.prior_error.powi(2) + band.standard_error.powi(2)).sqrt();
    // The 97.5% point of the standard normal, R qnorm(0.975).
    assert_close(band.upper - band.b_ind, 1.959963984540054 * error, 1e-9);
    assert_close(band.b_ind - band.lower, band.upper - band.b_ind, 1e-9);
}

#[test]
fn robustness_values_of_darfur_are_the_published_ones() {
    // Cinelli and Hazlett 2020; R sensemakr's darfur (methods brief, 6.3).
    let (estimate, error, df) = (0.09731582, 0.02325654, 783.0);
    let t = estimate / error;
    assert_close(t, 4.18445, 1e-5);
    assert_close(partial_r2(t, df), 0.0218731, 1e-6);
    assert_close(robustness_value(t, df, 1.0, None), 0.1387764, 1e-6);
    assert_close(robustness_value(t, df, 1.0, Some(0.05)), 0.0762580, 1e-6);
    assert_close(robustness_value(3.0, 90.0, 1.0, None), 0.2701562, 1e-6);
    assert_close(
        robustness_value(3.0, 90.0, 1.0, Some(0.05)),
        0.1001790,
        1e-6,
    );
    assert_eq!(robustness_value(1.0, 90.0, 1.0, Some(0.05)), 0.0);
    assert_eq!(robustness_value(0.0, 90.0, 1.0, None), 0.0);
    // The sign of the estimate does not matter.
    assert_eq!(
        robustness_value(-3.0, 90.0, 1.0, None),
        robustness_value(3.0, 90.0, 1.0, None)
    );
}

#[test]
fn benchmarks_of_darfur_repeat_the_peer() {
    // PySensemakr 0.0.8 on its darfur data: control `female`, kd = ky = 1, 2, 3.
    let female = Confounder {
        of_regressor: 0.009081065190328759,
        of_outcome: 0.10903391542784283,
    };
    let (estimate, error, df) = (0.09731581928495897, 0.02325653780981118, 783.0);
    for (k, of_regressor, of_outcome, adjusted_error, adjusted) in [
        (
            1.0,
            0.009164286675047728,
            0.1246409230363712,
            0.021873327743756985,
            0.07522027121445382,
        ),
        (
            2.0,
            0.018328573350095457,
            0.249324064199978,
            0.020350062077963464,
            0.05291517238445768,
        ),
        (
            3.0,
            0.027492860025143187,
            0.3740504710380986,
            0.01867006481709215,
            0.03039602346416191,
        ),
    ] {
        let (hidden, capped) = female.times(k);
        assert!(!capped);
        assert_close(hidden.of_regressor, of_regressor, 1e-12);
        assert_close(hidden.of_outcome, of_outcome, 1e-12);
        assert_close(hidden.adjusted_error(error, df), adjusted_error, 1e-12);
        assert_close(estimate - hidden.bias(error, df), adjusted, 1e-12);
    }
    let (_, capped) = Confounder {
        of_regressor: 0.6,
        of_outcome: 0.1,
    }
    .times(1.0);
    assert!(capped, "0.6 / 0.4 is above 1");
    let (_, capped) = Confounder {
        of_regressor: 0.1,
        of_outcome: 0.6,
    }
    .times(1.0);
    assert!(capped, "0.6 / 0.4 is above 1");
}

/// Leave a control out: the bias and the error that the formulas give for one of its strength are
/// exactly what leaving it out did (Cinelli and Hazlett 2020, equations 4 to 6).
#[test]
fn the_bias_of_a_cause_left_out_is_exact() {
    let n = 60;
    let (x, own, hidden) = (noise(1, n), noise(2, n), noise(3, n));
    let d = mixed(&[(0.8, &x), (1.0, &own), (0.7, &hidden)]);
    let y = mixed(&[(2.0, &d), (1.0, &x), (0.9, &hidden), (0.6, &noise(4, n))]);
    let ones = vec![1.0; n];
    let fit =
        |columns: &[&[f64]], target: &[f64]| least_squares(columns, target, &ones, true).unwrap();
    let (short, long) = (fit(&[&d, &x], &y), fit(&[&d, &x, &hidden], &y));
    let treatment = fit(&[&x, &hidden], &d);
    let share = |fit: &headwater::numeric::least_squares::LeastSquares, at: usize| {
        let error = fit.standard_errors.as_ref().unwrap()[at];
        partial_r2(fit.coefficients[at] / error, fit.residual_df)
    };
    let cause = Confounder {
        of_regressor: share(&treatment, 1),
        of_outcome: share(&long, 2),
    };
    let error = short.standard_errors.unwrap()[0];
    let moved = (short.coefficients[0] - long.coefficients[0]).abs();
    assert_close(cause.bias(error, short.residual_df), moved, 1e-12);
    let adjusted = cause.adjusted_error(error, short.residual_df);
    assert_close(adjusted, long.standard_errors.unwrap()[0], 1e-12);
}

#[test]
fn the_slopes_that_are_judged_are_those_of_least_squares_on_the_whole_system() {
    let data = market(MarketSettings::default());
    let twin = twin_of(&data, Link::Identity);
    let robustness = ask(&data, Link::Identity).0.robustness.unwrap();
    let system = twin.reduced_form(None).unwrap();
    let (totals, first) = (system.totals(), system.first_stage());
    let of = |slope: Slope| {
        let found = robustness.coefficients.iter();
        found.filter(move |it| it.slope == slope)
    };
    for (at, coefficient) in of(Slope::Total).enumerate() {
        assert_close(coefficient.estimate, totals[at], 1e-9);
        assert_close(coefficient.df, system.df, 0.0);
        // What dropping the column adds to the squares that are left.
        let left = system.residual(&system.y).norm_squared();
        let name = twin.columns[at].name.as_str();
        let values = twin.columns.iter().filter(|it| it.name != name);
        let others: Vec<(&str, &[f64])> = values
            .map(|it| (it.name.as_str(), it.values.as_slice()))
            .collect();
        let controls = twin.controls.iter().map(|(_, values)| values.as_slice());
        let without =
            Partialled::new(&others, controls, &twin.mediator, &twin.outcome, None).unwrap();
        let dropped = without.residual(&without.y).norm_squared();
        assert_close(coefficient.partial_r2, 1.0 - left / dropped, 1e-10);
    }
    for (at, coefficient) in of(Slope::FirstStage).enumerate() {
        assert_close(coefficient.estimate, first[at], 1e-9);
    }
    let mediator: Vec<_> = of(Slope::Mediator).collect();
    assert_close(mediator[0].estimate, system.b_auto(), 1e-9);
    assert_close(mediator[0].df, system.df - 1.0, 0.0);
    assert_eq!(robustness.coefficients.len(), 9);
}

#[test]
fn with_a_weak_first_stage_nothing_that_rests_on_it_is_said() {
    let mut settings = MarketSettings {
        first_stage_r2: 0.01,
        ..MarketSettings::default()
    };
    for channel in &mut settings.channels {
        channel.mediated /= 20.0;
    }
    let data = market(settings);
    let (found, findings) = ask(&data, Link::Identity);
    assert_eq!(found.direct_share, None);
    let demand = found.unmeasured_demand.unwrap();
    assert_eq!((demand.b_ind, demand.no_direct_path.point), (None, None));
    assert_eq!(demand.points.len(), 19);
    let stories = found.stories.unwrap();
    assert_eq!((stories.agrees, stories.b_ind), (None, None));
    assert!(stories.channels[0].no_hidden_demand.gross.is_some());
    for at in [1, 3] {
        assert_eq!(findings[at].status, Status::NotAssessed);
        assert!(findings[at].summary.contains("too weakly"), "{findings:?}");
    }
    assert_ne!(findings[0].status, Status::Passed);
    // The strength is the one that the path's own finding measures.
    let system = twin_of(&data, Link::Identity)
        .instruments(&[], None)
        .unwrap();
    let strength = PathStrength::of(&system).unwrap();
    let said = format!("(HAC F {:.1}, below 10)", strength.f_hac);
    assert!(findings[1].summary.contains(&said), "{said}");
}

#[test]
fn impressions_have_no_return_and_nothing_to_overturn() {
    let data = market(MarketSettings::default());
    let counted = |some: &[&str]| {
        altered(
            &data,
            |roles| {
                for name in some {
                    roles.columns[*name].unit = Unit::Count;
                }
            },
            |_, _, value| value,
        )
        .unwrap()
    };
    let all: Vec<&str> = data.roles().exposures();
    let (found, findings) = ask(&counted(&all), Link::Identity);
    assert_eq!(found.stories, None);
    assert!(found.direct_share.unwrap().verdicts.is_empty());
    for at in [1, 3] {
        assert_eq!(findings[at].status, Status::NotAssessed);
        assert!(
            findings[at]
                .summary
                .contains("no exposure has spend in money")
        );
    }
    // One counted channel can still carry a direct path; it has no verdict of its own.
    let (found, _) = ask(&counted(&["tiktok_spend"]), Link::Identity);
    let direct = found.direct_share.unwrap();
    assert_eq!((direct.alone.len(), direct.verdicts.len()), (4, 3));
    let row = &found.stories.unwrap().channels[1];
    assert_eq!(row.no_direct_path, Return::default());
    assert!(row.why.as_ref().unwrap().contains("not measured in money"));
    // Without a bill to count, the gross return is judged.
    let (found, _) = ask(&counted(&["google_spend"]), Link::Identity);
    let direct = found.direct_share.unwrap();
    assert_eq!(direct.judged, Judged::Gross);
    assert_eq!(direct.proportional[0].returns[0].value.loaded, None);
}

#[test]
fn a_single_channel_keeps_its_return_whatever_part_of_it_is_direct() {
    let data = market(MarketSettings {
        channels: vec![Channel {
            name: "facebook_spend".into(),
            mediated: 0.5,
            direct: 0.0,
            decay: 0.4,
            saturation: None,
        }],
        ..MarketSettings::default()
    });
    let (found, findings) = ask(&data, Link::Identity);
    let direct = found.direct_share.unwrap();
    assert_close(direct.alone[0].weight, 1.0, 1e-12);
    assert_eq!((direct.first_change(), &direct.ranking), (None, &None));
    assert_eq!(findings[1].status, Status::Passed);
    assert!(findings[1].summary.contains("no direct share"));
    assert!(!findings[1].summary.contains("order"));
    // Exactly identified: the total without direct paths is the unrestricted one.
    let row = &found.stories.unwrap().channels[0];
    let (one, other) = (row.no_direct_path, row.no_hidden_demand);
    assert_close(one.gross.unwrap(), other.gross.unwrap(), 1e-10);
}

#[test]
fn a_drawn_edge_keeps_its_own_direct_effect_in_every_world() {
    let channel = |name: &str, mediated, direct| Channel {
        name: name.into(),
        mediated,
        direct,
        decay: 0.4,
        saturation: None,
    };
    let data = market(MarketSettings {
        channels: vec![
            channel("facebook_spend", 0.5, 0.0),
            channel("tiktok_spend", 0.4, 2.0),
        ],
        ..MarketSettings::default()
    });
    let data = with_direct(&data, "tiktok_spend");
    let (found, findings) = ask(&data, Link::Identity);
    let direct = found.direct_share.as_ref().unwrap();
    assert_eq!(direct.alone.len(), 1);
    assert_eq!(direct.verdicts.len(), 2);
    assert!(
        findings[1]
            .summary
            .contains("tiktok_spend, whose edge is drawn")
    );
    let stories = found.stories.unwrap();
    assert!(!stories.channels[0].drawn && stories.channels[1].drawn);
    // One instrument and one drawn edge: exactly identified, so the world without undrawn direct
    // paths has the unrestricted totals.
    for row in &stories.channels {
        let (one, other) = (row.no_direct_path, row.no_hidden_demand);
        assert_close(one.gross.unwrap(), other.gross.unwrap(), 1e-9);
    }
}

/// A drawn edge beside three instruments, against two-stage least squares by its definition.
#[test]
fn the_direct_slope_of_a_drawn_edge_is_that_of_two_stage_least_squares() {
    let data = with_direct(&market(MarketSettings::default()), "tiktok_spend");
    let twin = twin_of(&data, Link::Identity);
    let system = twin.reduced_form(None).unwrap();
    let ones = vec![1.0; data.len()];
    let predicted = system.projection(&system.m);
    let drawn: Vec<usize> = (0..twin.columns.len())
        .filter(|at| twin.columns[*at].drawn)
        .collect();
    assert!(!drawn.is_empty());
    let mut columns: Vec<&[f64]> = vec![predicted.as_slice()];
    columns.extend(drawn.iter().map(|at| twin.columns[*at].values.as_slice()));
    columns.extend(twin.controls.iter().map(|(_, values)| values.as_slice()));
    let second = least_squares(&columns, &twin.outcome, &ones, true).unwrap();
    let stories = ask(&data, Link::Identity).0.stories.unwrap();
    assert_close(stories.b_ind.unwrap(), second.coefficients[0], 1e-8);
    let first = system.first_stage();
    let tiktok = &twin.exposures[1];
    let effect: f64 = tiktok
        .lost
        .iter()
        .map(|(at, lost)| {
            let around = drawn
                .iter()
                .position(|it| it == at)
                .map_or(0.0, |at| second.coefficients[1 + at]);
            (first[*at] * second.coefficients[0] + around) * lost.iter().sum::<f64>()
        })
        .sum();
    let gross = stories.channels[1].no_direct_path.gross.unwrap();
    assert_close(gross, effect / tiktok.spend, 1e-8);
}

#[test]
fn on_the_log_scale_effects_come_back_as_revenue() {
    let data = market(MarketSettings::default());
    let (found, _) = ask(&data, Link::Log);
    let twin = twin_of(&data, Link::Log);
    let system = twin.reduced_form(None).unwrap();
    let (first, b) = (system.first_stage(), system.b_auto());
    let demand = found.unmeasured_demand.unwrap();
    assert_close(demand.b_auto, b, 1e-12);
    let facebook = &twin.exposures[0];
    let through: f64 = (0..data.len())
        .map(|t| {
            let moved = first[0] * b * facebook.lost[0].1[t];
            data.outcome()[t] * (1.0 - (-moved).exp())
        })
        .sum();
    let split = &demand.points[9].channels[0];
    assert_close(split.through.unwrap() / through, 1.0, 1e-10);
    // At a break-even share found by halving, the return stands at the bound.
    let direct = found.direct_share.unwrap();
    let ranking = direct.ranking.as_ref().unwrap();
    assert!(
        ranking
            .share
            .is_none_or(|share| share > 0.0 && share <= 1.0)
    );
    for (changed, same) in direct.proportional[3]
        .returns
        .iter()
        .zip(&direct.proportional[0].returns)
    {
        assert_close(
            changed.value.gross.unwrap(),
            same.value.gross.unwrap(),
            1e-11,
        );
    }
}

#[test]
fn intervals_are_the_same_on_any_number_of_threads_and_hold_their_points() {
    let data = market(MarketSettings::default());
    let twin = twin_of(&data, Link::Identity);
    let resamples = Resamples {
        replicates: 60,
        ..NO_RESAMPLES
    };
    let ask = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let settings = SensitivitySettings::default();
        pool.install(|| sensitivity(&twin, data.roles(), &settings, &resamples))
    };
    let (one, two) = (ask(1), ask(2));
    assert_eq!(one, two);
    let demand = one.0.unwrap().unmeasured_demand.unwrap();
    for estimate in demand
        .points
        .iter()
        .map(|point| &point.b)
        .chain([&demand.no_direct_path, &demand.zero_crossing])
    {
        let interval = estimate.interval().unwrap();
        assert!(interval.lower < interval.upper);
        assert!(interval.contains(estimate.point.unwrap()), "{estimate:?}");
    }
}

#[test]
fn what_was_found_survives_the_way_through_json() {
    let (found, _) = ask(&market(MarketSettings::default()), Link::Log);
    let text = serde_json::to_string(&found).unwrap();
    let back: Sensitivity = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}

#[test]
fn awkward_systems_are_refused_with_a_reason() {
    let twin = hidden_demand(90, 3.0);
    let roles = roles(&twin.exposures, Unit::Money);
    let settings = SensitivitySettings::default();
    let ask = |twin: &LinearTwin| {
        let (found, findings) = sensitivity(twin, &roles, &settings, &NO_RESAMPLES);
        assert_findings(&findings);
        assert!(
            findings.iter().all(|it| !it.summary.contains("NaN")),
            "{findings:?}"
        );
        (found, findings)
    };
    // More columns than weeks.
    let mut wide = twin.clone();
    wide.controls = (0..100)
        .map(|i| (format!("c{i}"), noise(i + 10, 90)))
        .collect();
    let (found, findings) = ask(&wide);
    assert_eq!(found, None);
    assert!(findings.iter().all(|it| it.status == Status::NotAssessed));
    assert!(
        findings[0].summary.contains("could not be solved"),
        "{}",
        findings[0].summary
    );
    // One week to spare.
    let mut tight = twin.clone();
    tight.controls.truncate(0);
    tight.controls = (0..86)
        .map(|i| (format!("c{i}"), noise(i + 10, 90)))
        .collect();
    let (found, findings) = ask(&tight);
    assert!(found.is_some());
    assert!(
        findings.iter().all(|it| it.status != Status::Passed),
        "{findings:?}"
    );
    // The mediator is a sum of spend: nothing unexplained is left of it.
    let mut exact = twin.clone();
    exact.mediator = mixed(&[
        (1.0, &twin.columns[0].values),
        (2.0, &twin.columns[1].values),
    ]);
    let (found, findings) = ask(&exact);
    assert_eq!(found.unwrap().unmeasured_demand, None);
    assert_eq!(findings[0].status, Status::NotAssessed);
    // No controls: nothing to compare a hidden cause with.
    let mut bare = twin.clone();
    bare.controls.clear();
    let (found, findings) = ask(&bare);
    let robustness = found.unwrap().robustness.unwrap();
    assert!(
        robustness
            .coefficients
            .iter()
            .all(|it| it.benchmark.is_none())
    );
    assert_eq!(findings[2].status, Status::NotAssessed);
    // Nothing was spent on one channel in sum.
    let mut unspent = twin.clone();
    unspent.exposures[0].spend = 0.0;
    let (found, _) = ask(&unspent);
    let row = &found.unwrap().stories.unwrap().channels[0];
    assert_eq!(row.why.as_deref(), Some("nothing was spent"));
}

#[test]
fn twenty_channels_are_asked_one_by_one() {
    let channels = (0..20).map(|i| Channel {
        name: format!("channel_{i}_spend"),
        mediated: 0.1 + 0.02 * f64::from(i),
        direct: 0.0,
        decay: 0.4,
        saturation: None,
    });
    let data = market(MarketSettings {
        weeks: 208,
        channels: channels.collect(),
        first_stage_r2: 0.8,
        ..MarketSettings::default()
    });
    let direct: DirectShare = ask(&data, Link::Identity).0.direct_share.unwrap();
    assert_eq!((direct.alone.len(), direct.verdicts.len()), (20, 20));
    assert_eq!(direct.ranking.unwrap().order.len(), 20);
}
