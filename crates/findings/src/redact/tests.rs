//! Nothing of an account is left, whatever it is called.

use std::sync::Arc;

use forewarn_inventory::{Cause, Gap};
use forewarn_policy::{Audience, Context, ContextValue, Principal, Request};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    AccessDelta, AccountCoverage, BucketExhibit, CheckCard, Compliance, ControlCheck, Coverage, DocumentExhibit,
    DocumentPlace, Evidence, EvidenceRole, Exception, Exhibits, Finding, Fingerprint, Gain, Grounds, IdentityExhibit,
    IdentityKind, KeyExhibit, LookedBack, Of, Proposed, ProposedAction, Reason, Resource, Run, Setting, SettingState,
    Severity, Side, SourcePlace, Understood, Variant, VerdictKind, Witness,
};

/// What must not be left of an account.
#[derive(Debug, Clone)]
struct Secrets {
    account: String,
    bucket: String,
    user: String,
    role: String,
    sid: String,
    tag: String,
    mail: String,
    address: String,
    key: String,
    organization: String,
}

impl Secrets {
    fn all(&self) -> [&str; 10] {
        [
            &self.account,
            &self.bucket,
            &self.user,
            &self.role,
            &self.sid,
            &self.tag,
            &self.mail,
            &self.address,
            &self.key,
            &self.organization,
        ]
    }
}

