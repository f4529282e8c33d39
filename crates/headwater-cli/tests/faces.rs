//! explain, validate, compare and retrain from the command line.

use serde_json::Value;

use crate::workbench::Workbench;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A folder with `data.csv` and a run of it.
fn with_run() -> Workbench {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 40");
    bench
}

#[test]
fn a_finding_is_explained_as_a_page_and_as_json() {
    let bench = Workbench::new();
    let page = bench.done("explain mediation.path");
    assert!(page.contains("WHAT IT CHECKS ──"), "{page}");
    assert!(!page.contains("##") && !page.contains("**"), "{page}");
    let json = parsed(&bench.done("explain mediation.path --json"));
    assert_eq!(json["id"], "mediation.path");
    assert!(
        json["markdown"]
            .as_str()
            .unwrap()
            .starts_with("# mediation.path: ")
    );
    let list = bench.done("explain");
    assert!(
        list.contains("\nDATA ──") && list.contains("  data.spikes "),
        "{list}"
    );
    let all = parsed(&bench.done("explain --json"));
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .any(|page| page["id"] == "data.weeks")
    );
    let said = bench.refused("explain mediation.paht");
    assert!(said.contains("did you mean mediation.path"), "{said}");
}

#[test]
fn every_finding_of_a_run_is_named_by_validate() {
    let bench = with_run();
    let screen = bench.run("validate data-run");
    let findings = bench.json("data-run/analysis.json")["findings"].clone();
    for finding in findings.as_array().unwrap() {
        assert!(
            screen.stdout.contains(finding["id"].as_str().unwrap()),
            "{finding}"
        );
    }
    let failed = findings
        .as_array()
        .unwrap()
        .iter()
        .any(|finding| finding["status"] == "failed");
    assert_eq!(screen.status, i32::from(failed), "{}", screen.stdout);
}

#[test]
fn the_exit_status_of_validate_tells_whether_a_check_failed() {
    let bench = with_run();
    let path = bench.path("data-run/analysis.json");
    let mut analysis = bench.json("data-run/analysis.json");
    let set = |analysis: &mut Value, status: &str| {
        analysis["findings"] = serde_json::json!([{
            "id": "diagnostics.white", "status": status, "summary": "the errors grow",
            "measure": {"name": "p value", "value": 0.2, "bound": {"at_least": 0.05}},
            "evidence": {},
        }]);
        std::fs::write(&path, analysis.to_string()).unwrap();
    };
    for (status, plain, strict) in [("passed", 0, 0), ("warning", 0, 1), ("failed", 1, 1)] {
        set(&mut analysis, status);
        let said = bench.run("validate data-run");
        assert_eq!(said.status, plain, "{}", said.stdout);
        assert!(
            said.stdout.contains("[p value 0.20, at least 0.05]"),
            "{}",
            said.stdout
        );
        assert_eq!(bench.run("validate data-run --strict").status, strict);
    }
    // A bound that is not kept fails as well, in the run's settings or in others.
    set(&mut analysis, "passed");
    bench.write("bounds.toml", "[validation.bounds]\npath_skill = 0.999\n");
    let said = bench.run("validate data-run --config bounds.toml --json");
    assert_eq!(said.status, 1);
    let checks = parsed(&said.stdout);
    assert_eq!(checks["checks"]["failed"], 1);
    let settings = bench.read("data-run/headwater.toml");
    assert!(settings.contains("path_skill = 0.0\n") && settings.contains("path_wmape = inf\n"));
    let settings = settings.replace("path_skill = 0.0", "path_skill = 0.999");
    bench.write("data-run/headwater.toml", &settings);
    assert_eq!(bench.run("validate data-run").status, 1);
    bench.write("bounds.toml", "[validation.bounds]\npath_skill = 2.0\n");
    let said = bench.refused("validate data-run --config bounds.toml");
    assert!(said.contains("it must be at most 1"), "{said}");
}

#[test]
fn what_is_no_run_is_refused() {
    let bench = Workbench::with_market();
    for command in ["validate", "retrain --data data.csv", "compare data.csv"] {
        let said = bench.refused(&format!("{command} nothing"));
        assert!(said.contains("help:"), "{said}");
    }
    let said = bench.refused("validate data.csv");
    assert!(
        said.contains("name a folder that `headwater fit` wrote"),
        "{said}"
    );
}

