//! The command line.

mod events;
mod policy;
mod review;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use forewarn_findings::{Protects, Severity, Side};
use forewarn_policy::catalogue;
use forewarn_reports::Format;

use crate::exit::Exit;
use crate::output::Target;

#[cfg(feature = "sql")]
pub(crate) use events::Sql;
pub(crate) use events::{
    Baseline, BaselineForm, Changes, Ddl, Detect, Engine, Events, Import, Investigate, Keys, RowForm, RowTarget, Ruled,
    Rules, Search, Verify,
};
pub(crate) use policy::{Block, BlockSetting, Compare, Decide, Form, Grants, Limits, Lint, Policy, Reach};
pub(crate) use review::{Review, Target as ReviewTarget};

/// What `--version` says, with and without `-v`: the catalogue too, whose age bounds what the program knows of AWS.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let (program, version, date) = (env!("CARGO_PKG_VERSION"), catalogue::version(), catalogue::date());
        format!("{program}\naction catalogue {version} of {date}")
    });
    &TEXT
}

/// Audit the IAM and S3 posture of live AWS accounts, with proof.
///
/// Every "this is open" comes with a concrete request that AWS would allow and the statement that allows it. What
/// could not be read is "unknown", never a pass.
#[derive(Debug, Parser)]
#[command(
    name = "forewarn",
    version,
    long_version = long_version(),
    after_help = Exit::TABLE,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Say more: calls per operation, and what goes on. Twice: every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// No progress and no notes, only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// How notes on stderr are written
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORM")]
    pub(crate) log_format: LogFormat,

    /// Read options from this file instead of ./forewarn.toml
    #[arg(long, global = true, value_name = "FILE", env = "FOREWARN_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// How notes on stderr are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit live AWS accounts, or a saved snapshot of them
    Audit(Box<Audit>),
    /// Audit a bundled sample organisation: no AWS account needed
    Demo(Demo),
    /// Say what a change would open before it is applied
    Review(Box<Review>),
    /// List the checks, or explain one
    #[command(subcommand)]
    Checks(Checks),
    /// List the accepted findings, or check the file that has them
    #[command(subcommand)]
    Exceptions(Exceptions),
    /// Write a stored run in another format: the same bytes as at the time
    Report(Report),
    /// Say what is new and what is gone between two stored runs
    Diff(Diff),
    /// Look into stored runs: which there are, what was open, since when a finding is known
    #[command(subcommand)]
    History(History),
    /// Ask about policies: who gets in, may this pass, does it allow more, is it administrator
    #[command(subcommand)]
    Policy(Policy),
    /// Read CloudTrail logs at volume into a store of files, and ask it
    #[command(subcommand)]
    Events(Events),
    /// Print the least-privilege IAM policy that an audit needs: of one account, of an organisation, or of the role in its members
    Permissions(Permissions),
    /// Find out which reads are denied here, and which checks that disables
    Doctor(Doctor),
    /// Tell AWS Security Hub what a stored run found
    #[command(subcommand, name = "securityhub")]
    SecurityHub(SecurityHub),
    /// Print the JSON Schema of a format
    Schema(Schema),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which accounts, and how to get there.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to look")]
pub(crate) struct Connection {
    /// Profile of the AWS configuration files
    #[arg(long, value_name = "NAME", env = "FOREWARN_PROFILE")]
    pub(crate) profile: Option<String>,

    /// Region to start from (default: the profile's, else us-east-1)
    #[arg(long, value_name = "REGION", env = "FOREWARN_REGION")]
    pub(crate) region: Option<String>,

    /// Look at these regions only (default: every enabled region)
    #[arg(long, value_name = "REGION,…", value_delimiter = ',', env = "FOREWARN_REGIONS")]
    pub(crate) regions: Vec<String>,

    /// Assume this role first; its session is limited to reading
    #[arg(long, value_name = "ARN", env = "FOREWARN_ROLE_ARN")]
    pub(crate) role_arn: Option<String>,

