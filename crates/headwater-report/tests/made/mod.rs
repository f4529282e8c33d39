//! Analyses made by hand: what a screen must be able to say.

use headwater::analysis::*;
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::effects::{ChannelEffects, Roas};
use headwater::estimate::{Estimate, Interval};
use headwater::finding::{Finding, Status};
use headwater::validation::assumption::{
    ChannelTotal, DirectPath, PathAssessment, RuleTest, Verdict,
};
use headwater::validation::conformal::{Conformal, PredictionIntervals, Scale};
use headwater::validation::cross_validation::{FoldScore, Naive, OutOfSample};
use headwater::validation::metrics::{Metrics, Scored, Yardstick};
use headwater::validation::skill;

const LEVEL: f64 = 0.95;
const METHOD: &str = "percentile, moving blocks of 8 weeks";

/// Metrics over 40 weeks that swing by `swing` around 50,000 and are missed by `miss`.
pub fn metrics(swing: f64, miss: f64) -> Metrics {
    let yardstick = Yardstick::new(&[48_000.0, 52_000.0, 50_000.0], 1);
    let weeks: Vec<Scored> = (0..40)
        .map(|week| {
            let side = if week % 2 == 0 { 1.0 } else { -1.0 };
            let actual = 50_000.0 + side * swing;
            // Every fourth week is missed by three times as much, so that RMSE and MAE differ.
            let size = if week % 4 == 0 { 3.0 } else { 1.0 };
            Scored {
                actual,
                predicted: actual - side * size * miss,
                yardstick,
            }
        })
        .collect();
    Metrics::score(&weeks)
}

/// Scores of a model that misses by `miss` beside naive forecasts that miss by 9,000 or more.
pub fn scores(miss: f64) -> OutOfSample {
    OutOfSample {
        pooled: metrics(10_000.0, miss),
        naive: Naive {
            training_mean: Some(metrics(10_000.0, 9_000.0)),
            last_value: Some(metrics(10_000.0, 14_000.0)),
            seasonal_naive: None,
            stl: None,
        },
        folds: vec![FoldScore {
            train_weeks: 64,
            test_first: "2023-03-27".into(),
            test_last: "2023-12-25".into(),
            metrics: metrics(10_000.0, miss),
        }],
    }
}

/// A point with an interval of `half` on either side.
pub fn around(point: f64, half: f64) -> Estimate {
    let interval = Interval {
        lower: point - half,
        upper: point + half,
    };
    Estimate::new(point, interval, LEVEL, METHOD)
}

/// Effects of a channel without a drawn edge.
pub fn channel(name: &str, spend: f64, total: Estimate, share: Estimate) -> ChannelEffects {
    let per_spend = |estimate: &Estimate, spend: f64| Estimate {
        point: estimate.point.map(|point| point / spend),
        lower: estimate.lower.map(|lower| lower / spend),
        upper: estimate.upper.map(|upper| upper / spend),
        ..estimate.clone()
    };
    ChannelEffects {
        channel: name.into(),
        unit: Unit::Money,
        spend,
        direct: Estimate::new(
            0.0,
            Interval {
                lower: 0.0,
                upper: 0.0,
            },
            LEVEL,
            "no edge drawn",
        ),
        indirect: total.clone(),
        proportion_mediated: share,
        induced_mediator_spend: per_spend(&total, 3.0),
        roas: Roas {
            gross: per_spend(&total, spend),
            loaded: per_spend(&total, 1.5 * spend),
            marginal: per_spend(&total, 1.1 * spend),
        },
        total,
    }
}

pub fn roles() -> Roles {
    let variable = |role, fill| Variable {
        role,
        direct: false,
        fill,
        unit: Unit::Money,
    };
    Roles {
        columns: [
            ("week", variable(Role::Date, Fill::Error)),
            ("facebook_spend", variable(Role::Exposure, Fill::Error)),
            ("tiktok_spend", variable(Role::Exposure, Fill::Error)),
            ("google_spend", variable(Role::Mediator, Fill::Error)),
            ("avg price", variable(Role::Control, Fill::CarryForward)),
            ("revenue", variable(Role::Outcome, Fill::Error)),
            ("mood", variable(Role::Ignore, Fill::SeasonalMedian)),
        ]
        .map(|(name, variable)| (name.to_owned(), variable))
        .into(),
    }
}

const PATH: &str = "mediation.path";

/// The verdict of the validation room on these scores.
pub fn forecast_from_spend(scores: &OutOfSample) -> Finding {
    skill(
        "validation.outcome_path",
        "the forecast of revenue from the exposures, without google_spend,",
        scores,
    )
}

/// Puts a finding in the place of the one with the same name.
pub fn replace(analysis: &mut Analysis, finding: Finding) {
    let place = analysis
        .findings
        .iter_mut()
        .find(|old| old.id == finding.id);
    *place.expect("the analysis has a finding of that name") = finding;
}

