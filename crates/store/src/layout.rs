//! Where things are in a store, and how it changes: whole steps only, whatever kills the process.
//!
//! A step is written to `_forewarn/staging`, then named in `_forewarn/journal` (the moment it counts), then put into
//! place. A journal that is found is carried out again, which changes nothing that is done; staged files without a
//! journal never counted.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The format of the store that this code writes.
pub const FORMAT: u32 = 1;

/// The folder for what is not data; engines pass over names that begin with an underscore.
const OWN: &str = "_forewarn";

/// Region, account and day of a file, as the path has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Partition {
    pub(crate) day: Date,
    pub(crate) account: String,
    pub(crate) region: String,
}

/// What stands in a path where the record has no region or account, or one that is no name.
const UNKNOWN: &str = "unknown";

impl Partition {
    pub(crate) fn of(time: Timestamp, region: Option<&str>, account: Option<&str>) -> Self {
        let region = region.filter(|name| {
            (1..=32).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
        let account = account.filter(|id| (1..=12).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()));
        Self {
            day: jiff::tz::Offset::UTC.to_datetime(time).date(),
            account: account.unwrap_or(UNKNOWN).to_owned(),
            region: region.unwrap_or(UNKNOWN).to_owned(),
        }
    }

    /// The folder, as custom sources of Security Lake have it.
    pub(crate) fn folder(&self) -> String {
        let Self { account, region, .. } = self;
        format!("region={region}/accountId={account}/eventDay={}", self.compact_day())
    }

    /// The day as the path has it.
    pub(crate) fn compact_day(&self) -> String {
        let Self { day, .. } = self;
        format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
    }
}

/// A folder that is a store, locked.
#[derive(Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    /// Held as long as the store is open.
    _lock: Option<File>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Version {
    format: u32,
}

/// One step.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Journal {
    /// From the staging folder to the place, both relative to the store.
    pub(crate) moves: Vec<(String, String)>,
    /// What goes away then.
    pub(crate) removes: Vec<String>,
}

