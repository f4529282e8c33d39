//! Decisions against truth, over many drawn markets.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings, run};
use headwater::data::role::Roles;
use headwater::data::{Dataset, Source};
use headwater::decisions::attribution::Part;
use headwater::decisions::{BudgetSettings, Plan};
use headwater::features::{self, ChannelSettings, Kernel};
use headwater::mediation::Reading;
use headwater::numeric::random::stream;
use headwater::numeric::summary::{mean, quantile};
use headwater::progress::Silent;
use headwater::simulate::{Budget, Channel, Gain, Market, MarketSettings, Saturation, simulate};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::common::{founding, settings_with, shared};

/// Weeks to plan.
const HORIZON: usize = 8;
/// Weeks after them: what is left of a decay of 0.4 then is 4e-11.
const TAIL: usize = 26;

/// A market of saturated channels, everything else as in the demo market: the worth of their first
/// dollar differs by up to a factor of 3, half of the full effect is reached at half of a usual week's
/// spend to twice that. One channel in four is S-shaped.
fn saturated(seed: u64, first_stage_r2: f64) -> Market {
    let mut random = stream(seed, 1_000);
    let defaults = MarketSettings::default();
    let channels = defaults
        .channels
        .iter()
        .zip(0u64..)
        .map(|(channel, j)| Channel {
            mediated: random.random_range(0.6..2.0),
            saturation: Some(Saturation {
                half: random.random_range(1_500.0..6_000.0),
                slope: if j == seed % 4 { 1.5 } else { 1.0 },
            }),
            ..channel.clone()
        });
    let settings = MarketSettings {
        weeks: if seed.is_multiple_of(2) { 104 } else { 156 },
        seed,
        channels: channels.collect(),
        first_stage_r2,
        ..defaults.clone()
    };
    simulate(&settings).unwrap()
}

/// Least squares that knows the carry-over and the curve of each channel, not what it is worth.
fn advised(market: &Market, replicates: usize) -> Advisor {
    let mut settings = settings_with("ols");
    settings.bootstrap.replicates = Some(replicates);
    for channel in &market.truth.settings.channels {
        let spend = market.dataset.column(&channel.name);
        let on: Vec<f64> = spend.iter().copied().filter(|x| *x != 0.0).collect();
        let Saturation { half, slope } = channel.saturation.unwrap();
        let decay = channel.decay;
        let known = ChannelSettings {
            adstock: Some(Kernel::Geometric { decay }),
            saturation: Some(features::Saturation::Hill {
                half_saturation: half / mean(&on),
                slope,
            }),
        };
        let channels = &mut settings.features.channels;
        channels.insert(channel.name.clone(), known);
    }
    Advisor::new(&market.dataset, &settings, &Silent).unwrap()
}

/// What was spent in the last weeks of the file.
fn current(market: &Market) -> Vec<f64> {
    let last = |spend: &Vec<f64>| spend[spend.len() - HORIZON..].iter().sum();
    market.spend().iter().map(last).collect()
}

/// Totals by week, in the pattern of the last weeks of the file.
fn weekly(market: &Market, totals: &[f64]) -> Vec<Vec<f64>> {
    let pairs = market.spend().into_iter().zip(totals);
    let one = |(spend, total): (Vec<f64>, &f64)| {
        let last = &spend[spend.len() - HORIZON..];
        let sum: f64 = last.iter().sum();
        let part = |x: &f64| {
            if sum > 0.0 {
                x / sum
            } else {
                1.0 / HORIZON as f64
            }
        };
        last.iter().map(|x| total * part(x)).collect()
    };
    pairs.map(one).collect()
}

/// What a plan brings in truth beyond another and what Google spend follows, counted as the optimiser
/// counts: beside average spend in the weeks after the plan.
fn gain(market: &Market, plan: &[f64], other: &[f64]) -> Gain {
    let world = |totals: &[f64]| {
        let mut spend = market.spend();
        for (path, planned) in spend.iter_mut().zip(weekly(market, totals)) {
            let usual = mean(&path[path.len() - 52..]);
            path.extend(planned);
            path.resize(path.len() + TAIL, usual);
        }
        market.world(&spend).unwrap()
    };
    world(plan).over(&world(other)).unwrap()
}

