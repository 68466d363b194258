//! One file per verb.

pub(crate) mod audit;
pub(crate) mod checks;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod exceptions;
pub(crate) mod history;
pub(crate) mod policy;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod securityhub;

use std::io::{self, Write};

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Permissions, SecurityHub};
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

/// Carries out one command.
pub(crate) fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, Failed> {
    let config = Config::load(cli.global.config.as_deref()).map_err(Failed::usage)?;
    let verbose = cli.global.verbose > 0;
    match cli.command {
        Command::Audit(audit) => audit::run(&audit, &config, terminal, verbose),
        Command::Demo(demo) => demo::run(&demo, &config, terminal, verbose),
        Command::Review(asked) => review::run(&asked, &config, terminal, verbose),
        Command::Checks(command) => checks::run(&command),
        Command::Exceptions(command) => exceptions::run(&command, &config, terminal),
        Command::History(command) => history::run(&command, &config),
        Command::Report(asked) => report::run(&asked, terminal, verbose),
        Command::Diff(asked) => report::diff(&asked, terminal),
        Command::Policy(command) => policy::run(&command, terminal, verbose),
        Command::Events(command) => events::run(&command, &config, terminal),
        Command::Permissions(asked) => permissions(&asked, &config),
        Command::Doctor(doctor) => doctor::run(&doctor, &config, terminal),
        Command::SecurityHub(SecurityHub::Import(import)) => securityhub::run(&import, &config, terminal),
        Command::Schema(_) => print(|out| writeln!(out, "{}", forewarn_reports::schema())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "forewarn", &mut script);
            print(|out| out.write_all(&script))
        }
        Command::Man => print(|out| clap_mangen::Man::new(Cli::command()).render(out)),
    }
}

fn permissions(asked: &Permissions, config: &Config) -> Result<Exit, Failed> {
    let partition = asked.partition.as_str();
    let role = asked.member_role.as_deref().or(config.member_role.as_deref());
    let policy = match (asked.org, asked.member) {
        (true, _) => forewarn_collect::caller_policy(partition, role.unwrap_or(forewarn_collect::MEMBER_ROLE)),
        (false, true) => forewarn_collect::member_policy(partition),
        (false, false) => forewarn_collect::permissions_policy(partition),
    };
    print(|out| writeln!(out, "{policy}"))
}

/// Prints data and is done.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit, Failed> {
    Terminal::data(write).map_err(Failed::internal)?;
    Ok(Exit::Clean)
}
