//! timing, curves and attribution from the command line.

use serde_json::Value;

use crate::workbench::{Workbench, words};

fn with_run() -> Workbench {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 40");
    bench
}

#[track_caller]
fn assert_fits(screen: &str) {
    for line in screen.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    assert!(
        !screen.contains("NaN") && !screen.contains("inf "),
        "{screen}"
    );
}

#[test]
fn each_question_has_a_screen_that_fits_and_a_document() {
    let bench = with_run();
    for (question, says) in [
        ("timing", "half of the effect has come"),
        ("curves", "Next unit: what one more unit of spend returns"),
        ("attribution", "google_spend that no channel set off"),
    ] {
        let screen = bench.done(&format!("{question} data-run"));
        assert!(words(&screen).contains(says), "{screen}");
        assert_fits(&screen);
        let json: Value =
            serde_json::from_str(&bench.done(&format!("{question} data-run --json"))).unwrap();
        assert!(json["findings"].is_array(), "{question}");
        assert_eq!(json["path"]["id"], "mediation.path", "{question}");
        assert_eq!(json["channels"].as_array().unwrap().len(), 4);
        // the same on one thread
        assert_eq!(
            bench.done(&format!("{question} data-run --threads 1")),
            screen
        );
    }
}

#[test]
fn one_channel_and_a_margin_give_one_curve_with_its_break_even() {
    let bench = with_run();
    let asked = "curves data-run --channel tiktok_spend --margin 0.4 --points 11 --to 2";
    let screen = bench.done(asked);
    assert!(
        screen.contains("above 2.50") || screen.contains("below 2.50"),
        "{screen}"
    );
    assert!(!screen.contains("snapchat_spend"), "{screen}");
    let json: Value = serde_json::from_str(&bench.done(&format!("{asked} --json"))).unwrap();
    let points = json["channels"][0]["points"].as_array().unwrap();
    assert_eq!(points.len(), 11);
    assert_eq!(points[10]["scale"], 2.0);
}

#[test]
fn a_channel_that_is_not_there_and_a_margin_that_is_none_are_refused() {
    let bench = with_run();
    let said = bench.refused("curves data-run --channel tv_spend");
    assert!(
        said.contains("there is no exposure tv_spend") && said.contains("tiktok_spend"),
        "{said}"
    );
    let near = bench.refused("curves data-run --channel tiktok");
    assert!(near.contains("did you mean tiktok_spend"), "{near}");
    let said = bench.refused("curves data-run --margin 40");
    assert!(said.contains("between 0 and 1"), "{said}");
    let said = bench.refused("timing nowhere");
    assert!(said.contains("there is no such folder"), "{said}");
}

#[test]
fn where_the_path_is_not_supported_that_stands_first() {
    let bench = Workbench::new();
    bench.done("simulate --first-stage-r2 0.08 --out data.csv");
    bench.done("fit data.csv --bootstrap 40");
    let verdict = bench.json("data-run/analysis.json")["path"]["verdict"].clone();
    assert_ne!(verdict, "path_supported");
    for question in ["timing", "curves", "attribution"] {
        let screen = bench.done(&format!("{question} data-run"));
        let second = screen.lines().nth(2).unwrap();
        assert!(
            second.starts_with("  Path      not supported ("),
            "{screen}"
        );
    }
}

#[test]
fn without_replicates_the_screens_say_so() {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 0");
    for question in ["timing", "curves", "attribution"] {
        let screen = bench.done(&format!("{question} data-run"));
        assert!(
            screen.contains("no bootstrap replicates were asked for"),
            "{screen}"
        );
        assert_fits(&screen);
    }
}
