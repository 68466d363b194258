//! `forewarn policy`: the questions and what they take.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use forewarn_policy::{ContextValue, PolicyKind, Principal, ResourceKind, Severity, Side};

// The first line of each is that of its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Reach(Reach),
    Decide(Decide),
    Compare(Compare),
    Grants(Grants),
    Lint(Lint),
    /// Answer JSON lines with JSON lines, for programs
    Batch {
        /// The questions, one JSON object a line (default: stdin)
        file: Option<PathBuf>,
    },
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// A JSON object a line, as `policy batch` answers.
    Json,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Answer {
    /// How the answer is written
    #[arg(short, long = "format", value_enum, default_value = "text", value_name = "NAME")]
    pub(crate) format: Form,
}

/// What a FILE may be; the same for every question.
macro_rules! files {
    ($exits:literal, $examples:literal) => {
        concat!(
            $exits,
            "\n\nA FILE holds a policy document, or an answer of the AWS CLI with one in it. `-` is stdin, and the word ",
            "`unreadable` stands for a policy that there is and that could not be read.\n\n",
            $examples
        )
    };
}

/// Who outside the account gets in with this policy of a resource, and with which request
///
/// Every request is considered, not only those that somebody thought of: "no" means that there is none. What lets
/// somebody in comes with the request, the statement and the parts of it that decide.
#[derive(Debug, Args)]
#[command(after_help = files!(
    "Exit codes: 0 no outsider gets in, 1 one does, 2 wrong usage or input, 4 it could not be decided",
    "Examples:\n  aws s3api get-bucket-policy --bucket b | forewarn policy reach --account 111111111111 -\n  \
     forewarn policy reach trust.json --kind role-trust --account 111111111111 --org-id o-abc"
))]
pub(crate) struct Reach {
    /// Policies of resources, each looked at by itself
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// What the policy hangs on (default: told from its resources and actions)
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,

    /// The resource itself (default: the one that the policy is about)
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Option<String>,

    /// The account that owns the resource (default: the one in its ARN, else none that the policy names)
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,

    /// Only these actions, such as `s3:Get*` (default: any)
    #[arg(long = "action", value_name = "PATTERN,…", value_delimiter = ',')]
    pub(crate) actions: Vec<String>,

    /// The organisation that the account belongs to. Its accounts are not all known unless --org-account names them
    #[arg(long, value_name = "ID", help_heading = "Who is no outsider")]
    pub(crate) org_id: Option<String>,

    /// All accounts of the organisation
    #[arg(long = "org-account", value_name = "ID,…", value_delimiter = ',', value_parser = account, help_heading = "Who is no outsider")]
    pub(crate) org_accounts: Vec<String>,

    /// Accounts that are trusted although they are outside the organisation
    #[arg(long = "trusted-account", value_name = "ID,…", value_delimiter = ',', value_parser = account, help_heading = "Who is no outsider")]
    pub(crate) trusted_accounts: Vec<String>,

    /// Resource control policies: each option is a level of the organisation
    #[arg(long, value_name = "FILE,…", help_heading = "What limits it")]
    pub(crate) rcp: Vec<String>,

    #[command(flatten)]
    pub(crate) block: Block,

    #[command(flatten)]
    pub(crate) answer: Answer,
}

#[derive(Debug, Args)]
pub(crate) struct Block {
    /// Block Public Access of S3 that is on, whether for the account or the bucket; without a value, all of it
    #[arg(
        long = "block-public-access",
        value_enum,
        value_name = "SETTING,…",
        value_delimiter = ',',
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "all",
        help_heading = "What limits it"
    )]
    pub(crate) settings: Vec<BlockSetting>,
}

/// A switch of S3 Block Public Access that matters to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BlockSetting {
    /// Every switch.
    All,
    /// A public policy serves only the account itself and AWS services.
    RestrictPublicBuckets,
    /// Public ACLs have no effect.
    IgnorePublicAcls,
    /// It could not be read.
    Unreadable,
}

/// What a policy hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// An S3 bucket
    Bucket,
    /// An S3 access point
    AccessPoint,
    /// A role: its trust policy
    RoleTrust,
    /// Any other resource
    Resource,
}

impl From<Kind> for ResourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bucket => Self::BucketPolicy,
            Kind::AccessPoint => Self::AccessPointPolicy,
            Kind::RoleTrust => Self::RoleTrust,
            Kind::Resource => Self::ResourcePolicy,
        }
    }
}