    /// Look at every account of the organisation, as its management account or a delegated one
    #[arg(long, conflicts_with = "accounts")]
    pub(crate) org: bool,

    /// Look at these accounts only
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) accounts: Vec<String>,

    /// Leave these accounts alone
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) skip_accounts: Vec<String>,

    /// Role to assume in each account but your own; its sessions are limited to reading
    /// (default: `OrganizationAccountAccessRole`)
    #[arg(long, value_name = "NAME", env = "FOREWARN_MEMBER_ROLE")]
    pub(crate) member_role: Option<String>,

    /// External id for the roles that are assumed
    #[arg(long, value_name = "ID", env = "FOREWARN_EXTERNAL_ID")]
    pub(crate) external_id: Option<String>,

    /// Send every call to this address, such as an emulator
    #[arg(long, value_name = "URL", env = "FOREWARN_ENDPOINT_URL")]
    pub(crate) endpoint_url: Option<String>,

    /// Calls in flight at most, of all accounts together; halved for an account that AWS throttles (default: 50)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512), env = "FOREWARN_MAX_IN_FLIGHT")]
    pub(crate) max_in_flight: Option<u16>,
}

/// How far back CloudTrail is asked, and what to compare with.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Looking back")]
pub(crate) struct LookBack {
    /// Look back over the last N days of CloudTrail, up to 90; 0 = not at all (default: 7)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=i64::from(forewarn_collect::MOST_DAYS)), env = "FOREWARN_EVENTS_DAYS")]
    pub(crate) events_days: Option<u16>,

    /// Spend at most so many seconds on it in each region, at one call a second (default: 60)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..), env = "FOREWARN_EVENTS_BUDGET")]
    pub(crate) events_budget: Option<u16>,

    /// A snapshot of earlier: what policies were before they were changed
    #[arg(long, value_name = "FILE")]
    pub(crate) earlier: Option<PathBuf>,

    /// An event store: changes and the use of keys come from it, and CloudTrail is asked only for what it does not have
    #[arg(long, value_name = "DIR")]
    pub(crate) events: Option<PathBuf>,
}

/// What to judge.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to judge")]
pub(crate) struct Selection {
    /// Run only these checks (see `forewarn checks list`)
    #[arg(long = "check", value_name = "ID,…", value_delimiter = ',')]
    pub(crate) checks: Vec<String>,

    /// Leave these checks out
    #[arg(long = "skip", value_name = "ID,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    #[command(flatten)]
    pub(crate) tags: Tags,

    /// Ask AWS which services each user and role used: at least 2 calls for each of them
    #[arg(long)]
    pub(crate) last_accessed: bool,

    /// Trust these accounts as if they were the organisation's own
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) trusted_accounts: Vec<String>,
}

/// Checks by their tags.
#[derive(Debug, Default, Args)]
pub(crate) struct Tags {
    /// Only checks that protect one of these
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', value_parser = protects())]
    pub(crate) protects: Vec<Protects>,

    /// Only checks on this side of AWS's shared responsibility model: what the customer alone decides, or what AWS does a
    /// part of
    #[arg(long, value_name = "SIDE", value_parser = side())]
    pub(crate) side: Option<Side>,
}

fn protects() -> impl clap::builder::TypedValueParser<Value = Protects> {
    PossibleValuesParser::new(Protects::ALL.map(Protects::word)).try_map(|word| word.parse::<Protects>())
}

fn side() -> impl clap::builder::TypedValueParser<Value = Side> {
    PossibleValuesParser::new(Side::ALL.map(Side::word)).try_map(|word| word.parse::<Side>())
}

