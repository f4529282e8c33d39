//! `headwater serve`: the dashboard on this machine.

use std::path::PathBuf;

use headwater::error::Result;
use headwater_server::{Options, default_store, serve};

use crate::Outcome;
use crate::terminal::Terminal;

/// Serve the dashboard and its JSON API on this machine
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater serve
  headwater serve --port 9000 --store ./dashboard
  headwater serve --host 0.0.0.0 --token \"$(openssl rand -hex 16)\"
  HEADWATER_TOKEN=... headwater serve --host 0.0.0.0

Uploads and runs are kept in the store; a run there is an ordinary run directory. Only this machine is
served unless --host says otherwise, and then every request needs the token: open the page once as
http://HOST:PORT/?token=TOKEN. In the environment (HEADWATER_TOKEN) the token does not stand in the list of
processes. Ctrl-C ends it; a fit that runs is recorded as interrupted, those that
wait go on when it starts again. The API is described at /api/docs.")]
pub struct Arguments {
    /// The port
    #[arg(long, default_value_t = 8501)]
    port: u16,

    /// The address to serve on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,

    /// The folder of uploads and runs [default: headwater in this user's folder for data of programs]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,

    /// What every request must bring; needed on another host than this machine [default: what
    /// HEADWATER_TOKEN holds]
    #[arg(long)]
    token: Option<String>,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let store = match &arguments.store {
        Some(store) => store.clone(),
        None => default_store()?,
    };
    let options = Options {
        host: arguments.host.clone(),
        port: arguments.port,
        store,
        token: arguments.token.clone().or_else(token_of_environment),
    };
    let mut printed = Ok(());
    serve(&options, |address| {
        let enter = match options.token {
            Some(_) => "/?token=TOKEN",
            None => "",
        };
        printed = terminal.print(&format!(
            "Headwater  {address}{enter}\nStore      {}\nCtrl-C ends it.\n",
            options.store.display()
        ));
    })?;
    printed?;
    Ok(Outcome::Done)
}

fn token_of_environment() -> Option<String> {
    let token = std::env::var("HEADWATER_TOKEN").ok();
    token.filter(|token| !token.is_empty())
}
