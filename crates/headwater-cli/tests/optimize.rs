//! optimize from the command line.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::Value;

use crate::workbench::{Workbench, words};

#[test]
fn a_plan_is_shown_as_a_screen_and_as_json_and_nonsense_is_refused() {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 40");
    let run = bench
        .names()
        .into_iter()
        .find(|name| name.ends_with("-run"))
        .unwrap();
    let screen = words(&bench.done(&format!("optimize {run}")));
    assert!(screen.contains("A PLAN FOR 8 WEEKS"), "{screen}");
    assert!(
        screen.contains("Induced: google_spend that follows, which the budget pays as well"),
        "{screen}"
    );
    let json = bench.done(&format!(
        "optimize {run} --horizon 4 --risk cvar:0.5 --json"
    ));
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["path"]["id"], "mediation.path");
    assert_eq!(plan["settings"]["risk"], "cvar:0.5");
    assert_eq!(plan["channels"].as_array().unwrap().len(), 4);
    let refused = bench.refused(&format!("optimize {run} --horizon 0"));
    assert!(words(&refused).contains("plan 1 to 52 weeks"), "{refused}");
    let refused = bench.refused(&format!("optimize {run} --bound facebook_spend=0..-5"));
    assert!(words(&refused).contains("0..8000"), "{refused}");
}

#[test]
fn what_cannot_be_planned_is_refused_before_a_fit_where_that_can_be_known() {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 0");
    for (options, part) in [
        (
            "--bound facebok_spend=0..8000",
            "did you mean facebook_spend",
        ),
        (
            "--group social=facebook_spend,tv:0..8000",
            "tv is no exposure measured in money",
        ),
        ("--bound facebook_spend=8000..5", "the smaller first"),
        ("--bound facebook_spend=nan..5", "such as 0..8000"),
        ("--objective profit", "profit needs a margin"),
        ("--margin 40", "between 0 and 1"),
        ("--budget nan", "an amount of money above 0"),
        ("--budget 20000 --hurdle 2", "cannot be used with"),
        ("--budget 1000", "1000"),
    ] {
        let said = bench.refused(&format!("optimize data-run {options}"));
        assert!(said.contains(part), "{options}: {said}");
    }
}
