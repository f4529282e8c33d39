//! A server with a store of its own, and requests to it.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use headwater_server::{Guard, Server, app};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

pub const HOST: &str = "127.0.0.1:8501";

/// Few replicates: the tests are about the server.
pub fn quick() -> Value {
    json!({ "bootstrap": { "replicates": 40 }, "validation": { "placebos": 0 } })
}

pub struct House {
    pub server: Arc<Server>,
    pub app: Router,
    runtime: tokio::runtime::Runtime,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().into()
    }
}

/// A folder for a store, gone at the end of the test.
pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl House {
    pub fn open(store: &Path) -> Self {
        House::with(store, Guard::new("127.0.0.1", 8501, None).unwrap())
    }

    pub fn with(store: &Path, guard: Guard) -> Self {
        let server = Server::open(store, guard).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        House {
            app: app(&server),
            server,
            runtime,
        }
    }

    /// Sends a request as it is.
    pub fn send(&self, request: Request<Body>) -> Reply {
        self.runtime.block_on(async {
            let (parts, body) = self
                .app
                .clone()
                .oneshot(request)
                .await
                .unwrap()
                .into_parts();
            Reply {
                status: parts.status,
                headers: parts.headers,
                bytes: to_bytes(body, usize::MAX).await.unwrap(),
            }
        })
    }

    fn ask(&self, method: Method, path: &str, kind: &str, body: Body) -> Reply {
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("/api/v1{path}"))
            .header("host", HOST)
            .header("content-type", kind)
            .body(body)
            .unwrap();
        let reply = self.send(request);
        hold_to_description(&method, path, &reply);
        reply
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, "", Body::empty())
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, "", Body::empty())
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(
            Method::POST,
            path,
            "application/json",
            body.to_string().into(),
        )
    }

    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask(
            Method::PUT,
            path,
            "application/json",
            body.to_string().into(),
        )
    }

    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.ask(
            Method::PATCH,
            path,
            "application/json",
            body.to_string().into(),
        )
    }

    pub fn upload(&self, name: &str, bytes: impl Into<Body>) -> Reply {
        let path = format!("/datasets?name={name}");
        self.ask(
            Method::POST,
            &path,
            "application/octet-stream",
            bytes.into(),
        )
    }

    /// The id of a simulated market.
    pub fn sample(&self, weeks: usize) -> String {
        let reply = self.post("/datasets/sample", &json!({ "weeks": weeks }));
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().into()
    }

    /// The id of a fit that was asked for.
    pub fn start(&self, dataset: &str, settings: Value) -> String {
        let reply = self.post(
            "/runs",
            &json!({ "dataset": dataset, "settings": settings }),
        );
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().into()
    }

    /// The run once it has ended.
    pub fn ended(&self, run: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(240);
        loop {
            let run = self.get(&format!("/runs/{run}")).json();
            if !["queued", "running"].contains(&run["state"].as_str().unwrap()) {
                return run;
            }
            assert!(Instant::now() < until, "the fit did not end: {run}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The run once it is being fitted on resampled weeks.
    pub fn resampling(&self, run: &str) {
        let until = Instant::now() + Duration::from_secs(240);
        while self.get(&format!("/runs/{run}")).json()["progress"]["step"] != 2 {
            assert!(Instant::now() < until, "the fit did not get so far");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The id of a finished run on a simulated market.
    pub fn finished(&self) -> String {
        let run = self.start(&self.sample(80), quick());
        let ended = self.ended(&run);
        assert_eq!(ended["state"], "done", "{ended}");
        run
    }
}

/// The description of the API.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let folder = folder();
    let house = House::open(folder.path());
    let request = Request::builder()
        .uri("/api/v1/openapi.json")
        .header("host", HOST);
    house.send(request.body(Body::empty()).unwrap()).json()
});

/// Holds a JSON answer to what the description promises for its path, method and status.
fn hold_to_description(method: &Method, path: &str, reply: &Reply) {
    let kind = reply.headers.get("content-type");
    if kind.is_none_or(|kind| kind != "application/json") {
        return;
    }
    let path = path.split('?').next().unwrap();
    let Some(item) = described(&format!("/api/v1{path}")) else {
        assert_eq!(reply.status, 404, "{path} is not described");
        return;
    };
    let operation = &item[method.as_str().to_lowercase()];
    if reply.status == 405 {
        return;
    }
    let responses = &operation["responses"];
    let status = reply.status.as_str();
    let response = match responses.get(status) {
        Some(response) => response,
        None if !reply.status.is_success() => &responses["default"],
        None => panic!("{method} {path}: {status} is not described"),
    };
    let promised = &response["content"]["application/json"]["schema"];
    assert!(
        promised.is_object(),
        "{method} {path}: {status} has no schema"
    );
    let schema = json!({ "allOf": [promised], "components": DESCRIPTION["components"] });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{method} {path}: {errors:#?}");
}

/// The description of a path, by its template; one without parameters goes first.
fn described(path: &str) -> Option<&'static Value> {
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template
                .zip(path)
                .all(|(a, b)| a.starts_with('{') || a == b)
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    paths.get(path).or_else(|| {
        paths
            .iter()
            .find(|(template, _)| fits(template))
            .map(|(_, item)| item)
    })
}
