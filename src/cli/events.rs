//! `forewarn events`: what is asked of CloudTrail at volume.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use super::{Connection, FailOn, Redact};
use crate::output::suggestion;

// The first line of each is that of its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    Import(Import),
    Search(Search),
    #[cfg(feature = "sql")]
    Sql(Sql),
    Ddl(Ddl),
    Verify(Verify),
    Detect(Detect),
    Rules(Rules),
    Baseline(Baseline),
    Investigate(Box<Investigate>),
    Changes(Changes),
    Keys(Keys),
}

/// Where events are kept.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// The event store, a folder of Parquet files
    #[arg(long = "store", value_name = "DIR", default_value = "forewarn-events", env = "FOREWARN_EVENTS_STORE")]
    pub(crate) store: PathBuf,
}

/// Read CloudTrail logs into a store: files, folders, `s3://bucket/prefix` or `-` for stdin
///
/// Takes what AWS writes: delivered log files, plain or compressed, lines of records, pages of `LookupEvents`, rows of
/// CloudTrail Lake and Athena, envelopes of EventBridge and CloudWatch Logs. A file is read once; an event is kept once.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files, folders and `s3://bucket/prefix`; `-` is stdin
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// Of a bucket, read only the days from here on: `7d`, `2026-03-01`
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Of a bucket, read only the days up to here
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Profile of the AWS configuration files, for a bucket
    #[arg(long, value_name = "NAME", env = "FOREWARN_PROFILE")]
    pub(crate) profile: Option<String>,

    /// Region of the bucket (default: the profile's, else us-east-1)
    #[arg(long, value_name = "REGION", env = "FOREWARN_REGION")]
    pub(crate) region: Option<String>,

    /// Send every call to this address, such as an emulator
    #[arg(long, value_name = "URL", env = "FOREWARN_ENDPOINT_URL")]
    pub(crate) endpoint_url: Option<String>,

    /// Mend damaged text, such as typographic quotes and missing brackets, and list each change
    #[arg(long)]
    pub(crate) repair: bool,

    /// What could not be read does not change the exit code
    #[arg(long)]
    pub(crate) allow_unreadable: bool,
}

/// Find events: `actor:alice action:Delete* ip:198.51.100.0/24 -error since:7d "free text"`
///
/// All terms must hold; `-` before one turns it around; a comma between values means any of them; `*` and `?` stand for
/// any text and any character; upper and lower case are the same. `error` alone means a refused call. A word without a
/// field is looked for in the whole record. Times are UTC.
#[derive(Debug, Args)]
#[command(after_help = SEARCH_HELP)]
pub(crate) struct Search {
    /// What to look for; nothing finds everything
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// How the events are written: table, json, csv or parquet; FORM=FILE for a file, written whole or not at all
    #[arg(short, long, default_value = "table", value_name = "FORM[=FILE]")]
    pub(crate) format: RowTarget,

    /// Count by these fields instead, such as `action,ip` or `weekday,hour`
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,

    /// Show so many events or counts; 0 = all (default: 100 in a table, else all)
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// Print the SQL that asks the same, and ask nothing
    #[arg(long, conflicts_with_all = ["redact", "redact_key"])]
    pub(crate) print_sql: bool,
}

const SEARCH_HELP: &str = "\
Fields:
  actor action service ip agent region account error message resource id key user name role session
  source identity mfa readonly type category class request shared endpoint invokedby version
  day hour weekday; since: and until: take 7d, 12h, 2026-03-01 or 2026-03-01T10:00:00Z

A filter that begins with a minus goes last, after `--`: forewarn events search -- -error";

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowForm {
    /// For people.
    Table,
    /// A line of JSON each. Of events the records; credentials are taken away.
    Json,
    /// Comma-separated values. Of events the columns of the store but the record itself.
    Csv,
    /// A Parquet file. Of events the columns of the store; credentials are taken away from the record.
    Parquet,
}

