//! The search for one request that a stack of layers lets through.
//!
//! The concrete evaluator leads: a request that meets the demands so far is shown to it. Where a Deny stops the request,
//! each way around that Deny is one more demand to try; where a layer has nothing that allows it, each Allow of that
//! layer is; and where a second stack must *not* let it through but does, each way out of what lets it through is.
//! Every way excludes the request that was just tried, so the search ends; no way left is a proof that there is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::condition::Condition;
use crate::decide::{Env, Stance, Tri, decide_as, doubts, stopping_level};
use crate::document::{Document, Effect, Statement};
use crate::principal::{Caller, Naming, PrincipalEntry};
use crate::reach::solve::{Demand, Solved, Space};
use crate::status::is_public;
use crate::text::Text;
use crate::work::{is_spent, spend};
use crate::{AccessPoint, Decided, Decision, LayerName, Layers, Outcome, Reading, Request, StatementRef};

/// How many requests a search tries at most; past it the answer is that it does not know.
const BUDGET: usize = 20_000;

/// How many demands a request may have to meet; past it a search goes no deeper.
const DEPTH: usize = 400;

/// What a search has spent, and whether it saw everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    tried: usize,
    /// Whether every request was either solved or ruled out.
    pub(crate) exact: bool,
}

impl Default for Effort {
    fn default() -> Self {
        Self { tried: 0, exact: true }
    }
}

impl Effort {
    /// Whether the budget has run out.
    pub(crate) fn is_spent(&self) -> bool {
        self.tried > BUDGET || is_spent()
    }

    /// Whether one more request may be tried, which has to meet so many demands. Where not, nothing is proved.
    fn may_go_on(&mut self, demands: usize) -> bool {
        self.tried += 1;
        let may = !self.is_spent() && demands <= DEPTH;
        self.exact &= may;
        may
    }

    /// Whether "none was found" means that there is none.
    pub(crate) fn is_proof(&self) -> bool {
        self.exact && !self.is_spent()
    }
}

/// A statement and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) layer: LayerName,
    /// The level of an organisation's policies; 0 elsewhere.
    pub(crate) level: usize,
    /// The document within its layer, and the statement within the document.
    policy: usize,
    index: usize,
    pub(crate) statement: &'a Statement,
    pub(crate) document: &'a Document,
}

impl<'a> Placed<'a> {
    /// The access point by whose names the statement calls resources.
    fn through(&self, route: Option<&'a AccessPoint>) -> Option<&'a AccessPoint> {
        route.filter(|_| self.layer == LayerName::AccessPoint)
    }

    /// The document within its layer, and the statement within the document.
    pub(crate) fn place(&self) -> (usize, usize) {
        (self.policy, self.index)
    }

    /// The statement's own text, which gives an order that does not depend on the document's.
    pub(crate) fn source(&self) -> &'a str {
        let span = self.statement.span();
        self.document.source().get(span.start..span.end).unwrap_or_default()
    }
}

/// The context keys that statements look at, with the conditions that do; a key that stands only as a variable has none.
pub(crate) fn keys<'w, 'p>(
    statements: impl IntoIterator<Item = &'p Placed<'w>>,
) -> BTreeMap<&'w str, Vec<&'w Condition>>
where
    'w: 'p,
{
    let mut keys: BTreeMap<&str, Vec<&Condition>> = BTreeMap::new();
    for placed in statements {
        let statement = placed.statement;
        for condition in &statement.conditions {
            keys.entry(&condition.key).or_default().push(condition);
        }
        let values = statement.conditions.iter().flat_map(|condition| &condition.values).map(|value| &value.text);
        let patterns = statement.resource.iter().flat_map(|element| &element.entries).map(|pattern| &pattern.text);
        for key in values.chain(patterns).flat_map(Text::variables) {
            keys.entry(key).or_default();
        }
    }
    keys
}

/// Layers with all their statements.
#[derive(Debug, Clone)]
pub(crate) struct Stack<'w> {
    pub(crate) layers: &'w Layers,
    pub(crate) statements: Vec<Placed<'w>>,
    stance: Stance,
    /// Allows that need not be looked at, by layer and place.
    spared: BTreeSet<(LayerName, (usize, usize))>,
}

