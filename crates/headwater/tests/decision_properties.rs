//! What holds for every decision whatever the market and the question.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::{Advisor, Settings, run};
use headwater::data::Dataset;
use headwater::decisions::budget::{
    Allocation, Bounds, BudgetSettings, ChannelBounds, ChannelGroup, MaxChange, Method, Objective,
};
use headwater::decisions::{By, Change, CurveQuestion, Plan, average_weeks, tail_weeks};
use headwater::effects::Ensemble;
use headwater::features::{ChannelSettings, Kernel, Saturation};
use headwater::mediation::{MediatorPolicy, Prepared};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use proptest::prelude::*;

use crate::common::{settings_with, with_direct};

const CHANNELS: [&str; 4] = [
    "facebook_spend",
    "tiktok_spend",
    "snapchat_spend",
    "instagram_spend",
];

/// A market and how it is read.
#[derive(Debug, Clone)]
struct Drawn {
    seed: u64,
    weeks: usize,
    estimator: &'static str,
    /// Decay and saturation of each channel.
    channels: Vec<(f64, Saturation)>,
    direct: Option<usize>,
}

impl Drawn {
    fn data(&self) -> Dataset {
        let market = simulate(&MarketSettings {
            seed: self.seed,
            weeks: self.weeks,
            ..MarketSettings::default()
        });
        let data = market.unwrap().dataset;
        match self.direct {
            Some(channel) => with_direct(&data, CHANNELS[channel]),
            None => data,
        }
    }

    fn settings(&self) -> Settings {
        let mut settings = settings_with(self.estimator);
        settings.bootstrap.replicates = Some(40);
        settings.validation.placebos = 0;
        for (name, (decay, saturation)) in CHANNELS.iter().zip(&self.channels) {
            let known = ChannelSettings {
                adstock: Some(Kernel::Geometric { decay: *decay }),
                saturation: Some(*saturation),
            };
            settings.features.channels.insert(name.to_string(), known);
        }
        settings
    }

    fn ensemble(&self, data: &Dataset) -> Ensemble {
        let settings = self.settings();
        let prepared = Prepared::new(data, &settings.features, 0..data.len());
        let prepared = Arc::new(prepared.unwrap());
        let recipe = settings.model();
        let ones = vec![1.0; data.len()];
        let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
        let model = recipe.fit(&prepared, mediator, outcome, &ones).unwrap();
        Ensemble::fit(&recipe, model, &settings.bootstrap, 42, false, &Silent).unwrap()
    }
}

/// Straight, concave and S-shaped curves.
fn saturation() -> impl Strategy<Value = Saturation> {
    let hill = |slope| {
        move |half_saturation| Saturation::Hill {
            half_saturation,
            slope,
        }
    };
    prop_oneof![
        Just(Saturation::None),
        Just(Saturation::Log1p),
        (0.3..3.0f64).prop_map(hill(1.0)),
        (0.5..2.0f64).prop_map(hill(2.5)),
    ]
}

fn market() -> impl Strategy<Value = Drawn> {
    (
        0u64..1_000,
        60usize..110,
        proptest::sample::select(vec!["ols", "ridge"]),
        proptest::collection::vec((0.0..0.7f64, saturation()), 4),
        proptest::option::of(0usize..4),
    )
        .prop_map(|(seed, weeks, estimator, channels, direct)| Drawn {
            seed,
            weeks,
            estimator,
            channels,
            direct,
        })
}

