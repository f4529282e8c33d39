//! The server on an address, from its start to its end.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headwater::error::{Error, Result};
use tokio::net::TcpListener;

use crate::guard::Guard;
use crate::server::Server;

/// How long answers and a fit that runs may take to end once the server is told to stop.
const LAST_WORDS: Duration = Duration::from_secs(5);

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
    let told = {
        let server = Arc::clone(&server);
        async move {
            stop_signal().await;
            // Ends the streams of events, which would keep their connections open for ever.
            server.say_goodbye();
        }
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(told);
    let mut closed = closing.clone();
    let patience = async move {
        let _ = closed.wait_for(|closing| *closing).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    let ended = tokio::select! {
        ended = serving.into_future() => ended,
        () = patience => Ok(()),
    };
    let _ = tokio::task::spawn_blocking(move || server.close(LAST_WORDS)).await;
    ended.map_err(|why| Error::setting(format!("the server ended: {why}"), "start it again"))
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