impl Layout {
    /// Opens a store for reading; other readers may do so too.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        if !root.join(OWN).join("version").exists() {
            return Err(if root.exists() && !is_empty(root)? {
                Error::NotAStore { path: root.to_owned() }
            } else {
                Error::Missing { path: root.to_owned() }
            });
        }
        check_version(root)?;
        if journal_path(root).exists() {
            // A step that counts is not in its place yet.
            drop(Self::create(root)?);
        }
        let lock = match File::open(root.join(OWN).join("lock")) {
            Ok(lock) => {
                lock.try_lock_shared().map_err(|error| busy(root, error))?;
                Some(lock)
            }
            // Whoever may only read cannot be disturbed either.
            Err(_) => None,
        };
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// Opens a store for writing, alone; makes it where there is none.
    pub(crate) fn create(root: &Path) -> Result<Self, Error> {
        let own = root.join(OWN);
        let version = own.join("version");
        if !own.exists() && root.exists() && !is_empty(root)? {
            return Err(Error::NotAStore { path: root.to_owned() });
        }
        make_folder(&own)?;
        let lock_path = own.join("lock");
        let lock = private(&lock_path, false)?;
        lock.try_lock().map_err(|error| busy(root, error))?;
        if version.exists() {
            check_version(root)?;
        } else {
            let text =
                serde_json::to_vec(&Version { format: FORMAT }).map_err(|error| Error::damaged(&version, &error))?;
            write_whole(&version, &text)?;
        }
        let layout = Self { root: root.to_owned(), _lock: Some(lock) };
        layout.recover()?;
        make_folder(&layout.staging())?;
        make_folder(&own.join("ledger"))?;
        Ok(layout)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join(OWN).join("staging")
    }

    /// A place for a new file of a step, and its name in the journal.
    pub(crate) fn staged(&self, name: &str) -> (PathBuf, String) {
        (self.staging().join(name), format!("{OWN}/staging/{name}"))
    }

    /// The ledgers, oldest first.
    pub(crate) fn ledgers(&self) -> Result<Vec<PathBuf>, Error> {
        let mut found = entries(&self.root.join(OWN).join("ledger"))?;
        found.retain(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
        found.sort();
        Ok(found)
    }

    pub(crate) fn ledger_name(step: u64) -> String {
        format!("{OWN}/ledger/{step:012}.jsonl")
    }

    /// Makes a step count, and carries it out.
    pub(crate) fn commit(&self, journal: &Journal) -> Result<(), Error> {
        let path = journal_path(&self.root);
        let text = serde_json::to_vec(journal).map_err(|error| Error::damaged(&path, &error))?;
        sync_folder(&self.staging())?;
        write_whole(&path, &text)?;
        self.carry_out(journal)
    }

    fn recover(&self) -> Result<(), Error> {
        let path = journal_path(&self.root);
        if path.exists() {
            let text = fs::read(&path).map_err(|source| Error::io(&path, source))?;
            let journal = serde_json::from_slice(&text).map_err(|error| Error::damaged(&path, &error))?;
            self.carry_out(&journal)?;
        }
        let staging = self.staging();
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(|source| Error::io(&staging, source))?;
        }
        Ok(())
    }

    fn carry_out(&self, journal: &Journal) -> Result<(), Error> {
        let mut folders = std::collections::BTreeSet::new();
        for (from, to) in &journal.moves {
            let (from, to) = (self.root.join(from), self.root.join(to));
            if let Some(folder) = to.parent() {
                if !folder.exists() {
                    make_folder(folder)?;
                }
                folders.insert(folder.to_owned());
            }
            if from.exists() {
                fs::rename(&from, &to).map_err(|source| Error::io(&to, source))?;
            } else if !to.exists() {
                return Err(Error::damaged(&to, &"a finished step names it, and it is not there"));
            }
        }
        for folder in &folders {
            sync_folder(folder)?;
        }
        for name in &journal.removes {
            let path = self.root.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(&path, error)),
                _ => {}
            }
        }
        let path = journal_path(&self.root);
        fs::remove_file(&path).map_err(|source| Error::io(&path, source))?;
        sync_folder(&self.root.join(OWN))
    }

    /// Every partition with its files, in order.
    pub(crate) fn partitions(&self) -> Result<std::collections::BTreeMap<Partition, Vec<PathBuf>>, Error> {
        let mut found = std::collections::BTreeMap::new();
        for region in folders(&self.root, "region=")? {
            for account in folders(&region.1, "accountId=")? {
                for day in folders(&account.1, "eventDay=")? {
                    let Some(date) = date(&day.0) else {
                        return Err(Error::damaged(&day.1, &"the name of the folder is no day"));
                    };
                    let mut files = entries(&day.1)?;
                    files.retain(|path| path.extension().is_some_and(|ext| ext == "parquet"));
                    files.sort();
                    let partition = Partition { day: date, account: account.0.clone(), region: region.0.clone() };
                    if !files.is_empty() {
                        found.insert(partition, files);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The path of a file within the store.
    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

fn date(text: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().filter(|_| text.len() == 8)
}

fn journal_path(root: &Path) -> PathBuf {
    root.join(OWN).join("journal")
}

fn check_version(root: &Path) -> Result<(), Error> {
    let path = root.join(OWN).join("version");
    let text = fs::read(&path).map_err(|source| Error::io(&path, source))?;
    let version: Version = serde_json::from_slice(&text).map_err(|error| Error::damaged(&path, &error))?;
    if version.format > FORMAT {
        return Err(Error::Newer { path: root.to_owned(), found: version.format, known: FORMAT });
    }
    Ok(())
}

fn busy(root: &Path, error: fs::TryLockError) -> Error {
    match error {
        fs::TryLockError::WouldBlock => Error::Busy { path: root.to_owned() },
        fs::TryLockError::Error(source) => Error::io(root, source),
    }
}

fn is_empty(folder: &Path) -> Result<bool, Error> {
    let mut found = fs::read_dir(folder).map_err(|source| Error::io(folder, source))?;
    Ok(found.next().is_none())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read =
        |folder: &Path| fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    match read(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|source| Error::io(folder, source)),
    }
}

/// The folders `<prefix><value>`, by value.
fn folders(parent: &Path, prefix: &str) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found: Vec<(String, PathBuf)> = entries(parent)?
        .into_iter()
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_prefix(prefix)?.to_owned(), path)))
        .collect();
    found.sort();
    Ok(found)
}

/// Makes a folder that only its owner may enter.
fn make_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| Error::io(path, source))
}

/// Opens a file for writing that only its owner may read.
pub(crate) fn private(path: &Path, truncate: bool) -> Result<File, Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(truncate);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| Error::io(path, source))
}

/// Writes a file whole or not at all.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension("new");
    let write = || {
        let mut file = private(&beside, true)?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(|source| Error::io(&beside, source))?;
        fs::rename(&beside, path).map_err(|source| Error::io(path, source))
    };
    write()?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes sure that the names in a folder are on the disk.
fn sync_folder(path: &Path) -> Result<(), Error> {
    // Windows cannot open a folder; its file system keeps the order by itself.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(|source| Error::io(path, source))?;
    }
    Ok(())
}
