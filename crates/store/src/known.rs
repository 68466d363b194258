//! Which events a store has: ids seen before are dropped, but two different records never are.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde_json::Value;
use twox_hash::XxHash64;

use crate::error::Error;
use crate::field::Field;
use crate::layout::Partition;
use crate::part::{GROUP, Part};
use crate::pending::Pending;
use crate::table::Table;

/// The hash of a text.
pub(crate) fn hash(text: &str) -> u64 {
    XxHash64::oneshot(0, text.as_bytes())
}

/// The hash of what a record says, whatever the order of its fields and its white space.
fn meaning(raw: &str) -> u64 {
    serde_json::from_str::<Value>(raw).map_or_else(|_| hash(raw), |value| hash(&value.to_string()))
}

/// An id as a number: UUIDs exactly, others as a hash of 128 bits.
fn key(uid: &str) -> u128 {
    uuid(uid).unwrap_or_else(|| u128::from(hash(uid)) << 64 | u128::from(XxHash64::oneshot(1, uid.as_bytes())))
}

/// The 32 digits of a text of 36 characters of which four are dashes.
fn uuid(uid: &str) -> Option<u128> {
    let (mut number, mut digits) = (0, 0);
    for byte in uid.bytes().filter(|byte| *byte != b'-') {
        number = number << 4 | u128::from(char::from(byte).to_digit(16)?);
        digits += 1;
    }
    (uid.len() == 36 && digits == 32).then_some(number)
}

/// What to do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// Its id is new.
    New,
    /// The same event is there.
    Known,
    /// Another record with its id is there: both are kept.
    Differs,
}

/// The events of one partition.
#[derive(Debug, Default)]
struct Seen {
    ids: HashMap<u128, u64>,
    /// Further records with an id that is there already.
    more: HashMap<u128, Vec<u64>>,
    /// What each record says; made only where two texts with one id differ.
    meanings: Option<HashMap<u128, Vec<u64>>>,
}

/// The events of the partitions that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<Partition, Seen>);

/// So many ids are kept in memory.
const MOST: usize = 1_000_000;

impl Known {
    /// Makes room, but for the partitions that are being filled.
    pub(crate) fn forget(&mut self, filled: impl Fn(&Partition) -> bool) {
        if self.0.values().map(|seen| seen.ids.len()).sum::<usize>() > MOST {
            self.0.retain(|partition, _| filled(partition));
        }
    }

    /// Whether a record is new; then it is known from now on. `pending` are rows that no file has yet.
    pub(crate) fn meet(
        &mut self,
        partition: &Partition,
        files: &[PathBuf],
        pending: &Pending,
        (uid, hash, raw): (&str, u64, &str),
    ) -> Result<Novelty, Error> {
        if !self.0.contains_key(partition) {
            self.0.insert(partition.clone(), Seen::load(files)?);
        }
        let Some(seen) = self.0.get_mut(partition) else { return Ok(Novelty::New) };
        let key = key(uid);
        let first = match seen.ids.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                new.insert(hash);
                if let Some(meanings) = &mut seen.meanings {
                    meanings.entry(key).or_default().push(meaning(raw));
                }
                return Ok(Novelty::New);
            }
        };
        if first == hash || seen.more.get(&key).is_some_and(|more| more.contains(&hash)) {
            return Ok(Novelty::Known);
        }
        if seen.meanings.is_none() {
            seen.meanings = Some(meanings(files, pending)?);
        }
        let said = meaning(raw);
        let meanings = seen.meanings.as_mut().map(|all| all.entry(key).or_default());
        if let Some(meanings) = meanings {
            if meanings.contains(&said) {
                return Ok(Novelty::Known);
            }
            meanings.push(said);
        }
        seen.more.entry(key).or_default().push(hash);
        Ok(Novelty::Differs)
    }
}

impl Seen {
    fn load(files: &[PathBuf]) -> Result<Self, Error> {
        let mut seen = Self::default();
        each(files, &[Field::MetadataUid, Field::RawHash], |table, row| {
            let key = key(table.text(Field::MetadataUid, row).unwrap_or_default());
            let hash = table.number(Field::RawHash, row).cast_unsigned();
            if *seen.ids.entry(key).or_insert(hash) != hash {
                seen.more.entry(key).or_default().push(hash);
            }
        })?;
        Ok(seen)
    }
}

fn meanings(files: &[PathBuf], pending: &Pending) -> Result<HashMap<u128, Vec<u64>>, Error> {
    let mut found: HashMap<u128, Vec<u64>> = HashMap::new();
    let mut add = |table: &Table, row: usize| {
        let text = |field| table.text(field, row).unwrap_or_default();
        found.entry(key(text(Field::MetadataUid))).or_default().push(meaning(text(Field::Raw)));
    };
    pending.rows().for_each(|(table, row)| add(table, row));
    each(files, &[Field::MetadataUid, Field::Raw], add)?;
    Ok(found)
}

/// Goes through some columns of some files.
fn each(files: &[PathBuf], fields: &[Field], mut act: impl FnMut(&Table, usize)) -> Result<(), Error> {
    for path in files {
        let part = Part::open(path)?;
        for group in 0..part.groups() {
            let mut columns = part.columns(group, fields)?;
            let mut table = Table::default();
            columns.read(GROUP.max(part.rows_of(group)), &mut table)?;
            (0..table.rows()).for_each(|row| act(&table, row));
        }
    }
    Ok(())
}
