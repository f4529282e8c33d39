//! The server on an address, from its start to its end.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use headwater::error::{Error, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::guard::Guard;
use crate::server::Server;

/// How long answers and a fit that runs may take to end once the server is told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How many connections are answered at once: a browser opens up to six. Others wait for one that ends.
const CONNECTIONS: usize = 800;

/// How many threads read files, compute and wait for the disk. Few, as each keeps memory of its own.
const BLOCKING: usize = 32;

/// How long a connection may take to say what it wants, and stay open without wanting anything.
const SILENCE: Duration = Duration::from_secs(20);

/// How long an answer may wait to be taken.
#[cfg(any(target_os = "android", target_os = "linux"))]
const NOT_TAKEN: Duration = Duration::from_secs(60);

/// The longest head of a request, in bytes.
const MOST_HEAD: usize = 64 << 10;

/// Where to serve, and from which store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The name or address to bind to: `127.0.0.1` for this machine alone.
    pub host: String,
    /// The port; 0 for one that is free.
    pub port: u16,
    /// The folder of uploads and runs; made where there is none.
    pub store: PathBuf,
    /// What requests must bring; needed on another host than this machine.
    pub token: Option<String>,
}

/// Serves until the process is told to stop (Ctrl-C, or SIGTERM on Unix). `ready` is called with the
/// address of the page once it can be opened.
///
/// # Errors
/// When the port is taken, when others could reach the server and there is no token, and when the store
/// belongs to another server or cannot be written.
pub fn serve(options: &Options, ready: impl FnOnce(&str)) -> Result<()> {
    // Before anything is bound: a server without a token must not be reachable for a moment.
    let token = options.token.as_deref();
    Guard::new(&options.host, options.port, token)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING)
        .build()
        .map_err(|why| {
            Error::setting(
                format!("the server's threads could not be started: {why}"),
                "end other programs and start again",
            )
        })?;
    let served = runtime.block_on(async {
        let listener = bind(options).await?;
        let port = listener
            .local_addr()
            .map_or(options.port, |address| address.port());
        let server = Server::open(&options.store, Guard::new(&options.host, port, token)?)?;
        ready(&address(&options.host, port));
        run(listener, server).await
    });
    runtime.shutdown_timeout(Duration::from_millis(500));
    served
}

async fn run(listener: TcpListener, server: Arc<Server>) -> Result<()> {
    let app = crate::app(&server);
    let closing = server.closing();
    let answering = tokio::spawn(answer(listener, app, closing));
    stop_signal().await;
    // Ends the streams of events, which would keep their connections open for ever.
    server.say_goodbye();
    let _ = timeout(LAST_WORDS, answering).await;
    let _ = tokio::task::spawn_blocking(move || server.close(LAST_WORDS)).await;
    Ok(())
}

/// Answers everybody who connects, so many at once; then waits for the last answers once the server
/// closes.
async fn answer(listener: TcpListener, app: Router, mut closing: watch::Receiver<bool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(MOST_HEAD);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        let Ok((stream, _)) = accepted else {
            // The other side has left, or this process has no file descriptor to spare.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        prepare(&stream);
        let service = TowerToHyperService::new(app.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let mut closing = closing.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut connection = pin!(connection);
            // An error is that the other side has left or does not speak HTTP: nobody to tell it to.
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = closing.wait_for(|closing| *closing) => {}
            }
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = places.acquire_many(CONNECTIONS as u32).await;
}

/// Answers go at once; one that is not taken ends its connection.
fn prepare(stream: &TcpStream) {
    // Where the system refuses, a connection is slower or stays longer.
    let _ = stream.set_nodelay(true);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(NOT_TAKEN));
}

async fn bind(options: &Options) -> Result<TcpListener> {
    let (host, port) = (options.host.as_str(), options.port);
    TcpListener::bind((host, port)).await.map_err(|why| {
        let (message, help) = match why.kind() {
            std::io::ErrorKind::AddrInUse => (
                format!("port {port} is in use"),
                format!(
                    "open http://{} if that is a Headwater already, or choose another port: --port {}",
                    SocketAddr::from(([127, 0, 0, 1], port)),
                    port.checked_add(1).unwrap_or(8501)
                ),
            ),
            std::io::ErrorKind::PermissionDenied => (
                format!("port {port} may not be used by this user"),
                "choose a port from 1024 on: --port 8501".into(),
            ),
            _ => (
                format!("{host} cannot be bound: {why}"),
                "name an address of this machine, such as --host 127.0.0.1".into(),
            ),
        };
        Error::setting(message, help)
    })
}

/// The address of the page, as a browser on this machine opens it.
fn address(host: &str, port: u16) -> String {
    match host.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_unspecified() => format!("http://localhost:{port}"),
        Ok(std::net::IpAddr::V6(ip)) => format!("http://[{ip}]:{port}"),
        _ => format!("http://{host}:{port}"),
    }
}

async fn stop_signal() {
    let interrupt = async {
        // Without a handler the process ends at once, which is what is asked for then.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// The store of this user: `headwater` in the platform's folder for data of programs.
///
/// # Errors
/// When the environment names no such folder.
pub fn default_store() -> Result<PathBuf> {
    store_of(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

fn store_of(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let home = |name: &str, path: &str| variable(name).map(|home| PathBuf::from(home).join(path));
    let data = variable("XDG_DATA_HOME").map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        data.or_else(|| home("HOME", "Library/Application Support"))
    } else {
        data.or_else(|| home("HOME", ".local/share"))
    };
    folder
        .map(|folder| folder.join("headwater"))
        .ok_or_else(|| {
            Error::setting(
                "the environment does not say where programs keep their data",
                "name a folder with --store",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_store_lies_where_the_environment_says() {
        let only = |wanted: &'static str, value: &'static str| {
            store_of(move |name| (name == wanted).then(|| value.into())).ok()
        };
        assert_eq!(
            only("XDG_DATA_HOME", "/data"),
            Some("/data/headwater".into())
        );
        assert_eq!(
            only("HOME", "/home/a"),
            Some("/home/a/.local/share/headwater".into())
        );
        assert_eq!(only("PATH", "/bin"), None);
    }

    #[test]
    fn the_address_is_one_that_a_browser_opens() {
        assert_eq!(address("127.0.0.1", 8501), "http://127.0.0.1:8501");
        assert_eq!(address("0.0.0.0", 80), "http://localhost:80");
        assert_eq!(address("::1", 8501), "http://[::1]:8501");
    }
}
