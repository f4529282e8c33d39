//! The program killed at any moment: what it leaves is whole, what was there is there still, and the
//! next call works.
//!
//! A few kills in each run of the tests. For many, with a table of what they left:
//!
//! ```text
//! HEADWATER_KILLS=300 cargo test -p headwater-cli --test all kills:: -- --nocapture
//! ```
//!
//! `HEADWATER_SEED` chooses other moments, `HEADWATER_BINARY` another build.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::serve::{Client, Server};
use crate::workbench::Workbench;

/// Small fits: what is killed is the writing as often as the computing.
const SETTINGS: &str = "[bootstrap]\nreplicates = 40\n[validation]\nplacebos = 0\n";

/// How many kinds of work are killed: those of [`SCENES`], and a server.
const KINDS: u64 = SCENES.len() as u64 + 1;

/// A command that is killed, and what it may leave.
struct Scene {
    /// What is killed.
    name: &'static str,
    /// The command.
    command: &'static str,
    /// What is done before each kill.
    before: fn(&Workbench),
    /// What was left, in a word; panics where it is not whole.
    left: fn(&Workbench) -> &'static str,
}

const SCENES: [Scene; 6] = [
    Scene {
        name: "fit",
        command: "fit data.csv --config small.toml --out new --quiet",
        before: |bench| remove(&bench.path("new")),
        left: |bench| whole_run(bench, "new").map_or("none", |_| "new run"),
    },
    Scene {
        name: "fit --report",
        command: "fit data.csv --config small.toml --out new --quiet --report",
        before: |bench| remove(&bench.path("new")),
        left: |bench| match whole_run(bench, "new") {
            None => "none",
            Some(_) if whole_report(&bench.path("new")) => "new run with report",
            Some(_) => "new run without report",
        },
    },
    Scene {
        name: "fit --force",
        command: "fit data.csv --config small.toml --seed 2 --out base --quiet --force",
        before: |bench| {
            if bench.json("base/analysis.json")["seed"] == 2 {
                bench.done("fit data.csv --config small.toml --seed 1 --out base --quiet --force");
            }
        },
        left: |bench| {
            let run = whole_run(bench, "base").expect("a run that was there is there");
            match run["seed"].as_u64() {
                Some(1) => "earlier run",
                Some(2) => "new run",
                _ => panic!("a run of another seed: {}", run["seed"]),
            }
        },
    },
    Scene {
        name: "retrain",
        command: "retrain base --data later.csv --out new --quiet",
        before: |bench| remove(&bench.path("new")),
        left: |bench| {
            whole_run(bench, "base").expect("the run that is fitted again is there");
            let Some(_) = whole_run(bench, "new") else {
                return "none";
            };
            assert!(bench.json("new/retraining.json").is_object());
            assert!(bench.read("new/run.log").contains("duration"));
            "new run"
        },
    },
    Scene {
        name: "report",
        command: "report base --quiet",
        before: |_| {},
        left: |bench| {
            whole_run(bench, "base").expect("the run that is reported is there");
            match whole_report(&bench.path("base")) {
                true => "a report",
                false => "none",
            }
        },
    },
    Scene {
        name: "figures",
        command: "figures base --quiet --scale 0.25",
        before: |bench| remove(&bench.path("base/figures")),
        left: |bench| {
            whole_run(bench, "base").expect("the run that is drawn is there");
            match whole_pictures(&bench.path("base/figures")) {
                0 => "none",
                _ => "pictures",
            }
        },
    },
];

#[test]
fn a_killed_command_leaves_all_of_its_work_or_nothing() {
    let bench = Workbench::new();
    bench.done("simulate --weeks 70 --out later.csv");
    let text = bench.read("later.csv");
    let earlier: Vec<&str> = text.lines().take(1 + 64).collect();
    bench.write("data.csv", &(earlier.join("\n") + "\n"));
    bench.write("small.toml", SETTINGS);
    bench.done("fit data.csv --config small.toml --seed 1 --out base --quiet");
    for (number, scene) in SCENES.iter().enumerate() {
        let mut random = random(number as u64);
        let began = Instant::now();
        (scene.before)(&bench);
        bench.done(scene.command);
        let takes = began.elapsed();
        let mut left = BTreeMap::new();
        let mut kills = 0;
        while kills < kills_of_each() {
            (scene.before)(&bench);
            if !kill(&bench, scene.command, takes, &mut random) {
                continue;
            }
            kills += 1;
            *left.entry((scene.left)(&bench)).or_insert(0) += 1;
            // One of the kill before this one, where this one came before the cleaning, and its own.
            let hidden = hidden(&bench.path("."));
            assert!(hidden.len() <= 2, "{}: {hidden:?}", scene.name);
        }
        (scene.before)(&bench);
        bench.done(scene.command);
        (scene.left)(&bench);
        let hidden = hidden(&bench.path("."));
        assert!(hidden.is_empty(), "{}: {hidden:?}", scene.name);
        tell(scene.name, kills, &left);
    }
}