#[test]
fn estimators_are_compared_on_the_same_folds_the_same_on_any_threads() {
    let bench = Workbench::with_market();
    let options = "compare data.csv --estimators ols,elastic-net --bootstrap 40";
    let screen = bench.done(options);
    for part in [
        "THE ANSWER",
        "elastic_net",
        "naive: ",
        "FORECASTS OF REVENUE",
    ] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
    let json = bench.done(&format!("{options} --json --threads 1"));
    assert_eq!(json, bench.done(&format!("{options} --json --threads 2")));
    let comparison = parsed(&json);
    // What the comparison says of an estimator is what a fit says.
    let fitted = parsed(&bench.done("fit data.csv --estimator ols --bootstrap 40 --json"));
    let path = &fitted["stages"]["outcome"]["out_of_sample"]["path"]["pooled"];
    assert_eq!(&comparison["estimators"][0]["scores"]["path"], path);
    assert_eq!(
        comparison["channels"][0]["effects"][0]["total"],
        fitted["effects"][0]["total"]
    );
    assert_eq!(bench.names(), ["data-run", "data.csv"]);
}

#[test]
fn an_estimator_that_cannot_be_fitted_is_a_line_and_the_others_are_compared() {
    let bench = Workbench::with_market();
    // A control that is twice another: least squares has no unique solution, ridge has.
    let text: String = bench
        .read("data.csv")
        .lines()
        .map(|line| {
            let price = line.split(',').nth(8).unwrap();
            match price.parse::<f64>() {
                Ok(price) => format!("{line},{}\n", 2.0 * price),
                Err(_) => format!("{line},list_price\n"),
            }
        })
        .collect();
    bench.write("twice.csv", &text);
    let comparison =
        parsed(&bench.done("compare twice.csv --estimators ols,ridge --bootstrap 40 --json"));
    let why = comparison["estimators"][0]["why"].as_str().unwrap();
    assert!(why.contains("no unique solution"), "{why}");
    assert!(comparison["estimators"][1]["scores"].is_object());
    let said = bench.refused("compare data.csv --estimators ols,ols");
    assert!(said.contains("ols is asked for twice"), "{said}");
    for wrong in ["--estimators oslo", "--estimator ols"] {
        assert_eq!(bench.run(&format!("compare data.csv {wrong}")).status, 2);
    }
    let help = bench.done("compare --help");
    assert!(
        !help.contains("--estimator ") && help.contains("[default: 200, trees"),
        "{help}"
    );
}

#[test]
fn runs_are_compared_without_fitting() {
    let bench = with_run();
    bench.done("fit data.csv --estimator ols --bootstrap 40 --out other");
    let screen = bench.done("compare data-run other");
    assert!(
        screen.contains("other") && screen.contains("effect ±"),
        "{screen}"
    );
    let said = bench.refused("compare data-run");
    assert!(said.contains("a comparison needs two"), "{said}");
}

#[test]
fn retraining_writes_a_run_of_its_own_and_says_what_moved() {
    let bench = Workbench::new();
    bench.done("simulate --weeks 112 --out long.csv");
    let lines: Vec<String> = bench.read("long.csv").lines().map(str::to_owned).collect();
    bench.write("old.csv", &(lines[..105].join("\n") + "\n"));
    bench.write(
        "new.csv",
        &format!("{}\n{}\n", lines[0], lines[105..].join("\n")),
    );
    bench.done("fit old.csv --bootstrap 40 --estimator ols");
    let before = bench.read("old-run/analysis.json");
    let screen = bench.done("retrain old-run --data new.csv");
    for part in [
        "8 (2024-01-01 to 2024-02-19)",
        "WHAT MOVED",
        "Everything is in old-run-2",
    ] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
    assert_eq!(bench.read("old-run/analysis.json"), before);
    let after = bench.json("old-run-2/analysis.json");
    assert_eq!(after["data"]["weeks"], 112);
    assert_eq!(after["stages"]["outcome"]["estimator"], "ols");
    assert_eq!(
        bench.json("old-run-2/retraining.json")["weeks"]["added"][7],
        "2024-02-19"
    );
    // The new run is a run: it can be validated and retrained again.
    assert!(bench.run("validate old-run-2").status < 2);
    let said = bench.refused("retrain old-run-2 --data new.csv");
    assert!(said.contains("brings nothing new"), "{said}");
    let said = bench.refused("retrain old-run --data new.csv --out old-run");
    assert!(said.contains("already exists"), "{said}");
    let corrected = lines.join("\n");
    bench.write(
        "all.csv",
        &corrected.replace(&lines[50], &lines[50].replacen(',', ",1", 1)),
    );
    let said = bench.refused("retrain old-run --data all.csv");
    assert!(
        said.contains("1 week differs") && said.contains("--replace"),
        "{said}"
    );
    let json = parsed(&bench.done("retrain old-run --data all.csv --replace --json"));
    assert_eq!(
        json["retraining"]["weeks"]["changed"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