/// A path that is supported, without the figures of its tests.
pub fn path() -> PathAssessment {
    PathAssessment {
        verdict: Verdict::PathSupported,
        reasons: Vec::new(),
        config: Vec::new(),
        blind_spot: "direct effects in proportion to the mediated ones".into(),
        use_totals: false,
        strength: None,
        anderson_rubin: None,
        two_slope: None,
        overidentification: None,
        direct_path: None,
        power: None,
        totals: Vec::new(),
        not_assessed: Vec::new(),
    }
}

/// A total without the rule beside the one under it.
pub fn total(channel: &str, spend: f64, unrestricted: Estimate, gap: Estimate) -> ChannelTotal {
    ChannelTotal {
        channel: channel.into(),
        roas: Estimate {
            point: unrestricted.point.map(|point| point / spend),
            lower: unrestricted.lower.map(|lower| lower / spend),
            upper: unrestricted.upper.map(|upper| upper / spend),
            ..unrestricted.clone()
        },
        through_mediator: around(1.0, 1.0),
        unrestricted,
        gap,
    }
}

/// A direct path was found, and the edge that explains it.
pub fn direct_path_found() -> Analysis {
    let mut analysis = good();
    analysis.path = PathAssessment {
        verdict: Verdict::DirectPathFound,
        config: vec![
            "tiktok_spend = { role = \"exposure\", direct = true, fill = \"error\", unit = \"money\" }"
                .into(),
        ],
        use_totals: true,
        direct_path: Some(DirectPath {
            test: RuleTest::HansenJ,
            p: 0.001,
            channels: vec!["tiktok_spend".into()],
            verified: true,
            alternatives: Vec::new(),
            holds_up_to: None,
            given_mediator: Vec::new(),
            joint_given_mediator: None,
        }),
        totals: vec![
            total(
                "facebook_spend",
                812_000.0,
                around(2.0e5, 6.0e5),
                around(-1.0e6, 2.0e5),
            ),
            total(
                "tiktok_spend",
                304_500.0,
                around(9.0e5, 3.0e5),
                around(7.5e5, 2.0e5),
            ),
        ],
        ..path()
    };
    replace(
        &mut analysis,
        Finding::new(
            PATH,
            Status::Failed,
            "direct path found: revenue does not follow through google_spend alone: tiktok_spend \
             reaches it another way. Read total effects without the rule",
        ),
    );
    analysis.findings.extend([
        Finding::new(
            "diagnostics.feedback",
            Status::Passed,
            "no sign that revenue moves next week's spend",
        ),
        Finding::new(
            "diagnostics.hidden_demand",
            Status::Warning,
            "the exposures rise and fall in the same weeks by more than chance: they follow one \
             plan, or one demand",
        ),
        Finding::new(
            "mediation.direct_path",
            Status::Failed,
            "the exposures do not agree on what a unit of google_spend is worth",
        ),
    ]);
    let card = |id: &str, statement: &str, needed_by: &[&str]| Assumption {
        id: id.into(),
        statement: statement.into(),
        needed_by: needed_by.iter().map(|name| name.to_string()).collect(),
    };
    let all = ["total", "direct"];
    analysis.assumptions = vec![
        card("A1", "budgets did not chase demand", &all),
        card("A2", "no hidden demand", &[]),
        card("A3", "no hidden direct path", &all),
        card("A4", "no side road", &["direct"]),
        card("A5", "no feedback", &all),
    ];
    analysis
}

