//! The dashboard's router, without a socket.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use headwater_server::{Guard, Server, app};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:8501";

/// A server with an upload and a finished run.
struct House {
    app: Router,
    runtime: Runtime,
    dataset: String,
    run: String,
    _folder: TempDir,
}

static HOUSE: LazyLock<House> = LazyLock::new(House::open);

/// An answer: its status and its body, unless that has no end.
struct Answer {
    status: StatusCode,
    json: bool,
    body: Bytes,
}

impl Answer {
    fn value(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl House {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let guard = Guard::new("127.0.0.1", 8501, None).expect("this machine needs no token");
        let server = Server::open(folder.path(), guard).expect("the folder is empty");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let mut house = House {
            app: app(&server),
            runtime: runtime.expect("threads can be started"),
            dataset: String::new(),
            run: String::new(),
            _folder: folder,
        };
        house.dataset = house.make("/datasets/sample", &json!({ "weeks": 60 }));
        let settings =
            json!({ "bootstrap": { "replicates": 40 }, "validation": { "placebos": 0 } });
        let asked = json!({ "dataset": house.dataset, "settings": settings });
        house.run = house.make("/runs", &asked);
        while house.state() != "done" {
            std::thread::sleep(Duration::from_millis(20));
        }
        house
    }

    fn state(&self) -> String {
        let request = own(Method::GET, &format!("/runs/{}", self.run), &Value::Null);
        let run = self.ask(request).value();
        assert!(run["error"].is_null(), "{run}");
        run["state"].as_str().unwrap_or_default().into()
    }

    fn make(&self, path: &str, asked: &Value) -> String {
        let made = self.ask(own(Method::POST, path, asked)).value();
        made["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .into()
    }

    fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let answer = self.app.clone().oneshot(request).await;
            let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
            let kind = parts.headers.get(header::CONTENT_TYPE);
            let is = |kind_of: &str| {
                kind.is_some_and(|kind| kind.as_bytes().starts_with(kind_of.as_bytes()))
            };
            let body = match is("text/event-stream") {
                true => Bytes::new(),
                false => to_bytes(body, usize::MAX)
                    .await
                    .expect("a body is in memory"),
            };
            Answer {
                status: parts.status,
                json: is("application/json"),
                body,
            }
        })
    }
}

fn own(method: Method, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/json");
    request
        .body(body.to_string().into())
        .expect("a request in order")
}

/// The bytes are a request: a line with method and address, headers, an empty line and the body. `{run}`
/// and `{dataset}` stand for the ids of those that are there. Nothing that can be asked is a fault of the
/// server, and whatever is refused is refused in words.
pub fn hold(bytes: &[u8]) {
    let Some(request) = request(bytes) else {
        return;
    };
    let deletes = request.method() == Method::DELETE;
    let path = request.uri().path().to_string();
    // What the next input needs must stay.
    if deletes && (path.contains(&HOUSE.run) || path.contains(&HOUSE.dataset)) {
        return;
    }
    let answer = HOUSE.ask(request);
    assert!(
        !answer.status.is_server_error(),
        "{}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    if answer.status.is_client_error() && answer.json {
        let error = &answer.value()["error"];
        for part in ["message", "help"] {
            let words = error[part].as_str().unwrap_or_default();
            assert!(!words.trim().is_empty(), "no {part}: {error}");
        }
    } else if answer.json {
        answer.value();
    }
    if let 201 | 202 = answer.status.as_u16() {
        let made = answer.value();
        let id = made["id"].as_str().unwrap_or_default();
        let what = path.trim_start_matches("/api/v1/").split('/').next();
        let at = format!("/{}/{id}", what.unwrap_or_default());
        HOUSE.ask(own(Method::POST, &format!("{at}/cancel"), &Value::Null));
        while HOUSE.ask(own(Method::DELETE, &at, &Value::Null)).status == StatusCode::CONFLICT {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn request(bytes: &[u8]) -> Option<Request<Body>> {
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let filled = |text: &str| {
        text.replace("{run}", &HOUSE.run)
            .replace("{dataset}", &HOUSE.dataset)
    };
    let head = filled(std::str::from_utf8(head).ok()?);
    let mut lines = head.lines();
    let (method, uri) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(uri);
    let mut named = false;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        named |= name.eq_ignore_ascii_case("host");
        request = request.header(name, value.trim());
    }
    if !named {
        request = request.header(header::HOST, HOST);
    }
    let body = match std::str::from_utf8(body) {
        Ok(text) => filled(text).into_bytes(),
        Err(_) => body.to_vec(),
    };
    request.body(body.into()).ok()
}
