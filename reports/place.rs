//! The identity of a result for receivers that keep results: the same check on the same resource is the same result,
//! also where it rests on other evidence today. (A fingerprint changes with the evidence.)

use forewarn_findings::{Earlier, Finding, Fingerprint};
use sha2::{Digest as _, Sha256};

/// For a check, an account and an ARN.
pub(crate) fn id(check: &str, account: &str, arn: &str) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [check, account, arn] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut id = [0; 16];
    id.iter_mut().zip(hash.finalize()).for_each(|(byte, from)| *byte = from);
    Fingerprint(id)
}

/// That of a finding.
pub(crate) fn of(finding: &Finding) -> Fingerprint {
    id(&finding.check, &finding.resource.account, &finding.resource.arn)
}

/// That of a finding of an earlier run.
pub(crate) fn of_earlier(earlier: &Earlier) -> Fingerprint {
    id(&earlier.check, &earlier.resource.account, &earlier.resource.arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let all = [id("a", "b", "c"), id("ab", "", "c"), id("a", "bc", ""), id("a", "b", "d")];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }
}
