//! Uploads: what each column is taken for, and every doubt about the data.

use std::sync::Arc;
use std::time::Instant;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::NoContent;
use headwater::analysis::Settings;
use headwater::data::role::{Role, Roles, Unit};
use headwater::data::{Cell, default_variable, toml_line};
use headwater::error::Error;
use headwater::finding::Finding;
use headwater::simulate::{MarketSettings, simulate};
use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{At, Look, Picture};
use crate::advisors::blocking;
use crate::body::{Answered, Body, Upload};
use crate::error::{ApiError, Problem, Result};
use crate::figures::{self, FigureEntry, FigureView};
use crate::reading::Reading;
use crate::server::{PATIENCE, Server};
use crate::store::{Id, Record, Summary};

/// How many rows of the file are shown.
const PREVIEW: usize = 12;

/// The longest name that is kept of a file.
const LONGEST_NAME: usize = 120;

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .api_route(
            "/datasets",
            get_with(list, |o| o.summary("Every upload, the newest first"))
                .post_with(upload, |o| o.summary("Upload a CSV, Excel or Parquet file")),
        )
        .api_route(
            "/datasets/sample",
            post_with(sample, |o| {
                o.summary("Simulate a market whose effects are known")
            }),
        )
        .api_route(
            "/datasets/{id}",
            get_with(detail, |o| {
                o.summary("An upload: columns, first rows, doubts")
            })
            .delete_with(delete, |o| o.summary("Delete an upload")),
        )
        .api_route(
            "/datasets/{id}/roles",
            put_with(roles, |o| {
                o.summary(
                    "Say what columns are; columns that are not named keep what was said of them",
                )
            }),
        )
        .api_route(
            "/datasets/{id}/figures",
            get_with(pictures, |o| o.summary("The figures of an upload")),
        )
        .api_route(
            "/datasets/{id}/figures/{figure}",
            get_with(picture, |o| o.summary("A figure of an upload")),
        )
}

/// An upload in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct DatasetSummary {
    /// Its name in the store.
    id: Id,
    /// What the user calls it.
    name: String,
    /// When it came.
    #[schemars(with = "String")]
    uploaded: Timestamp,
    #[serde(flatten)]
    summary: Summary,
}

/// An upload: what each column is taken for, and every doubt about the data.
#[derive(Debug, Serialize, JsonSchema)]
struct DatasetDetail {
    /// Its name in the store.
    id: Id,
    /// What the user calls it.
    name: String,
    /// When it came.
    #[schemars(with = "String")]
    uploaded: Timestamp,
    /// SHA-256 of the file, in hex.
    sha256: String,
    /// The size of the file.
    bytes: u64,
    /// The number of weeks; null while it cannot be used.
    weeks: Option<usize>,
    /// The first day of the first week.
    first_week: Option<String>,
    /// The first day of the last week.
    last_week: Option<String>,
    /// Every column, in file order.
    columns: Vec<Column>,
    /// The first rows, as they stand in the file.
    preview: Preview,
    /// What reading it found.
    findings: Vec<Finding>,
    /// What keeps it from being fitted.
    problem: Option<Problem>,
    /// The `[columns]` table of `headwater.toml` that says the same.
    toml: String,
}

/// What a column is taken for.
#[derive(Debug, Serialize, JsonSchema)]
struct Column {
    /// Its name in the file.
    name: String,
    /// Its role; `ignore` where it could not be told yet.
    role: Role,
    /// Whether its edge to the outcome is drawn.
    direct: bool,
    /// What an exposure or the mediator is measured in.
    unit: Option<Unit>,
    /// Why it has this role, in a few words.
    why: String,
    /// How many of its cells are missing.
    missing: usize,
}

/// The first rows of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Preview {
    /// The names of the columns.
    header: Vec<String>,
    /// The cells as text.
    rows: Vec<Vec<String>>,
}

/// The name of the file.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    /// What the user calls the file; only ever shown.
    name: Option<String>,
}

