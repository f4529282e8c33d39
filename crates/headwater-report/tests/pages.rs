//! Every finding that the program can make has a page, and every page belongs to a finding.
#![allow(clippy::unwrap_used)] // a test may panic

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use headwater_report::Style;
use headwater_report::explain::{list_screen, nearest, page_screen, pages};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The program text of a file: no comments, and nothing after the test module starts.
fn program(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_id(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    text.split_once('.')
        .is_some_and(|(room, subject)| part(room) && part(subject))
}

/// Every string in the program that is written like a finding's id, in the rooms whose findings
/// start with these words; a file name such as `run.log` is none.
fn ids() -> BTreeSet<String> {
    let mut files = Vec::new();
    for krate in ["headwater", "headwater-report", "headwater-cli"] {
        sources(&root().join("crates").join(krate).join("src"), &mut files);
    }
    let mut found = BTreeSet::new();
    for file in files {
        let text = program(&fs::read_to_string(&file).unwrap());
        for literal in text.split('"').skip(1).step_by(2) {
            let is_file = Path::new(literal).extension().is_some_and(|extension| {
                [
                    "csv", "toml", "json", "log", "md", "rs", "xlsx", "html", "css", "txt", "svg",
                    "png", "parquet", "xml",
                ]
                .contains(&extension.to_str().unwrap())
            });
            if is_id(literal) && !is_file {
                found.insert(literal.to_string());
            }
        }
    }
    found
}

/// The files of `docs/explain`, by the ids that they are named for.
fn files() -> BTreeSet<String> {
    fs::read_dir(root().join("docs/explain"))
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".md").unwrap().to_string()
        })
        .collect()
}

#[test]
fn every_finding_has_a_page() {
    let ids = ids();
    for known in [
        "data.weeks",
        "mediation.path",
        "effects.redraws",
        "retrain.drift",
    ] {
        assert!(ids.contains(known), "the search lost {known}");
    }
    let without: Vec<_> = ids.difference(&files()).cloned().collect();
    assert_eq!(
        without,
        Vec::<String>::new(),
        "write docs/explain/<id>.md for each"
    );
}

#[test]
fn every_page_belongs_to_a_finding() {
    let orphans: Vec<_> = files().difference(&ids()).cloned().collect();
    assert_eq!(
        orphans,
        Vec::<String>::new(),
        "nothing makes such a finding"
    );
}

#[test]
fn the_program_holds_the_pages_that_the_folder_holds() {
    let embedded: BTreeSet<String> = pages().map(|page| page.id.to_string()).collect();
    assert_eq!(embedded, files());
    for page in pages() {
        let file = root().join("docs/explain").join(format!("{}.md", page.id));
        assert_eq!(page.markdown, fs::read_to_string(file).unwrap());
    }
}

/// Asserts that a page has its title and the parts of every page.
#[track_caller]
pub fn assert_page(id: &str, markdown: &str) {
    let title = markdown.lines().next().unwrap_or_default();
    let subject = title.strip_prefix(&format!("# {id}: "));
    assert!(
        subject.is_some_and(|subject| subject.len() > 5),
        "{id}: {title}"
    );
    let parts: Vec<&str> = markdown
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert_eq!(
        parts,
        [
            "What it checks",
            "Why it matters",
            "How to read it",
            "What to do",
            "Source"
        ],
        "{id}"
    );
}

#[test]
fn every_page_has_the_same_parts() {
    for page in pages() {
        assert_page(page.id, page.markdown);
        assert!(page.title.len() > 5, "{} has no title", page.id);
    }
}

#[test]
fn a_page_on_a_terminal_shows_no_markup_and_keeps_to_the_width() {
    for width in [80, 100] {
        let style = Style::new(false, width);
        for page in pages() {
            let text = page_screen(&page, style);
            for line in text.lines() {
                let formula = line.starts_with("      ");
                assert!(
                    formula || line.chars().count() <= width,
                    "{}: {line}",
                    page.id
                );
                assert!(formula || !line.contains("**"), "{}: {line}", page.id);
                assert!(!line.contains("```") && !line.starts_with('#'), "{line}");
            }
        }
        for line in list_screen(style).lines() {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
}

#[test]
fn a_page_reads_well() {
    let page = headwater_report::explain::page("data.spikes").unwrap();
    insta::assert_snapshot!(page_screen(&page, Style::new(false, 80)));
}

#[test]
fn a_misspelt_finding_is_recognised() {
    assert_eq!(nearest("data.spike")[0], "data.spikes");
    assert_eq!(nearest("spikes")[0], "data.spikes");
    assert!(
        nearest("retrain")
            .iter()
            .all(|id| id.starts_with("retrain."))
    );
    assert_eq!(nearest("zzzzzz"), Vec::<&str>::new());
}