impl<'w> Stack<'w> {
    pub(crate) fn new(layers: &'w Layers, stance: Stance) -> Self {
        let mut documents: Vec<(LayerName, usize, usize, &Document)> = Vec::new();
        let flat = [
            (LayerName::Identity, &layers.identity),
            (LayerName::Boundary, &layers.boundary),
            (LayerName::Session, &layers.session),
            (LayerName::Endpoint, &layers.endpoint),
        ];
        for (layer, list) in flat {
            let read = list.iter().flatten().enumerate().filter_map(|(policy, reading)| Some((policy, read(reading)?)));
            documents.extend(read.map(|(policy, document)| (layer, 0, policy, document)));
        }
        for (layer, levels) in [(LayerName::Scp, &layers.scp), (LayerName::Rcp, &layers.rcp)] {
            let levels = levels.iter().flatten().enumerate();
            let all = levels.flat_map(|(level, list)| list.iter().map(move |reading| (level, reading))).enumerate();
            let read = all.filter_map(|(policy, (level, reading))| Some((level, policy, read(reading)?)));
            documents.extend(read.map(|(level, policy, document)| (layer, level, policy, document)));
        }
        if let Some(Reading::Read(document)) = &layers.resource {
            documents.push((LayerName::Resource, 0, 0, document));
        }
        if let Some(Reading::Read(Some(document))) = layers.access_point.as_ref().map(|point| &point.policy) {
            documents.push((LayerName::AccessPoint, 0, 0, document));
        }
        let placed = documents.into_iter().flat_map(|(layer, level, policy, document)| {
            let all = document.statements().iter().enumerate();
            all.map(move |(index, statement)| Placed { layer, level, policy, index, statement, document })
        });
        Self { layers, statements: placed.collect(), stance, spared: BTreeSet::new() }
    }

    /// The same for a search for requests that `other` does not let through: an Allow of `layer` that both have need not be
    /// looked at. A request that no other Allow of the layer covers passes there as it does here.
    ///
    /// So it is where the two differ in nothing but that layer, everything was read, each Deny of it there stands here too,
    /// and Block Public Access does not take back there what a public policy allows (fact F4).
    pub(crate) fn sparing(mut self, other: &Self, layer: LayerName) -> Self {
        spend(self.statements.len() + other.statements.len());
        let alike = beside(self.layers, layer) == beside(other.layers, layer);
        if !alike || restricts(other.layers) || [&self, other].iter().any(|stack| !doubts(stack.layers).is_empty()) {
            return self;
        }
        let (here, there) = (self.by_source(layer), other.by_source(layer));
        let missing = |placed: &Placed<'_>| !stands_in(&here, placed);
        if there.values().flatten().filter(|placed| placed.statement.effect == Effect::Deny).any(missing) {
            return self;
        }
        let allows = here.values().flatten().filter(|placed| placed.statement.effect == Effect::Allow);
        self.spared = allows.filter(|placed| stands_in(&there, placed)).map(|placed| (layer, placed.place())).collect();
        self
    }

    /// The statements of a layer by their text.
    fn by_source(&self, layer: LayerName) -> HashMap<&'w str, Vec<Placed<'w>>> {
        let mut found: HashMap<&str, Vec<Placed<'w>>> = HashMap::new();
        for placed in self.statements.iter().filter(|placed| placed.layer == layer) {
            found.entry(placed.source()).or_default().push(*placed);
        }
        found
    }

    /// Whether a statement need not be looked at.
    pub(crate) fn spares(&self, placed: &Placed<'_>) -> bool {
        self.spared.contains(&(placed.layer, placed.place()))
    }

    /// The access point that the call goes through.
    pub(crate) fn route(&self) -> Option<&'w AccessPoint> {
        self.layers.access_point.as_ref()
    }

    fn statement(&self, at: &StatementRef) -> Option<Placed<'w>> {
        self.statements
            .iter()
            .copied()
            .find(|placed| placed.layer == at.layer && placed.policy == at.policy && placed.index == at.statement)
    }

    /// Statements of an effect that may name the caller.
    fn naming<'s>(&'s self, effect: Effect, env: &'s Env<'_>) -> impl Iterator<Item = Placed<'w>> + use<'s, 'w> {
        self.statements
            .iter()
            .copied()
            .filter(move |placed| placed.statement.effect == effect && names(placed, env) != Tri::No)
    }
}

/// Whether a statement is among others: the same text may be read otherwise, under another version or with an own choice
/// taken for granted.
fn stands_in(all: &HashMap<&str, Vec<Placed<'_>>>, placed: &Placed<'_>) -> bool {
    let alike = all.get(placed.source());
    alike.is_some_and(|alike| alike.iter().any(|other| other.statement.says_the_same(placed.statement)))
}

/// Layers without one of them.
fn beside(layers: &Layers, layer: LayerName) -> Layers {
    let mut rest = layers.clone();
    match layer {
        LayerName::Identity => rest.identity = None,
        LayerName::Resource => rest.resource = None,
        _ => {}
    }
    rest
}

