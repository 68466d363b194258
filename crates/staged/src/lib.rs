//! CloudTrail logs that are made up from a seed: the noise of an organisation, with stories planted in it.
//!
//! For benches and tests only. The files are those that CloudTrail delivers: a folder for each account, region and day,
//! compressed, in no order, a few events twice. The same plan gives the same bytes.

#![allow(clippy::disallowed_methods, reason = "a log is files")]

mod draw;
mod noise;
mod organization;
mod record;
mod shape;
mod story;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::draw::Draw;
use crate::noise::{HOUR, Noise};
use crate::organization::{Account, regions};
use crate::story::{Line, Teller};

pub use crate::story::Planted;

/// The first instant of the log: Monday, 2 March 2026.
const BEGINNING: i64 = 1_772_409_600;

/// What to make up.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The same seed gives the same log.
    pub seed: u64,
    /// So many events of noise.
    pub events: usize,
    /// Over so many days.
    pub days: usize,
    /// In so many accounts, each in four regions; the first are the busiest.
    pub accounts: usize,
    /// How often each story is told, each time on another day of the last weeks.
    pub rounds: usize,
}

/// Writes the log below a folder; the stories that are in it.
///
/// # Errors
/// A file cannot be written.
pub fn write(plan: &Plan, folder: &Path) -> io::Result<Vec<Planted>> {
    let mut draw = Draw::new(plan.seed);
    let accounts: Vec<Account> = (0..plan.accounts.max(1)).map(|number| Account::new(number, &mut draw)).collect();
    let mut teller = Teller::new(&accounts, plan.seed ^ 0x5107);
    let days = i64::try_from(plan.days).unwrap_or(i64::MAX / HOUR / 24).max(1);
    for round in 0..plan.rounds {
        teller.tell(round, BEGINNING + 24 * HOUR * day_of(round, days));
    }
    let mut told: BTreeMap<(i64, usize, &str), Vec<String>> = BTreeMap::new();
    for Line { at, account, region, record } in teller.lines {
        told.entry((at - at.rem_euclid(HOUR), account, region)).or_default().push(record);
    }
    let noise = Noise::new();
    // The first pair has the most.
    let pairs: Vec<(usize, &'static str)> =
        (0..accounts.len()).flat_map(|account| regions().iter().map(move |region| (account, *region))).collect();
    let share = |at: usize| 1_000_000 / (at as u128 + 4);
    let whole: u128 = (0..pairs.len()).map(share).sum();
    let hours = days * 24;
    // In parts of an event, so that the sum comes out right.
    let one = whole * u128::from(hours.unsigned_abs());
    let (mut owed, mut made) = (0, 0);
    for hour in (0..hours).map(|hour| BEGINNING + hour * HOUR) {
        let work = Noise::at_work(hour, BEGINNING);
        for (at, (place, region)) in pairs.iter().enumerate() {
            let Some(account) = accounts.get(*place) else { continue };
            owed += plan.events as u128 * share(at);
            let mut records = told.remove(&(hour, *place, *region)).unwrap_or_default();
            while made as u128 * one < owed && made < plan.events {
                let (_, record) = noise.call(account, region, hour, work, &mut draw);
                // At least once means now and then twice.
                if draw.chance(300) {
                    records.push(record.clone());
                }
                records.push(record);
                made += 1;
            }
            if !records.is_empty() {
                let (some, last) = (draw.below(records.len()), records.len() - 1);
                records.swap(some, last);
                file(folder, account, region, hour, &records, &mut draw)?;
            }
        }
    }
    Ok(teller.planted)
}

/// The day of a round: a weekday late in the log, with one after it.
fn day_of(round: usize, days: i64) -> i64 {
    let last = days - 2;
    let round = i64::try_from(round).unwrap_or_default();
    let mut late = (0..=last).rev().filter(|day| day.rem_euclid(7) < 4);
    late.nth(usize::try_from(round % 8).unwrap_or_default()).unwrap_or(last.max(0))
}

/// A delivered file.
fn file(
    folder: &Path,
    account: &Account,
    region: &str,
    hour: i64,
    records: &[String],
    draw: &mut Draw,
) -> io::Result<()> {
    // 2026-03-02T10:00:00Z
    let digits: String = record::instant(hour).chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (id, day) = (&account.id, format!("{}/{}/{}", part(0, 4), part(4, 6), part(6, 8)));
    let folder = folder.join(format!("AWSLogs/{id}/CloudTrail/{region}/{day}"));
    fs::create_dir_all(&folder)?;
    let name = format!("{id}_CloudTrail_{region}_{}T{}Z_{}.json.gz", part(0, 8), part(8, 12), draw.letters(16));
    let mut out = GzEncoder::new(fs::File::create(folder.join(name))?, Compression::default());
    out.write_all(br#"{"Records":["#)?;
    for (number, record) in records.iter().enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        out.write_all(record.as_bytes())?;
    }
    out.write_all(b"]}")?;
    out.finish()?.flush()
}

#[cfg(test)]
mod tests;
