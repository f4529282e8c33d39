//! The description of the API, made from the types of its handlers.

use std::sync::{Arc, LazyLock};

use aide::axum::ApiRouter;
use aide::openapi::{Info, OpenApi};
use axum::Json;

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

/// `GET /api/v1/openapi.json`.
pub async fn json() -> Json<&'static OpenApi> {
    Json(&*DESCRIPTION)
}
