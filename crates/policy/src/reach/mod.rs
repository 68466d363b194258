//! Whether any request of an audience gets in.
//!
//! For each caller of the audience and each allow statement a request is solved that the statement covers
//! ([`solve`]), and shown to the concrete evaluator. A hit is a proof. Where a Deny stops it, the search goes on with
//! each of the ways around that Deny as one more demand. Where no way is left for any statement, that is a proof that
//! nobody gets in; where a value could not be solved, or there were too many ways, the answer is Unknown.
//!
//! Doubts that an answer can carry, by code:
//!
//! | code | what it means |
//! |---|---|
//! | `unreadable` | a document or setting of the named layer could not be read, and it matters |
//! | `known_after_apply` | a value in the named layer is not known yet, and it matters |
//! | `acl_on_objects` | ACLs are alive and public ones count, so a single object may be public (fact F8) |
//! | `organization_unknown` | the accounts of the organisation are not all known; a caller may belong to it |
//! | `service_unknown` | whether a foreign account can drive this AWS service is not written down (fact E6) |
//! | `canonical_user` | a canonical user is let in, and whose account it is cannot be seen |
//! | `foreign_access_point` | the bucket is handed to access points of another account, which only that account can list (fact F9) |
//! | `ambiguous_wildcard` | a wildcard inside a segment of an ARN matters only if it may pass a colon (fact B3) |
//! | `too_complex` | too many combinations of conditions, or a value that could not be enumerated: a question has 30 000 000 steps (`work.rs`), one search 20 000 requests |

pub(crate) mod callers;
pub(crate) mod domain;
pub(crate) mod holder;
pub(crate) mod hunt;
pub(crate) mod key;
pub(crate) mod search;
pub(crate) mod solve;
pub(crate) mod universe;
pub(crate) mod values;

use std::sync::Arc;

use crate::decide::{Stance, decide};
use crate::principal::PrincipalEntry;
use crate::work::{is_spent, within_budget};
use crate::{
    AccessPoint, Answer, Audience, ContextValue, Decided, Decision, Document, Doubt, Hit, LayerName, Layers, Principal,
    Question, Reach, Reading, Request, ResourceKind, Target,
};
use search::{Search, Sought};

/// Answers a question, audience by audience.
pub fn reach(question: &Question) -> Reach {
    within_budget(|| reach_within(question))
}

fn reach_within(question: &Question) -> Reach {
    let mut audiences = question.audiences.clone();
    audiences.sort_unstable();
    audiences.dedup();
    let answers: Vec<(Audience, Answer<Doubt>)> =
        audiences.into_iter().map(|audience| (audience, answer(question, audience))).collect();
    let has_accounts =
        answers.iter().any(|(audience, answer)| *audience == Audience::Accounts && matches!(answer, Answer::Yes(_)));
    let accounts = if has_accounts { foreign_accounts(question) } else { Vec::new() };
    Reach { answers, accounts }
}

/// The layers that judge a request from outside: the caller's own side allows everything. Organisation guardrails that
/// could not be read are left out; they are named beside the answer instead. A request that goes through an access
/// point carries `s3:DataAccessPointArn`.
pub fn layers(target: &Target, request: &Request) -> Layers {
    layers_through(target, route(target, request))
}

/// The access point of the target that a request goes through; `None` = it goes to the target itself.
pub fn route<'t>(target: &'t Target, request: &Request) -> Option<&'t AccessPoint> {
    let through = crate::principal::given(&request.context, "s3:DataAccessPointArn");
    target.access_points.iter().find(|point| through.is_some_and(|arn| *arn == ContextValue::One(point.arn.clone())))
}

fn layers_through(target: &Target, point: Option<&AccessPoint>) -> Layers {
    Layers {
        resource: match &target.policy {
            Reading::Read(None) => None,
            Reading::Read(Some(document)) => Some(Reading::Read(Arc::clone(document))),
            Reading::Unreadable => Some(Reading::Unreadable),
        },
        access_point: point.cloned(),
        rcp: match &target.rcp {
            Reading::Unreadable => None,
            Reading::Read(levels) => {
                Some(levels.iter().map(|level| level.iter().cloned().map(Reading::Read).collect()).collect())
            }
        },
        block_public_access: target.block_public_access.clone(),
        acl: match &target.acl {
            Reading::Read(None) => None,
            Reading::Read(Some(acl)) => Some(Reading::Read(acl.clone())),
            Reading::Unreadable => Some(Reading::Unreadable),
        },
        ..Layers::default()
    }
}

