//! The recipes of CONTRIBUTING.md are what they quote: every block stands in the file it names, every
//! file and item they name exists. The quoted code is compiled and tested where it stands.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fs;

use crate::book::root;

fn contributing() -> String {
    fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap()
}

/// The fenced blocks of a page that begin with the file they are from, `// path` or `<!-- path -->`:
/// the path, and the parts between lines of dots, which leave something out.
fn quotations(page: &str) -> Vec<(String, Vec<String>)> {
    let comment = |line: &str| -> Option<String> {
        let line = line.trim();
        let said = line
            .strip_prefix("// ")
            .or_else(|| line.strip_prefix("<!-- ")?.strip_suffix(" -->"));
        said.map(str::to_owned)
    };
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("```") {
            continue;
        }
        let body = lines.by_ref().take_while(|line| line.trim() != "```");
        let body: Vec<&str> = body.collect();
        let path = body.first().and_then(|first| comment(first));
        if let Some(path) = path.filter(|path| path.contains('/') && !path.contains(' ')) {
            let parts = body[1..].split(|line| comment(line).as_deref() == Some("..."));
            found.push((path, parts.map(|part| part.join("\n")).collect()));
        }
    }
    found
}

/// A text without the indentation of its lines, so that a part of a block may be quoted flush left.
fn flush(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_block_of_a_recipe_stands_in_the_file_it_names() {
    let quotations = quotations(&contributing());
    assert!(
        quotations.len() >= 10,
        "only {} were found",
        quotations.len()
    );
    for (path, parts) in quotations {
        let file = fs::read_to_string(root().join(&path));
        let file = flush(&file.unwrap_or_else(|why| panic!("{path}: {why}")));
        let mut from = 0;
        for part in parts.iter().map(|part| flush(part)) {
            let at = file[from..].find(&part);
            let at = at.unwrap_or_else(|| {
                panic!("CONTRIBUTING.md quotes what {path} does not hold in this order:\n{part}")
            });
            from += at + part.len();
        }
    }
}

#[test]
fn every_file_that_contributing_names_exists() {
    let page = contributing();
    let mut inside = false;
    let prose = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    let prose = prose.collect::<Vec<_>>().join("\n");
    let mut named = 0;
    for code in prose.split('`').skip(1).step_by(2) {
        let is_path = code.contains('/')
            && !code.contains([' ', '<', '*', '='])
            && !code.contains("ID")
            && !["target/", "../"]
                .iter()
                .any(|start| code.starts_with(start));
        if is_path {
            named += 1;
            assert!(root().join(code).exists(), "CONTRIBUTING.md names {code}");
        }
    }
    assert!(named > 20, "only {named} were found");
}

#[test]
fn a_quotation_is_compared_line_by_line_and_in_order() {
    let page = "```rust\n// a/b.rs\nlet x = 1;\n// ...\nlet y = 2;\n```\n\n```\ncargo\n```\n";
    let found = quotations(page);
    assert_eq!(
        found,
        [(
            "a/b.rs".into(),
            vec!["let x = 1;".into(), "let y = 2;".into()]
        )]
    );
    assert_eq!(flush("    let x = 1;\n\n  }\n"), "let x = 1;\n}");
}