/// Whether what the resource's policy allows may count for less because the policy is public.
fn restricts(layers: &Layers) -> bool {
    let block = &layers.block_public_access;
    let point = layers.access_point.as_ref().map(|point| &point.block_public_access);
    let mut settings = [&block.account, &block.bucket].into_iter().chain(point);
    let restricted = settings.any(|setting| match setting {
        Reading::Read(settings) => settings.restrict_public_buckets,
        Reading::Unreadable => true,
    });
    restricted && matches!(&layers.resource, Some(Reading::Read(document)) if is_public(document, false))
}

fn read(reading: &Reading<std::sync::Arc<Document>>) -> Option<&Document> {
    match reading {
        Reading::Read(document) => Some(document),
        Reading::Unreadable => None,
    }
}

/// Whether a statement names the caller; one without a principal names everybody, except in a resource's policy
/// (fact A14).
pub(crate) fn names(placed: &Placed<'_>, env: &Env<'_>) -> Tri {
    naming(placed, env).0
}

/// The same, and how it names it.
pub(crate) fn naming(placed: &Placed<'_>, env: &Env<'_>) -> (Tri, Naming) {
    match &placed.statement.principal {
        Some(element) => env.named(element, placed.statement.effect),
        None if matches!(placed.layer, LayerName::Resource | LayerName::AccessPoint) => (Tri::No, Naming::Everyone),
        None => (Tri::Yes, Naming::Everyone),
    }
}

/// The search over one space of requests.
pub(crate) struct Hunt<'s, 'w> {
    pub(crate) space: &'s Space<'w>,
    /// What must let the request through.
    pub(crate) stack: &'s Stack<'w>,
    /// What must not.
    pub(crate) except: Option<&'s Stack<'w>>,
    pub(crate) effort: &'s mut Effort,
}

/// A request, and the statements that let it through.
pub(crate) type Found = (Request, Vec<StatementRef>);

/// A layer, and the level of it, that has its Allow already.
type Level = (LayerName, usize);

impl<'w> Hunt<'_, 'w> {
    /// A request that meets the demands. No further Allow is looked for in the layers of `settled`.
    pub(crate) fn find(&mut self, demands: &mut Vec<Demand<'w>>, settled: &mut Vec<Level>) -> Option<Found> {
        if !self.effort.may_go_on(demands.len()) {
            return None;
        }
        let request = match self.space.solve(demands) {
            Solved::Found(request) => request,
            Solved::Nothing => return None,
            Solved::Unsure => {
                self.effort.exact = false;
                return None;
            }
        };
        spend(self.stack.statements.len());
        let Outcome { decision, decided_by, blocked_by } = decide_as(self.stack.layers, &request, self.stack.stance);
        let ways = match decision {
            Decided::Known(Decision::Allow) => match self.except {
                None => return Some((request, decided_by)),
                Some(except) => match ways_out(except, &request) {
                    None => return Some((request, decided_by)),
                    Some(ways) => ways,
                },
            },
            // One Deny is enough to stop it: the one with the fewest ways around is the quickest to give up on.
            Decided::Known(Decision::ExplicitDeny) => {
                let placed = decided_by.iter().filter_map(|at| self.stack.statement(at));
                let around = placed.map(|placed| escapes(&placed, self.stack.route(), &request));
                around.min_by_key(Vec::len)?.into_iter().map(|demand| vec![demand]).collect()
            }
            Decided::Known(Decision::ImplicitDeny) => {
                return self.through(blocked_by?, &request, demands, settled);
            }
            Decided::Unknown(_) => return None,
        };
        self.each(ways, demands, settled)
    }

    /// Tries each way: more demands on top of those that led here.
    fn each(
        &mut self,
        ways: Vec<Vec<Demand<'w>>>,
        demands: &mut Vec<Demand<'w>>,
        settled: &mut Vec<Level>,
    ) -> Option<Found> {
        let before = demands.len();
        for way in ways {
            demands.extend(way);
            let found = self.find(demands, settled);
            demands.truncate(before);
            if found.is_some() || self.effort.is_spent() {
                return found;
            }
        }
        None
    }

    /// Tries each Allow of a layer that has allowed nothing so far.
    fn through(
        &mut self,
        layer: LayerName,
        request: &Request,
        demands: &mut Vec<Demand<'w>>,
        settled: &mut Vec<Level>,
    ) -> Option<Found> {
        let level = match layer {
            LayerName::Scp => stopping_level(self.stack.layers, request, self.stack.stance),
            _ => 0,
        };
        // What the caller's own side lacks, the policy of a resource of the same account can give (fact A8).
        let own_side = matches!(layer, LayerName::Identity | LayerName::Boundary | LayerName::Session);
        let other = own_side.then_some((LayerName::Resource, 0));
        for at in std::iter::once((layer, level)).chain(other) {
            if settled.contains(&at) {
                continue;
            }
            let ways = self.allows(at, request, own_side);
            settled.push(at);
            let found = self.each(ways, demands, settled);
            settled.pop();
            if found.is_some() || self.effort.is_spent() {
                return found;
            }
        }
        None
    }

    /// What a request has to meet for each Allow of a layer; one that only passes the right on to the account is left
    /// out where that is what is lacking.
    fn allows(&self, (layer, level): Level, request: &Request, directly: bool) -> Vec<Vec<Demand<'w>>> {
        let env = Env::new(self.stack.layers, request);
        let passes_on = |placed: &Placed<'_>| {
            let element = placed.statement.principal.as_ref();
            element.is_some_and(|element| env.named(element, Effect::Allow).1 == Naming::Account)
        };
        let mut allows: Vec<Placed<'w>> = self
            .stack
            .naming(Effect::Allow, &env)
            .filter(|placed| placed.layer == layer && placed.level == level)
            .filter(|placed| !(directly && layer == LayerName::Resource && passes_on(placed)))
            .collect();
        allows.sort_by_key(Placed::source);
        allows.iter().map(|placed| covered(placed, self.stack.route())).collect()
    }
}

