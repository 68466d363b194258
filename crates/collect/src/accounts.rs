//! Which accounts are looked at, and all of them in turn.

use std::collections::{BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;

use forewarn_inventory::{Account, Cause, Fact, Gap, LeftOut, Observed, OrgAccount, Organization, Unreached};
use tokio::task::JoinSet;

use crate::Reading;
use crate::call::Caller;
use crate::operations::LIST_ACCOUNTS;
use crate::options::{Accounts, CollectError, Options};
use crate::progress::{Part, Progress, Steps, together};
use crate::session::Session;

/// What was asked for, as far as it can be named.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Accounts to enter, by id.
    pub(crate) enter: BTreeSet<String>,
    /// Accounts to leave alone.
    pub(crate) left_out: Vec<LeftOut>,
    /// Why there may be more.
    pub(crate) unlisted: Vec<Gap>,
}

/// What became of the accounts, sorted by id.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) accounts: Vec<Account>,
    pub(crate) unreached: Vec<Unreached>,
}

/// The accounts that the options name; for [`Accounts::Organization`] those of `organization`.
///
/// An organisation that does not name its accounts leaves the caller's own, and says why there may be more.
pub(crate) fn asked(
    options: &Options,
    own: &str,
    organization: Option<&Observed<Organization>>,
) -> Result<Asked, CollectError> {
    let mut asked = Asked::default();
    match (&options.accounts, organization) {
        (Accounts::Named(named), _) => asked.enter.extend(named.iter().cloned()),
        (Accounts::Organization, Some(Observed::Absent)) => {
            return Err(CollectError::NoOrganization { account: own.to_owned() });
        }
        (Accounts::Organization, Some(Observed::Present(organization))) => {
            asked.enter.insert(own.to_owned());
            for account in &organization.accounts {
                match closed(account) {
                    None => {
                        asked.enter.insert(account.id.clone());
                    }
                    Some(left_out) => asked.left_out.push(left_out),
                }
            }
            // Where an account stands in the organisation is of no matter here.
            let rest = organization.accounts.rest.iter();
            asked.unlisted.extend(rest.filter(|gap| gap.operation == LIST_ACCOUNTS.action()).cloned());
        }
        (Accounts::Organization, Some(Observed::Unreadable(gap))) => {
            asked.enter.insert(own.to_owned());
            asked.unlisted.push(gap.clone());
        }
        (Accounts::Own | Accounts::Organization, _) => {
            asked.enter.insert(own.to_owned());
        }
    }
    let skipped = |id: &String| options.skip_accounts.contains(id);
    let known: BTreeSet<&str> = asked.left_out.iter().map(|account| account.id.as_str()).collect();
    let mut more: Vec<LeftOut> = Vec::new();
    for id in asked.enter.iter().filter(|id| skipped(id) && !known.contains(id.as_str())) {
        more.push(LeftOut { id: id.clone(), reason: "left out by `--skip-accounts`".to_owned() });
    }
    asked.enter.retain(|id| !skipped(id));
    asked.left_out.extend(more);
    asked.enter.retain(|id| !asked.left_out.iter().any(|account| account.id == *id));
    asked.left_out.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(asked)
}

/// An account that is not active, as one to leave alone.
fn closed(account: &OrgAccount) -> Option<LeftOut> {
    let state = account.state.as_deref().unwrap_or("not active");
    let reason = format!("its state in the organisation is {state}");
    (!account.active).then(|| LeftOut { id: account.id.clone(), reason })
}

impl Found {
    /// Takes out the accounts that could not be entered because they are closed: where accounts are named, the
    /// organisation tells so only by the way.
    pub(crate) fn without_closed(&mut self, organization: &Observed<Organization>) -> Vec<LeftOut> {
        let members = organization.present().map(|organization| organization.accounts.items.as_slice());
        let all: Vec<LeftOut> = members.unwrap_or_default().iter().filter_map(closed).collect();
        let unreached = std::mem::take(&mut self.unreached);
        let mut left_out = Vec::new();
        for account in unreached {
            match all.iter().find(|closed| closed.id == account.id) {
                Some(closed) if account.gap.cause == Cause::Denied => left_out.push(closed.clone()),
                _ => self.unreached.push(account),
            }
        }
        left_out
    }
}