/// What to write, and what counts as failed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Write this format; NAME=PATH for a file, `-` for stdout. Repeatable (default: text)
    #[arg(short, long = "format", value_name = "NAME[=PATH]", long_help = formats())]
    pub(crate) formats: Vec<Target>,

    /// Say what is new, as before and gone since this earlier run, a file of `-f json`
    #[arg(long, value_name = "FILE", env = "FOREWARN_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Exit with 1 when a finding is at least this severe (default: high), or when any is new since the baseline
    #[arg(long, value_enum, value_name = "SEVERITY", env = "FOREWARN_FAIL_ON")]
    pub(crate) fail_on: Option<FailOn>,

    /// Findings that somebody accepts, with owner, reason and end: shown, and no reason to fail
    #[arg(long, value_name = "FILE", env = "FOREWARN_EXCEPTIONS")]
    pub(crate) exceptions: Option<PathBuf>,

    /// Store the run in this file, and say since when each finding is known
    #[arg(long, value_name = "FILE", env = "FOREWARN_HISTORY")]
    pub(crate) history: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// An unknown does not change the exit code
    #[arg(long)]
    pub(crate) allow_unknown: bool,

    /// List every finding in the text, however many there are
    #[arg(long)]
    pub(crate) all: bool,
}

/// The formats and who reads them.
fn formats() -> String {
    let lines = Format::ALL.iter().map(|format| format!("\n  {:<9} {}", format.name, format.what));
    format!(
        "Write this format; NAME=PATH for a file, `-` for stdout. Repeatable (default: text)\n{}",
        lines.collect::<String>()
    )
}

