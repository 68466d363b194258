//! The types as they stand in the file. They mirror the model of `findings`, and a field that is added there does not
//! compile here until somebody decides how it is written.

mod compliance;
pub(crate) mod coverage;
mod exception;
mod exhibits;
mod list;
mod roll_up;
pub(crate) mod since;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn_findings as model;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use self::compliance::Compliance;
use self::coverage::{Coverage, Gap};
use self::exception::Exception;
use self::exhibits::Exhibits;
use self::list::List;
use self::roll_up::RollUp;
use self::since::Since;

/// A report of forewarn: what an audit found, on which evidence, and what it could not see.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a findings report")]
pub(super) struct Document<'a> {
    /// Version of this format, `major.minor`.
    schema_version: String,
    /// The run.
    run: Run,
    /// What was asked for and what was seen.
    coverage: Coverage,
    /// The checks that ran, by id.
    checks: BTreeMap<String, Check>,
    /// The results counted by what their checks protect and whose side they are on: derived from `results` and `checks`.
    #[serde(default)]
    roll_up: RollUp,
    /// What is worth seeing whatever a check says of it.
    #[serde(default)]
    exhibits: Exhibits<'a>,
    /// One per check and resource.
    results: List<'a, Finding<'a>>,
    /// What the results say of frameworks.
    #[serde(default)]
    compliance: Compliance<'a>,
    /// What changed since an earlier run; null where none was given.
    #[serde(default)]
    since: Option<Since>,
}

impl<'a> Document<'a> {
    pub(super) fn of(report: &'a model::Report) -> Self {
        Self {
            schema_version: super::SCHEMA_VERSION.to_owned(),
            run: Run::of(&report.run),
            coverage: Coverage::of(&report.coverage),
            checks: report.checks.iter().map(|(id, card)| (id.clone(), Check::of(card))).collect(),
            roll_up: RollUp::of(&model::RollUp::of(report)),
            exhibits: Exhibits::of(&report.exhibits),
            results: List::of(&report.findings, |finding| Finding::of(finding, report)),
            compliance: Compliance::of(report),
            since: report.since.as_ref().map(Since::of),
        }
    }

    /// The same with an empty list of results.
    pub(super) fn without_results(self) -> Self {
        Self { results: List::default(), ..self }
    }

    pub(super) fn into_report(self) -> model::Report {
        model::Report {
            run: self.run.into_model(),
            coverage: self.coverage.into_model(),
            checks: self.checks.into_iter().map(|(id, check)| (id, check.into_model())).collect(),
            exhibits: self.exhibits.into_model(),
            findings: self.results.into_model(Finding::into_model),
            compliance: self.compliance.into_model(),
            since: self.since.map(Since::into_model),
        }
    }
}

/// Words of the file for an enumeration of the model.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($word:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        enum $name { $($word,)+ }

        impl From<model::$name> for $name {
            fn from(word: model::$name) -> Self {
                match word { $(model::$name::$word => Self::$word,)+ }
            }
        }

        impl From<$name> for model::$name {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word,)+ }
            }
        }
    )+};
}

