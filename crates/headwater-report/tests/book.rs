//! The book and every other page of the repository: links lead somewhere, and no page is forgotten.
#![allow(clippy::unwrap_used)] // a test may panic

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use headwater_report::explain::pages;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_path_buf()
}

/// Every Markdown file of the repository by its path from the root.
pub fn markdown() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let built = ["target", "node_modules"].contains(&name.as_str());
            // What the program left here (`demo`, a run) is nobody's page.
            let left = name.ends_with("-run") || name.starts_with("headwater-demo");
            if name.starts_with('.') || built || left {
                continue;
            } else if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let inside = path.strip_prefix(root()).unwrap().to_path_buf();
                found.insert(inside, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root(), &mut found);
    found
}

/// Where a page points to, and the anchors of its headings.
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

fn read(text: &str) -> Page {
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.to_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let plain = anchor(&heading.take().unwrap());
                let mut nth = 0;
                let mut named = plain.clone();
                while !anchors.insert(named.clone()) {
                    nth += 1;
                    named = format!("{plain}-{nth}");
                }
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            _ => {}
        }
    }
    Page { links, anchors }
}

/// A heading as both mdBook and the usual hosts of repositories make an anchor of it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.collect::<String>().to_lowercase()
}

/// A path without `.` and `..`; none where it leaves the repository.
fn tidy(path: &Path) -> Option<PathBuf> {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !tidy.pop() {
                    return None;
                }
            }
            part => tidy.push(part),
        }
    }
    Some(tidy)
}

fn is_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let texts = markdown();
    let read: BTreeMap<&PathBuf, Page> = texts.iter().map(|(p, text)| (p, read(text))).collect();
    let mut broken = Vec::new();
    let mut followed = 0;
    for (path, page) in &read {
        let here = page.links.iter();
        for link in here.filter(|link| !is_elsewhere(link) && !link.is_empty()) {
            followed += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => Some((*path).clone()),
                file => tidy(&path.parent().unwrap().join(file)),
            };
            let Some(target) = target.filter(|target| root().join(target).exists()) else {
                broken.push(format!("{}: {link}", path.display()));
                continue;
            };
            let named = || {
                read.get(&target)
                    .is_some_and(|page| page.anchors.contains(heading))
            };
            if !heading.is_empty() && !named() {
                broken.push(format!("{}: {link} has no such heading", path.display()));
            }
        }
    }
    assert!(followed > 200, "only {followed} links were found");
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The book is built of `docs/` alone, so a link out of it would be dead in the built book.
#[test]
fn no_page_of_the_book_links_out_of_the_book() {
    let mut outside = Vec::new();
    for (path, text) in markdown()
        .iter()
        .filter(|(path, _)| path.starts_with("docs"))
    {
        for link in read(text).links.iter().filter(|link| !is_elsewhere(link)) {
            let file = link.split('#').next().unwrap_or_default();
            let target = tidy(&path.parent().unwrap().join(file));
            if !target.is_some_and(|target| target.starts_with("docs")) {
                outside.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(
        outside.is_empty(),
        "name the file instead:\n{}",
        outside.join("\n")
    );
}

#[test]
fn every_page_of_docs_is_a_chapter_of_the_book_once() {
    let texts = markdown();
    let mut listed = read(&texts[Path::new("docs/SUMMARY.md")]).links;
    // A heading without a page of its own has no address.
    listed.retain(|link| !link.is_empty());
    listed.sort();
    let pages = texts.keys().filter_map(|path| {
        let inside = path.strip_prefix("docs").ok()?.to_str().unwrap();
        (inside != "SUMMARY.md").then(|| inside.to_owned())
    });
    let mut pages: Vec<String> = pages.collect();
    pages.sort();
    assert_eq!(
        listed, pages,
        "docs/SUMMARY.md lists each page of docs once"
    );
}

#[test]
fn the_list_of_findings_has_a_line_for_each_with_its_title() {
    let list = &markdown()[Path::new("docs/findings.md")];
    for page in pages() {
        let line = format!("- [{0}](explain/{0}.md): {1}", page.id, page.title);
        assert!(
            list.lines().any(|listed| listed == line),
            "docs/findings.md lacks: {line}"
        );
    }
    let lines = list.lines().filter(|line| line.starts_with("- ["));
    assert_eq!(lines.count(), pages().count());
}

/// Files and types that a chapter names, wherever they lie in the source.
#[test]
fn every_file_and_type_that_a_chapter_of_a_room_names_exists() {
    fn walk(folder: &Path, names: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            names.insert(path.file_name().unwrap().to_string_lossy().into_owned());
            let code = path
                .extension()
                .is_some_and(|end| end == "rs" || end == "py");
            if path.is_dir() {
                walk(&path, names, words);
            } else if code {
                let text = fs::read_to_string(&path).unwrap();
                let words_of = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.extend(words_of.map(str::to_owned));
            }
        }
    }
    let (mut names, mut words) = (BTreeSet::new(), BTreeSet::new());
    for folder in ["crates", "fixtures", "docs"] {
        walk(&root().join(folder), &mut names, &mut words);
    }
    let mut looked = 0;
    for (page, text) in &markdown() {
        if !page.starts_with("docs/rooms") {
            continue;
        }
        for code in text.split('`').skip(1).step_by(2) {
            let last = code.trim_end_matches('/').rsplit('/').next().unwrap();
            let is_file = last.ends_with(".rs") || last.ends_with(".py") || code.ends_with('/');
            let is_item = code.len() > 1
                && code.starts_with(|c: char| c.is_ascii_uppercase())
                && code
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_:".contains(c));
            let known = match (is_file, is_item) {
                (true, _) => names.contains(last),
                (_, true) => code.split("::").all(|part| words.contains(part)),
                _ => continue,
            };
            looked += 1;
            assert!(known, "{} names {code}", page.display());
        }
    }
    assert!(looked > 120, "only {looked} were found");
}

#[test]
fn a_heading_becomes_the_anchor_that_links_use() {
    assert_eq!(anchor("What it needs"), "what-it-needs");
    assert_eq!(
        anchor("The way of a fit (`fit.rs`)"),
        "the-way-of-a-fit-fitrs"
    );
    let page = read("# A\n## B\n## B\n[x](y.md#z) ![p](q.png)\n`[not](a link)`\n");
    assert_eq!(page.links, ["y.md#z", "q.png"]);
    assert_eq!(
        page.anchors,
        BTreeSet::from(["a", "b", "b-1"].map(String::from))
    );
}
