//! One name for each person, whatever a record calls it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Row;

/// What those are called of whom a record says nothing more.
pub(crate) const UNNAMED: [&str; 4] = ["an AWS service", "an unnamed session", "somebody", "root"];

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// The ARN of a user without its path, since a refused sign-in has none; the name of whoever is behind a session, as far
    /// as the events tell; else the session; the name of a service.
    pub name: String,
    /// Whether AWS acted by itself.
    pub is_service: bool,
    /// The role that it acted with.
    pub role: Option<String>,
}

/// The same, as far as it can be borrowed.
pub(crate) struct Whom<'r> {
    pub(crate) name: Cow<'r, str>,
    pub(crate) is_service: bool,
    pub(crate) role: Option<&'r str>,
}

/// Who took which session, by its access key, and what users are called in full.
#[derive(Debug, Clone, Default)]
pub struct Names {
    takers: BTreeMap<String, String>,
    full: BTreeMap<String, String>,
}

impl Names {
    /// Learns from an event whom a session was given to. Events come by time.
    pub fn learn(&mut self, row: &Row<'_>) {
        if let Some(arn) = row.user.filter(|arn| arn.contains(":user/")) {
            let short = without_path(arn);
            if short != arn {
                self.full.insert(short.into_owned(), arn.to_owned());
            }
        }
        if !gives(row.operation) || row.failed {
            return;
        }
        let taken = row.touched().find(|id| id.len() == 20 && id.starts_with("ASIA") && Some(*id) != row.key);
        if let Some(key) = taken {
            let taker = self.who(row);
            self.takers.insert(key.to_owned(), taker.name);
        }
    }

    /// Who made a call.
    pub fn who(&self, row: &Row<'_>) -> Who {
        let whom = self.whom(row);
        Who { name: whom.name.into_owned(), is_service: whom.is_service, role: whom.role.map(str::to_owned) }
    }

    /// The same without a copy of what the row has.
    pub(crate) fn whom<'r>(&'r self, row: &Row<'r>) -> Whom<'r> {
        let role = row.issuer.filter(|arn| arn.contains(":role/"));
        let of = |name: Cow<'r, str>, is_service| Whom { name, is_service, role };
        let named = |name: &'r str, is_service| of(Cow::Borrowed(name), is_service);
        if row.user_type == Some("AWSService") || role.is_some_and(|arn| arn.contains(":role/aws-service-role/")) {
            return named(row.invoked_by.or(row.user).or(row.domain).unwrap_or("an AWS service"), true);
        }
        if let Some(source) = row.source_identity {
            return named(source, false);
        }
        match row.user_type {
            Some("AssumedRole") => {
                if let Some(session) =
                    row.session.filter(|_| row.issuer.is_some_and(|arn| arn.contains("/AWSReservedSSO_")))
                {
                    return named(session, false);
                }
                let taker = row.key.and_then(|key| self.takers.get(key));
                named(taker.map(String::as_str).or(row.user).unwrap_or("an unnamed session"), false)
            }
            Some("IAMUser") => match (row.user, row.user_account, row.user_name) {
                (Some(arn), _, _) if arn.contains(":user/") => of(without_path(arn), false),
                (_, Some(account), Some(name)) => of(format!("arn:aws:iam::{account}:user/{name}").into(), false),
                (user, _, name) => named(name.or(user).unwrap_or("somebody"), false),
            },
            Some("Root") => match row.user_account.or(row.account) {
                Some(account) => of(format!("arn:aws:iam::{account}:root").into(), false),
                None => named("root", false),
            },
            _ => {
                let name = row.user.or(row.user_name).or(row.invoked_by).or(row.user_account).unwrap_or("somebody");
                named(name, name.ends_with(".amazonaws.com"))
            }
        }
    }

    /// Everything that a row may have of somebody with this name: the name itself, and the keys of sessions of theirs.
    /// `None` where a row may have nothing.
    pub(crate) fn texts_of<'n>(&'n self, name: &'n str) -> Option<Vec<&'n str>> {
        if UNNAMED.contains(&name) {
            return None;
        }
        let mut texts = vec![name];
        // The name of a user and the account stand in columns of their own.
        texts.extend(name.split_once(":user/").map(|(_, user)| user));
        texts.extend(name.ends_with(":root").then_some("Root"));
        texts.extend(self.takers.iter().filter(|(_, taker)| *taker == name).map(|(key, _)| key.as_str()));
        Some(texts)
    }

    /// The name in full: a user's ARN with its path, where an event has it.
    pub fn full<'n>(&'n self, name: &'n str) -> &'n str {
        self.full.get(name).map_or(name, String::as_str)
    }
}

/// A user's ARN without the path in it.
pub(crate) fn without_path(arn: &str) -> Cow<'_, str> {
    match arn.split_once(":user/").and_then(|(head, rest)| Some((head, rest.rsplit_once('/')?.1))) {
        Some((head, name)) => format!("{head}:user/{name}").into(),
        None => arn.into(),
    }
}

/// Whether a call gives out a session.
pub(crate) fn gives(operation: &str) -> bool {
    operation.starts_with("AssumeRole") || operation == "GetFederationToken"
}

/// What a person calls somebody: the name of the user, the session, or all of it.
pub(crate) fn short(name: &str) -> &str {
    if name.starts_with("arn:") {
        if let Some((_, rest)) = name.split_once(":assumed-role/") {
            return rest;
        }
        return name.rsplit(['/', ':']).next().unwrap_or(name);
    }
    name
}

/// The account in an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_name_with_and_without_its_path() {
        let mut names = Names::default();
        let call = Row {
            user_type: Some("IAMUser"),
            user: Some("arn:aws:iam::111122223333:user/Dev/ana"),
            user_name: Some("ana"),
            user_account: Some("111122223333"),
            ..Row::default()
        };
        let refused = Row { user: Some("AIDAEXAMPLE"), ..call };
        names.learn(&call);
        assert_eq!(names.who(&call), names.who(&refused));
        assert_eq!(names.full(&names.who(&refused).name), "arn:aws:iam::111122223333:user/Dev/ana");
        assert_eq!(short("arn:aws:iam::111122223333:user/Dev/ana"), "ana");
    }

    #[test]
    fn a_chain_of_sessions_leads_to_the_person() {
        let mut names = Names::default();
        let user = Row {
            user_type: Some("IAMUser"),
            user: Some("arn:aws:iam::111122223333:user/ana"),
            operation: "AssumeRole",
            resources: "ASIAAAAAAAAAAAAAAAA1",
            ..Row::default()
        };
        names.learn(&user);
        let first = Row {
            user_type: Some("AssumedRole"),
            user: Some("arn:aws:sts::111122223333:assumed-role/Ops/x"),
            issuer: Some("arn:aws:iam::111122223333:role/Ops"),
            key: Some("ASIAAAAAAAAAAAAAAAA1"),
            operation: "AssumeRole",
            resources: "ASIAAAAAAAAAAAAAAAA1\nASIAAAAAAAAAAAAAAAA2",
            ..Row::default()
        };
        names.learn(&first);
        let second = Row { key: Some("ASIAAAAAAAAAAAAAAAA2"), resources: "", operation: "x", ..first };
        assert_eq!(names.who(&second).name, "arn:aws:iam::111122223333:user/ana");
        assert_eq!(names.who(&second).role.as_deref(), Some("arn:aws:iam::111122223333:role/Ops"));
        let lost = Row { key: Some("ASIAAAAAAAAAAAAAAAA9"), ..second };
        assert_eq!(names.who(&lost).name, "arn:aws:sts::111122223333:assumed-role/Ops/x");
    }
}
