//! The truth about plans in simulated markets, by which budgets are judged: saturation, what any
//! spend would have brought, and the best plan.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::run;
use headwater::features::{self, ChannelSettings, Kernel, adstock::adstock};
use headwater::progress::Silent;
use headwater::simulate::{Budget, Channel, Market, MarketSettings, Saturation, simulate};

use crate::common::{assert_close, settings_with};

fn channel(name: &str, mediated: f64, decay: f64, saturation: Option<(f64, f64)>) -> Channel {
    Channel {
        name: name.into(),
        mediated,
        direct: 0.0,
        decay,
        saturation: saturation.map(|(half, slope)| Saturation { half, slope }),
    }
}

fn market(channels: Vec<Channel>) -> Market {
    simulate(&MarketSettings {
        channels,
        ..MarketSettings::default()
    })
    .unwrap()
}

/// Curves of every kind: concave, S-shaped, steep at zero, straight, and partly around search.
fn mixed() -> Market {
    let mut channels = vec![
        channel("facebook_spend", 0.5, 0.4, Some((2_500.0, 1.0))),
        channel("tiktok_spend", 0.6, 0.2, Some((3_000.0, 2.0))),
        channel("snapchat_spend", 0.3, 0.7, Some((4_000.0, 0.7))),
        channel("instagram_spend", 0.15, 0.0, None),
        channel("pinterest_spend", 0.5, 0.5, Some((1_500.0, 1.5))),
    ];
    channels[0].direct = 0.4;
    market(channels)
}

/// The market whose figures are written down below: direct paths, four decays, hidden demand.
fn earlier() -> MarketSettings {
    let mut settings = MarketSettings {
        confounding: 0.5,
        ..MarketSettings::default()
    };
    let parts = [(0.9, 0.3), (0.0, 0.6), (0.5, 0.0), (0.2, 0.8)];
    for (channel, (direct, decay)) in settings.channels.iter_mut().zip(parts) {
        (channel.direct, channel.decay) = (direct, decay);
    }
    settings
}

#[test]
fn markets_without_saturation_are_the_same_files_as_before_it_could_be_asked_for() {
    // SHA-256 of the CSV and total effects as this program wrote them at e114646, before
    // channels had a saturation
    for (settings, csv, effects) in [
        (
            MarketSettings::default(),
            "3bf2e1f30a2752c4a6cfa2f6776d2fa5954472f9cc783c0249f98aa45c96dce8",
            [
                334_627.263_800_536_46,
                250_632.824_133_033_57,
                190_043.753_715_722_94,
                217_619.800_583_831_27,
            ],
        ),
        (
            earlier(),
            "aaacd166b1bd62d14d7213b88d6ea189441327d70a4e89746488f52a6a04dbd3",
            [536_529.584_405_172_2, f64::NAN, f64::NAN, f64::NAN],
        ),
    ] {
        let market = simulate(&settings).unwrap();
        assert_eq!(market.dataset.source().sha256, csv);
        for (channel, effect) in market.truth.channels.iter().zip(effects) {
            if !effect.is_nan() {
                // the same operations in the same order, so the same bits
                assert_eq!(channel.total_effect, effect, "{}", channel.name);
            }
        }
    }
    let truth = simulate(&MarketSettings::default()).unwrap().truth;
    let json = serde_json::to_value(&truth).unwrap();
    assert_eq!(
        serde_json::to_string(&json["settings"]["channels"][0]).unwrap(),
        r#"{"decay":0.4,"direct":0.0,"mediated":0.5,"name":"facebook_spend"}"#
    );
}