words! {
    /// How bad a failed check is.
    Severity { Critical, High, Medium, Low, Informational }

    /// `fail`: the bad state is there, with evidence; `unknown`: it could not be decided; `pass`: it is not there;
    /// `not_applicable`: the question does not arise.
    VerdictKind { Fail, Unknown, Pass, NotApplicable }

    /// `new`: the check did not say so of the resource in the earlier run; `changed`: it did, on other evidence;
    /// `unchanged`: it did, on the same evidence.
    Change { New, Changed, Unchanged }

    /// Whether an evidence decides, or only helps to understand.
    EvidenceRole { Primary, Related }

    /// Why something could not be read.
    Cause {
        Denied, Throttled, TimedOut, Malformed, Unsupported, Failed, NotAsked, Interrupted, OutOfBudget, KnownAfterApply,
    }

    /// Why a change stands out of the others.
    StandsOut { OpenedAccess, Guardrail, Log, NotADeployer }

    /// How what was opened stands.
    State { OpenedAgain, OpenedAndNeverReset, PartlyReset, Unknown, Reset, Refused, NothingOpened }

    /// How something is set.
    SettingState { On, Partly, Off, Unknown }

    /// What an identity is.
    IdentityKind { Root, User, Role }

    /// What a caller can do.
    Ability { List, Read, Write, Administer, Assume, Other }

    /// A link of the chain from a call to somebody who hears of it.
    LoggingLink { Recording, EveryRegion, Bucket, Validation, Encryption, LogGroup, Topic }

    /// What suffers where the bad state of a check is used.
    Protects { Confidentiality, Integrity, Availability }

    /// Whose side of AWS's shared responsibility model a check is on: `customer`, "security in the cloud", or `shared`, a
    /// shared control.
    Side { Customer, Shared }

    /// What became of a control; `manual`: no check answers it.
    ControlStatus { Fail, Unknown, Excepted, Pass, NotApplicable, Manual }

    /// Whether a region was looked at.
    RegionStatus { Assessed, NotOptedIn, NotSelected }

    /// The class of callers that a witness stands for.
    Audience {
        Anyone, AnyAwsAccount, AnyoneInNetwork, FederatedStranger, Accounts, Federated, AwsServiceOfAnyone, AwsService,
        Organization, SameAccount,
    }

    /// A layer of policies.
    LayerName {
        Identity, Boundary, Session, Resource, AccessPoint, Scp, Rcp, Endpoint, BlockPublicAccess, Acl,
    }
}

/// A report of an earlier version does not say; nothing reads the side of those.
impl Default for Side {
    fn default() -> Self {
        Self::from(model::Side::default())
    }
}

/// An instant, UTC.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Instant(Timestamp);

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "An instant, UTC." })
    }
}

/// A fingerprint.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Print(model::Fingerprint);

impl JsonSchema for Print {
    fn schema_name() -> Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let what = "What a finding is recognised by in another run.";
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$", "description": what })
    }
}

/// The run. Everything in it derives from the inventory.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes the run")]
pub(crate) struct Run {
    /// Hash of the inventory: the same inventory, the same id.
    id: String,
    /// When the collection began.
    instant: Instant,
    /// When the last answer arrived.
    finished: Option<Instant>,
    /// The version of forewarn.
    tool_version: String,
    /// The ARN that asked.
    caller_arn: Option<String>,
    /// Whether the user stopped it: the report is partial.
    interrupted: bool,
    /// Calls by operation.
    calls: BTreeMap<String, CallCount>,
    /// SHA-256 of what the user gave beside the inventory.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
}

/// How often an operation was called.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `sent`, `failed` and `throttled`")]
struct CallCount {
    /// Requests sent, retries included.
    sent: u64,
    /// Calls that ended without an answer that could be used.
    failed: u64,
    /// Requests that AWS throttled.
    throttled: u64,
}

impl Run {
    pub(crate) fn of(run: &model::Run) -> Self {
        let model::Run { id, instant, finished, tool_version, caller_arn, interrupted, inputs, calls } = run.clone();
        let count = |model::CallCount { sent, failed, throttled }| CallCount { sent, failed, throttled };
        Self {
            id,
            instant: Instant(instant),
            finished: finished.map(Instant),
            tool_version,
            caller_arn,
            interrupted,
            inputs,
            calls: calls.into_iter().map(|(operation, calls)| (operation, count(calls))).collect(),
        }
    }

    fn into_model(self) -> model::Run {
        let Self { id, instant, finished, tool_version, caller_arn, interrupted, inputs, calls } = self;
        let count = |CallCount { sent, failed, throttled }| model::CallCount { sent, failed, throttled };
        model::Run {
            id,
            instant: instant.0,
            finished: finished.map(|instant| instant.0),
            tool_version,
            caller_arn,
            interrupted,
            inputs,
            calls: calls.into_iter().map(|(operation, calls)| (operation, count(calls))).collect(),
        }
    }
}

