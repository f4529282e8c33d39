//! What requests bring and answers carry, with errors that say what to do.

use std::sync::Arc;
use std::time::Duration;

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response as Described, SchemaObject};
use aide::operation::set_body;
use aide::{OperationInput, OperationOutput};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, json_schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::{ApiError, Result, answers_alone};
use crate::guard::content_type;
use crate::server::{MOST_BYTES, Room, Server};

/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest JSON body: settings of hundreds of columns are a hundredth of it.
const MOST_JSON: usize = 4 << 20;

/// A JSON body; nothing at all means `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self> {
        let (bytes, _room) = read(request, MOST_JSON, "application/json", server).await?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let value = serde_json::from_slice(text).map_err(|why| {
            let status = match why.classify() {
                serde_json::error::Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::BAD_REQUEST,
            };
            let help = "/api/docs describes what each request takes";
            ApiError::new(status, format!("the request cannot be read: {why}"), help)
        })?;
        Ok(Body(value))
    }
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
    }
}

/// The bytes of a file, and the room that they take among all that are being received.
#[derive(Debug)]
pub struct Upload(pub Bytes, pub Room);

impl FromRequest<Arc<Server>> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self> {
        let (bytes, room) = read(request, MOST_BYTES, "application/octet-stream", server).await?;
        Ok(Upload(bytes, room))
    }
}

impl OperationInput for Upload {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = json_schema!({ "type": "string", "format": "binary" });
        let media = MediaType {
            schema: Some(SchemaObject {
                json_schema: schema,
                external_docs: None,
                example: None,
            }),
            ..MediaType::default()
        };
        let body = RequestBody {
            description: Some("The bytes of the file.".into()),
            content: [("application/octet-stream".to_string(), media)]
                .into_iter()
                .collect(),
            required: true,
            ..RequestBody::default()
        };
        set_body(ctx, operation, body);
    }
}

/// Reads a body of at most so many bytes.
async fn read(request: Request, most: usize, kind: &str, server: &Server) -> Result<(Bytes, Room)> {
    let (parts, body) = request.into_parts();
    let announced = length(&parts.headers);
    if content_type(&parts.headers) != Some(kind) && announced != Some(0) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("this request takes {kind}"),
            format!("send the header Content-Type: {kind}"),
        ));
    }
    let too_large = || {
        let help = "send less at once: a file of weekly data is seldom larger than 1 MB; large ones are \
                    read by `headwater fit` on the command line";
        let message = format!("the request is larger than {} MB", most >> 20);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message, help)
    };
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let room = announced.map_or(most, |length| length as usize);
    let room = server.room(room)?;
    let read = timeout(PATIENCE, axum::body::to_bytes(body, most)).await;
    let read = read.map_err(|_| {
        ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "the request did not come whole in {} seconds",
                PATIENCE.as_secs()
            ),
            "send it again over a faster line, or use `headwater fit` on the command line",
        )
    })?;
    let bytes = read.map_err(|why| {
        let source = std::error::Error::source(&why).map(ToString::to_string);
        match source.is_some_and(|why| why.contains("length limit")) {
            true => too_large(),
            false => ApiError::new(
                StatusCode::BAD_REQUEST,
                "the request broke off",
                "send it again",
            ),
        }
    })?;
    Ok((bytes, room))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// A JSON answer with a status of its own.
#[derive(Debug)]
pub struct Answered<const STATUS: u16, T>(pub T);

impl<const STATUS: u16, T: Serialize> IntoResponse for Answered<STATUS, T> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        (status, Json(self.0)).into_response()
    }
}

impl<const STATUS: u16, T: JsonSchema> OperationOutput for Answered<STATUS, T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Described)> {
        answers_alone(Some(STATUS), Self::operation_response(ctx, operation))
    }
}

/// A file to show or to keep.
#[derive(Debug)]
pub struct Download {
    /// Its type.
    pub kind: &'static str,
    /// The name under which a browser keeps it; none to show it.
    pub name: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, self.kind)], self.bytes).into_response();
        let keep = self.name.and_then(|name| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            let name: String = name
                .chars()
                .map(|c| if plain(c) { c } else { '_' })
                .collect();
            HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok()
        });
        let set = |headers: &mut HeaderMap, name: HeaderName, value| headers.insert(name, value);
        if let Some(keep) = keep {
            set(response.headers_mut(), header::CONTENT_DISPOSITION, keep);
        }
        response
    }
}

impl OperationOutput for Download {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<Described> {
        let media = |json_schema| MediaType {
            schema: Some(SchemaObject {
                json_schema,
                external_docs: None,
                example: None,
            }),
            ..MediaType::default()
        };
        let bytes = json_schema!({ "type": "string", "format": "binary" });
        let content = [
            ("application/json".to_string(), media(json_schema!({}))),
            ("*/*".to_string(), media(bytes)),
        ];
        Some(Described {
            description: "The file, with the type of its ending.".into(),
            content: content.into_iter().collect(),
            ..Described::default()
        })
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Described)> {
        answers_alone(Some(200), Self::operation_response(ctx, operation))
    }
}