/// A form, and the file that it goes to; `None` = stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowTarget {
    pub(crate) form: RowForm,
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for RowTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORMS: [(&str, RowForm); 4] =
            [("table", RowForm::Table), ("json", RowForm::Json), ("csv", RowForm::Csv), ("parquet", RowForm::Parquet)];
        let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
        let form = FORMS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form).ok_or_else(|| {
            let known = FORMS.map(|(known, _)| known);
            let hint = suggestion(name, known)
                .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
            format!("unknown form `{name}`; {hint}")
        })?;
        match path {
            Some("") => Err(format!("`{text}` names no file after `=`")),
            None | Some("-") if form == RowForm::Parquet => {
                Err(format!("`{name}` is no text; name a file, such as `{name}=events.parquet`"))
            }
            None | Some("-") => Ok(Self { form, path: None }),
            Some(path) => Ok(Self { form, path: Some(path.into()) }),
        }
    }
}

/// Ask the events in SQL, for what a filter cannot say
///
/// The table is `forewarn_events` with the columns of `forewarn events ddl`; times are UTC. Statements read: nothing is
/// written, and no file but the store is seen. `events search --print-sql` shows a filter as a statement to start from.
#[cfg(feature = "sql")]
#[derive(Debug, Args)]
#[command(after_help = SQL_HELP)]
pub(crate) struct Sql {
    /// The statement; `-` reads it from stdin
    #[arg(value_name = "STATEMENT")]
    pub(crate) statement: String,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// How the rows are written: table, json, csv or parquet; FORM=FILE for a file, written whole or not at all
    #[arg(short, long, default_value = "table", value_name = "FORM[=FILE]")]
    pub(crate) format: RowTarget,

    /// Show so many rows; 0 = all (default: 100 in a table, else all)
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Memory for sorts, groups and joins; what needs more goes to temporary files
    #[arg(long, value_name = "MB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
}

#[cfg(feature = "sql")]
const SQL_HELP: &str = "\
Examples:
  forewarn events sql \"SELECT api_operation, count(*) AS calls FROM forewarn_events GROUP BY 1 ORDER BY 2 DESC\"
  forewarn events sql -f parquet=denied.parquet \"SELECT * FROM forewarn_events WHERE api_response_error LIKE 'Access%'\"
  forewarn events search --print-sql 'actor:alice since:7d' | forewarn events sql -

Functions beside those of SQL: get_json_object(raw_data, '$.requestParameters.bucketName'), in_network(src_endpoint_ip,
'2001:db8::/32'). `raw_data` is the record as it was delivered, session tokens included. More: docs/sql.md";

/// Print the statement that makes the store a table of an engine
#[derive(Debug, Args)]
pub(crate) struct Ddl {
    /// The engine
    #[arg(long, value_enum)]
    pub(crate) engine: Engine,

    /// Where the engine finds the store, such as `s3://bucket/prefix`
    #[arg(long, value_name = "LOCATION", default_value = "forewarn-events")]
    pub(crate) location: String,

    /// The name of the table
    #[arg(long, value_name = "NAME", default_value = forewarn_store::TABLE)]
    pub(crate) table: String,
}

/// An engine that reads Parquet files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Athena,
    Spark,
    Trino,
    Duckdb,
}

/// Check delivered log files on disk against the chain of their digest files
///
/// A digest has the hashes of the log files of an hour and of the digest before it, and CloudTrail signs it. What is
/// missing, altered or not signed is an exit code of 1. The signature of a digest on disk is known from the one after it.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Folders with the digests and the log files, as `aws s3 sync` copies them
    #[arg(value_name = "FOLDER", required = true)]
    pub(crate) folders: Vec<String>,

    /// The answer of `aws cloudtrail list-public-keys` for the time in question
    #[arg(long, value_name = "FILE")]
    pub(crate) public_keys: Option<PathBuf>,

    /// Files that could not be read, and signatures that could not be checked, do not change the exit code
    #[arg(long)]
    pub(crate) allow_unreadable: bool,
}

/// Find what stands out: mass terminations, opened buckets, shared keys, sign-ins that were guessed
///
/// Windows slide over the whole store, across files, days and regions, and count by the person behind a session, as far as
/// the events tell.
#[derive(Debug, Args)]
#[command(after_help = DETECT_HELP)]
pub(crate) struct Detect {
    #[command(flatten)]
    pub(crate) kept: Kept,

    #[command(flatten)]
    pub(crate) ruled: Ruled,

