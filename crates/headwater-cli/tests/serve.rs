//! `headwater serve` as a process: started, asked over a socket, killed, started again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::workbench::program;

pub struct Server {
    pub process: Child,
    host: String,
}

impl Server {
    pub fn start(store: &Path) -> Self {
        let mut process = headwater(store)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut first).unwrap();
        let host = first.trim().rsplit("http://").next().unwrap().to_string();
        Server { process, host }
    }

    pub fn client(&self) -> Client {
        Client {
            host: self.host.clone(),
        }
    }

    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.client().try_ask(method, path, body);
        answer.unwrap_or_else(|| panic!("{method} {path} was not answered"))
    }

    /// Asks for what has no answer but that it was done.
    pub fn ask_for_nothing(&self, method: &str, path: &str) {
        let answer = self.client().send(method, path, "application/json", b"{}");
        assert_eq!(answer.as_deref(), Some(""), "{method} {path}");
    }

    /// The id of a fit that is being made, and of one that waits.
    fn busy(&self) -> (String, String) {
        let id = |value: Value| value["id"].as_str().unwrap().to_string();
        let dataset = id(self.ask("POST", "/datasets/sample", &json!({ "weeks": 70 })));
        let fit = |replicates: usize| {
            let settings = json!({ "bootstrap": { "replicates": replicates } });
            id(self.ask(
                "POST",
                "/runs",
                &json!({ "dataset": dataset, "settings": settings }),
            ))
        };
        let (long, waits) = (fit(100_000), fit(40));
        self.until(&long, |run| run["progress"]["step"] == 2);
        (long, waits)
    }

    pub fn until(&self, run: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + Duration::from_secs(240);
        loop {
            let run = self.ask("GET", &format!("/runs/{run}"), &json!({}));
            if wanted(&run) {
                return run;
            }
            assert!(Instant::now() < end, "{run}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks a server that may be gone.
pub struct Client {
    host: String,
}

impl Client {
    /// The answer; none where it did not come or says that something is wrong.
    pub fn try_ask(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let body = body.to_string();
        let answer = self.send(method, path, "application/json", body.as_bytes())?;
        serde_json::from_str(&answer).ok()
    }

    /// Sends a file; none where it was not taken.
    pub fn upload(&self, name: &str, bytes: &[u8]) -> Option<Value> {
        let path = format!("/datasets?name={name}");
        let answer = self.send("POST", &path, "application/octet-stream", bytes)?;
        serde_json::from_str(&answer).ok()
    }

    /// The status and the body of an answer that comes.
    pub fn answer(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let answer = self.exchange(method, path, kind, body);
        answer.unwrap_or_else(|| panic!("{method} {path} was not answered"))
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Option<String> {
        let (status, body) = self.exchange(method, path, kind, body)?;
        (200..300).contains(&status).then_some(body)
    }

    fn exchange(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.host).ok()?;
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_string()))
    }
}

fn headwater(store: &Path) -> Command {
    let mut command = Command::new(program());
    command.args(["serve", "--store"]).arg(store);
    command.env_remove("HEADWATER_TOKEN");
    command
}

#[test]
fn a_server_that_is_killed_during_a_fit_goes_on_with_what_waited() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let (long, waits) = server.busy();
    server.process.kill().unwrap();
    server.process.wait().unwrap();

    let server = Server::start(folder.path());
    let state = server.ask("GET", &format!("/runs/{long}"), &json!({}))["state"].clone();
    assert_eq!(state, "interrupted");
    server.until(&waits, |run| run["state"] == "done");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_told_to_stop_records_what_ran_and_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let (long, waits) = server.busy();
    let pid = server.process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(server.process.wait().unwrap().success());
    let record = |run: &str| {
        let text = std::fs::read_to_string(folder.path().join("runs").join(run).join("run.json"));
        let run: Value = serde_json::from_str(&text.unwrap()).unwrap();
        run["state"].clone()
    };
    assert_eq!(record(&waits), "queued");
    assert!(["interrupted", "running"].contains(&record(&long).as_str().unwrap()));
}

#[test]
fn what_keeps_a_server_from_starting_is_said_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let refused = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let second = refused(headwater(folder.path()).args(["--port", "0"]));
    assert!(
        second.contains("works in this store") && second.contains("--store"),
        "{second}"
    );

    let other = tempfile::tempdir().unwrap();
    let port = server.host.rsplit(':').next().unwrap();
    let taken = refused(headwater(other.path()).args(["--port", port]));
    assert!(
        taken.contains("is in use") && taken.contains("--port"),
        "{taken}"
    );

    let weak = refused(headwater(other.path()).env("HEADWATER_TOKEN", "short"));
    assert!(weak.contains("shorter than 12 characters"), "{weak}");

    let open = refused(headwater(other.path()).args(["--host", "0.0.0.0"]));
    assert!(
        open.contains("without a token") && open.contains("--token"),
        "{open}"
    );
}

#[test]
fn a_server_killed_at_any_moment_leaves_a_store_that_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    // from the upload through the fit to the files of a run
    for (round, delay) in [0, 3, 10, 30, 60, 120, 250, 500, 1000, 2000]
        .into_iter()
        .enumerate()
    {
        let mut server = Server::start(folder.path());
        let host = server.host.clone();
        let asking = std::thread::spawn(move || {
            // What the killed server does not answer is what this test is about.
            let client = Client { host };
            let dataset = client.try_ask("POST", "/datasets/sample", &json!({ "weeks": 60 }))?;
            let settings =
                json!({ "bootstrap": { "replicates": 40 }, "validation": { "placebos": 0 } });
            let asked = json!({ "dataset": dataset["id"], "settings": settings });
            client.try_ask("POST", "/runs", &asked)
        });
        std::thread::sleep(Duration::from_millis(delay));
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let _ = asking.join();

        let server = Server::start(folder.path());
        let datasets = server.ask("GET", "/datasets", &json!({}));
        for dataset in datasets.as_array().unwrap() {
            let id = dataset["id"].as_str().unwrap();
            let detail = server.ask("GET", &format!("/datasets/{id}"), &json!({}));
            assert_eq!(detail["weeks"], 60, "round {round}");
        }
        let runs = server.ask("GET", "/runs", &json!({}));
        for run in runs.as_array().unwrap() {
            let id = run["id"].as_str().unwrap();
            let ended = server.until(id, |run| {
                ["done", "interrupted"].contains(&run["state"].as_str().unwrap())
            });
            if ended["state"] == "done" {
                server.ask("POST", &format!("/runs/{id}/timing"), &json!({}));
            }
        }
    }
}
