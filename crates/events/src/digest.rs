//! Digest files: the chain by which CloudTrail vouches for its log files
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>).
//!
//! A digest names the log files of an hour with the hashes of their unpacked content, and the digest before it with its
//! hash and signature. Its own signature is in the metadata of its object, so on disk it is known only from the digest
//! that follows. The text that is signed is that of
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html>.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A digest file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// The account.
    pub aws_account_id: String,
    /// The first instant that it covers.
    pub digest_start_time: String,
    /// The instant after the last.
    pub digest_end_time: String,
    /// Its bucket.
    #[serde(rename = "digestS3Bucket")]
    pub bucket: String,
    /// Its key in the bucket.
    #[serde(rename = "digestS3Object")]
    pub object: String,
    /// The fingerprint of the key that signed it.
    pub digest_public_key_fingerprint: String,
    /// The algorithm, `SHA256withRSA`.
    pub digest_signature_algorithm: String,
    /// The key of the digest before it; `None` = it begins a chain.
    #[serde(rename = "previousDigestS3Object")]
    pub previous_object: Option<String>,
    /// The hash of that one, in hexadecimal.
    pub previous_digest_hash_value: Option<String>,
    /// The signature of that one, in hexadecimal.
    pub previous_digest_signature: Option<String>,
    /// The log files.
    #[serde(default)]
    pub log_files: Vec<LogFile>,
    /// The hash of this file, unpacked.
    #[serde(skip)]
    pub hash: String,
}

/// A log file as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFile {
    /// Its key in the bucket.
    #[serde(rename = "s3Object")]
    pub object: String,
    /// The hash of its unpacked content, in hexadecimal.
    pub hash_value: String,
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap_or('0');
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Digest {
    /// Reads a digest file, unpacked.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let digest: Self = serde_json::from_slice(bytes)?;
        Ok(Self { hash: sha256(bytes), ..digest })
    }

    /// The text whose signature vouches for the digest.
    pub fn signed_text(&self) -> String {
        let Self { digest_end_time: end, bucket, object, hash, previous_digest_signature: previous, .. } = self;
        format!("{end}\n{bucket}/{object}\n{hash}\n{}", previous.as_deref().unwrap_or("null"))
    }

    /// Digests of one trail in one region follow one another.
    fn chain(&self) -> String {
        let name = self.object.rsplit('/').next().unwrap_or_default();
        let end = name.rsplit_once('_').map_or(name, |(head, _)| head);
        format!("{}/{end}", self.bucket)
    }
}

/// What is wrong with a file, or not known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// A digest names it, and it is not there.
    Missing,
    /// Its content is not what the digest says.
    Altered,
    /// The signature is not that of the key.
    Forged,
    /// Time that no digest covers, before this one.
    Gap {
        /// From there.
        from: String,
        /// To there.
        to: String,
    },
    /// It could not be read.
    Unreadable(String),
    /// Its signature could not be checked, and why.
    Unchecked(&'static str),
    /// It is the newest of its chain: its signature is in the metadata of its object, and no later digest repeats it yet.
    Newest,
    /// A log file that no digest names.
    Unlisted,
}

impl Flaw {
    /// Whether somebody must have changed something; otherwise something is not known.
    pub fn is_proof(&self) -> bool {
        matches!(self, Self::Missing | Self::Altered | Self::Forged | Self::Gap { .. })
    }

    /// Whether something that could have been looked at was not.
    pub fn is_doubt(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Unchecked(_))
    }
}

/// What came of a check of files against digests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Digests that are whole and follow one another.
    pub digests: u64,
    /// Digests whose signature is good.
    pub signed: u64,
    /// Log files that are as they were delivered.
    pub logs: u64,
    /// Files by key, and what is wrong with them.
    pub flaws: Vec<(String, Flaw)>,
}

/// The hash of a log file's unpacked content: `None` = it is not there.
pub type HashOf<'a> = dyn Fn(&str) -> Option<Result<String, String>> + 'a;

/// Whether a signature in hexadecimal over a text is that of the key with a fingerprint; `None` = there is no such key.
pub type IsSigned<'a> = dyn Fn(&str, &str, &str) -> Option<bool> + 'a;

