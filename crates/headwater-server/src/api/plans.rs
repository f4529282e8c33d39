//! Plans that were kept with a run.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use axum::Json;
use axum::extract::{Path, State};
use headwater::decisions::{Plan, Plans};
use schemars::JsonSchema;
use serde::Deserialize;

use super::At;
use crate::advisors::blocking;
use crate::body::Body;
use crate::error::{ApiError, Result};
use crate::server::Server;

const FILE: &str = "plans.json";

/// How many plans are kept with a run.
const MOST: usize = 100;

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .api_route(
            "/runs/{id}/plans",
            get_with(list, |o| o.summary("The saved plans of a run, by name")),
        )
        .api_route(
            "/runs/{id}/plans/{name}",
            put_with(save, |o| o.summary("Save a plan"))
                .delete_with(delete, |o| o.summary("Delete a saved plan")),
        )
}

/// A plan of a run.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    /// The run.
    id: String,
    /// The plan.
    name: String,
}

async fn list(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Json<Plans>> {
    let entry = server.run(&at.id)?;
    let plans = blocking(move || Ok(entry.read::<Plans>(FILE)?)).await?;
    Ok(Json(plans.unwrap_or_default()))
}

async fn save(
    State(server): State<Arc<Server>>,
    Path(named): Path<Named>,
    Body(plan): Body<Plan>,
) -> Result<Json<Plans>> {
    let entry = server.run(&named.id)?;
    plan.validate()?;
    let name: String = named.name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().to_string();
    if name.is_empty() || name.chars().count() > 120 {
        return Err(ApiError::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "a plan needs a name of at most 120 characters",
            "write one, such as `careful`",
        ));
    }
    let (plans, kept) = blocking(move || {
        Ok(entry.change(FILE, |plans: &mut Plans| {
            let room = plans.plans.len() < MOST || plans.plans.contains_key(&name);
            if room {
                plans.plans.insert(name, plan);
            }
            room
        })?)
    })
    .await?;
    if !kept {
        return Err(ApiError::new(
            axum::http::StatusCode::CONFLICT,
            format!("{MOST} plans are kept with this run already"),
            "delete some first",
        ));
    }
    Ok(Json(plans))
}

async fn delete(
    State(server): State<Arc<Server>>,
    Path(named): Path<Named>,
) -> Result<Json<Plans>> {
    let entry = server.run(&named.id)?;
    let (plans, gone) = blocking(move || {
        Ok(entry.change(FILE, |plans: &mut Plans| {
            plans.plans.shift_remove(&named.name)
        })?)
    })
    .await?;
    match gone {
        Some(_) => Ok(Json(plans)),
        None => Err(ApiError::not_found("this run has no plan of that name")),
    }
}
