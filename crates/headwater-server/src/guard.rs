//! Who may ask, and what an answer allows a browser to do.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use headwater::error::{Error, Result};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Where a person types the token; it needs no other file, as none is given without it.
const TOKEN_PAGE: &str = include_str!("../web/token.html");

/// The cookie that holds the token's hash.
const COOKIE: &str = "headwater_token";

/// Requests that this server answers: those whose Host names it, from its own pages, with the token where
/// it has one. A page of another site can make a browser send requests here; it cannot make it say that
/// they come from here.
#[derive(Debug, Clone)]
pub struct Guard {
    host: String,
    port: u16,
    /// SHA-256 of the token, so that comparing tells nothing of it by its time.
    token: Option<String>,
}

impl Guard {
    /// For a server bound to `host` and `port`.
    ///
    /// ```
    /// use headwater_server::Guard;
    /// assert!(Guard::new("127.0.0.1", 8501, None).is_ok());
    /// let error = Guard::new("0.0.0.0", 8501, None).unwrap_err();
    /// assert!(error.to_string().contains("without a token"));
    /// ```
    ///
    /// # Errors
    /// When others could reach it and there is no token, and when the token is easily guessed.
    pub fn new(host: &str, port: u16, token: Option<&str>) -> Result<Self> {
        if token.is_some_and(|token| token.chars().count() < 12) {
            return Err(Error::setting(
                "the token is shorter than 12 characters, so it can be guessed",
                "choose a longer one, such as the output of `openssl rand -hex 16`",
            ));
        }
        if token.is_none() && !is_loopback(host) {
            return Err(Error::setting(
                format!(
                    "on {host} anybody who reaches this machine could read and delete data without a token"
                ),
                "add --token with a long random text, or leave out --host to serve this machine alone",
            ));
        }
        Ok(Guard {
            host: host.to_ascii_lowercase(),
            port,
            token: token.map(digest),
        })
    }

    /// Refuses what this server answers to nobody.
    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        let refuse =
            |message: String, help: &str| Err(ApiError::new(StatusCode::FORBIDDEN, message, help));
        let host =
            text(headers, header::HOST).or_else(|| uri.authority().map(|host| host.as_str()));
        let host = host.unwrap_or_default().to_ascii_lowercase();
        if !self.answers_to(&host) {
            return refuse(
                format!("this server does not answer to the name {host:?}"),
                "open the address that `headwater serve` printed",
            );
        }
        if let Some(origin) = text(headers, header::ORIGIN) {
            let own = [format!("http://{host}"), format!("https://{host}")];
            if !own.contains(&origin.to_ascii_lowercase()) {
                return refuse(
                    format!("requests from {origin} are not answered"),
                    "use the page of this server",
                );
            }
        }
        if text(headers, header::HeaderName::from_static("sec-fetch-site")) == Some("cross-site")
            && *method != Method::GET
        {
            return refuse(
                "requests from other sites are not answered".into(),
                "use the page of this server",
            );
        }
        let changes = [Method::POST, Method::PUT, Method::PATCH].contains(method);
        let kinds = ["application/json", "application/octet-stream"];
        if changes && !content_type(headers).is_some_and(|kind| kinds.contains(&kind)) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "requests that change something say what they bring",
                "send the header Content-Type: application/json, or application/octet-stream for a file",
            ));
        }
        Ok(())
    }

    /// Whether a Host header names this server.
    fn answers_to(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        if port != Some(self.port) {
            // Behind a proxy the port is the proxy's; the token is what counts there.
            return self.token.is_some() && !is_loopback(&self.host);
        }
        let everywhere = self
            .host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_unspecified());
        name == "localhost"
            || name == "127.0.0.1"
            || name == "[::1]"
            || name == self.host
            || name == format!("[{}]", self.host)
            || (everywhere && self.token.is_some())
    }

    /// Whether the request brings the token, where there is one.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let bearer = text(headers, header::AUTHORIZATION)
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|given| digest(given.trim()) == *token);
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut cookies = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'));
        bearer
            || cookies.any(|cookie| {
                cookie
                    .trim()
                    .strip_prefix(COOKIE)
                    .and_then(|value| value.strip_prefix('='))
                    .is_some_and(|value| digest(value) == digest(token))
            })
    }

    /// The way in through `/?token=...`: sets the cookie and takes the token out of the address.
    fn enter(&self, method: &Method, uri: &Uri) -> Option<Response> {
        let token = self.token.as_ref()?;
        if method != Method::GET || uri.path() != "/" {
            return None;
        }
        let mut pairs = uri.query()?.split('&');
        let given = pairs.find_map(|pair| pair.strip_prefix("token="))?;
        // a form writes a space as a plus
        let spaced = given.replace('+', " ");
        let mut readings = [given, &spaced].into_iter().filter_map(percent_decoded);
        if !readings.any(|given| digest(&given) == *token) {
            return None;
        }
        // Lax: a link to here from elsewhere, such as a mail, must be able to open the page.
        let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax");
        let mut response = Redirect::to("/").into_response();
        response
            .headers_mut()
            .insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
        Some(response)
    }
}

/// Lets through what may be asked.
pub async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    if let Err(error) = guard.check(method, uri, headers) {
        return error.into_response();
    }
    if let Some(entered) = guard.enter(method, uri) {
        return entered;
    }
    if guard.admits(headers) {
        return next.run(request).await;
    }
    let reads = text(headers, header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    if reads && method == Method::GET {
        return (StatusCode::UNAUTHORIZED, Html(TOKEN_PAGE)).into_response();
    }
    let help = "open the address with /?token=..., or send the header Authorization: Bearer ...";
    let message = "this server asks for a token";
    ApiError::new(StatusCode::UNAUTHORIZED, message, help).into_response()
}

/// Tells the browser what pages of this server may do: load what comes from here, and nothing else.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(
        "content-security-policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("x-frame-options", "DENY");
    set("cross-origin-resource-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether only this machine reaches that host.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `a%20b` as `a b`; none where it is no UTF-8 or breaks off.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The type of a body without its parameters.
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    text.split(';').next().map(str::trim)
}
