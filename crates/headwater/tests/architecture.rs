//! Who may import whom: the crates and rooms of ARCHITECTURE.md, kept by reading the source.
//!
//! Test modules are left out: a test may look through a wall that the program may not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that every room may use.
const FOUNDATIONS: [&str; 10] = [
    "error", "estimate", "files", "finding", "progress", "number", "numeric", "design", "splits",
    "words",
];

/// Each room and the rooms it may use beside the foundations.
const ROOMS: [(&str, &[&str]); 9] = [
    ("data", &[]),
    ("estimators", &[]),
    ("features", &["data"]),
    ("mediation", &["data", "features", "estimators"]),
    ("effects", &["data", "features", "estimators", "mediation"]),
    (
        "validation",
        &["data", "features", "estimators", "mediation", "effects"],
    ),
    (
        "decisions",
        &["data", "features", "estimators", "mediation", "effects"],
    ),
    (
        "analysis",
        &[
            "data",
            "features",
            "estimators",
            "mediation",
            "effects",
            "validation",
            "decisions",
        ],
    ),
    // Writes its adstock by hand, or it could not catch a wrong one.
    ("simulate", &["data"]),
];

/// What a room may use; `None` for a room that this page does not know.
fn allowed(room: &str) -> Option<BTreeSet<&'static str>> {
    if FOUNDATIONS.contains(&room) {
        return Some(FOUNDATIONS.into());
    }
    let (_, rooms) = ROOMS.iter().find(|(name, _)| *name == room)?;
    if room == "simulate" {
        return Some(["error", "numeric", "data"].into());
    }
    Some(FOUNDATIONS.iter().chain(*rooms).copied().collect())
}

/// The program text of a file: no comments, and nothing after the test module starts.
fn program(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first segments of every path that starts at the crate's root, groups included:
/// `use crate::{data::Dataset, error}` names `data` and `error`. `depth` is the number of
/// `super::` that lead from the file to the root.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let program: String = program(text).split_whitespace().collect();
    let root = "super::".repeat(depth);
    let mut found = BTreeSet::new();
    for start in ["crate::", root.as_str()] {
        for (at, _) in program.match_indices(start) {
            let rest = &program[at + start.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads_of_group(group)),
                None => found.extend(head(rest)),
            }
        }
    }
    found
}

/// The identifier that a path starts with.
fn head(path: &str) -> Option<String> {
    let head: String = path
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!head.is_empty()).then_some(head)
}

/// The heads of `a::b,c::{d,e},f}`, up to the brace that closes the group.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut nesting = 0;
    let mut item = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => nesting += 1,
            '}' if nesting > 0 => nesting -= 1,
            ',' | '}' if nesting == 0 => {
                heads.extend(head(&group[item..at]));
                item = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

/// What a file of a room uses against the rules, one sentence each.
fn violations(room: &str, file: &Path, text: &str, depth: usize) -> Vec<String> {
    let Some(allowed) = allowed(room) else {
        return vec![format!(
            "{}: the room `{room}` is not in tests/architecture.rs; say there what it may use",
            file.display()
        )];
    };
    let known = |name: &str| allowed.contains(name) || name == room;
    imports(text, depth)
        .into_iter()
        .filter(|name| crate_rooms().contains(&name.as_str()) && !known(name))
        .map(|name| format!("{}: `{room}` may not use `{name}`", file.display()))
        .collect()
}

fn crate_rooms() -> Vec<&'static str> {
    let rooms = ROOMS.iter().map(|(name, _)| *name);
    FOUNDATIONS.into_iter().chain(rooms).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_room_uses_only_the_rooms_it_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&src);
    assert!(files.len() > 15, "found only {} source files", files.len());
    let mut found = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&src).unwrap();
        if inside == Path::new("lib.rs") {
            continue;
        }
        let parts: Vec<String> = inside
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        let modules = parts.iter().filter(|part| *part != "mod").count();
        found.extend(violations(
            &parts[0],
            inside,
            &fs::read_to_string(&path).unwrap(),
            modules,
        ));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_planted_violation_is_caught_however_it_is_written() {
    let caught = |room: &str, text: &str, depth| {
        violations(room, Path::new("planted.rs"), text, depth).join("; ")
    };
    assert_eq!(
        caught("estimators", "use crate::data::Dataset;", 2),
        "planted.rs: `estimators` may not use `data`"
    );
    assert_eq!(
        caught("data", "fn f() { crate::estimators::load() }", 1),
        "planted.rs: `data` may not use `estimators`"
    );
    assert_eq!(
        caught(
            "simulate",
            "use crate::{\n    data::{role::Role, Dataset},\n    features,\n};",
            1
        ),
        "planted.rs: `simulate` may not use `features`"
    );
    assert_eq!(
        caught("validation", "use super::super::decisions::budget;", 2),
        "planted.rs: `validation` may not use `decisions`"
    );
    assert_eq!(
        caught("error", "use crate::analysis::Analysis;", 1),
        "planted.rs: `error` may not use `analysis`"
    );
    assert!(caught("charts", "", 1).contains("is not in tests/architecture.rs"));
}