/// Patterns with two readings (fact B3) are read so that they allow as much as they can, and as little.
fn answer(question: &Question, audience: Audience) -> Answer<Doubt> {
    if !search::documents(&question.target).iter().any(|document| document.is_ambiguous()) {
        return answer_plainly(question, audience);
    }
    let as_read = |open: bool| {
        let target = Arc::new(read_as(&question.target, open));
        answer_plainly(&Question { target, ..question.clone() }, audience)
    };
    match (as_read(false), as_read(true)) {
        (tight @ Answer::Yes(_), _) | (tight, Answer::No) => tight,
        (_, Answer::Unknown(doubts)) | (Answer::Unknown(doubts), Answer::Yes(_)) => Answer::Unknown(doubts),
        (Answer::No, Answer::Yes(_)) => Answer::Unknown(vec![Doubt::ambiguous_wildcard()]),
    }
}

/// A target with every document read as one reading has it.
fn read_as(target: &Target, open: bool) -> Target {
    let document = |reading: &Reading<Option<Arc<Document>>>| match reading {
        Reading::Read(Some(document)) => Reading::Read(Some(Arc::new(document.read_as(open)))),
        other => other.clone(),
    };
    let access_points = target.access_points.iter().map(|point| {
        let policy = document(&point.policy);
        AccessPoint { policy, ..point.clone() }
    });
    let rcp = match &target.rcp {
        Reading::Unreadable => Reading::Unreadable,
        Reading::Read(levels) => {
            let level = |level: &Vec<Arc<Document>>| level.iter().map(|one| Arc::new(one.read_as(open))).collect();
            Reading::Read(levels.iter().map(level).collect())
        }
    };
    Target { policy: document(&target.policy), access_points: access_points.collect(), rcp, ..target.clone() }
}

fn answer_plainly(question: &Question, audience: Audience) -> Answer<Doubt> {
    if is_spent() {
        return Answer::Unknown(vec![Doubt::too_complex()]);
    }
    let target = &*question.target;
    let tight = Search::new(question, audience, Stance::Tight).run();
    if let Sought::Found(hit) = &tight {
        return replayed(target, hit);
    }
    let doubts = doubts(target);
    let open = if doubts.is_empty() { tight } else { Search::new(question, audience, Stance::Open).run() };
    match open {
        Sought::Found(_) => return Answer::Unknown(doubts),
        Sought::Unsure => return Answer::Unknown(vec![Doubt::too_complex()]),
        Sought::Nothing => {}
    }
    if objects_may_be_public(question, audience) {
        return Answer::Unknown(vec![Doubt::acl_on_objects()]);
    }
    if audience == Audience::AwsServiceOfAnyone
        && let Some(service) = undecided_service(question)
    {
        return Answer::Unknown(vec![Doubt::service_unknown(&service)]);
    }
    if audience == Audience::Accounts
        && let Some(doubt) = unseen_accounts(question)
    {
        return Answer::Unknown(vec![doubt]);
    }
    Answer::No
}

