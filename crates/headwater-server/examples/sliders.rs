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

mod client;

use std::time::{Duration, Instant};

use client::{Client, percentile};

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
    ask(&mut Client::new(host), run, "facebook_spend", 1.0);
    let start = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|number| {
            let (host, run) = (host.clone(), run.clone());
            std::thread::spawn(move || {
                let mut client = Client::new(&host);
                let mut waits = Vec::new();
                while start.elapsed() < FOR {
                    let channel = ["facebook_spend", "tiktok_spend"][number % 2];
                    // no two questions are alike, so no answer can come from memory
                    let step = -50.0
                        + 150.0 * ((waits.len() * 7919 + number * 104_729) % 100_003) as f64
                            / 100_003.0;
                    let asked = Instant::now();
                    ask(&mut client, &run, channel, step);
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
    println!(
        "{clients} clients, pause {} ms: {} answers, {:.0} a second; median {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        pause.as_millis(),
        waits.len(),
        waits.len() as f64 / start.elapsed().as_secs_f64(),
        percentile(&waits, 0.5),
        percentile(&waits, 0.95),
        percentile(&waits, 0.99),
        percentile(&waits, 1.0),
    );
}

/// Puts one question and reads the whole answer.
fn ask(client: &mut Client, run: &str, column: &str, percent: f64) {
    let body = format!(r#"{{"set":[{{"column":"{column}","by":"{percent:+.4}%"}}]}}"#);
    let path = format!("/api/v1/runs/{run}/scenario?brief=true");
    let answer = client.ask("POST", &path, "application/json", body.as_bytes());
    let answer = answer.expect("the server answers");
    let words = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{words}");
}
