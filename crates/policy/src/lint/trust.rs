//! Whom a statement trusts: services that others can drive, identity providers with many tenants, other accounts.

use crate::condition::Test as Kind;
use crate::glob::Glob;
use crate::lint::access::demands;
use crate::lint::actions::{Actions, Named as Action};
use crate::lint::read::{Named, Statement, Test, Whose};
use crate::lint::{PolicyKind, Sink, codes, resources};
use crate::principal::{Arn, PrincipalEntry};
use crate::tables::{self, Driven, Provider};

pub(super) fn judge(statement: &Statement<'_>, actions: &Actions<'_>, kind: PolicyKind, sink: &mut Sink) {
    if kind == PolicyKind::Trust {
        trust_actions(statement, actions, sink);
    }
    let Some(principal) = statement.principal.as_ref().filter(|principal| !principal.negated) else { return };
    if !statement.allows() || !matches!(kind, PolicyKind::Resource | PolicyKind::Trust) {
        return;
    }
    for named in &principal.entries {
        match named.whose {
            Whose::Service => deputy(statement, named, kind, sink),
            Whose::Federated => strangers(statement, named, sink),
            Whose::Aws if kind == PolicyKind::Trust => external_id(statement, named, sink),
            Whose::Aws | Whose::Everyone | Whose::CanonicalUser => {}
        }
    }
}

/// Fact E6: a fixed value of one of these keys says for whom the service may come.
fn deputy(statement: &Statement<'_>, named: &Named<'_>, kind: PolicyKind, sink: &mut Sink) {
    let role_trust = kind == PolicyKind::Trust;
    if tables::driven(named.entry.text, role_trust) != Driven::ByAnyone {
        return;
    }
    let sources = ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"];
    let closes = |test: &Test<'_>| {
        let source = sources.iter().any(|source| source.eq_ignore_ascii_case(test.key));
        source && demands(test) && !test.values.is_empty() && test.values.iter().all(|value| is_fixed(value.text))
    };
    if !statement.conditions.iter().any(closes) {
        let message = format!(
            "whoever uses `{}` in any account can make it come here; fix `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceOrgID`",
            named.entry.text
        );
        sink.report(&codes::CONFUSED_DEPUTY, named.entry.span, &named.entry.pointer, message);
    }
}

/// Whether a value leaves no choice of the account. The ARN of a bucket names none; then its name must be fixed.
fn is_fixed(text: &str) -> bool {
    match Arn::parse(text) {
        Some(arn) if arn.account.is_empty() => !arn.resource.starts_with(['*', '?']),
        Some(arn) => !arn.account.contains(['*', '?']),
        None => !text.starts_with(['*', '?']) && !text.starts_with("arn:"),
    }
}

/// A provider that serves many tenants vouches for strangers too; a claim must say which of them is meant (fact H1).
fn strangers(statement: &Statement<'_>, named: &Named<'_>, sink: &mut Sink) {
    let Some(provider) = tables::provider(named.entry.text) else { return };
    if statement.conditions.iter().any(|test| limits(test, provider)) {
        return;
    }
    let claims: Vec<&str> = provider.tenants.iter().take(3).map(|(claim, _)| *claim).collect();
    let message = format!(
        "anybody can have an identity of `{host}`, and no condition keeps strangers out; limit `{host}:{}`",
        claims.join(&format!("`, `{}:", provider.host)),
        host = provider.host
    );
    sink.report(&codes::PROVIDER_OPEN_TO_STRANGERS, named.entry.span, &named.entry.pointer, message);
}

fn limits(test: &Test<'_>, provider: &Provider) -> bool {
    let claim = test
        .key
        .get(..provider.host.len())
        .filter(|host| host.eq_ignore_ascii_case(provider.host))
        .and_then(|_| test.key.rsplit_once(':'))
        .map(|(_, claim)| claim);
    let Some(claim) = claim else { return false };
    let strangers = provider.tenants.iter().filter(|(known, _)| known.eq_ignore_ascii_case(claim));
    let mut strangers = strangers.map(|(_, pattern)| Glob::new(pattern)).peekable();
    let wild = match test.operator.test {
        Kind::StringLike | Kind::Arn => true,
        Kind::StringEquals | Kind::StringEqualsIgnoreCase => false,
        _ => return false,
    };
    let value = |text: &str| if wild { Glob::new(&resources::open(text)) } else { Glob::exactly(text) };
    let let_in = |stranger: &Glob| test.values.iter().any(|known| value(known.text).meets(stranger));
    demands(test) && strangers.peek().is_some() && !strangers.any(|stranger| let_in(&stranger))
}

/// The trust in a whole account, with nothing that says on whose behalf it comes. Whose account it is cannot be seen
/// here, so this only asks.
fn external_id(statement: &Statement<'_>, named: &Named<'_>, sink: &mut Sink) {
    if !statement.conditions.is_empty() {
        return;
    }
    if let PrincipalEntry::Account(account) = PrincipalEntry::aws(named.entry.text) {
        let message = format!(
            "if account {account} is neither this one nor of the same organisation, ask for an `sts:ExternalId` of its choice"
        );
        sink.report(&codes::TRUST_WITHOUT_EXTERNAL_ID, named.entry.span, &named.entry.pointer, message);
    }
}

/// What a trust policy can allow: to assume the role, one way for each kind of principal, and what goes with it.
fn trust_actions(statement: &Statement<'_>, actions: &Actions<'_>, sink: &mut Sink) {
    let ways = ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];
    let besides = ["TagSession", "SetSourceIdentity", "SetContext"];
    if actions.negated {
        return;
    }
    for named in &actions.named {
        let (Action::Whole { service, at } | Action::Some { service, at, .. }) = named else { continue };
        let fits = service.prefix == "sts" && ways.iter().chain(&besides).any(|action| named.takes("sts", action));
        if !fits {
            let message =
                format!("`{}` is no way to assume a role, and nothing else is asked of a trust policy", at.text);
            sink.report(&codes::ACTION_NOT_FOR_TRUST, at.span, &at.pointer, message);
        }
    }
    let Some(principal) = statement.principal.as_ref().filter(|principal| !principal.negated) else { return };
    let assumes = ways.iter().any(|way| actions.takes("sts", way));
    if !statement.allows() || !actions.complete || !assumes {
        return;
    }
    for named in &principal.entries {
        let way = match named.whose {
            Whose::Everyone | Whose::CanonicalUser => continue,
            Whose::Aws | Whose::Service => "AssumeRole",
            Whose::Federated if named.entry.text.contains(":saml-provider/") => "AssumeRoleWithSAML",
            Whose::Federated => "AssumeRoleWithWebIdentity",
        };
        if !actions.takes("sts", way) {
            let message =
                format!("`{}` assumes a role by `sts:{way}`, which this statement does not allow", named.entry.text);
            sink.report(&codes::WRONG_WAY_TO_ASSUME, named.entry.span, &named.entry.pointer, message);
        }
    }
}