/// What a found plan is worth in truth.
struct Judged {
    /// Its true gain over the current plan.
    gain: f64,
    /// The most that a plan gains in truth within the same bounds, for what the current plan costs in
    /// truth, which is the budget.
    most: f64,
    /// The most that a plan gains in truth within the same bounds for what the found plan costs in
    /// truth: nobody knows beforehand what Google spend will follow.
    most_for_its_bill: f64,
    /// Whether the stated interval of the gain holds the true one.
    covered: bool,
    /// The stated gain less the true one.
    overstated: f64,
}

fn judged(market: &Market, replicates: usize) -> Judged {
    let current = current(market);
    let nothing = vec![0.0; current.len()];
    let bill = |x: &[f64]| x.iter().sum::<f64>() + gain(market, x, &nothing).mediator;
    // without a budget, what the current plan costs
    let question = BudgetSettings {
        horizon: HORIZON,
        ..BudgetSettings::default()
    };
    let advisor = advised(market, replicates);
    let found = advisor.optimize(&question).unwrap();
    let planned: Vec<f64> = found.channels.iter().map(|c| c.planned).collect();
    // the best plan is sought beside no spend after it, where carry-over draws more Google spend
    let alone = [&planned, &nothing].map(|totals| weekly(market, totals));
    let alone = market.gain(&alone[0], &alone[1], TAIL).unwrap().mediator;
    let more = alone - gain(market, &planned, &nothing).mediator;
    let most = |budget: f64| {
        let bounds = found.channels.iter();
        let best = market.best_plan(&Budget {
            dollars: budget + more,
            profiles: weekly(market, &vec![1.0; current.len()]),
            bounds: bounds.map(|c| (c.bounds.least, c.bounds.most)).collect(),
            tail: TAIL,
        });
        gain(market, &best.unwrap().totals, &current).outcome
    };
    let truth = gain(market, &planned, &current).outcome;
    let stated = &found.gain.outcome;
    Judged {
        gain: truth,
        most: most(bill(&current)),
        most_for_its_bill: most(bill(&planned)),
        covered: stated.interval().is_some_and(|i| i.contains(truth)),
        overstated: stated.point.unwrap() - truth,
    }
}

/// Plans of 100 markets.
struct Over {
    /// The median part of the optimal gain that a plan reaches: `gain / most`.
    reached: f64,
    /// The median of `1 - (most for its bill - gain) / most`: the part of the optimal gain that is
    /// left when a wrong split alone is held against a plan. What else is missing of `reached` is Google
    /// spend that was expected and did not follow: less than the budget was spent, and 1% of it is worth
    /// about a tenth of an optimal gain.
    kept: f64,
    /// Intervals of 95% that hold the true gain.
    covered: usize,
}

fn over_markets(first_stage_r2: f64, replicates: usize) -> Over {
    let judged: Vec<Judged> = (0..100u64)
        .into_par_iter()
        .map(|seed| judged(&saturated(seed, first_stage_r2), replicates))
        .collect();
    let all = |of: fn(&Judged) -> f64| judged.iter().map(of).collect::<Vec<f64>>();
    let over = Over {
        reached: quantile(&all(|one| one.gain / one.most), 0.5),
        kept: quantile(
            &all(|one| 1.0 - (one.most_for_its_bill - one.gain) / one.most),
            0.5,
        ),
        covered: judged.iter().filter(|one| one.covered).count(),
    };
    println!(
        "partial R2 {first_stage_r2}, {replicates} replicates: {:.3} of the optimal gain in the median, \
         {:.3} where the bill is as it turns out; {} covered; mean gain {:.0}, stated {:+.0} too much",
        over.reached,
        over.kept,
        over.covered,
        mean(&all(|one| one.gain)),
        mean(&all(|one| one.overstated)),
    );
    over
}

/// Three quarters of the optimal gain are reached here: a bill that turns out lower than expected
/// takes the most, and what is stated is two thirds too much, as the choice finds what is good by chance.
#[test]
fn at_the_noise_of_the_demo_market_intervals_hold_the_true_gain_and_splits_are_nearly_right() {
    let over = over_markets(MarketSettings::default().first_stage_r2, 100);
    assert!(over.covered >= 85);
    // 0.944, at the edge of what is asked at half the noise
    assert!(over.kept >= 0.9);
}

