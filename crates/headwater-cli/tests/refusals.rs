//! Bad use and bad input: what is said, on which stream, and how the program ends.

use crate::workbench::{Workbench, words};

#[test]
fn help_shows_every_command_with_an_example() {
    let bench = Workbench::new();
    let help = bench.done("--help");
    for command in [
        "demo", "simulate", "check", "init", "fit", "validate", "compare", "retrain", "explain",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let help = bench.done(&format!("{command} --help"));
        assert!(
            help.contains(&format!("Examples:\n  headwater {command}")),
            "{help}"
        );
    }
    assert!(bench.done("fit --help").contains("boosting     trees"));
    assert!(bench.done("--version").starts_with("headwater 0."));
}

#[test]
fn no_command_is_bad_use() {
    let said = Workbench::new().run("");
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("Start here:"), "{}", said.stderr);
}

#[test]
fn a_missing_file_is_named() {
    let bench = Workbench::new();
    for command in ["fit", "check", "init"] {
        let said = bench.refused(&format!("{command} sales.csv"));
        assert!(said.contains("sales.csv"), "{said}");
        assert!(said.contains("help: check the path"), "{said}");
    }
    assert_eq!(bench.names(), Vec::<String>::new());
}

#[test]
fn a_settings_file_that_is_missing_or_wrong_is_named_with_the_nearest_key() {
    let bench = Workbench::with_market();
    let said = bench.refused("fit data.csv --config mine.toml");
    assert!(
        said.contains("mine.toml") && said.contains("headwater init DATA"),
        "{said}"
    );
    bench.write("mine.toml", "[bootstrap]\nreplicats = 10\n");
    let said = bench.refused("fit data.csv --config mine.toml");
    assert!(
        said.contains("unknown key `replicats`; did you mean `replicates`?"),
        "{said}"
    );
    assert!(said.contains("replicats = 10"), "the line is shown: {said}");
}

#[test]
fn settings_out_of_range_are_refused_before_anything_is_written() {
    let bench = Workbench::with_market();
    for (option, expected) in [
        (
            "--estimator forest",
            "ols, ridge, lasso, elastic_net, boosting",
        ),
        ("--link square", "expected `identity` or `log`"),
        ("--reading both", "`two_slope`, `predicted`, `observed`"),
        ("--level 1.5", "level"),
        ("--folds 1", "at least 2 folds"),
        (
            "--cv loocv",
            "expected one of `expanding`, `rolling`, `blocked`",
        ),
        ("--interactions all", "choose `auto` or `none`"),
        ("--holdout 90", "use at most 26 holdout weeks"),
        ("--threads 0", "--threads"),
        ("--bootstrap many", "--bootstrap"),
        ("--preset best", "use `default` or `seed`"),
        (
            "--direct instagram",
            "choose one of facebook_spend, tiktok_spend",
        ),
        ("--ignore instagram", "choose one of week, facebook_spend"),
        ("--ignore google_spend", "google_spend"),
        ("--direct google_spend", "there is no exposure of that name"),
        ("--config a.toml --preset seed", "cannot be used with"),
    ] {
        let said = bench.refused(&format!("fit data.csv {option}"));
        assert!(said.contains(expected), "{option}: {said}");
    }
    assert_eq!(bench.names(), ["data.csv"]);
}

