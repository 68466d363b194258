//! The regions of AWS.

use crate::lint::read::Entry;
use crate::lint::suggest::nearest;
use crate::lint::{Sink, codes};

/// As of 2026-11: general/latest/gr/rande.html, and the pages of the partitions that it does not list.
const REGIONS: [&str; 47] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Judges the region of an ARN or a value of `aws:RequestedRegion`; a pattern must match one at least.
pub(super) fn judge(region: &str, at: &Entry<'_>, sink: &mut Sink) {
    // Not a region, but it stands where one does: global resources of some services.
    if region.is_empty() || region.contains('$') || region == "global" || region == "aws-global" {
        return;
    }
    let known = if region.contains(['*', '?']) {
        let glob = crate::glob::Glob::new(region);
        REGIONS.iter().any(|known| glob.matches(known)) || glob.matches("global")
    } else {
        REGIONS.contains(&region)
    };
    if known {
        return;
    }
    let hint = nearest(region, REGIONS.into_iter()).map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
    let message = format!("`{region}` is no region of AWS that was known in November 2026{hint}");
    sink.report(&codes::UNKNOWN_REGION, at.span, &at.pointer, message);
}
