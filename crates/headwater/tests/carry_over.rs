//! Carry-over chosen channel by channel.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::Arc;

use headwater::analysis::Settings;
use headwater::features::Kernel;
use headwater::mediation::{FittedMediation, Prepared};
use headwater::simulate::{MarketSettings, simulate};
use serde_json::Value;

/// Four years of two channels that fade at different rates, the path to search strong.
fn fit(settings: &Settings) -> FittedMediation {
    let mut market = MarketSettings {
        weeks: 208,
        first_stage_r2: 0.95,
        autocorrelation: 0.0,
        ..MarketSettings::default()
    };
    market.channels.truncate(2);
    (market.channels[0].decay, market.channels[1].decay) = (0.0, 0.8);
    let data = simulate(&market).unwrap().dataset;
    let prepared = Arc::new(Prepared::new(&data, &settings.features, 0..208).unwrap());
    let (mediator, outcome) = (&prepared.mediator, &prepared.outcome);
    let model = settings.model();
    model
        .fit(&prepared, mediator, outcome, &[1.0; 208])
        .unwrap()
}

fn described(model: &FittedMediation) -> Value {
    let features = &model.prepared().features;
    features.describe(model.carry_overs().0, false).into()
}

#[test]
fn channels_that_fade_at_different_rates_get_their_own() {
    let mut settings = Settings::default();
    let common = described(&fit(&settings));
    assert!(common.get("channels").is_none(), "{common}");
    settings.features.per_channel = true;
    let model = fit(&settings);
    let features = &model.prepared().features;
    for (channel, decay) in [("facebook_spend", 0.0), ("tiktok_spend", 0.8)] {
        let kernel = features.kernel(channel, model.carry_overs().0);
        assert_eq!(kernel, Some(Kernel::Geometric { decay }), "{channel}");
    }
    // Facebook keeps the decay of the stage, so TikTok alone is listed
    let own = serde_json::json!({ "adstock_decay": 0.8, "saturation": "none" });
    let expected = serde_json::json!({ "adstock_decay": 0.0, "channels": { "tiktok_spend": own } });
    assert_eq!(described(&model), expected);
    // observed paths give the data back, though this carry-over is no candidate of the stage
    let observed = &model.prepared().observed;
    let world = model.potential_outcome(observed, observed).unwrap();
    assert_eq!(world.mediator, model.prepared().mediator);
    let built = model.prepared().build(observed.clone());
    assert_eq!(
        model.potential_outcome_built(&built, &built).unwrap(),
        world
    );
}

#[test]
fn kernels_of_other_kinds_compete_with_the_decays() {
    let kernels = "kernels = [{ delayed = { decay = 0.5, peak = 3.0, lags = 8 } }]";
    let text = format!("[features.adstock]\n{kernels}");
    let settings = Settings::from_toml("headwater.toml", &text).unwrap();
    // spend that works at once and geometrically: the late kernel must lose
    let chosen = described(&fit(&settings));
    assert!(chosen["adstock_decay"].is_number(), "{chosen}");
    let only = format!("{text}\ngrid = []");
    let settings = Settings::from_toml("headwater.toml", &only).unwrap();
    let chosen = described(&fit(&settings));
    assert_eq!(chosen["adstock"]["delayed"]["peak"], 3.0);
}