/// Why a foreign account might get in that no document names as a caller: the bucket is handed to access points of that
/// account, which only it can list, or to a canonical user, whose account cannot be seen.
fn unseen_accounts(question: &Question) -> Option<Doubt> {
    let target = &*question.target;
    let Reading::Read(Some(document)) = &target.policy else { return None };
    if target.kind == ResourceKind::BucketPolicy && stands_for_a_stranger(question, document) {
        return Some(Doubt::canonical_user());
    }
    // Whether the account is a stranger's is for the search to say.
    let known = |account: &String| {
        *account == target.account || target.access_points.iter().any(|point| point.account == *account)
    };
    let keys = ["s3:dataaccesspointaccount", "s3:dataaccesspointarn"];
    let named = keys.iter().flat_map(|key| holder::accounts_in(key, [&**document]));
    let imagined: Vec<AccessPoint> = named
        .filter(|account| !known(account))
        .map(|account| AccessPoint {
            arn: format!("arn:aws:s3:us-east-1:{account}:accesspoint/example"),
            account,
            policy: Reading::Read(None),
            block_public_access: Reading::Read(crate::BlockSettings::default()),
            vpc: None,
        })
        .collect();
    if imagined.is_empty() {
        return None;
    }
    let with = Target { access_points: imagined, ..target.clone() };
    let question = Question { target: Arc::new(with), ..question.clone() };
    let found = Search::new(&question, Audience::Accounts, Stance::Open).run();
    (found != Sought::Nothing).then(Doubt::foreign_access_point)
}

/// A witness never leaves without having been replayed.
fn replayed(target: &Target, hit: &Hit) -> Answer<Doubt> {
    let outcome = decide(&layers(target, &hit.witness), &hit.witness);
    if outcome.decision == Decided::Known(Decision::Allow) {
        let unless = if target.rcp == Reading::Unreadable { vec![LayerName::Rcp] } else { Vec::new() };
        Answer::Yes(Hit { unless, ..hit.clone() })
    } else {
        Answer::Unknown(vec![Doubt::too_complex()])
    }
}

/// Whether a canonical user that the policy names would get in if it were a stranger.
fn stands_for_a_stranger(question: &Question, document: &Document) -> bool {
    let is_canonical = |entry: &PrincipalEntry| matches!(entry, PrincipalEntry::CanonicalUser(_));
    let as_stranger = document.reduced(|statement| {
        let mut changed = statement.clone();
        let element = changed.principal.as_mut().filter(|element| element.entries.iter().any(is_canonical))?;
        element.entries.retain(|entry| !is_canonical(entry));
        element.entries.push(PrincipalEntry::Account(callers::STRANGER.to_owned()));
        Some(changed)
    });
    if as_stranger.statements().is_empty() {
        return false;
    }
    let others = document.reduced(|statement| {
        let canonical = statement.principal.as_ref().is_some_and(|element| element.entries.iter().any(is_canonical));
        (!canonical).then(|| statement.clone())
    });
    let joined = Document::joined([&as_stranger, &others]);
    let policy = Reading::Read(Some(Arc::new(joined)));
    let target = Arc::new(Target { policy, ..(*question.target).clone() });
    let question = Question { target, ..question.clone() };
    let search = Search::new(&question, Audience::Accounts, Stance::Open);
    let own = search.callers_of(callers::STRANGER);
    search.with_callers(own).run() != Sought::Nothing
}

