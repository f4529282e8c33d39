//! optimize from the command line.
#![allow(clippy::unwrap_used)] // a test may panic

mod workbench;

use serde_json::Value;
use workbench::{Workbench, words};

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
    assert!(screen.contains("the budget pays it"), "{screen}");
    let json = bench.done(&format!(
        "optimize {run} --horizon 4 --risk cvar:0.5 --json"
    ));
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["settings"]["risk"], "cvar:0.5");
    assert_eq!(plan["channels"].as_array().unwrap().len(), 4);
    let refused = bench.refused(&format!("optimize {run} --horizon 0"));
    assert!(words(&refused).contains("plan 1 to 52 weeks"), "{refused}");
    let refused = bench.refused(&format!("optimize {run} --bound facebook_spend=0..-5"));
    assert!(words(&refused).contains("0..8000"), "{refused}");
}