/// A question of a budget: bounds of channels as parts of 40,000, a group, what is wanted.
fn question() -> impl Strategy<Value = BudgetSettings> {
    let bounds = proptest::collection::vec((0.0..0.2f64, 0.2..1.0f64), 4);
    (
        bounds,
        (0.05..0.4f64, any::<bool>()),
        proptest::sample::select(vec![Objective::Revenue, Objective::Profit]),
        proptest::sample::select(vec![MediatorPolicy::Free, MediatorPolicy::Fixed]),
        1usize..10,
    )
        .prop_map(|(bounds, (most, grouped), objective, mediator, horizon)| {
            let bounds = CHANNELS.iter().zip(bounds).map(|(name, (least, most))| {
                let bounds = Bounds {
                    least: 4e4 * least,
                    most: 4e4 * most,
                };
                ChannelBounds {
                    channel: name.to_string(),
                    bounds,
                }
            });
            let group = ChannelGroup {
                name: "two".into(),
                channels: CHANNELS[..2].iter().map(|name| name.to_string()).collect(),
                bounds: Bounds {
                    least: 0.0,
                    most: 4e4 * (0.4 + most),
                },
            };
            BudgetSettings {
                bounds: bounds.collect(),
                groups: Vec::from_iter(grouped.then_some(group)),
                objective,
                margin: Some(0.5),
                mediator,
                horizon,
                max_change: MaxChange::Unlimited,
                allow_extrapolation: true,
                ..BudgetSettings::default()
            }
        })
}