/// What is not known about a target, organisation policies apart.
pub(crate) fn doubts(target: &Target) -> Vec<Doubt> {
    let mut found = Vec::new();
    let mut document = |layer: LayerName, reading: &Reading<Option<Arc<Document>>>| match reading {
        Reading::Unreadable => found.push(Doubt::unreadable(layer)),
        Reading::Read(Some(document)) if document.has_holes() => found.push(Doubt::hole(layer, document)),
        Reading::Read(_) => {}
    };
    document(LayerName::Resource, &target.policy);
    target.access_points.iter().for_each(|point| document(LayerName::AccessPoint, &point.policy));
    let block = &target.block_public_access;
    let settings = [&block.account, &block.bucket].into_iter();
    if settings
        .chain(target.access_points.iter().map(|point| &point.block_public_access))
        .any(|setting| *setting == Reading::Unreadable)
    {
        found.push(Doubt::unreadable(LayerName::BlockPublicAccess));
    }
    if target.acl == Reading::Unreadable {
        found.push(Doubt::unreadable(LayerName::Acl));
    }
    if !target.organization.accounts_complete {
        found.push(Doubt::organization_unknown());
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a public ACL on a single object, which nobody lists, would let the audience in (fact F8).
fn objects_may_be_public(question: &Question, audience: Audience) -> bool {
    let target = &*question.target;
    let live = !matches!(
        &target.acl,
        Reading::Read(None | Some(crate::Acl { ownership: crate::Ownership::BucketOwnerEnforced, .. }))
    );
    let bucket = target.kind == ResourceKind::BucketPolicy;
    let audience_reads = matches!(audience, Audience::Anyone | Audience::AnyAwsAccount | Audience::AnyoneInNetwork);
    live && bucket
        && audience_reads
        && Search::new(question, audience, Stance::Open).with_object_acl().run() != Sought::Nothing
}

/// A service that gets in and of which nobody wrote down who drives it.
fn undecided_service(question: &Question) -> Option<String> {
    let target = &*question.target;
    let documents: Vec<&Document> = search::documents(target);
    let callers = callers::undecided_services(target, &documents);
    callers.into_iter().find_map(|caller| {
        let Principal::Service(name) = &caller.principal else { return None };
        let name = name.clone();
        let search = Search::new(question, Audience::AwsServiceOfAnyone, Stance::Open).with_callers(vec![caller]);
        (search.run() != Sought::Nothing).then_some(name)
    })
}

/// Every foreign account that gets in.
fn foreign_accounts(question: &Question) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let all = Search::new(question, Audience::Accounts, Stance::Tight);
    let documents = search::documents(&question.target);
    let mut named = callers::accounts(documents);
    named.extend(question.target.access_points.iter().map(|point| point.account.clone()));
    for account in all.caller_accounts() {
        let own = all.callers_of(&account);
        if named.contains(&account)
            && let Sought::Found(_) = Search::new(question, Audience::Accounts, Stance::Tight).with_callers(own).run()
        {
            found.push(account);
        }
    }
    found.sort();
    found
}

impl Doubt {
    fn new(code: &str, layer: Option<LayerName>, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), layer, message: message.into() }
    }

    /// A layer that could not be read.
    pub(crate) fn unreadable(layer: LayerName) -> Self {
        Self::new("unreadable", Some(layer), format!("{} could not be read", layer.words()))
    }

    /// A layer with a value that is not known yet.
    pub(crate) fn hole(layer: LayerName, document: &Document) -> Self {
        let causes = document.holes().join(", ");
        let message = format!("a value in {} is known only after apply: {causes}", layer.words());
        Self::new("known_after_apply", Some(layer), message)
    }

    fn acl_on_objects() -> Self {
        let message = "ACLs are alive and public ones count, so single objects may be public; objects are not listed";
        Self::new("acl_on_objects", Some(LayerName::Acl), message)
    }

    fn organization_unknown() -> Self {
        let message = "the accounts of the organisation are not all known, so a caller may belong to it";
        Self::new("organization_unknown", None, message)
    }

    fn canonical_user() -> Self {
        let message = "a canonical user is let in, and whose account it is cannot be seen";
        Self::new("canonical_user", Some(LayerName::Resource), message)
    }

    fn foreign_access_point() -> Self {
        let message = "the bucket is handed to access points of another account, which only that account can list";
        Self::new("foreign_access_point", Some(LayerName::AccessPoint), message)
    }

    fn ambiguous_wildcard() -> Self {
        let message =
            "a wildcard inside a segment of an ARN matters only if it may pass a colon, which AWS leaves open";
        Self::new("ambiguous_wildcard", Some(LayerName::Resource), message)
    }

    fn service_unknown(service: &str) -> Self {
        let message = format!("whether a foreign account can drive `{service}` here is not known");
        Self::new("service_unknown", None, message)
    }

    pub(crate) fn too_complex() -> Self {
        Self::new(
            "too_complex",
            None,
            "the conditions combine in more ways than are tried, or hold a value that cannot be enumerated",
        )
    }
}

impl LayerName {
    /// The layer in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identity => "an identity policy",
            Self::Boundary => "the permissions boundary",
            Self::Session => "the session policy",
            Self::Resource => "the policy of the resource",
            Self::AccessPoint => "the policy of an access point",
            Self::Scp => "a service control policy",
            Self::Rcp => "a resource control policy",
            Self::Endpoint => "the VPC endpoint policy",
            Self::BlockPublicAccess => "Block Public Access",
            Self::Acl => "the ACL",
        }
    }
}
