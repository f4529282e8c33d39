//! Whole runs: what is printed, what is written, and what does not change it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::workbench::{Workbench, shared};

/// Every error of a document against docs/analysis.schema.json, by its place.
fn schema_errors(document: &Value) -> Vec<String> {
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/analysis.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn simulate_check_init_and_fit_follow_one_another() {
    let bench = Workbench::new();
    assert_eq!(
        bench.done("simulate --out data.csv --truth truth.json --seed 7"),
        ""
    );
    assert_eq!(bench.json("truth.json")["settings"]["seed"], 7);

    let roles = bench.done("check data.csv");
    assert!(roles.contains("google_spend     mediator"), "{roles}");
    assert!(roles.contains("The file can be fitted."), "{roles}");

    let said = bench.done("init data.csv");
    assert!(
        said.contains("headwater fit data.csv --config headwater.toml"),
        "{said}"
    );

    let screen = bench.done("fit data.csv --config headwater.toml --bootstrap 50");
    for part in [
        "THE ANSWER",
        "ACCURACY",
        "EFFECTS ON REVENUE",
        "Everything is in data-run",
    ] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
    // The settings that init writes are the defaults, the seed included.
    bench.done("fit data.csv --bootstrap 50 --out plain");
    assert_eq!(
        bench.read("data-run/analysis.json"),
        bench.read("plain/analysis.json")
    );
    // The settings of a run make the same run again, from the weeks it kept.
    bench.done("fit data.csv --config data-run/headwater.toml --out again");
    assert_eq!(
        bench.read("data-run/analysis.json"),
        bench.read("again/analysis.json")
    );
    for file in [
        "headwater.toml",
        "models/stage1.json",
        "models/stage2.json",
        "dataset.csv",
    ] {
        assert!(!bench.read(&format!("data-run/{file}")).is_empty());
    }
    let log = bench.read("data-run/run.log");
    assert!(log.contains("command") && log.contains("threads"), "{log}");
}

#[test]
fn simulate_without_a_file_prints_what_it_would_have_written() {
    let bench = Workbench::with_market();
    assert_eq!(bench.done("simulate"), bench.read("data.csv"));
    let drawn = bench.done("simulate --direct instagram_spend=0.8");
    assert_ne!(drawn, bench.read("data.csv"));
}

#[test]
fn the_analysis_keeps_to_its_schema_whatever_the_estimator() {
    let bench = Workbench::with_market();
    for options in [
        "--bootstrap 40",
        "--bootstrap 0",
        "--estimator ols --reading observed --bootstrap 40 --direct instagram_spend",
        "--estimator lasso --reading predicted --bootstrap 0",
        "--estimator elastic_net --link log --bootstrap 40",
        "--estimator boosting --bootstrap 4 --level 0.5 --direct instagram_spend",
    ] {
        let text = bench.done(&format!("fit data.csv {options} --json"));
        let analysis: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema_errors(&analysis), Vec::<String>::new(), "{options}");
        assert_eq!(analysis["effects"].as_array().unwrap().len(), 4);
    }
    assert_eq!(
        bench.json("data-run-2/analysis.json")["bootstrap"]["replicates"],
        0
    );
}

#[test]
fn the_founding_system_is_one_preset_away() {
    let bench = Workbench::with_market();
    let text = bench.done("fit data.csv --preset seed --bootstrap 0 --json");
    // Instagram plays no part in that system, and the analysis says so.
    assert!(text.contains("features.seed_exposures"), "{text}");
    let analysis: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema_errors(&analysis), Vec::<String>::new());
    assert_eq!(analysis["roles"]["instagram_spend"]["role"], "ignore");
    let stages = &analysis["stages"];
    assert_eq!(stages["outcome"]["reading"], "predicted");
    assert_eq!(stages["mediator"]["terms"].as_array().unwrap().len(), 8);
    let folds = stages["outcome"]["out_of_sample"]["path"]["folds"]
        .as_array()
        .unwrap();
    assert_eq!(folds[0]["train_weeks"], 19); // scikit-learn's TimeSeriesSplit(5) on 104 weeks
}

