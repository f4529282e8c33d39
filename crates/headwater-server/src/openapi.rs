//! The description of the API, made from the types of its handlers.

use std::sync::{Arc, LazyLock};

use aide::axum::ApiRouter;
use aide::openapi::{Info, OpenApi, ReferenceOr};
use axum::Json;
use axum::response::{Html, IntoResponse};

use crate::api;
use crate::server::Server;

/// Where the API lies.
pub const PREFIX: &str = "/api/v1";

/// The description, made when it is first asked for.
static DESCRIPTION: LazyLock<OpenApi> = LazyLock::new(describe);

fn describe() -> OpenApi {
    let mut description = OpenApi {
        info: Info {
            title: "Headwater".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: Some(
                "A marketing mix model that follows spend downstream. Upload weekly data, fit it, and ask \
                 what each channel is worth, what another plan would have changed and where the next \
                 dollar goes. Requests that change something need a Content-Type; errors hold a message, \
                 what to do, and what the command line prints for the same error."
                    .into(),
            ),
            ..Info::default()
        },
        ..OpenApi::default()
    };
    let routes: ApiRouter<Arc<Server>> = ApiRouter::new().nest(PREFIX, api::routes());
    let _ = routes.finish_api(&mut description);
    description
}

/// `GET /openapi.json`.
pub async fn json() -> impl IntoResponse {
    Json(&*DESCRIPTION)
}

/// `GET /api/docs`: every request by its path.
pub async fn page() -> Html<String> {
    let mut rows = String::new();
    let paths = DESCRIPTION.paths.iter().flat_map(|paths| paths.iter());
    for (path, item) in paths {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        for (method, operation) in item.iter() {
            let summary = operation.summary.as_deref().unwrap_or_default();
            rows += &format!(
                "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>\n",
                escaped(&method.to_uppercase()),
                escaped(path),
                escaped(summary)
            );
        }
    }
    Html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Headwater API</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;\
         color-scheme:light dark}}table{{border-collapse:collapse;width:100%}}\
         td,th{{padding:.4rem .6rem;border-bottom:1px solid #8884;text-align:left;vertical-align:top}}\
         </style></head><body><h1>The API of Headwater</h1><p>{}</p>\
         <p><a href=\"/openapi.json\">openapi.json</a> describes every request and answer.</p>\
         <table><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead>\
         <tbody>\n{rows}</tbody></table></body></html>\n",
        escaped(DESCRIPTION.info.description.as_deref().unwrap_or_default()),
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
