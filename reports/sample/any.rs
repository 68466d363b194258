//! Any report at all, also one that no assessment would give.

use std::sync::Arc;

use forewarn_findings::{
    Ability, AccountCoverage, Age, Audience, Became, BucketExhibit, CallCount, Change, ChangeExhibit, CheckCard,
    Compliance, Context, ContextValue, Control, ControlCheck, Coverage, DocumentExhibit, DocumentPlace, Earlier,
    Evidence, EvidenceRole, Exception, Exhibits, Exposure, Fact, FactCoverage, Finding, Fingerprint, Framework, Gap,
    GapCoverage, Grounds, IdentityExhibit, IdentityKind, KeyExhibit, LayerName, LoggingExhibit, LoggingLink,
    LoggingStep, Principal, Protects, Reason, RegionStatus, Report, Request, Reset, Resource, Run, Setting,
    SettingState, Severity, Side, Since, StandsOut, State, Unread, Variant, VerdictKind, Witness,
};
use jiff::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{self, select};
use serde_json::Value;

use super::{CAUSES, HOSTILE};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => any::<String>(), 1 => select(HOSTILE.to_vec()).prop_map(str::to_owned)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0i64..4_102_444_800, 0i32..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn gap() -> impl Strategy<Value = Gap> {
    (select(CAUSES.to_vec()), text(), option::of(text()), option::of(text()))
        .prop_map(|(cause, operation, resource, detail)| Unread { cause, operation, resource, detail }.into())
}

fn layer() -> impl Strategy<Value = LayerName> {
    use LayerName::{AccessPoint, Acl, BlockPublicAccess, Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session};
    select(vec![Identity, Boundary, Session, Resource, AccessPoint, Scp, Rcp, Endpoint, BlockPublicAccess, Acl])
}

fn witness() -> impl Strategy<Value = Witness> {
    let principal = prop_oneof![
        text().prop_map(Principal::Arn),
        Just(Principal::Anonymous),
        text().prop_map(Principal::Service),
        text().prop_map(Principal::Federated),
    ];
    let given = prop_oneof![text().prop_map(ContextValue::One), vec(text(), 0..3).prop_map(ContextValue::Many)];
    let context = btree_map(text(), given, 0..3).prop_map(Context);
    let request = (principal, text(), text(), option::of(text()), context).prop_map(
        |(principal, action, resource, resource_account, context)| Request {
            principal,
            action,
            resource,
            resource_account,
            context,
        },
    );
    (select(Audience::ALL.to_vec()), request)
        .prop_map(|(audience, request)| Witness { audience, request: request.into() })
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    any::<[u8; 16]>().prop_map(Fingerprint)
}

fn severity() -> impl Strategy<Value = Severity> {
    select(Severity::WORST_FIRST.to_vec())
}

fn exception() -> impl Strategy<Value = Arc<Exception>> {
    let day = (1i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day));
    let said = [text(), text(), text(), text(), text()];
    (said, option::of(fingerprint()), day).prop_map(|(said, fingerprint, expires)| {
        let [id, check, resource, owner, reason] = said;
        Arc::new(Exception { id, check, resource, fingerprint, owner, reason, expires })
    })
}

fn kept() -> impl Strategy<Value = (Option<Arc<Exception>>, Option<Box<Age>>)> {
    let age = (time(), time()).prop_map(|(first_seen, open_since)| Box::new(Age { first_seen, open_since }));
    (option::of(exception()), option::of(age))
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let role = select(vec![EvidenceRole::Primary, EvidenceRole::Related]);
    (text(), text(), value(), text(), role).prop_map(|(resource, pointer, content, note, role)| Evidence {
        resource: resource.into(),
        pointer: pointer.into(),
        content: content.into(),
        note: note.into(),
        role,
    })
}

