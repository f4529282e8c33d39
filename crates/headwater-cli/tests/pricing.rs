//! `headwater pricing`: what it prints, what it refuses.

use serde_json::Value;

use crate::workbench::{Workbench, shared, words};

fn with_run() -> Workbench {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --out run --bootstrap 100 --quiet");
    bench
}

#[test]
fn the_screen_answers_first_and_doubts_last() {
    let bench = with_run();
    let screen = bench.done("pricing run --margin 0.4 --quiet");
    let parts = [
        "AT WHAT PRICE",
        "ELASTICITY",
        "THE OBSERVED PRICES",
        "PROMOTIONS",
        "CHECKS",
    ];
    let places: Vec<usize> = parts
        .iter()
        .map(|part| {
            screen
                .find(part)
                .unwrap_or_else(|| panic!("no {part}:\n{screen}"))
        })
        .collect();
    assert!(places.is_sorted());
    assert!(
        screen.lines().all(|line| line.chars().count() <= 100),
        "{screen}"
    );
    let said = words(&screen);
    for part in [
        "from a margin of 40% at the mean price now",
        "read as price times units sold",
        "left out of the penalty",
        "nothing is said beyond them",
        "decisions.price_origin",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{screen}");
    }
}

#[test]
fn the_json_holds_the_whole_curve_and_says_what_the_cost_rests_on() {
    let bench = with_run();
    let json = bench.done("pricing run --json --quiet --unit-cost 24.5");
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["unit_cost"], serde_json::json!({ "cost": 24.5 }));
    let points = answer["curve"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 25);
    assert_eq!(points[0]["price"], answer["prices"]["least"]);
    assert_eq!(points[24]["price"], answer["prices"]["most"]);
    assert!(answer["elasticity"]["revenue"]["total"]["lower"].is_number());
    assert_eq!(answer["unpenalised"], true);
    // the same to the last digit on one thread
    let alone = bench.done("pricing run --json --quiet --unit-cost 24.5 --threads 1");
    assert_eq!(json, alone);
}

#[test]
fn bad_questions_are_refused_with_what_to_write_instead() {
    let bench = with_run();
    for (arguments, part) in [
        ("pricing run --margin 40", "between 0 and 1, such as 0.4"),
        ("pricing run --unit-cost -3", "unexpected argument '-3'"),
        ("pricing run --unit-cost=-3", "a unit cannot cost -3"),
        (
            "pricing run --price google_spend",
            "--price takes one of email_sends",
        ),
        (
            "pricing run --unit-cost 3 --margin 0.4",
            "cannot be used with",
        ),
        ("pricing nowhere", "nowhere"),
    ] {
        let said = bench.refused(&format!("{arguments} --quiet"));
        assert!(said.contains(part), "{arguments}: {said}");
    }
}

#[test]
fn a_path_that_is_not_there_is_said_beside_the_price() {
    let Some(file) = shared("assignment/mmm_weekly_iso.csv") else {
        return;
    };
    let bench = Workbench::new();
    bench.done(&format!("fit {} --out run --quiet", file.display()));
    let screen = words(&bench.done("pricing run --quiet"));
    for part in [
        "the data do not support what goes through google_spend, and only what goes around it does not",
        "Do not set prices by this",
        "best price not identified inside the observed range",
        "cannot be told from nothing",
    ] {
        assert!(screen.contains(part), "{part} is not in:\n{screen}");
    }
}