/// Checks digests, and the log files that they name. `logs` are the keys of log files that are there.
pub fn verify(
    digests: &[Digest],
    logs: &BTreeSet<String>,
    hash_of: &HashOf<'_>,
    is_signed: Option<&IsSigned<'_>>,
) -> Verified {
    let mut verified = Verified::default();
    let by_object: BTreeMap<&str, &Digest> = digests.iter().map(|one| (one.object.as_str(), one)).collect();
    // The signature of a digest, as the one after it has it.
    let signatures: BTreeMap<&str, &str> = digests
        .iter()
        .filter_map(|next| Some((next.previous_object.as_deref()?, next.previous_digest_signature.as_deref()?)))
        .collect();
    let mut named = BTreeSet::new();
    for digest in by_object.values() {
        verified.digests += 1;
        if let Some(object) = &digest.previous_object {
            match by_object.get(object.as_str()) {
                None => verified.flaw(object, Flaw::Missing),
                Some(previous) => {
                    if digest.previous_digest_hash_value.as_ref().is_some_and(|hash| *hash != previous.hash) {
                        verified.flaw(object, Flaw::Altered);
                    }
                    verified.gap(previous, digest);
                }
            }
        }
        verified.signature(digest, signatures.get(digest.object.as_str()).copied(), is_signed);
        for log in &digest.log_files {
            named.insert(log.object.as_str());
            match hash_of(&log.object) {
                None => verified.flaw(&log.object, Flaw::Missing),
                Some(Err(reason)) => verified.flaw(&log.object, Flaw::Unreadable(reason)),
                Some(Ok(hash)) if hash == log.hash_value.to_ascii_lowercase() => verified.logs += 1,
                Some(Ok(_)) => verified.flaw(&log.object, Flaw::Altered),
            }
        }
    }
    verified.breaks(&by_object);
    let unlisted = logs.iter().filter(|object| !named.contains(object.as_str()));
    verified.flaws.extend(unlisted.map(|object| (object.clone(), Flaw::Unlisted)));
    verified.flaws.sort();
    verified.flaws.dedup();
    verified
}

impl Verified {
    fn flaw(&mut self, object: &str, flaw: Flaw) {
        self.flaws.push((object.to_owned(), flaw));
    }

    fn gap(&mut self, before: &Digest, after: &Digest) {
        let time = |text: &str| text.parse::<Timestamp>().ok();
        let (end, start) = (time(&before.digest_end_time), time(&after.digest_start_time));
        if end.zip(start).is_some_and(|(end, start)| start > end) {
            let (from, to) = (before.digest_end_time.clone(), after.digest_start_time.clone());
            self.flaw(&after.object, Flaw::Gap { from, to });
        }
    }

    /// A chain may begin once; where it begins again, what came between is not vouched for.
    fn breaks(&mut self, by_object: &BTreeMap<&str, &Digest>) {
        let mut last: BTreeMap<String, &Digest> = BTreeMap::new();
        let mut in_time: Vec<&&Digest> = by_object.values().collect();
        in_time.sort_by(|one, other| one.digest_end_time.cmp(&other.digest_end_time));
        for digest in in_time {
            let before = last.insert(digest.chain(), digest);
            if let Some(before) = before.filter(|_| digest.previous_object.is_none()) {
                self.gap(before, digest);
            }
        }
    }