#[test]
fn the_offending_cell_is_shown() {
    let bench = Workbench::with_market();
    let mut lines: Vec<String> = bench.read("data.csv").lines().map(str::to_owned).collect();
    let cells: Vec<&str> = lines[9].split(',').collect();
    let week = cells[0].to_owned();
    lines[9] = format!("{week},n/k,{}", cells[2..].join(","));
    bench.write("data.csv", &lines.join("\n"));
    let said = bench.refused("check data.csv");
    for part in ["data.csv", "facebook_spend", "n/k", &week, "row 10"] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

#[test]
fn an_empty_file_and_a_header_alone_are_refused() {
    let bench = Workbench::new();
    bench.write("empty.csv", "");
    bench.write("header.csv", "week,facebook_spend,google_spend,revenue\n");
    for file in ["empty.csv", "header.csv"] {
        for command in ["check", "fit"] {
            let said = bench.refused(&format!("{command} {file}"));
            assert!(said.contains(file) && said.contains("help:"), "{said}");
        }
    }
}

#[test]
fn simulated_markets_outside_their_ranges_are_refused() {
    let bench = Workbench::new();
    for (option, expected) in [
        ("--weeks 3", "8 to 10,000 weeks"),
        ("--first-stage-r2 1", "between 0 and 1"),
        ("--confounding -1.5", "between -1 and 1"),
        ("--direct instagram_spend", "CHANNEL=REVENUE"),
        ("--direct instagram=1", "choose one of facebook_spend"),
        ("--direct instagram_spend=much", "is not a number"),
    ] {
        let said = bench.refused(&format!("simulate {option} --out data.csv"));
        assert!(said.contains(expected), "{option}: {said}");
    }
    assert_eq!(bench.names(), Vec::<String>::new());
}

#[test]
fn nothing_is_overwritten_without_force() {
    let bench = Workbench::with_market();
    bench.write("truth.json", "mine");
    bench.write("headwater.toml", "# mine");
    let said = bench.refused("simulate --out data.csv");
    assert!(
        said.contains("data.csv: already exists") && said.contains("--force"),
        "{said}"
    );
    bench.refused("simulate --out other.csv --truth truth.json");
    bench.refused("init data.csv");
    assert_eq!(bench.read("truth.json"), "mine");
    assert_eq!(bench.read("headwater.toml"), "# mine");
    bench.done("init data.csv --force");
    assert!(bench.read("headwater.toml").contains("[columns]"));

    bench.done("fit data.csv --bootstrap 0 --out run");
    let first = bench.read("run/run.log");
    let said = bench.refused("fit data.csv --bootstrap 0 --out run");
    assert!(said.contains("run: already exists"), "{said}");
    assert_eq!(bench.read("run/run.log"), first);
    bench.done("fit data.csv --bootstrap 0 --out run --force");
    assert_ne!(bench.read("run/run.log"), first);
}

#[test]
fn force_replaces_runs_and_nothing_else() {
    let bench = Workbench::with_market();
    std::fs::create_dir(bench.path("photos")).unwrap();
    bench.write("photos/cat.txt", "meow");
    let said = bench.refused("fit data.csv --bootstrap 0 --out photos --force");
    assert!(said.contains("is not a run of Headwater"), "{said}");
    bench.refused("demo --bootstrap 0 --out data.csv --force");
    assert_eq!(bench.read("photos/cat.txt"), "meow");
}

#[test]
fn a_settings_file_in_the_folder_is_mentioned_and_not_read() {
    let bench = Workbench::with_market();
    bench.write("headwater.toml", "this is = not a settings file");
    let said = bench.run("fit data.csv --bootstrap 0 --out run");
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(words(&said.stderr).contains("headwater.toml in this folder is not read"));
}

#[test]
fn check_fails_where_fit_would_refuse() {
    let bench = Workbench::with_market();
    assert!(
        bench
            .done("check data.csv")
            .contains("The file can be fitted.")
    );
    let short: Vec<String> = bench
        .read("data.csv")
        .lines()
        .take(15)
        .map(String::from)
        .collect();
    bench.write("short.csv", &(short.join("\n") + "\n"));
    let said = bench.run("check short.csv");
    assert_eq!(said.status, 1, "{}", said.stdout);
    let text = words(&said.stdout);
    assert!(
        text.contains("analysis.cannot_fit: the file has 14 weeks"),
        "{text}"
    );
    assert!(text.contains("A check failed"), "{text}");
    assert!(
        bench
            .refused("fit short.csv")
            .contains("the file has 14 weeks")
    );
}

#[test]
fn a_settings_line_needs_the_role_alone() {
    let bench = Workbench::with_market();
    bench.write("mine.toml", "[columns]\nfollowers = { role = 'ignore' }\n");
    let text = bench.done("check data.csv --config mine.toml --json");
    let checked: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(checked["roles"]["followers"]["role"], "ignore");
    assert_eq!(checked["roles"]["facebook_spend"]["role"], "exposure");
}

#[test]
fn a_market_and_its_truth_do_not_share_a_file() {
    let said = Workbench::new().refused("simulate --out m.csv --truth m.csv --force");
    assert!(
        said.contains("--out and --truth name the same file"),
        "{said}"
    );
}
