//! Fits: asked for, followed, stopped; and the files of those that are done.

use std::io::{Cursor, Write};
use std::path::Path as FilePath;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::NoContent;
use headwater::analysis::{Analysis, Settings};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{At, Look, Picture};
use crate::advisors::blocking;
use crate::body::{Answered, Body, Download};
use crate::error::{ApiError, Result};
use crate::events::Events;
use crate::figures::{self, FigureEntry, FigureView};
use crate::jobs::{MOST_WAITING, Refused};
use crate::server::{Length, Server};
use crate::settings_json;
use crate::store::{Entry, Run, State as RunState};

/// The files of a run: the name in the address, where it lies, its type.
const FILES: [(&str, &str, &str); 5] = [
    ("analysis.json", "analysis.json", "application/json"),
    (
        "headwater.toml",
        "headwater.toml",
        "text/plain; charset=utf-8",
    ),
    ("dataset.csv", "dataset.csv", "text/csv; charset=utf-8"),
    ("stage1.json", "models/stage1.json", "application/json"),
    ("stage2.json", "models/stage2.json", "application/json"),
];

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .api_route(
            "/runs",
            get_with(list, |o| o.summary("Every run, the newest first"))
                .post_with(start, |o| o.summary("Ask for a fit")),
        )
        .api_route(
            "/runs/{id}",
            get_with(show, |o| o.summary("Where a run stands"))
                .patch_with(rename, |o| o.summary("Give a run another name"))
                .delete_with(delete, |o| o.summary("Delete a run")),
        )
        .api_route(
            "/runs/{id}/events",
            get_with(events, |o| {
                o.summary("A run at every change, as server-sent events; ends when the run has ended")
            }),
        )
        .api_route(
            "/runs/{id}/cancel",
            post_with(cancel, |o| o.summary("Stop a fit that waits or runs")),
        )
        .api_route(
            "/runs/{id}/analysis",
            get_with(analysis, |o| o.summary("What was learned: analysis.json")),
        )
        .api_route(
            "/runs/{id}/settings",
            get_with(settings, |o| o.summary("The settings of a run")),
        )
        .api_route(
            "/runs/{id}/summary",
            get_with(summary, |o| o.summary("The answer in three sentences")),
        )
        .api_route(
            "/runs/{id}/figures",
            get_with(pictures, |o| o.summary("The figures of a run")),
        )
        .api_route(
            "/runs/{id}/figures/{figure}",
            get_with(picture, |o| {
                o.summary("A figure of a run; with the ending .svg or .png, a picture")
            }),
        )
        .api_route(
            "/runs/{id}/files/{name}",
            get_with(file, |o| {
                o.summary("A file of a run: analysis.json, headwater.toml, dataset.csv, stage1.json, stage2.json, report.html, report.md")
            }),
        )
        .api_route(
            "/runs/{id}/run.zip",
            get_with(archive, |o| o.summary("The run directory, as `headwater fit` writes it")),
        )
}

/// A fit that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The upload.
    dataset: String,
    /// Settings with the keys of `headwater.toml`; what is left out keeps its default.
    #[serde(default)]
    settings: Value,
    /// What to call the run; left out, the file and the estimator.
    name: Option<String>,
}

/// Another name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Renamed {
    /// The name.
    name: String,
}

/// A file of a run.
#[derive(Debug, Deserialize, JsonSchema)]
struct File {
    /// The run.
    id: String,
    /// The file.
    name: String,
}

async fn list(State(server): State<Arc<Server>>) -> Json<Vec<Run>> {
    Json(server.runs.list())
}

async fn start(
    State(server): State<Arc<Server>>,
    Body(asked): Body<Asked>,
) -> Result<Answered<202, Run>> {
    let record = server.dataset(&asked.dataset)?;
    let settings = settings_json::of(asked.settings, &record.roles)?;
    let name = asked.name.map(|name| checked_name(&name)).transpose()?;
    let taken = blocking(move || Ok(server.jobs.submit(&record, &settings, name))).await?;
    match taken {
        Ok(run) => Ok(Answered(run)),
        Err(Refused::Disk(error)) => Err(error.into()),
        Err(Refused::Full) => Err(ApiError::busy(
            format!("{MOST_WAITING} fits wait already"),
            "wait until some are done, or cancel some",
        )),
    }
}

async fn show(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Json<Run>> {
    server.run(&at.id).map(|entry| Json(entry.run()))
}

async fn rename(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
    Body(renamed): Body<Renamed>,
) -> Result<Json<Run>> {
    let (entry, name) = (server.run(&at.id)?, checked_name(&renamed.name)?);
    let renamed = blocking(move || Ok(entry.update(|run| run.name.clone_from(&name))?));
    renamed.await.map(Json)
}

async fn delete(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<NoContent> {
    let entry = server.run(&at.id)?;
    blocking(move || {
        let run = entry.run();
        if run.state == RunState::Queued {
            server.jobs.cancel(&entry)?;
        }
        if !entry.run().state.is_final() {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "this run is being fitted",
                "cancel it first",
            ));
        }
        server.advisors.close(run.id);
        server.runs.remove(run.id)?;
        Ok(NoContent)
    })
    .await
}

