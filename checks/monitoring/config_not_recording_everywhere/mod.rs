#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Account, Fact, Recorder};

use super::Region;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "monitoring.config_not_recording_everywhere",
    title: "AWS Config does not record every region",
    severity: Severity::Medium,
    protects: &[Protects::Integrity],
    side: Side::Customer,
    needs: &[Fact::Recorders, Fact::RecorderStatus, Fact::DeliveryChannels],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for account in case.accounts() {
        findings.record_one_suffices(account, judge(account));
    }
}

/// Every region must record all types and deliver them, and one of them the global types.
fn judge(account: &Account) -> Verdict {
    let recorders = &account.detection.recorders;
    let regional = super::each_region(account, "AWS Config", "no recorder that works", |region| {
        let mut state = Region::Off("no recorder".to_owned());
        for recorder in recorders.iter().filter(|recorder| recorder.region == region) {
            state = of(recorder);
            if matches!(state, Region::On) {
                break;
            }
        }
        state
    });
    let global = recorders.iter().any(|recorder| recorder.global_types && matches!(of(recorder), Region::On));
    if matches!(regional, Verdict::Pass) && !global {
        let evidence = crate::on_account(account, account, "/id", "no recorder of global types");
        return Verdict::fail("AWS Config records no global types, such as IAM roles, in any region", evidence);
    }
    regional
}

/// Whether a recorder records all types of its region, and delivers.
fn of(recorder: &Recorder) -> Region {
    let off = |why: &str| Region::Off(format!("recorder {} {why}", recorder.name));
    if !recorder.all_types {
        return off("leaves types out");
    }
    match (recorder.status.read(), recorder.channel.read()) {
        (Ok(status), _) if !status.is_some_and(|status| status.recording) => off("is stopped"),
        (_, Ok(None)) => off("delivers nowhere"),
        (Ok(Some(status)), _)
            if status.last_status.as_deref().is_some_and(|last| last.eq_ignore_ascii_case("failure")) =>
        {
            off("cannot deliver")
        }
        (Err(gap), _) | (_, Err(gap)) => Region::Unknown(gap.into()),
        _ => Region::On,
    }
}