/// A partial R² of 0.8 in place of 0.5 halves the noise of Google spend and, with it, of revenue.
#[test]
fn at_half_the_noise_of_the_demo_market_plans_reach_the_true_optimum() {
    let over = over_markets(0.8, 0);
    assert!(over.reached >= 0.95);
    assert!(over.kept >= 0.95);
}

/// A fifth more Facebook in a market of the founding kind, as a user of the defaults asks.
struct Asked {
    truth: f64,
    best: f64,
    two_slopes: f64,
    pooled: bool,
}

#[test]
fn a_fifth_more_facebook_in_markets_of_the_founding_kind() {
    let asked: Vec<Asked> = (0..30u64)
        .into_par_iter()
        .map(|seed| {
            let market = founding::draw(seed);
            let mut settings = settings_with("ridge");
            settings.validation.placebos = 0;
            settings.bootstrap.replicates = Some(40);
            let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
            let plan = Plan {
                set: vec!["facebook_spend=+20%".parse().unwrap()],
                allow_extrapolation: true,
                ..Plan::default()
            };
            let advisor = Advisor::of(&fit, &Silent).unwrap();
            let scenario = advisor.scenario("more", &plan).unwrap();
            Asked {
                truth: 0.2 * market.effects[0],
                best: scenario.best().outcome.point.unwrap(),
                two_slopes: scenario.total.outcome.point.unwrap(),
                pooled: scenario.pooled.is_some(),
            }
        })
        .collect();
    let truth = mean(&asked.iter().map(|one| one.truth).collect::<Vec<_>>());
    let error = |of: fn(&Asked) -> f64| {
        let squares = asked.iter().map(|one| (of(one) - one.truth).powi(2));
        mean(&squares.collect::<Vec<_>>()).sqrt() / truth
    };
    let wrong = |of: fn(&Asked) -> f64| asked.iter().filter(|one| of(one) <= 0.0).count();
    let (best, two_slopes) = (error(|one| one.best), error(|one| one.two_slopes));
    println!(
        "RMSE by truth {best:.3}, {} with the wrong sign; with two slopes {two_slopes:.3}, {}; \
         pooled in {} of 30",
        wrong(|one| one.best),
        wrong(|one| one.two_slopes),
        asked.iter().filter(|one| one.pooled).count(),
    );
    assert!(best <= 0.7);
    assert!(wrong(|one| one.best) <= 1);
}

/// The channels of `noise_free/` with the parameters that its `ground_truth_parameters.json` states:
/// `A_t = sum_l alpha^l x_{t-l} / max(x)`, `A^s / (A^s + kappa^s)`.
const NOISE_FREE: [(&str, f64, f64, f64); 4] = [
    ("x1_Search-Ads", 0.0, 1.0, 1.0),
    ("x2_Social-Media", 0.2, 1.5, 0.8),
    ("x3_Local-Ads", 0.4, 1.0, 1.5),
    ("x4_Email", 0.3, 2.0, 0.5),
];

/// The columns of a file with one row a week, by name.
fn columns(text: &str) -> impl Fn(&str) -> Vec<f64> + use<> {
    let rows: Vec<Vec<String>> = text
        .lines()
        .map(|line| line.split(',').map(String::from).collect())
        .collect();
    move |name| {
        let at = rows[0].iter().position(|column| column == name).unwrap();
        rows[1..]
            .iter()
            .map(|row| row[at].parse().unwrap())
            .collect()
    }
}

