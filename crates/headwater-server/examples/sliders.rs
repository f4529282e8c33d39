//! How long a slider waits when many people move theirs at once.
//!
//! ```text
//! headwater serve --store STORE &
//! # train a run on the sample market in the browser, then
//! cargo run --release -p headwater-server --example sliders -- 127.0.0.1:8501 RUN 50 100
//! ```
//!
//! Every client keeps one connection, asks one scenario at a time (never two clients the same one),
//! and waits the pause (ms) between answer and next question, as the page does; 0 for none.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long every client asks.
const FOR: Duration = Duration::from_secs(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, run, clients, pause] = arguments.as_slice() else {
        panic!("usage: sliders HOST:PORT RUN CLIENTS PAUSE_MS");
    };
    let clients: usize = clients.parse().expect("CLIENTS is a number");
    let pause = Duration::from_millis(pause.parse().expect("PAUSE_MS is a number"));
    // The first question fits the models of the run again.
    ask(&mut connect(host), host, run, "facebook_spend", 1.0);
    let start = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|client| {
            let (host, run) = (host.clone(), run.clone());
            std::thread::spawn(move || {
                let mut connection = connect(&host);
                let mut waits = Vec::new();
                while start.elapsed() < FOR {
                    let channel = ["facebook_spend", "tiktok_spend"][client % 2];
                    // no two questions are alike, so no answer can come from memory
                    let step = -50.0
                        + 150.0 * ((waits.len() * 7919 + client * 104_729) % 100_003) as f64
                            / 100_003.0;
                    let asked = Instant::now();
                    ask(&mut connection, &host, &run, channel, step);
                    waits.push(asked.elapsed());
                    std::thread::sleep(pause);
                }
                waits
            })
        })
        .collect();
    let mut waits: Vec<Duration> = workers
        .into_iter()
        .flat_map(|worker| worker.join().expect("a client asks to the end"))
        .collect();
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "{clients} clients, pause {} ms: {} answers, {:.0} a second; median {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        pause.as_millis(),
        waits.len(),
        waits.len() as f64 / start.elapsed().as_secs_f64(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
    );
}

fn connect(host: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(host).expect("the server listens");
    stream.set_nodelay(true).expect("the socket takes options");
    BufReader::new(stream)
}

/// Puts one question and reads the whole answer.
fn ask(connection: &mut BufReader<TcpStream>, host: &str, run: &str, column: &str, percent: f64) {
    let body = format!(r#"{{"set":[{{"column":"{column}","by":"{percent:+.4}%"}}]}}"#);
    let request = format!(
        "POST /api/v1/runs/{run}/scenario?brief=true HTTP/1.1\r\nHost: {host}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let sent = connection.get_mut().write_all(request.as_bytes());
    sent.expect("the server takes the question");
    let mut length = 0;
    let mut line = String::new();
    let mut first = true;
    loop {
        line.clear();
        connection.read_line(&mut line).expect("the server answers");
        if first {
            assert!(line.contains(" 200 "), "{line}");
            first = false;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut answer = vec![0; length];
    connection
        .read_exact(&mut answer)
        .expect("the answer is whole");
    assert!(length > 0, "the answer says its length");
}
