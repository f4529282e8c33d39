//! The machine at fault: a full disk, a folder that cannot be written, a clock that jumps, a file that
//! changes while it is read, a stream that nobody reads, surroundings nobody thought of.
//!
//! What needs rights or a program that this machine lacks passes and prints why it was skipped.

#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::serve::Server;
use crate::workbench::{Said, Workbench, program, words};

const FIT: &str = "fit data.csv --bootstrap 40 --quiet";

/// A small disk of its own, taken away at the end; none where this user may not mount one.
struct Disk<'a> {
    path: &'a Path,
}

impl<'a> Disk<'a> {
    fn mount(path: &'a Path, size: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(path);
        match mount.stderr(Stdio::null()).status() {
            Ok(status) if status.success() => Some(Disk { path }),
            _ => {
                println!("skipped: this user may not mount a disk of its own");
                None
            }
        }
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        let mut mount = Command::new("mount");
        assert!(
            mount
                .args(["-o", &options])
                .arg(self.path)
                .status()
                .unwrap()
                .success()
        );
    }

    /// Takes what room there is but for so many bytes.
    fn fill(&self, but: u64) {
        let filler = self.path.join("filler");
        let mut file = fs::File::create(&filler).unwrap();
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
        let full = file.metadata().unwrap().len();
        file.set_len(full.saturating_sub(but)).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path).status();
    }
}

/// Every file beneath a folder with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn a_full_disk_is_named_and_changes_nothing() {
    let bench = Workbench::with_market();
    let folder = bench.path("disk");
    let Some(disk) = Disk::mount(&folder, "4m") else {
        return;
    };
    let (fit, report, figures) = (
        format!("{FIT} --seed 2 --out disk/run --force"),
        "report disk/run --quiet",
        "figures disk/run --quiet --only effects,returns",
    );
    bench.done(&format!("{FIT} --seed 1 --out disk/run"));
    bench.done(report);
    disk.fill(16 << 10);
    let before = contents(&folder);
    for (command, named) in [
        (fit.as_str(), "disk/run/"),
        (report, "disk/run/report.html"),
        (figures, "disk/run/figures/"),
        (&format!("{FIT} --out disk/other"), "disk/other"),
    ] {
        let said = bench.refused(command);
        assert!(said.contains(named), "{command}: {said}");
        assert!(
            said.contains("No space left on device"),
            "{command}: {said}"
        );
        assert!(said.contains("disk has room"), "{command}: {said}");
        // The names of pictures to come are small enough to find room.
        let _ = fs::remove_dir_all(folder.join("run/figures"));
        assert!(contents(&folder) == before, "{command} changed something");
    }
    assert!(bench.run("validate disk/run").status < 2);
    disk.empty();
    for command in [fit.as_str(), report, figures] {
        bench.done(command);
    }
    assert_eq!(bench.json("disk/run/analysis.json")["seed"], 2);
}

#[test]
fn an_upload_to_a_full_disk_is_refused_and_not_kept() {
    let bench = Workbench::with_market();
    let folder = bench.path("disk");
    let Some(disk) = Disk::mount(&folder, "2m") else {
        return;
    };
    let store = folder.join("store");
    let data = bench.read("data.csv").into_bytes();
    let server = Server::start(&store);
    let client = server.client();
    client.upload("first.csv", &data).expect("there is room");
    disk.fill(4 << 10);
    let (status, answer) = client.answer(
        "POST",
        "/datasets?name=second.csv",
        "application/octet-stream",
        &data,
    );
    assert_eq!(status, 500, "{answer}");
    assert!(answer.contains("No space left on device"), "{answer}");
    assert!(answer.contains("nothing was changed"), "{answer}");
    let list = server.ask("GET", "/datasets", &json!({}));
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    disk.empty();
    client
        .upload("third.csv", &data)
        .expect("there is room again");
    drop(server);
    let server = Server::start(&store);
    let list = server.ask("GET", "/datasets", &json!({}));
    assert_eq!(list.as_array().unwrap().len(), 2, "{list}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_changes_nothing() {
    let bench = Workbench::with_market();
    let folder = bench.path("disk");
    let Some(disk) = Disk::mount(&folder, "4m") else {
        return;
    };
    bench.done(&format!("{FIT} --out disk/run"));
    bench.done("report disk/run --quiet");
    let before = contents(&folder);
    disk.remount("ro");
    for (command, named) in [
        (format!("{FIT} --out disk/run --force"), "disk/run"),
        (format!("{FIT} --out disk/other"), "disk/other"),
        ("report disk/run --quiet".into(), "disk/run/report.html"),
        (
            "figures disk/run --quiet --only effects".into(),
            "disk/run/figures",
        ),
        ("init data.csv --out disk/a.toml".into(), "disk/a.toml"),
        ("simulate --out disk/b.csv".into(), "disk/b.csv"),
        ("serve --store disk/store --port 0".into(), "disk/store"),
    ] {
        let said = bench.refused(&command);
        assert!(said.contains(named), "{command}: {said}");
        assert!(said.contains("Read-only file system"), "{command}: {said}");
        assert!(said.contains("may be written to"), "{command}: {said}");
    }
    // Reading needs no writing.
    assert!(bench.run("validate disk/run").status < 2);
    bench.done("timing disk/run --quiet");
    assert!(contents(&folder) == before);
    disk.remount("rw");
    bench.done(&format!("{FIT} --out disk/run --force"));
}

#[test]
fn a_file_that_is_written_while_it_is_read_is_one_of_its_states_or_refused() {
    let bench = Workbench::new();
    let mut fitted = Vec::new();
    for seed in [1, 2] {
        bench.done(&format!(
            "simulate --weeks 60 --seed {seed} --out data.csv --force"
        ));
        bench.done(&format!(
            "fit data.csv --bootstrap 0 --quiet --out of-{seed}"
        ));
        let bytes = fs::read(bench.path("data.csv")).unwrap();
        let analysis = bench.json(&format!("of-{seed}/analysis.json"));
        let hash = analysis["data"]["sha256"].clone();
        fitted.push((bytes, hash, bench.read(&format!("of-{seed}/dataset.csv"))));
    }
    let (over, path) = (AtomicBool::new(false), bench.path("data.csv"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for (bytes, _, _) in &fitted {
                    // In place: shorter first, then longer.
                    let mut file = fs::File::create(&path).unwrap();
                    for part in bytes.chunks(1000) {
                        file.write_all(part).unwrap();
                    }
                }
            }
        });
        let reads: Vec<_> = (0..8)
            .map(|number| {
                let run = format!("run-{number}");
                (
                    bench.run(&format!("fit data.csv --bootstrap 0 --quiet --out {run}")),
                    run,
                )
            })
            .collect();
        over.store(true, Ordering::Relaxed);
        for (said, run) in reads {
            if said.status != 0 {
                assert_eq!(said.status, 2, "{}", said.stderr);
                continue;
            }
            let hash = &bench.json(&format!("{run}/analysis.json"))["data"]["sha256"];
            // Of a state in between nothing is known but that it was read once.
            if let Some((_, _, weeks)) = fitted.iter().find(|(_, known, _)| hash == known) {
                assert_eq!(bench.read(&format!("{run}/dataset.csv")), *weeks);
            }
        }
    });
}

