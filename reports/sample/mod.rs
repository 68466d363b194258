//! Reports for the tests: one that exercises everything, one of any size, and any at all.

mod any;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use forewarn_findings::{
    Ability, AccountCoverage, Age, Audience, Became, BucketExhibit, CallCount, Cause, Change, ChangeExhibit, CheckCard,
    Compliance, Context, ContextValue, Control, ControlCheck, Coverage, DocumentExhibit, DocumentPlace, Earlier,
    Evidence, EvidenceRole, Exception, Exhibits, Exposure, Fact, FactCoverage, Finding, Fingerprint, Framework, Gap,
    GapCoverage, Grounds, IdentityExhibit, IdentityKind, KeyExhibit, LayerName, LoggingExhibit, LoggingLink,
    LoggingStep, LookedBack, Principal, Protects, Reason, RegionStatus, Report, Request, Reset, Resource, Run, Setting,
    SettingState, Severity, Side, Since, StandsOut, State, Variant, VerdictKind, Witness,
};
use jiff::Timestamp;
use serde_json::json;

use crate::{Content, FileWriter};

pub(crate) use any::any_report;

/// Names as an attacker would choose them.
pub(crate) const HOSTILE: [&str; 12] = [
    "say \"hi\", 'you'",
    "</script><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    " +1+1",
    "\"@SUM(A1)",
    "＝1+1",
    "line one\nCRITICAL line two\r\n",
    "\u{1b}[2J\u{1b}[31mred\u{1b}[0m",
    "\u{202e}gnp.exe\u{2066}x",
    "tab\there",
    "a;=1+1",
    "zero\u{200b}width\u{feff}",
];

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn run() -> Run {
    Run {
        id: "0123456789abcdef".to_owned(),
        instant: instant("2026-11-24T10:59:49.123456789Z"),
        finished: Some(instant("2026-11-24T11:00:02Z")),
        tool_version: "0.1.0".to_owned(),
        caller_arn: Some("arn:aws:sts::111111111111:assumed-role/SecurityAudit/forewarn-0123456789abcdef".to_owned()),
        interrupted: false,
        inputs: [("configuration".to_owned(), "ab".repeat(32))].into(),
        calls: [("iam:GetAccountAuthorizationDetails", 3, 0, 0), ("s3:GetBucketPolicy", 120, 2, 5)]
            .into_iter()
            .map(|(operation, sent, failed, throttled)| (operation.to_owned(), CallCount { sent, failed, throttled }))
            .collect(),
    }
}

pub(crate) fn card(title: &str, severity: Severity, fix: &str) -> CheckCard {
    CheckCard {
        title: title.to_owned(),
        severity,
        protects: if severity >= Severity::High { Protects::ALL.to_vec() } else { vec![Protects::Integrity] },
        side: if severity >= Severity::Low { Side::Customer } else { Side::Shared },
        operations: vec!["s3:GetBucketAcl".to_owned(), "s3:GetBucketPolicy".to_owned()],
        what: format!("{title}, as `forewarn` sees it."),
        why: "Somebody reads what they should not.".to_owned(),
        fix: fix.to_owned(),
    }
}

pub(crate) fn pass(check: &str, severity: Severity, arn: &str) -> Finding {
    Finding {
        check: check.into(),
        verdict: VerdictKind::Pass,
        severity,
        resource: Resource { arn: arn.to_owned(), account: "111111111111".to_owned(), region: None }.into(),
        grounds: Arc::default(),
        fingerprint: Fingerprint(
            arn.bytes().fold(7u128, |hash, byte| hash * 31 % (1 << 120) + u128::from(byte)).to_be_bytes(),
        ),
        change: None,
        exception: None,
        age: None,
    }
}

pub(crate) fn fail(check: &str, severity: Severity, arn: &str, reason: &str) -> Finding {
    Finding {
        verdict: VerdictKind::Fail,
        grounds: Arc::new(Grounds {
            reason: reason.into(),
            evidence: [Evidence {
                resource: arn.into(),
                pointer: "/policy/Statement/0".into(),
                content: json!({ "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": "*" })
                    .into(),
                note: "this statement allows it".into(),
                role: EvidenceRole::Primary,
            }]
            .into(),
            ..Grounds::default()
        }),
        ..pass(check, severity, arn)
    }
}