/// The prose of a check; Markdown but for the title.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a check")]
struct Check {
    /// One line: the bad state.
    title: String,
    /// How bad a fail is.
    severity: Severity,
    /// What suffers where the bad state is used.
    #[serde(default)]
    protects: Vec<Protects>,
    /// Whose side of the line between AWS and its customer it is on.
    #[serde(default)]
    side: Side,
    /// The operations that it rests on.
    #[serde(default)]
    operations: Vec<String>,
    /// What it finds.
    what: String,
    /// Why it matters.
    why: String,
    /// How to fix it.
    fix: String,
}

impl Check {
    fn of(card: &model::CheckCard) -> Self {
        let model::CheckCard { title, severity, protects, side, operations, what, why, fix } = card.clone();
        let protects = protects.into_iter().map(Protects::from).collect();
        Self { title, severity: severity.into(), protects, side: side.into(), operations, what, why, fix }
    }

    fn into_model(self) -> model::CheckCard {
        let Self { title, severity, protects, side, operations, what, why, fix } = self;
        let protects = protects.into_iter().map(model::Protects::from).collect();
        model::CheckCard { title, severity: severity.into(), protects, side: side.into(), operations, what, why, fix }
    }
}

/// A text that stands in very many results. It is most of what is written of them, so that it can be turned into JSON ahead.
pub(super) enum Prose<'a> {
    Text(Cow<'a, str>),
    Written(&'a RawValue),
}

impl Serialize for Prose<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Written(json) => json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Prose<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::Text(text.into()))
    }
}

impl JsonSchema for Prose<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// The verdict of one check on one resource.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a result")]
pub(crate) struct Finding<'a> {
    /// The check's id.
    check: Cow<'a, str>,
    /// The check's title: a copy out of `checks`.
    title: Option<Cow<'a, str>>,
    /// The verdict.
    verdict: VerdictKind,
    /// The check's severity.
    severity: Severity,
    /// The resource's ARN.
    resource_arn: Cow<'a, str>,
    /// The account that it belongs to.
    account: Cow<'a, str>,
    /// Its region; null for a global resource.
    region: Option<Cow<'a, str>>,
    /// One sentence; empty for a pass.
    reason: Cow<'a, str>,
    /// Where it is seen; never empty for a fail.
    evidence: Vec<Evidence>,
    /// A concrete request that the policies allow.
    witness: Option<Witness>,
    /// Layers that could not be read and might close it all the same.
    unless: Vec<LayerName>,
    /// Why it is unknown; never empty for an unknown.
    unknown_because: Vec<Reason>,
    /// How to fix it, Markdown, for a fail or an unknown: a copy of `fix` out of `checks`.
    remediation: Option<Prose<'a>>,
    /// When AWS made the report that the verdict rests on.
    as_of: Option<Instant>,
    /// The identity of the finding across runs.
    fingerprint: Print,
    /// How a fail or an unknown stands to the earlier run; null where none was given.
    #[serde(default)]
    change: Option<Change>,
    /// Who accepted it, until when; null for one that nobody accepted.
    #[serde(default)]
    exception: Option<Exception>,
    /// The instant of the first run that had it; null where no history is kept.
    #[serde(default)]
    first_seen: Option<Instant>,
    /// The same, unless it was gone for a while: then the instant of the run in which it was back.
    #[serde(default)]
    open_since: Option<Instant>,
    /// Whole days from `open_since` to the instant of this run.
    #[serde(default)]
    days_open: Option<i64>,
}

impl<'a> Finding<'a> {
    pub(crate) fn of(finding: &'a model::Finding, report: &'a model::Report) -> Self {
        let card = report.checks.get(&*finding.check);
        Self::beside(finding, card.map(|card| (card, Prose::Text(card.fix.as_str().into()))), report)
    }