#[test]
fn a_pipe_is_read_as_the_file_that_is_sent_through_it() {
    let bench = Workbench::with_market();
    bench.done(&format!("{FIT} --out file"));
    let pipe = bench.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let bytes = fs::read(bench.path("data.csv")).unwrap();
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || {
            let mut pipe = fs::File::options().write(true).open(pipe).unwrap();
            for part in bytes.chunks(700) {
                pipe.write_all(part).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        })
    };
    bench.done("fit pipe --bootstrap 40 --quiet --out piped");
    writer.join().unwrap();
    let (file, piped) = (
        bench.json("file/analysis.json"),
        bench.json("piped/analysis.json"),
    );
    assert_eq!(file["data"]["sha256"], piped["data"]["sha256"]);
    assert_eq!(file["effects"], piped["effects"]);
}

#[test]
fn a_run_that_lost_a_file_says_which() {
    let bench = Workbench::with_market();
    bench.done(&format!("{FIT} --out run"));
    for name in ["analysis.json", "headwater.toml", "dataset.csv"] {
        let path = bench.path("run").join(name);
        let text = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let said = bench.refused("validate run");
        assert!(said.contains(name), "{name}: {said}");
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        // Half a settings file is one with fewer settings: see docs/reliability.md.
        if name != "headwater.toml" {
            let said = bench.refused("timing run --quiet");
            assert!(said.contains(name), "{name}: {said}");
        }
        fs::write(&path, text).unwrap();
    }
    bench.done("timing run --quiet");
}

#[test]
fn surroundings_change_no_byte_of_the_analysis() {
    let bench = Workbench::with_market();
    bench.done(&format!("{FIT} --out plain"));
    let plain = bench.read("plain/analysis.json");
    type Change = fn(&mut Command);
    let surroundings: [(&str, Change); 9] = [
        ("a locale with decimal commas", |command| {
            command
                .env("LC_ALL", "de_DE.UTF-8")
                .env("LANG", "de_DE.UTF-8");
        }),
        ("no locale", |command| {
            command.env("LC_ALL", "C").env_remove("LANG");
        }),
        ("a time zone a day ahead", |command| {
            command.env("TZ", "Pacific/Kiritimati");
        }),
        ("a time zone that is none", |command| {
            command.env("TZ", "../../etc/\u{fc}berall");
        }),
        ("an empty environment", |command| {
            command.env_clear();
        }),
        ("a home that is a file", |command| {
            command
                .env("HOME", "/dev/null")
                .env("XDG_DATA_HOME", "/dev/null");
        }),
        ("eight threads by the environment", |command| {
            command.env("RAYON_NUM_THREADS", "8");
        }),
        ("one thread by the environment", |command| {
            command.env("RAYON_NUM_THREADS", "1");
        }),
        ("eight threads", |command| {
            command.args(["--threads", "8"]);
        }),
    ];
    for (what, change) in surroundings {
        let mut command = bench.command(&format!("{FIT} --out other --force"));
        change(&mut command);
        let said = Said::from(command.output().unwrap());
        assert_eq!(said.status, 0, "{what}: {}", said.stderr);
        assert_eq!(bench.read("other/analysis.json"), plain, "{what}");
    }
    if let Some(output) = by("taskset", &["-c", "0"], &bench, FIT, "one") {
        assert!(output.status.success());
        assert_eq!(bench.read("one/analysis.json"), plain, "one core");
    }
}