    fn signature(&mut self, digest: &Digest, signature: Option<&str>, is_signed: Option<&IsSigned<'_>>) {
        let unchecked = |why| Flaw::Unchecked(why);
        let flaw = match (is_signed, signature) {
            (None, _) => return self.flaw(&digest.object, unchecked("no public keys were given")),
            (_, None) => Flaw::Newest,
            (Some(_), Some(_)) if digest.digest_signature_algorithm != "SHA256withRSA" => {
                unchecked("it is signed with an algorithm that is not known")
            }
            (Some(check), Some(signature)) => {
                match check(&digest.digest_public_key_fingerprint, &digest.signed_text(), signature) {
                    Some(true) => {
                        self.signed += 1;
                        return;
                    }
                    Some(false) => Flaw::Forged,
                    None => unchecked("the key that signed it is not among those that were given"),
                }
            }
        };
        self.flaw(&digest.object, flaw);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LOG: &str = "AWSLogs/1/CloudTrail/r/a.json.gz";

    fn text(hour: u32, before: Option<&Digest>) -> Value {
        json!({
            "awsAccountId": "111122223333", "digestStartTime": format!("2026-01-02T{:02}:00:00Z", hour - 1),
            "digestEndTime": format!("2026-01-02T{hour:02}:00:00Z"), "digestS3Bucket": "b",
            "digestS3Object": format!("d/1_CloudTrail-Digest_r_t_r_{hour}.json.gz"),
            "digestPublicKeyFingerprint": "f", "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Object": before.map(|one| one.object.clone()),
            "previousDigestHashValue": before.map(|one| one.hash.clone()),
            "previousDigestSignature": before.map(|one| format!("signed {}", one.hash)),
            "logFiles": [{ "s3Object": LOG, "hashValue": sha256(b"log") }],
        })
    }

    fn digest(hour: u32, before: Option<&Digest>) -> Digest {
        Digest::parse(text(hour, before).to_string().as_bytes()).unwrap()
    }

    fn check(digests: &[Digest], content: Option<&[u8]>) -> Verified {
        let hash = |_: &str| content.map(|content| Ok(sha256(content)));
        let signed =
            |_: &str, text: &str, signature: &str| Some(text.contains(signature.trim_start_matches("signed ")));
        verify(digests, &BTreeSet::from([LOG.to_owned()]), &hash, Some(&signed))
    }

    fn flaws(verified: &Verified) -> Vec<(&str, &Flaw)> {
        let proofs = verified.flaws.iter().filter(|(_, flaw)| flaw.is_proof());
        proofs.map(|(object, flaw)| (object.rsplit('_').next().unwrap(), flaw)).collect()
    }

    #[test]
    fn a_whole_chain_has_no_proof_against_it() {
        let one = digest(1, None);
        let two = digest(2, Some(&one));
        let three = digest(3, Some(&two));
        let verified = check(&[three.clone(), one, two], Some(b"log"));
        assert_eq!((verified.digests, verified.signed, verified.logs), (3, 2, 3));
        assert_eq!(verified.flaws.len(), 1, "{:?}", verified.flaws);
        assert!(matches!(&verified.flaws[0], (object, Flaw::Newest) if *object == three.object));
    }

    #[test]
    fn what_was_changed_is_named() {
        let one = digest(1, None);
        let two = digest(2, Some(&one));
        assert_eq!(flaws(&check(&[one.clone(), two.clone()], Some(b"lOg"))), [(LOG, &Flaw::Altered)]);
        assert_eq!(flaws(&check(&[one.clone(), two.clone()], None)), [(LOG, &Flaw::Missing)]);
        assert_eq!(flaws(&check(std::slice::from_ref(&two), Some(b"log"))), [("1.json.gz", &Flaw::Missing)]);
        let mut other = text(1, None);
        other["awsAccountId"] = "9".into();
        let other = Digest::parse(other.to_string().as_bytes()).unwrap();
        assert_eq!(
            flaws(&check(&[other, two], Some(b"log"))),
            [("1.json.gz", &Flaw::Altered), ("1.json.gz", &Flaw::Forged)]
        );
        let late = digest(5, None);
        let gap = Flaw::Gap { from: "2026-01-02T01:00:00Z".to_owned(), to: "2026-01-02T04:00:00Z".to_owned() };
        assert_eq!(flaws(&check(&[one, late], Some(b"log"))), [("5.json.gz", &gap)]);
    }

    #[test]
    fn a_file_that_no_digest_names_and_keys_that_are_missing_are_said() {
        let one = digest(1, None);
        let logs = BTreeSet::from([LOG.to_owned(), "AWSLogs/x".to_owned()]);
        let verified = verify(&[one], &logs, &|_| Some(Err("no".to_owned())), None);
        let kinds: Vec<_> = verified.flaws.iter().map(|(_, flaw)| flaw.clone()).collect();
        assert!(kinds.contains(&Flaw::Unlisted) && kinds.contains(&Flaw::Unreadable("no".to_owned())), "{kinds:?}");
        assert!(kinds.contains(&Flaw::Unchecked("no public keys were given")));
    }

    #[test]
    fn the_signed_text_is_that_of_the_documentation() {
        let digest = digest(1, None);
        let expected = format!("2026-01-02T01:00:00Z\nb/{}\n{}\nnull", digest.object, digest.hash);
        assert_eq!(digest.signed_text(), expected);
    }
}