pub(crate) fn unknown(check: &str, severity: Severity, arn: &str, reasons: Vec<Reason>) -> Finding {
    let messages: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
    Finding {
        verdict: VerdictKind::Unknown,
        grounds: Arc::new(Grounds {
            reason: messages.join("; ").into(),
            unknown_because: reasons.into(),
            ..Grounds::default()
        }),
        ..pass(check, severity, arn)
    }
}

/// What the verdict rests on, to change it.
fn grounds(finding: &mut Finding) -> &mut Grounds {
    Arc::make_mut(&mut finding.grounds)
}

pub(crate) fn proof(audience: Audience, principal: Principal, action: &str, resource: &str) -> Witness {
    let request = Request {
        principal,
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: Some("111111111111".to_owned()),
        context: Context::default(),
    };
    Witness { audience, request: request.into() }
}

const CAUSES: [Cause; 10] = [
    Cause::Denied,
    Cause::Throttled,
    Cause::TimedOut,
    Cause::Malformed,
    Cause::Unsupported,
    Cause::Failed,
    Cause::NotAsked,
    Cause::Interrupted,
    Cause::OutOfBudget,
    Cause::KnownAfterApply,
];

const REACHABLE: &str = "s3.reachable_by_anyone";
const TRUST: &str = "iam.role_trusts_anyone";
const MFA: &str = "iam.user_without_mfa";
const KEY: &str = "iam.access_key_old";
const ALIAS: &str = "account.no_alias";

fn cards() -> BTreeMap<String, CheckCard> {
    [
        (
            REACHABLE,
            card(
                "Bucket can be read or written by anyone on the internet",
                Severity::Critical,
                "Turn on Block Public Access for the bucket; it costs nothing and takes effect at once:\n\n```sh\naws \
                 s3api put-public-access-block --bucket NAME\n```\n\nThen take the statement out.",
            ),
        ),
        (TRUST, card("Role can be assumed by anyone", Severity::Critical, "Name the accounts that may assume it.")),
        (MFA, card("User with a password has no MFA", Severity::High, "Register a passkey for the user.")),
        (KEY, card("Access key is old", Severity::Medium, "Make a second key, switch over, delete the first.")),
        (ALIAS, card("Account has no alias", Severity::Informational, "Give it one.")),
        ("trail.not_logging", card("Trail does not log", Severity::Low, "Start it.")),
    ]
    .into_iter()
    .map(|(id, card)| (id.to_owned(), card))
    .collect()
}