/// All that entering and reading accounts takes.
pub(crate) struct Round {
    /// The caller's own session.
    pub(crate) session: Session,
    pub(crate) options: Options,
    pub(crate) caller: Arc<Caller>,
    /// What is needed of an account; nothing of the organisation.
    pub(crate) needs: BTreeSet<Fact>,
    /// When the run began.
    pub(crate) instant: jiff::Timestamp,
}

impl Round {
    /// Enters and reads every account, some at a time. One that cannot be entered holds up no other.
    ///
    /// `own` is begun while it is found out which ones there are; where it is not among those that are `named`, nothing of
    /// it is kept. The one that was begun first goes first: so they end one after another, and while one begins, which
    /// leaves places in flight free, the others fill them.
    pub(crate) async fn all<T>(
        self: &Arc<Self>,
        own: Option<String>,
        named: impl Future<Output = Result<(BTreeSet<String>, T), CollectError>>,
        progress: &dyn Progress,
    ) -> Result<(Found, T), CollectError> {
        let (teller, mut told) = together(progress);
        let mut named = pin!(named);
        let mut known: Option<(BTreeSet<String>, T)> = None;
        let mut steps = None;
        let mut waiting: VecDeque<String> = own.iter().cloned().collect();
        let mut working = JoinSet::new();
        let mut in_work: VecDeque<(String, Arc<Caller>)> = VecDeque::new();
        let mut found = Found::default();
        let (accounts, more) = loop {
            let accounts = known.as_ref().map_or(usize::MAX, |(accounts, _)| accounts.len());
            let at_once = self.options.accounts_at_once.clamp(1, accounts.max(1));
            while working.len() < at_once
                && let Some(id) = waiting.pop_front()
            {
                let caller = Arc::new(self.caller.for_one_of(at_once));
                in_work.push_back((id.clone(), Arc::clone(&caller)));
                let reading = Arc::clone(self).one(id.clone(), caller, teller.of(&id));
                working.spawn(async move { (id, reading.await) });
            }
            if let Some((_, first)) = in_work.front() {
                first.goes_first();
            }
            if working.is_empty()
                && let Some(known) = known.take()
            {
                break known;
            }
            let (id, read) = tokio::select! {
                all = &mut named, if known.is_none() => {
                    let all = all?;
                    steps = (all.0.len() > 1).then(|| Steps::begin(progress, "Accounts", all.0.len()));
                    waiting.extend(all.0.iter().filter(|id| own.as_ref() != Some(id)).cloned());
                    let done = found.accounts.len() + found.unreached.len();
                    known = Some(all);
                    (0..done).for_each(|_| steps.iter().for_each(Steps::done));
                    continue;
                }
                () = told.listen() => continue,
                Some(read) = working.join_next() => match read {
                    Ok(read) => read,
                    // A fault of our own stays one; nothing here aborts a task.
                    Err(broken) => std::panic::resume_unwind(broken.into_panic()),
                },
            };
            in_work.retain(|(known, _)| *known != id);
            match read {
                Ok(account) => found.accounts.push(account),
                Err(unreached) => found.unreached.push(unreached),
            }
            steps.iter().for_each(Steps::done);
        };
        found.accounts.retain(|account| accounts.contains(&account.id));
        found.unreached.retain(|account| accounts.contains(&account.id));
        found.accounts.sort_by(|one, other| one.id.cmp(&other.id));
        found.unreached.sort_by(|one, other| one.id.cmp(&other.id));
        Ok((found, more))
    }

