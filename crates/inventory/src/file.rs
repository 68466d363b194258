//! Files that are written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Where a file will be written.
///
/// A plain file is written beside its place and then put there, readable by its owner only, so that a run that is
/// killed leaves the old one. Anything else that already has the name (a device, a pipe) is written to as it stands:
/// to replace it would take it away from the whole machine.
#[derive(Debug)]
pub enum Output {
    /// A file beside `place` that will take its place.
    Beside {
        /// The new content.
        file: tempfile::NamedTempFile,
        /// The name it will have, links resolved.
        place: PathBuf,
    },
    /// A device or a pipe.
    Direct(std::fs::File),
}

impl Output {
    /// Finds out, before there is anything to write, whether `path` can be written; changes nothing.
    ///
    /// # Errors
    /// What the file system says.
    pub fn check(path: &Path) -> io::Result<()> {
        // To open a pipe and to close it again is the end of the input for whoever reads it.
        if is_direct(path) { Ok(()) } else { Self::open(path).map(drop) }
    }

    /// Opens `path` for writing.
    ///
    /// # Errors
    /// What the file system says.
    #[expect(clippy::disallowed_methods, reason = "the one place that decides how a file of ours is written")]
    pub fn open(path: &Path) -> io::Result<Self> {
        if is_direct(path) {
            return Ok(Self::Direct(std::fs::OpenOptions::new().write(true).open(path)?));
        }
        let place = if path.exists() { std::fs::canonicalize(path)? } else { path.to_owned() };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".forewarn-").tempfile_in(folder)?;
        Ok(Self::Beside { file, place })
    }

    /// Writes everything and puts it into its place.
    ///
    /// # Errors
    /// What the file system or `write` says; nothing is changed at the place then, devices and pipes apart.
    pub fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Direct(file) => buffered(&file, false, write),
            Self::Beside { file, place } => {
                buffered(file.as_file(), true, write)?;
                file.as_file().sync_all()?;
                file.persist(place).map_err(|error| error.error)?;
                Ok(())
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that decides how a file of ours is written")]
fn is_direct(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// How much is handed to the file at once, in bytes.
const BLOCK: usize = 1 << 18;

/// So many blocks wait for the file at most.
const WAITING: usize = 4;

/// After so many bytes the disk is told to begin.
const BEGUN: usize = 32 << 20;

/// Writes to the file in a thread of its own, while this one makes what is to be written; and a third puts what is written on
/// the disk, where it is `on_disk` and no pipe, so that little of it is left in the end.
fn buffered(
    file: &std::fs::File,
    on_disk: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    thread::scope(|scope| {
        let (full, blocks) = sync_channel::<Vec<u8>>(WAITING);
        let (spent, empty) = sync_channel::<Vec<u8>>(WAITING);
        let (more, written) = sync_channel::<()>(1);
        let disk = scope.spawn(move || written.iter().try_for_each(|()| file.sync_data()));
        let writer = scope.spawn(move || {
            let mut since = 0;
            blocks.iter().try_for_each(|block| {
                (&*file).write_all(&block)?;
                since += block.len();
                // Where enough blocks lie ready, or nobody fills any more, it goes.
                let _ = spent.try_send(block);
                // A disk that is still busy is not told again.
                if on_disk && since >= BEGUN && more.try_send(()).is_ok() {
                    since = 0;
                }
                Ok(())
            })
        });
        let mut handed = Handed { block: Vec::with_capacity(BLOCK), full, empty };
        let made = write(&mut handed).and_then(|()| handed.flush());
        drop(handed);
        let broke_off = || Err(io::Error::other("the thread that writes broke off"));
        let (written, stored) = (writer.join(), disk.join());
        // What the file said is the cause where both broke off.
        written.unwrap_or_else(|_| broke_off()).and(stored.unwrap_or_else(|_| broke_off())).and(made)
    })
}

/// Collects what is written into blocks, and hands each to whoever writes them.
struct Handed {
    block: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    /// Blocks that have been written, to be filled again.
    empty: Receiver<Vec<u8>>,
}

impl Write for Handed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK));
        next.clear();
        let block = std::mem::replace(&mut self.block, next);
        self.full.send(block).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        std::fs::write(&path, "old").unwrap();
        let failed = Output::open(&path).unwrap().write(|out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays beside it");
        Output::open(&path).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn what_is_larger_than_a_block_arrives_whole_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let lines = (0..200_000).fold(String::new(), |lines, number| lines + &number.to_string() + "\n");
        let write = |out: &mut dyn Write| lines.lines().try_for_each(|line| writeln!(out, "{line}"));
        Output::open(&path).unwrap().write(write).unwrap();
        assert!(lines.len() > 4 * BLOCK);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_file_says_is_what_is_told() {
        let full = Output::open(Path::new("/dev/full")).unwrap();
        let block = vec![b'x'; BLOCK];
        let error = full.write(|out| (0..1000).try_for_each(|_| out.write_all(&block))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_to_and_stays_a_pipe() {
        use std::os::unix::fs::FileTypeExt as _;

        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        Output::check(&pipe).unwrap();
        let reading = pipe.clone();
        let reader = thread::spawn(move || std::fs::read_to_string(reading).unwrap());
        Output::open(&pipe).unwrap().write(|out| out.write_all(b"line\n")).unwrap();
        assert_eq!(reader.join().unwrap(), "line\n");
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        Output::open(&link).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
    }
}