#[test]
fn what_is_allowed_raises_no_alarm() {
    for (room, text) in [
        ("features", "use crate::data::{Dataset, role::Role};"),
        ("analysis", "use crate::{effects, validation, decisions};"),
        (
            "data",
            "/// See [`crate::estimators`].\nuse super::role::Role;",
        ),
        (
            "effects",
            "use crate::error::Result;\n#[cfg(test)]\nmod tests { use crate::simulate::simulate; }",
        ),
    ] {
        assert_eq!(
            violations(room, Path::new("x.rs"), text, 1),
            Vec::<String>::new()
        );
    }
}

/// The crates that a crate of ours may name beside its libraries.
const CRATES: [(&str, &[&str]); 6] = [
    ("headwater", &[]),
    ("headwater-report", &["headwater"]),
    ("headwater-server", &["headwater", "headwater-report"]),
    (
        "headwater-cli",
        &["headwater", "headwater-report", "headwater-server"],
    ),
    ("headwater-py", &["headwater", "headwater-report"]),
    ("xtask", &[]),
];

/// Libraries that are young, large or likely to be changed for another, with the only files that name
/// them; `parquet` and `plotly` are wrapped in modules of the same name.
const WRAPPED: [(&str, &[&str]); 8] = [
    ("stlrs", &["headwater/src/features/stl.rs"]),
    ("encoding_rs", &["headwater/src/data/csv.rs"]),
    ("calamine", &["headwater/src/data/excel.rs"]),
    (
        "resvg",
        &[
            "headwater-report/src/drawing/png.rs",
            "headwater-report/src/drawing/typeface.rs",
        ],
    ),
    ("skrifa", &["headwater-report/src/drawing/typeface.rs"]),
    ("comfy_table", &["headwater-report/src/terminal/table.rs"]),
    ("textwrap", &["headwater-report/src/terminal/style.rs"]),
    ("indicatif", &["headwater-cli/src/terminal.rs"]),
];

/// What the library must not reach for: it does not print, has no clock and no randomness but that of
/// its seed.
const OUTSIDE: [&str; 8] = [
    "println!",
    "eprintln!",
    "print!(",
    "SystemTime",
    "Instant::now",
    "rand::rng",
    "OsRng",
    "env::var",
];

fn crates() -> PathBuf {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"));
    library.parent().unwrap().to_path_buf()
}

/// The names under `[dependencies]` of a manifest, features and build scripts' included, tests' not.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|section| manifest.get(*section)?.as_table())
        .flat_map(|section| section.keys().cloned())
        .collect()
}

#[test]
fn every_crate_depends_only_on_the_crates_below_it() {
    let ours: Vec<&str> = CRATES.iter().map(|(name, _)| *name).collect();
    let mut seen = BTreeSet::new();
    let folders = fs::read_dir(crates()).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    for folder in folders.chain([crates().join("../xtask")]) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let (_, allowed) = CRATES
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("say in tests/architecture.rs what {name} may use"));
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for used in dependencies(&manifest) {
            assert!(
                !ours.contains(&used.as_str()) || allowed.contains(&used.as_str()),
                "{name} may not use {used}"
            );
        }
        seen.insert(name);
    }
    assert_eq!(seen.len(), CRATES.len(), "{seen:?}");
}