/// What the planned totals bring beyond the current ones: the mean over replicates of the difference
/// between two worlds, built from the data alone.
fn by_worlds(ensemble: &Ensemble, data: &Dataset, plan: &Allocation) -> f64 {
    let horizon = plan.settings.horizon;
    let reference = average_weeks(data, horizon + tail_weeks(ensemble)).unwrap();
    let with = |total: &dyn Fn(usize) -> f64| {
        let mut world = reference.clone();
        for (j, channel) in plan.channels.iter().enumerate() {
            let mut spend = world.column(&channel.channel).to_vec();
            let last: Vec<f64> = spend[data.len() - horizon..data.len()].to_vec();
            let sum: f64 = last.iter().sum();
            for (t, before) in last.iter().enumerate() {
                let part = if sum > 0.0 {
                    before / sum
                } else {
                    1.0 / horizon as f64
                };
                spend[data.len() + t] = total(j) * part;
            }
            world = world.with_column(&channel.channel, spend).unwrap();
        }
        world
    };
    let current = with(&|j| plan.channels[j].current);
    let planned = with(&|j| plan.channels[j].planned);
    // the mediator stands at its average where spend is the current one
    let over = ensemble.over(&current).unwrap();
    let build = |data: &Dataset| over.prepared().build_world(data).unwrap();
    let (current, planned) = (build(&current), build(&planned));
    let gains = over.ask(|model| {
        let sum = |world| -> headwater::error::Result<(f64, f64)> {
            let weeks = model.potential_outcome_under(plan.settings.mediator, world, world)?;
            let sum = |values: &[f64]| values.iter().sum();
            Ok((sum(&weeks.outcome), sum(&weeks.mediator)))
        };
        let (before, after) = (sum(&current)?, sum(&planned)?);
        Ok((after.0 - before.0, after.1 - before.1))
    });
    let gains = gains.unwrap();
    let spend: f64 = plan.channels.iter().map(|channel| channel.change).sum();
    gains.mean(|(outcome, mediator)| match plan.settings.objective {
        Objective::Revenue => *outcome,
        Objective::Profit => plan.settings.margin.unwrap() * outcome - spend - mediator,
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn a_plan_that_changes_nothing_is_worth_exactly_nothing(
        drawn in market(),
        columns in proptest::sample::subsequence(
            vec!["facebook_spend", "instagram_spend", "email_sends", "avg_price", "promotions"], 1..5,
        ),
        policy in proptest::sample::select(vec!["free", "cap:15000", "fixed"]),
        ends in (0usize..60, 0usize..60),
        allow_extrapolation in any::<bool>(),
    ) {
        let data = drawn.data();
        let plan = Plan {
            set: columns
                .iter()
                .map(|column| Change { column: column.to_string(), by: By::Percent(0.0) })
                .collect(),
            from: Some(data.weeks()[ends.0.min(ends.1)]),
            to: Some(data.weeks()[ends.0.max(ends.1)]),
            mediator: policy.parse().unwrap(),
            margin: Some(0.4),
            allow_extrapolation,
        };
        let advisor = Advisor::new(&data, &drawn.settings(), &Silent).unwrap();
        let scenario = advisor.scenario("nothing", &plan).unwrap();
        let total = &scenario.total;
        let returns = [&scenario.returns.profit, &scenario.returns.induced];
        for estimate in [&total.mediator, &total.outcome, &total.direct, &total.through]
            .into_iter()
            .chain(returns)
        {
            prop_assert_eq!(estimate.point, Some(0.0));
            let interval = estimate.interval().unwrap();
            prop_assert_eq!((interval.lower, interval.upper), (0.0, 0.0));
        }
        prop_assert!(scenario.outside.is_empty());
        prop_assert_eq!(scenario.returns.gross_roas.point, None);
    }

    #[test]
    fn a_plan_keeps_its_bounds_and_brings_what_the_worlds_say(
        drawn in market(),
        question in question(),
        share in 0.0..1.0f64,
    ) {
        let data = drawn.data();
        let ensemble = drawn.ensemble(&data);
        let ask = |question: &BudgetSettings| Allocation::of(&ensemble, &data, question, &[]);
        // the lower bounds cost at most 4 * 8,000 and the mediator spend that they set off
        let question = BudgetSettings { budget: Some(6e4 + 1e5 * share), ..question };
        let plan = match ask(&question) {
            Ok(plan) => plan,
            Err(error) => {
                // a wild replicate may make the least dear
                prop_assert!(error.to_string().contains("does not pay for the lower bounds"), "{}", error);
                return Ok(());
            }
        };
        prop_assert_eq!(&plan.method, &Method::Exact);
        for (channel, asked) in plan.channels.iter().zip(&question.bounds) {
            prop_assert!(
                asked.bounds.least <= channel.planned && channel.planned <= asked.bounds.most,
                "{:?}", channel
            );
        }
        for group in &question.groups {
            let members = plan.channels.iter().filter(|c| group.channels.contains(&c.channel));
            let sum: f64 = members.map(|channel| channel.planned).sum();
            prop_assert!(sum <= group.bounds.most * (1.0 + 1e-12), "{sum} {:?}", group);
        }
        let budget = question.budget.unwrap();
        prop_assert!(plan.planned.bill <= budget * (1.0 + 1e-9), "{:?}", plan.planned);
        let worlds = by_worlds(&ensemble, &data, &plan);
        // sums of a hundred weeks of 1e5 of revenue, each rounded at 1e-11
        let rounding = 1e-9 * worlds.abs() + 1e-6;
        prop_assert!((worlds - plan.gain.modelled).abs() <= rounding, "{worlds} {:?}", plan.gain);
        if plan.gain.held_at_zero == 0 {
            prop_assert!((worlds - plan.gain.promised).abs() <= rounding, "{worlds} {:?}", plan.gain);
        }
    }

    #[test]
    fn more_budget_never_lowers_the_optimum(
        drawn in market(),
        question in question(),
        budgets in proptest::collection::vec(6e4..1.6e5f64, 3),
    ) {
        never_falls(&drawn, &question, budgets)?;
    }
}

/// Plans for one question and larger and larger budgets promise more and more.
fn never_falls(
    drawn: &Drawn,
    question: &BudgetSettings,
    mut budgets: Vec<f64>,
) -> Result<(), TestCaseError> {
    let data = drawn.data();
    let ensemble = drawn.ensemble(&data);
    budgets.sort_by(f64::total_cmp);
    let mut best: Option<f64> = None;
    for budget in budgets {
        let question = BudgetSettings {
            budget: Some(budget),
            ..question.clone()
        };
        let Ok(plan) = Allocation::of(&ensemble, &data, &question, &[]) else {
            // what pays for the lower bounds once, pays for them with more
            prop_assert_eq!(best, None);
            continue;
        };
        let promised = plan.gain.promised;
        // the solver stops where a step brings less than 1e-9 of the bill
        prop_assert!(
            best.is_none_or(|best| promised >= best - 1e-9 * budget),
            "{best:?} then {promised} of {:?}",
            plan
        );
        best = Some(promised);
    }
    Ok(())
}

/// Two channels share a group that binds and money is left over: the larger budget was once
/// promised 2.7e-4 dollars less than the smaller.
#[test]
fn more_budget_never_lowers_the_optimum_inside_a_group_that_binds() {
    let hill = |half_saturation, slope| Saturation::Hill {
        half_saturation,
        slope,
    };
    let drawn = Drawn {
        seed: 16,
        weeks: 63,
        estimator: "ols",
        channels: vec![
            (0.450568074634242, hill(0.890401943707684, 1.0)),
            (0.3986385198353726, hill(1.0815545426526796, 2.5)),
            (0.020297867179587592, Saturation::None),
            (0.6771005637024838, hill(0.9735722097572055, 2.5)),
        ],
        direct: Some(3),
    };
    let bounds = [
        (697.1996695301634, 25282.526175195475),
        (7978.40339066543, 36362.149639905074),
        (4165.3457552589825, 27727.150408557747),
        (0.0, 31596.69450143357),
    ];
    let bounds = CHANNELS.iter().zip(bounds);
    let question = BudgetSettings {
        bounds: bounds
            .map(|(name, (least, most))| ChannelBounds {
                channel: name.to_string(),
                bounds: Bounds { least, most },
            })
            .collect(),
        groups: vec![ChannelGroup {
            name: "two".into(),
            channels: CHANNELS[..2].iter().map(|name| name.to_string()).collect(),
            bounds: Bounds {
                least: 0.0,
                most: 29179.394902949465,
            },
        }],
        objective: Objective::Revenue,
        margin: Some(0.5),
        mediator: MediatorPolicy::Free,
        horizon: 7,
        max_change: MaxChange::Unlimited,
        allow_extrapolation: true,
        ..BudgetSettings::default()
    };
    let budgets = vec![60000.0, 154229.6894843705, 152141.6639943142];
    never_falls(&drawn, &question, budgets).unwrap();
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn a_curve_starts_from_the_return_of_the_fit_and_the_split_closes(drawn in market()) {
        let data = drawn.data();
        let fit = run(&data, Vec::new(), &drawn.settings(), &Silent).unwrap();
        let advisor = Advisor::of(&fit, &Silent).unwrap();
        let question = CurveQuestion { points: 4, ..CurveQuestion::default() };
        let curves = advisor.response_curves(&question).unwrap();
        prop_assert_eq!(curves.channels.len(), fit.analysis.effects.len());
        for (curve, effects) in curves.channels.iter().zip(&fit.analysis.effects) {
            prop_assert_eq!(&curve.channel, &effects.channel);
            let now = curve.points.iter().find(|point| point.scale == 1.0).unwrap();
            let fitted = &effects.roas.marginal;
            for (drawn, fitted) in [
                (now.marginal.point, fitted.point),
                (now.marginal.lower, fitted.lower),
                (now.marginal.upper, fitted.upper),
            ] {
                let (drawn, fitted) = (drawn.unwrap(), fitted.unwrap());
                prop_assert!((drawn - fitted).abs() <= 1e-9 * fitted.abs().max(1.0), "{drawn} {fitted}");
            }
        }
        let split = advisor.attribution().unwrap();
        let revenue: f64 = data.outcome().iter().sum();
        let rows: f64 = split.rows.iter().map(|row| row.amount.point.unwrap()).sum();
        prop_assert!((rows - revenue).abs() <= 1e-9 * revenue, "{rows} of {revenue}");
        let shares: f64 = split.rows.iter().map(|row| row.share.point.unwrap()).sum();
        prop_assert!((shares - 1.0).abs() <= 1e-9, "{shares}");
    }
}