/// Whether one request is allowed, and the statement that decides
///
/// A layer that is not given does not apply; a principal without --identity has no policies of its own.
#[derive(Debug, Args)]
#[command(after_help = files!(
    "Exit codes: 0 allowed, 1 denied, 2 wrong usage or input, 4 it could not be decided",
    "Example:\n  forewarn policy decide --principal arn:aws:iam::111111111111:user/alice \\\n    \
     --action s3:GetObject --resource arn:aws:s3:::b/k --context aws:SourceIp=198.51.100.7 \\\n    \
     --identity alice.json --scp scp.json"
))]
pub(crate) struct Decide {
    /// Who calls: an ARN, `anonymous`, `service:NAME` or `federated:PROVIDER`
    #[arg(long, value_name = "WHO", value_parser = principal)]
    pub(crate) principal: Principal,

    /// What is called, such as s3:GetObject
    #[arg(long, value_name = "ACTION", value_parser = action)]
    pub(crate) action: String,

    /// On which resource; `*` for an action that has none
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: String,

    /// The account that owns the resource (default: the one in its ARN, else the caller's own)
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) resource_account: Option<String>,

    /// A condition key of the request. Repeated, the key has several values
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = context)]
    pub(crate) context: Vec<(String, String)>,

    /// Policies of the caller
    #[arg(long, value_name = "FILE,…", value_delimiter = ',', help_heading = "Policies that judge it")]
    pub(crate) identity: Vec<String>,

    /// Take it that the caller's own policies allow everything
    #[arg(long, conflicts_with = "identity", help_heading = "Policies that judge it")]
    pub(crate) identity_allows_all: bool,

    /// The policy of the resource
    #[arg(long, value_name = "FILE", help_heading = "Policies that judge it")]
    pub(crate) resource_policy: Option<String>,

    #[command(flatten)]
    pub(crate) limits: Limits,

    /// Policies of the session
    #[arg(long, value_name = "FILE,…", value_delimiter = ',', help_heading = "What limits it")]
    pub(crate) session: Vec<String>,

    /// Resource control policies: each option is a level of the organisation
    #[arg(long, value_name = "FILE,…", help_heading = "What limits it")]
    pub(crate) rcp: Vec<String>,

    /// Policies of the VPC endpoint that the call goes through
    #[arg(long, value_name = "FILE,…", value_delimiter = ',', help_heading = "What limits it")]
    pub(crate) endpoint: Vec<String>,

    #[command(flatten)]
    pub(crate) block: Block,

    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// What limits a principal.
#[derive(Debug, Args)]
#[command(next_help_heading = "What limits it")]
pub(crate) struct Limits {
    /// The permissions boundary of the principal
    #[arg(long, value_name = "FILE,…", value_delimiter = ',')]
    pub(crate) boundary: Vec<String>,

    /// Service control policies: each option is a level of the organisation. Where the files of a level allow nothing,
    /// AWS's `FullAWSAccess` is taken to stand beside them
    #[arg(long, value_name = "FILE,…")]
    pub(crate) scp: Vec<String>,
}

/// Whether a new policy allows anything that the old one does not
///
/// Every request is considered: "no" means that the new policy can take the old one's place without letting anybody do
/// more.
#[derive(Debug, Args)]
#[command(after_help = files!(
    "Exit codes: 0 it allows no more, 1 it does, 2 wrong usage or input, 4 it could not be decided",
    "Example:\n  git show HEAD:policy.json | forewarn policy compare policy.json -"
))]
pub(crate) struct Compare {
    /// The policy as it would be
    #[arg(value_name = "NEW")]
    pub(crate) new: String,

    /// The policy as it is
    #[arg(value_name = "OLD")]
    pub(crate) old: String,

    /// One more policy that counts together with NEW
    #[arg(long, value_name = "FILE")]
    pub(crate) with_new: Vec<String>,

    /// One more policy that counts together with OLD
    #[arg(long, value_name = "FILE")]
    pub(crate) with_old: Vec<String>,

    /// What they hang on (default: a resource where a statement has a Principal, else an identity)
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Holder>,

    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// What policies that are compared hang on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Holder {
    /// A user, group or role
    Identity,
    /// A resource
    Resource,
}

impl From<Holder> for Side {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::Identity => Self::Identity,
            Holder::Resource => Self::Resource,
        }
    }
}

/// What the policies of a principal amount to: administrator, or a way to more rights
///
/// Whether they leave nothing out, and which of the known techniques of privilege escalation they allow, each with the
/// calls that it takes.
#[derive(Debug, Args)]
#[command(after_help = files!(
    "Exit codes: 0 neither, 1 administrator or a way to more rights, 2 wrong usage or input, 4 it could not be decided",
    "Example:\n  forewarn policy grants developer.json --boundary boundary.json --scp scp.json"
))]
pub(crate) struct Grants {
    /// Policies of one principal, taken together
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// The principal that holds them (default: any user or role)
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,

    /// The account that it is in
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Option<String>,

