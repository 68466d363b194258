//! Every place of a report, in two rounds: fields first, so that sentences are read with all names known.
//!
//! Everything is taken apart by name: a field that is added to the report does not compile here until somebody decides.

#![expect(clippy::needless_for_each, reason = "a line for every field")]

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use forewarn_inventory::{Gap, Unread};
use forewarn_policy::{ContextValue, Principal, Request};

use super::stand_in::{StandIns, WITHHELD};
use crate::{
    AccountCoverage, Became, BucketExhibit, ChangeExhibit, Compliance, Coverage, DocumentExhibit, Earlier, Evidence,
    Exception, Exhibits, Exposure, Finding, GapCoverage, Grounds, IdentityExhibit, KeyExhibit, LoggingExhibit,
    LoggingStep, LookedBack, Reason, Report, Reset, Resource, Run, Setting, Since, Witness,
};

/// The first round.
pub(super) fn fields(by: &mut StandIns<'_>, report: &mut Report) {
    let Report { run, coverage, checks: _, findings, compliance, since, exhibits } = report;
    let Run { id: _, instant: _, finished: _, tool_version: _, caller_arn, interrupted: _, inputs: _, calls: _ } = run;
    caller_arn.iter_mut().for_each(|arn| leaf(by, arn));
    of_coverage(by, coverage);
    let mut resources: HashMap<Arc<Resource>, Arc<Resource>> = HashMap::new();
    // What frameworks say is our own.
    let Compliance { frameworks: _, variants } = compliance;
    for finding in findings.iter_mut().chain(variants.iter_mut().flat_map(|variant| &mut variant.findings)) {
        let Finding {
            check: _,
            verdict: _,
            severity: _,
            resource: at,
            grounds,
            fingerprint,
            change: _,
            exception,
            age: _,
        } = finding;
        let made = resources.entry(at.clone()).or_insert_with_key(|raw| {
            let mut made = Resource::clone(raw);
            resource(by, &mut made);
            made.into()
        });
        *at = made.clone();
        if **grounds != Grounds::default() {
            of_grounds(by, Arc::make_mut(grounds));
        }
        by.fingerprint(fingerprint);
        if let Some(exception) = exception {
            of_exception(by, Arc::make_mut(exception));
        }
    }
    if let Some(Since { run: _, instant: _, gone, unassessed }) = since {
        for earlier in gone.iter_mut().chain(unassessed) {
            let Earlier { check: _, severity: _, resource: at, reason: _, fingerprint } = earlier;
            resource(by, at);
            by.fingerprint(fingerprint);
        }
    }
    of_exhibits(by, exhibits);
}

pub(super) fn leaf<T: Deref<Target = str> + From<String>>(by: &mut StandIns<'_>, text: &mut T) {
    *text = by.leaf(text).into();
}

pub(super) fn resource(by: &mut StandIns<'_>, resource: &mut Resource) {
    let Resource { arn, account, region: _ } = resource;
    leaf(by, arn);
    leaf(by, account);
}

/// What AWS says freely is withheld; the code that it begins with stays.
fn gap(by: &mut StandIns<'_>, gap: &mut Gap) {
    let Unread { cause: _, operation: _, resource, detail } = &mut **gap;
    resource.iter_mut().for_each(|resource| leaf(by, resource));
    said_by_aws(detail);
}

pub(super) fn said_by_aws(detail: &mut Option<String>) {
    if let Some(detail) = detail {
        let code = detail.split([':', ' ']).next().unwrap_or_default();
        let is_code = code.len() > 4
            && code.starts_with(|c: char| c.is_ascii_uppercase())
            && code.bytes().all(|byte| byte.is_ascii_alphabetic())
            && [
                "Denied",
                "Exception",
                "Error",
                "Failed",
                "Down",
                "Timeout",
                "Invalid",
                "NoSuch",
                "NotFound",
                "Exceeded",
            ]
            .iter()
            .any(|word| code.contains(word));
        *detail = if is_code { code.to_owned() } else { WITHHELD.to_owned() };
    }
}

fn of_coverage(by: &mut StandIns<'_>, coverage: &mut Coverage) {
    let Coverage { accounts, unlisted, facts: _, gaps, internal_errors: _, idle_exceptions } = coverage;
    for account in accounts {
        let AccountCoverage { id, name, gap: entered, not_applicable: _, regions: _, unassessed: _, looked_back } =
            account;
        leaf(by, id);
        name.iter_mut().for_each(|name| *name = by.of(name));
        entered.iter_mut().for_each(|entered| gap(by, entered));
        for LookedBack { region: _, attribute, value, since: _ } in looked_back {
            if !matches!(attribute.as_str(), "EventName" | "ReadOnly" | "EventSource" | "ResourceType") {
                leaf(by, value);
            }
        }
    }
    unlisted.iter_mut().for_each(|unlisted| gap(by, unlisted));
    for GapCoverage { cause: _, operation: _, accounts, count: _, resources, detail, checks: _ } in gaps {
        accounts.iter_mut().chain(resources).for_each(|name| leaf(by, name));
        said_by_aws(detail);
    }
    idle_exceptions.iter_mut().for_each(|exception| of_exception(by, Arc::make_mut(exception)));
}

