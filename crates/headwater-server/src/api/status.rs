//! What this server is, and how much it takes.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use crate::reading::MOST_ROWS;
use crate::server::{MOST_BYTES, PATIENCE, Server};

/// What this server is.
#[derive(Debug, Serialize, JsonSchema)]
struct Status {
    /// The version of Headwater.
    version: &'static str,
    /// How much it takes.
    limits: Limits,
    /// Whether it reads Parquet.
    parquet: bool,
}

/// How large an upload may be.
#[derive(Debug, Serialize, JsonSchema)]
struct Limits {
    /// In bytes.
    bytes: usize,
    /// In rows.
    rows: usize,
    /// How long reading it may take.
    seconds: u64,
}

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new().api_route(
        "/status",
        get_with(status, |operation| {
            operation.summary("What this server is, and how much it takes")
        }),
    )
}

async fn status() -> Json<Status> {
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        limits: Limits {
            bytes: MOST_BYTES,
            rows: MOST_ROWS,
            seconds: PATIENCE.as_secs(),
        },
        parquet: cfg!(feature = "parquet"),
    })
}