#[test]
fn a_saturation_survives_the_file_of_the_truth() {
    let truth = mixed().truth;
    let text = serde_json::to_string(&truth).unwrap();
    assert!(text.contains(r#""saturation":{"half":2500.0,"slope":1.0}"#));
    let read: headwater::simulate::Truth = serde_json::from_str(&text).unwrap();
    assert_eq!(read, truth);
    let misspelt = text.replace("half", "halve");
    assert!(serde_json::from_str::<headwater::simulate::Truth>(&misspelt).is_err());
}

#[test]
fn the_response_rises_from_zero_to_its_ceiling_and_is_half_of_it_at_the_half() {
    for slope in [0.5, 1.0, 3.0] {
        let saturation = Saturation {
            half: 2_000.0,
            slope,
        };
        let responses: Vec<f64> = (0..=400)
            .map(|i| saturation.response(f64::from(i) * 50.0))
            .collect();
        assert_eq!(responses[0], 0.0);
        assert!(responses.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(responses[40], 1_000.0);
        assert_close(saturation.response(1e300), 2_000.0, 1e-9);
        assert_eq!(saturation.response(1e-300) + 1.0, 1.0);
    }
    // slope 1: the first dollar counts in full; R(1) = 1 - 1 / half + ...
    let first = Saturation {
        half: 1e9,
        slope: 1.0,
    };
    assert_close(first.response(1.0), 1.0, 2e-9);
}

#[test]
fn removing_a_channel_from_a_world_is_its_effect_in_the_truth_straight_or_bent() {
    for market in [simulate(&earlier()).unwrap(), mixed()] {
        let spend = market.spend();
        let world = market.world(&spend).unwrap();
        for (j, truth) in market.truth.channels.iter().enumerate() {
            let mut without = spend.clone();
            without[j].fill(0.0);
            let gain = world.over(&market.world(&without).unwrap()).unwrap();
            // the truth is a difference of markets with noise: 104 weeks of 1e5 dollars, rounded
            // at 1.5e-11 each
            assert_close(gain.mediator, truth.induced_mediator_spend, 1e-8);
            assert_close(gain.direct, truth.direct_effect, 1e-8);
            assert_close(gain.outcome, truth.total_effect, 1e-8);
            assert!(gain.outcome > 0.0);
            // no spend at all is the zero of every world
            without.iter_mut().for_each(|path| path.fill(0.0));
            let nothing = market.world(&without).unwrap();
            assert!(nothing.outcome.iter().all(|dollars| *dollars == 0.0));
        }
    }
}

#[test]
fn the_next_dollar_of_a_saturated_channel_is_worth_less_than_the_average_one() {
    for channel in &mixed().truth.channels {
        let (average, marginal) = (channel.roas_gross.unwrap(), channel.roas_marginal.unwrap());
        if channel.name == "instagram_spend" {
            assert_close(marginal, average, 1e-9);
        } else if channel.name == "facebook_spend" || channel.name == "snapchat_spend" {
            // concave from zero
            assert!(marginal < 0.9 * average, "{marginal} {average}");
        }
    }
}

/// The saturation of the model with the parameters of the market's: `half / k`, the same slope.
fn of_the_model(channel: &Channel, spend: &[f64]) -> features::Saturation {
    let on: Vec<f64> = spend.iter().copied().filter(|x| *x != 0.0).collect();
    let k = on.iter().sum::<f64>() / on.len() as f64;
    match channel.saturation {
        None => features::Saturation::None,
        Some(Saturation { half, slope }) => features::Saturation::Hill {
            half_saturation: half / k,
            slope,
        },
    }
}

#[test]
fn saturation_leaves_the_spend_alone_so_that_it_can_be_chosen_by_the_usual_week() {
    let bent = mixed();
    let mut straight = bent.truth.settings.clone();
    straight
        .channels
        .iter_mut()
        .for_each(|channel| channel.saturation = None);
    let straight = simulate(&straight).unwrap();
    assert_eq!(straight.spend(), bent.spend());
    assert_ne!(straight.dataset.mediator(), bent.dataset.mediator());
}

#[test]
fn the_curve_of_the_model_can_be_the_curve_of_the_market() {
    let market = mixed();
    for (j, channel) in market.truth.settings.channels.iter().enumerate() {
        let mut only = market.spend();
        for (other, path) in only.iter_mut().enumerate() {
            if other != j {
                path.fill(0.0);
            }
        }
        let world = market.world(&only).unwrap();
        let mut carried = adstock(&only[j], channel.decay);
        let shape = of_the_model(channel, &only[j]);
        shape.learn(&only[j]).apply(&mut carried);
        let size = channel.mediated * channel.saturation.map_or(1.0, |s| s.half);
        for (google, level) in world.mediator.iter().zip(&carried) {
            assert_close(*google, size * level, 1e-9 * size.max(1.0) * 10.0);
        }
    }
}

#[test]
fn a_model_with_the_true_curves_finds_the_true_effects_where_google_has_no_noise() {
    // sd(u) is 1e-5 of what social spend moves in Google spend, sd(e) 4.5 times that
    let mut settings = MarketSettings {
        first_stage_r2: 1.0 - 1e-10,
        ..mixed().truth.settings.clone()
    };
    // the default graph has no edge around search
    settings.channels[0].direct = 0.0;
    let market = simulate(&settings).unwrap();
    let worst = |bent: bool| {
        let mut settings = settings_with("ols");
        settings.bootstrap.replicates = Some(0);
        settings.validation.placebos = 0;
        for channel in &market.truth.settings.channels {
            let spend = market.dataset.column(&channel.name);
            let known = ChannelSettings {
                adstock: Some(Kernel::Geometric {
                    decay: channel.decay,
                }),
                saturation: bent.then(|| of_the_model(channel, spend)),
            };
            let channels = &mut settings.features.channels;
            channels.insert(channel.name.clone(), known);
        }
        let analysis = run(&market.dataset, Vec::new(), &settings, &Silent)
            .unwrap()
            .analysis;
        let channels = analysis.effects.iter().zip(&market.truth.channels);
        channels
            .map(|(effects, truth)| {
                let ratio = effects.total.point.unwrap() / truth.total_effect;
                println!("{} {bent} {ratio}", effects.channel);
                (ratio - 1.0).abs()
            })
            .fold(0.0, f64::max)
    };
    // a channel moves Google spend by a fifth of what all do or more, so its slope has an error of
    // at most about 5 * 1e-5 / sqrt(104), twice that where columns overlap; 4.5 of those
    assert!(worst(true) < 5e-5);
    // and the data tell the curves apart: straight lines miss some channel by more than a fifth
    assert!(worst(false) > 0.2);
}

#[test]
fn a_plan_after_the_file_brings_what_its_own_weeks_and_the_carry_over_say() {
    let market = mixed();
    let plan: Vec<Vec<f64>> = (0..5)
        .map(|j| {
            let dollars = |t: u32| f64::from(500 * (j + 1) + 300 * t);
            (0..6).map(dollars).collect()
        })
        .collect();
    let nothing = vec![vec![0.0; 6]; 5];
    let gain = market.gain(&plan, &nothing, 4).unwrap();
    // sum_l (1 - d) d^l x_{t-l} over file, plan and tail, written out
    let (mut google, mut around) = (0.0, 0.0);
    for (j, channel) in market.truth.settings.channels.iter().enumerate() {
        let counted = |planned: &[f64]| -> f64 {
            let file = market.dataset.column(&channel.name);
            let all: Vec<f64> = file.iter().chain(planned).copied().collect();
            let carried = |t: usize| -> f64 {
                let lags = 0..=t.min(all.len() + 200);
                lags.map(|lag| {
                    let spent = all.get(t - lag).copied().unwrap_or(0.0);
                    (1.0 - channel.decay) * channel.decay.powi(lag as i32) * spent
                })
                .sum()
            };
            let weeks = 104..104 + 6 + 4;
            weeks
                .map(|t| match channel.saturation {
                    None => carried(t),
                    Some(Saturation { half, slope }) => {
                        let z = (carried(t) / half).powf(slope);
                        half * z / (1.0 + z)
                    }
                })
                .sum()
        };
        let more = counted(&plan[j]) - counted(&nothing[j]);
        google += channel.mediated * more;
        around += channel.direct * more;
    }
    assert_close(gain.mediator, google, 1e-7);
    assert_close(gain.direct, around, 1e-7);
    assert_close(gain.outcome, 3.0 * google + around, 1e-7);
    // a plan over itself gains exactly nothing
    let none = market.gain(&plan, &plan, 4).unwrap();
    assert_eq!((none.mediator, none.direct, none.outcome), (0.0, 0.0, 0.0));
}

/// One week without carry-over, so that a channel's response is `x half / (half + x)`.
#[test]
fn the_best_plan_of_hills_with_slope_one_is_the_closed_form_of_lagrange() {
    let parts = [(0.5, 2_500.0), (0.4, 6_000.0), (0.7, 900.0)];
    let channels = ["one_spend", "two_spend", "three_spend"];
    let channels = channels.iter().zip(parts);
    let channels: Vec<Channel> = channels
        .map(|(name, (mediated, half))| channel(name, mediated, 0.0, Some((half, 1.0))))
        .collect();
    let market = {
        let mut channels = channels.clone();
        channels[1].direct = 0.8;
        market(channels)
    };
    let channels = &market.truth.settings.channels;
    for dollars in [500.0, 4_000.0, 30_000.0] {
        // worth S'(x) = lambda (1 + mediated S'(x)), S'(x) = (half / (half + x))^2
        let spent = |lambda: f64| -> Vec<f64> {
            let one = |channel: &Channel| {
                let half = channel.saturation.unwrap().half;
                let worth = 3.0 * channel.mediated + channel.direct;
                let slope = lambda / (worth - lambda * channel.mediated);
                if !(0.0..1.0).contains(&slope) {
                    return 0.0;
                }
                half * (1.0 / slope.sqrt() - 1.0)
            };
            channels.iter().map(one).collect()
        };
        let bill = |totals: &[f64]| -> f64 {
            let one = |(x, channel): (&f64, &Channel)| {
                let half = channel.saturation.unwrap().half;
                x + channel.mediated * x * half / (half + x)
            };
            totals.iter().zip(channels).map(one).sum()
        };
        // the multiplier is a return, below worth / mediated and so below 3 everywhere here
        let (mut low, mut high) = (0.0, 3.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if bill(&spent(middle)) > dollars {
                low = middle;
            } else {
                high = middle;
            }
        }
        let expected = spent(high);
        let best = market
            .best_plan(&Budget {
                dollars,
                profiles: vec![vec![1.0]; 3],
                bounds: vec![(0.0, f64::INFINITY); 3],
                tail: 0,
            })
            .unwrap();
        for (found, expected) in best.totals.iter().zip(&expected) {
            assert_close(*found, *expected, 1e-6 * dollars);
        }
        assert_close(
            best.totals.iter().sum::<f64>() + best.gain.mediator,
            dollars,
            1e-9 * dollars,
        );
    }
}

/// What is spent on two channels when the first gets `first` dollars and the second what is left.
fn with_the_rest(market: &Market, budget: &Budget, first: f64) -> Option<[f64; 2]> {
    let weeks = budget.profiles[0].len();
    let bill = |totals: [f64; 2]| {
        let plan = spread(budget, &totals);
        let nothing = vec![vec![0.0; weeks]; 2];
        totals.iter().sum::<f64>() + market.gain(&plan, &nothing, budget.tail).unwrap().mediator
    };
    if bill([first, 0.0]) > budget.dollars {
        return None;
    }
    let (mut low, mut high) = (0.0, budget.dollars);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if bill([first, middle]) > budget.dollars {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some([first, low])
}

fn spread(budget: &Budget, totals: &[f64]) -> Vec<Vec<f64>> {
    let profiles = budget.profiles.iter();
    let path = |(profile, total): (&Vec<f64>, &f64)| {
        let sum: f64 = profile.iter().sum();
        profile.iter().map(|w| w / sum * total).collect()
    };
    profiles.zip(totals).map(path).collect()
}

#[test]
fn the_best_plan_beats_every_point_of_a_fine_grid_also_where_curves_are_s_shaped() {
    for (slopes, dollars) in [
        ((1.0, 0.6), 20_000.0),
        ((2.5, 1.0), 40_000.0),
        ((3.0, 2.0), 12_000.0),
        ((2.0, 2.0), 60_000.0),
    ] {
        let market = market(vec![
            channel("facebook_spend", 0.5, 0.4, Some((2_500.0, slopes.0))),
            channel("tiktok_spend", 0.45, 0.6, Some((3_500.0, slopes.1))),
        ]);
        let budget = Budget {
            dollars,
            profiles: vec![vec![1.0; 8], vec![3.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]],
            bounds: vec![(0.0, f64::INFINITY); 2],
            tail: 6,
        };
        let best = market.best_plan(&budget).unwrap();
        let nothing = vec![vec![0.0; 8]; 2];
        const GRID: u32 = 1_000;
        let (mut most, mut at) = (0.0, [0.0; 2]);
        for i in 0..=GRID {
            let first = dollars * f64::from(i) / f64::from(GRID);
            let Some(totals) = with_the_rest(&market, &budget, first) else {
                break;
            };
            let plan = spread(&budget, &totals);
            let outcome = market.gain(&plan, &nothing, 6).unwrap().outcome;
            if outcome > most {
                (most, at) = (outcome, totals);
            }
        }
        println!(
            "{slopes:?}: {:?} {} grid {at:?} {most}",
            best.totals, best.gain.outcome
        );
        // the grid holds no better plan, and its best is next to the one that was found
        assert!(best.gain.outcome >= most - 1e-9 * most);
        assert!((best.totals[0] - at[0]).abs() <= dollars / f64::from(GRID));
    }
}

#[test]
fn no_transfer_between_two_channels_improves_the_best_plan_and_no_bound_is_broken() {
    let market = mixed();
    let profile = |j: usize| (0..8).map(|t| 1.0 + ((t * (j + 2)) % 5) as f64).collect();
    let budget = Budget {
        dollars: 50_000.0,
        profiles: (0..5).map(profile).collect(),
        bounds: vec![
            (2_000.0, 8_000.0),
            (0.0, 30_000.0),
            (0.0, 30_000.0),
            (1_000.0, 30_000.0),
            (0.0, 9_000.0),
        ],
        tail: 8,
    };
    let best = market.best_plan(&budget).unwrap();
    let nothing = vec![vec![0.0; 8]; 5];
    let judge = |totals: &[f64]| {
        let gain = market.gain(&spread(&budget, totals), &nothing, 8).unwrap();
        (totals.iter().sum::<f64>() + gain.mediator, gain.outcome)
    };
    println!("{:?}", best.totals);
    let (bill, outcome) = judge(&best.totals);
    assert!(bill <= budget.dollars * (1.0 + 1e-12));
    assert_close(bill, budget.dollars, 1e-9 * budget.dollars);
    for (total, (least, most)) in best.totals.iter().zip(&budget.bounds) {
        assert!((*least..=*most).contains(total));
    }
    for from in 0..5 {
        for to in 0..5 {
            for share in [0.1, 0.01, 1e-3, 1e-4] {
                let taken = share * budget.dollars;
                let mut totals = best.totals.clone();
                totals[from] -= taken;
                if from == to || totals[from] < budget.bounds[from].0 {
                    continue;
                }
                // what the other channel can be given for it, by bisection
                let (mut low, mut high) = (totals[to], budget.bounds[to].1);
                for _ in 0..60 {
                    totals[to] = 0.5 * (low + high);
                    if judge(&totals).0 > budget.dollars {
                        high = totals[to];
                    } else {
                        low = totals[to];
                    }
                }
                totals[to] = low;
                assert!(
                    judge(&totals).1 <= outcome * (1.0 + 1e-12),
                    "{from} to {to}"
                );
            }
        }
    }
}

#[test]
fn more_money_never_brings_less_and_money_that_brings_nothing_is_kept() {
    let market = mixed();
    let budget = |dollars: f64| Budget {
        dollars,
        profiles: vec![vec![1.0; 4]; 5],
        bounds: vec![(0.0, 6_000.0); 5],
        tail: 4,
    };
    let gains: Vec<f64> = (1..=25)
        .map(|i| {
            let best = market.best_plan(&budget(2_000.0 * f64::from(i))).unwrap();
            best.gain.outcome
        })
        .collect();
    assert!(gains.windows(2).all(|pair| pair[1] >= pair[0]), "{gains:?}");
    // more than the bounds can take
    let full = market.best_plan(&budget(1e6)).unwrap();
    assert_eq!(full.totals, [6_000.0; 5]);

    let mut channels = MarketSettings::default().channels;
    (channels[1].mediated, channels[1].direct) = (0.0, -0.2);
    let market = self::market(channels);
    let best = market
        .best_plan(&Budget {
            dollars: 50_000.0,
            profiles: vec![vec![1.0; 4]; 4],
            bounds: vec![
                (0.0, 5_000.0),
                (500.0, 40_000.0),
                (0.0, 5_000.0),
                (0.0, 5_000.0),
            ],
            tail: 0,
        })
        .unwrap();
    assert_eq!(best.totals, [5_000.0, 500.0, 5_000.0, 5_000.0]);
}

#[test]
fn saturations_plans_and_budgets_that_make_no_sense_are_refused_with_a_remedy() {
    let bent = |half, slope| {
        let mut settings = MarketSettings::default();
        settings.channels[1].saturation = Some(Saturation { half, slope });
        simulate(&settings).unwrap_err()
    };
    for (half, slope, expected) in [
        (
            0.0,
            1.0,
            "the saturation of tiktok_spend has the half 0, which is not above 0",
        ),
        (
            f64::NAN,
            1.0,
            "the saturation of tiktok_spend has the half NaN, which is not above 0",
        ),
        (
            f64::INFINITY,
            1.0,
            "the saturation of tiktok_spend has the half inf, which is not above 0",
        ),
        (
            9.0,
            -1.0,
            "the saturation of tiktok_spend has the slope -1, which is not above 0",
        ),
    ] {
        assert_eq!(bent(half, slope).to_string(), expected);
    }
    let help =
        |error: &headwater::error::Error| miette::Diagnostic::help(error).unwrap().to_string();
    assert!(help(&bent(0.0, 1.0)).contains("such as 3000"));

    let market = simulate(&MarketSettings::default()).unwrap();
    let plan = |change: fn(&mut Vec<Vec<f64>>)| {
        let mut plan = vec![vec![1_000.0; 8]; 4];
        change(&mut plan);
        market.followed_by(&plan, 0).unwrap_err().to_string()
    };
    assert_eq!(
        plan(|plan| plan.truncate(3)),
        "there are 3 spend paths for 4 channels"
    );
    assert_eq!(
        plan(|plan| plan[1].truncate(7)),
        "facebook_spend is planned for 8 weeks, tiktok_spend for 7"
    );
    assert_eq!(
        plan(|plan| plan[3][2] = -1.0),
        "the spend on instagram_spend is -1 in week 3"
    );
    let paths = vec![vec![1.0; 8]; 4];
    let short = vec![vec![1.0; 7]; 4];
    assert_eq!(
        market.gain(&paths, &short, 2).unwrap_err().to_string(),
        "a world of 114 weeks is compared with one of 113"
    );

    let budget = |change: fn(&mut Budget)| {
        let mut budget = Budget {
            dollars: 20_000.0,
            profiles: vec![vec![1.0; 8]; 4],
            bounds: vec![(0.0, 10_000.0); 4],
            tail: 4,
        };
        change(&mut budget);
        market.best_plan(&budget).unwrap_err().to_string()
    };
    for (found, expected) in [
        (budget(|b| b.dollars = 0.0), "the budget is 0"),
        (budget(|b| b.dollars = f64::NAN), "the budget is NaN"),
        (
            budget(|b| b.bounds.truncate(3)),
            "there are 4 profiles and 3 bounds for 4 channels",
        ),
        (
            budget(|b| b.bounds[2] = (5.0, 4.0)),
            "the bounds of snapchat_spend are 5 and 4",
        ),
        (
            budget(|b| b.bounds[2].1 = f64::NAN),
            "the bounds of snapchat_spend are 0 and NaN",
        ),
        (
            budget(|b| b.profiles[0].fill(0.0)),
            "the profile of facebook_spend cannot be used",
        ),
        (
            budget(|b| b.profiles[1].push(1.0)),
            "the profile of tiktok_spend cannot be used",
        ),
    ] {
        assert_eq!(found, expected);
    }
    let dear = budget(|b| b.bounds = vec![(6_000.0, 9_000.0); 4]);
    assert!(dear.starts_with("the least bounds cost 3"), "{dear}");
    let mut channels = MarketSettings::default().channels;
    channels[3].mediated = -0.1;
    let market = self::market(channels);
    let refused = market.best_plan(&Budget {
        dollars: 20_000.0,
        profiles: vec![vec![1.0; 8]; 4],
        bounds: vec![(0.0, 10_000.0); 4],
        tail: 4,
    });
    assert_eq!(
        refused.unwrap_err().to_string(),
        "instagram_spend draws -0.1 Google dollars"
    );
}