    /// One account, entered through a role unless it is the caller's own.
    async fn one(self: Arc<Self>, id: String, caller: Arc<Caller>, progress: Part) -> Result<Account, Unreached> {
        let reading = Reading {
            session: &self.session,
            options: &self.options,
            caller: &caller,
            needs: &self.needs,
            progress: &progress,
            instant: self.instant,
        };
        if id == self.session.account {
            return Ok(reading.account().await);
        }
        match self.session.member(&id, &self.options, &self.needs, &caller).await {
            Ok(session) => Ok(Reading { session: &session, ..reading }.account().await),
            Err(gap) => Err(Unreached { id: id.clone(), gap }),
        }
    }
}

#[cfg(test)]
mod tests {
    use forewarn_inventory::Listing;

    use super::*;

    fn organization(accounts: &[(&str, bool)], rest: Vec<Gap>) -> Observed<Organization> {
        let account = |(id, active): &(&str, bool)| OrgAccount {
            id: (*id).to_owned(),
            name: String::new(),
            active: *active,
            state: (!active).then(|| "PENDING_CLOSURE".to_owned()),
            parent: None,
        };
        Observed::Present(Organization {
            id: "o-1".to_owned(),
            management_account: "1".to_owned(),
            accounts: Listing { items: accounts.iter().map(account).collect(), rest },
            units: Listing::whole(Vec::new()),
            scps: Listing::whole(Vec::new()),
            rcps: Listing::whole(Vec::new()),
            delegated_administrators: Listing::whole(Vec::new()),
            root_features: Observed::Absent,
        })
    }

    fn options(accounts: Accounts, skip: &[&str]) -> Options {
        let skip_accounts = skip.iter().map(|id| (*id).to_owned()).collect();
        Options { accounts, skip_accounts, ..Options::default() }
    }

    fn ids(asked: &Asked) -> (Vec<&str>, Vec<(&str, &str)>) {
        let left_out = asked.left_out.iter().map(|account| (account.id.as_str(), account.reason.as_str()));
        (asked.enter.iter().map(String::as_str).collect(), left_out.collect())
    }

    #[test]
    fn an_organisation_is_entered_but_for_what_is_closed_and_what_is_left_out() {
        let organization = organization(&[("1", true), ("2", false), ("3", true), ("4", false)], Vec::new());
        let found = asked(&options(Accounts::Organization, &["3", "4"]), "1", Some(&organization)).unwrap();
        let (enter, left_out) = ids(&found);
        assert_eq!(enter, ["1"]);
        let closed = "its state in the organisation is PENDING_CLOSURE";
        assert_eq!(left_out, [("2", closed), ("3", "left out by `--skip-accounts`"), ("4", closed)]);
        assert_eq!(found.unlisted, []);
    }

    #[test]
    fn an_organisation_that_does_not_name_its_accounts_leaves_the_own_one_and_the_reason() {
        let denied = Gap::new(Cause::Denied, "organizations:ListAccounts");
        let place = Gap::new(Cause::Denied, "organizations:ListAccountsForParent");
        let cut = organization(&[("2", true)], vec![place, denied.clone()]);
        let unseen = Observed::Unreadable(denied.clone());
        for (organization, expected) in [(cut, vec!["1", "2"]), (unseen, vec!["1"])] {
            let found = asked(&options(Accounts::Organization, &[]), "1", Some(&organization)).unwrap();
            assert_eq!(ids(&found).0, expected);
            assert_eq!(found.unlisted, std::slice::from_ref(&denied));
        }
    }

    #[test]
    fn accounts_that_are_named_are_entered_and_no_others() {
        let named = Accounts::Named(["2", "3"].map(str::to_owned).into());
        let found = asked(&options(named, &["3", "9"]), "1", None).unwrap();
        assert_eq!(ids(&found), (vec!["2"], vec![("3", "left out by `--skip-accounts`")]));
        let alone = asked(&options(Accounts::Own, &[]), "1", None).unwrap();
        assert_eq!(ids(&alone).0, ["1"]);
    }

    #[test]
    fn without_an_organisation_there_is_none_to_audit() {
        let error = asked(&options(Accounts::Organization, &[]), "1", Some(&Observed::Absent)).unwrap_err();
        assert_eq!(error, CollectError::NoOrganization { account: "1".to_owned() });
    }
}
