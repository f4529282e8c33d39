//! The same data, settings and seed give the same bytes, whatever the number of threads.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::analysis::{Analysis, Settings, run};
use headwater::data::Dataset;
use headwater::error::Error;
use headwater::estimators::EstimatorSettings;
use headwater::estimators::boosting::Rounds;
use headwater::progress::{Progress, Silent};
use headwater::simulate::{MarketSettings, simulate};
use rayon::ThreadPoolBuilder;

use crate::common::{settings_with, with_direct};

const REPLICATES: usize = 40;

fn market() -> Dataset {
    let data = simulate(&MarketSettings::default()).unwrap().dataset;
    with_direct(&data, "facebook_spend")
}

fn settings(estimator: &str) -> Settings {
    let mut settings = settings_with(estimator);
    settings.bootstrap.replicates = Some(REPLICATES);
    settings.validation.placebos = 19;
    for stage in [&mut settings.stages.mediator, &mut settings.stages.outcome] {
        if let EstimatorSettings::Boosting(boosting) = stage {
            // sampling draws random numbers inside the trees too
            (boosting.subsample, boosting.colsample_bytree) = (0.8, 0.8);
            boosting.rounds = Rounds::Fixed(40);
        }
    }
    settings
}

fn analyse(data: &Dataset, settings: &Settings) -> Analysis {
    run(data, Vec::new(), settings, &Silent).unwrap().analysis
}

#[test]
fn one_two_and_eight_threads_write_the_same_bytes() {
    let data = market();
    for estimator in ["ols", "ridge", "boosting"] {
        let settings = settings(estimator);
        let bytes = [1, 2, 8].map(|threads| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let analysis = pool.unwrap().install(|| analyse(&data, &settings));
            serde_json::to_string(&analysis).unwrap()
        });
        assert!(bytes[0] == bytes[1], "{estimator}: 1 and 2 threads differ");
        assert!(bytes[0] == bytes[2], "{estimator}: 1 and 8 threads differ");
        // outside any pool of the caller
        let bare = serde_json::to_string(&analyse(&data, &settings)).unwrap();
        assert!(bytes[0] == bare, "{estimator}: the global pool differs");
    }
}

#[test]
fn another_seed_moves_the_intervals_and_leaves_the_points() {
    let data = market();
    let first = settings("ridge");
    let second = Settings {
        seed: 43,
        ..first.clone()
    };
    let [first, second] = [first, second].map(|settings| analyse(&data, &settings));
    assert_eq!(first.stages, second.stages);
    for (first, second) in first.effects.iter().zip(&second.effects) {
        for (a, b) in [
            (&first.total, &second.total),
            (&first.indirect, &second.indirect),
            (
                &first.induced_mediator_spend,
                &second.induced_mediator_spend,
            ),
            (&first.roas.loaded, &second.roas.loaded),
        ] {
            assert_eq!(a.point, b.point);
            assert_ne!(a.interval(), b.interval());
        }
    }
}

/// Counts reports, and asks to stop once there were `stop_at` of them.
struct Listener {
    stop_at: usize,
    reports: AtomicUsize,
}

impl Progress for Listener {
    fn report(&self, what: &str, done: usize, total: usize) {
        assert!((1..=total).contains(&done));
        if what == "bootstrap" {
            assert_eq!(total, REPLICATES);
            self.reports.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.reports.load(Ordering::Relaxed) >= self.stop_at
    }
}

#[test]
fn work_that_is_cancelled_stops_and_says_so() {
    let (data, settings) = (market(), settings("ols"));
    for (stop_at, at_most) in [(0, 0), (5, REPLICATES - 1)] {
        let listener = Listener {
            stop_at,
            reports: AtomicUsize::new(0),
        };
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let result = pool.install(|| run(&data, Vec::new(), &settings, &listener));
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(listener.reports.into_inner() <= at_most);
    }
    let patient = Listener {
        stop_at: usize::MAX,
        reports: AtomicUsize::new(0),
    };
    assert!(run(&data, Vec::new(), &settings, &patient).is_ok());
    assert_eq!(patient.reports.into_inner(), REPLICATES);
}