/// The file and the true contribution of each channel. It has no mediator: a stand-in that moves with
/// nothing takes its place, and every channel acts on the outcome directly.
///
/// Its baseline wanders by a twentieth of the outcome in ways that no trend or season follows, which no
/// model of this family holds, so here it is a control. (Left to the noise it moves least squares by 3%
/// for search and 19% for social.)
fn noise_free() -> Option<(Dataset, Settings, Vec<f64>)> {
    let read = |name: &str| {
        let path = shared(&format!("noise_free/{name}"))?;
        Some(std::fs::read_to_string(path).unwrap())
    };
    let file = columns(&read("mmm_data.csv")?);
    let parts = columns(&read("channel_contributions.csv")?);
    let outcome = file("y");
    let contribution = |name: &str| parts(&format!("contribution_{name}"));
    let known = NOISE_FREE.iter().map(|(name, ..)| contribution(name));
    let known = known.chain([file("c1_effect"), file("c2_effect")]);
    let known: Vec<Vec<f64>> = known.collect();
    let base: Vec<f64> = (0..outcome.len())
        .map(|t| outcome[t] - known.iter().map(|part| part[t]).sum::<f64>())
        .collect();
    let mut random = stream(0, 0);
    let stand_in = outcome.iter().map(|_| {
        let noise: f64 = StandardNormal.sample(&mut random);
        1_000.0 + 100.0 * noise
    });
    let stand_in: Vec<f64> = stand_in.collect();

    let mut settings = settings_with("ols");
    settings.validation.placebos = 0;
    // with an edge around the mediator for each channel, nothing tells its two slopes apart
    settings.mediation.reading = Reading::Observed;
    let mut text = String::new();
    let mut series: Vec<(&str, Vec<f64>)> = Vec::new();
    for (name, alpha, slope, kappa) in NOISE_FREE {
        let spend = file(name);
        let on: Vec<f64> = spend.iter().copied().filter(|x| *x != 0.0).collect();
        let most = spend.iter().copied().fold(0.0, f64::max);
        // carry-over here has weights (1 - alpha) alpha^l, so it is so much smaller
        let known = ChannelSettings {
            adstock: Some(Kernel::Geometric { decay: alpha }),
            saturation: Some(features::Saturation::Hill {
                half_saturation: kappa * most * (1.0 - alpha) / mean(&on),
                slope,
            }),
        };
        settings.features.channels.insert(name.into(), known);
        text += &format!("{name} = {{ role = \"exposure\", direct = true }}\n");
        series.push((name, spend));
    }
    for (name, role, values) in [
        ("google_spend", "mediator", stand_in),
        ("c1", "control", file("c1")),
        ("c2", "control", file("c2")),
        ("baseline", "control", base),
        ("y", "outcome", outcome),
    ] {
        text += &format!("{name} = {{ role = \"{role}\" }}\n");
        series.push((name, values));
    }
    let roles: Roles = toml::from_str(&text).unwrap();
    let weeks = (0..series[0].1.len() as i64)
        .map(|t| jiff::civil::date(2020, 1, 5) + jiff::Span::new().weeks(t))
        .collect();
    let source = Source {
        name: "mmm_data.csv".into(),
        sha256: String::new(),
    };
    let series = series.into_iter();
    let series = series.map(|(name, values)| (name.to_string(), Arc::from(values)));
    let data = Dataset::new(source, roles, weeks, series.collect()).unwrap();
    let truth = NOISE_FREE.map(|(name, ..)| contribution(name).iter().sum());
    Some((data, settings, truth.to_vec()))
}

#[test]
fn without_noise_contributions_are_the_true_ones() {
    let Some((data, mut settings, truth)) = noise_free() else {
        return;
    };
    settings.bootstrap.replicates = Some(0);
    let fit = run(&data, Vec::new(), &settings, &Silent).unwrap();
    let split = Advisor::of(&fit, &Silent).unwrap().attribution().unwrap();
    for (j, truth) in truth.iter().enumerate() {
        let name = NOISE_FREE[j].0;
        let effects = &fit.analysis.effects[j];
        assert_eq!(effects.channel, name);
        let part = Part::Direct(name.into());
        let row = split.rows.iter().find(|row| row.part == part).unwrap();
        for found in [&effects.total, &effects.direct, &row.amount] {
            let found = found.point.unwrap();
            println!(
                "{name}: {found:.1} of {truth:.1}, {:.1e} off",
                found / truth - 1.0
            );
            // the file cuts carry-over off after 8 weeks: 0.4^8 is 7e-4 of a week's spend
            assert!((found / truth - 1.0).abs() < 2e-3, "{name}");
        }
    }
}