    /// The same where the card of the check is at hand, with how to fix it.
    pub(super) fn beside(
        finding: &'a model::Finding,
        card: Option<(&'a model::CheckCard, Prose<'a>)>,
        report: &'a model::Report,
    ) -> Self {
        let model::Finding { check, verdict, severity, resource, grounds, fingerprint, change, exception, age } =
            finding;
        let (verdict, severity) = (*verdict, *severity);
        let model::Resource { arn, account, region } = &**resource;
        let model::Grounds { reason, evidence, witness, unless, unknown_because, as_of } = &**grounds;
        let open = matches!(verdict, model::VerdictKind::Fail | model::VerdictKind::Unknown);
        Self {
            title: card.as_ref().map(|(card, _)| card.title.as_str().into()),
            remediation: card.filter(|_| open).map(|(_, fix)| fix),
            check: Cow::Borrowed(check),
            verdict: verdict.into(),
            severity: severity.into(),
            resource_arn: arn.into(),
            account: account.into(),
            region: region.as_deref().map(Cow::Borrowed),
            reason: Cow::Borrowed(reason),
            evidence: evidence.iter().cloned().map(Evidence::of).collect(),
            witness: witness.clone().map(Witness::of),
            unless: unless.iter().copied().map(LayerName::from).collect(),
            unknown_because: unknown_because.iter().cloned().map(Reason::of).collect(),
            as_of: as_of.map(Instant),
            fingerprint: Print(*fingerprint),
            change: change.map(Change::from),
            exception: exception.as_deref().map(Exception::of),
            first_seen: age.as_deref().map(|age| Instant(age.first_seen)),
            open_since: age.as_deref().map(|age| Instant(age.open_since)),
            days_open: finding.days_open(report.run.instant),
        }
    }

    fn into_model(self) -> model::Finding {
        let grounds = model::Grounds {
            reason: self.reason.into(),
            evidence: self.evidence.into_iter().map(Evidence::into_model).collect(),
            witness: self.witness.map(Witness::into_model),
            unless: self.unless.into_iter().map(model::LayerName::from).collect(),
            unknown_because: self.unknown_because.into_iter().map(Reason::into_model).collect(),
            as_of: self.as_of.map(|instant| instant.0),
        };
        let resource = model::Resource {
            arn: self.resource_arn.into_owned(),
            account: self.account.into_owned(),
            region: self.region.map(Cow::into_owned),
        };
        model::Finding {
            check: self.check.into(),
            verdict: self.verdict.into(),
            severity: self.severity.into(),
            resource: resource.into(),
            grounds: grounds.into(),
            fingerprint: self.fingerprint.0,
            change: self.change.map(model::Change::from),
            exception: self.exception.map(|exception| Arc::new(exception.into_model())),
            age: self.first_seen.map(|Instant(first_seen)| {
                let open_since = self.open_since.map_or(first_seen, |instant| instant.0);
                Box::new(model::Age { first_seen, open_since })
            }),
        }
    }
}

/// A place in the inventory with what stands there.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes evidence")]
struct Evidence {
    /// ARN of the resource that the pointer starts at.
    resource: Arc<str>,
    /// JSON pointer into the resource as a snapshot writes it; it goes on inside a policy's text.
    pointer: Arc<str>,
    /// What stands there.
    content: Value,
    /// What it means.
    note: Arc<str>,
    /// Whether it decides.
    role: EvidenceRole,
}

impl Evidence {
    fn of(evidence: model::Evidence) -> Self {
        let model::Evidence { resource, pointer, content, note, role } = evidence;
        Self { resource, pointer, content: content.value(), note, role: role.into() }
    }

    fn into_model(self) -> model::Evidence {
        let Self { resource, pointer, content, note, role } = self;
        model::Evidence { resource, pointer, content: content.into(), note, role: role.into() }
    }
}

