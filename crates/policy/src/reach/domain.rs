//! Which values a context key can have for a caller (facts E1 to E5): the consistency of a realistic request.

use crate::condition::{Condition, is_set, single};
use crate::decide::{Env, Stance};
use crate::glob::{Glob, Token};
use crate::principal::CallerKind;
use crate::reach::callers::STRANGER;
use crate::reach::values::{Addresses, addresses, one, ordered};
use crate::tables::{Control, control, provider};
use crate::text::{Piece, Text};
use crate::{Audience, ContextValue, Target};

/// The organisation of a stranger.
const STRANGE_ORGANIZATION: &str = "o-strangers1";

/// The way that a call takes: the internet or a VPC endpoint, never both (fact E4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    Internet,
    Vpc,
}

/// The values that a key can have.
#[derive(Debug, Clone)]
pub(crate) enum Domain {
    /// Only these, the plain ones first; `None` = the key is missing.
    Finite(Vec<Option<ContextValue>>),
    Texts(Texts),
}

/// Texts that a key can have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Every text matches one of these, where there are any.
    pub(crate) within: Vec<Glob>,
    /// No text matches one of these.
    pub(crate) except: Vec<Glob>,
    /// Tried first.
    pub(crate) plain: Vec<String>,
    /// Whether the key may be missing.
    pub(crate) may_lack: bool,
    /// Whether the key has several values.
    pub(crate) many: bool,
}

impl Domain {
    fn absent() -> Self {
        Self::Finite(vec![None])
    }

    fn texts(within: &[String], plain: &[&str], may_lack: bool) -> Self {
        Self::Texts(Texts {
            within: within.iter().map(|pattern| Glob::new(pattern)).collect(),
            except: Vec::new(),
            plain: plain.iter().map(|text| (*text).to_owned()).collect(),
            may_lack,
            many: false,
        })
    }

    fn except(self, except: Vec<Glob>) -> Self {
        match self {
            Self::Texts(texts) => Self::Texts(Texts { except, ..texts }),
            finite @ Self::Finite(_) => finite,
        }
    }

    /// Plain values, for whoever is not bound to the domain.
    fn plain(&self) -> Vec<String> {
        match self {
            Self::Finite(values) => values.iter().flatten().filter_map(|value| single(Some(value.clone()))).collect(),
            Self::Texts(texts) => texts.plain.clone(),
        }
    }

    /// Whether the key can be missing.
    pub(crate) fn may_lack(&self) -> bool {
        match self {
            Self::Finite(values) => values.contains(&None),
            Self::Texts(texts) => texts.may_lack,
        }
    }
}

/// Whose request it is, for the keys that depend on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) mode: Mode,
    pub(crate) audience: Audience,
    pub(crate) target: &'a Target,
    pub(crate) stance: Stance,
    /// Whether services may call for anybody, and not only for those whom the audience means.
    pub(crate) for_anybody: bool,
}

