//! A run as it changes, told to a page as it happens.

use std::convert::Infallible;
use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::error::answers_alone;
use crate::store::{Follow, Run};

/// Server-sent events named `run`, each a [`Run`]; ends after a final state.
pub struct Events(Response);

impl Events {
    /// Tells a run as it stands and every change until it has ended, the reader has left or the server
    /// closes. Changes in quick succession are told as one.
    pub fn of(mut follow: Follow, mut closing: watch::Receiver<bool>) -> Self {
        let (sender, receiver) = mpsc::channel::<Result<Event, Infallible>>(1);
        tokio::spawn(async move {
            loop {
                let run = follow.borrow_and_update().clone();
                let over = run.state.is_final();
                let text = serde_json::to_string(&run).expect("a run is plain values");
                let event = Event::default().event("run").data(text);
                if sender.send(Ok(event)).await.is_err() || over {
                    return;
                }
                tokio::select! {
                    changed = follow.changed() => if changed.is_err() { return },
                    _ = closing.wait_for(|closing| *closing) => return,
                    () = sender.closed() => return,
                }
            }
        });
        let stream = Sse::new(ReceiverStream::new(receiver));
        let alive = KeepAlive::new().interval(Duration::from_secs(15));
        Events(stream.keep_alive(alive).into_response())
    }
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        self.0
    }
}

impl OperationOutput for Events {
    type Inner = Run;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Described> {
        let media = MediaType {
            schema: Some(SchemaObject {
                json_schema: ctx.schema.subschema_for::<Run>(),
                external_docs: None,
                example: None,
            }),
            ..MediaType::default()
        };
        Some(Described {
            description: "Events named `run`, each with a run as its data.".into(),
            content: [("text/event-stream".to_string(), media)]
                .into_iter()
                .collect(),
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
