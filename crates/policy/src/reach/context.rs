//! Which values a context key can have for a caller (facts E1 to E5): the consistency of a realistic request.

use crate::condition::{Condition, Test};
use crate::decide::{Env, Stance};
use crate::glob::Glob;
use crate::principal::CallerKind;
use crate::reach::callers::STRANGER;
use crate::reach::values::{Addresses, Values, addresses, is_set, one, ordered, patterns, sets, texts};
use crate::tables::{Control, control, provider};
use crate::{Audience, ContextValue, Target};

/// The organisation of a stranger.
const STRANGE_ORGANIZATION: &str = "o-strangers1";

/// The way that a call takes: the internet or a VPC endpoint, never both (fact E4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Internet,
    Vpc,
}

/// Values of `key` to try.
pub(crate) fn values(
    key: &str,
    conditions: &[&Condition],
    env: &Env<'_>,
    mode: Mode,
    audience: Audience,
    target: &Target,
    stance: Stance,
) -> Values {
    let caller = &env.caller;
    let signed = caller.account.is_some();
    let service = caller.kind == CallerKind::Service;
    let limited = matches!(audience, Audience::AnyoneInNetwork);
    let free = matches!(audience, Audience::Anyone | Audience::AnyAwsAccount | Audience::FederatedStranger);
    let text = |within: &[String], defaults: &[&str], may_lack: bool| {
        of_text(key, conditions, env, within, defaults, may_lack)
    };
    match control(key) {
        Control::Identity => match key {
            "aws:userid" if signed => {
                let within: Vec<String> = if caller.account == Some(target.account.as_str()) {
                    Vec::new()
                } else {
                    vec!["AIDA99999999*".to_owned(), "AROA99999999*:?*".to_owned()]
                };
                text(&within, &["AIDA99999999999999999", "AROA99999999999999999:session"], false)
            }
            _ => Values::absent(),
        },
        Control::Organization => organization(key, conditions, env, audience, target, stance),
        Control::Address if service => Values::absent(),
        Control::Address => match mode {
            Mode::Vpc => Values::absent(),
            Mode::Internet if limited => addresses(conditions, Addresses::SingledOut, true),
            Mode::Internet if free => addresses(conditions, Addresses::Elsewhere, true),
            Mode::Internet => addresses(conditions, Addresses::All, true),
        },
        Control::Vpc if mode == Mode::Internet || service => Values::absent(),
        Control::Vpc => match key {
            "aws:vpcsourceip" => addresses(conditions, Addresses::All, false),
            "aws:sourcevpc" | "aws:sourcevpce" | "aws:sourcevpcarn" => {
                let default = match key {
                    "aws:sourcevpc" => "vpc-0fedcba9876543210",
                    "aws:sourcevpce" => "vpce-0fedcba9876543210",
                    _ => "arn:aws:ec2:us-east-1:999999999999:vpc/vpc-0fedcba9876543210",
                };
                let mut found = text(&[], &[default], false);
                let singled = |value: &Option<ContextValue>| {
                    let given = match value {
                        Some(ContextValue::One(given)) => given.as_str(),
                        _ => return false,
                    };
                    conditions.iter().flat_map(|condition| &condition.values).any(|value| value.raw == given)
                };
                if limited {
                    found.all.retain(singled);
                } else if free {
                    found.all.retain(|value| !singled(value));
                }
                found
            }
            "aws:vpceaccount" if free => Values::only(vec![one(STRANGER)]),
            _ => text(&[], &[STRANGER], true),
        },
        Control::Source if !service => Values::absent(),
        Control::Source => source(key, conditions, env, audience, target),
        Control::Credentials if !signed || caller.kind == CallerKind::Root => match key {
            "aws:multifactorauthpresent" if signed => booleans(true),
            _ => Values::absent(),
        },
        Control::Credentials => match key {
            "aws:multifactorauthpresent" => booleans(true),
            _ => sizes(conditions, true),
        },
        Control::Transport => booleans(false),
        Control::Forwarded if !signed => Values::absent(),
        Control::Forwarded if key == "aws:viaawsservice" => booleans(true),
        Control::Forwarded => text(&[], &["cloudformation.amazonaws.com"], true),
        Control::Claim => claim(key, conditions, env, audience),
        Control::Caller => match key {
            key if key.starts_with("aws:principaltag/") && !signed => Values::absent(),
            // They follow from the way in, and are absent where it is not an access point.
            key if key.starts_with("s3:dataaccesspoint") || key == "s3:accesspointnetworkorigin" => Values::absent(),
            "aws:resourceorgid" => Values::only(vec![target.organization.id.clone().map(ContextValue::One)]),
            "aws:currenttime" | "aws:epochtime" => sizes(conditions, false),
            _ => text(&[], default_of(key), true),
        },
    }
}

