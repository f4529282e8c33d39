//! Two runs beside each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::{Query, State};
use headwater::analysis::{Analysis, Settings};
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Pair;
use super::runs::{read_analysis, read_settings};
use crate::advisors::blocking;
use crate::error::Result;
use crate::server::Server;
use crate::store::Run;

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new().api_route(
        "/compare",
        get_with(compare, |o| o.summary("Two runs beside each other")),
    )
}

/// The runs to compare.
#[derive(Debug, Deserialize, JsonSchema)]
struct Both {
    /// The first.
    a: String,
    /// The second.
    b: String,
}

/// Two runs beside each other.
#[derive(Debug, Serialize, JsonSchema)]
struct Comparison {
    /// The first.
    a: Run,
    /// The second.
    b: Run,
    /// What they were fitted to.
    data: Vec<Pair<String>>,
    /// The settings that differ, by their keys in `headwater.toml`.
    settings: Vec<Pair<String>>,
    /// What each channel is worth by each; channels in the order of the first.
    effects: Vec<ComparedEffect>,
    /// How they did on weeks that they had not seen.
    scores: Vec<Pair<Option<f64>>>,
}

/// What a channel is worth by each of two runs.
#[derive(Debug, Serialize, JsonSchema)]
struct ComparedEffect {
    /// The exposure.
    channel: String,
    /// `total`, `direct`, `indirect`, `gross return`, `loaded return` or `marginal return`.
    what: &'static str,
    /// By the first.
    a: Estimate,
    /// By the second.
    b: Estimate,
}

async fn compare(
    State(server): State<Arc<Server>>,
    Query(both): Query<Both>,
) -> Result<Json<Comparison>> {
    let (a, b) = (server.finished(&both.a)?, server.finished(&both.b)?);
    let compared = blocking(move || {
        let analyses = (read_analysis(&a)?, read_analysis(&b)?);
        Ok(Comparison {
            data: data(&analyses.0, &analyses.1),
            settings: settings(&read_settings(&a)?, &read_settings(&b)?),
            effects: effects(&analyses.0, &analyses.1),
            scores: scores(&analyses.0, &analyses.1),
            a: a.run(),
            b: b.run(),
        })
    });
    compared.await.map(Json)
}

fn data(a: &Analysis, b: &Analysis) -> Vec<Pair<String>> {
    let (a, b) = (&a.data, &b.data);
    let pair = |what: &str, a: &dyn ToString, b: &dyn ToString| Pair {
        what: what.into(),
        a: a.to_string(),
        b: b.to_string(),
    };
    vec![
        pair("file", &a.source, &b.source),
        pair("weeks", &a.weeks, &b.weeks),
        pair("first week", &a.first_week, &b.first_week),
        pair("last week", &a.last_week, &b.last_week),
        pair("SHA-256", &a.sha256, &b.sha256),
    ]
}

fn settings(a: &Settings, b: &Settings) -> Vec<Pair<String>> {
    let (a, b) = (leaves(a), leaves(b));
    let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
    keys.sort();
    keys.dedup();
    let value = |of: &BTreeMap<String, String>, key: &String| {
        of.get(key).cloned().unwrap_or_else(|| "left out".into())
    };
    keys.into_iter()
        .filter(|key| a.get(*key) != b.get(*key))
        .map(|key| Pair {
            what: key.clone(),
            a: value(&a, key),
            b: value(&b, key),
        })
        .collect()
}

/// Every setting by its dotted key.
fn leaves(settings: &Settings) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // Plain values: what cannot be written has no key to show.
    let value = serde_json::to_value(settings).unwrap_or_default();
    let mut open = vec![(String::new(), value)];
    while let Some((key, value)) = open.pop() {
        match value {
            Value::Object(entries) => open.extend(entries.into_iter().map(|(name, value)| {
                let dot = if key.is_empty() { "" } else { "." };
                (format!("{key}{dot}{name}"), value)
            })),
            Value::String(text) => _ = found.insert(key, text),
            Value::Null => _ = found.insert(key, "left out".into()),
            other => _ = found.insert(key, other.to_string()),
        }
    }
    found
}

/// One of the effects of a channel.
type Part = (&'static str, fn(&ChannelEffects) -> &Estimate);

const PARTS: [Part; 6] = [
    ("total", |channel| &channel.total),
    ("direct", |channel| &channel.direct),
    ("indirect", |channel| &channel.indirect),
    ("gross return", |channel| &channel.roas.gross),
    ("loaded return", |channel| &channel.roas.loaded),
    ("marginal return", |channel| &channel.roas.marginal),
];

fn effects(a: &Analysis, b: &Analysis) -> Vec<ComparedEffect> {
    let find = |of: &'_ Analysis, name: &str| {
        let mut channels = of.effects.iter();
        channels.find(|channel| channel.channel == name).cloned()
    };
    let mut names: Vec<&String> = a.effects.iter().map(|channel| &channel.channel).collect();
    let more = b.effects.iter().map(|channel| &channel.channel);
    names.extend(more.filter(|name| find(a, name).is_none()));
    let estimate = |of: &Analysis, name: &str, part: &Part| match find(of, name) {
        Some(channel) => part.1(&channel).clone(),
        None => Estimate::not_assessed("this run has no such channel", of.bootstrap.level),
    };
    let rows = names.into_iter().flat_map(|name| {
        PARTS.iter().map(move |part| ComparedEffect {
            channel: name.clone(),
            what: part.0,
            a: estimate(a, name, part),
            b: estimate(b, name, part),
        })
    });
    rows.collect()
}

fn scores(a: &Analysis, b: &Analysis) -> Vec<Pair<Option<f64>>> {
    let pair = |what: &str, of: &dyn Fn(&Analysis) -> Option<f64>| Pair {
        what: what.into(),
        a: of(a),
        b: of(b),
    };
    let path = |analysis: &Analysis| analysis.stages.outcome.out_of_sample.path.clone();
    let mediator = |analysis: &Analysis| analysis.stages.mediator.out_of_sample.clone();
    vec![
        pair("skill over the best naive forecast", &|of| path(of).skill()),
        pair("R² on unseen weeks", &|of| path(of).pooled.r2),
        pair("WMAPE on unseen weeks", &|of| path(of).pooled.wmape),
        pair("skill of the mediator's stage", &|of| mediator(of).skill()),
    ]
}