fn report(of: &Secrets) -> Report {
    let Secrets { account, bucket, user, role, sid, tag, mail, address, key, organization } = of;
    let arn = format!("arn:aws:s3:::{bucket}");
    let user_arn = format!("arn:aws:iam::{account}:user/{user}");
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": sid, "Effect": "Allow", "Principal": { "AWS": [format!("arn:aws:iam::{account}:role/{role}"), account] },
        "Action": ["s3:GetObject", "s3:Put*"], "Resource": [format!("{arn}/*"), format!("arn:aws:s3:::{bucket}-*")],
        "Condition": {
            "StringEquals": { "aws:PrincipalOrgID": organization, (format!("aws:PrincipalTag/{tag}")): tag },
            "IpAddress": { "aws:SourceIp": [format!("{address}/32"), "0.0.0.0/0"] },
            "StringLike": { "aws:userid": format!("*:{mail}") },
        },
    }] });
    let denied = Gap::new(Cause::Denied, "s3:GetBucketAcl")
        .on(bucket)
        .detail(format!("AccessDenied: User: {user_arn} is not authorized to perform: s3:GetBucketAcl on {arn}"));
    let evidence = Evidence {
        resource: arn.as_str().into(),
        pointer: format!("/tags/{tag}").into(),
        content: policy.clone().into(),
        note: format!("the statement {sid} lets {user} in, also from {address}").into(),
        role: EvidenceRole::Primary,
    };
    let witness = Witness {
        audience: Audience::Accounts,
        request: Request {
            principal: Principal::Arn(user_arn.clone()),
            action: "s3:GetObject".to_owned(),
            resource: format!("{arn}/x"),
            resource_account: Some(account.clone()),
            context: Context(
                [
                    ("aws:SourceIp".to_owned(), ContextValue::One(address.clone())),
                    (format!("aws:PrincipalTag/{tag}"), ContextValue::Many(vec![tag.clone()])),
                ]
                .into(),
            ),
        }
        .into(),
    };
    let finding = |verdict, grounds, byte| Finding {
        check: "s3.reachable_by_other_account".into(),
        verdict,
        severity: Severity::High,
        resource: Arc::new(Resource {
            arn: arn.clone(),
            account: account.clone(),
            region: Some("eu-central-1".to_owned()),
        }),
        grounds: Arc::new(grounds),
        fingerprint: Fingerprint([byte; 16]),
        change: None,
        exception: Some(Arc::new(Exception {
            id: "EX-1".to_owned(),
            check: "s3.reachable_by_other_account".to_owned(),
            resource: arn.clone(),
            fingerprint: Some(Fingerprint([byte; 16])),
            owner: mail.clone(),
            reason: format!("{user} wants it"),
            expires: "2027-01-01".parse().unwrap(),
        })),
        age: None,
    };
    let reason = Reason::from(&denied);
    let doubt =
        Reason { code: "doubt".to_owned(), message: format!("{mail} and {key} of {user} are unclear"), gap: None };
    let fails = Grounds {
        reason: format!("{user} with key {key} of account {account} can read {bucket}").into(),
        evidence: [evidence.clone()].into(),
        witness: Some(witness),
        ..Grounds::default()
    };
    let unknown = Grounds {
        reason: format!("{}; {}", reason.message, doubt.message).into(),
        unknown_because: [reason, doubt].into(),
        ..Grounds::default()
    };
    let setting = |said: &str| Setting { state: SettingState::On, said: said.to_owned() };
    let card = CheckCard {
        title: "Bucket can be read by another account".to_owned(),
        severity: Severity::High,
        protects: Vec::new(),
        side: Side::Customer,
        operations: Vec::new(),
        what: "A statement lets in an account that is not of the organisation.".to_owned(),
        why: String::new(),
        fix: String::new(),
    };
    Report {
        run: Run {
            id: "0123456789abcdef".to_owned(),
            instant: "2026-11-24T11:00:02Z".parse().unwrap(),
            caller_arn: Some(format!("arn:aws:sts::{account}:assumed-role/{role}/{mail}")),
            ..Run::default()
        },
        coverage: Coverage {
            accounts: vec![AccountCoverage {
                id: account.clone(),
                name: Some(format!("{tag} payroll")),
                gap: Some(denied),
                looked_back: vec![LookedBack {
                    region: "us-east-1".to_owned(),
                    attribute: "Username".to_owned(),
                    value: user.clone(),
                    since: "2026-11-20T11:00:02Z".parse().unwrap(),
                }],
                ..AccountCoverage::default()
            }],
            internal_errors: vec![format!("a check panicked: {user_arn}")],
            idle_exceptions: vec![Arc::new(Exception {
                id: "EX-2".to_owned(),
                check: "s3.reachable_by_other_account".to_owned(),
                resource: arn.clone(),
                fingerprint: None,
                owner: mail.clone(),
                reason: format!("{user} wanted it"),
                expires: "2027-01-01".parse().unwrap(),
            })],
            ..Coverage::default()
        },
        checks: [("s3.reachable_by_other_account".to_owned(), card)].into(),
        compliance: Compliance {
            frameworks: Vec::new(),
            variants: vec![Variant {
                of: ControlCheck {
                    check: "s3.reachable_by_other_account".to_owned(),
                    parameters: [("days".to_owned(), 3)].into(),
                },
                findings: vec![finding(VerdictKind::Fail, fails.clone(), 3)],
            }],
        },
        findings: vec![finding(VerdictKind::Fail, fails, 1), finding(VerdictKind::Unknown, unknown, 2)],
        since: None,
        exhibits: Exhibits {
            buckets: vec![BucketExhibit {
                resource: Resource { arn: arn.clone(), account: account.clone(), region: None },
                block_public_access: setting("3 of 4 switches"),
                acls_disabled: setting(""),
                kms_encryption: setting(&format!(
                    "arn:aws:kms:eu-central-1:{account}:key/0f0f0f0f-0000-4000-8000-{account}"
                )),
                versioning: setting(""),
                access_logging: setting(&format!("{bucket}-logs")),
            }],
            identities: vec![IdentityExhibit {
                resource: Resource { arn: user_arn, account: account.clone(), region: None },
                kind: IdentityKind::User,
                administrator: Some(setting(&format!("by the policy {sid} of {role}"))),
                password: None,
                mfa: None,
                active_keys: Some(1),
                oldest_key: None,
                created: None,
                last_used: None,
                boundary: Some("arn:aws:iam::aws:policy/PowerUserAccess".to_owned()),
                policies: vec![sid.clone()],
                keys: vec![KeyExhibit {
                    id: format!("AKIA{account}XXXX"),
                    networks: 2,
                    at_least: false,
                    since: jiff::Timestamp::UNIX_EPOCH,
                    last_used: jiff::Timestamp::UNIX_EPOCH,
                }],
            }],
            documents: [(
                "00".to_owned(),
                DocumentExhibit {
                    text: policy.to_string(),
                    places: vec![DocumentPlace { resource: arn, pointer: "/policy".to_owned() }],
                },
            )]
            .into(),
            ..Exhibits::default()
        },
    }
}

