//! Any table of finite numbers through the whole fit: a sound analysis, or an error with a remedy.
//!
//! Columns are drawn by their kind and not number by number, so that a case that fails shrinks to a few
//! words. `HEADWATER_CASES=5000 PROPTEST_RNG_SEED=2 cargo test -p headwater --test all any_table::`
//! searches further.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::{Arc, LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use headwater::analysis::{Settings, run};
use headwater::data::role::{Fill, Role, Roles, Unit, Variable};
use headwater::data::{Dataset, Source};
use headwater::error::Error;
use headwater::progress::Silent;
use indexmap::IndexMap;
use jiff::ToSpan;
use jiff::civil::date;
use miette::Diagnostic;
use proptest::prelude::*;
use proptest::sample::select;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::{assert_page, assert_sound};

/// No fit of so small a table takes a hundredth of this.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a column holds when nobody made it for the model.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Uniform between 0 and 1.
    Spread,
    /// On either side of 0.
    Signed,
    /// Half of the weeks 0.
    Flights,
    /// 0 in all weeks but one.
    Spike,
    /// 0, 1 or 2.
    Ties,
    /// The same in every week.
    Constant,
    /// 0 in every week.
    Zeros,
    /// 0, then 1.
    Step,
    /// A straight line.
    Line,
    /// The column before it, at another scale.
    Copy,
    /// The sum of all columns before it.
    Sum,
    /// Magnitudes from 1e-300 to 1e300.
    Wild,
    /// Magnitudes from 1e-14 to 1e6.
    Wide,
    /// 1, and in one week 1e9.
    Jump,
    /// 1, and changes in the last digit that a number holds.
    Dust,
    /// A multiple of the column before it, and noise: something to find.
    Follows,
}

/// Those that a fit takes oftenest stand several times.
const KINDS: [Kind; 26] = [
    Kind::Spread,
    Kind::Spread,
    Kind::Spread,
    Kind::Flights,
    Kind::Flights,
    Kind::Flights,
    Kind::Follows,
    Kind::Follows,
    Kind::Follows,
    Kind::Follows,
    Kind::Wide,
    Kind::Spread,
    Kind::Signed,
    Kind::Flights,
    Kind::Spike,
    Kind::Ties,
    Kind::Constant,
    Kind::Zeros,
    Kind::Step,
    Kind::Line,
    Kind::Copy,
    Kind::Sum,
    Kind::Wild,
    Kind::Jump,
    Kind::Dust,
    Kind::Follows,
];

/// A column: what it holds, in units of a power of ten, and what it is.
#[derive(Debug, Clone)]
struct Column {
    kind: Kind,
    power: i32,
    role: Role,
    direct: bool,
    unit: Unit,
}

#[derive(Debug, Clone)]
struct Case {
    weeks: usize,
    columns: Vec<Column>,
    settings: Vec<&'static str>,
    seed: u64,
}

impl Case {
    /// The numbers, column by column.
    fn values(&self) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut all: Vec<Vec<f64>> = Vec::new();
        for column in &self.columns {
            let odd = random.random_range(0..self.weeks);
            let scale = 10_f64.powi(column.power);
            let values = (0..self.weeks).map(|week| {
                let mut uniform = || -> f64 { random.random_range(0.0..1.0) };
                let before = |week: usize| all.last().map_or(0.0, |values| values[week]);
                scale
                    * match column.kind {
                        Kind::Spread => uniform(),
                        Kind::Signed => uniform() - 0.5,
                        Kind::Flights => (uniform() - 0.5).max(0.0),
                        Kind::Spike => f64::from(u8::from(week == odd)),
                        Kind::Ties => (3.0 * uniform()).floor(),
                        Kind::Constant => 1.0,
                        Kind::Zeros => 0.0,
                        Kind::Step => f64::from(u8::from(week >= odd)),
                        Kind::Line => week as f64,
                        Kind::Copy => before(week),
                        Kind::Sum => all.iter().map(|values| values[week]).sum(),
                        Kind::Wild => 10_f64.powf(600.0 * uniform() - 300.0),
                        Kind::Wide => 10_f64.powf(20.0 * uniform() - 14.0),
                        Kind::Jump => 1.0 + 1e9 * f64::from(u8::from(week == odd)),
                        Kind::Dust => 1.0 + f64::EPSILON * (3.0 * uniform()).floor(),
                        Kind::Follows => 2.0 * before(week) + uniform(),
                    }
            });
            let values = values
                .map(|value| value.clamp(f64::MIN, f64::MAX))
                .collect();
            all.push(values);
        }
        all
    }

    fn dataset(&self) -> Result<Dataset, Error> {
        let mut roles = Roles::default();
        let mut columns = IndexMap::new();
        for (at, (column, values)) in self.columns.iter().zip(self.values()).enumerate() {
            let name = format!("{:?}{at}", column.role).to_lowercase();
            let variable = Variable {
                role: column.role,
                direct: column.direct && column.role == Role::Exposure && at > 0,
                fill: Fill::Error,
                unit: column.unit,
            };
            roles.columns.insert(name.clone(), variable);
            columns.insert(name, Arc::from(values));
        }
        let weeks = (0..self.weeks as i64).map(|week| date(2022, 1, 3) + week.weeks());
        let source = Source {
            name: "table".into(),
            sha256: "0".repeat(64),
        };
        Dataset::new(source, roles, weeks.collect(), columns)
    }

    fn settings(&self) -> Result<Settings, Error> {
        Settings::from_toml("settings", &self.settings.join("\n"))
    }
}