/// The values of `key`; `conditions` are all that look at it.
pub(crate) fn domain(key: &str, conditions: &[&Condition], env: &Env<'_>, setting: Setting<'_>) -> Domain {
    let Setting { mode, audience, target, .. } = setting;
    let caller = &env.caller;
    let signed = caller.account.is_some();
    let service = caller.kind == CallerKind::Service;
    let limited = matches!(audience, Audience::AnyoneInNetwork);
    let free = matches!(audience, Audience::Anyone | Audience::AnyAwsAccount | Audience::FederatedStranger);
    match control(key) {
        Control::Identity => match key {
            "aws:userid" if signed => {
                let own = caller.account == Some(target.account.as_str());
                let within = ["AIDA99999999*".to_owned(), "AROA99999999*:?*".to_owned()];
                let within = if own { &[][..] } else { &within[..] };
                Domain::texts(within, &["AIDA99999999999999999", "AROA99999999999999999:session"], false)
            }
            _ => Domain::absent(),
        },
        Control::Organization => organization(key, env, setting),
        Control::Address if service => Domain::absent(),
        Control::Address => match mode {
            Mode::Vpc => Domain::absent(),
            Mode::Internet if limited => addresses(conditions, Addresses::SingledOut, true),
            Mode::Internet if free => addresses(conditions, Addresses::Elsewhere, true),
            Mode::Internet => addresses(conditions, Addresses::All, true),
        },
        Control::Vpc if mode == Mode::Internet || service => Domain::absent(),
        Control::Vpc => network(key, conditions, limited, free),
        Control::Source if !service => Domain::absent(),
        Control::Source if setting.for_anybody => {
            let own = source(key, audience, target);
            Domain::Texts(Texts {
                may_lack: true,
                many: key == "aws:sourceorgpaths",
                plain: own.plain(),
                ..Texts::default()
            })
        }
        Control::Source => source(key, audience, target),
        Control::Credentials if !signed || caller.kind == CallerKind::Root => match key {
            "aws:multifactorauthpresent" if signed => booleans(true),
            _ => Domain::absent(),
        },
        // MFA cannot be given to `GetFederationToken`.
        Control::Credentials if caller.kind == CallerKind::FederatedUser => match key {
            "aws:multifactorauthpresent" => Domain::Finite(vec![one("false"), None]),
            "aws:multifactorauthage" => Domain::absent(),
            _ => sizes(conditions, true),
        },
        Control::Credentials => match key {
            "aws:multifactorauthpresent" => booleans(true),
            _ => sizes(conditions, true),
        },
        Control::Transport => booleans(false),
        Control::Forwarded if !signed => Domain::absent(),
        Control::Forwarded if key == "aws:viaawsservice" => booleans(true),
        Control::Forwarded => many(key, Domain::texts(&[], &["cloudformation.amazonaws.com"], true), conditions),
        Control::Claim => many(key, claim(key, conditions, env, audience), conditions),
        Control::Caller => match key {
            key if key.starts_with("aws:principaltag/") && !signed => Domain::absent(),
            // They follow from the way in, and are absent where it is not an access point.
            key if key.starts_with("s3:dataaccesspoint") || key == "s3:accesspointnetworkorigin" => Domain::absent(),
            "aws:resourceorgid" => Domain::Finite(vec![target.organization.id.clone().map(ContextValue::One)]),
            "aws:currenttime" | "aws:epochtime" => sizes(conditions, false),
            _ => many(key, Domain::texts(&[], default_of(key), true), conditions),
        },
    }
}

