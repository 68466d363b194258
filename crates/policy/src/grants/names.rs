//! What the things that a technique is about can be called.

use std::collections::BTreeSet;

use super::Step;
use super::attempt::{About, Attempt};
use crate::catalogue;
use crate::document::{Effect, Element, Statement};
use crate::glob::{Glob, Token};
use crate::reach::domain::{Domain, Texts};
use crate::reach::hunt::Stack;
use crate::reach::key::Asked;
use crate::reach::solve::Choice;
use crate::reach::universe::{Universe, resources};
use crate::reach::values::one;
use crate::text::ResourcePattern;
use crate::{Context, Doubt, LayerName, Request};

/// How many combinations of statements are tried for a target that several steps share.
const COMBINATIONS: usize = 256;

impl Attempt<'_, '_> {
    /// Any resource that an action takes.
    pub(super) fn anything(&self, action: &str) -> Universe {
        let kinds = action.split_once(':').and_then(|(prefix, name)| {
            let action = catalogue::service(prefix)?.action(name)?;
            Some(action.resources.iter().map(|kind| format!("{prefix}:{}", kind.name)).collect::<Vec<_>>())
        });
        let frames: Vec<Domain> = kinds.unwrap_or_default().iter().flat_map(|kind| self.frames(kind)).collect();
        if frames.is_empty() { Universe::action(action, self.solver.places()) } else { of_frames(action, &frames) }
    }

    /// The ARNs of a type of resource of the caller's account.
    pub(super) fn frames(&self, kind: &str) -> Vec<Domain> {
        let all = self.frames_anywhere(kind);
        all.into_iter().filter_map(|frame| in_account(frame, &self.solver.account)).collect()
    }

    fn frames_anywhere(&self, kind: &str) -> Vec<Domain> {
        let kind = match kind {
            "own:policy" => "iam:policy",
            "own:group" => "iam:group",
            other => other,
        };
        let Some((prefix, name)) = kind.split_once(':') else { return Vec::new() };
        let Some(service) = catalogue::service(prefix) else { return Vec::new() };
        let mut found = resources(service, name, self.solver.places());
        let parts = parts_of(service, name);
        for frame in &mut found {
            if let Domain::Texts(texts) = frame {
                texts.except.extend(parts.iter().cloned());
            }
        }
        // The documents that AWS publishes for everybody are in no account.
        if kind == "ssm:document" {
            found.push(Domain::Texts(Texts {
                within: vec![Glob::new("arn:aws:ssm:*::document/AWS*")],
                plain: vec!["arn:aws:ssm:us-east-1::document/AWS-RunShellScript".to_owned()],
                ..Texts::default()
            }));
        }
        found
    }

    /// Names that a target can have, and whether those that are left out cannot work either.
    pub(super) fn open(
        &self,
        name: &str,
        kind: &str,
        steps: &[(usize, &Step)],
    ) -> Result<(Vec<String>, bool), Vec<Doubt>> {
        // Only a role's trust policy, and the root of a member account, open something of another account.
        let abroad = steps.iter().all(|(_, step)| step.action.starts_with("sts:")) && !steps.is_empty();
        let mut frames = if abroad { self.frames_anywhere(kind) } else { self.frames(kind) };
        let others = self.technique.gains.as_deref() == Some(name) && !self.who.free_name;
        if others {
            for frame in &mut frames {
                if let Domain::Texts(texts) = frame {
                    texts.except.push(Glob::exactly(self.name()));
                }
            }
        }
        let mut candidates: Vec<String> = Vec::new();
        for (_, step) in steps {
            let text = format!("{kind}, abroad {abroad}, others {others}");
            match self.step(step, &About::Shapes(text, &frames), None)? {
                Some(request) => candidates.push(request.resource),
                None => return Ok((Vec::new(), true)),
            }
        }
        if steps.is_empty() {
            let plain = frames.iter().find_map(|domain| match domain {
                Domain::Texts(texts) => texts.plain.first().cloned(),
                Domain::Finite(_) => None,
            });
            return Ok((plain.into_iter().collect(), true));
        }
        if steps.len() == 1 {
            return Ok((candidates, true));
        }
        let (shared, all) = self.shared(&frames, steps);
        candidates.extend(shared);
        let mut seen = BTreeSet::new();
        candidates.retain(|arn| seen.insert(arn.clone()));
        Ok((candidates, all))
    }

