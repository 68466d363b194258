#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Fact, MultiRegionAccessPoint};

use super::SWITCHES;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "s3.multi_region_access_point_block_public_access_off",
    title: "Block Public Access is not fully on for the multi-region access point",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality, Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::MultiRegionAccessPoints],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for point in case.multi_region_access_points() {
        findings.record(&point, judge(&point));
    }
}

fn judge(point: &In<'_, MultiRegionAccessPoint>) -> Verdict {
    let settings = match point.public_access_block.read() {
        Ok(settings) => settings.copied().unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    let off: Vec<&str> = SWITCHES.iter().filter(|(_, on)| !on(&settings)).map(|(name, _)| *name).collect();
    if off.is_empty() {
        return Verdict::Pass;
    }
    let reason = format!("off for {}: {}", point.name, off.join(", "));
    Verdict::fail(reason, point.evidence("/public_access_block", "what it has on"))
}
