//! The data of the page: one JSON block that its script reads.
//!
//! Texts repeat a thousand times, so a finding is a row of numbers into one table of texts, written behind the rows.
//! `<`, `>`, `&` and hidden characters are `\uXXXX`: nothing in it can end the block that it stands in.

use std::collections::HashMap;
use std::io::{self, Write};

use forewarn_findings::{
    Change, DocumentExhibit, Evidence, EvidenceRole, Exhibits, Exposure, Finding, KeyExhibit, Reason, Report, Setting,
    Severity, State, VerdictKind,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Value, json};

use crate::inert::is_hidden;
use crate::words;

/// The texts so far. The order is that in which they were met, whatever the hash.
#[derive(Default)]
struct Texts<'a> {
    known: HashMap<std::borrow::Cow<'a, str>, usize>,
    all: Vec<std::borrow::Cow<'a, str>>,
}

impl<'a> Texts<'a> {
    fn of(&mut self, text: impl Into<std::borrow::Cow<'a, str>>) -> usize {
        let text = text.into();
        let next = self.all.len();
        *self.known.entry(text.clone()).or_insert_with(|| {
            self.all.push(text);
            next
        })
    }
}

/// Compact JSON that ends no element and hides nothing.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for (at, c) in fragment.char_indices() {
            if matches!(c, '<' | '>' | '&') || is_hidden(c) {
                out.write_all(fragment.get(from..at).unwrap_or_default().as_bytes())?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
                from = at + c.len_utf8();
            }
        }
        out.write_all(fragment.get(from..).unwrap_or_default().as_bytes())
    }
}

fn value(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Inert)).map_err(io::Error::other)
}

/// Documents by where evidence points: resource, pointer to the text, number of the document.
struct Documents<'a> {
    places: HashMap<&'a str, Vec<(&'a str, usize)>>,
}

impl<'a> Documents<'a> {
    fn of(exhibits: &'a Exhibits) -> Self {
        let mut places: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
        for (index, DocumentExhibit { places: at, .. }) in exhibits.documents.values().enumerate() {
            for place in at {
                places.entry(&place.resource).or_default().push((&place.pointer, index));
            }
        }
        Self { places }
    }

    /// The document that evidence points into, and the pointer inside it.
    fn behind<'e>(&self, evidence: &'e Evidence) -> Option<(usize, &'e str)> {
        self.places.get(&*evidence.resource)?.iter().find_map(|(pointer, index)| {
            let inside = evidence.pointer.strip_prefix(pointer)?;
            (inside.is_empty() || inside.starts_with('/')).then_some((*index, inside))
        })
    }
}

/// Writes the block's content. The script (`page.js`) says what stands where.
pub(super) fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut texts = Texts::default();
    let documents = Documents::of(&report.exhibits);
    let order: HashMap<&str, usize> =
        report.checks.keys().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    out.write_all(b"{\"checks\":")?;
    let cards = report.checks.iter().map(|(id, card)| json!([id, card.title, severity(card.severity)]));
    value(out, &cards.collect::<Vec<_>>())?;
    out.write_all(b",\"findings\":[")?;
    for (index, finding) in report.findings.iter().enumerate() {
        if index > 0 {
            out.write_all(b",\n")?;
        }
        value(out, &row(finding, &order, &documents, &mut texts, report.run.instant))?;
    }
    out.write_all(b"],\"texts\":")?;
    value(out, &texts.all)?;
    for (name, rows) in [
        ("documents", report.exhibits.documents.values().map(|document| json!(document.text)).collect::<Vec<_>>()),
        ("exposures", report.exhibits.exposures.iter().map(|each| exposure(each, &documents)).collect()),
        ("buckets", report.exhibits.buckets.iter().map(bucket).collect()),
        ("identities", report.exhibits.identities.iter().map(identity).collect()),
        ("changes", report.exhibits.changes.iter().map(change).collect()),
    ] {
        write!(out, ",\n\"{name}\":")?;
        value(out, &rows)?;
    }
    out.write_all(b",\"instant\":")?;
    value(out, &report.run.instant.as_second())?;
    out.write_all(b"}")
}

/// `[check, verdict, severity, resource, account, region, reason, change, details?]`.
fn row<'a>(
    finding: &'a Finding,
    order: &HashMap<&str, usize>,
    documents: &Documents<'_>,
    texts: &mut Texts<'a>,
    instant: Timestamp,
) -> Value {
    let change = match finding.change {
        None => 0,
        Some(Change::New) => 1,
        Some(Change::Changed) => 2,
        Some(Change::Unchanged) => 3,
    };
    let verdict = match finding.verdict {
        _ if finding.is_excepted() => 4,
        VerdictKind::Fail => 0,
        VerdictKind::Unknown => 1,
        VerdictKind::Pass => 2,
        VerdictKind::NotApplicable => 3,
    };
    let mut row = vec![
        json!(order.get(&*finding.check).map_or_else(|| json!(finding.check), |index| json!(index))),
        json!(verdict),
        json!(severity(finding.severity)),
        json!(texts.of(&finding.resource.arn)),
        json!(texts.of(&finding.resource.account)),
        json!(texts.of(finding.resource.region.as_deref().unwrap_or_default())),
        json!(texts.of(&*finding.grounds.reason)),
        json!(change),
    ];
    if matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown) {
        let mut details = serde_json::Map::new();
        details.insert("p".to_owned(), json!(finding.fingerprint));
        if !finding.grounds.evidence.is_empty() {
            let seen = finding.grounds.evidence.iter().map(|evidence| seen(evidence, documents, texts));
            details.insert("e".to_owned(), seen.collect());
        }
        if let Some(witness) = &finding.grounds.witness {
            details.insert("w".to_owned(), json!(texts.of(words::witness(witness))));
        }
        if let Some(unless) = words::unless(&finding.grounds.unless) {
            details.insert("u".to_owned(), json!(texts.of(unless)));
        }
        if !finding.grounds.unknown_because.is_empty() {
            let reasons = finding.grounds.unknown_because.iter().map(|reason| json!(texts.of(&reason.message)));
            details.insert("b".to_owned(), reasons.collect());
        }
        if let Some(as_of) = finding.grounds.as_of {
            details.insert("a".to_owned(), json!(texts.of(words::utc(as_of))));
        }
        if let Some(exception) = &finding.exception {
            let said = [&exception.owner, &exception.reason, &exception.id].map(|said| texts.of(said.as_str()));
            let until = texts.of(exception.expires.to_string());
            details.insert("x".to_owned(), json!([said, until, words::verdict(finding.verdict)]));
        }
        if let (Some(since), Some(days)) = (finding.first_seen(), finding.days_open(instant)) {
            let said = format!("{}, first seen {} UTC", words::days(days), words::utc(since));
            details.insert("o".to_owned(), json!(texts.of(said)));
        }
        row.push(Value::Object(details));
    }
    Value::Array(row)
}

