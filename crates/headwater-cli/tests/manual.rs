//! Manual pages and completions: made of the definitions of the command line, so none can be missing.

use std::process::{Command, Stdio};

use crate::workbench::Workbench;

/// The commands that `headwater --help` lists.
fn commands(bench: &Workbench) -> Vec<String> {
    let help = bench.done("--help");
    let list = help.split("Commands:\n").nth(1).unwrap();
    let names = list.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap().to_string());
    names.filter(|name| name != "help").collect()
}

/// A page as `groff` sets it, and what it complains of; `None` where there is no groff.
fn set(page: &std::path::Path) -> Option<(String, String)> {
    let output = Command::new("groff")
        .args(["-man", "-Tutf8", "-P-cbou", "-ww"])
        .arg(page)
        .output()
        .ok()?;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some((text(output.stdout), text(output.stderr)))
}

#[test]
fn every_command_has_a_page_with_each_of_its_options_and_examples() {
    let bench = Workbench::new();
    let said = bench.done("man --out pages");
    let commands = commands(&bench);
    assert!(commands.len() > 20, "{commands:?}");
    assert_eq!(
        said,
        format!("{} pages written to pages\n", commands.len() + 1)
    );
    for command in commands {
        let page = bench.read(&format!("pages/headwater-{command}.1"));
        assert_eq!(page, bench.done(&format!("man {command}")));
        let plain = page
            .replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fR", "");
        let help = bench.done(&format!("{command} --help"));
        let words = help.split_whitespace();
        let words = words.filter(|word| word.starts_with("--") && word.len() > 2);
        for option in words.map(|word| word.trim_end_matches([',', '.', ')', ']', ':'])) {
            let option = option.split('=').next().unwrap();
            assert!(plain.contains(option), "{command}: {option}");
        }
    }
}

#[test]
fn pages_are_set_without_complaint_and_keep_the_lines_of_examples() {
    let bench = Workbench::new();
    bench.done("man --out pages");
    for name in ["headwater", "headwater-fit", "headwater-scenario"] {
        let Some((text, complaints)) = set(&bench.path(&format!("pages/{name}.1"))) else {
            println!("skipped: groff, which sets manual pages, is not here");
            return;
        };
        assert_eq!(complaints, "", "{name}");
        assert!(text.contains("\nNOTES\n"), "{text}");
        let help = match name.split_once('-') {
            None => bench.done("--help"),
            Some((_, command)) => bench.done(&format!("{command} --help")),
        };
        let example = help
            .lines()
            .find(|line| line.starts_with("  headwater "))
            .unwrap();
        assert!(text.contains(&format!("{example}\n")), "{text}");
    }
}

#[test]
fn pages_are_replaced_only_where_that_is_asked_for() {
    let bench = Workbench::new();
    bench.done("man --out pages");
    let said = bench.refused("man --out pages");
    assert!(
        said.contains("headwater.1: already exists") && said.contains("--force"),
        "{said}"
    );
    bench.done("man --out pages --force");
    let said = bench.refused("man fitt");
    assert!(
        said.contains("there is no page on \"headwater-fitt\""),
        "{said}"
    );
    assert!(said.contains("name one of demo, simulate"), "{said}");
}

#[test]
fn completions_of_every_shell_know_every_command() {
    let bench = Workbench::new();
    let commands = commands(&bench);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = bench.done(&format!("completions {shell}"));
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
        assert!(script.contains("bootstrap"), "{shell}");
    }
    bench.write("headwater.bash", &bench.done("completions bash"));
    let checked = Command::new("bash")
        .arg("-n")
        .arg(bench.path("headwater.bash"))
        .stdin(Stdio::null())
        .output();
    match checked {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(why) => println!("skipped: bash is not here: {why}"),
    }
}
