//! The page: its files, embedded, and plotly.js.

use std::io::Write;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// The files of `web/`; a debug build reads them from disk.
#[derive(RustEmbed)]
#[folder = "web/"]
struct Files;

/// The first parts of the page's paths: what stands behind them is for the page to tell.
const SCREENS: [&str; 5] = ["", "data", "train", "runs", "compare"];

/// plotly.js, packed when it is first asked for.
static PLOTLY: LazyLock<Packed> = LazyLock::new(Packed::plotly);

struct Packed {
    plain: Bytes,
    gzipped: Bytes,
    tag: String,
}

impl Packed {
    /// The crate gives plotly.js and MathJax as two script elements; the first is wanted.
    fn plotly() -> Self {
        let scripts = plotly::Plot::offline_js_sources();
        let begin = scripts.find('>').map_or(0, |at| at + 1);
        let end = scripts.find("</script>\n").unwrap_or(scripts.len());
        let plain = &scripts.as_bytes()[begin..end];
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
        let gzipped = gzip
            .write_all(plain)
            .and_then(|()| gzip.finish())
            .expect("writing to memory cannot fail");
        Packed {
            tag: tag(&Sha256::digest(plain)),
            plain: Bytes::copy_from_slice(plain),
            gzipped: gzipped.into(),
        }
    }
}

/// `GET /assets/...`.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    if path == "plotly.min.js" {
        // Packing takes half a second once.
        let packed = tokio::task::spawn_blocking(|| &*PLOTLY).await;
        return match packed {
            Ok(packed) => plotly(packed, &headers),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
    }
    match Files::get(&path) {
        Some(file) => answer(&path, file, &headers),
        None => ApiError::not_found(format!("there is no file {path}")).into_response(),
    }
}

/// `GET /api/docs`: the description of the API, for who reads it.
pub async fn docs(headers: HeaderMap) -> Response {
    match Files::get("docs.html") {
        Some(file) => answer("docs.html", file, &headers),
        None => ApiError::not_found("this build has no page about the API").into_response(),
    }
}

/// Everything else: the page where the path is one of its screens.
pub async fn page(uri: axum::http::Uri, headers: HeaderMap) -> Response {
    let first = uri.path().trim_start_matches('/').split('/').next();
    let screen = first.is_some_and(|first| SCREENS.contains(&first));
    match Files::get("index.html").filter(|_| screen) {
        Some(file) => answer("index.html", file, &headers),
        None => ApiError::not_found(format!("there is nothing at {}", uri.path())).into_response(),
    }
}

fn plotly(packed: &Packed, headers: &HeaderMap) -> Response {
    let kind = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    let keep = (header::CACHE_CONTROL, "public, max-age=604800");
    let tagged = (header::ETAG, packed.tag.as_str());
    let vary = (header::VARY, "accept-encoding");
    if knows(headers, &packed.tag) {
        return (StatusCode::NOT_MODIFIED, [keep, tagged, vary]).into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("gzip")) {
        let packing = (header::CONTENT_ENCODING, "gzip");
        let head = [kind, keep, tagged, vary, packing];
        return (head, packed.gzipped.clone()).into_response();
    }
    ([kind, keep, tagged, vary], packed.plain.clone()).into_response()
}

fn answer(path: &str, file: rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = tag(&file.metadata.sha256_hash());
    let keep = (header::CACHE_CONTROL, "no-cache");
    if knows(headers, &tag) {
        return (StatusCode::NOT_MODIFIED, [keep, (header::ETAG, &*tag)]).into_response();
    }
    let head = [
        (header::CONTENT_TYPE, kind(path)),
        keep,
        (header::ETAG, &*tag),
    ];
    (head, Bytes::from(file.data.into_owned())).into_response()
}

/// Whether the browser has it already.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH);
    // A proxy that packs the answer marks the tag as weak.
    known
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag)
        })
}

fn tag(hash: &[u8]) -> String {
    let hex: String = hash
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