fn finding() -> impl Strategy<Value = Finding> {
    use VerdictKind::{Fail, NotApplicable, Pass, Unknown};
    let resource =
        (text(), text(), option::of(text())).prop_map(|(arn, account, region)| Resource { arn, account, region });
    let reason = (text(), text(), option::of(gap())).prop_map(|(code, message, gap)| Reason { code, message, gap });
    let judged = (select(vec![Fail, Unknown, Pass, NotApplicable]), severity());
    let because = (vec(evidence(), 0..3), option::of(witness()), vec(layer(), 0..3), vec(reason, 0..3));
    let change = option::of(select(vec![Change::New, Change::Changed, Change::Unchanged]));
    (text(), judged, resource, text(), because, option::of(time()), (fingerprint(), change, kept())).prop_map(
        |(check, (verdict, severity), resource, reason, because, as_of, (fingerprint, change, (exception, age)))| {
            let (evidence, witness, unless, unknown_because) = because;
            let grounds = Grounds {
                reason: reason.into(),
                evidence: evidence.into(),
                witness,
                unless: unless.into(),
                unknown_because: unknown_because.into(),
                as_of,
            };
            let (check, resource, grounds) = (check.into(), Arc::new(resource), Arc::new(grounds));
            Finding { check, verdict, severity, resource, grounds, fingerprint, change, exception, age }
        },
    )
}

fn compliance() -> impl Strategy<Value = Compliance> {
    let asked = || {
        (text(), btree_map(text(), any::<i64>(), 0..2))
            .prop_map(|(check, parameters)| ControlCheck { check, parameters })
    };
    let control = (text(), text(), text(), option::of(text()), vec(asked(), 0..3), option::of(text())).prop_map(
        |(id, title, level, published_as, checks, not_covered)| Control {
            id,
            title,
            level,
            published_as,
            checks,
            not_covered,
        },
    );
    let framework = (text(), text(), text(), text(), any::<bool>(), vec(control, 0..3)).prop_map(
        |(id, name, version, reference, outcome, controls)| Framework {
            id,
            name,
            version,
            reference,
            outcome,
            controls,
        },
    );
    let variant = (asked(), vec(finding(), 0..3)).prop_map(|(of, findings)| Variant { of, findings });
    (vec(framework, 0..2), vec(variant, 0..2)).prop_map(|(frameworks, variants)| Compliance { frameworks, variants })
}

fn any_since() -> impl Strategy<Value = Since> {
    let resource =
        (text(), text(), option::of(text())).prop_map(|(arn, account, region)| Resource { arn, account, region });
    let earlier = (text(), severity(), resource, text(), fingerprint()).prop_map(
        |(check, severity, resource, reason, fingerprint)| Earlier { check, severity, resource, reason, fingerprint },
    );
    let all = vec(earlier, 0..3).boxed();
    (text(), time(), all.clone(), all).prop_map(|(run, instant, gone, unassessed)| Since {
        run,
        instant,
        gone,
        unassessed,
    })
}

fn coverage() -> impl Strategy<Value = Coverage> {
    use RegionStatus::{Assessed, NotOptedIn, NotSelected};
    let status = select(vec![Assessed, NotOptedIn, NotSelected]);
    let said = (text(), option::of(text()), option::of(gap()), option::of(text()));
    let account = (said, btree_map(text(), status, 0..3), btree_map(text(), any::<usize>(), 0..2)).prop_map(
        |((id, name, gap, not_applicable), regions, unassessed)| AccountCoverage {
            id,
            name,
            gap,
            not_applicable,
            regions,
            unassessed,
            looked_back: vec![],
        },
    );
    let fact = (select(Fact::ALL.to_vec()), 0usize..1000, 0usize..1000)
        .prop_map(|(fact, places, observed)| FactCoverage { fact, places, observed });
    let failed = (gap(), vec(text(), 0..3), any::<usize>(), vec(text(), 0..3), vec(text(), 0..3)).prop_map(
        |(gap, accounts, count, resources, checks)| GapCoverage {
            cause: gap.cause,
            operation: gap.operation.clone(),
            accounts,
            count,
            resources,
            detail: gap.detail.clone(),
            checks,
        },
    );
    let idle = vec(exception(), 0..2);
    (vec(account, 0..3), vec(gap(), 0..2), vec(fact, 0..3), vec(failed, 0..3), vec(text(), 0..2), idle).prop_map(
        |(accounts, unlisted, facts, gaps, internal_errors, idle_exceptions)| Coverage {
            accounts,
            unlisted,
            facts,
            gaps,
            internal_errors,
            idle_exceptions,
        },
    )
}