#[test]
fn a_killed_server_leaves_a_store_that_opens_and_knows_what_it_promised() {
    let bench = Workbench::new();
    bench.done("simulate --weeks 60 --out data.csv");
    let data = Arc::new(bench.read("data.csv").into_bytes());
    let store = bench.path("store");
    let mut random = random(KINDS);
    let mut left = BTreeMap::new();
    let mut kills = 0;
    while kills < kills_of_each() {
        let mut server = Server::start(&store);
        let promised = Arc::new(Mutex::new(Promised::default()));
        let clients: Vec<_> = (0..3)
            .map(|number| {
                let (client, data) = (server.client(), Arc::clone(&data));
                let promised = Arc::clone(&promised);
                std::thread::spawn(move || work(&client, number, &data, &promised))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(random.random_range(0..1500)));
        if random.random_bool(0.5) {
            changed(
                &[store.join("datasets"), store.join("runs")],
                &mut server.process,
            );
            std::thread::sleep(Duration::from_micros(random.random_range(0..5000)));
        }
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        for client in clients {
            client.join().unwrap();
        }
        kills += 1;

        let server = Server::start(&store);
        let promised = promised.lock().unwrap();
        for found in check_store(&bench, &store, &server, &promised) {
            *left.entry(found).or_insert(0) += 1;
        }
        // The next upload and the next fit work, and the store does not grow from kill to kill.
        let client = server.client();
        let dataset = client
            .upload("next.csv", &data)
            .expect("an upload is taken");
        let run = client
            .try_ask("POST", "/runs", &asked(&dataset))
            .expect("a fit is taken");
        let run = run["id"].as_str().unwrap();
        assert_eq!(server.until(run, ended)["state"], "done");
        for what in ["runs", "datasets"] {
            let list = server.ask("GET", &format!("/{what}"), &json!({}));
            for one in list.as_array().unwrap() {
                let id = one["id"].as_str().unwrap();
                server.ask_for_nothing("DELETE", &format!("/{what}/{id}"));
            }
        }
    }
    tell("serve", kills, &left);
}

/// What a server answered before it was killed.
#[derive(Default)]
struct Promised {
    datasets: Vec<String>,
    runs: Vec<String>,
}

/// Uploads, asks for fits, renames, plans, cancels, until the server is gone.
fn work(client: &Client, number: usize, data: &[u8], promised: &Mutex<Promised>) -> Option<()> {
    loop {
        let dataset = client.upload(&format!("file-{number}.csv"), data)?;
        let id = dataset["id"].as_str()?.to_string();
        promised.lock().ok()?.datasets.push(id.clone());
        let roles = json!({ "columns": { "tiktok_spend": { "role": "ignore" } } });
        client.try_ask("PUT", &format!("/datasets/{id}/roles"), &roles)?;
        let run = client.try_ask("POST", "/runs", &asked(&dataset))?;
        let run = run["id"].as_str()?.to_string();
        promised.lock().ok()?.runs.push(run.clone());
        client.try_ask(
            "PATCH",
            &format!("/runs/{run}"),
            &json!({ "name": "spring" }),
        )?;
        let plan = json!({ "set": [{ "column": "facebook_spend", "by": "-20%" }] });
        client.try_ask("PUT", &format!("/runs/{run}/plans/less"), &plan)?;
        if number == 2 {
            client.try_ask("POST", &format!("/runs/{run}/cancel"), &json!({}))?;
        }
        // Not more than the queue takes.
        let until = Instant::now() + Duration::from_secs(60);
        while !ended(&client.try_ask("GET", &format!("/runs/{run}"), &json!({}))?) {
            if Instant::now() > until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn asked(dataset: &Value) -> Value {
    let settings = json!({ "bootstrap": { "replicates": 40 }, "validation": { "placebos": 0 } });
    json!({ "dataset": dataset["id"], "settings": settings })
}

fn ended(run: &Value) -> bool {
    !["queued", "running"].contains(&run["state"].as_str().unwrap())
}

/// Holds a store to what its server promised before it was killed; the states of its runs.
fn check_store(
    bench: &Workbench,
    store: &Path,
    server: &Server,
    promised: &Promised,
) -> Vec<&'static str> {
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["id"].as_str().unwrap().to_string())
            .collect()
    };
    let datasets = ids(&server.ask("GET", "/datasets", &json!({})));
    let runs = ids(&server.ask("GET", "/runs", &json!({})));
    let lost = |promised: &[String], there: &[String]| -> Vec<String> {
        let lost = promised.iter().filter(|id| !there.contains(id));
        lost.cloned().collect()
    };
    assert!(
        lost(&promised.datasets, &datasets).is_empty(),
        "a lost upload"
    );
    assert!(lost(&promised.runs, &runs).is_empty(), "a lost run");
    for id in &datasets {
        let detail = server.ask("GET", &format!("/datasets/{id}"), &json!({}));
        assert_eq!(detail["weeks"], 60);
    }
    let states = runs.iter().map(|id| {
        let run = server.until(id, ended);
        match run["state"].as_str().unwrap() {
            "done" => {
                let folder = store.join("runs").join(id).join("run");
                whole_run(bench, folder.to_str().unwrap()).expect("a run that is done is there");
                "done"
            }
            "interrupted" => "interrupted",
            "cancelled" => "cancelled",
            other => panic!("{other}: {run}"),
        }
    });
    let states = states.collect();
    let hidden = hidden(store);
    assert!(hidden.is_empty(), "{hidden:?}");
    states
}

/// Starts a command and kills it: at any moment of its time, or, every other time, as soon as something
/// appears in its folder. Whether it was killed before it ended.
fn kill(bench: &Workbench, command: &str, takes: Duration, random: &mut ChaCha8Rng) -> bool {
    let mut command = bench.command(command);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    if random.random_bool(0.5) {
        let folders = ["", "base", "base/figures", "new"].map(|name| bench.path(name));
        changed(&folders, &mut process);
        std::thread::sleep(Duration::from_micros(random.random_range(0..3000)));
    } else {
        std::thread::sleep(takes.mul_f64(random.random_range(0.0..1.0)));
    }
    process.kill().unwrap();
    process.wait().unwrap().signal() == Some(9)
}

/// Waits until a name appears in one of the folders or goes, or the process ends.
fn changed(folders: &[PathBuf], process: &mut Child) {
    let names = || -> Vec<_> {
        let entries = folders.iter().filter_map(|folder| folder.read_dir().ok());
        let names = entries.flatten().flatten();
        names.map(|entry| entry.path()).collect()
    };
    let before = names();
    while names() == before && process.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

/// The analysis of a run that `headwater validate` opens, with its log where it has one; none where
/// there is no folder.
fn whole_run(bench: &Workbench, run: &str) -> Option<Value> {
    if !bench.path(run).exists() {
        return None;
    }
    let said = bench.run(&format!("validate {run}"));
    assert!([0, 1].contains(&said.status), "{run}: {}", said.stderr);
    for model in ["stage1", "stage2"] {
        bench.json(&format!("{run}/models/{model}.json"));
    }
    Some(bench.json(&format!("{run}/analysis.json")))
}

/// Whether both files of a report are there; one that is, is whole.
fn whole_report(run: &Path) -> bool {
    let ends = |name: &str, end: &str| match std::fs::read_to_string(run.join(name)) {
        Ok(text) => {
            assert!(text.trim_end().ends_with(end), "{name} breaks off");
            true
        }
        Err(_) => false,
    };
    let html = ends("report.html", "</html>");
    let markdown = ends("report.md", "");
    html && markdown
}

/// How many pictures there are, all of them whole and all of them noted as the program's own.
fn whole_pictures(folder: &Path) -> usize {
    let Ok(entries) = folder.read_dir() else {
        return 0;
    };
    let names = std::fs::read_to_string(folder.join("figures.txt")).unwrap_or_default();
    let pictures = entries.map(|entry| entry.unwrap().path());
    let pictures = pictures.filter(|path| path.extension().is_some_and(|ending| ending == "png"));
    pictures
        .filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'))
        .inspect(|path| {
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(
                bytes[bytes.len() - 8..][..4],
                *b"IEND",
                "{} breaks off",
                path.display()
            );
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(
                names.lines().any(|known| known == name),
                "{name} is not noted"
            );
        })
        .count()
}

/// What lies in a folder and those in it under a name that begins with a dot.
fn hidden(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with('.') {
            found.push(entry.path());
        } else if entry.file_type().unwrap().is_dir() {
            found.extend(hidden(&entry.path()));
        }
    }
    found
}

fn remove(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

fn kills_of_each() -> u64 {
    number("HEADWATER_KILLS").map_or(2, |all| all.div_ceil(KINDS))
}

fn random(kind: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(number("HEADWATER_SEED").unwrap_or(1) * 1000 + kind)
}

fn tell(what: &str, kills: u64, left: &BTreeMap<&str, usize>) {
    let left: Vec<String> = left.iter().map(|(what, n)| format!("{n} {what}")).collect();
    println!("| {what} | {kills} | {} |", left.join(", "));
}
