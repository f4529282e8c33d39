//! The JSON API, a file for each thing that is asked for.

mod compare;
mod datasets;
mod findings;
mod plans;
mod questions;
mod runs;
mod settings;
mod status;

use std::sync::Arc;

use aide::axum::ApiRouter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::server::Server;

/// Every route, without its prefix.
pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .merge(status::routes())
        .merge(datasets::routes())
        .merge(settings::routes())
        .merge(runs::routes())
        .merge(questions::routes())
        .merge(plans::routes())
        .merge(compare::routes())
        .merge(findings::routes())
}

/// The name of what a path is about.
#[derive(Debug, Deserialize, JsonSchema)]
struct At {
    /// The id of a dataset, a run or a finding.
    id: String,
}

/// A picture of a dataset or a run.
#[derive(Debug, Deserialize, JsonSchema)]
struct Picture {
    /// The id of the dataset or run.
    id: String,
    /// The id of the figure; with the ending `.svg` or `.png`, a file.
    figure: String,
}

/// How figures look.
#[derive(Debug, Deserialize, JsonSchema)]
struct Look {
    /// `light` or `dark`; light when left out.
    #[serde(default)]
    theme: crate::figures::ThemeName,
}

/// A value of two runs beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Pair<T> {
    /// What it is.
    what: String,
    /// Of the first.
    a: T,
    /// Of the second.
    b: T,
}
