//! What a trail records, and whose word on its state counts.

use forewarn_findings::{Case, In, Reason};
use forewarn_inventory::{FieldSelector, Gap, Selectors, Trail, TrailStatus};

/// The trail as the account sees it that could read `known` of it.
///
/// A member sees the trail of its organisation in its list and may read nothing else of it; the management account,
/// where it is in the same inventory, has the rest. Without it the trail is given back as it is, gap and all.
pub(crate) fn as_seen_by<'a>(case: &Case<'a>, trail: &In<'a, Trail>, known: fn(&Trail) -> bool) -> In<'a, Trail> {
    let same = |other: &In<'a, Trail>| other.arn == trail.arn && known(other.item());
    if known(trail.item()) { *trail } else { case.trails().find(same).unwrap_or(*trail) }
}

/// The trail with its status, where anybody could read it.
pub(crate) fn with_status<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> In<'a, Trail> {
    as_seen_by(case, trail, |trail| trail.status.gap().is_none())
}

/// The trail with its selectors, where anybody could read them.
pub(crate) fn with_selectors<'a>(case: &Case<'a>, trail: &In<'a, Trail>) -> In<'a, Trail> {
    as_seen_by(case, trail, |trail| trail.selectors.gap().is_none())
}

/// AWS answered, and said nothing.
pub(crate) fn no_status() -> Reason {
    Reason { code: "not_reported".to_owned(), message: "AWS gave no status for the trail".to_owned(), gap: None }
}

/// Why it is not known what a trail records: its status and the gap in what it takes in.
pub(crate) fn unread(status: Result<Option<&TrailStatus>, &Gap>, taken: Option<&Gap>) -> Vec<Reason> {
    let mut doubts: Vec<Reason> = [status.err(), taken].into_iter().flatten().map(Reason::from).collect();
    if status == Ok(None) {
        doubts.push(no_status());
    }
    doubts
}

/// Which requests for the objects of a bucket are recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) reads: bool,
    pub(crate) writes: bool,
}

/// Whether selectors record requests for every object of a bucket as data events.
pub(crate) fn records_objects(selectors: Option<&Selectors>, bucket_arn: &str) -> Recorded {
    let objects = format!("{bucket_arn}/");
    let mut recorded = Recorded::default();
    let Some(selectors) = selectors else { return recorded };
    for selector in &selectors.basic {
        let whole = selector.data.iter().any(|(kind, prefixes)| {
            kind == S3_OBJECT && prefixes.iter().any(|prefix| objects.starts_with(prefix.as_str()))
        });
        recorded.reads |= whole && selector.read_write != "WriteOnly";
        recorded.writes |= whole && selector.read_write != "ReadOnly";
    }
    for fields in &selectors.advanced {
        let taken = objects_of(fields, &objects);
        recorded.reads |= taken.reads;
        recorded.writes |= taken.writes;
    }
    recorded
}

const S3_OBJECT: &str = "AWS::S3::Object";

/// What one advanced selector records of the objects below `objects`; nothing where it takes a part of them only.
fn objects_of(fields: &[FieldSelector], objects: &str) -> Recorded {
    let (mut data, mut of_s3) = (false, false);
    let mut recorded = Recorded { reads: true, writes: true };
    for field in fields {
        let only = |value: &str| field.equals.iter().any(|known| known == value);
        match field.field.as_str() {
            "eventCategory" => data = only("Data"),
            "resources.type" => of_s3 = only(S3_OBJECT),
            "readOnly" if !field.equals.is_empty() => {
                recorded.reads &= only("true");
                recorded.writes &= only("false");
            }
            "resources.ARN" => {
                let within = |prefix: &String| objects.starts_with(prefix.as_str());
                let touches = |prefix: &String| within(prefix) || prefix.starts_with(objects);
                let taken = field.starts_with.is_empty() || field.starts_with.iter().any(within);
                let left = field.not_starts_with.iter().chain(&field.not_equals).any(touches);
                let narrowed =
                    !field.equals.is_empty() || !field.ends_with.is_empty() || !field.not_ends_with.is_empty();
                if !taken || left || narrowed {
                    return Recorded::default();
                }
            }
            _ => return Recorded::default(),
        }
    }
    if data && of_s3 { recorded } else { Recorded::default() }
}
