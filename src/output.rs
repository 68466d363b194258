//! Where reports go: checked before the collection starts, written whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};
use forewarn_findings::Report;
use forewarn_inventory::file::Output;
use forewarn_reports::{Content, FileWriter, Format};
use sha2::{Digest as _, Sha256};

/// A format and where it goes: `csv`, `csv=-` or `csv=findings.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// `None` = stdout.
    pub(crate) path: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
        let names: Vec<&str> = Format::names().collect();
        let format: Format = name.parse().map_err(|_| {
            let close = suggestion(name, names.iter().copied());
            let hint = close
                .map_or_else(|| format!("known: {}", names.join(", ")), |close| format!("did you mean `{close}`?"));
            format!("unknown format `{name}`; {hint}")
        })?;
        match path {
            Some("") => Err(format!("`{text}` names no file after `=`")),
            Some("-") | None if format.is_folder() => {
                Err(format!("`{name}` is a folder of files; name it, such as `{name}=audit-2026`"))
            }
            None if format.is_binary() => {
                Err(format!("`{name}` is no text; name a file, such as `{name}=audit.{}`", format.extension))
            }
            Some("-") | None => Ok(Self { format, path: None }),
            Some(path) => Ok(Self { format, path: Some(PathBuf::from(path)) }),
        }
    }
}

/// The known name that is closest to `wrong`, where one is close.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Refuses targets that cannot work: two to stdout, two to one file, a folder that does not exist or is not writable.
pub(crate) fn check(targets: &[Target], more: Option<&Path>) -> anyhow::Result<()> {
    for target in targets.iter().filter(|target| target.format.is_folder()) {
        let path = target.path.as_deref().unwrap_or(Path::new("."));
        if fs::metadata(path).is_ok_and(|found| !found.is_dir()) {
            bail!("`{}` is a file; `{}` needs a folder", path.display(), target.format.name);
        }
    }
    let files = targets.iter().filter(|target| !target.format.is_folder());
    let files = files.map(|target| target.path.as_deref().map(|path| (path, target.format.extension)));
    check_files(files, more.map(|path| (path, "json")))
}

/// The same for files, each with its extension; `None` = stdout.
pub(crate) fn check_files<'p>(
    targets: impl Iterator<Item = Option<(&'p Path, &'p str)>>,
    more: Option<(&'p Path, &'p str)>,
) -> anyhow::Result<()> {
    let targets: Vec<Option<(&Path, &str)>> = targets.collect();
    if targets.iter().filter(|path| path.is_none()).count() > 1 {
        bail!("two formats go to stdout; give all but one a file, such as `-f csv=findings.csv`");
    }
    let mut seen = BTreeSet::new();
    for (path, extension) in targets.into_iter().flatten().chain(more) {
        if !seen.insert(path) {
            bail!("two outputs go to `{}`", path.display());
        }
        if path.is_dir() {
            let example = path.join(format!("forewarn.{extension}"));
            bail!("`{}` is a folder; name a file in it, such as `{}`", path.display(), example.display());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
            bail!("cannot write `{}`: there is no folder `{}`", path.display(), folder.display());
        }
        Output::check(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}

/// A folder on the disk, each of whose files is written whole or not at all, readable by its owner only.
pub(crate) struct Folder<'a>(pub(crate) &'a Path);

impl FileWriter for Folder<'_> {
    fn file(&mut self, name: &str, content: &mut Content<'_>) -> std::io::Result<()> {
        Output::open(&self.0.join(name))?.write(content)
    }
}

/// Writes the files of a format that is a folder; makes the folder where it is not there.
pub(crate) fn write_folder(path: &Path, format: Format, report: &Report) -> anyhow::Result<()> {
    let made = fs::create_dir_all(path).and_then(|()| format.write_folder(report, &mut Folder(path)));
    made.with_context(|| format!("cannot write into `{}`", path.display()))
}

/// The SHA-256 of a file's content.
pub(crate) fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// Writes a file whole or not at all, readable by its owner only.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> anyhow::Result<()> {
    Output::open(path)
        .and_then(|output| output.write(write))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
