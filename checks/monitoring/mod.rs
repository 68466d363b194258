//! Checks about who hears of what happens, and about the services that look for it.

use forewarn_findings::monitoring::Watched;
use forewarn_findings::{Case, Check, Evidence, Findings, Reason, Reasons, Verdict};
use forewarn_inventory::{Account, DetectorDetails, Fact, RegionStatus};

mod bucket_policy_changes_not_alarmed;
mod cloudtrail_changes_not_alarmed;
mod config_changes_not_alarmed;
mod config_not_recording_everywhere;
mod gateway_changes_not_alarmed;
mod guardduty_off;
mod guardduty_without_s3;
mod iam_changes_not_alarmed;
mod key_removal_not_alarmed;
mod network_acl_changes_not_alarmed;
mod organization_changes_not_alarmed;
mod root_use_not_alarmed;
mod route_table_changes_not_alarmed;
mod security_group_changes_not_alarmed;
mod security_hub_off;
mod sign_in_failures_not_alarmed;
mod sign_in_without_mfa_not_alarmed;
mod unauthorized_calls_not_alarmed;
mod vpc_changes_not_alarmed;

/// The checks of this folder.
#[rustfmt::skip]
pub(crate) const CHECKS: &[&Check] = &[
    &bucket_policy_changes_not_alarmed::CHECK,
    &cloudtrail_changes_not_alarmed::CHECK,
    &config_changes_not_alarmed::CHECK,
    &config_not_recording_everywhere::CHECK,
    &gateway_changes_not_alarmed::CHECK,
    &guardduty_off::CHECK,
    &guardduty_without_s3::CHECK,
    &iam_changes_not_alarmed::CHECK,
    &key_removal_not_alarmed::CHECK,
    &network_acl_changes_not_alarmed::CHECK,
    &organization_changes_not_alarmed::CHECK,
    &root_use_not_alarmed::CHECK,
    &route_table_changes_not_alarmed::CHECK,
    &security_group_changes_not_alarmed::CHECK,
    &security_hub_off::CHECK,
    &sign_in_failures_not_alarmed::CHECK,
    &sign_in_without_mfa_not_alarmed::CHECK,
    &unauthorized_calls_not_alarmed::CHECK,
    &vpc_changes_not_alarmed::CHECK,
];

/// What the way from an event to somebody who hears of it rests on.
const CHAIN: &[Fact] = &[
    Fact::Trails,
    Fact::TrailStatus,
    Fact::TrailSelectors,
    Fact::LogGroups,
    Fact::MetricFilters,
    Fact::Alarms,
    Fact::TopicSubscriptions,
];

/// One way that goes all along suffices, so a list that is cut takes nothing from a Pass.
fn judge(case: &Case<'_>, findings: &mut Findings, what: &Watched) {
    for account in case.accounts() {
        findings.record_one_suffices(account, case.watched(account, what));
    }
}

/// How a service is doing in a region.
enum Region {
    /// It does what it should.
    On,
    /// It does not, and why.
    Off(String),
    /// That is not known.
    Unknown(Reason),
}

/// A verdict on a service that should be on in every region that was looked at.
fn each_region(account: &Account, service: &str, note: &str, state: impl Fn(&str) -> Region) -> Verdict {
    let assessed = account.regions.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
    let (mut off, mut doubts) = (Vec::new(), Vec::new());
    let mut looked = 0;
    for (region, _) in assessed {
        looked += 1;
        match state(region) {
            Region::On => {}
            Region::Off(why) => off.push((region, why)),
            Region::Unknown(reason) => doubts.push(reason),
        }
    }
    if looked == 0 {
        let message = "no region was looked at".to_owned();
        return Verdict::unknown(Reason { code: "no_region".to_owned(), message, gap: None });
    }
    let mut evidence: Vec<Evidence> = off
        .iter()
        .map(|(region, _)| crate::on_account(account, account, &format!("/regions/{region}"), note))
        .collect();
    match Reasons::all(doubts) {
        None if evidence.is_empty() => Verdict::Pass,
        Some(reasons) if evidence.is_empty() => Verdict::Unknown(reasons),
        _ => {
            let words: Vec<String> = off.iter().map(|(region, why)| format!("{region} ({why})")).collect();
            let reason =
                format!("{service} does not do its work in {} of {looked} regions: {}", off.len(), words.join(", "));
            let first = evidence.remove(0);
            evidence.into_iter().fold(Verdict::fail(reason, first), Verdict::also)
        }
    }
}

/// A verdict on GuardDuty in every region; `off` says what is wrong with a detector, if anything.
fn each_detector(account: &Account, off: fn(&DetectorDetails) -> Option<&'static str>) -> Verdict {
    each_region(account, "GuardDuty", "no detector that is on", |region| {
        let mut here = account.detection.detectors.iter().filter(|detector| detector.region == region);
        let Some(detector) = here.next() else { return Region::Off("no detector".to_owned()) };
        match detector.details.read() {
            Ok(Some(details)) => off(details).map_or(Region::On, |why| Region::Off(why.to_owned())),
            Ok(None) => Region::Off("no detector".to_owned()),
            Err(gap) => Region::Unknown(gap.into()),
        }
    })
}
