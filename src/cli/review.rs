//! The options of `forewarn review`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use forewarn_plan::{Attach, Kind};
use forewarn_reports::review::Format;

use super::{Connection, FailOn, Redact, Selection};

/// Says what a change would open, before it is applied.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The change: a plan as `terraform show -json PLAN` or `tofu show -json PLAN` writes it, a template or change set of
    /// CloudFormation, the folder that `cdk synth` made, or a policy document with --as
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// What a policy document is to be, such as bucket-policy:NAME, role-trust:ROLE, role-policy:ROLE
    #[arg(long = "as", value_name = "KIND:NAME")]
    pub(crate) attach: Option<Attach>,

    /// What the file is (default: as its content says)
    #[arg(long, value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(Kind::ALL.map(Kind::name)))]
    pub(crate) kind: Option<String>,

    /// The folder of the configuration that a plan was made from: findings stand on the lines of its `.tf` files
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,

    /// The value of a parameter of a template, such as Env=prod. Repeatable
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,

    /// The accounts as they are: a snapshot of `audit --save-snapshot` (default: the live account is read)
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["profile", "role_arn", "endpoint_url", "org", "accounts"])]
    pub(crate) against: Option<PathBuf>,

    /// Look at the change alone: what it does not say is taken to be not there
    #[arg(long, conflicts_with_all = ["against", "profile", "role_arn", "endpoint_url", "org", "accounts"])]
    pub(crate) standalone: bool,

    /// The account that changes, where the snapshot has several
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,

    #[command(flatten)]
    pub(crate) connection: Connection,

    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Write this format: text, markdown, json, sarif or junit; NAME=PATH for a file, `-` for stdout. Repeatable
    #[arg(short, long = "format", value_name = "NAME[=PATH]", help_heading = "Output")]
    pub(crate) formats: Vec<Target>,

    /// Exit with 1 when the change introduces a finding at least this severe (default: high)
    #[arg(long, value_enum, value_name = "SEVERITY", env = "FOREWARN_FAIL_ON", help_heading = "Output")]
    pub(crate) fail_on: Option<Least>,

    /// A review that is not whole does not change the exit code
    #[arg(long, help_heading = "Output")]
    pub(crate) allow_unknown: bool,

    #[command(flatten, next_help_heading = "Output")]
    pub(crate) redact: Redact,

    /// List everything in the text, however much it is
    #[arg(long, help_heading = "Output")]
    pub(crate) all: bool,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "a parameter is NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has twelve digits".to_owned())
    }
}

/// From which severity on an introduced finding fails the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Least {
    /// Any finding.
    Informational,
    /// Low and worse.
    Low,
    /// Medium and worse.
    Medium,
    /// High and worse.
    High,
    /// Critical only.
    Critical,
    /// Never.
    Never,
}

impl From<Least> for FailOn {
    fn from(least: Least) -> Self {
        match least {
            Least::Informational => Self::Informational,
            Least::Low => Self::Low,
            Least::Medium => Self::Medium,
            Least::High => Self::High,
            Least::Critical => Self::Critical,
            Least::Never => Self::Never,
        }
    }
}

/// A format and where it goes: `sarif`, `sarif=-` or `sarif=review.sarif`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// `None` = stdout.
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
        let format = name.parse()?;
        match path {
            Some("") => Err(format!("`{text}` names no file after `=`")),
            Some("-") | None => Ok(Self { format, path: None }),
            Some(path) => Ok(Self { format, path: Some(PathBuf::from(path)) }),
        }
    }
}