fn findings() -> Vec<Finding> {
    let mut all = Vec::new();
    let long = "n".repeat(128);
    // A proof of every kind of principal, with conditions.
    let bucket = "arn:aws:s3:::acme-public";
    let mut open = fail(REACHABLE, Severity::Critical, bucket, "anyone can read the objects");
    Arc::make_mut(&mut open.resource).region = Some("eu-central-1".to_owned());
    grounds(&mut open).witness =
        Some(proof(Audience::Anyone, Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::acme-public/x"));
    grounds(&mut open).unless = [LayerName::Rcp, LayerName::Scp].into();
    let context = Evidence {
        resource: bucket.into(),
        pointer: "/public_access_block".into(),
        content: forewarn_findings::Content::default(),
        note: "it is not set".into(),
        role: EvidenceRole::Related,
    };
    let evidence = &mut grounds(&mut open).evidence;
    *evidence = evidence.iter().cloned().chain([context]).collect();
    all.push(open);
    let mut network = fail(REACHABLE, Severity::Critical, "arn:aws:s3:::acme-partners", "a network can list it");
    grounds(&mut network).witness = Some(proof(
        Audience::AnyoneInNetwork,
        Principal::Arn("arn:aws:iam::999999999999:user/Stranger".to_owned()),
        "s3:ListBucket",
        "arn:aws:s3:::acme-partners",
    ));
    if let Some(witness) = &mut grounds(&mut network).witness {
        let values = ["aws:SourceIp", "aws:SecureTransport"].into_iter().zip(["198.51.100.7", "true"]);
        Arc::make_mut(&mut witness.request).context.0 = values
            .map(|(key, value)| (key.to_owned(), ContextValue::One(value.to_owned())))
            .chain([("aws:TagKeys".to_owned(), ContextValue::Many(vec!["a".to_owned(), "b".to_owned()]))])
            .collect();
    }
    all.push(network);
    let mut driven = fail(REACHABLE, Severity::Critical, "arn:aws:s3:::acme-logs", "a service writes for anybody");
    grounds(&mut driven).witness = Some(proof(
        Audience::AwsServiceOfAnyone,
        Principal::Service("cloudtrail.amazonaws.com".to_owned()),
        "s3:PutObject",
        "arn:aws:s3:::acme-logs/AWSLogs/x",
    ));
    all.push(driven);
    let role = "arn:aws:iam::111111111111:role/ci-deploy";
    let mut federated = fail(TRUST, Severity::Critical, role, "any GitHub repository can assume it");
    grounds(&mut federated).witness = Some(proof(
        Audience::FederatedStranger,
        Principal::Federated("token.actions.githubusercontent.com".to_owned()),
        "sts:AssumeRoleWithWebIdentity",
        role,
    ));
    all.push(federated);
    // Names as an attacker would choose them, where a name can stand.
    for (index, name) in HOSTILE.into_iter().chain([long.as_str()]).enumerate() {
        let arn = format!("arn:aws:iam::111111111111:user/{name}");
        let mut finding = fail(MFA, Severity::High, &arn, &format!("{name} has a password and no MFA device"));
        grounds(&mut finding).as_of = Some(instant("2026-11-24T06:12:00Z"));
        if index % 4 == 0 {
            Arc::make_mut(&mut finding.resource).arn = name.to_owned();
            grounds(&mut finding).reason = name.into();
        }
        all.push(finding);
    }
    for number in 0..9 {
        let arn = format!("arn:aws:iam::111111111111:user/build-{number}");
        let mut finding = fail(KEY, Severity::Medium, &arn, "the first key is older than 90 days");
        grounds(&mut finding).as_of = Some(instant("2026-11-24T06:12:00Z"));
        all.push(finding);
    }
    let trail = "arn:aws:cloudtrail:eu-central-1:111111111111:trail/all";
    all.push(fail("trail.not_logging", Severity::Low, trail, "logging is off"));
    all.push(fail(ALIAS, Severity::Informational, "arn:aws:iam::111111111111:root", "there is none"));
    // Unknown for every cause, and for a doubt.
    for cause in CAUSES {
        let name = format!("bucket-{}", cause.words().replace(' ', "-"));
        let gap = Gap::new(cause, "s3:GetBucketPolicy").on(&name).detail("AccessDenied");
        let arn = format!("arn:aws:s3:::{name}");
        all.push(unknown(REACHABLE, Severity::Critical, &arn, vec![Reason::from(&gap)]));
    }
    let doubt = Reason {
        code: "acl_on_objects".to_owned(),
        message: "ACLs are alive, so single objects may be public".to_owned(),
        gap: None,
    };
    all.push(unknown(REACHABLE, Severity::Critical, "arn:aws:s3:::acme-acls", vec![doubt]));
    all.push(pass(REACHABLE, Severity::Critical, "arn:aws:s3:::acme-closed"));
    all.push(pass(MFA, Severity::High, "arn:aws:iam::111111111111:user/alice"));
    all.push(Finding {
        verdict: VerdictKind::NotApplicable,
        grounds: Arc::new(Grounds { reason: "the user has no password".into(), ..Grounds::default() }),
        ..pass(MFA, Severity::High, "arn:aws:iam::111111111111:user/robot")
    });
    accepted(&mut all);
    // Held against an earlier run: every third of them is new, every other third rests on other evidence.
    let changes = [Change::New, Change::Changed, Change::Unchanged];
    for (finding, change) in all.iter_mut().zip(changes.into_iter().cycle()) {
        if matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown) {
            finding.change = Some(change);
        }
    }
    all
}

fn exception(resource: &str, owner: &str, fingerprint: Option<Fingerprint>, expires: &str) -> Exception {
    Exception {
        id: Exception::id_of(KEY, resource, fingerprint),
        check: KEY.to_owned(),
        resource: resource.to_owned(),
        fingerprint,
        owner: owner.to_owned(),
        reason: "</script> the build moves to a role \u{1b}[31min spring".to_owned(),
        expires: expires.parse().unwrap(),
    }
}

/// Accepts some of them, and gives some an age.
fn accepted(all: &mut [Finding]) {
    let exception = |owner: &str, fingerprint, expires: &str| {
        exception("arn:aws:iam::111111111111:user/build-*", owner, fingerprint, expires)
    };
    let ages = [("2026-10-01T02:00:00Z", "2026-10-01T02:00:00Z"), ("2025-12-24T02:00:00Z", "2026-11-23T10:59:51Z")];
    for (finding, (first_seen, open_since)) in all.iter_mut().step_by(3).zip(ages.into_iter().cycle()) {
        finding.age = Some(Box::new(Age { first_seen: instant(first_seen), open_since: instant(open_since) }));
    }
    for (number, finding) in all.iter_mut().filter(|finding| *finding.check == *KEY).enumerate() {
        let fingerprint = (number % 2 == 0).then_some(finding.fingerprint);
        finding.exception = match number {
            0 => Some(exception("=cmd|' /C calc'!A0", fingerprint, "2026-11-30").into()),
            1..=4 => Some(exception("build team", fingerprint, "2027-03-31").into()),
            _ => None,
        };
    }
    let unknown = all.iter_mut().find(|finding| finding.verdict == VerdictKind::Unknown);
    if let Some(finding) = unknown {
        finding.exception = Some(exception("build team", None, "2027-03-31").into());
    }
}

/// Every verdict, severity, principal, cause and hostile name.
pub(crate) fn everything() -> Report {
    let regions = |closed: &str| {
        [
            ("eu-central-1", RegionStatus::Assessed),
            ("us-east-1", RegionStatus::Assessed),
            (closed, RegionStatus::NotOptedIn),
            ("ap-south-1", RegionStatus::NotSelected),
        ]
        .into_iter()
        .map(|(region, status)| (region.to_owned(), status))
        .collect()
    };
    let account = |id: &str, closed: &str| AccountCoverage {
        id: id.to_owned(),
        name: (id == "111111111111").then(|| "Acme \u{1b}[31mred".to_owned()),
        regions: regions(closed),
        unassessed: [("S3 Express directory buckets".to_owned(), 3)].into(),
        looked_back: vec![LookedBack {
            region: "us-east-1".to_owned(),
            attribute: "ReadOnly".to_owned(),
            value: "false".to_owned(),
            since: instant("2026-11-17T10:59:49Z"),
        }],
        ..AccountCoverage::default()
    };
    let denied = Gap::new(Cause::Denied, "sts:AssumeRole").detail("AccessDenied: \u{1b}[31mno");
    let unreached = AccountCoverage {
        id: "333333333333".to_owned(),
        gap: Some(denied.on("arn:aws:iam::333333333333:role/Audit")),
        ..AccountCoverage::default()
    };
    let closed = AccountCoverage {
        id: "444444444444".to_owned(),
        not_applicable: Some("its state in the organisation is SUSPENDED".to_owned()),
        ..AccountCoverage::default()
    };
    let gaps = CAUSES.into_iter().map(|cause| GapCoverage {
        cause,
        operation: "s3:GetBucketPolicy".to_owned(),
        accounts: vec!["111111111111".to_owned()],
        count: 1,
        resources: vec![format!("bucket-{}", cause.words().replace(' ', "-"))],
        detail: Some("AccessDenied".to_owned()),
        checks: vec![REACHABLE.to_owned(), "s3.tls_not_required".to_owned()],
    });
    let fact = |fact, places, observed| FactCoverage { fact, places, observed };
    Report {
        run: run(),
        coverage: Coverage {
            accounts: vec![
                account("111111111111", "af-south-1"),
                account("222222222222", "me-south-1"),
                unreached,
                closed,
            ],
            unlisted: vec![Gap::new(Cause::Throttled, "organizations:ListAccounts").detail("TooManyRequestsException")],
            facts: vec![fact(Fact::Users, 2, 2), fact(Fact::Buckets, 2, 2), fact(Fact::BucketPolicy, 25, 15)],
            gaps: gaps.collect(),
            internal_errors: vec!["iam.user_without_mfa panicked: index \u{1b}[0m out of range".to_owned()],
            idle_exceptions: vec![Arc::new(exception(HOSTILE[0], "=cmd", None, "2027-03-31"))],
        },
        checks: cards(),
        findings: findings(),
        compliance: compliance(),
        since: Some(since()),
        exhibits: exhibits(),
    }
}

/// Two editions: a control of every status, hostile titles, and a check with thresholds of its own.
fn compliance() -> Compliance {
    let asked = |check: &str, parameters: &[(&str, i64)]| ControlCheck {
        check: check.to_owned(),
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    let control = |id: &str, title: &str, checks: Vec<ControlCheck>| Control {
        id: id.to_owned(),
        title: title.to_owned(),
        level: "L1".to_owned(),
        published_as: Some("automated".to_owned()),
        not_covered: checks.is_empty().then(|| "Only a person knows.".to_owned()),
        checks,
    };
    let older = asked(KEY, &[("max_age_days", 30)]);
    let controls = vec![
        control("1.1", "Details of the account are right", Vec::new()),
        control("1.10", HOSTILE[0], vec![asked(MFA, &[])]),
        control("1.14", "Keys are young", vec![older.clone()]),
        control("2.1", "There is an alias of the account", vec![asked("s3.no_such_check", &[])]),
        control("3.1", "Every trail logs", vec![asked("trail.not_logging", &[]), asked(REACHABLE, &[])]),
    ];
    let framework = |id: &str, name: &str, reference: &str, outcome, controls| Framework {
        id: id.to_owned(),
        name: name.to_owned(),
        version: "1.0".to_owned(),
        reference: reference.to_owned(),
        outcome,
        controls,
    };
    let goals = vec![control("=A.1", HOSTILE[1], vec![older.clone()])];
    let findings = vec![
        pass(KEY, Severity::Medium, "arn:aws:iam::111111111111:user/young"),
        fail(KEY, Severity::Medium, "arn:aws:iam::111111111111:user/old", "the first key is older than 30 days"),
    ];
    Compliance {
        frameworks: vec![
            framework("acme-1.0", "Acme Benchmark", "ACME-1.0", false, controls),
            framework("goals-1.0", "Goals", "GOALS-1.0", true, goals),
        ],
        variants: vec![Variant { of: older, findings }],
    }
}

/// What an earlier run had, hostile names among it.
fn since() -> Since {
    let earlier = |name: &str| {
        let finding = fail(MFA, Severity::High, &format!("arn:aws:iam::111111111111:user/{name}"), name);
        let Finding { check, severity, resource, grounds, fingerprint, .. } = finding;
        let (check, reason) = (check.to_string(), grounds.reason.to_string());
        Earlier { check, severity, resource: Resource::clone(&resource), reason, fingerprint }
    };
    Since {
        run: "fedcba9876543210".to_owned(),
        instant: instant("2026-11-23T10:59:51Z"),
        gone: HOSTILE.into_iter().map(earlier).collect(),
        unassessed: vec![earlier("late")],
    }
}

/// A report of `size` findings over 40 checks, most of them fails.
pub(crate) fn many(size: usize) -> Report {
    let severities = Severity::WORST_FIRST;
    let mut report = Report { findings: Vec::new(), checks: BTreeMap::new(), since: None, ..everything() };
    report.coverage.internal_errors.clear();
    for number in 0..size {
        let which = number % 40;
        let severity = severities.into_iter().cycle().nth(which * 7 % 5).unwrap();
        let check = format!("s3.defect_{which:02}");
        let title = format!("Bucket has the defect number {which} of all those that exist");
        let fix = "Take the statement out, or turn on Block Public Access for the bucket.";
        report.checks.entry(check.clone()).or_insert_with(|| card(&title, severity, fix));
        let arn = format!("arn:aws:s3:::acme-{number:05}-artifacts");
        let mut finding = match number % 11 {
            0..=6 => fail(&check, severity, &arn, &format!("a statement lets strangers in at {number}")),
            7 => {
                let gap = Gap::new(CAUSES[number % 3], "s3:GetBucketPolicy").on(&arn).detail("AccessDenied");
                unknown(&check, severity, &arn, vec![Reason::from(&gap)])
            }
            _ => pass(&check, severity, &arn),
        };
        Arc::make_mut(&mut finding.resource).region = Some("eu-central-1".to_owned());
        if finding.verdict == VerdictKind::Fail && severity == Severity::Critical {
            let resource = format!("{arn}/x");
            grounds(&mut finding).witness =
                Some(proof(Audience::Anyone, Principal::Anonymous, "s3:GetObject", &resource));
        }
        report.findings.push(finding);
    }
    report.findings.sort_by(|one, other| (&one.check, &one.resource).cmp(&(&other.check, &other.resource)));
    report
}

/// A report about nothing.
pub(crate) fn empty() -> Report {
    Report {
        run: run(),
        coverage: Coverage::default(),
        checks: BTreeMap::new(),
        findings: Vec::new(),
        compliance: Compliance::default(),
        since: None,
        exhibits: Exhibits::default(),
    }
}

/// Three changes: one that stands out, one that was reset, and one that was refused.
fn changes() -> Vec<ChangeExhibit> {
    let change = ChangeExhibit {
        time: instant("2026-11-23T09:00:00Z"),
        event: "0f9ac1de-0000-4000-8000-000000000001".to_owned(),
        name: "PutBucketPolicy".to_owned(),
        source: "s3.amazonaws.com".to_owned(),
        region: Some("eu-central-1".to_owned()),
        resource: Resource {
            arn: "arn:aws:s3:::acme-public".to_owned(),
            account: "111111111111".to_owned(),
            region: Some("eu-central-1".to_owned()),
        },
        changes: "bucket policy".to_owned(),
        actor: "arn:aws:sts::111111111111:assumed-role/Developer/x".to_owned(),
        person: Some("mallory \u{1b}[31m</script>".to_owned()),
        address: Some("198.51.100.7".to_owned()),
        agent: Some("[=cmd|' /C calc'!A0]".to_owned()),
        refused: None,
        opened: Some(true),
        witness: Some(proof(Audience::Anyone, Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::acme-public/x")),
        undecided: Vec::new(),
        stands_out: vec![StandsOut::OpenedAccess, StandsOut::NotADeployer],
        became: Some(Became { state: State::OpenedAndNeverReset, reset: None, as_of: instant("2026-11-24T03:00:00Z") }),
    };
    let refused = ChangeExhibit {
        time: instant("2026-11-23T08:00:00Z"),
        event: "0f9ac1de-0000-4000-8000-000000000002".to_owned(),
        person: None,
        refused: Some("AccessDenied".to_owned()),
        opened: None,
        witness: None,
        undecided: vec![Reason { code: "no_earlier_document".to_owned(), message: "not known".to_owned(), gap: None }],
        stands_out: Vec::new(),
        became: None,
        ..change.clone()
    };
    let reset = ChangeExhibit {
        time: instant("2026-11-23T08:30:00Z"),
        event: "0f9ac1de-0000-4000-8000-000000000003".to_owned(),
        became: Some(Became {
            state: State::Reset,
            reset: Some(Reset {
                event_id: "0f9ac1de-0000-4000-8000-000000000004".to_owned(),
                time: instant("2026-11-23T08:50:00Z"),
                open_for_seconds: 1200,
            }),
            as_of: instant("2026-11-24T03:00:00Z"),
        }),
        ..change.clone()
    };
    vec![refused, reset, change]
}

fn setting(state: SettingState, said: &str) -> Setting {
    Setting { state, said: said.to_owned() }
}

/// A row of each kind, hostile names among them.
fn exhibits() -> Exhibits {
    use SettingState::{Off, On, Partly, Unknown};
    let resource = |arn: &str, region: Option<&str>| Resource {
        arn: arn.to_owned(),
        account: "111111111111".to_owned(),
        region: region.map(str::to_owned),
    };
    let open = "arn:aws:s3:::acme-public";
    let denied = Gap::new(Cause::Denied, "s3:GetBucketPolicy").on("acme-partners");
    let bucket = |arn: &str, block: SettingState| BucketExhibit {
        resource: resource(arn, Some("eu-central-1")),
        block_public_access: setting(block, if block == Partly { "2 of 4 switches" } else { "" }),
        acls_disabled: setting(On, ""),
        kms_encryption: setting(Off, ""),
        versioning: setting(On, "deleting a version needs MFA"),
        access_logging: setting(Unknown, "s3:GetBucketLogging was denied"),
    };
    let identity = |kind: IdentityKind, arn: &str| IdentityExhibit {
        resource: resource(arn, None),
        kind,
        administrator: Some(setting(On, "")),
        password: (kind != IdentityKind::Role).then(|| setting(On, "")),
        mfa: (kind != IdentityKind::Role).then(|| setting(Off, "")),
        active_keys: (kind != IdentityKind::Role).then_some(2),
        oldest_key: (kind == IdentityKind::User).then(|| instant("2024-01-02T03:04:05Z")),
        created: Some(instant("2023-01-02T03:04:05Z")),
        last_used: None,
        boundary: None,
        policies: vec!["AdministratorAccess".to_owned(), HOSTILE[1].to_owned()],
        keys: (kind == IdentityKind::User)
            .then(|| KeyExhibit {
                id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
                networks: 3,
                at_least: false,
                since: instant("2026-11-01T00:00:00Z"),
                last_used: instant("2026-11-23T08:00:00Z"),
            })
            .into_iter()
            .collect(),
    };
    let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": "*" });
    let exposure = Exposure {
        resource: resource(open, Some("eu-central-1")),
        audience: Audience::Anyone,
        callers: Vec::new(),
        abilities: vec![Ability::List, Ability::Read],
        witness: Some(proof(Audience::Anyone, Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::acme-public/x")),
        evidence: vec![Evidence {
            resource: open.into(),
            pointer: "/policy/Statement/0".into(),
            content: statement.clone().into(),
            note: "this statement allows it".into(),
            role: EvidenceRole::Primary,
        }],
        unless: vec![LayerName::Rcp],
        undecided: Vec::new(),
    };
    let undecided = Exposure {
        resource: resource("arn:aws:s3:::acme-partners", None),
        audience: Audience::Accounts,
        callers: Vec::new(),
        abilities: Vec::new(),
        witness: None,
        evidence: Vec::new(),
        unless: Vec::new(),
        undecided: vec![Reason::from(&denied)],
    };
    let role = Exposure {
        resource: resource("arn:aws:iam::111111111111:role/ci-deploy", None),
        audience: Audience::FederatedStranger,
        callers: vec!["token.actions.githubusercontent.com".to_owned()],
        abilities: vec![Ability::Assume],
        ..exposure.clone()
    };
    let step = |link, state, said: &str| LoggingStep { link, setting: setting(state, said) };
    let document = json!({ "Version": "2012-10-17", "Statement": [statement, { "Sid": HOSTILE[8] }] });
    Exhibits {
        changes: changes(),
        buckets: vec![bucket(open, Partly), bucket("arn:aws:s3:::acme-partners", On)],
        identities: vec![
            identity(IdentityKind::Root, "arn:aws:iam::111111111111:root"),
            identity(IdentityKind::User, "arn:aws:iam::111111111111:user/</script><b>"),
            identity(IdentityKind::Role, "arn:aws:iam::111111111111:role/ci-deploy"),
        ],
        exposures: vec![exposure, undecided, role],
        logging: vec![LoggingExhibit {
            resource: resource("arn:aws:cloudtrail:eu-central-1:111111111111:trail/all", Some("eu-central-1")),
            organization: true,
            steps: vec![
                step(LoggingLink::Recording, On, ""),
                step(LoggingLink::EveryRegion, On, "eu-central-1"),
                step(LoggingLink::Bucket, On, "acme-logs"),
                step(LoggingLink::Validation, Off, ""),
                step(LoggingLink::Encryption, Off, ""),
                step(LoggingLink::LogGroup, Unknown, "cloudtrail:GetTrailStatus was denied"),
                step(LoggingLink::Topic, Off, ""),
            ],
        }],
        documents: [(
            "00112233445566778899aabbccddeeff".to_owned(),
            DocumentExhibit {
                text: format!("{document:#}"),
                places: vec![DocumentPlace { resource: open.to_owned(), pointer: "/policy".to_owned() }],
            },
        )]
        .into(),
    }
}

/// The files of a format that is a folder, in memory.
#[derive(Default)]
pub(crate) struct Files(pub(crate) Vec<(String, Vec<u8>)>);

impl FileWriter for Files {
    fn file(&mut self, name: &str, content: &mut Content<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        self.0.push((name.to_owned(), bytes));
        Ok(())
    }
}
