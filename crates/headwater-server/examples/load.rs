//! The dashboard under load: many clients that upload, train, ask, download, leave in the middle of a
//! request and send one byte a second, against a server of its own. Linux: it reads `/proc`.
//!
//! ```text
//! cargo build --release
//! cargo run --release -p headwater-server --example load -- target/release/headwater 200 300
//! ```
//!
//! It prints, for each kind of request, the answers by status and how long they took, then memory, files
//! and threads of the server over time, and ends with status 1 where an answer was none of those that
//! its kind may have: 429 (too much to do) may come everywhere, 413 for what is too large.

mod client;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use client::{Answer, Client, percentile};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
/// How often memory, files and threads are read.
const SAMPLE: Duration = Duration::from_secs(5);
/// Over which part of the time, at its end, they must not grow.
const STEADY: f64 = 0.6;

/// What clients do: how often beside the others, and the statuses that are right.
const KINDS: [(Kind, &str, usize, &[u16]); 17] = [
    (Kind::Page, "page and its files", 10, &[200]),
    (Kind::Lists, "lists", 14, &[200]),
    (Kind::Upload, "upload of CSV", 6, &[201]),
    (Kind::Workbook, "upload of xlsx", 3, &[201]),
    (Kind::TooLarge, "upload that is too large", 2, &[413]),
    (Kind::Broken, "upload that is no table", 2, &[422]),
    (Kind::Train, "training", 4, &[202]),
    (Kind::Cancel, "training that is cancelled", 1, &[200, 202]),
    (Kind::Events, "events, held and dropped", 4, &[200]),
    (Kind::Slider, "scenario, brief", 24, &[200]),
    (Kind::Scenario, "scenario, whole", 6, &[200]),
    (Kind::Optimize, "optimize", 3, &[200]),
    (Kind::Picture, "picture", 4, &[200]),
    (Kind::Report, "report.html", 2, &[200]),
    (Kind::Archive, "run.zip", 2, &[200]),
    (Kind::HangUp, "left in the middle", 8, &[]),
    (Kind::Slow, "a byte a second", 2, &[]),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Page,
    Lists,
    Upload,
    Workbook,
    TooLarge,
    Broken,
    Train,
    Cancel,
    Events,
    Slider,
    Scenario,
    Optimize,
    Picture,
    Report,
    Archive,
    HangUp,
    Slow,
}

/// What came of one kind of request.
#[derive(Default)]
struct Tally {
    waits: Vec<Duration>,
    statuses: BTreeMap<u16, usize>,
}

/// What everybody shares.
struct Load {
    host: String,
    csv: Vec<u8>,
    xlsx: Vec<u8>,
    /// Runs that nobody deletes.
    runs: Vec<String>,
    dataset: String,
    tallies: Mutex<BTreeMap<Kind, Tally>>,
    /// Answers that should not have been, the first of them in words.
    wrong: Mutex<Vec<String>>,
    over: AtomicBool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, numbers @ ..] = arguments.as_slice() else {
        panic!("usage: load HEADWATER [CLIENTS [SECONDS [SEED]]]");
    };
    let number = |at: usize, usual: u64| {
        let given = numbers.get(at);
        given.map_or(usual, |text| text.parse().expect("a number"))
    };
    let (clients, seconds, seed) = (number(0, 200), number(1, 300), number(2, 1));
    let store = tempfile::tempdir().expect("a folder for the store");
    let (mut server, host) = start(program, store.path());
    let load = Arc::new(prepare(host));
    println!(
        "{clients} clients for {seconds} s, seed {seed}; load average {}",
        load_average()
    );

    let began = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|number| {
            let load = Arc::clone(&load);
            std::thread::spawn(move || {
                load.work(ChaCha8Rng::seed_from_u64(seed * 100_000 + number))
            })
        })
        .collect();
    let mut samples = Vec::new();
    while began.elapsed().as_secs() < seconds {
        std::thread::sleep(SAMPLE);
        samples.push(Sample::of(&server, began));
    }
    load.over.store(true, Ordering::Relaxed);
    println!("load average at the end {}", load_average());
    for worker in workers {
        worker.join().expect("a client works to the end");
    }
    let wrong = load.tell(began.elapsed());
    tell_samples(&samples, store.path());
    tell_rest(&load, &server);
    server.kill().expect("the server still runs");
    server.wait().expect("it ends");
    match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Starts a server in `store` and waits until it answers.