fn change() -> impl Strategy<Value = ChangeExhibit> {
    use StandsOut::{Guardrail, Log, NotADeployer, OpenedAccess};
    let resource =
        (text(), text(), option::of(text())).prop_map(|(arn, account, region)| Resource { arn, account, region });
    let said = [text(), text(), text(), text(), text()];
    let maybe = [option::of(text()), option::of(text()), option::of(text()), option::of(text()), option::of(text())];
    let reason = (text(), text(), option::of(gap())).prop_map(|(code, message, gap)| Reason { code, message, gap });
    let out = select(vec![OpenedAccess, Guardrail, Log, NotADeployer]);
    let opened =
        (option::of(any::<bool>()), option::of(witness()), vec(reason, 0..2), vec(out, 0..3), option::of(became()));
    (time(), said, resource, maybe, opened).prop_map(|(time, said, resource, maybe, opened)| {
        let [event, name, source, changes, actor] = said;
        let [region, person, address, agent, refused] = maybe;
        let (opened, witness, undecided, stands_out, became) = opened;
        ChangeExhibit {
            time,
            event,
            name,
            source,
            region,
            resource,
            changes,
            actor,
            person,
            address,
            agent,
            refused,
            opened,
            witness,
            undecided,
            stands_out,
            became,
        }
    })
}

fn became() -> impl Strategy<Value = Became> {
    use State::{NothingOpened, OpenedAgain, OpenedAndNeverReset, PartlyReset, Refused, Reset as Shut, Unknown};
    let reset = (text(), time(), any::<i64>()).prop_map(|(event_id, time, open_for_seconds)| Reset {
        event_id,
        time,
        open_for_seconds,
    });
    let states = vec![OpenedAgain, OpenedAndNeverReset, PartlyReset, Unknown, Shut, Refused, NothingOpened];
    (select(states), option::of(reset), time()).prop_map(|(state, reset, as_of)| Became { state, reset, as_of })
}

fn any_resource() -> impl Strategy<Value = Resource> {
    (text(), text(), option::of(text())).prop_map(|(arn, account, region)| Resource { arn, account, region })
}

fn any_setting() -> impl Strategy<Value = Setting> {
    use SettingState::{Off, On, Partly, Unknown};
    (select(vec![On, Partly, Off, Unknown]), text()).prop_map(|(state, said)| Setting { state, said })
}

fn any_exposure() -> impl Strategy<Value = Exposure> {
    use Ability::{Administer, Assume, List, Other, Read, Write};
    let reason = (text(), text(), option::of(gap())).prop_map(|(code, message, gap)| Reason { code, message, gap });
    let abilities = vec(select(vec![List, Read, Write, Administer, Assume, Other]), 0..3);
    let who = (any_resource(), select(Audience::ALL.to_vec()), vec(text(), 0..2), abilities);
    let why = (option::of(witness()), vec(evidence(), 0..2), vec(layer(), 0..2), vec(reason, 0..2));
    (who, why).prop_map(|((resource, audience, callers, abilities), (witness, evidence, unless, undecided))| Exposure {
        resource,
        audience,
        callers,
        abilities,
        witness,
        evidence,
        unless,
        undecided,
    })
}

