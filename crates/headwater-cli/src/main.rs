//! The `headwater` command line: every command reads files, calls the library and shows what
//! it returns.

mod commands;
mod figure_folder;
mod question;
mod run_directory;
mod settings;
mod terminal;
mod threads;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use miette::Diagnostic;

use terminal::{Color, Terminal};

/// A marketing mix model that follows spend downstream: social spend creates search, search
/// becomes Google spend, Google spend becomes revenue.
#[derive(Parser)]
#[command(
    name = "headwater",
    version,
    arg_required_else_help = true,
    after_help = "\
Start here:
  headwater demo                  a market with known truth: estimates beside it
  headwater check sales.csv       what each column is taken for, and doubts about the data
  headwater fit sales.csv         what each channel is worth through search and around it

Results go to stdout, progress and errors to stderr. Exit status: 0 done, 1 a check failed,
2 bad use or bad input. NO_COLOR is respected."
)]
struct Arguments {
    /// When to use colour: auto, always or never
    #[arg(
        long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN",
        hide_possible_values = true
    )]
    color: Color,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(commands::demo::Arguments),
    Simulate(commands::simulate::Arguments),
    Check(commands::check::Arguments),
    Init(commands::init::Arguments),
    Fit(commands::fit::Arguments),
    Validate(commands::validate::Arguments),
    Compare(commands::compare::Arguments),
    Retrain(commands::retrain::Arguments),
    Scenario(commands::scenario::Arguments),
    Predict(commands::predict::Arguments),
    Timing(commands::timing::Arguments),
    Curves(commands::curves::Arguments),
    Attribution(commands::attribution::Arguments),
    Optimize(commands::optimize::Arguments),
    Pricing(commands::pricing::Arguments),
    Recommend(commands::recommend::Arguments),
    Figures(commands::figures::Arguments),
    Report(commands::report::Arguments),
    Serve(commands::serve::Arguments),
    Explain(commands::explain::Arguments),
    Man(commands::man::Arguments),
    Completions(commands::completions::Arguments),
}

fn main() -> ExitCode {
    let matches = Arguments::command().max_term_width(100).try_get_matches();
    let matches = matches.unwrap_or_else(|error| refuse(error));
    let Arguments { color, command } =
        Arguments::from_arg_matches(&matches).unwrap_or_else(|error| refuse(error));
    let terminal = Terminal::new(color);
    terminal.report_errors_in_style();
    let outcome = match command {
        Command::Demo(arguments) => commands::demo::run(&arguments, &terminal),
        Command::Simulate(arguments) => commands::simulate::run(&arguments, &terminal),
        Command::Check(arguments) => commands::check::run(&arguments, &terminal),
        Command::Init(arguments) => commands::init::run(&arguments, &terminal),
        Command::Fit(arguments) => commands::fit::run(&arguments, &terminal),
        Command::Validate(arguments) => commands::validate::run(&arguments, &terminal),
        Command::Compare(arguments) => commands::compare::run(&arguments, &terminal),
        Command::Retrain(arguments) => commands::retrain::run(&arguments, &terminal),
        Command::Scenario(arguments) => commands::scenario::run(&arguments, &terminal),
        Command::Predict(arguments) => commands::predict::run(&arguments, &terminal),
        Command::Timing(arguments) => commands::timing::run(&arguments, &terminal),
        Command::Curves(arguments) => commands::curves::run(&arguments, &terminal),
        Command::Attribution(arguments) => commands::attribution::run(&arguments, &terminal),
        Command::Optimize(arguments) => commands::optimize::run(&arguments, &terminal),
        Command::Pricing(arguments) => commands::pricing::run(&arguments, &terminal),
        Command::Recommend(arguments) => commands::recommend::run(&arguments, &terminal),
        Command::Figures(arguments) => commands::figures::run(&arguments, &terminal),
        Command::Report(arguments) => commands::report::run(&arguments, &terminal),
        Command::Serve(arguments) => commands::serve::run(&arguments, &terminal),
        Command::Explain(arguments) => commands::explain::run(&arguments, &terminal),
        Command::Man(arguments) => commands::man::run(&arguments, Arguments::command(), &terminal),
        Command::Completions(arguments) => {
            commands::completions::run(&arguments, Arguments::command(), &terminal)
        }
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::CheckFailed) => ExitCode::from(1),
        Err(error) => {
            terminal::say(&format!("{:?}", miette::Report::new(error)));
            ExitCode::from(2)
        }
    }
}

/// Ends with what is wrong with the arguments and, where the library knows one, the remedy.
fn refuse(mut error: clap::Error) -> ! {
    let cause = std::error::Error::source(&error);
    let cause = cause.and_then(|cause| cause.downcast_ref::<headwater::error::Error>());
    if let Some(remedy) = cause.and_then(|cause| cause.help().map(|help| help.to_string())) {
        let tip = ContextValue::StyledStrs(vec![remedy.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
    error.exit()
}

/// What a command came to, apart from an error.
enum Outcome {
    /// It did its work.
    Done,
    /// It did its work and a check failed.
    CheckFailed,
}