/// A review of a change in the same account; the names in the change are nobody's secret, the keys are.
fn review(of: &Secrets) -> Review {
    let Secrets { account, bucket, user, role, sid, tag, mail, .. } = of;
    let report = report(of);
    let Grounds { evidence, witness, .. } = (*report.findings[0].grounds).clone();
    let witness = witness.unwrap();
    let resource =
        Resource { arn: format!("arn:aws:iam::{account}:role/{role}"), account: account.clone(), region: None };
    let open = format!("depends on aws_kms_key.main[\"{tag}\"].arn of {mail}");
    let reason = Reason { code: "known_after_apply".to_owned(), message: open.clone(), gap: None };
    let one = |name: &str, understood| Proposed {
        address: format!("module.m[\"{mail}\"].aws_s3_bucket.{name}[\"{bucket}\"]"),
        kind: "aws_s3_bucket".to_owned(),
        action: ProposedAction::Create,
        understood,
        about: vec![format!("arn:aws:s3:::{bucket}")],
        place: SourcePlace { file: "main.tf".to_owned(), line: Some(3) },
    };
    let delta = |gains, loses| AccessDelta { resource: resource.clone(), of: Of::Identity, gains, loses };
    Review {
        report,
        access: vec![
            delta(Gain::Yes(Box::new((witness.clone(), evidence.to_vec()))), Some(witness)),
            delta(Gain::Unknown(vec![reason]), None),
        ],
        proposed: vec![
            one(
                "own",
                Understood::Partly(vec![
                    open,
                    format!("{user} is not known"),
                    format!("depends on x['{tag}'].y, z['{sid}'']'].arn"),
                ]),
            ),
            one("logs", Understood::Not(format!("aws_s3_bucket.own[\"{tag}\\\"{sid}\"] is not known"))),
        ],
        notes: vec![format!("changed outside: aws_iam_role.r[\"{user}\"], aws_s3_bucket.logs[\"{bucket}\"]")],
    }
}

fn secrets() -> impl Strategy<Value = Secrets> {
    let names = ["[0-9]{12}", "zq[a-z]{3,9}", "zu[a-z]{3,8}", "Zr[A-Za-z0-9+=,.@_-]{3,8}x", "Zs[A-Za-z0-9]{2,8}"];
    let more = [
        "zt[a-z]{3,8}",
        "[a-z]{4,8}@zm[a-z]{3,6}\\.example",
        "203\\.0\\.113\\.[1-9][0-9]",
        "AKIAZ[A-Z2-7]{15}",
        "o-z[a-z0-9]{9}",
    ];
    (names, more).prop_map(|([account, bucket, user, role, sid], [tag, mail, address, key, organization])| Secrets {
        account,
        bucket,
        user,
        role,
        sid,
        tag,
        mail,
        address,
        key,
        organization,
    })
}

fn acme() -> Secrets {
    let [account, bucket, user, role, sid] =
        ["012345678901", "acme-press", "alice", "Deploy", "LetThemIn"].map(str::to_owned);
    let [tag, mail, address, key, organization] =
        ["team-blue", "alice@acme.example", "203.0.113.77", "AKIAIOSFODNN7EXAMPLE", "o-a1b2c3d4e5"].map(str::to_owned);
    Secrets { account, bucket, user, role, sid, tag, mail, address, key, organization }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `Debug` shows every field, and so more than any format.
    #[test]
    fn nothing_of_the_account_is_left(of in secrets(), keyed in any::<bool>()) {
        let redaction = if keyed { Redaction::keyed(b"0123456789abcdef") } else { Redaction::default() };
        let left = format!("{:?}", report(&of).redacted(&redaction));
        for secret in of.all() {
            prop_assert!(!left.contains(secret), "{secret} in {left}");
        }
        prop_assert!(!left.contains("payroll") && !left.contains("wants it"));
    }

    #[test]
    fn nothing_of_the_account_is_left_of_a_review(of in secrets(), keyed in any::<bool>()) {
        let redaction = if keyed { Redaction::keyed(b"0123456789abcdef") } else { Redaction::default() };
        let left = format!("{:?}", review(&of).redacted(&redaction));
        for secret in of.all() {
            prop_assert!(!left.contains(secret), "{secret} in {left}");
        }
    }
}