fn any_exhibits() -> impl Strategy<Value = Exhibits> {
    use IdentityKind::{Role, Root, User};
    use LoggingLink::{Bucket, Encryption, EveryRegion, LogGroup, Recording, Topic, Validation};
    let five = [any_setting(), any_setting(), any_setting(), any_setting(), any_setting()];
    let bucket = (any_resource(), five).prop_map(|(resource, settings)| {
        let [block_public_access, acls_disabled, kms_encryption, versioning, access_logging] = settings;
        BucketExhibit { resource, block_public_access, acls_disabled, kms_encryption, versioning, access_logging }
    });
    let maybe = || option::of(any_setting());
    let times = [option::of(time()), option::of(time()), option::of(time())];
    let key = (text(), any::<u32>(), any::<bool>(), time(), time())
        .prop_map(|(id, networks, at_least, since, last_used)| KeyExhibit { id, networks, at_least, since, last_used });
    let said = (option::of(any::<u32>()), times, option::of(text()), vec(text(), 0..3), vec(key, 0..2));
    let identity = (any_resource(), select(vec![Root, User, Role]), [maybe(), maybe(), maybe()], said).prop_map(
        |(resource, kind, [administrator, password, mfa], (active_keys, times, boundary, policies, keys))| {
            let [oldest_key, created, last_used] = times;
            IdentityExhibit {
                resource,
                kind,
                administrator,
                password,
                mfa,
                active_keys,
                oldest_key,
                created,
                last_used,
                boundary,
                policies,
                keys,
            }
        },
    );
    let links = vec![Recording, EveryRegion, Bucket, Validation, Encryption, LogGroup, Topic];
    let step = (select(links), any_setting()).prop_map(|(link, setting)| LoggingStep { link, setting });
    let trail = (any_resource(), any::<bool>(), vec(step, 0..3))
        .prop_map(|(resource, organization, steps)| LoggingExhibit { resource, organization, steps });
    let place = (text(), text()).prop_map(|(resource, pointer)| DocumentPlace { resource, pointer });
    let document = (text(), vec(place, 0..3)).prop_map(|(text, places)| DocumentExhibit { text, places });
    (
        vec(change(), 0..3),
        vec(bucket, 0..3),
        vec(identity, 0..3),
        vec(any_exposure(), 0..3),
        vec(trail, 0..2),
        btree_map(text(), document, 0..3),
    )
        .prop_map(|(changes, buckets, identities, exposures, logging, documents)| Exhibits {
            changes,
            buckets,
            identities,
            exposures,
            logging,
            documents,
        })
}

/// Any report at all.
pub(crate) fn any_report() -> impl Strategy<Value = Report> {
    let calls = (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(sent, failed, throttled)| CallCount {
        sent,
        failed,
        throttled,
    });
    let run = (
        text(),
        time(),
        option::of(time()),
        text(),
        option::of(text()),
        any::<bool>(),
        (btree_map(text(), calls, 0..3), btree_map(text(), text(), 0..2)),
    )
        .prop_map(|(id, instant, finished, tool_version, caller_arn, interrupted, (calls, inputs))| Run {
            id,
            instant,
            finished,
            tool_version,
            caller_arn,
            interrupted,
            inputs,
            calls,
        });
    let tags = (sample::subsequence(Protects::ALL.to_vec(), 0..=3), select(Side::ALL.to_vec()));
    let card = (text(), severity(), tags, vec(text(), 0..2), text(), text(), text()).prop_map(
        |(title, severity, (protects, side), operations, what, why, fix)| CheckCard {
            title,
            severity,
            protects,
            side,
            operations,
            what,
            why,
            fix,
        },
    );
    let rest = (compliance(), option::of(any_since()), any_exhibits());
    (run, coverage(), btree_map(text(), card, 0..3), vec(finding(), 0..4), rest).prop_map(
        |(run, coverage, mut checks, findings, (compliance, since, exhibits))| {
            // Some findings have their card.
            let cards: Vec<CheckCard> = checks.values().cloned().collect();
            checks.extend(findings.iter().map(|finding| finding.check.to_string()).zip(cards));
            Report { run, coverage, checks, findings, compliance, since, exhibits }
        },
    )
}