/// The same texts as a set, where the key has several values or is looked at as if it had.
fn many(key: &str, domain: Domain, conditions: &[&Condition]) -> Domain {
    let looked_at =
        conditions.iter().any(|condition| condition.operator.quantifier != crate::condition::Quantifier::Single);
    // Only keys of AWS itself are known to be single.
    let single = key.starts_with("aws:") && !is_set(key);
    match domain {
        Domain::Texts(texts) => Domain::Texts(Texts { many: is_set(key) || (looked_at && !single), ..texts }),
        finite @ Domain::Finite(_) => finite,
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

fn booleans(may_lack: bool) -> Domain {
    let mut all = vec![one("true"), one("false")];
    if may_lack {
        all.push(None);
    }
    Domain::Finite(all)
}

fn sizes(conditions: &[&Condition], may_lack: bool) -> Domain {
    let mut all: Vec<Option<ContextValue>> = ordered(conditions).into_iter().map(one).collect();
    if all.is_empty() {
        all.push(one("0"));
    }
    if may_lack {
        all.push(None);
    }
    Domain::Finite(all)
}

/// The VPC or endpoint of a call.
fn network(key: &str, conditions: &[&Condition], limited: bool, free: bool) -> Domain {
    let default = match key {
        "aws:vpcsourceip" => return addresses(conditions, Addresses::All, false),
        "aws:sourcevpc" => "vpc-0fedcba9876543210",
        "aws:sourcevpce" => "vpce-0fedcba9876543210",
        "aws:sourcevpcarn" => "arn:aws:ec2:us-east-1:999999999999:vpc/vpc-0fedcba9876543210",
        "aws:vpceaccount" if free => return Domain::Finite(vec![one(STRANGER)]),
        "aws:vpceaccount" => return Domain::texts(&[], &[STRANGER], true),
        _ => return many(key, Domain::texts(&[], &[STRANGE_ORGANIZATION], true), conditions),
    };
    let values = || conditions.iter().flat_map(|condition| &condition.values);
    if limited {
        // Only the networks that the policy spells out.
        return Domain::Finite(values().filter(|value| value.text.is_fixed()).map(|value| one(&value.raw)).collect());
    }
    let spelled_out = values().filter(|value| value.text.is_fixed()).map(|value| value.text.glob()).collect();
    let domain = Domain::texts(&[], &[default], false);
    if free { domain.except(spelled_out) } else { domain }
}

/// The organisation follows from the caller's account (fact E2); a caller without an account has none (facts E1, E3).
fn organization(key: &str, env: &Env<'_>, setting: Setting<'_>) -> Domain {
    let Setting { audience, target, stance, .. } = setting;
    let Some(account) = env.caller.account else { return Domain::absent() };
    let known = &target.organization;
    let inside = account == target.account || known.accounts.contains(account);
    let perhaps = !known.accounts_complete && stance == Stance::Open;
    let paths = key == "aws:principalorgpaths";
    let set = |domain: Domain| match domain {
        Domain::Texts(texts) => Domain::Texts(Texts { many: paths, ..texts }),
        finite @ Domain::Finite(_) => finite,
    };
    if inside || (audience == Audience::Organization && !target.trusted_accounts.contains(account)) {
        return match &known.id {
            Some(id) if paths => {
                let plain = format!("{id}/r-root/ou-root-example/");
                set(Domain::texts(&[format!("{id}/r-?*/*")], &[&plain], false))
            }
            Some(id) => Domain::Finite(vec![one(id.as_str())]),
            // The organisation exists or not, and its id is not known: it may be one that the policy names.
            None if perhaps => set(Domain::texts(&[], &[STRANGE_ORGANIZATION], true)),
            None => Domain::absent(),
        };
    }
    if audience != Audience::Accounts {
        let frame = if paths { format!("{STRANGE_ORGANIZATION}/*") } else { STRANGE_ORGANIZATION.to_owned() };
        let default = if paths { format!("{STRANGE_ORGANIZATION}/r-root/") } else { frame.clone() };
        return set(Domain::texts(&[frame], &[&default], true));
    }
    if known.id.is_none() && !known.accounts_complete && stance == Stance::Tight {
        return Domain::Finite(vec![one(STRANGE_ORGANIZATION), None]);
    }
    let own = known.id.iter().flat_map(|id| [Glob::new(id), Glob::new(&format!("{id}/*"))]).collect();
    set(Domain::texts(&[], &[STRANGE_ORGANIZATION], true).except(own))
}

/// On whose behalf a service calls (fact E3): a foreign account's resource, or one of our own.
fn source(key: &str, audience: Audience, target: &Target) -> Domain {
    let foreign = audience == Audience::AwsServiceOfAnyone;
    let account = if foreign { STRANGER } else { target.account.as_str() };
    let organization = target.organization.id.as_deref();
    let ours = || {
        let known = &target.organization.accounts;
        [target.account.as_str()].into_iter().chain(known.iter().chain(&target.trusted_accounts).map(String::as_str))
    };
    // Whatever is not ours, where the call is for a stranger.
    let theirs = |plain: String, except: Vec<Glob>, many: bool| {
        let within = vec![Glob::from_tokens([Token::One, Token::Run])];
        Domain::Texts(Texts { within, except, plain: vec![plain], may_lack: true, many })
    };
    match key {
        "aws:sourceaccount" | "aws:sourceowner" if foreign => {
            theirs(account.to_owned(), ours().map(Glob::exactly).collect(), false)
        }
        "aws:sourceaccount" | "aws:sourceowner" => Domain::Finite(vec![one(account), None]),
        "aws:sourceorgid" if foreign => {
            theirs(STRANGE_ORGANIZATION.to_owned(), organization.map(Glob::exactly).into_iter().collect(), false)
        }
        "aws:sourceorgid" => Domain::Finite(vec![organization.and_then(one), None]),
        "aws:sourceorgpaths" if foreign => {
            let own = organization.map(|id| Glob::new(&format!("{id}/*")));
            theirs(format!("{STRANGE_ORGANIZATION}/r-root/"), own.into_iter().collect(), true)
        }
        "aws:sourceorgpaths" => Domain::Texts(Texts {
            within: vec![Glob::new(&format!("{}/*", organization.unwrap_or_default()))],
            may_lack: true,
            many: true,
            ..Texts::default()
        }),
        _ => {
            let of = |account: &str| {
                let head = Glob::in_segment(&format!("arn:*:?*:*:{account}:"));
                Glob::from_tokens(head.tokens().iter().copied().chain([Token::One, Token::Run]))
            };
            // A bucket's ARN names no account: one that the policy spells out is taken for the owner's own.
            let bucket = Glob::new(if foreign { "arn:aws:s3:::stranger-?*" } else { "arn:aws:s3:::?*" });
            let head = Glob::in_segment("arn:*:s3:*:?*:");
            let mut except = vec![Glob::from_tokens(head.tokens().iter().copied().chain([Token::Run]))];
            if foreign {
                except.extend(ours().map(of));
            }
            Domain::Texts(Texts {
                within: vec![of(if foreign { "????????????" } else { account }), bucket],
                except,
                plain: vec![format!("arn:aws:cloudtrail:us-east-1:{account}:trail/example")],
                may_lack: true,
                ..Texts::default()
            })
        }
    }
}

/// A claim of an identity provider: present for callers of that provider only. Of a provider with many tenants a
/// stranger has all but the claims that say whose identity it is.
fn claim(key: &str, conditions: &[&Condition], env: &Env<'_>, audience: Audience) -> Domain {
    let caller = &env.caller;
    if caller.kind != CallerKind::Federated {
        return Domain::absent();
    }
    let Some((host, name)) = key.rsplit_once(':') else { return Domain::absent() };
    let issuer = caller.text.split_once(":oidc-provider/").map_or(caller.text, |(_, host)| host);
    let saml = host == "saml" && caller.text.contains(":saml-provider/");
    if !(saml || issuer.eq_ignore_ascii_case(host)) {
        return Domain::absent();
    }
    let tenants = provider(caller.text).map(|known| known.tenants).unwrap_or_default();
    let stranger: Vec<&str> = tenants.iter().filter(|(claim, _)| *claim == name).map(|(_, pattern)| *pattern).collect();
    if audience == Audience::FederatedStranger && !stranger.is_empty() {
        let plain = stranger.iter().map(|pattern| pattern.replace('*', "project:ref:refs/heads/main")).collect();
        let values = || conditions.iter().flat_map(|condition| &condition.values);
        let pinned = stranger.iter().flat_map(|pattern| values().filter_map(|value| pinned(pattern, &value.text)));
        return Domain::Texts(Texts {
            within: stranger.iter().map(|pattern| frame(pattern)).collect(),
            except: pinned.collect(),
            plain,
            ..Texts::default()
        });
    }
    Domain::texts(&[], &["example"], name != "aud" && name != "sub")
}

/// The shape of all values of a claim, of which the pattern is the stranger's.
fn frame(pattern: &str) -> Glob {
    if pattern.starts_with('*') {
        return Glob::new(pattern);
    }
    let (head, tail) = around_the_owner(pattern);
    let owner = [Token::One, Token::Run];
    Glob::from_tokens(head.chars().map(Token::Is).chain(owner).chain(Glob::new(tail).tokens().iter().copied()))
}

/// What stands before and behind the part of a stranger's pattern that says whose identity it is.
fn around_the_owner(pattern: &str) -> (&str, &str) {
    let begin = pattern.find("stranger").or_else(|| pattern.find("999")).unwrap_or_default();
    let (head, rest) = pattern.split_at_checked(begin).unwrap_or(("", pattern));
    (head, rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()))
}

/// What a policy's value keeps for an owner that it names in full: no stranger has it.
fn pinned(pattern: &str, value: &Text) -> Option<Glob> {
    let (head, tail) = around_the_owner(pattern);
    let written = value.pieces.first();
    let Some(Piece::Literal(literal)) = written else { return None };
    let owner = literal.strip_prefix(head)?;
    // The owner ends where the pattern goes on, or with the value.
    match tail.chars().next().filter(|next| *next != '*') {
        Some(end) => {
            let (owner, _) = owner.split_once(end)?;
            Some(Glob::from_tokens(format!("{head}{owner}{end}").chars().map(Token::Is).chain([Token::Run])))
        }
        None => (value.is_fixed()).then(|| Glob::exactly(literal)),
    }
}