    /// Set a threshold, such as `ec2.mass_termination.instances=10`. Repeatable
    #[arg(long = "set", value_name = "DETECTION.NAME=N")]
    pub(crate) thresholds: Vec<String>,

    /// Write this form: text, json or ocsf; NAME=PATH for a file, `-` for stdout. Repeatable (default: text)
    #[arg(short, long = "format", value_name = "NAME[=PATH]")]
    pub(crate) formats: Vec<String>,

    /// Look from here on only: `7d`, `2026-03-01`
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Look up to here only
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// Exit with 1 when a hit is at least this severe (default: high)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,

    /// What could not be decided does not change the exit code
    #[arg(long)]
    pub(crate) allow_unknown: bool,
}

/// Rules of a user, and what fills them.
#[derive(Debug, Args)]
pub(crate) struct Ruled {
    /// Run the Sigma rules of this folder, or this file, too. Repeatable
    #[arg(long = "rules", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,

    /// A list that detections ask for, an entry a line. Repeatable
    #[arg(long = "list", value_name = "NAME=FILE")]
    pub(crate) lists: Vec<String>,
}

/// List the detections, or say what there is to know of one
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// A detection, such as `ec2.mass_termination`; without it all are listed
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) ruled: Ruled,
}

const DETECT_HELP: &str = "\
Sigma rules for AWS CloudTrail are run as they are; those for other logs are set aside and counted. A rule that cannot
be honoured is an error that names its file and line. `%name%` with the modifier `expand` is filled from `--list`.

Lists:
  production_instances  ids or ARNs; ec2.mass_termination counts only these where the list is given
  trusted_accounts      accounts of the same owner
  office_networks, vpn_networks, ci_networks
                        addresses and CIDR blocks; all of one list are one place for iam.access_key_shared";

/// Work a case: from one event to who did it, what is unusual about it, the story with its sources, and what to do
///
/// Writes a folder with case.json, case.md and case.html. Every sentence names the events that it rests on; what cannot be
/// answered says what is missing for it. Nothing is sent anywhere, and no command of the plan is run.
#[derive(Debug, Args)]
#[command(after_help = INVESTIGATE_HELP)]
pub(crate) struct Investigate {
    /// The id of an event, an ARN, an access key, an address, an instance; with --hits also the id of a detection
    #[arg(value_name = "WHAT", required = true)]
    pub(crate) what: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// The folder of the case (default: its id)
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Where people work, a line each: networks, countries, continents
    #[arg(long, value_name = "FILE")]
    pub(crate) networks: Option<PathBuf>,

    /// When people work, such as `mon-fri 07:00-19:00 Europe/Berlin`, or with an offset such as `-05:00`
    #[arg(long, value_name = "HOURS", allow_hyphen_values = true)]
    pub(crate) hours: Option<String>,

    /// What is harmless, a line each: a value, then `#` and why. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) allow: Vec<PathBuf>,

    /// What is known to be bad, a line each: addresses, networks, names. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) threats: Vec<PathBuf>,

    /// Where addresses are: a database in the format of MaxMind, of countries or cities
    #[arg(long, value_name = "FILE")]
    pub(crate) places: Option<PathBuf>,

    /// A list of the detections; `production_instances` is asked for
    #[arg(long = "list", value_name = "NAME=FILE")]
    pub(crate) lists: Vec<String>,

    /// What accounts are for: JSON of account ids, each with purpose, owner, unit, production, systems
    #[arg(long, value_name = "FILE")]
    pub(crate) about: Option<PathBuf>,

    /// Hits of `forewarn events detect -f json`
    #[arg(long, value_name = "FILE")]
    pub(crate) hits: Option<PathBuf>,

    /// Cases of earlier: a folder of them, or of one
    #[arg(long, value_name = "DIR")]
    pub(crate) cases: Option<PathBuf>,

    /// A snapshot of `forewarn audit --save-snapshot`: what the user may do
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) against: Option<PathBuf>,

    /// Steps from artifact to artifact
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=6))]
    pub(crate) depth: u8,

    /// New artifacts that are followed from each step
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) fan_out: u16,

    #[command(flatten)]
    pub(crate) redact: Redact,
}