#[test]
fn what_the_change_itself_says_stays() {
    let mut given = review(&acme());
    given.proposed[1].address = "aws_s3_bucket.logs".to_owned();
    given.proposed[0].understood = Understood::Partly(vec!["depends on aws_s3_bucket.logs.arn".to_owned()]);
    let redacted = given.redacted(&Redaction::default());
    let bucket = &redacted.report.findings[0].resource.arn;
    assert_eq!(&redacted.proposed[0].about[0], bucket, "the finding still finds its place");
    let address = &redacted.proposed[0].address;
    assert!(address.starts_with("module.m[\"mail-") && address.contains("].aws_s3_bucket.own[\"name-"), "{address}");
    assert_eq!(redacted.proposed[1].address, "aws_s3_bucket.logs");
    assert_eq!(redacted.proposed[0].place.line, Some(3));
    let Understood::Partly(why) = &redacted.proposed[0].understood else { panic!("{address}") };
    assert_eq!(why[0], "depends on aws_s3_bucket.logs.arn");
}

#[test]
fn what_is_public_stays_and_the_same_is_called_the_same() {
    let redacted = report(&acme()).redacted(&Redaction::default());
    let fails = &redacted.findings[0];
    let bucket = fails.resource.arn.strip_prefix("arn:aws:s3:::").unwrap();
    let account = &fails.resource.account;
    assert!(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()), "{account}");
    assert_eq!(fails.resource.region.as_deref(), Some("eu-central-1"));
    let grounds = &fails.grounds;
    assert!(grounds.reason.ends_with(&format!("of account {account} can read {bucket}")), "{}", grounds.reason);
    let content = grounds.evidence[0].content.value();
    let statement = &content["Statement"][0];
    assert_eq!(statement["Action"], json!(["s3:GetObject", "s3:Put*"]));
    assert_eq!(statement["Resource"][0], format!("arn:aws:s3:::{bucket}/*"));
    assert_eq!(statement["Principal"]["AWS"][1], json!(account));
    assert_eq!(statement["Condition"]["IpAddress"]["aws:SourceIp"][1], "0.0.0.0/0");
    assert!(statement["Condition"]["StringEquals"]["aws:PrincipalOrgID"].as_str().unwrap().starts_with("org-"));
    let witness = grounds.witness.as_ref().unwrap();
    assert_eq!(witness.request.resource.split('/').next(), Some(fails.resource.arn.as_str()));
    assert_eq!(witness.request.action, "s3:GetObject");
    let said = &redacted.findings[1].grounds.reason;
    assert!(
        said.starts_with(&format!("s3:GetBucketAcl {} on {bucket} (AccessDenied); ", Cause::Denied.words())),
        "{said}"
    );
    assert_eq!(redacted.exhibits.identities[0].boundary.as_deref(), Some("arn:aws:iam::aws:policy/PowerUserAccess"));
    assert_eq!(redacted.exhibits.buckets[0].block_public_access.said, "3 of 4 switches");
    assert_eq!(redacted.findings[0].exception.as_ref().unwrap().fingerprint, Some(fails.fingerprint));
    assert_ne!(fails.fingerprint, Fingerprint([1; 16]));
}

#[test]
fn a_name_that_the_prose_knows_goes_from_fields_all_the_same() {
    let mut given = report(&acme());
    given.checks.values_mut().for_each(|card| card.why = "Auditors ask for it.".to_owned());
    let named = json!({ "name": "Auditors", "pattern": "Auditors:*" });
    Arc::make_mut(&mut given.findings[0].grounds).evidence[0].content = named.into();
    let redacted = given.redacted(&Redaction::default());
    let content = &redacted.findings[0].grounds.evidence[0].content;
    assert!(!content.to_string().contains("Auditors"), "{content}");
}

#[test]
fn with_a_key_two_reports_use_the_same_words() {
    let one = report(&acme()).redacted(&Redaction::keyed(b"0123456789abcdef"));
    let mut later = report(&acme());
    later.findings.reverse();
    let later = later.redacted(&Redaction::keyed(b"0123456789abcdef"));
    assert_eq!(one.findings[0].resource, later.findings[1].resource);
    assert_eq!(one.findings[0].fingerprint, later.findings[1].fingerprint);
    let other = report(&acme()).redacted(&Redaction::keyed(b"another secret!!"));
    assert_ne!(one.findings[0].resource, other.findings[0].resource);
    assert!(!format!("{:?}", Redaction::keyed(b"0123456789abcdef")).contains("48"), "the key is not shown");
}