fn column(role: Role) -> impl Strategy<Value = Column> {
    let power = prop_oneof![6 => Just(3), 2 => -3..8, 1 => -12..14];
    (
        select(&KINDS[..]),
        power,
        any::<bool>(),
        select(vec![Unit::Money, Unit::Count]),
    )
        .prop_map(move |(kind, power, direct, unit)| Column {
            kind,
            power,
            role,
            direct,
            unit,
        })
}

/// An exposure, a mediator that may follow it, an outcome that may follow that, and up to 5 more.
fn columns() -> impl Strategy<Value = Vec<Column>> {
    let more = select(vec![
        Role::Exposure,
        Role::Exposure,
        Role::Lever,
        Role::Control,
    ])
    .prop_flat_map(column);
    (
        column(Role::Exposure),
        column(Role::Mediator),
        column(Role::Outcome),
        proptest::collection::vec(more, 0..6),
    )
        .prop_map(|(exposure, mediator, outcome, more)| {
            let mut columns = vec![exposure, mediator, outcome];
            columns.extend(more);
            columns
        })
}

/// Lines of a `headwater.toml`, one choice of each group. Few replicates and trees: how well they fit is
/// not the question here.
fn settings() -> impl Strategy<Value = Vec<&'static str>> {
    let estimator = || {
        select(vec![
            "kind = 'ols'",
            "kind = 'ridge'",
            "kind = 'ridge'\npenalty = 0.0",
            "kind = 'ridge'\npenalize_causal = true",
            "kind = 'lasso'",
            "kind = 'elastic_net'\nl1_ratio = 0.3",
            "kind = 'boosting'\nrounds = 8",
            "kind = 'boosting'\nrounds = { max = 12, patience = 3 }\nsubsample = 0.7",
        ])
    };
    let features = select(vec![
        "adstock = { grid = [0.2, 0.6] }",
        "adstock = { decay = 0.4 }",
        "adstock = { decay = 0.0 }\nsaturation = 'log1p'",
        "adstock = { decay = 0.5 }\nsaturation = { hill = { half_saturation = 1.0, slope = 1.5 } }",
        "adstock = { decay = 0.3 }\nzero_flags = true\ntrend = false\nfourier_pairs = 0\nholidays = []",
        "adstock = { decay = 0.3 }\ninteractions = 'auto'",
    ]);
    let mediation = select(vec![
        "reading = 'two_slope'",
        "reading = 'predicted'",
        "reading = 'observed'",
        "reading = 'two_slope'\nlink = 'log'",
        "reading = 'predicted'\ncross_fit = 'always'",
    ]);
    let bootstrap = select(vec![
        "replicates = 0",
        "replicates = 24\nlevel = 0.9",
        "replicates = 24\nlevel = 0.9\nresampling = 'residual'",
        "replicates = 24\nlevel = 0.9\nblock_length = 1",
    ]);
    let validation = select(vec![
        "placebos = 0",
        "placebos = 0\nfolds = 2\nholdout_weeks = 4",
        "placebos = 0\nscheme = 'blocked'",
        "placebos = 19\nscheme = 'rolling'",
        "placebos = 0\nsklearn_default = true",
    ]);
    let tables = (
        features,
        estimator(),
        estimator(),
        mediation,
        bootstrap,
        validation,
    );
    tables.prop_map(
        |(features, first, second, mediation, bootstrap, validation)| {
            vec![
                "[features]",
                features,
                "[stages.mediator]",
                first,
                "[stages.outcome]",
                second,
                "[mediation]",
                mediation,
                "[bootstrap]",
                bootstrap,
                "[validation]",
                validation,
            ]
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let weeks = prop_oneof![1 => 1_usize..20, 6 => 20_usize..64];
    (weeks, columns(), settings(), any::<u64>()).prop_map(|(weeks, columns, settings, seed)| Case {
        weeks,
        columns,
        settings,
        seed,
    })
}

/// The text of the analysis, or of the error and its remedy.
fn answer(case: &Case) -> Result<String, String> {
    let refused = |error: Error| {
        let help = error.help().map(|help| help.to_string());
        let help = help.unwrap_or_else(|| panic!("no remedy: {error}"));
        let text = format!("{error}\n{help}");
        assert!(!help.is_empty() && !text.contains("NaN"), "{text}");
        text
    };
    let settings = case.settings().map_err(refused)?;
    let data = case.dataset().map_err(refused)?;
    let analysis = run(&data, Vec::new(), &settings, &Silent)
        .map_err(refused)?
        .analysis;
    assert_sound(&analysis);
    assert_eq!(analysis.data.weeks, case.weeks);
    for finding in &analysis.findings {
        assert_page(&finding.id);
        // A number that is none becomes null in JSON and "NaN" in a sentence.
        let odd = ["NaN", "inf ", "inf;", "-inf", "infinite"];
        let odd = odd.into_iter().find(|odd| finding.summary.contains(odd));
        assert_eq!(odd, None, "{finding:?}");
        if let Some(measure) = &finding.measure {
            assert!(measure.value.is_finite(), "{finding:?}");
        }
    }
    let json = serde_json::to_value(&analysis).unwrap();
    let faults: Vec<String> = SCHEMA
        .iter_errors(&json)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    Ok(json.to_string())
}

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!("../../../docs/analysis.schema.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
});

