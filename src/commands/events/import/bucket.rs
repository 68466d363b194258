//! Log files in a bucket: `s3://bucket/prefix`.

use std::io::{Cursor, Read};

use anyhow::anyhow;
use forewarn_collect::{LogBucket, Options};
use forewarn_reports::inert;
use forewarn_store::{Source, Unread};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use tokio::runtime::Handle;

use crate::commands::audit::not_collected;
use crate::exit::Failed;

/// What to read of a bucket.
pub(super) struct Asked<'a> {
    pub(super) options: &'a Options,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Asked<'_> {
    /// The objects below `s3://bucket/prefix`, and what could not be listed.
    pub(super) fn find(
        &self,
        name: &str,
        runtime: &Handle,
        sources: &mut Vec<Source>,
        unread: &mut Vec<Unread>,
    ) -> Result<(), Failed> {
        let place = name.trim_start_matches("s3://");
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(Failed::usage(anyhow!("`{}` names no bucket; such as `s3://bucket/AWSLogs/`", inert(name))));
        }
        let opened = runtime.block_on(LogBucket::open(self.options, bucket)).map_err(not_collected)?;
        let day = |at: Timestamp| Offset::UTC.to_datetime(at).date();
        let (since, until) = (self.since.map(day), self.until.map(day));
        let enter = |folder: &str| is_wanted(folder, since, until);
        let ranged = since.is_some() || until.is_some();
        let (objects, gaps) = runtime.block_on(opened.list(prefix, if ranged { Some(&enter) } else { None }));
        for (folder, gap) in gaps {
            let source = format!("s3://{bucket}/{folder}");
            unread.push(Unread { source, fault: None, reason: format!("cannot be listed: {gap}") });
        }
        for object in objects {
            let (opened, runtime, key) = (opened.clone(), runtime.clone(), object.key.clone());
            let open = move || {
                let bytes =
                    runtime.block_on(opened.read(&key)).map_err(|gap| std::io::Error::other(gap.to_string()))?;
                Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read>)
            };
            sources.push(Source {
                name: format!("s3://{bucket}/{}", object.key),
                identity: Some(format!("{} bytes, {}", object.size, object.etag)),
                open: Box::new(open),
            });
        }
        Ok(())
    }
}

/// Whether a folder may have files of a span of days: `…/CloudTrail/<region>/2026/03/01/`. A file is delivered some
/// minutes after its events, so the day after the last one counts. Digests have no events.
fn is_wanted(folder: &str, since: Option<Date>, until: Option<Date>) -> bool {
    let parts: Vec<&str> = folder.trim_end_matches('/').split('/').collect();
    if parts.last() == Some(&"CloudTrail-Digest") {
        return false;
    }
    let Some(trail) = parts.iter().rposition(|part| part.starts_with("CloudTrail")) else { return true };
    let number = |at: usize| parts.get(trail + 2 + at).and_then(|part| part.parse::<i16>().ok());
    let Some(year) = number(0) else { return true };
    let small = |at: usize| number(at).and_then(|number| i8::try_from(number).ok());
    let first = Date::new(year, small(1).unwrap_or(1), small(2).unwrap_or(1));
    let last = match (small(1), small(2)) {
        (Some(month), Some(day)) => Date::new(year, month, day),
        (Some(month), None) => Date::new(year, month, 1).map(Date::last_of_month),
        _ => Date::new(year, 12, 31),
    };
    let (Ok(first), Ok(last)) = (first, last) else { return true };
    let next = |day: Date| day.tomorrow().unwrap_or(day);
    since.is_none_or(|since| last >= since) && until.is_none_or(|until| first <= next(until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_enters_only_its_days() {
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        let wanted = |folder: &str| is_wanted(folder, day("2026-02-27"), day("2026-03-01"));
        let trail = "x/AWSLogs/o-1/111122223333/CloudTrail/eu-central-1/";
        for inside in ["", "2026/", "2026/02/", "2026/03/", "2026/02/27/", "2026/02/28/", "2026/03/01/", "2026/03/02/"]
        {
            assert!(wanted(&format!("{trail}{inside}")), "{inside}");
        }
        for outside in ["2025/", "2026/01/", "2026/04/", "2026/02/26/", "2026/03/03/"] {
            assert!(!wanted(&format!("{trail}{outside}")), "{outside}");
        }
        assert!(!wanted("AWSLogs/111122223333/CloudTrail-Digest/"));
        assert!(wanted("AWSLogs/"));
        assert!(is_wanted(&format!("{trail}2030/"), day("2026-02-27"), None));
    }
}