/// The rooms of a crate, each with those that it imports.
fn rooms(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(src) {
        let inside = path.strip_prefix(src).unwrap().with_extension("");
        let parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        if matches!(parts[..], ["lib"] | ["main"]) {
            continue;
        }
        let modules = parts.iter().filter(|part| **part != "mod").count();
        let found = imports(&fs::read_to_string(&path).unwrap(), modules);
        rooms.entry(parts[0].into()).or_default().extend(found);
    }
    let names: BTreeSet<String> = rooms.keys().cloned().collect();
    for (room, used) in &mut rooms {
        used.retain(|used| used != room && names.contains(used));
    }
    rooms
}

/// Rooms that use each other, directly or through others; empty where every room stands on the ones
/// below it.
fn in_circles(mut rooms: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let lowest: Vec<String> = rooms
            .iter()
            .filter(|(_, used)| used.is_empty())
            .map(|(room, _)| room.clone())
            .collect();
        if lowest.is_empty() {
            return rooms;
        }
        rooms.retain(|room, _| !lowest.contains(room));
        for used in rooms.values_mut() {
            used.retain(|used| !lowest.contains(used));
        }
    }
}

#[test]
fn no_rooms_of_a_crate_use_each_other_in_a_circle() {
    for (name, _) in CRATES.iter().filter(|(name, _)| *name != "xtask") {
        let rooms = rooms(&crates().join(name).join("src"));
        assert!(rooms.len() > 4, "{name}: {rooms:?}");
        let circles = in_circles(rooms);
        assert!(circles.is_empty(), "{name}: {circles:?}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let rooms = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "")];
    let rooms = rooms.map(|(room, used)| {
        let used = [used.to_string()]
            .into_iter()
            .filter(|used| !used.is_empty());
        (room.to_string(), used.collect())
    });
    let circles = in_circles(rooms.into());
    assert_eq!(circles.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn wrapped_libraries_are_named_in_their_wrapper_alone() {
    let mut found = BTreeSet::new();
    for (name, _) in CRATES.iter().filter(|(name, _)| *name != "xtask") {
        for path in sources(&crates().join(name).join("src")) {
            let text: String = program(&fs::read_to_string(&path).unwrap());
            let file = path
                .strip_prefix(crates())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            for (library, wrappers) in WRAPPED {
                let path = format!("{library}::");
                let named = text.match_indices(&path).any(|(at, _)| {
                    let before = text[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':'))
                });
                if named {
                    assert!(
                        wrappers.contains(&file.as_str()),
                        "{file} names {library}, which is wrapped in {wrappers:?}"
                    );
                    found.insert(library);
                }
            }
        }
    }
    assert_eq!(found.len(), WRAPPED.len(), "{found:?}");
}

#[test]
fn the_library_and_the_report_reach_for_nothing_outside() {
    for name in ["headwater", "headwater-report"] {
        for path in sources(&crates().join(name).join("src")) {
            let text = program(&fs::read_to_string(&path).unwrap());
            for outside in OUTSIDE {
                assert!(!text.contains(outside), "{}: {outside}", path.display());
            }
        }
    }
}

#[test]
fn unsafe_code_is_forbidden_in_every_crate() {
    let root = fs::read_to_string(crates().join("../Cargo.toml")).unwrap();
    let root: toml::Table = root.parse().unwrap();
    let lints = &root["workspace"]["lints"]["rust"];
    assert_eq!(lints["unsafe_code"].as_str(), Some("forbid"));
    for (name, _) in CRATES {
        let folder = if name == "xtask" { "../xtask" } else { name };
        let manifest = fs::read_to_string(crates().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        assert_eq!(
            manifest["lints"]["workspace"].as_bool(),
            Some(true),
            "{name}"
        );
    }
}

/// `autotests = false` in a manifest: a file that `all.rs` does not name would pass by not running.
#[test]
fn every_file_of_tests_is_named_in_the_program_that_runs_it() {
    let mut programs = 0;
    for entry in fs::read_dir(crates()).unwrap() {
        let tests = entry.unwrap().path().join("tests");
        let Ok(program) = fs::read_to_string(tests.join("all.rs")) else {
            continue;
        };
        programs += 1;
        for entry in fs::read_dir(&tests).unwrap() {
            let file = entry.unwrap().path();
            let name = file.file_stem().unwrap().to_str().unwrap();
            if name == "all" || file.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let line = format!("mod {name};");
            assert!(
                program.lines().any(|named| named == line),
                "{} lacks `{line}`",
                tests.join("all.rs").display()
            );
        }
    }
    assert_eq!(
        programs, 3,
        "of headwater, headwater-report and headwater-cli"
    );
}