const INVESTIGATE_HELP: &str = "\
Examples:
  forewarn events investigate 4f2c19f2-6a0c-4a7b-9d0e-2c5a1b7e8d11 --networks offices.txt
  forewarn events detect -f json=hits.json; forewarn events investigate ec2.mass_termination --hits hits.json
  forewarn events investigate AKIAIOSFODNN7EXAMPLE 203.0.113.7 --depth 3 --out case";

/// Show what is usual for a person, role, key, account or bucket, or bring what is known of it up to date
///
/// Baselines are a file in the store. Once it is there, each import brings it up to date; `events detect` judges by it.
#[derive(Debug, Args)]
pub(crate) struct Baseline {
    /// A name, an ARN, an access key, an account or a bucket; without it all are listed
    #[arg(value_name = "ACTOR")]
    pub(crate) actor: Option<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// Sum up the days that have changed, and keep the file
    #[arg(long)]
    pub(crate) update: bool,

    /// How it is written
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORM")]
    pub(crate) format: BaselineForm,
}

/// How a baseline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BaselineForm {
    /// For a person at a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// Show who changed what: what it was before, what it newly allows, and whether it was ever reset
///
/// Policies of identities, roles, buckets, access points, keys and other resources, Block Public Access, boundaries,
/// policies of the organisation, trails, MFA, access keys and the password policy. What was there before comes from an
/// earlier event or the snapshot of `--against`; the policy engine compares, and shows a request that is allowed since.
#[derive(Debug, Args)]
#[command(after_help = CHANGES_HELP)]
pub(crate) struct Changes {
    /// Show only what these events took part in, in the language of `events search`; nothing shows everything
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// A saved snapshot: what was there before, what identities hold besides, and whether it agrees with the events
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) against: Option<PathBuf>,

    /// Ask AWS for the versions of managed policies, which say what was there where no event does: one bulk call that
    /// only reads (`iam:GetAccountAuthorizationDetails`)
    #[arg(long)]
    pub(crate) live: bool,

    /// Who deploys: a role's name or the pattern of an ARN. What others change is marked. Repeatable (default: `deployers`
    /// of the configuration)
    #[arg(long, value_name = "ROLE")]
    pub(crate) pipeline: Vec<String>,

    /// Write this form: text, json, or any format of a report (html, ocsf, sarif, …); NAME=PATH for a file. Repeatable
    /// (default: text)
    #[arg(short, long = "format", value_name = "NAME[=PATH]")]
    pub(crate) formats: Vec<String>,

    /// Show everything in the text: also what opened nothing
    #[arg(long)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// Exit with 1 when something at least this severe is open and was never reset (default: high)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,

    /// What could not be decided, or was not read, does not change the exit code
    #[arg(long)]
    pub(crate) allow_unknown: bool,

    /// For --live
    #[command(flatten)]
    pub(crate) connection: Connection,
}

const CHANGES_HELP: &str = "\
States of what was changed:
  opened and never reset, reset (and after how long), partly reset, opened again, unknown, refused attempts
  Marked besides: made outside the pipeline, granted to oneself, a snapshot that disagrees";

/// Find access keys that more than one person or machine uses
///
/// Two unrelated networks, or two hosts, that take turns with one key within an hour are two users. The sessions of one
/// user or person count together. Calls by AWS services are set apart. Each shared key comes with the plan to split and
/// revoke it: commands that are printed and never run.
#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// Look only at these events, in the language of `events search`; nothing looks at everything
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// Networks that are one place, such as the way out of an office: an address or CIDR block a line. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) networks: Vec<PathBuf>,

    /// The same with a name, such as vpn=FILE or ci=FILE: each list is one place. Repeatable
    #[arg(long = "list", value_name = "NAME=FILE")]
    pub(crate) lists: Vec<String>,

    /// Write this form: text, json or ocsf; NAME=PATH for a file, `-` for stdout. Repeatable (default: text)
    #[arg(short, long = "format", value_name = "NAME[=PATH]")]
    pub(crate) formats: Vec<String>,

    /// List keys that are not shared too
    #[arg(long)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) redact: Redact,

    /// Exit with 1 when a key is shared, which is of high severity (default: high)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,

    /// What was not read, or says nothing, does not change the exit code
    #[arg(long)]
    pub(crate) allow_unknown: bool,
}