fn start(program: &str, store: &Path) -> (Child, String) {
    let mut server = Command::new(program)
        .args(["serve", "--port", "0", "--store"])
        .arg(store)
        .env_remove("HEADWATER_TOKEN")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    let stdout = server.stdout.take().expect("it has a stdout");
    let read = BufReader::new(stdout).read_line(&mut first);
    read.expect("the server says where it is");
    let host = first.trim().rsplit("http://").next().unwrap_or_default();
    (server, host.to_string())
}

/// Uploads a sample market and trains two runs on it.
fn prepare(host: String) -> Load {
    let mut client = Client::new(&host);
    let mut ask = |method: &str, path: &str, body: Value| -> Value {
        let path = format!("/api/v1{path}");
        let answer = client.ask(method, &path, JSON, body.to_string().as_bytes());
        serde_json::from_slice(&answer.expect("the server answers").body).expect("JSON")
    };
    let id = |value: &Value| value["id"].as_str().expect("an id").to_string();
    let dataset = id(&ask("POST", "/datasets/sample", json!({ "weeks": 104 })));
    let runs: Vec<String> = [200, 1000]
        .map(|replicates| {
            let settings = json!({ "bootstrap": { "replicates": replicates } });
            let asked = json!({ "dataset": dataset, "settings": settings });
            id(&ask("POST", "/runs", asked))
        })
        .into();
    for run in &runs {
        while ask("GET", &format!("/runs/{run}"), json!({}))["state"] != "done" {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    let fixture = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fixtures")
            .join(name);
        std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    Load {
        host,
        csv: fixture("market.csv"),
        xlsx: fixture("market.xlsx"),
        runs,
        dataset,
        tallies: Mutex::default(),
        wrong: Mutex::default(),
        over: AtomicBool::new(false),
    }
}

impl Load {
    /// Does one thing after the other until the time is over.
    fn work(&self, mut random: ChaCha8Rng) {
        let mut client = Client::new(&self.host);
        let all: usize = KINDS.iter().map(|(_, _, often, _)| often).sum();
        while !self.over() {
            let mut ticket = random.random_range(0..all);
            let (kind, name, _, right) = KINDS
                .iter()
                .find(|(_, _, often, _)| match ticket.checked_sub(*often) {
                    Some(rest) => {
                        ticket = rest;
                        false
                    }
                    None => true,
                })
                .expect("a ticket is less than all");
            if let Err(why) = self.act(*kind, right, &mut client, &mut random) {
                self.complain(format!("{name}: no answer: {why}"));
            }
            std::thread::sleep(Duration::from_millis(random.random_range(100..1000)));
        }
    }

    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn complain(&self, what: String) {
        self.wrong.lock().expect("nobody panics").push(what);
    }

    /// Puts a request, counts its answer and holds it to what is right for its kind.
    fn put(
        &self,
        kind: Kind,
        right: &[u16],
        client: &mut Client,
        (method, path, content, body): (&str, &str, &str, &[u8]),
    ) -> std::io::Result<Answer> {
        let began = Instant::now();
        let answer = client.ask(method, path, content, body)?;
        let wait = began.elapsed();
        let mut tallies = self.tallies.lock().expect("nobody panics");
        let tally = tallies.entry(kind).or_default();
        *tally.statuses.entry(answer.status).or_insert(0) += 1;
        if answer.status != 429 {
            tally.waits.push(wait);
        }
        drop(tallies);
        if !right.contains(&answer.status) && answer.status != 429 {
            let words = String::from_utf8_lossy(&answer.body);
            let words: String = words.chars().take(300).collect();
            self.complain(format!("{method} {path}: {}: {words}", answer.status));
        }
        Ok(answer)
    }

    fn act(
        &self,
        kind: Kind,
        right: &[u16],
        client: &mut Client,
        random: &mut ChaCha8Rng,
    ) -> std::io::Result<()> {
        let run = &self.runs[random.random_range(0..self.runs.len())];
        let of_run = |what: &str| format!("/api/v1/runs/{run}/{what}");
        let step: f64 = random.random_range(-50.0..100.0);
        let plan = format!(r#"{{"set":[{{"column":"facebook_spend","by":"{step:+.4}%"}}]}}"#);
        let id = |answer: &Answer| -> Option<String> {
            let value: Value = serde_json::from_slice(&answer.body).ok()?;
            Some(value["id"].as_str()?.to_string())
        };
        match kind {
            Kind::Page => {
                for path in ["/", "/assets/app.js", "/assets/style.css"] {
                    self.put(kind, right, client, ("GET", path, JSON, b""))?;
                }
            }
            Kind::Lists => {
                for path in ["/api/v1/datasets", "/api/v1/runs", "/api/v1/status"] {
                    self.put(kind, right, client, ("GET", path, JSON, b""))?;
                }
            }
            Kind::Upload | Kind::Workbook => {
                let (name, bytes) = match kind {
                    Kind::Upload => ("load.csv", &self.csv),
                    _ => ("load.xlsx", &self.xlsx),
                };
                let path = format!("/api/v1/datasets?name={name}");
                let answer = self.put(kind, right, client, ("POST", &path, BYTES, bytes))?;
                if let Some(id) = id(&answer) {
                    let path = format!("/api/v1/datasets/{id}");
                    client.ask("GET", &path, JSON, b"")?;
                    client.ask("DELETE", &path, JSON, b"")?;
                }
            }
            Kind::TooLarge => {
                let head = format!(
                    "POST /api/v1/datasets?name=large.csv HTTP/1.1\r\nHost: {}\r\n\
                     Content-Type: {BYTES}\r\nContent-Length: 70000000\r\n\r\n",
                    self.host
                );
                let mut stream = client.connect()?;
                stream.write_all(head.as_bytes())?;
                let mut start = [0; 12];
                stream.read_exact(&mut start)?;
                let status = String::from_utf8_lossy(&start[9..]).parse().unwrap_or(0);
                self.count(kind, right, status);
            }
            Kind::Broken => {
                let path = "/api/v1/datasets?name=broken.csv";
                self.put(kind, right, client, ("POST", path, BYTES, b"not a table"))?;
            }
            Kind::Train | Kind::Cancel => {
                let settings =
                    json!({ "bootstrap": { "replicates": 100 }, "validation": { "placebos": 0 } });
                let asked = json!({ "dataset": self.dataset, "settings": settings }).to_string();
                let asked = ("POST", "/api/v1/runs", JSON, asked.as_bytes());
                let answer = self.put(kind, right, client, asked)?;
                let Some(id) = id(&answer) else { return Ok(()) };
                let path = format!("/api/v1/runs/{id}");
                if kind == Kind::Cancel {
                    let cancel = format!("{path}/cancel");
                    self.put(kind, right, client, ("POST", &cancel, JSON, b""))?;
                }
                let until = Instant::now() + Duration::from_secs(30);
                let ended = |answer: &Answer| {
                    let run: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    !["queued", "running"].contains(&run["state"].as_str().unwrap_or_default())
                };
                while Instant::now() < until
                    && !self.over()
                    && !ended(&client.ask("GET", &path, JSON, b"")?)
                {
                    std::thread::sleep(Duration::from_millis(500));
                }
                // Refused where it is being fitted; the next look finds it in the list.
                client.ask("DELETE", &path, JSON, b"")?;
            }
            Kind::Events => {
                let request = client.request("GET", &of_run("events"), JSON, b"");
                let mut stream = client.connect()?;
                let began = Instant::now();
                stream.write_all(&request)?;
                let mut start = [0; 64];
                stream.read_exact(&mut start)?;
                let status = String::from_utf8_lossy(&start[9..12]).parse().unwrap_or(0);
                self.count_wait(kind, right, status, began.elapsed());
                std::thread::sleep(Duration::from_millis(random.random_range(0..3000)));
            }
            Kind::Slider => {
                for move_ in 0..10 {
                    let step = step + f64::from(move_) / 10.0;
                    let plan =
                        format!(r#"{{"set":[{{"column":"facebook_spend","by":"{step:+.4}%"}}]}}"#);
                    let path = of_run("scenario?brief=true");
                    self.put(kind, right, client, ("POST", &path, JSON, plan.as_bytes()))?;
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            Kind::Scenario => {
                let path = of_run("scenario");
                self.put(kind, right, client, ("POST", &path, JSON, plan.as_bytes()))?;
            }
            Kind::Optimize => {
                self.put(
                    kind,
                    right,
                    client,
                    ("POST", &of_run("optimize"), JSON, b"{}"),
                )?;
            }
            Kind::Picture => {
                let path = of_run("figures/effects.png");
                self.put(kind, right, client, ("GET", &path, JSON, b""))?;
            }
            Kind::Report => {
                let path = of_run("files/report.html");
                self.put(kind, right, client, ("GET", &path, JSON, b""))?;
            }
            Kind::Archive => {
                self.put(kind, right, client, ("GET", &of_run("run.zip"), JSON, b""))?;
            }
            Kind::HangUp => {
                let path = of_run(["optimize", "recommend", "scenario"][random.random_range(0..3)]);
                let body = if path.ends_with("scenario") {
                    plan.as_str()
                } else {
                    "{}"
                };
                let request = client.request("POST", &path, JSON, body.as_bytes());
                let sent = random.random_range(1..=request.len());
                let mut stream = client.connect()?;
                stream.write_all(&request[..sent])?;
                std::thread::sleep(Duration::from_millis(random.random_range(0..200)));
                let _ = stream.shutdown(Shutdown::Both);
            }
            Kind::Slow => {
                let request = client.request("POST", &of_run("optimize"), JSON, b"{}");
                let mut stream = client.connect()?;
                for byte in request.iter().take(random.random_range(5..40)) {
                    // The server closes a line that says nothing for too long.
                    if self.over() || stream.write_all(&[*byte]).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
        Ok(())
    }

    fn count(&self, kind: Kind, right: &[u16], status: u16) {
        let mut tallies = self.tallies.lock().expect("nobody panics");
        let tally = tallies.entry(kind).or_default();
        *tally.statuses.entry(status).or_insert(0) += 1;
        drop(tallies);
        if !right.contains(&status) && status != 429 {
            self.complain(format!("status {status} where {right:?} was right"));
        }
    }

    fn count_wait(&self, kind: Kind, right: &[u16], status: u16, wait: Duration) {
        self.count(kind, right, status);
        let mut tallies = self.tallies.lock().expect("nobody panics");
        tallies.entry(kind).or_default().waits.push(wait);
    }

    /// Prints what came of each kind; how many answers were wrong.
    fn tell(&self, passed: Duration) -> usize {
        let mut tallies = self.tallies.lock().expect("nobody panics");
        println!("\n| request | answers | p50, ms | p95, ms | p99, ms | longest, ms |");
        println!("|---|---|---:|---:|---:|---:|");
        let mut answers = 0;
        for (kind, name, _, _) in KINDS {
            let Some(tally) = tallies.get_mut(&kind) else {
                continue;
            };
            tally.waits.sort();
            answers += tally.statuses.values().sum::<usize>();
            let statuses: Vec<String> = tally
                .statuses
                .iter()
                .map(|(status, count)| format!("{count} x {status}"))
                .collect();
            let waits = [0.5, 0.95, 0.99, 1.0].map(|share| match tally.waits.is_empty() {
                true => String::new(),
                false => format!("{:.0}", percentile(&tally.waits, share)),
            });
            println!(
                "| {name} | {} | {} |",
                statuses.join(", "),
                waits.join(" | ")
            );
        }
        println!(
            "\n{answers} answers, {:.0} a second",
            answers as f64 / passed.as_secs_f64()
        );
        let wrong = self.wrong.lock().expect("nobody panics");
        println!("{} answers that should not have been", wrong.len());
        for what in wrong.iter().take(10) {
            println!("  {what}");
        }
        wrong.len()
    }
}

/// What the server takes of the machine at a moment.
struct Sample {
    minutes: f64,
    megabytes: f64,
    files: f64,
    threads: f64,
}

/// One figure of a sample.
type Reading = fn(&Sample) -> f64;

impl Sample {
    fn of(server: &Child, began: Instant) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()));
        let status = status.expect("the server still runs");
        let field = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.unwrap_or(f64::NAN)
        };
        let files = std::fs::read_dir(format!("/proc/{}/fd", server.id()));
        Sample {
            minutes: began.elapsed().as_secs_f64() / 60.0,
            megabytes: field("VmRSS:") / 1024.0,
            files: files.map_or(f64::NAN, |files| files.count() as f64),
            threads: field("Threads:"),
        }
    }
}

/// Prints where memory, files and threads began, ended and how they grew at the end.
fn tell_samples(samples: &[Sample], store: &Path) {
    let steady = &samples[(samples.len() as f64 * (1.0 - STEADY)) as usize..];
    println!(
        "\n| of the server | least | most | last | a minute, over the last {:.0} % |",
        STEADY * 100.0
    );
    println!("|---|---:|---:|---:|---:|");
    let kinds: [(&str, Reading); 3] = [
        ("memory, MB", |sample| sample.megabytes),
        ("files and connections", |sample| sample.files),
        ("threads", |sample| sample.threads),
    ];
    for (name, of) in kinds {
        let values = samples.iter().map(of);
        println!(
            "| {name} | {:.0} | {:.0} | {:.0} | {:+.1} |",
            values.clone().fold(f64::INFINITY, f64::min),
            values.fold(0.0, f64::max),
            samples.last().map_or(f64::NAN, of),
            slope(steady, of),
        );
    }
    let memory = samples.iter().step_by(6);
    let memory: Vec<String> = memory
        .map(|sample| format!("{:.0}", sample.megabytes))
        .collect();
    println!("\nmemory each half minute: {} MB", memory.join(", "));
    println!("store {:.1} MB", size(store) as f64 / 1e6);
}

/// How much a value grows in a minute, by least squares.
fn slope(samples: &[Sample], of: Reading) -> f64 {
    let n = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / n;
    let (minutes, value) = (mean(&|sample| sample.minutes), mean(&|sample| of(sample)));
    let together = mean(&|sample| (sample.minutes - minutes) * (of(sample) - value));
    together / mean(&|sample| (sample.minutes - minutes).powi(2))
}

/// Asks for much and leaves; prints how long the server goes on working for nobody.
fn tell_rest(load: &Load, server: &Child) {
    let mut client = Client::new(&load.host);
    let list = client
        .ask("GET", "/api/v1/runs", JSON, b"")
        .expect("an answer");
    let list: Vec<Value> = serde_json::from_slice(&list.body).expect("JSON");
    for run in list {
        let path = format!("/api/v1/runs/{}/cancel", run["id"].as_str().expect("an id"));
        client.ask("POST", &path, JSON, b"").expect("an answer");
    }
    let idle = |began: Instant| {
        let busy = |part: Duration| {
            let before = ticks(server);
            std::thread::sleep(part);
            ticks(server) - before
        };
        // A tick is a hundredth of a second.
        while busy(Duration::from_millis(500)) > 2 {
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "the server works for nobody"
            );
        }
        began
            .elapsed()
            .saturating_sub(Duration::from_millis(500))
            .as_secs_f64()
    };
    println!(
        "after the last client had left, the server worked for {:.1} s",
        idle(Instant::now())
    );
    for question in ["optimize", "recommend", "files/report.html"] {
        let method = if question.ends_with("html") {
            "GET"
        } else {
            "POST"
        };
        let path = format!("/api/v1/runs/{}/{question}", load.runs[1]);
        let request = client.request(method, &path, JSON, b"{}");
        let lines: Vec<_> = (0..20)
            .map(|_| {
                let mut stream = client.connect().expect("a connection");
                stream.write_all(&request).expect("a question is taken");
                stream
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        drop(lines);
        println!(
            "after 20 clients asked {question} and left, for {:.1} s",
            idle(Instant::now())
        );
    }
}

/// The processor time of a process, in hundredths of a second.
fn ticks(process: &Child) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", process.id()));
    let text = text.expect("the server still runs");
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let fields = after_name.split(' ').skip(11).take(2);
    fields.map(|field| field.parse::<u64>().unwrap_or(0)).sum()
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return path.metadata().map_or(0, |metadata| metadata.len());
    };
    entries.flatten().map(|entry| size(&entry.path())).sum()
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_string()
}
