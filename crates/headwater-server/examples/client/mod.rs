//! A client of the server that keeps one connection, as a browser does.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take before the client calls it lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks one server, one request at a time.
pub struct Client {
    host: String,
    connection: Option<BufReader<TcpStream>>,
}

/// What the server said.
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client of `HOST:PORT`; connects when it first asks.
    pub fn new(host: &str) -> Self {
        Client {
            host: host.into(),
            connection: None,
        }
    }

    /// Puts a request and reads the whole answer; again over a new connection where the server has closed
    /// the old one meanwhile.
    pub fn ask(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> io::Result<Answer> {
        let request = self.request(method, path, kind, body);
        if let Some(mut old) = self.connection.take() {
            // Without an answer nothing was done: the server closes between requests only.
            if let Ok(answer) = exchange(&mut old, &request) {
                self.connection = Some(old);
                return Ok(answer);
            }
        }
        let mut new = BufReader::new(self.connect()?);
        let answer = exchange(&mut new, &request)?;
        self.connection = Some(new);
        Ok(answer)
    }

    /// The bytes of a request.
    pub fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// A connection of its own.
    pub fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }
}

fn exchange(connection: &mut BufReader<TcpStream>, request: &[u8]) -> io::Result<Answer> {
    let sent = connection.get_mut().write_all(request);
    // Who is refused by the length that it announces may find the line closed while it still sends.
    let answer = read(connection);
    answer.or_else(|why| sent.and(Err(why)))
}

fn read(connection: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "this is no answer of HTTP");
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(broken)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(broken());
        }
        let line = line.trim().to_ascii_lowercase();
        match line.split_once(':') {
            Some(("content-length", value)) => {
                length = value.trim().parse().map_err(|_| broken())?
            }
            Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    let mut body = Vec::new();
    loop {
        if chunked {
            line.clear();
            connection.read_line(&mut line)?;
            length = usize::from_str_radix(line.trim(), 16).map_err(|_| broken())?;
        }
        let start = body.len();
        body.resize(start + length, 0);
        connection.read_exact(&mut body[start..])?;
        if chunked {
            line.clear();
            connection.read_line(&mut line)?;
        }
        if !chunked || length == 0 {
            return Ok(Answer { status, body });
        }
    }
}

/// The share-th of sorted waits, in milliseconds.
pub fn percentile(waits: &[Duration], share: f64) -> f64 {
    let at = (waits.len().saturating_sub(1) as f64 * share) as usize;
    waits
        .get(at)
        .map_or(f64::NAN, |wait| wait.as_secs_f64() * 1000.0)
}