/// A model that beats the naive forecasts on a path that the data support.
pub fn good() -> Analysis {
    Analysis {
        schema_version: SCHEMA_VERSION,
        headwater_version: "0.1.0".into(),
        seed: 42,
        data: DataSummary {
            source: "sales.csv".into(),
            sha256: "0".repeat(64),
            dataset_sha256: None,
            weeks: 104,
            first_week: "2022-01-03".into(),
            last_week: "2023-12-25".into(),
        },
        roles: roles(),
        stages: Stages {
            mediator: MediatorStage {
                target: "google_spend".into(),
                estimator: "ridge".into(),
                tuned: Default::default(),
                in_sample: metrics(10_000.0, 1_500.0),
                out_of_sample: scores(2_000.0),
                terms: Vec::new(),
            },
            outcome: OutcomeStage {
                target: "revenue".into(),
                estimator: "ridge".into(),
                reading: "two_slope".into(),
                link: "identity".into(),
                tuned: Default::default(),
                in_sample: metrics(10_000.0, 1_800.0),
                out_of_sample: OutcomeOutOfSample {
                    path: scores(3_000.0),
                    conditional: scores(2_200.0),
                },
                terms: Vec::new(),
            },
        },
        bootstrap: BootstrapSummary {
            replicates: 1000,
            level: LEVEL,
            resampling: "pairs".into(),
            block_length: 8,
            redraws: 0,
        },
        contrast: "Observed spend against none, summed over all 104 weeks".into(),
        effects: vec![
            channel(
                "facebook_spend",
                812_000.0,
                around(1.21e6, 4.0e5),
                around(1.0, 0.0),
            ),
            channel(
                "tiktok_spend",
                304_500.0,
                around(151_000.0, 402_000.0),
                Estimate::not_assessed("the total's interval includes 0", LEVEL),
            ),
        ],
        path: path(),
        sensitivity: None,
        forecast_intervals: PredictionIntervals {
            level: 0.9,
            method: Conformal::Split,
            scale: Scale::Absolute,
            half_width: None,
            residuals: 0,
            horizon: 0,
            coverage: Vec::new(),
        },
        assumptions: vec![
            Assumption {
                id: "A1".into(),
                statement: "Nothing that is not in the data moves both the exposures and \
                            google_spend or revenue"
                    .into(),
                needed_by: vec!["total".into(), "indirect".into()],
            },
            Assumption {
                id: "A3".into(),
                statement: "The exposures reach revenue only through google_spend".into(),
                needed_by: vec!["indirect".into()],
            },
        ],
        findings: vec![
            Finding::new("data.weeks", Status::Passed, "104 weeks without a gap"),
            Finding::new(
                "data.unassigned_columns",
                Status::Warning,
                "1 column has no role and is not used: mood",
            ),
            forecast_from_spend(&scores(3_000.0)),
            Finding::new(
                PATH,
                Status::Passed,
                "path supported: the exposures move google_spend (HAC F 31.2)",
            ),
            Finding::new(
                "validation.stability",
                Status::NotAssessed,
                "Fewer than 3 years of weeks",
            ),
        ],
    }
}

/// A model that naive forecasts beat, on a path that the data do not support.
pub fn worse_than_naive() -> Analysis {
    let mut analysis = good();
    analysis.stages.outcome.out_of_sample.path = scores(12_000.0);
    analysis.effects = vec![
        channel(
            "facebook_spend",
            812_000.0,
            around(-12_000.0, 60_000.0),
            Estimate::not_assessed("the total's interval includes 0", LEVEL),
        ),
        channel(
            "tiktok_spend",
            304_500.0,
            around(9_000.0, 80_000.0),
            Estimate::not_assessed("the total's interval includes 0", LEVEL),
        ),
    ];
    let said = forecast_from_spend(&analysis.stages.outcome.out_of_sample.path);
    replace(&mut analysis, said);
    analysis.path.verdict = Verdict::TooWeakToSay;
    replace(
        &mut analysis,
        Finding::new(
            PATH,
            Status::Failed,
            "the path through google_spend is not supported: every indirect interval covers 0",
        ),
    );
    analysis
}

/// Nothing could be assessed: every estimate and every check says why.
pub fn nothing_assessed() -> Analysis {
    let mut analysis = good();
    let why = || Estimate::not_assessed("facebook_spend is 0 in every week", LEVEL);
    analysis.effects = vec![ChannelEffects {
        channel: "facebook_spend".into(),
        unit: Unit::Money,
        spend: 0.0,
        total: why(),
        direct: why(),
        indirect: why(),
        proportion_mediated: why(),
        induced_mediator_spend: why(),
        roas: Roas {
            gross: why(),
            loaded: why(),
            marginal: why(),
        },
    }];
    for scores in [
        &mut analysis.stages.outcome.out_of_sample.path,
        &mut analysis.stages.mediator.out_of_sample,
    ] {
        scores.naive.training_mean = None;
        scores.naive.last_value = None;
        scores.pooled.r2 = None;
        scores.pooled.wmape = None;
    }
    analysis.path.verdict = Verdict::NotAssessed;
    analysis.assumptions.clear();
    analysis.findings = vec![Finding::new(
        "data.weeks",
        Status::NotAssessed,
        "The dates were not given",
    )];
    analysis
}

/// A good model whose intervals were not asked for.
pub fn without_bootstrap() -> Analysis {
    let mut analysis = good();
    analysis.bootstrap.replicates = 0;
    let bare = |estimate: &mut Estimate| {
        *estimate = match estimate.point {
            Some(point) => Estimate::point_only(point, LEVEL, "no bootstrap was run"),
            None => Estimate::not_assessed("no bootstrap was run", LEVEL),
        };
    };
    for effect in &mut analysis.effects {
        for estimate in [
            &mut effect.total,
            &mut effect.direct,
            &mut effect.indirect,
            &mut effect.induced_mediator_spend,
            &mut effect.roas.gross,
            &mut effect.roas.loaded,
            &mut effect.roas.marginal,
        ] {
            bare(estimate);
        }
        effect.proportion_mediated =
            Estimate::not_assessed("needs the interval of the total effect", LEVEL);
    }
    analysis
}