    /// Names that one Allow of each layer and step covers together, outside all that is denied and, where that fails,
    /// anywhere; and whether there are no others worth a try.
    fn shared(&self, frames: &[Domain], steps: &[(usize, &Step)]) -> (Vec<String>, bool) {
        let stack = Stack::new(&self.solver.layers, self.stance);
        let of_caller: Vec<_> = stack.statements.iter().filter(|at| at.layer != LayerName::Resource).collect();
        let layers: BTreeSet<_> = of_caller.iter().map(|placed| (placed.layer, placed.level)).collect();
        let (mut filled, mut exhausted) = (true, true);
        let mut denies = Vec::new();
        let mut liftable = false;
        let mut choices: Vec<Vec<Names>> = vec![Vec::new()];
        for (_, step) in steps {
            let lower = step.action.to_ascii_lowercase();
            let about: Vec<_> = of_caller
                .iter()
                .filter(|placed| {
                    let entries = &placed.statement.action;
                    entries.entries.iter().any(|glob| glob.matches(&lower)) != entries.negated
                })
                .collect();
            let mut names = |element: &Element<_>| {
                let globs = self.globs(element);
                filled &= globs.len() == element.entries.len();
                Names { negated: element.negated, globs }
            };
            for placed in about.iter().filter(|placed| placed.statement.effect == Effect::Deny) {
                liftable |= !placed.statement.conditions.is_empty();
                denies.extend(placed.statement.resource.as_ref().map(&mut names).map(Names::inverse));
            }
            for layer in &layers {
                let allows = about.iter().filter(|placed| {
                    placed.statement.effect == Effect::Allow && (placed.layer, placed.level) == *layer
                });
                let allows: Vec<_> = allows.collect();
                // An open reading lets a layer that is not readable allow without a statement.
                if allows.is_empty() || allows.iter().any(|placed| is_open(placed.statement)) {
                    continue;
                }
                let allows: Vec<Names> =
                    allows.iter().filter_map(|placed| placed.statement.resource.as_ref()).map(&mut names).collect();
                choices = choices
                    .iter()
                    .flat_map(|so_far| {
                        allows.iter().map(|names| [so_far.as_slice(), std::slice::from_ref(names)].concat())
                    })
                    .collect();
                exhausted &= choices.len() <= COMBINATIONS;
                choices.truncate(COMBINATIONS);
            }
        }
        let mut found = Vec::new();
        for choice in choices {
            for besides in [denies.as_slice(), &[]] {
                let mut asked = Asked::default();
                for names in choice.iter().chain(besides) {
                    let globs = names.globs.clone();
                    if names.negated { asked.none.extend(globs) } else { asked.all.push(globs) }
                }
                found.extend(asked.first(frames));
            }
        }
        // A name inside a Deny that a condition lifts stands for others that it may not be good for.
        let all = filled && exhausted && (!liftable || found.is_empty());
        (found, all)
    }

    /// The patterns of a resource element, with this caller's own keys in them.
    fn globs(&self, element: &Element<ResourcePattern>) -> Vec<Glob> {
        let request = Request {
            principal: self.who.principal.clone(),
            action: String::new(),
            resource: String::new(),
            resource_account: None,
            context: Context::default(),
        };
        Asked::globs_of(element, &self.solver.layers, &request)
    }
}

/// Names of resources: those that match one of these, or those that match none.
#[derive(Debug, Clone)]
struct Names {
    negated: bool,
    globs: Vec<Glob>,
}

impl Names {
    fn inverse(self) -> Self {
        Self { negated: !self.negated, ..self }
    }
}

/// Whether a statement is about every resource, whatever the request.
fn is_open(statement: &Statement) -> bool {
    let everything = |pattern: &ResourcePattern| pattern.fixed().is_some_and(Glob::is_everything);
    let all = |element: &Element<_>| !element.negated && element.entries.iter().any(everything);
    statement.conditions.is_empty() && statement.resource.as_ref().is_none_or(all)
}

pub(super) fn exactly(arn: &str) -> Domain {
    Domain::Finite(vec![one(arn)])
}

/// What lies below a type of resource and is of another type: the endpoints of a runtime are no runtimes.
fn parts_of(service: &catalogue::Service, kind: &str) -> Vec<Glob> {
    let own = service.resource(kind).map(|kind| kind.arns.as_slice()).unwrap_or_default();
    let all = service.resources.iter().flat_map(|other| &other.arns);
    let below = all.filter(|shape| {
        let rests = own.iter().filter_map(|own| shape.strip_prefix(own.as_str()));
        rests.into_iter().any(|rest| rest.starts_with(['/', ':']))
    });
    below.map(|shape| Glob::new(&wild(shape))).collect()
}

/// A shape with `*` where names stand in it.
fn wild(shape: &str) -> String {
    let pieces = shape.split("${").enumerate().map(|(index, piece)| match piece.split_once('}') {
        Some((_, fixed)) if index > 0 => format!("*{fixed}"),
        _ => piece.to_owned(),
    });
    pieces.collect()
}

/// The part of a shape that is in an account, or in none.
fn in_account(frame: Domain, account: &str) -> Option<Domain> {
    let Domain::Texts(mut texts) = frame else { return Some(frame) };
    let own: Vec<Token> = account.chars().map(Token::Is).collect();
    let mut within = Vec::new();
    for glob in &texts.within {
        let mut parts = glob.tokens().splitn(6, |token| *token == Token::Is(':'));
        let [Some(a), Some(b), Some(c), Some(d), Some(of), Some(rest)] = [(); 6].map(|()| parts.next()) else {
            continue;
        };
        let fixed = of.iter().all(|token| matches!(token, Token::Is(_)));
        if fixed && of.iter().all(|token| matches!(token, Token::Is('0'..='9'))) && !of.is_empty() && of != own {
            continue;
        }
        let of = if fixed { of } else { &own };
        within.push(Glob::from_tokens([a, b, c, d, of, rest].join(&Token::Is(':'))));
    }
    texts.within = within;
    (!texts.within.is_empty()).then_some(Domain::Texts(texts))
}

/// An action on resources of any of these shapes.
pub(super) fn of_frames(action: &str, frames: &[Domain]) -> Universe {
    Universe { actions: vec![Choice::new(action, (0..frames.len()).collect())], resources: frames.to_vec() }
}
