//! `forewarn events verify`: log files against the chain of digests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use forewarn_collect::PublicKeys;
use forewarn_events::{Digest, Flaw, Verified, sha256, verify};
use forewarn_reports::{Line, Page, inert, styles};
use forewarn_store::Source;

use super::import::disk;
use crate::cli::Verify;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

/// The largest file that is unpacked; AWS delivers none of a hundredth of it.
const LARGEST: u64 = 1 << 30;

pub(super) fn run(asked: &Verify) -> Result<Exit, Failed> {
    let keys = asked.public_keys.as_deref().map(keys).transpose().map_err(Failed::usage)?;
    let files = Files::below(&asked.folders).map_err(Failed::usage)?;
    if files.digests.is_empty() {
        return Err(Failed::usage(anyhow!("there is no digest file: their names have `_CloudTrail-Digest_` in them")));
    }
    let (digests, unread): (Vec<_>, Vec<_>) =
        files.digests.iter().map(|path| (path, digest(path))).partition(|(_, read)| read.is_ok());
    let digests: Vec<Digest> = digests.into_iter().filter_map(|(_, read)| read.ok()).collect();
    let hash_of = |object: &str| {
        files.of(object).map(|path| unpacked(path).map(|bytes| sha256(&bytes)).map_err(|error| format!("{error:#}")))
    };
    let signed = |fingerprint: &str, text: &str, signature: &str| keys.as_ref()?.signed(fingerprint, text, signature);
    let mut verified = verify(&digests, &files.objects(&digests), &hash_of, keys.as_ref().map(|_| &signed as _));
    for (path, read) in unread {
        let reason = read.err().map_or_else(String::new, |error| format!("{error:#}"));
        verified.flaws.push((path.to_string_lossy().into_owned(), Flaw::Unreadable(reason)));
    }
    Terminal::data(|out| write(&mut Page::new(out, Terminal::width(), Terminal::color()), &verified))
        .map_err(Failed::internal)?;
    let is_proof = verified.flaws.iter().any(|(_, flaw)| flaw.is_proof());
    let is_doubt = verified.flaws.iter().any(|(_, flaw)| flaw.is_doubt());
    Ok(match (is_proof, is_doubt) {
        (true, _) => Exit::Findings,
        (false, true) if !asked.allow_unreadable => Exit::Unknown,
        _ => Exit::Clean,
    })
}

/// The log files and digests below some folders, by name: no two have the same.
struct Files {
    digests: Vec<PathBuf>,
    logs: BTreeMap<String, PathBuf>,
}

impl Files {
    fn below(folders: &[String]) -> anyhow::Result<Self> {
        let mut sources: Vec<Source> = Vec::new();
        for folder in folders {
            disk::find(folder, &mut sources, &mut Vec::new())?;
        }
        let mut files = Self { digests: Vec::new(), logs: BTreeMap::new() };
        for source in sources {
            let path = PathBuf::from(source.name);
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.contains("_CloudTrail-Digest_") {
                files.digests.push(path);
            } else if name.contains("_CloudTrail_") {
                let name = name.to_owned();
                if let Some(twice) = files.logs.insert(name, path) {
                    bail!("`{}` is there twice, in two folders", inert(&twice.to_string_lossy()));
                }
            }
        }
        files.digests.sort();
        Ok(files)
    }

    /// The file with the name of an object.
    fn of(&self, object: &str) -> Option<&Path> {
        self.logs.get(object.rsplit('/').next()?).map(PathBuf::as_path)
    }

    /// The keys of the log files: as the digests have them, else their names.
    fn objects(&self, digests: &[Digest]) -> BTreeSet<String> {
        let keys: BTreeMap<&str, &str> = digests
            .iter()
            .flat_map(|digest| &digest.log_files)
            .filter_map(|log| Some((log.object.rsplit('/').next()?, log.object.as_str())))
            .collect();
        self.logs.keys().map(|name| keys.get(name.as_str()).map_or(name.clone(), |key| (*key).to_owned())).collect()
    }
}

fn keys(path: &Path) -> anyhow::Result<PublicKeys> {
    let shown = inert(&path.to_string_lossy()).into_owned();
    let text = fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    PublicKeys::parse(&text)
        .map_err(|reason| anyhow!("`{shown}` is no answer of `aws cloudtrail list-public-keys`: {reason}"))
}

fn digest(path: &Path) -> anyhow::Result<Digest> {
    Digest::parse(&unpacked(path)?).context("this is no digest file")
}

/// The content of a file, unpacked where it is packed: that is what hashes are made of.
fn unpacked(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    let file = File::open(path)?;
    forewarn_events::unpacked(file).take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        bail!("it is larger than {} MiB", LARGEST >> 20);
    }
    Ok(content)
}

fn write(page: &mut Page<'_>, verified: &Verified) -> std::io::Result<()> {
    let count = |number: u64, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let (proofs, doubts): (Vec<_>, Vec<_>) = verified.flaws.iter().partition(|(_, flaw)| flaw.is_proof());
    let head = if proofs.is_empty() {
        Line::default().styled(styles::GOOD, "No file was changed or taken away").say("as far as the digests tell.")
    } else {
        Line::default().styled(styles::BAD, &format!("{} against the digests:", count(proofs.len() as u64, "fault")))
    };
    page.hang(0, 2, &head)?;
    for (object, flaw) in proofs {
        page.hang(2, 4, &Line::default().styled(styles::BAD, &word(flaw)).say(&inert(object)))?;
    }
    let sum = format!(
        "{} as delivered; {}, {} with a good signature.",
        count(verified.logs, "log file"),
        count(verified.digests, "digest"),
        verified.signed
    );
    page.hang(0, 2, &Line::of(&sum))?;
    if !doubts.is_empty() {
        page.hang(0, 2, &Line::default().styled(styles::WARN, "Not known:"))?;
    }
    for (object, flaw) in doubts {
        page.hang(2, 4, &Line::default().say(&format!("{}: {}", inert(object), inert(&word(flaw)))))?;
    }
    Ok(())
}

fn word(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Missing => "missing".to_owned(),
        Flaw::Altered => "altered".to_owned(),
        Flaw::Forged => "not signed by the key".to_owned(),
        Flaw::Gap { from, to } => format!("no digest from {from} to {to}, before"),
        Flaw::Unreadable(reason) => format!("cannot be read: {reason}"),
        Flaw::Unchecked(why) => format!("signature not checked: {why}"),
        Flaw::Newest => {
            "signature not checked: it is in the metadata of the object, and no later digest repeats it yet".to_owned()
        }
        Flaw::Unlisted => "no digest names it".to_owned(),
    }
}