/// The market to simulate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// The number of weeks.
    #[serde(default = "sample_weeks")]
    weeks: usize,
    /// The seed of all random numbers.
    #[serde(default = "sample_seed")]
    seed: u64,
}

fn sample_weeks() -> usize {
    MarketSettings::default().weeks
}

fn sample_seed() -> u64 {
    MarketSettings::default().seed
}

/// What columns are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Said {
    /// A line for each column that is to change.
    columns: IndexMap<String, Line>,
}

/// What a column is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Its role.
    role: Role,
    /// Whether its edge to the outcome is drawn; only exposures can have it.
    #[serde(default)]
    direct: bool,
    /// What it is measured in; left out, what its name says.
    unit: Option<Unit>,
}

async fn list(State(server): State<Arc<Server>>) -> Json<Vec<DatasetSummary>> {
    let records = server.datasets.list().into_iter();
    let summary = |record: Record| DatasetSummary {
        id: record.id,
        name: record.name,
        uploaded: record.uploaded,
        summary: record.summary,
    };
    Json(records.map(summary).collect())
}

async fn upload(
    State(server): State<Arc<Server>>,
    Query(named): Query<Named>,
    Upload(bytes, room): Upload,
) -> Result<Answered<201, DatasetDetail>> {
    let name = shown_name(named.name.as_deref().unwrap_or("data.csv"));
    if bytes.is_empty() {
        let error = Error::input(
            format!("{name} is empty"),
            "give a file with a header row and one row for each week",
        );
        return Err(ApiError::unusable(&error));
    }
    let reader = Arc::clone(&server);
    let detail = server.read(move || {
        let _room = room;
        keep(&reader, &name, &bytes)
    });
    detail.await.map(Answered)
}

async fn sample(
    State(server): State<Arc<Server>>,
    Body(sample): Body<Sample>,
) -> Result<Answered<201, DatasetDetail>> {
    let reader = Arc::clone(&server);
    let detail = server.read(move || {
        let market = simulate(&MarketSettings {
            weeks: sample.weeks,
            seed: sample.seed,
            ..MarketSettings::default()
        })?;
        let name = format!("sample-market-{}.csv", sample.seed);
        keep(&reader, &name, market.to_csv().as_bytes())
    });
    detail.await.map(Answered)
}

/// Keeps a file that can be read.
fn keep(server: &Server, name: &str, bytes: &[u8]) -> Result<DatasetDetail> {
    let began = Instant::now();
    let record = server.datasets.add(name, bytes)?;
    let read = read(server, record.clone());
    // What cannot be read is not kept, so that the list holds what can be worked with; nor is what
    // nobody waits for any more.
    if read.is_err() || began.elapsed() >= PATIENCE {
        server.datasets.remove(record.id)?;
    }
    read
}

async fn detail(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
) -> Result<Json<DatasetDetail>> {
    let record = server.dataset(&at.id)?;
    let reader = Arc::clone(&server);
    server.read(move || read(&reader, record)).await.map(Json)
}

async fn roles(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
    Body(said): Body<Said>,
) -> Result<Json<DatasetDetail>> {
    let mut record = server.dataset(&at.id)?;
    for (name, line) in said.columns {
        let usual = default_variable(&name, line.role);
        let variable = headwater::data::role::Variable {
            direct: line.direct,
            unit: line.unit.unwrap_or(usual.unit),
            ..usual
        };
        record.roles.columns.insert(name, variable);
    }
    let reader = Arc::clone(&server);
    server.read(move || read(&reader, record)).await.map(Json)
}

async fn delete(State(server): State<Arc<Server>>, Path(at): Path<At>) -> Result<NoContent> {
    let record = server.dataset(&at.id)?;
    if server.jobs.needs(record.id) {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            format!("a fit of {} is waiting or running", record.name),
            "cancel it first, or wait until it is done",
        ));
    }
    blocking(move || Ok(server.datasets.remove(record.id)?)).await?;
    Ok(NoContent)
}

async fn pictures(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
) -> Result<Json<Vec<FigureEntry>>> {
    server.dataset(&at.id)?;
    Ok(Json(figures::of_datasets()))
}

