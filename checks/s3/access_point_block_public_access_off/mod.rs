#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{AccessPoint, Fact};

use super::{SWITCHES, Switch};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.access_point_block_public_access_off",
    title: "Block Public Access is not fully on for the access point",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::AccessPoints, Fact::AccessPointPublicAccessBlock, Fact::AccountPublicAccessBlock],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for point in case.access_points() {
        findings.record(&point, judge(&point));
    }
}

/// A switch is on where the account or the access point has it on.
fn judge(point: &In<'_, AccessPoint>) -> Verdict {
    let (own, shared) = (point.public_access_block.read(), point.account.s3.public_access_block.read());
    let gap = own.err().or(shared.err());
    let on = |switch: Switch| [own, shared].into_iter().flatten().flatten().any(switch);
    let off: Vec<&str> = SWITCHES.into_iter().filter(|(_, switch)| !on(*switch)).map(|(name, _)| name).collect();
    match (off.as_slice(), gap) {
        ([], _) => Verdict::Pass,
        (_, Some(gap)) => Verdict::unknown(gap),
        (off, None) => {
            let reason = format!("off for {} and for the account: {}", point.name, off.join(", "));
            Verdict::fail(reason, point.evidence("/public_access_block", "what the access point itself has on"))
        }
    }
}
