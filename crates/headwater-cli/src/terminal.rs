//! The terminal: where text goes, how wide it is, whether it has colour, and progress.

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

use clap::ValueEnum;
use headwater::error::{Error, Result};
use headwater::progress::Progress;
use headwater_report::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The two streams of the program.
pub struct Terminal {
    color: Color,
}

impl Terminal {
    pub fn new(color: Color) -> Self {
        Terminal { color }
    }

    /// How text on stdout looks.
    pub fn style(&self) -> Style {
        let columns = if stdout().is_terminal() {
            console_width().unwrap_or(100)
        } else {
            100
        };
        Style::new(self.coloured(stdout().is_terminal()), columns)
    }

    fn coloured(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                is_terminal && !refused
            }
        }
    }

    /// From here on errors are shown with the offending cell, in colour where stderr has it.
    pub fn report_errors_in_style(&self) {
        let coloured = self.coloured(stderr().is_terminal());
        let width = console_width().unwrap_or(100).clamp(60, 100);
        // The only error is that a hook stands already.
        let _ = miette::set_hook(Box::new(move |_| {
            Box::new(
                miette::MietteHandlerOpts::new()
                    .color(coloured)
                    .unicode(true)
                    .terminal_links(false)
                    .width(width)
                    .break_words(false)
                    .context_lines(1)
                    .build(),
            )
        }));
    }

    /// Writes a result to stdout. A reader that stops reading early is no error.
    pub fn print(&self, text: &str) -> Result<()> {
        let written = stdout()
            .write_all(text.as_bytes())
            .and_then(|()| stdout().flush());
        match written {
            Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Error::File {
                path: "stdout".into(),
                message: why.to_string(),
                help: "check where the output of this command goes".into(),
            }),
            _ => Ok(()),
        }
    }

    /// Writes a result to stdout as JSON.
    pub fn print_json(&self, value: &impl Serialize) -> Result<()> {
        self.print(&json(value)?)
    }

    /// Writes a remark to stderr.
    pub fn note(&self, text: &str) {
        say(&format!("note: {text}"));
    }
}

/// Writes a line to stderr. Where nobody hears it, there is nobody to tell that either.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// A value as JSON on lines of its own.
pub fn json(value: &impl Serialize) -> Result<String> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => Ok(text + "\n"),
        Err(why) => Err(Error::estimator(
            format!("the result cannot be written as JSON: {why}"),
            "report this as a bug",
        )),
    }
}

fn console_width() -> Option<usize> {
    terminal_size::terminal_size_of(stderr())
        .or_else(terminal_size::terminal_size)
        .map(|(width, _)| usize::from(width.0))
}

/// A bar on stderr; nothing where stderr is no terminal or `quiet` was asked for.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub fn new(quiet: bool) -> Self {
        let target = if quiet || !stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(
            ProgressStyle::with_template("  {msg} {bar:40} {pos}/{len}, {eta} left")
                .expect("the template is valid"),
        );
        Bar { bar }
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn report(&self, what: &str, done: usize, total: usize) {
        if self.bar.message() != what {
            self.bar.set_message(what.to_owned());
            self.bar.set_position(0);
            self.bar.reset_eta();
        }
        self.bar.set_length(total as u64);
        // Threads report out of order.
        if done as u64 > self.bar.position() {
            self.bar.set_position(done as u64);
        }
    }
}
