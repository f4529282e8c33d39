//! What went wrong, for who reads the screen and for who reads the program.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater::error::Error;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What is wrong, naming file, row, column or week.
    pub message: String,
    /// What to do next; null where there is nothing to say.
    pub help: Option<String>,
    /// What the command line prints for the same error, with the cell it points at; null for errors
    /// that it does not know.
    pub report: Option<String>,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Problem {
            message: error.to_string(),
            help: error.help().map(|help| help.to_string()),
            report: report(error),
        }
    }
}

/// The error as the command line shows it, without colour.
fn report(error: &Error) -> Option<String> {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_links(false)
        .with_width(100)
        .with_break_words(false)
        .with_context_lines(1)
        .render_report(&mut text, error)
        .ok()?;
    Some(text)
}

/// After how many seconds one who was turned away may ask again.
const SOON: u32 = 5;

/// An answer that is no success.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    problem: Problem,
    /// After how many seconds the same request may be answered.
    retry_after: Option<u32>,
}

/// The body of an answer that is no success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: Problem,
}

/// A result of the API.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    /// An error that the library does not know.
    pub fn new(status: StatusCode, message: impl Into<String>, help: impl Into<String>) -> Self {
        let help = Some(help.into()).filter(|help: &String| !help.is_empty());
        ApiError {
            status,
            problem: Problem {
                message: message.into(),
                help,
                report: None,
            },
            retry_after: None,
        }
    }

    /// There is too much to do at the moment.
    pub fn busy(message: impl Into<String>, help: impl Into<String>) -> Self {
        ApiError {
            retry_after: Some(SOON),
            ..ApiError::new(StatusCode::TOO_MANY_REQUESTS, message, help)
        }
    }

    /// There is nothing of that name.
    pub fn not_found(message: impl Into<String>) -> Self {
        ApiError::new(
            StatusCode::NOT_FOUND,
            message,
            "it may have been deleted; reload the page",
        )
    }

    /// What was sent cannot be used, though the server understood it.
    pub fn unusable(error: &Error) -> Self {
        ApiError {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            problem: error.into(),
            retry_after: None,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::File { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Error::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        ApiError {
            status,
            problem: (&error).into(),
            retry_after: None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: self.problem,
        };
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(
            header::CACHE_CONTROL,
            header::HeaderValue::from_static("no-store"),
        );
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl OperationOutput for ApiError {
    type Inner = ErrorBody;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        Json::<ErrorBody>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Described)> {
        answers_alone(None, Self::operation_response(ctx, operation))
    }
}

/// The answers of an operation that has one; without a status it is that of every error.
pub fn answers_alone(
    status: Option<u16>,
    response: Option<Described>,
) -> Vec<(Option<u16>, Described)> {
    response
        .map(|response| (status, response))
        .into_iter()
        .collect()
}