/// From which severity on a finding fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
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
    /// Any that is new since `--baseline`, or rests on other evidence than then.
    New,
    /// Never.
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` = none does by its severity.
    pub(crate) fn threshold(self) -> Option<Severity> {
        match self {
            Self::Informational => Some(Severity::Informational),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::New | Self::Never => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) connection: Connection,

    #[command(flatten)]
    pub(crate) look_back: LookBack,

    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) output: Output,

    /// Audit this saved snapshot instead of the live account
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["profile", "role_arn", "org", "accounts", "skip_accounts", "endpoint_url", "save_snapshot"]
    )]
    pub(crate) snapshot: Option<PathBuf>,

    /// Save what was read; compressed when the name ends in .zst
    #[arg(long, value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,

    /// Leave tags, events, last use and contacts out of the saved snapshot, for one that others review changes with
    #[arg(long, requires = "save_snapshot")]
    pub(crate) share: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) output: Output,

    /// Save what was read; compressed when the name ends in .zst
    #[arg(long, value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Checks {
    /// Every check: id, severity, what it protects (C, I, A), title
    List {
        #[command(flatten)]
        tags: Tags,
    },
    /// What a check finds, why it matters, how to fix it
    Explain {
        /// The check, such as `s3.reachable_by_anyone`
        id: String,
    },
    /// Which controls of a framework checks answer, and which a person has to
    Coverage {
        /// The edition, such as `cis-aws-3.0.0`; without it, how much of each edition is answered
        framework: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exceptions {
    /// Every exception: what it accepts, owner, end, days left; those that have ended too
    List {
        #[command(flatten)]
        file: ExceptionsFile,

        /// How the list is written
        #[arg(short, long = "format", value_enum, default_value = "text", value_name = "NAME")]
        format: Form,
    },
    /// Say what is wrong with the file: mistakes, exceptions that have ended, and with --run those that accept nothing
    Check {
        #[command(flatten)]
        file: ExceptionsFile,

        /// A run, as `-f json` wrote it, to hold them against
        #[arg(long, value_name = "RUN.json")]
        run: Option<PathBuf>,
    },
}

/// Reports that leave the house.
#[derive(Debug, Args)]
pub(crate) struct Redact {
    /// Put made-up words in place of account ids, names, addresses and keys, in every format
    #[arg(long)]
    pub(crate) redact: bool,

    /// The same, with words that stay the same from run to run: made with the secret in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) redact_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The run, as `-f json` wrote it
    #[arg(value_name = "RUN.json")]
    pub(crate) run: PathBuf,

    /// Write this format; NAME=PATH for a file, `-` for stdout. Repeatable (default: text)
    #[arg(short, long = "format", value_name = "NAME[=PATH]")]
    pub(crate) formats: Vec<Target>,

    /// The snapshot that the run was of, for the lines of `-f sarif`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["redact", "redact_key"])]
    pub(crate) snapshot: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// List every finding in the text, however many there are
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The earlier run, as `-f json` wrote it
    #[arg(value_name = "OLD.json")]
    pub(crate) old: PathBuf,

    /// The later run
    #[arg(value_name = "NEW.json")]
    pub(crate) new: PathBuf,

    /// How it is written
    #[arg(short, long = "format", value_enum, default_value = "text", value_name = "NAME")]
    pub(crate) format: Form,
}

#[derive(Debug, Subcommand)]
pub(crate) enum History {
    /// Every stored run, the latest first
    List {
        #[command(flatten)]
        from: HistoryFile,
    },
    /// What was open in a run: new, back, gone, and for how long
    Show {
        /// Id of the run or its beginning; `latest` is the last one
        run: String,

        #[command(flatten)]
        from: HistoryFile,
    },
    /// When a finding was open
    Finding {
        /// Its fingerprint or the beginning of it
        fingerprint: String,

        #[command(flatten)]
        from: HistoryFile,
    },
}

/// The file with the stored runs.
#[derive(Debug, Args)]
pub(crate) struct HistoryFile {
    /// The file (default: `history` of the configuration)
    #[arg(long = "history", value_name = "FILE", env = "FOREWARN_HISTORY")]
    pub(crate) path: Option<PathBuf>,

    /// How it is written
    #[arg(short, long = "format", value_enum, default_value = "text", value_name = "NAME")]
    pub(crate) format: Form,
}

/// The file with the exceptions.
#[derive(Debug, Args)]
pub(crate) struct ExceptionsFile {
    /// The file (default: `exceptions` of the configuration, else exceptions.toml)
    #[arg(long = "exceptions", value_name = "FILE", env = "FOREWARN_EXCEPTIONS")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecurityHub {
    /// Send what fails, archive what fails no longer: this writes to the Security Hub of each account
    ///
    /// The caller needs `securityhub:BatchImportFindings` and `securityhub:GetFindings`, and so does the member role in
    /// every other account of the run: Security Hub takes findings from their own account only.
    Import(ImportFindings),
}

#[derive(Debug, Args)]
pub(crate) struct ImportFindings {
    /// The stored run, a file of `-f json`
    #[arg(value_name = "RUN.json")]
    pub(crate) run: PathBuf,

    /// Send every result, what passes and what is unknown too; says first what that costs
    #[arg(long)]
    pub(crate) include_pass: bool,

    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// The partition of the account
    #[arg(long, value_name = "NAME", default_value = "aws", value_parser = ["aws", "aws-cn", "aws-us-gov"])]
    pub(crate) partition: String,

    /// For whoever runs `audit --org` or `--accounts`: the same, and leave to assume the member role
    #[arg(long)]
    pub(crate) org: bool,

    /// For the member role in the other accounts
    #[arg(long, conflicts_with = "org")]
    pub(crate) member: bool,

    /// The member role that --org means
    #[arg(long, value_name = "NAME", requires = "org")]
    pub(crate) member_role: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) connection: Connection,

    #[command(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// The format
    #[arg(value_parser = ["findings"])]
    pub(crate) format: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_names_the_catalogue_unless_it_is_the_short_one() {
        let said = |words: &[&str]| {
            let shown = Cli::try_parse_from([&["forewarn"], words].concat()).unwrap_err();
            assert_eq!(shown.kind(), clap::error::ErrorKind::DisplayVersion, "{words:?}");
            shown.to_string()
        };
        let program = concat!("forewarn ", env!("CARGO_PKG_VERSION"), "\n");
        let long = format!("{program}action catalogue {} of {}\n", catalogue::version(), catalogue::date());
        for words in [["--version", "-v"], ["-v", "--version"], ["--version", "--verbose"]] {
            assert_eq!(said(&words), long, "{words:?}");
        }
        assert_eq!(said(&["--version"]), long);
        assert_eq!(said(&["-V"]), program);
    }
}
