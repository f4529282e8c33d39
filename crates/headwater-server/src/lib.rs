//! # The dashboard and JSON API of Headwater
//!
//! One process serves a page and the API behind it, for one team on one machine: uploads and runs lie in a
//! folder, the store; fits run one after the other; questions go to opened runs.
//!
//! ```
//! use headwater_server::{Guard, Server, app};
//! # let folder = tempfile::tempdir().expect("a folder");
//! # let store = folder.path();
//! let server = Server::open(store, Guard::new("127.0.0.1", 8501, None)?)?;
//! let router = app(&server); // an axum router: tests put requests to it without a socket
//! # drop(router);
//! # Ok::<(), headwater::error::Error>(())
//! ```
//!
//! [`serve()`] binds it to an address, and ends with the process's signals. Nothing here computes: what is
//! shown comes from [`Analysis`](headwater::analysis::Analysis), from
//! [`Advisor`](headwater::analysis::Advisor), or from the report crate.

mod advisors;
mod api;
mod assets;
mod body;
mod error;
mod events;
mod figures;
mod guard;
mod jobs;
mod openapi;
mod reading;
mod serve;
mod server;
mod settings_json;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;

pub use error::{ErrorBody, Problem};
pub use guard::Guard;
pub use serve::{Options, default_store, serve};
pub use server::Server;

/// Everything that the server answers.
pub fn app(server: &Arc<Server>) -> Router {
    let api: Router<Arc<Server>> = api::routes()
        .fallback(|| async { error::ApiError::not_found("the API has no such address") })
        .into();
    Router::new()
        .nest(
            openapi::PREFIX,
            api.route("/openapi.json", get(openapi::json)),
        )
        .route("/api/docs", get(assets::docs))
        .route("/assets/{*path}", get(assets::asset))
        .fallback(get(assets::page))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(&server.guard), guard::guard))
        .layer(from_fn(in_words))
        .layer(from_fn(guard::secure))
        .with_state(Arc::clone(server))
}

/// Gives errors of the router itself (no such method, a path that is no text) the form of all others.
async fn in_words(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let own = [b"application/json".as_slice(), b"text/html"];
    let in_words = kind.is_some_and(|kind| own.iter().any(|own| kind.as_bytes().starts_with(own)));
    if in_words || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let message = match status {
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take that method".to_string(),
        StatusCode::BAD_REQUEST => "the address of the request cannot be read".to_string(),
        status => status.canonical_reason().unwrap_or("error").to_lowercase(),
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    let help = "/api/docs describes what each request takes";
    let mut response = error::ApiError::new(status, message, help).into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