#[test]
fn the_schema_refuses_what_is_not_an_analysis() {
    let bench = Workbench::with_market();
    let text = bench.done("fit data.csv --bootstrap 40 --json");
    let analysis: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bench.read("data-run/analysis.json"), text);
    let spoilt = |spoil: &dyn Fn(&mut Value)| {
        let mut spoilt = analysis.clone();
        spoil(&mut spoilt);
        schema_errors(&spoilt).len()
    };
    assert_eq!(spoilt(&|_| {}), 0);
    assert!(spoilt(&|a| a["extra"] = 1.into()) > 0);
    assert!(spoilt(&|a| a["effects"][0]["total"]["lower"] = Value::Null) > 0);
    assert!(spoilt(&|a| a["findings"][0]["status"] = "fine".into()) > 0);
    assert!(spoilt(&|a| a["data"]["weeks"] = "104".into()) > 0);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let bench = Workbench::with_market();
    let trees = "kind = 'boosting'\nrounds = 20\nsubsample = 0.8";
    bench.write(
        "trees.toml",
        &format!(
            "[stages.mediator]\n{trees}\n[stages.outcome]\n{trees}\n\
             [features.adstock]\ndecay = 0.4"
        ),
    );
    for options in ["", "--config trees.toml"] {
        for threads in [1, 2, 8] {
            bench.done(&format!(
                "fit data.csv --bootstrap 50 --threads {threads} --out run-{threads} --force {options}"
            ));
        }
        let one = bench.read("run-1/analysis.json");
        assert_eq!(bench.read("run-2/analysis.json"), one, "{options}");
        assert_eq!(bench.read("run-8/analysis.json"), one, "{options}");
    }
    assert!(bench.read("run-8/run.log").contains("threads   8"));
}

#[test]
fn the_seed_changes_the_intervals_and_nothing_it_should_not() {
    let bench = Workbench::with_market();
    let effect = |seed: u64| -> Value {
        let text = bench.done(&format!("fit data.csv --bootstrap 50 --seed {seed} --json"));
        let analysis: Value = serde_json::from_str(&text).unwrap();
        analysis["effects"][0]["total"].clone()
    };
    let (first, second) = (effect(1), effect(2));
    assert_eq!(first["point"], second["point"]);
    assert_ne!(first["lower"], second["lower"]);
}

#[test]
fn runs_without_a_name_take_the_next_free_number() {
    let bench = Workbench::with_market();
    for _ in 0..3 {
        bench.done("fit data.csv --bootstrap 0");
    }
    assert_eq!(
        bench.names(),
        ["data-run", "data-run-2", "data-run-3", "data.csv"]
    );
}

#[test]
fn the_demo_stands_beside_the_truth() {
    let bench = Workbench::new();
    let screen = bench.done("demo --bootstrap 50 --weeks 60");
    for part in [
        "ESTIMATES BESIDE THE TRUTH",
        "facebook_spend",
        "Everything is in headwater-demo",
    ] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
    assert_eq!(bench.names(), ["headwater-demo"]);
    assert_eq!(
        bench.json("headwater-demo/truth.json")["settings"]["weeks"],
        60
    );
    // The demo's file is a file like any other.
    bench.done("fit headwater-demo/data.csv --bootstrap 50 --out mine");
    assert_eq!(
        bench.read("mine/analysis.json"),
        bench.read("headwater-demo/analysis.json")
    );
    let text = bench.done("demo --bootstrap 0 --json");
    let analysis: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema_errors(&analysis), Vec::<String>::new());
    assert_eq!(
        bench.names(),
        ["headwater-demo", "headwater-demo-2", "mine"]
    );
}

#[test]
fn colour_is_written_only_when_it_is_asked_for() {
    let bench = Workbench::with_market();
    for (command, coloured) in [
        ("check data.csv", false),
        ("check data.csv --color never", false),
        ("check data.csv --color always", true),
        ("fit data.csv --bootstrap 0", false),
    ] {
        let said = bench.run(command);
        assert_eq!(said.stdout.contains('\u{1b}'), coloured, "{command}");
        assert!(!said.stderr.contains('\u{1b}'), "{command}");
    }
    let mut command = bench.command("check nothing.csv");
    let output = command.env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains('\u{1b}'));
}

#[test]
fn check_as_json_holds_roles_reasons_and_findings() {
    let bench = Workbench::with_market();
    let checked: Value = serde_json::from_str(&bench.done("check data.csv --json")).unwrap();
    assert_eq!(checked["source"], "data.csv");
    assert_eq!(checked["roles"]["google_spend"]["role"], "mediator");
    assert!(checked["reasons"]["google_spend"].is_string());
    assert_eq!(checked["date_format"], "iso");
    assert_eq!(checked["findings"][0]["id"], "data.weeks");
}

