//! The page of a finding: what it checks, why it matters, how to read it, what to do.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::Path;
use headwater_report::explain::{nearest, page};
use pulldown_cmark::{Options, Parser, html};
use schemars::JsonSchema;
use serde::Serialize;

use super::At;
use crate::error::{ApiError, Result};
use crate::server::Server;

/// The page of a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingPage {
    /// The finding.
    id: &'static str,
    /// Its subject in a few words.
    title: &'static str,
    /// The page as HTML.
    html: String,
    /// The page as Markdown.
    markdown: &'static str,
}

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new().api_route(
        "/findings/{id}",
        get_with(finding, |o| {
            o.summary("What a finding means and what to do about it")
        }),
    )
}

async fn finding(Path(at): Path<At>) -> Result<Json<FindingPage>> {
    let Some(page) = page(&at.id) else {
        let near = nearest(&at.id);
        let help = match near.is_empty() {
            true => "`headwater explain` lists every finding".into(),
            false => format!("did you mean {}?", near.join(", ")),
        };
        return Err(ApiError::new(
            axum::http::StatusCode::NOT_FOUND,
            "there is no finding of that name",
            help,
        ));
    };
    let mut text = String::new();
    html::push_html(
        &mut text,
        Parser::new_ext(page.markdown, Options::ENABLE_TABLES),
    );
    Ok(Json(FindingPage {
        id: page.id,
        title: page.title,
        html: text,
        markdown: page.markdown,
    }))
}