async fn events(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Events> {
    let entry = server.run(&at.id)?;
    Ok(Events::of(entry.follow(), server.closing()))
}

async fn cancel(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Json<Run>> {
    let entry = server.run(&at.id)?;
    blocking(move || {
        server.jobs.cancel(&entry)?;
        Ok(Json(entry.run()))
    })
    .await
}

async fn analysis(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Json<Analysis>> {
    let entry = server.finished(&at.id)?;
    blocking(move || read_analysis(&entry)).await.map(Json)
}

async fn settings(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Json<Settings>> {
    let entry = server.run(&at.id)?;
    blocking(move || Ok(read_settings(&entry)?)).await.map(Json)
}

async fn summary(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
) -> Result<Json<figures::Summary>> {
    let entry = server.finished(&at.id)?;
    blocking(move || read_analysis(&entry).map(|analysis| figures::Summary::of(&analysis)))
        .await
        .map(Json)
}

async fn pictures(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
) -> Result<Json<Vec<FigureEntry>>> {
    server.finished(&at.id)?;
    Ok(Json(figures::of_runs()))
}

/// A figure as data, or a picture of it.
enum Shown {
    Figure(Box<FigureView>),
    File(Download),
}

async fn picture(
    State(server): State<Arc<Server>>,
    Path(picture): Path<Picture>,
    Query(look): Query<Look>,
) -> Result<Shown> {
    let Picture { id, figure } = picture;
    server
        .ask(&id, Length::Short, move |opened| {
            match figure.rsplit_once('.') {
                None => {
                    let view = figures::of_run(&figure, opened, look.theme)?;
                    Ok(Shown::Figure(Box::new(view)))
                }
                Some((figure, ending)) => {
                    figures::file_of_run(figure, ending, opened, look.theme).map(Shown::File)
                }
            }
        })
        .await
}

async fn file(State(server): State<Arc<Server>>, Path(file): Path<File>) -> Result<Download> {
    let entry = server.finished(&file.id)?;
    if file.name == "report.html" || file.name == "report.md" {
        let name = file.name;
        return server
            .ask(&file.id, Length::Long, move |opened| {
                figures::report_file(&name, opened)
            })
            .await;
    }
    let Some((name, path, kind)) = FILES.iter().find(|(name, _, _)| *name == file.name) else {
        return Err(ApiError::not_found(format!(
            "a run has no file {}",
            file.name
        )));
    };
    let bytes = blocking(move || Ok(read_file(&entry, path)?)).await?;
    Ok(Download {
        kind,
        name: Some((*name).into()),
        bytes: bytes.into(),
    })
}

async fn archive(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<Download> {
    let entry = server.finished(&at.id)?;
    let name = format!("{}.zip", entry.run().name);
    let bytes = blocking(move || {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (_, path, _) in FILES {
            let bytes = read_file(&entry, path)?;
            let written = archive
                .start_file(format!("run/{path}"), options)
                .map_err(std::io::Error::from)
                .and_then(|()| archive.write_all(&bytes));
            written.map_err(|why| unpackable(&why))?;
        }
        let finished = archive.finish().map_err(std::io::Error::from);
        Ok(finished.map_err(|why| unpackable(&why))?.into_inner())
    });
    Ok(Download {
        kind: "application/zip",
        name: Some(name),
        bytes: bytes.await?.into(),
    })
}

fn unpackable(why: &std::io::Error) -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("the run cannot be packed: {why}"),
        "download its files one by one",
    )
}

/// What a run learned.
pub(super) fn read_analysis(entry: &Entry) -> Result<Analysis> {
    let text = read_file(entry, "analysis.json")?;
    serde_json::from_slice(&text).map_err(|why| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the analysis of this run cannot be read: {why}"),
            "fit the data again",
        )
    })
}

/// The settings of a run with every role; those that were asked for while it is not done.
pub(super) fn read_settings(entry: &Entry) -> headwater::error::Result<Settings> {
    let path = entry.directory().join("headwater.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Settings::from_toml("headwater.toml", &text),
        Err(_) => entry.settings(),
    }
}

fn read_file(entry: &Entry, path: impl AsRef<FilePath>) -> headwater::error::Result<Vec<u8>> {
    let path = entry.directory().join(path);
    std::fs::read(&path).map_err(|why| headwater::error::Error::File {
        path: path.display().to_string(),
        message: format!("the file of this run cannot be read: {why}"),
        help: "fit the data again".into(),
    })
}

/// A name of one line that is not too long.
fn checked_name(name: &str) -> Result<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    match name.trim() {
        "" => Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a run needs a name",
            "write one, such as `spring plan`",
        )),
        name => Ok(name.into()),
    }
}

impl axum::response::IntoResponse for Shown {
    fn into_response(self) -> axum::response::Response {
        match self {
            Shown::Figure(view) => Json(view).into_response(),
            Shown::File(file) => file.into_response(),
        }
    }
}

impl aide::OperationOutput for Shown {
    type Inner = FigureView;

    fn operation_response(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Option<aide::openapi::Response> {
        Json::<FigureView>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<u16>, aide::openapi::Response)> {
        Json::<FigureView>::inferred_responses(ctx, operation)
    }
}