/// `[resource, pointer, note, decides, document, pointer inside]`, or with the content in place of the last two.
fn seen<'a>(evidence: &'a Evidence, documents: &Documents<'_>, texts: &mut Texts<'a>) -> Value {
    let decides = u8::from(evidence.role == EvidenceRole::Primary);
    let (resource, pointer) = (texts.of(&*evidence.resource), texts.of(&*evidence.pointer));
    let note = texts.of(&*evidence.note);
    if let Some((document, inside)) = documents.behind(evidence) {
        json!([resource, pointer, note, decides, document, texts.of(inside)])
    } else {
        let content = serde_json::to_string_pretty(&evidence.content.value()).unwrap_or_default();
        json!([resource, pointer, note, decides, texts.of(content)])
    }
}

fn exposure(exposure: &Exposure, documents: &Documents<'_>) -> Value {
    let seen = exposure.evidence.iter().map(|evidence| {
        if let Some((document, inside)) = documents.behind(evidence) {
            json!([evidence.resource, evidence.pointer, document, inside])
        } else {
            let content = serde_json::to_string_pretty(&evidence.content.value()).unwrap_or_default();
            json!([evidence.resource, evidence.pointer, content])
        }
    });
    let reason = |reason: &Reason| reason.message.clone();
    json!({
        "arn": exposure.resource.arn,
        "account": exposure.resource.account,
        "audience": words::audience(exposure.audience),
        "callers": exposure.callers,
        "abilities": exposure.abilities.iter().map(|ability| words::ability(*ability)).collect::<Vec<_>>(),
        "witness": exposure.witness.as_ref().map(words::witness),
        "unless": words::unless(&exposure.unless),
        "undecided": exposure.undecided.iter().map(reason).collect::<Vec<_>>(),
        "evidence": seen.collect::<Vec<_>>(),
    })
}

fn bucket(bucket: &forewarn_findings::BucketExhibit) -> Value {
    json!([
        bucket.resource.arn,
        bucket.resource.account,
        bucket.resource.region,
        setting(&bucket.block_public_access),
        setting(&bucket.acls_disabled),
        setting(&bucket.kms_encryption),
        setting(&bucket.versioning),
        setting(&bucket.access_logging),
    ])
}

fn identity(identity: &forewarn_findings::IdentityExhibit) -> Value {
    let day = |instant: Option<Timestamp>| instant.map(Timestamp::as_second);
    json!([
        identity.resource.arn,
        identity.resource.account,
        words::identity(identity.kind),
        identity.administrator.as_ref().map(setting),
        identity.password.as_ref().map(setting),
        identity.mfa.as_ref().map(setting),
        identity.active_keys,
        day(identity.oldest_key),
        day(identity.last_used),
        identity.boundary,
        identity.policies,
        identity.keys.iter().map(KeyExhibit::words).collect::<Vec<_>>(),
    ])
}

fn change(change: &forewarn_findings::ChangeExhibit) -> Value {
    let opened = match (change.opened, change.undecided.is_empty()) {
        (Some(true), _) => "opened access",
        (Some(false), _) => "opened nothing",
        (None, false) => "not decided",
        (None, true) => "",
    };
    json!([
        words::utc(change.time),
        change.name,
        change.resource.arn,
        change.changes,
        change.person.as_ref().map_or_else(|| change.actor.clone(), |person| format!("{person} ({})", change.actor)),
        change.address,
        change.refused,
        opened,
        change.witness.as_ref().map(words::witness),
        change.stands_out.iter().map(|why| why.words()).collect::<Vec<_>>(),
        change.undecided.iter().map(|reason| reason.message.clone()).collect::<Vec<_>>(),
        change.became.as_ref().map(|became| [became.words(), state(became.state).to_owned()]),
    ])
}

/// How it is coloured.
fn state(state: State) -> &'static str {
    match state {
        State::OpenedAgain | State::OpenedAndNeverReset | State::PartlyReset => "critical",
        State::Unknown => "medium",
        State::Reset | State::Refused | State::NothingOpened => "quiet",
    }
}

fn setting(setting: &Setting) -> Value {
    json!([words::state(setting.state), setting.said])
}

fn severity(severity: Severity) -> usize {
    Severity::WORST_FIRST.iter().position(|one| *one == severity).unwrap_or_default()
}