/// Why a verdict is unknown.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a reason")]
struct Reason {
    /// A stable code: `unreadable`, or a doubt of the policy engine.
    code: String,
    /// One sentence.
    message: String,
    /// The read that failed, where one did.
    gap: Option<Gap>,
}

impl Reason {
    fn of(reason: model::Reason) -> Self {
        let model::Reason { code, message, gap } = reason;
        Self { code, message, gap: gap.map(Gap::of) }
    }

    fn into_model(self) -> model::Reason {
        let Self { code, message, gap } = self;
        model::Reason { code, message, gap: gap.map(Gap::into_model) }
    }
}

/// A request that the policy engine allows, as proof.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `audience` and `request`")]
struct Witness {
    /// The class of its caller.
    audience: Audience,
    /// The request, as `forewarn policy batch` takes it.
    request: Request,
}

/// One concrete call.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object that describes a request")]
struct Request {
    /// Who calls.
    principal: Principal,
    /// The action.
    action: String,
    /// The resource ARN, or `*` for an action without resource types.
    resource: String,
    /// The account that owns the resource; null = the account in the ARN, else the principal's own.
    resource_account: Option<String>,
    /// Condition keys.
    context: BTreeMap<String, ContextValue>,
}

/// An ARN, or an object with `type`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a principal is an ARN, or an object with `type`")]
enum Principal {
    /// A user, role, role session, federated user or account root.
    Arn(String),
    /// Anything else.
    Typed(TypedPrincipal),
}

/// A principal that has no ARN.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum TypedPrincipal {
    /// The request is not signed.
    Anonymous,
    /// An AWS service.
    Service {
        /// Its principal name, such as `cloudtrail.amazonaws.com`.
        name: String,
    },
    /// An identity of a SAML or OIDC provider.
    Federated {
        /// ARN or host of the provider.
        provider: String,
    },
}

/// A text, or the texts of a multi-valued key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "the value of a context key is a text or a list of texts")]
enum ContextValue {
    /// A single value.
    One(String),
    /// The values of a multi-valued key.
    Many(Vec<String>),
}

impl Witness {
    fn of(witness: model::Witness) -> Self {
        let model::Witness { audience, request } = witness;
        let model::Request { principal, action, resource, resource_account, context } = Arc::unwrap_or_clone(request);
        let principal = match principal {
            model::Principal::Arn(arn) => Principal::Arn(arn),
            model::Principal::Anonymous => Principal::Typed(TypedPrincipal::Anonymous),
            model::Principal::Service(name) => Principal::Typed(TypedPrincipal::Service { name }),
            model::Principal::Federated(provider) => Principal::Typed(TypedPrincipal::Federated { provider }),
        };
        let value = |value| match value {
            model::ContextValue::One(text) => ContextValue::One(text),
            model::ContextValue::Many(texts) => ContextValue::Many(texts),
        };
        let context = context.0.into_iter().map(|(key, given)| (key, value(given))).collect();
        Self { audience: audience.into(), request: Request { principal, action, resource, resource_account, context } }
    }

    fn into_model(self) -> model::Witness {
        let Request { principal, action, resource, resource_account, context } = self.request;
        let principal = match principal {
            Principal::Arn(arn) => model::Principal::Arn(arn),
            Principal::Typed(TypedPrincipal::Anonymous) => model::Principal::Anonymous,
            Principal::Typed(TypedPrincipal::Service { name }) => model::Principal::Service(name),
            Principal::Typed(TypedPrincipal::Federated { provider }) => model::Principal::Federated(provider),
        };
        let value = |value| match value {
            ContextValue::One(text) => model::ContextValue::One(text),
            ContextValue::Many(texts) => model::ContextValue::Many(texts),
        };
        let context = model::Context(context.into_iter().map(|(key, given)| (key, value(given))).collect());
        let request = model::Request { principal, action, resource, resource_account, context };
        model::Witness { audience: self.audience.into(), request: request.into() }
    }
}
