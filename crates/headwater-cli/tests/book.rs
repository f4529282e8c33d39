//! What the pages say about the program is so: the tutorial prints what it quotes, and every command
//! and option that a page names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::workbench::Workbench;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_path_buf()
}

/// The fenced blocks of a page with the line they begin at and their language.
fn blocks(page: &str) -> Vec<(usize, &str, Vec<&str>)> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body = lines.by_ref().map(|(_, line)| line);
            found.push((at + 1, language, body.take_while(|l| *l != "```").collect()));
        }
    }
    found
}

/// Runs every `console` block of a page in an empty folder: a command and what it prints, where a
/// line `[...]` leaves something out.
fn follow(page: &str) -> Workbench {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let bench = Workbench::new();
    let blocks = blocks(&text);
    let mut commands = blocks
        .iter()
        .filter(|(_, language, _)| *language == "console")
        .peekable();
    assert!(commands.peek().is_some(), "{page} has no commands");
    for (line, _, body) in commands {
        let command = body[0].strip_prefix("$ headwater ");
        let command = command.unwrap_or_else(|| panic!("{page}:{line}: {}", body[0]));
        let printed = bench.done(command);
        let mut rest = printed.as_str();
        for part in body[1..].split(|line| *line == "[...]") {
            let part = part.join("\n");
            let at = rest.find(&part).unwrap_or_else(|| {
                panic!("{page}:{line}: `headwater {command}` prints\n{printed}\nand not\n{part}")
            });
            rest = &rest[at + part.len()..];
        }
    }
    bench
}

#[test]
fn the_readme_prints_what_it_quotes() {
    follow("README.md");
}

#[test]
fn the_tutorial_prints_what_it_quotes_and_tells_the_truth() {
    let bench = follow("docs/tutorial.md");
    let truth = bench.json("truth.json");
    let told: Vec<String> = truth["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| format!("{:.0}k", channel["total_effect"].as_f64().unwrap() / 1e3))
        .collect();
    let told = format!("{}, {}, {} and {}", told[0], told[1], told[2], told[3]);
    let page = fs::read_to_string(root().join("docs/tutorial.md")).unwrap();
    assert!(page.contains(&told), "docs/tutorial.md does not say {told}");
    assert!(bench.path("market-run/report.html").exists());
}

/// Commands as pages write them, in blocks and in lines: the words after `headwater`.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut take = |text: &str| {
        let text = text.split(" # ").next().unwrap_or_default();
        let program = [
            "headwater ",
            "cargo run --release -- ",
            "target/release/headwater ",
        ];
        let after = program
            .iter()
            .find_map(|program| text.strip_prefix(program));
        let Some(after) = after else { return };
        // An option stands in brackets, ends with a comma, or goes on after a pipe.
        let words = after.split([' ', '[', ']', '(', ')', ',', '|', ';', '&', '`']);
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(Into::into)
            .collect();
        if words
            .first()
            .is_some_and(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        {
            found.push(words);
        }
    };
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            take(line.trim().trim_start_matches("$ "));
        } else {
            line.split('`').skip(1).step_by(2).for_each(&mut take);
        }
    }
    found
}

#[test]
fn every_command_and_option_that_a_page_names_exists() {
    let bench = Workbench::new();
    let mut pages = vec![
        "README.md".into(),
        "CONTRIBUTING.md".into(),
        "ARCHITECTURE.md".into(),
    ];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let name = folder.join(entry.unwrap().file_name());
            if root().join(&name).is_dir() {
                folders.push(name);
            } else if name.extension().is_some_and(|extension| extension == "md") {
                pages.push(name);
            }
        }
    }
    let mut help: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    let mut wrong = Vec::new();
    for page in pages {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for words in commands(&text) {
            let command = &words[0];
            let help = help.entry(command.clone()).or_insert_with(|| {
                let said = bench.run(&format!("{command} --help"));
                (said.status == 0).then_some(said.stdout)
            });
            let Some(help) = help else {
                wrong.push(format!("{}: headwater {command}", page.display()));
                continue;
            };
            asked.insert(command.clone());
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let option = option.split(['=', '.', ':']).next().unwrap();
                let known = help
                    .split([' ', ',', '\n', '[', '='])
                    .any(|word| word == option);
                if !known {
                    wrong.push(format!("{}: headwater {command} {option}", page.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(asked.len() >= 18, "only {asked:?} were found");
}

/// What the recipe "A command" of CONTRIBUTING.md asks of each.
#[test]
fn every_command_has_its_file_its_examples_and_its_line_in_the_book() {
    let bench = Workbench::new();
    let said = bench.done("--help");
    let listed = said.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<&str> = listed
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| {
            // Further lines of a description stand further in.
            let line = line.strip_prefix("  ")?;
            let name = line.split_whitespace().next()?;
            line.starts_with(name).then_some(name)
        })
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() >= 20, "{names:?}");
    let book = fs::read_to_string(root().join("docs/rooms/cli.md")).unwrap();
    for name in names {
        let file = format!(
            "crates/headwater-cli/src/commands/{}.rs",
            name.replace('-', "_")
        );
        let file = fs::read_to_string(root().join(&file)).unwrap_or_else(|_| panic!("no {file}"));
        assert!(
            file.starts_with(&format!("//! `headwater {name}`")),
            "{name}"
        );
        assert!(
            bench
                .done(&format!("{name} --help"))
                .contains(&format!("headwater {name}")),
            "{name}"
        );
        assert!(
            book.contains(&format!("`headwater {name}`")),
            "docs/rooms/cli.md lacks {name}"
        );
    }
}

#[test]
fn commands_are_found_in_blocks_and_in_lines() {
    let page = "Use `headwater fit your.csv --out x` or `headwater-py`.\n```\n$ headwater check a.csv  # why\nheadwater is a word\n```\n";
    assert_eq!(
        commands(page),
        [
            vec!["fit", "your.csv", "--out", "x"],
            vec!["check", "a.csv"],
            vec!["is", "a", "word"]
        ]
    );
}