#[test]
fn a_clock_that_is_wrong_changes_no_byte_of_the_analysis() {
    let bench = Workbench::with_market();
    bench.done(&format!("{FIT} --out now"));
    for (number, when) in [
        "1970-01-02 00:00:00",
        "1999-12-31 23:59:59",
        "2037-12-31 00:00:00",
    ]
    .iter()
    .enumerate()
    {
        let out = format!("then-{number}");
        let Some(output) = by("faketime", &["-f", when], &bench, FIT, &out) else {
            return;
        };
        let said = Said::from(output);
        assert_eq!(said.status, 0, "{when}: {}", said.stderr);
        assert_eq!(
            bench.read("now/analysis.json"),
            bench.read(&format!("{out}/analysis.json")),
            "{when}"
        );
        let year = &when[..4];
        assert!(
            bench.read(&format!("{out}/run.log")).contains(year),
            "the clock was not {when}"
        );
    }
}

/// The program beneath another one, such as `taskset`; none, after saying so, where that is not here.
fn by(
    outer: &str,
    options: &[&str],
    bench: &Workbench,
    arguments: &str,
    out: &str,
) -> Option<Output> {
    let mut command = Command::new(outer);
    command
        .args(options)
        .arg(program())
        .args(arguments.split_whitespace())
        .args(["--out", out])
        .current_dir(bench.path("."));
    match command.output() {
        Ok(output) => Some(output),
        Err(why) => {
            println!("skipped: {outer} is not here: {why}");
            None
        }
    }
}

#[test]
fn a_german_file_reads_the_same_under_every_locale() {
    let bench = Workbench::new();
    let german =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/market_german_windows1252.csv");
    let mut read = Vec::new();
    for locale in ["C", "de_DE.UTF-8", "en_US.UTF-8"] {
        let mut command = bench.command("check --json");
        let said = Said::from(command.arg(&german).env("LC_ALL", locale).output().unwrap());
        assert!(said.status < 2, "{locale}: {}", said.stderr);
        read.push(said.stdout);
    }
    assert!(read.iter().all(|text| *text == read[0]));
}

#[test]
fn names_of_files_may_hold_anything() {
    let bench = Workbench::with_market();
    for name in [
        "two words",
        "größe 大",
        "a\nline",
        "-dash",
        "a'quote\"",
        "%20",
        "dots...",
    ] {
        let folder = bench.path(name);
        fs::create_dir(&folder).unwrap();
        let (data, run) = (folder.join("data file.csv"), folder.join("a run"));
        fs::copy(bench.path("data.csv"), &data).unwrap();
        let mut fit = bench.command("fit --bootstrap 40 --quiet --report");
        let said = Said::from(fit.arg("--out").arg(&run).arg(&data).output().unwrap());
        assert_eq!(said.status, 0, "{name}: {}", said.stderr);
        let said = Said::from(bench.command("validate").arg(&run).output().unwrap());
        assert!(said.status < 2, "{name}: {}", said.stderr);
        assert!(run.join("report.html").is_file());
    }
}

#[test]
fn a_stream_that_nobody_reads_ends_no_command_badly() {
    let bench = Workbench::with_market();
    bench.done(&format!("{FIT} --out run"));
    let shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).arg("sh").arg(program());
        Said::from(shell.current_dir(bench.path(".")).output().unwrap())
    };
    // The status of a pipe is that of its end: what counts is that nothing complains.
    for line in [
        "\"$1\" validate run | head -1",
        "\"$1\" fit data.csv --bootstrap 40 --quiet --out piped | head -1",
        "\"$1\" timing run --json | head -c 10",
        "\"$1\" --help | head -1",
        "\"$1\" explain | head -1",
    ] {
        let said = shell(line);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{line}");
    }
    for line in [
        "\"$1\" timing run <&-",
        "\"$1\" timing run >&-",
        "\"$1\" timing run 2>&-",
        "\"$1\" timing run <&- >&- 2>&-",
    ] {
        assert_eq!(shell(line).status, 0, "{line}");
    }
    // An error that nobody can read is an error still, and no panic (status 101).
    for line in [
        "\"$1\" fit missing.csv 2>&-",
        "\"$1\" fit missing.csv 2>/dev/full",
        "\"$1\" timing nowhere >&- 2>&-",
    ] {
        assert_eq!(shell(line).status, 2, "{line}");
    }
    let mut command = bench.command("fit missing.csv");
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stderr.take());
    assert_eq!(process.wait().unwrap().code(), Some(2));
    let said = shell("\"$1\" timing run > /dev/full");
    assert_eq!(said.status, 2);
    assert!(
        words(&said.stderr).contains("No space left on device"),
        "{}",
        said.stderr
    );
}