#[test]
fn a_column_without_a_role_is_listed() {
    let bench = Workbench::with_market();
    let text = bench.read("data.csv");
    let mut lines = text.lines();
    let mut with = format!("{},mood\n", lines.next().unwrap());
    for (week, line) in lines.enumerate() {
        with += &format!("{line},{}\n", week % 5);
    }
    bench.write("data.csv", &with);
    let screen = bench.done("fit data.csv --bootstrap 0");
    assert!(screen.contains("! data.unassigned_columns"), "{screen}");
    assert!(bench.done("check data.csv").contains("not used"));
    bench.write(
        "mine.toml",
        "[columns]\nmood = { role = 'control', fill = 'error', unit = 'count' }\n",
    );
    let screen = bench.done("fit data.csv --bootstrap 0 --config mine.toml");
    assert!(!screen.contains("data.unassigned_columns"), "{screen}");
}

#[test]
fn a_killed_fit_leaves_no_half_run_and_the_next_one_succeeds() {
    let bench = Workbench::with_market();
    let mut fit = bench
        .command("fit data.csv --estimator boosting --bootstrap 100000 --out run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    assert!(
        fit.try_wait().unwrap().is_none(),
        "the fit was still at work"
    );
    fit.kill().unwrap(); // SIGKILL: no code of the program runs after it
    fit.wait().unwrap();
    for name in bench.names() {
        assert!(
            name == "data.csv" || name.starts_with(".run.partial-"),
            "{name}"
        );
    }
    bench.done("fit data.csv --bootstrap 0 --out run");
    assert!(bench.path("run/analysis.json").exists());
}

/// Fits that are killed at every moment of their short lives: whatever stands under the run's
/// name is a whole run.
#[test]
fn a_run_is_whole_or_absent_whenever_the_fit_is_killed() {
    let bench = Workbench::with_market();
    let started = Instant::now();
    bench.done("fit data.csv --bootstrap 0 --out whole");
    let duration = started.elapsed();
    for moment in 1..=12 {
        let name = format!("run-{moment}");
        let mut fit = bench
            .command(&format!("fit data.csv --bootstrap 0 --out {name}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(duration * moment / 10);
        fit.kill().unwrap();
        fit.wait().unwrap();
        if bench.path(&name).exists() {
            for part in [
                "headwater.toml",
                "models/stage1.json",
                "models/stage2.json",
                "dataset.csv",
                "analysis.json",
            ] {
                let (kept, whole) = (format!("{name}/{part}"), format!("whole/{part}"));
                assert_eq!(bench.read(&kept), bench.read(&whole), "{kept}");
            }
        }
    }
}

#[test]
fn the_spelling_of_dates_changes_nothing_but_the_source() {
    let bench = Workbench::new();
    let mut analyses = Vec::new();
    for name in ["mmm_weekly_iso.csv", "mmm_weekly_dayfirst.csv"] {
        let Some(file) = shared(&format!("assignment/{name}")) else {
            return;
        };
        std::fs::copy(file, bench.path(name)).unwrap();
        bench.done(&format!("fit {name} --bootstrap 50 --out {name}-run"));
        let analysis = bench.read(&format!("{name}-run/analysis.json"));
        let data = &bench.json(&format!("{name}-run/analysis.json"))["data"];
        let sha256 = data["sha256"].as_str().unwrap().to_owned();
        analyses.push(analysis.replace(name, "SOURCE").replace(&sha256, "HASH"));
        assert_eq!(data["source"], *name);
    }
    assert_eq!(analyses[0], analyses[1]);
}

#[test]
fn how_weeks_are_held_back_can_be_said_on_the_command_line() {
    let bench = Workbench::with_market();
    bench.done(
        "fit data.csv --bootstrap 0 --cv rolling --gap 2 --holdout 8 --interactions auto --out run",
    );
    let settings = bench.read("run/headwater.toml");
    for line in [
        "scheme = \"rolling\"",
        "gap = 2",
        "holdout_weeks = 8",
        "interactions = \"auto\"",
    ] {
        assert!(settings.contains(line), "{line} is not in:\n{settings}");
    }
    let analysis = bench.json("run/analysis.json");
    let ids = analysis["findings"].as_array().unwrap().iter();
    let ids: Vec<&str> = ids.map(|finding| finding["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"validation.holdout"), "{ids:?}");
    let folds = &analysis["stages"]["outcome"]["out_of_sample"]["path"]["folds"];
    let windows = folds.as_array().unwrap().iter();
    let windows: Vec<&Value> = windows.map(|fold| &fold["train_weeks"]).collect();
    assert!(
        windows.iter().all(|weeks| *weeks == windows[0]),
        "{windows:?}"
    );
    assert_eq!(schema_errors(&analysis), Vec::<String>::new());
}
