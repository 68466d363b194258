//! Inventories on disk: versioned JSON, compressed with zstd when the name ends in `.zst`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Inventory;
use crate::file::Output;

/// The version that this program writes. Older ones load; a newer one is an error.
pub const VERSION: u32 = 1;

/// The most bytes a snapshot may have once it is decompressed: a bound against a hostile file.
const LIMIT: u64 = 4 << 30;

/// Why a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file system says no.
    #[error("cannot {doing} snapshot `{path}`")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a snapshot, or a broken one.
    #[error("`{path}` is not a readable snapshot: {reason}; `forewarn audit --save-snapshot` writes one")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// Written by a newer program.
    #[error("`{path}` is a snapshot of version {found}; this forewarn reads up to {VERSION}: update forewarn")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    forewarn_snapshot: u32,
    inventory: &'a Inventory,
}

#[derive(Deserialize)]
struct Header {
    forewarn_snapshot: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Loaded {
    #[serde(rename = "forewarn_snapshot")]
    _version: u32,
    inventory: Inventory,
}

/// Writes `inventory` to `path`: whole or not at all, readable by the owner only.
///
/// # Errors
/// [`SnapshotError::Io`] where the file system refuses.
pub fn save(inventory: &Inventory, path: &Path) -> Result<(), SnapshotError> {
    let io = |source: std::io::Error| SnapshotError::Io { doing: "write", path: path.to_owned(), source };
    let written = Written { forewarn_snapshot: VERSION, inventory };
    let output = Output::open(path).map_err(io)?;
    let done = output.write(|out| {
        if is_compressed(path) {
            let mut encoder = zstd::Encoder::new(out, 3)?;
            serde_json::to_writer(&mut encoder, &written)?;
            encoder.finish()?;
        } else {
            serde_json::to_writer_pretty(&mut *out, &written)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    });
    done.map_err(io)
}

/// Reads the snapshot at `path`.
///
/// # Errors
/// [`SnapshotError`] that names the file and, for a broken one, the place.
#[expect(clippy::disallowed_methods, reason = "the snapshot file is the one file this crate is about")]
pub fn load(path: &Path) -> Result<Inventory, SnapshotError> {
    let io = |source: std::io::Error| SnapshotError::Io { doing: "read", path: path.to_owned(), source };
    let broken = |reason: String| SnapshotError::Broken { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    if is_compressed(path) {
        let decoder = zstd::Decoder::new(file).map_err(io)?;
        decoder.take(LIMIT).read_to_end(&mut bytes).map_err(|error| broken(format!("bad zstd data: {error}")))?;
    } else {
        file.take(LIMIT).read_to_end(&mut bytes).map_err(io)?;
    }
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    match header.forewarn_snapshot {
        None => Err(broken("it has no `forewarn_snapshot` version".to_owned())),
        Some(found) if found > u64::from(VERSION) => Err(SnapshotError::Newer { path: path.to_owned(), found }),
        Some(_) => serde_json::from_slice::<Loaded>(&bytes)
            .map(|loaded| loaded.inventory)
            .map_err(|error| broken(error.to_string())),
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "zst")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;
    use crate::overlay;

    fn inventory() -> Inventory {
        overlay::inventory(&json!({
            "s3": { "buckets": [{ "name": "b", "policy": { "unreadable": { "cause": "denied", "operation": "o" } } }] },
            "iam": { "users": [{ "name": "=cmd" }], "roles": [{ "name": "r" }] },
        }))
        .unwrap()
    }

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_saved_is_what_loads_plain_and_compressed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["s.json", "s.json.zst"] {
            let path = folder.path().join(name);
            save(&inventory(), &path).unwrap();
            assert_eq!(load(&path).unwrap(), inventory(), "{name}");
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
        let plain = std::fs::metadata(folder.path().join("s.json")).unwrap().len();
        let packed = std::fs::metadata(folder.path().join("s.json.zst")).unwrap().len();
        assert!(packed < plain, "{packed} of {plain} bytes");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file stays");
    }

    #[test]
    fn a_newer_version_says_so() {
        let (_folder, path) = written("s.json", br#"{"forewarn_snapshot": 99, "inventory": {"new": 1}}"#);
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("version 99") && error.contains("update forewarn"), "{error}");
    }

    #[test]
    fn a_broken_file_is_named_with_the_place() {
        for (bytes, wanted) in [
            (&b"{\n \"forewarn_snapshot\": 1,\n \"inventory\": {\"instant\": 7}}"[..], "line 3"),
            (b"not json", "line 1 column 2"),
            (b"{}", "no `forewarn_snapshot` version"),
        ] {
            let (_folder, path) = written("s.json", bytes);
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("s.json"), "{error}");
        }
    }

    #[test]
    fn a_cut_compressed_file_is_broken_and_a_missing_one_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.zst");
        save(&inventory(), &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(load(&path), Err(SnapshotError::Broken { .. })));
        assert!(matches!(load(&folder.path().join("none")), Err(SnapshotError::Io { .. })));
    }

    #[test]
    fn a_field_that_an_old_snapshot_lacks_is_a_gap_and_not_a_pass() {
        let text = br#"{"forewarn_snapshot": 1, "inventory": {"instant": "2026-01-01T00:00:00Z",
            "accounts": [{"id": "111111111111", "partition": "aws",
              "s3": {"buckets": [{"name": "b", "arn": "arn:aws:s3:::b"}]}}]}}"#;
        let (_folder, path) = written("s.json", text);
        let inventory = load(&path).unwrap();
        for fact in [crate::Fact::BucketPolicy, crate::Fact::Users, crate::Fact::Organization] {
            assert!(!fact.gaps(&inventory).is_empty(), "{fact:?}");
        }
    }
}
