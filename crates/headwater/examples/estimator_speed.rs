//! How long one fit takes, tuning included, at the size of two years of weeks:
//! `cargo run --release --example estimator_speed`.

use std::time::Instant;

use headwater::design::{Column, Design, Monotone};
use headwater::error::Result;
use headwater::estimators::EstimatorSettings;
use headwater::estimators::boosting::{BoostingSettings, Rounds};
use headwater::numeric::random::stream;
use rand::RngExt;

const WEEKS: usize = 104;

fn design(width: usize) -> (Design, Vec<f64>) {
    let mut rng = stream(42, 0);
    let mut series = || {
        (0..WEEKS)
            .map(|_| rng.random::<f64>())
            .collect::<Vec<f64>>()
    };
    let noise = series();
    let mut columns = Vec::new();
    for at in 0..width {
        columns.push(match at {
            0..4 => Column::causal(format!("channel {at}"), series(), Monotone::Increasing),
            _ => Column::control(format!("control {at}"), series()),
        });
    }
    let y = (0..WEEKS)
        .map(|week| {
            let value = |at: usize| columns[at].values[week];
            10.0 + 5.0 * value(0) + value(1) * value(2) - 2.0 * value(5) + 3.0 * noise[week]
        })
        .collect();
    (Design::new(WEEKS, columns), y)
}

fn main() -> Result<()> {
    let trees = EstimatorSettings::Boosting(BoostingSettings {
        max_depth: 4,
        min_child_weight: 1.0,
        rounds: Rounds::Fixed(300),
        ..BoostingSettings::default()
    });
    let named = EstimatorSettings::named;
    for (settings, width, fits) in [
        (named("ols")?, 15, 1000),
        (named("ridge")?, 15, 1000),
        (named("lasso")?, 15, 1000),
        (named("elastic_net")?, 15, 1000),
        (named("boosting")?, 6, 20),
        (trees, 6, 20),
    ] {
        let (x, y) = design(width);
        let estimator = settings.build(42);
        let mut fastest = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..fits {
                estimator.fit(&x, &y, &[1.0; WEEKS])?;
            }
            fastest = fastest.min(start.elapsed().as_secs_f64() / fits as f64);
        }
        println!(
            "{settings:?}, {WEEKS} x {width}: {:.1} us a fit",
            fastest * 1e6
        );
    }
    Ok(())
}
