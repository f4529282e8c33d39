//! The pictures from the command line: which there are, where they go, and what they do not overwrite.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::Value;

use crate::workbench::Workbench;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_pictures_are_listed_without_a_run_and_drawn_with_one_only() {
    let bench = Workbench::new();
    let listed = bench.done("figures --list");
    assert!(listed.starts_with("graph "), "{listed}");
    let json = parsed(&bench.done("figures --list --json"));
    let ids: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), listed.lines().count());
    assert!(ids.contains(&"effects") && ids.contains(&"price_curve"));
    let one = bench.done("figures --list --only effects");
    assert_eq!(one.lines().count(), 1);

    let said = bench.refused("figures");
    assert!(said.contains("<RUN>"), "{said}");
    let said = bench.refused("figures --only efects --list");
    assert!(said.contains("did you mean `effects`"), "{said}");
    let said = bench.refused("figures nothing");
    assert!(said.contains("no such folder"), "{said}");
}

#[test]
fn pictures_are_written_again_over_their_own_files_and_over_no_others() {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 0 --out run --quiet");
    let only = "figures run --only effects,graph --format both --theme both --scale 0.5 --json";
    let written = parsed(&bench.done(only));
    assert_eq!(
        written["written"][0]["files"],
        serde_json::json!([
            "effects.png",
            "effects.svg",
            "effects-dark.png",
            "effects-dark.svg"
        ])
    );
    assert_eq!(written["not_drawn"], serde_json::json!([]));
    let drawn = bench.read("run/figures/graph.svg");
    assert!(drawn.contains("role=\"img\""));
    assert!(
        std::fs::read(bench.path("run/figures/graph.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    assert_eq!(parsed(&bench.done(only)), written);

    // A file of the same name that this command did not write stays as it is.
    bench.write("run/figures/returns.svg", "mine");
    let written = parsed(&bench.done("figures run --only returns,graph --format svg --json"));
    assert_eq!(written["not_drawn"][0]["id"], "returns");
    assert_eq!(written["written"][0]["id"], "graph");
    assert_eq!(bench.read("run/figures/returns.svg"), "mine");

    let said = bench.refused("figures run --scale 0");
    assert!(said.contains("not between 0.25 and 8"), "{said}");
}