/// A plain value of a key that the caller chooses.
fn default_of(key: &str) -> &'static [&'static str] {
    match key {
        "aws:useragent" => &["aws-cli/2.0"],
        "aws:referer" => &["https://example.com/"],
        "aws:requestedregion" => &["us-east-1"],
        "sts:externalid" => &["guess"],
        "sts:rolesessionname" => &["session"],
        _ => &["example"],
    }
}

fn booleans(may_lack: bool) -> Values {
    let mut all = vec![one("true"), one("false")];
    if may_lack {
        all.push(None);
    }
    Values::only(all)
}

fn sizes(conditions: &[&Condition], may_lack: bool) -> Values {
    let mut all: Vec<Option<ContextValue>> = ordered(conditions).into_iter().map(one).collect();
    if all.is_empty() {
        all.push(one("0"));
    }
    if may_lack {
        all.push(None);
    }
    Values::only(all)
}

/// Values of a text key: one a class, and its absence where that can be.
fn of_text(
    key: &str,
    conditions: &[&Condition],
    env: &Env<'_>,
    within: &[String],
    defaults: &[&str],
    may_lack: bool,
) -> Values {
    let compares = |test: fn(Test) -> bool| conditions.iter().any(|condition| test(condition.operator.test));
    let lookup = |key: &str| env.key(key);
    let (patterns, whole) = patterns(conditions, &lookup);
    let within: Vec<Glob> = within.iter().map(|pattern| Glob::new(pattern)).collect();
    let (mut found, exact) = texts(&patterns, &within, defaults);
    if compares(|test| matches!(test, Test::Numeric(_) | Test::Date(_))) {
        found.extend(ordered(conditions));
    }
    let mut exact = exact && whole;
    let mut all: Vec<Option<ContextValue>> = if is_set(key, conditions) {
        // Sets of three or more are not tried: two conditions can ask for two values at most.
        exact &= conditions.len() <= 2;
        sets(&found)
    } else {
        found.into_iter().map(one).collect()
    };
    if compares(|test| matches!(test, Test::Ip)) {
        all.extend(addresses(conditions, Addresses::All, false).all);
    }
    all.retain(Option::is_some);
    if may_lack {
        all.push(None);
    }
    Values { all, exact }
}

/// The organisation follows from the caller's account (fact E2); a caller without an account has none (facts E1, E3).
fn organization(
    key: &str,
    conditions: &[&Condition],
    env: &Env<'_>,
    audience: Audience,
    target: &Target,
    stance: Stance,
) -> Values {
    let Some(account) = env.caller.account else { return Values::absent() };
    let known = &target.organization;
    let inside = account == target.account || known.accounts.contains(account);
    let perhaps = !known.accounts_complete && stance == Stance::Open;
    let paths = key == "aws:principalorgpaths";
    if inside || (audience == Audience::Organization && !target.trusted_accounts.contains(account)) {
        return match &known.id {
            Some(id) if paths => of_text(
                key,
                conditions,
                env,
                &[format!("{id}/r-?*/*")],
                &[&format!("{id}/r-root/ou-root-example/")],
                false,
            ),
            Some(id) => Values::only(vec![one(id.as_str())]),
            // The organisation exists or not, and its id is not known: it may be one that the policy names.
            None if perhaps => of_text(key, conditions, env, &[], &[STRANGE_ORGANIZATION], true),
            None => Values::absent(),
        };
    }
    let mut found = if audience == Audience::Accounts {
        let own = known.id.clone();
        let mut found = of_text(key, conditions, env, &[], &[STRANGE_ORGANIZATION], true);
        if known.id.is_some() || known.accounts_complete || stance == Stance::Open {
            found.all.retain(|value| !belongs(value.as_ref(), own.as_deref()));
        } else {
            found.all = vec![one(STRANGE_ORGANIZATION), None];
        }
        found
    } else {
        let frame = if paths { format!("{STRANGE_ORGANIZATION}/*") } else { STRANGE_ORGANIZATION.to_owned() };
        let default = if paths { format!("{STRANGE_ORGANIZATION}/r-root/") } else { frame.clone() };
        of_text(key, conditions, env, &[frame], &[&default], true)
    };
    if found.all.is_empty() {
        found.all.push(None);
    }
    found
}