/// The answer on so many threads; a fit that does not end is a failure and not a wait.
fn answer_on(threads: usize, case: &Case) -> Result<String, String> {
    let (tell, told) = mpsc::channel();
    let own = case.clone();
    let worker = thread::spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let answer = pool.install(|| answer(&own));
        let _ = tell.send(answer);
    });
    match told.recv_timeout(PATIENCE) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the fit does not end: {case:#?}"),
        // The thread is gone without an answer.
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("a thread that ends well has answered"),
        },
    }
}

/// How many cases are drawn: few in the suite, many in a search.
fn cases() -> u32 {
    let asked = std::env::var("HEADWATER_CASES").ok();
    asked.map_or(48, |cases| {
        cases.parse().expect("HEADWATER_CASES is a number")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_gives_a_sound_analysis_or_an_error_with_a_remedy(case in case()) {
        let one = answer_on(1, &case);
        let told = one.as_ref().err().map_or("an analysis", String::as_str);
        println!("{}", told.lines().next().unwrap_or_default());
        prop_assert_eq!(&answer_on(3, &case), &one, "the same on any number of threads");
    }
}

/// Found by a search of 1,500 cases: a fold of eight weeks whose forecast on the logarithmic scale was in
/// the thousands, so that its root mean squared error was no number.
#[test]
fn a_forecast_that_runs_away_is_refused_with_its_fold_and_its_week() {
    let column = |kind, role| Column {
        kind,
        power: 3,
        role,
        direct: false,
        unit: Unit::Money,
    };
    let case = Case {
        weeks: 38,
        columns: vec![
            column(Kind::Spread, Role::Exposure),
            column(Kind::Spread, Role::Mediator),
            column(Kind::Follows, Role::Outcome),
        ],
        settings: vec![
            "[features]",
            "adstock = { grid = [0.2, 0.6] }",
            "[stages.mediator]",
            "kind = 'ols'",
            "[stages.outcome]",
            "kind = 'ols'",
            "[mediation]",
            "reading = 'two_slope'\nlink = 'log'",
            "[bootstrap]",
            "replicates = 0",
            "[validation]",
            "placebos = 0\nsklearn_default = true",
        ],
        seed: 161838498778520038,
    };
    let refused = answer(&case).unwrap_err();
    assert!(
        refused.contains("runs away beyond any number (fold that trains on the first 8 weeks)"),
        "{refused}"
    );
    assert!(refused.contains("ask for fewer folds"), "{refused}");
}