async fn picture(
    State(server): State<Arc<Server>>,
    Path(picture): Path<Picture>,
    Query(look): Query<Look>,
) -> Result<Json<FigureView>> {
    let record = server.dataset(&picture.id)?;
    let path = server.datasets.file(record.id);
    let figure = server.read(move || {
        let reading = Reading::of(&path, &record.name, &settings(&record.roles))
            .map_err(|error| ApiError::unusable(&error))?;
        let loaded = reading.loaded.map_err(|error| ApiError::unusable(&error))?;
        figures::of_dataset(&picture.figure, &loaded.dataset, look.theme)
    });
    figure.await.map(Json)
}

/// Reads an upload with the roles of its record, and remembers both.
fn read(server: &Server, mut record: Record) -> Result<DatasetDetail> {
    let path = server.datasets.file(record.id);
    let reading = Reading::of(&path, &record.name, &settings(&record.roles))
        .map_err(|error| ApiError::unusable(&error))?;
    let columns: Vec<Column> = reading.columns();
    let (loaded, problem) = match &reading.loaded {
        Ok(loaded) => (Some(loaded), None),
        Err(error) => (None, Some(Problem::from(error))),
    };
    let weeks = loaded.map_or(&[][..], |loaded| loaded.dataset.weeks());
    record.summary = Summary {
        weeks: loaded.map(|loaded| loaded.dataset.len()),
        first_week: weeks.first().map(ToString::to_string),
        last_week: weeks.last().map(ToString::to_string),
        columns: columns.len(),
        problem: problem.is_some(),
    };
    server.datasets.update(&record)?;
    let mut findings = reading.findings.clone();
    findings.extend(
        loaded
            .into_iter()
            .flat_map(|loaded| loaded.findings.clone()),
    );
    Ok(DatasetDetail {
        columns,
        preview: reading.preview(),
        findings,
        problem,
        toml: toml(&reading.roles),
        id: record.id,
        name: record.name,
        uploaded: record.uploaded,
        sha256: record.sha256,
        bytes: record.bytes,
        weeks: record.summary.weeks,
        first_week: record.summary.first_week,
        last_week: record.summary.last_week,
    })
}

impl Reading {
    fn columns(&self) -> Vec<Column> {
        let names = self.table.column_names().iter().enumerate();
        let column = |(at, name): (usize, &String)| {
            let variable = self.roles.columns.get(name);
            let role = variable.map_or(Role::Ignore, |variable| variable.role);
            let measured = [Role::Exposure, Role::Mediator].contains(&role);
            let why = self.reasons.get(name).map(String::as_str);
            let open = match variable {
                Some(_) => "as you said",
                None => "not told yet: see the problem",
            };
            Column {
                name: name.clone(),
                role,
                direct: variable.is_some_and(|variable| variable.direct),
                unit: variable.filter(|_| measured).map(|variable| variable.unit),
                why: why.unwrap_or(open).into(),
                missing: self
                    .table
                    .cells(at)
                    .filter(|cell| cell.is_missing())
                    .count(),
            }
        };
        names.map(column).collect()
    }

    fn preview(&self) -> Preview {
        let columns = 0..self.table.column_names().len();
        let shown = self.table.len().min(PREVIEW);
        let mut rows = vec![Vec::new(); shown];
        for column in columns {
            let cells = self.table.cells(column).map(Cell::to_string);
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.push(cell);
            }
        }
        Preview {
            header: self.table.column_names().to_vec(),
            rows,
        }
    }
}

/// The default settings with these roles.
fn settings(roles: &Roles) -> Settings {
    Settings {
        columns: roles.clone(),
        ..Settings::default()
    }
}

fn toml(roles: &Roles) -> String {
    let lines = roles.columns.iter();
    let lines = lines.map(|(name, variable)| toml_line(name, variable) + "\n");
    "[columns]\n".to_string() + &lines.collect::<String>()
}

/// The file's own name without folders and without what cannot be shown.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect();
    match shown.trim() {
        "" => "data.csv".into(),
        shown => shown.into(),
    }
}