/// What a request has to meet to be covered by a statement that names its caller.
pub(crate) fn covered<'w>(placed: &Placed<'w>, route: Option<&'w AccessPoint>) -> Vec<Demand<'w>> {
    let statement = placed.statement;
    let mut demands = vec![Demand::Action(&statement.action, true)];
    if let Some(element) = &statement.resource {
        demands.push(Demand::Resource(element, placed.through(route), true));
    }
    demands.extend(statement.conditions.iter().map(|condition| Demand::Condition(condition, true)));
    demands
}

/// The ways around a statement: each is enough.
fn escapes<'w>(placed: &Placed<'w>, route: Option<&'w AccessPoint>, request: &Request) -> Vec<Demand<'w>> {
    let statement = placed.statement;
    let mut found: Vec<Demand<'w>> =
        statement.conditions.iter().map(|condition| Demand::Condition(condition, false)).collect();
    found.push(Demand::Action(&statement.action, false));
    if let Some(element) = &statement.resource {
        found.push(Demand::Resource(element, placed.through(route), false));
    }
    let caller = Caller::new(&request.principal);
    for entry in statement.principal.iter().filter(|element| !element.negated).flat_map(|element| &element.entries) {
        let (PrincipalEntry::User { arn, .. }
        | PrincipalEntry::Role { arn, .. }
        | PrincipalEntry::FederatedUser { arn, .. }) = entry
        else {
            continue;
        };
        if caller.named_by(entry).is_some() {
            found.push(Demand::NotNamed(arn));
        }
    }
    found
}

/// The ways in which a stack that lets a request through would not: into one of its denies, or out of one of the
/// statements that allow it, for each layer that must allow. `None` where it does not let it through.
fn ways_out<'w>(stack: &Stack<'w>, request: &Request) -> Option<Vec<Vec<Demand<'w>>>> {
    let outcome = decide_as(stack.layers, request, stack.stance);
    if outcome.decision != Decided::Known(Decision::Allow) {
        return None;
    }
    let env = Env::new(stack.layers, request);
    let into = stack.naming(Effect::Deny, &env).map(|placed| covered(&placed, stack.route()));
    let mut out: Vec<Vec<Demand<'w>>> = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    // Whatever else lets it through must be left too: the next round sees to that.
    for placed in stack.naming(Effect::Allow, &env) {
        let through = placed.through(stack.route());
        let resource = through.map_or_else(
            || request.resource.clone(),
            |point| crate::decide::through_point(&request.resource, &point.arn),
        );
        let matches = match env.covers(placed.statement, &resource) {
            Tri::Yes => true,
            Tri::Maybe => stack.stance == Stance::Open,
            Tri::No => false,
        };
        if matches && !levels.contains(&(placed.layer, placed.level)) {
            levels.push((placed.layer, placed.level));
            out.extend(escapes(&placed, stack.route(), request).into_iter().map(|demand| vec![demand]));
        }
    }
    Some(out.into_iter().chain(into).collect())
}