    #[command(flatten)]
    pub(crate) limits: Limits,

    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// What is wrong with a policy: from a comma too many to a trust policy that strangers can use
///
/// A document that AWS would refuse is looked at to its end all the same. What is known of services, actions, types of
/// resource and condition keys is as old as the action catalogue (`forewarn --version -v`).
#[derive(Debug, Args)]
#[command(after_help = files!(
    "Exit codes: 0 nothing at or above --fail-on, 1 something, 2 wrong usage or a file that cannot be read",
    "Examples:\n  forewarn policy lint policies/*.json\n  forewarn policy lint --kind scp --fail-on error guardrail.json"
))]
pub(crate) struct Lint {
    /// Policies, each looked at by itself
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// What they are attached to (default: told from the document)
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Attached>,

    /// Exit with 1 when something weighs at least this much
    #[arg(long, value_enum, value_name = "WEIGHT", default_value = "warning", help_heading = "Output")]
    pub(crate) fail_on: Weight,

    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attached {
    /// A user, a group or a role
    Identity,
    /// A resource
    Resource,
    /// A role, as its trust policy
    Trust,
    /// An organisation, as a service control policy
    Scp,
    /// An organisation, as a resource control policy
    Rcp,
    /// A user or a role, as its permissions boundary
    Boundary,
}

impl From<Attached> for PolicyKind {
    fn from(attached: Attached) -> Self {
        match attached {
            Attached::Identity => Self::Identity,
            Attached::Resource => Self::Resource,
            Attached::Trust => Self::Trust,
            Attached::Scp => Self::Scp,
            Attached::Rcp => Self::Rcp,
            Attached::Boundary => Self::Boundary,
        }
    }
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weight {
    /// AWS refuses it, or it can never do what it says
    Error,
    /// It lets in more than its author is likely to want
    Security,
    /// It is likely to mean something else than it says
    Warning,
    /// It works, and could be plainer
    Suggestion,
}

impl From<Weight> for Severity {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Error => Self::Error,
            Weight::Security => Self::Security,
            Weight::Warning => Self::Warning,
            Weight::Suggestion => Self::Suggestion,
        }
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has twelve digits".to_owned())
    }
}

fn principal(text: &str) -> Result<Principal, String> {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let known = match text.split_once(':') {
        None if text == "anonymous" => Some(Principal::Anonymous),
        Some(("arn", _)) if text.split(':').count() >= 6 => Some(Principal::Arn(text.to_owned())),
        Some(("service", name)) => named(name).map(Principal::Service),
        Some(("federated", provider)) => named(provider).map(Principal::Federated),
        _ => None,
    };
    known.ok_or_else(|| "a caller is an ARN, `anonymous`, `service:NAME` or `federated:PROVIDER`".to_owned())
}

fn action(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() && !text.contains(['*', '?']) => {
            Ok(text.to_owned())
        }
        _ => Err("one action is asked about, such as s3:GetObject".to_owned()),
    }
}

fn context(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a condition key is given as KEY=VALUE, such as aws:SourceIp=198.51.100.7".to_owned()),
    }
}

impl Decide {
    /// The request context: a key that is given once has one value.
    pub(crate) fn values(&self) -> forewarn_policy::Context {
        let mut context = forewarn_policy::Context::default();
        for (key, value) in &self.context {
            let slot = context.0.entry(key.clone());
            slot.and_modify(|known| {
                let mut values = match std::mem::replace(known, ContextValue::Many(Vec::new())) {
                    ContextValue::One(first) => vec![first],
                    ContextValue::Many(values) => values,
                };
                values.push(value.clone());
                *known = ContextValue::Many(values);
            })
            .or_insert_with(|| ContextValue::One(value.clone()));
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_apart() {
        assert_eq!(principal("anonymous"), Ok(Principal::Anonymous));
        assert_eq!(principal("service:s3.amazonaws.com"), Ok(Principal::Service("s3.amazonaws.com".to_owned())));
        let arn = "arn:aws:iam::111111111111:user/a:b";
        assert_eq!(principal(arn), Ok(Principal::Arn(arn.to_owned())));
        let provider = "federated:arn:aws:iam::111111111111:saml-provider/p";
        assert_eq!(
            principal(provider),
            Ok(Principal::Federated("arn:aws:iam::111111111111:saml-provider/p".to_owned()))
        );
        for wrong in ["", "alice", "arn:aws:iam", "service:", "s3.amazonaws.com"] {
            assert!(principal(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_action_is_asked_about() {
        assert_eq!(action("s3:GetObject"), Ok("s3:GetObject".to_owned()));
        for wrong in ["", "s3", "s3:", ":GetObject", "s3:Get*", "*"] {
            assert!(action(wrong).is_err(), "{wrong}");
        }
    }
}
