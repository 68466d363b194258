//! `forewarn policy decide`: whether one request is allowed.

use std::io;

use forewarn_policy::batch::answers;
use forewarn_policy::{Audience, Decided, Decision, LayerName, Outcome, Request, catalogue, decide};
use forewarn_reports::{Page, inert, styles, words};

use super::source::Reader;
use super::stack::{Stack, block_public_access, completed};
use super::{aside, capital, doubts, show, show_json, verdict};
use crate::cli::{Decide, Form};
use crate::exit::{Exit, Failed};
use crate::output::suggestion;
use crate::terminal::Terminal;

pub(super) fn run(asked: &Decide, terminal: &Terminal) -> Result<Exit, Failed> {
    let mut reader = Reader::default();
    let stack = read(asked, &mut reader);
    reader.finish(terminal)?;
    if let Some(note) = unknown_action(&asked.action) {
        terminal.note(&note);
    }
    let request = Request {
        principal: asked.principal.clone(),
        action: asked.action.clone(),
        resource: asked.resource.clone(),
        resource_account: asked.resource_account.clone(),
        context: asked.values(),
    };
    let outcome = decide(&stack.layers, &request);
    match asked.answer.format {
        Form::Json => show_json("decide", answers::decided(&outcome))?,
        Form::Text => show(|page| write(page, &stack, &request, &outcome))?,
    }
    Ok(match outcome.decision {
        Decided::Known(Decision::Allow) => Exit::Clean,
        Decided::Known(Decision::ExplicitDeny | Decision::ImplicitDeny) => Exit::Findings,
        Decided::Unknown(_) => Exit::Unknown,
    })
}

fn read(asked: &Decide, reader: &mut Reader) -> Stack {
    let mut stack = Stack::default();
    let identity = stack.limit(LayerName::Identity, reader, &asked.identity);
    stack.layers.identity = (!asked.identity_allows_all).then(|| identity.unwrap_or_default());
    let resource = asked.resource_policy.as_ref().map(|name| reader.read(name));
    stack.layers.resource = resource.and_then(|source| stack.add(LayerName::Resource, vec![source]).into_iter().next());
    stack.limits(reader, &asked.limits);
    stack.layers.session = stack.limit(LayerName::Session, reader, &asked.session);
    let rcp = reader.levels(&asked.rcp);
    stack.layers.rcp = stack.levels(LayerName::Rcp, rcp);
    stack.layers.endpoint = stack.limit(LayerName::Endpoint, reader, &asked.endpoint);
    stack.layers.block_public_access = block_public_access(&asked.block);
    stack
}

fn write(page: &mut Page<'_>, stack: &Stack, request: &Request, outcome: &Outcome) -> io::Result<()> {
    // The caller stands for nobody but itself.
    let caller = capital(&words::caller(Audience::SameAccount, &request.principal));
    let call = words::call(request);
    match &outcome.decision {
        Decided::Known(Decision::Allow) => {
            verdict(page, styles::GOOD, "ALLOWED", &format!("{caller} may {call}"))?;
            completed(page, stack)?;
            if outcome.decided_by.is_empty() {
                aside(page, "No statement is needed for it.")?;
            }
            stack.write(page, &outcome.decided_by, request, ("Allowed", styles::GOOD))
        }
        Decided::Known(Decision::ExplicitDeny) => {
            verdict(page, styles::BAD, "DENIED", &format!("{caller} may not {call}"))?;
            completed(page, stack)?;
            stack.write(page, &outcome.decided_by, request, ("Denied", styles::BAD))
        }
        Decided::Known(Decision::ImplicitDeny) => {
            verdict(page, styles::BAD, "DENIED", &format!("{caller} may not {call}"))?;
            completed(page, stack)?;
            aside(page, &stopped(stack, outcome.blocked_by))
        }
        Decided::Unknown(why) => {
            verdict(page, styles::WARN, "UNKNOWN", &format!("whether {caller} may {call}"))?;
            completed(page, stack)?;
            doubts(page, why)
        }
    }
}

/// Why a request that nothing denies is not allowed.
fn stopped(stack: &Stack, by: Option<LayerName>) -> String {
    let layers = &stack.layers;
    let none = |given: bool, option: &str| if given { String::new() } else { format!(" None is given: {option}.") };
    match by {
        Some(LayerName::Identity) => {
            let given = layers.identity.as_ref().is_none_or(|policies| !policies.is_empty());
            format!("No statement of a policy of the caller allows it.{}", none(given, "--identity"))
        }
        Some(LayerName::Resource) => {
            let given = layers.resource.is_some();
            format!("No statement of the policy of the resource allows it.{}", none(given, "--resource-policy"))
        }
        Some(LayerName::BlockPublicAccess) => {
            "Block Public Access keeps a public policy from letting a stranger in.".to_owned()
        }
        Some(layer) => format!("No statement of {} allows it.", words::layer(layer)),
        None => "No statement allows it.".to_owned(),
    }
}

/// What to say of an action that the catalogue does not know: most are misspelt.
fn unknown_action(action: &str) -> Option<String> {
    let (prefix, name) = action.split_once(':')?;
    let said = match catalogue::service(&prefix.to_ascii_lowercase()) {
        Some(service) if service.action(name).is_some() => return None,
        Some(service) => {
            let close = suggestion(name, service.actions.iter().map(|action| action.name.as_str()));
            close.map(|close| format!("; did you mean `{prefix}:{close}`?"))
        }
        None => suggestion(prefix, catalogue::prefixes()).map(|close| format!("; did you mean `{close}:{name}`?")),
    };
    let text = format!("note: `{action}` is not in the action catalogue{}", said.unwrap_or_default());
    Some(inert(&text).into_owned())
}