/// The sentence of an Unknown is that of its reasons, and that of a reason is that of its gap: such are made anew.
fn of_grounds(by: &mut StandIns<'_>, grounds: &mut Grounds) {
    let Grounds { reason, evidence, witness, unless: _, unknown_because, as_of: _ } = grounds;
    evidence.iter_mut().for_each(|piece| of_evidence(by, piece));
    witness.iter_mut().for_each(|witness| of_witness(by, witness));
    let joined = |all: &[Reason]| all.iter().map(|reason| reason.message.as_str()).collect::<Vec<_>>().join("; ");
    let is_joined = !unknown_because.is_empty() && **reason == *joined(unknown_because);
    unknown_because.iter_mut().for_each(|reason| of_reason(by, reason));
    if is_joined {
        *reason = Arc::default();
    }
}

pub(super) fn of_reason(by: &mut StandIns<'_>, reason: &mut Reason) {
    let Reason { code: _, message, gap: read } = reason;
    if let Some(read) = read {
        let same = *message == read.to_string();
        gap(by, read);
        if same {
            *message = read.to_string();
        }
    }
}

pub(super) fn of_evidence(by: &mut StandIns<'_>, evidence: &mut Evidence) {
    let Evidence { resource, pointer, content, note: _, role: _ } = evidence;
    leaf(by, resource);
    *pointer = by.pointer(pointer).into();
    *content = by.value(content.value(), pointer.ends_with("/tags")).into();
}

pub(super) fn of_witness(by: &mut StandIns<'_>, witness: &mut Witness) {
    let Witness { audience: _, request } = witness;
    let Request { principal, action: _, resource, resource_account, context } = Arc::make_mut(request);
    match principal {
        Principal::Anonymous => {}
        Principal::Arn(name) | Principal::Service(name) | Principal::Federated(name) => leaf(by, name),
    }
    leaf(by, resource);
    resource_account.iter_mut().for_each(|account| leaf(by, account));
    let given = std::mem::take(&mut context.0).into_iter().map(|(key, mut value)| {
        match &mut value {
            ContextValue::One(text) => leaf(by, text),
            ContextValue::Many(texts) => texts.iter_mut().for_each(|text| leaf(by, text)),
        }
        (by.context_key(&key), value)
    });
    context.0 = given.collect();
}

fn of_exception(by: &mut StandIns<'_>, exception: &mut Exception) {
    let Exception { id, check, resource, fingerprint, owner, reason, expires: _ } = exception;
    leaf(by, resource);
    fingerprint.iter_mut().for_each(|fingerprint| by.fingerprint(fingerprint));
    *id = Exception::id_of(check, resource, *fingerprint);
    *owner = by.of(owner);
    WITHHELD.clone_into(reason);
}

fn of_exhibits(by: &mut StandIns<'_>, exhibits: &mut Exhibits) {
    let Exhibits { changes, buckets, identities, exposures, logging, documents } = exhibits;
    changes.iter_mut().for_each(|change| of_change(by, change));
    for bucket in buckets {
        let BucketExhibit {
            resource: at,
            block_public_access: _,
            acls_disabled: _,
            kms_encryption: _,
            versioning: _,
            access_logging,
        } = bucket;
        resource(by, at);
        one_thing(by, access_logging);
    }
    for identity in identities {
        let IdentityExhibit {
            resource: at,
            kind: _,
            administrator: _,
            password: _,
            mfa: _,
            active_keys: _,
            oldest_key: _,
            created: _,
            last_used: _,
            boundary,
            policies,
            keys,
        } = identity;
        resource(by, at);
        for KeyExhibit { id, networks: _, at_least: _, since: _, last_used: _ } in keys {
            leaf(by, id);
        }
        boundary.iter_mut().chain(policies).for_each(|name| leaf(by, name));
    }
    for Exposure { resource: at, audience: _, callers, abilities: _, witness, evidence, unless: _, undecided } in
        exposures
    {
        resource(by, at);
        callers.iter_mut().for_each(|caller| leaf(by, caller));
        witness.iter_mut().for_each(|witness| of_witness(by, witness));
        evidence.iter_mut().for_each(|piece| of_evidence(by, piece));
        undecided.iter_mut().for_each(|reason| of_reason(by, reason));
    }
    for LoggingExhibit { resource: at, organization: _, steps } in logging {
        resource(by, at);
        for LoggingStep { link: _, setting } in steps {
            one_thing(by, setting);
        }
    }
    let given = std::mem::take(documents);
    for mut document in given.into_values() {
        let DocumentExhibit { text, places } = &mut document;
        *text = match serde_json::from_str(text) {
            Ok(value) => by.value(value, false).to_string(),
            Err(_) => WITHHELD.to_owned(),
        };
        for place in places {
            leaf(by, &mut place.resource);
            place.pointer = by.pointer(&place.pointer);
        }
        let hash = StandIns::document(&document.text);
        documents.entry(hash).and_modify(|same| same.places.extend(document.places.clone())).or_insert(document);
    }
}

