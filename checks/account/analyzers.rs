//! Which regions of an account an analyzer of IAM Access Analyzer watches.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_findings::{Case, Reason, Verdict};
use forewarn_inventory::{Account, Analyzer, Listing, RegionStatus};

/// What an analyzer has to do.
type Does = fn(&Analyzer) -> bool;

/// The regions in which an analyzer does what is wanted for `account`: one of its own, or one of the organisation.
fn regions<'a>(case: &Case<'a>, account: &'a Account, does: Does) -> BTreeSet<&'a str> {
    let own = account.iam.analyzers.iter().filter(|analyzer| does(analyzer));
    let member = case.inventory().organization.present().is_some();
    let others = case.accounts().filter(|other| member && other.id != account.id);
    let shared = others
        .flat_map(|other| other.iam.analyzers.iter())
        .filter(|analyzer| does(analyzer) && analyzer.is_of_organization());
    own.chain(shared).map(|analyzer| analyzer.region.as_str()).collect()
}

/// Why there may be another analyzer: a list that is short, or an account of the organisation that was not read.
fn doubt(case: &Case<'_>, account: &Account) -> Option<Verdict> {
    if let Some(gap) = account.iam.analyzers.rest.first() {
        return Some(Verdict::unknown(Reason::from(gap)));
    }
    let organization = match case.inventory().organization.read() {
        Ok(organization) => organization?,
        Err(gap) => return Some(Verdict::unknown(gap)),
    };
    let read = |id: &str| case.accounts().any(|known| known.id == id && known.iam.analyzers.is_whole());
    let whole = organization.accounts.is_whole() && organization.accounts.iter().all(|member| read(&member.id));
    (!whole || !read(&organization.management_account)).then(|| {
        Verdict::unknown(Reason {
            code: "account_not_read".to_owned(),
            message: "an account of the organisation that was not read may have an analyzer for all (access-analyzer:ListAnalyzers)"
                .to_owned(),
            gap: None,
        })
    })
}

/// Whether an analyzer watches each assessed region.
pub(super) fn watched(case: &Case<'_>, account: &Account, what: &str, does: Does) -> Verdict {
    let watched = regions(case, account, does);
    let assessed = account.regions.iter().filter(|(_, status)| **status == RegionStatus::Assessed);
    let missing: Vec<&str> =
        assessed.map(|(region, _)| region.as_str()).filter(|region| !watched.contains(region)).collect();
    if missing.is_empty() {
        return Verdict::Pass;
    }
    fail(case, account, format!("nothing looks for {what} in {}", missing.join(", ")))
}

/// Whether an analyzer watches the account from any region.
pub(super) fn watched_anywhere(case: &Case<'_>, account: &Account, what: &str, does: Does) -> Verdict {
    if regions(case, account, does).is_empty() {
        fail(case, account, format!("nothing looks for {what}"))
    } else {
        Verdict::Pass
    }
}

fn fail(case: &Case<'_>, account: &Account, reason: String) -> Verdict {
    doubt(case, account).unwrap_or_else(|| {
        // What they found is no part of whether they are there.
        let mut analyzers = account.iam.analyzers.clone();
        for analyzer in &mut analyzers.items {
            analyzer.findings = Listing::whole(Vec::new());
        }
        let shown = BTreeMap::from([("analyzers", analyzers)]);
        let evidence = crate::on_account(account, &shown, "/analyzers", "the analyzers that there are");
        Verdict::fail(reason, evidence)
    })
}