/// Whether an organisation id or path is of the organisation `own`.
fn belongs(value: Option<&ContextValue>, own: Option<&str>) -> bool {
    let (Some(value), Some(own)) = (value, own) else { return false };
    let is = |text: &String| text.split('/').next() == Some(own);
    match value {
        ContextValue::One(text) => is(text),
        ContextValue::Many(texts) => texts.iter().any(is),
    }
}

/// On whose behalf a service calls (fact E3): a foreign account's resource, or one of our own.
fn source(key: &str, conditions: &[&Condition], env: &Env<'_>, audience: Audience, target: &Target) -> Values {
    let foreign = audience == Audience::AwsServiceOfAnyone;
    let account = if foreign { STRANGER } else { target.account.as_str() };
    match key {
        "aws:sourceaccount" | "aws:sourceowner" => Values::only(vec![one(account), None]),
        "aws:sourceorgid" => {
            let own = target.organization.id.clone().map(ContextValue::One);
            let id = if foreign { one(STRANGE_ORGANIZATION) } else { own };
            Values::only(vec![id, None])
        }
        "aws:sourceorgpaths" => {
            let id = if foreign {
                STRANGE_ORGANIZATION.to_owned()
            } else {
                target.organization.id.clone().unwrap_or_default()
            };
            of_text(key, conditions, env, &[format!("{id}/*")], &[], true)
        }
        _ => {
            let region_wide = format!("arn:aws:cloudtrail:us-east-1:{account}:trail/example");
            let mut within = vec![format!("arn:aws*:*:*:{account}:?*")];
            // A bucket's ARN names no account: one that the policy spells out is taken for the owner's own.
            if foreign {
                within.push("arn:aws*:s3:::stranger-?*".to_owned());
            } else {
                within.push("arn:aws*:s3:::?*".to_owned());
            }
            of_text(key, conditions, env, &within, &[&region_wide], true)
        }
    }
}

/// A claim of an identity provider: present for callers of that provider only. Of a provider with many tenants a
/// stranger has all but the claims that say whose identity it is.
fn claim(key: &str, conditions: &[&Condition], env: &Env<'_>, audience: Audience) -> Values {
    let caller = &env.caller;
    if caller.kind != CallerKind::Federated {
        return Values::absent();
    }
    let Some((host, name)) = key.rsplit_once(':') else { return Values::absent() };
    let issuer = caller.text.split_once(":oidc-provider/").map_or(caller.text, |(_, host)| host);
    let saml = host == "saml" && caller.text.contains(":saml-provider/");
    if !(saml || issuer.eq_ignore_ascii_case(host)) {
        return Values::absent();
    }
    let tenants = provider(caller.text).map(|known| known.tenants).unwrap_or_default();
    let stranger = tenants.iter().find(|(claim, _)| *claim == name).map(|(_, pattern)| (*pattern).to_owned());
    match (audience, stranger) {
        (Audience::FederatedStranger, Some(pattern)) => {
            let plain = pattern.replace('*', "project:ref:refs/heads/main");
            of_text(key, conditions, env, &[pattern], &[&plain], false)
        }
        _ => of_text(key, conditions, env, &[], &["example"], name != "aud" && name != "sub"),
    }
}
