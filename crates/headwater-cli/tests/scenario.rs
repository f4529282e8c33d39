//! scenario and predict from the command line.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::Value;

use crate::workbench::{Workbench, words};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn with_run(replicates: usize) -> Workbench {
    let bench = Workbench::with_market();
    bench.done(&format!("fit data.csv --bootstrap {replicates}"));
    bench
}

#[test]
fn a_scenario_is_a_screen_with_the_answer_first_and_json_with_every_week() {
    let bench = with_run(40);
    let screen = bench.done("scenario data-run --set facebook_spend=+20% --margin 0.4");
    assert!(screen.starts_with("plan: facebook_spend +20%, weeks 2022-01-03 to 2023-12-25\n"));
    let said = words(&screen);
    for part in [
        "All of it goes through google_spend.",
        "Profit",
        "at a margin of 40%",
        "Counted to week",
        "decisions.support",
        "A1 budgets did not chase demand",
    ] {
        assert!(said.contains(part), "{part}\n{screen}");
    }
    assert!(screen.lines().all(|line| line.chars().count() <= 100));
    assert!(!screen.contains("2022-01-10"), "blocks of weeks");
    let weekly = bench.done("scenario data-run --set facebook_spend=+20% --weekly");
    assert!(weekly.contains("  2022-01-10 "), "{weekly}");
    let json = parsed(&bench.done("scenario data-run --set facebook_spend=+20% --json"));
    assert!(json["weekly"].as_array().unwrap().len() >= 104);
    assert_eq!(json["path"]["id"], "mediation.path");
    assert_eq!(json["plan"]["set"][0]["by"], "+20%");
    let no_margin = words(&bench.done("scenario data-run --set facebook_spend=+20%"));
    assert!(no_margin.contains("with --margin 0.4"), "{no_margin}");
}

#[test]
fn plans_are_saved_read_and_put_side_by_side() {
    let bench = with_run(40);
    bench.done("scenario data-run --set facebook_spend=-10% --save plans.toml");
    let refused = bench.refused("scenario data-run --set facebook_spend=-10% --save plans.toml");
    assert!(refused.contains("already exists"), "{refused}");
    bench.done("scenario data-run --set facebook_spend=-20% --save plans.toml --force");
    let mut text = bench
        .read("plans.toml")
        .replace("[plan]", "[careful]")
        .replace("[[plan.set]]", "[[careful.set]]");
    text += "\n[bold]\nfrom = 2023-01-02\nset = [{ column = \"tiktok_spend\", by = \"+20%\" }]\n";
    bench.write("plans.toml", &text);
    let screen = bench.done("scenario data-run --file plans.toml");
    assert!(screen.contains("careful: facebook_spend -20%"), "{screen}");
    assert!(screen.contains("bold, less careful"), "{screen}");
    let json =
        parsed(&bench.done("scenario data-run --file plans.toml --compare bold,careful --json"));
    assert_eq!(json["scenarios"][0]["name"], "bold");
    assert_eq!(json["differences"][0]["from"], "bold");
    let one = bench.done("scenario data-run --file plans.toml --compare bold");
    assert!(one.starts_with("bold: tiktok_spend +20%"), "{one}");
    let unknown = bench.refused("scenario data-run --file plans.toml --compare brave");
    assert!(
        unknown.contains("the file has careful or bold"),
        "{unknown}"
    );
    let both = bench.refused("scenario data-run --file plans.toml --set tiktok_spend=+1%");
    assert!(both.contains("cannot be used with"), "{both}");
    bench.write("bad.toml", "[careful]\nform = 2023-01-02\n");
    let bad = bench.refused("scenario data-run --file bad.toml");
    assert!(
        bad.contains("bad.toml:2:1") && bad.contains("did you mean `from`"),
        "{bad}"
    );
}

#[test]
fn a_question_that_cannot_be_asked_says_what_to_write() {
    let bench = with_run(0);
    let near = bench.refused("scenario data-run --set facebok_spend=+20%");
    assert!(near.contains("did you mean facebook_spend"), "{near}");
    let outside = bench.refused("scenario data-run --set facebook_spend=+20% --from 2031-01-05");
    assert!(outside.contains("outside the data"), "{outside}");
    let nothing = bench.refused("scenario data-run --set facebook_spend=nan");
    assert!(nothing.contains("does not say by how much"), "{nothing}");
    let number = bench.refused("scenario data-run --set facebook_spend=+inf%");
    assert!(number.contains("does not say by how much"), "{number}");
    let between = bench
        .refused("scenario data-run --set facebook_spend=+20% --from 2023-01-03 --to 2023-01-05");
    assert!(between.contains("no week of the data starts"), "{between}");
    let screen = words(&bench.done("scenario data-run --set facebook_spend=+20%"));
    assert!(
        screen.contains("without an interval nothing says how sure"),
        "{screen}"
    );
}

#[test]
fn coming_weeks_are_forecast_and_their_plan_is_judged_apart_from_that() {
    let bench = with_run(40);
    bench.write(
        "coming.csv",
        "week,facebook_spend,tiktok_spend,snapchat_spend,instagram_spend,google_spend\n\
         2024-01-01,3000,4000,3000,2500,9000\n2024-01-08,3100,4000,3000,2500,9000\n",
    );
    let screen = bench.done("predict data-run coming.csv");
    assert!(
        screen.lines().all(|line| line.chars().count() <= 100),
        "{screen}"
    );
    let said = words(&screen);
    for part in [
        "WHAT THE WEEKS WILL BRING",
        "prediction intervals",
        "WHAT THE PLAN CHANGES",
        "effect intervals",
        "decisions.coming_controls",
        "google_spend is not read",
    ] {
        assert!(said.contains(part), "{part}\n{screen}");
    }
    let json = parsed(&bench.done("predict data-run coming.csv --json"));
    assert_eq!(json["weeks"].as_array().unwrap().len(), 2);
    assert_eq!(json["weeks"][0]["outcome"]["level"], 0.9);
    assert_eq!(json["effect"]["total"]["outcome"]["level"], 0.95);
    bench.write(
        "late.csv",
        &bench
            .read("coming.csv")
            .replace("2024-01-01,3000,4000,3000,2500,9000\n", ""),
    );
    let late = bench.refused("predict data-run late.csv");
    assert!(late.contains("late.csv, row 2, week 2024-01-08"), "{late}");
}

#[test]
fn help_shows_examples() {
    let bench = Workbench::new();
    for command in ["scenario", "predict"] {
        assert!(
            bench
                .done(&format!("{command} --help"))
                .contains("Examples:")
        );
    }
}