/// What is said of a setting is a sentence, or the one thing that it is set to.
fn one_thing(by: &mut StandIns<'_>, setting: &mut Setting) {
    let Setting { state: _, said } = setting;
    if !said.contains(' ') {
        leaf(by, said);
    }
}

fn of_change(by: &mut StandIns<'_>, change: &mut ChangeExhibit) {
    let ChangeExhibit {
        time: _,
        event,
        name: _,
        source: _,
        region: _,
        resource: at,
        changes: _,
        actor,
        person,
        address,
        agent,
        refused,
        opened: _,
        witness,
        undecided,
        stands_out: _,
        became,
    } = change;
    resource(by, at);
    if let Some(Became { state: _, reset: Some(reset), as_of: _ }) = became {
        let Reset { event_id, time: _, open_for_seconds: _ } = reset;
        leaf(by, event_id);
    }
    [event, actor].into_iter().chain(person).chain(address).for_each(|name| leaf(by, name));
    agent.iter_mut().for_each(|agent| WITHHELD.clone_into(agent));
    said_by_aws(refused);
    witness.iter_mut().for_each(|witness| of_witness(by, witness));
    undecided.iter_mut().for_each(|reason| of_reason(by, reason));
}

/// The second round.
pub(super) fn sentences(by: &mut StandIns<'_>, report: &mut Report) {
    for finding in report.every_finding_mut() {
        if *finding.grounds == Grounds::default() {
            continue;
        }
        let Grounds { reason, evidence, unknown_because, .. } = Arc::make_mut(&mut finding.grounds);
        evidence.iter_mut().for_each(|piece| sentence(by, &mut piece.note));
        unknown_because.iter_mut().for_each(|reason| told(by, reason));
        if reason.is_empty() {
            let messages: Vec<&str> = unknown_because.iter().map(|reason| reason.message.as_str()).collect();
            *reason = messages.join("; ").into();
        } else {
            sentence(by, reason);
        }
    }
    if let Some(since) = &mut report.since {
        since.gone.iter_mut().chain(&mut since.unassessed).for_each(|earlier| sentence(by, &mut earlier.reason));
    }
    let coverage = &mut report.coverage;
    coverage.internal_errors.iter_mut().for_each(|error| sentence(by, error));
    coverage
        .accounts
        .iter_mut()
        .filter_map(|account| account.not_applicable.as_mut())
        .for_each(|said| sentence(by, said));
    let exhibits = &mut report.exhibits;
    for bucket in &mut exhibits.buckets {
        let BucketExhibit { block_public_access, acls_disabled, kms_encryption, versioning, access_logging, .. } =
            bucket;
        for setting in [block_public_access, acls_disabled, kms_encryption, versioning, access_logging] {
            sentence(by, &mut setting.said);
        }
    }
    for identity in &mut exhibits.identities {
        let IdentityExhibit { administrator, password, mfa, .. } = identity;
        for setting in [administrator, password, mfa].into_iter().flatten() {
            sentence(by, &mut setting.said);
        }
    }
    let steps = exhibits.logging.iter_mut().flat_map(|trail| &mut trail.steps);
    steps.for_each(|step| sentence(by, &mut step.setting.said));
    for exposure in &mut exhibits.exposures {
        exposure.evidence.iter_mut().for_each(|piece| sentence(by, &mut piece.note));
        exposure.undecided.iter_mut().for_each(|reason| told(by, reason));
    }
    exhibits.changes.iter_mut().flat_map(|change| &mut change.undecided).for_each(|reason| told(by, reason));
}

/// A message that is that of its gap is clean.
pub(super) fn told(by: &mut StandIns<'_>, reason: &mut Reason) {
    let clean = reason.gap.as_ref().is_some_and(|gap| gap.to_string() == reason.message);
    if !clean {
        sentence(by, &mut reason.message);
    }
}

pub(super) fn sentence<T: Deref<Target = str> + From<String>>(by: &mut StandIns<'_>, text: &mut T) {
    *text = by.sentence(text).into();
}
