//! What a check sees: the inventory, its parameters, and a policy engine that is asked each question once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use forewarn_inventory::{
    AccessPoint, Account, AnalyzerFinding, Bucket, Cause, CredentialReport, CredentialRow, Gap, Group, Inventory, Key,
    ManagedPolicy, MultiRegionAccessPoint, PolicyText, Role, ServerCertificate, Trail, User,
};
use forewarn_policy::{
    self as policy, Audience, ContextValue, Document, Doubt, Organization, Question, Reach, Target, Wanted,
};
use jiff::Timestamp;
use serde::Serialize;

use crate::compliance::{Framework, Parameters};
use crate::parallel::lock;
use crate::reach::Layered;
use crate::rights::Guardrails;
use crate::second::{Outsiders, outsiders};
use crate::{Check, Covered, EarlierInventory, Evidence, Opened, Reason, Resource, Standing};

/// What the user configured.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Values of parameters that differ from their default, by check id and parameter name.
    pub parameters: BTreeMap<(String, String), i64>,
    /// Accounts that are trusted although they are outside the organisation.
    pub trusted_accounts: BTreeSet<String>,
    /// ARN patterns of those who may handle the audit log, such as `arn:aws:iam::111122223333:role/security-*`.
    pub security_principals: Vec<String>,
    /// ARN patterns of those who deploy: users, roles or sessions. Empty = nobody is configured.
    pub deployers: Vec<String>,
    /// Networks that many machines share, such as the way out of an office or a VPN.
    pub known_networks: Vec<ipnet::IpNet>,
    /// Editions of frameworks that the results are filed under.
    pub frameworks: Vec<Framework>,
    /// What the accounts were like earlier, for what policies were before they were changed.
    pub earlier: Option<EarlierInventory>,
    /// What an event store has of the log of accounts, where one was laid over the inventory: only then is it known what
    /// became of a change.
    pub stored: BTreeMap<String, Covered>,
}

/// What identity policies are, taken together: their account and their texts.
pub(crate) type Texts = (String, Vec<PolicyText>);

/// A change by account, time, event and operation.
pub(crate) type ChangeKey = (String, Timestamp, String, &'static str);

/// All that the checks of one run share.
#[derive(Debug)]
pub(crate) struct World<'a> {
    inventory: &'a Inventory,
    settings: &'a Settings,
    /// Managed policies by account and ARN.
    policies: HashMap<(&'a str, &'a str), In<'a, ManagedPolicy>>,
    /// Groups by account and name.
    groups: HashMap<(&'a str, &'a str), In<'a, Group>>,
    outsiders: Outsiders<'a>,
    /// Whether anything was asked that other accounts may know of too.
    asked_around: AtomicBool,
    organization: Arc<Organization>,
    pub(crate) guardrails: Mutex<HashMap<String, Arc<Guardrails>>>,
    pub(crate) standings: Mutex<HashMap<String, Arc<Standing>>>,
    /// Buckets as the engine is asked about them, by account and ARN.
    pub(crate) buckets: Mutex<HashMap<(String, String), Layered>>,
    /// What a change opened.
    pub(crate) opened: Mutex<HashMap<ChangeKey, Opened>>,
    pub(crate) memo: Arc<Memo>,
    faults: Mutex<BTreeSet<String>>,
}

/// What was parsed and asked. It rests on nothing but the texts and questions themselves, so that the two sides of a review,
/// which are alike but for the change, answer for each other.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    documents: Mutex<HashMap<PolicyText, Result<Arc<Document>, String>>>,
    /// What questions are about, and what they ask: each stands once.
    targets: Mutex<HashSet<Arc<About>>>,
    askings: Mutex<HashSet<Arc<Asking>>>,
    answers: Mutex<HashMap<Put, Arc<Reach>>>,
    /// The answers that let nobody in: a few, which nearly all questions share.
    closed: Mutex<Vec<Arc<Reach>>>,
    /// Whether policies allow everything.
    pub(crate) everything: Mutex<HashMap<Texts, policy::Answer<Doubt>>>,
    /// Of which services they leave nothing out.
    pub(crate) services: Mutex<HashMap<Texts, policy::WholeServices>>,
    /// Which actions they allow on every resource.
    pub(crate) everywhere: Mutex<HashMap<(Texts, Wanted<'static>), policy::Everywhere>>,
}

/// A question, by what it is about and what it asks.
type Put = (Only<About>, Only<Asking>);

/// What questions are about, with its hash: it holds whole policies, and is looked up for every question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct About {
    hash: u64,
    target: Arc<Target>,
}

impl From<Target> for About {
    fn from(target: Target) -> Self {
        let mut hasher = DefaultHasher::new();
        target.hash(&mut hasher);
        Self { hash: hasher.finish(), target: Arc::new(target) }
    }
}

impl Hash for About {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl Deref for About {
    type Target = Target;

    fn deref(&self) -> &Target {
        &self.target
    }
}

/// What is asked of a target, whichever it is.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asking {
    pub(crate) audiences: Vec<Audience>,
    pub(crate) actions: Vec<String>,
    pub(crate) given: Vec<(String, Option<ContextValue>)>,
}

/// One of a set in which everything stands once, so that it is told from others by where it stands. A large account is
/// asked some hundred thousand questions about some ten thousand things.
#[derive(Debug)]
struct Only<T>(Arc<T>);

impl<T: Hash + Eq> Only<T> {
    fn of(set: &Mutex<HashSet<Arc<T>>>, one: Arc<T>) -> Self {
        let mut set = lock(set);
        let known = set.get(&one).cloned();
        Self(known.unwrap_or_else(|| {
            set.insert(Arc::clone(&one));
            one
        }))
    }
}

impl<T> PartialEq for Only<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Only<T> {}

impl<T> Hash for Only<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// What is kept for a question, or what asking gives, which is kept from then on. Nobody waits while it is asked.
pub(crate) fn remembered<K: Hash + Eq, V: Clone>(kept: &Mutex<HashMap<K, V>>, key: K, ask: impl FnOnce(&K) -> V) -> V {
    if let Some(known) = lock(kept).get(&key) {
        return known.clone();
    }
    let answer = ask(&key);
    lock(kept).insert(key, answer.clone());
    answer
}

impl Memo {
    /// The same answer, shared with the questions that have it too where it lets nobody in.
    fn shared(&self, reach: Reach) -> Arc<Reach> {
        if !reach.answers.iter().all(|(_, answer)| matches!(answer, policy::Answer::No)) {
            return Arc::new(reach);
        }
        let mut closed = lock(&self.closed);
        if let Some(known) = closed.iter().find(|known| ***known == reach) {
            return Arc::clone(known);
        }
        let reach = Arc::new(reach);
        closed.push(Arc::clone(&reach));
        reach
    }
}

impl<'a> World<'a> {
    pub(crate) fn new(inventory: &'a Inventory, settings: &'a Settings) -> Self {
        Self::remembering(inventory, settings, Arc::default())
    }

    /// The same with what was asked elsewhere.
    pub(crate) fn remembering(inventory: &'a Inventory, settings: &'a Settings, memo: Arc<Memo>) -> Self {
        let mut policies = HashMap::new();
        let mut groups = HashMap::new();
        for account in &inventory.accounts {
            let id = account.id.as_str();
            let all = account.iam.policies.iter();
            policies.extend(all.map(|policy| ((id, policy.arn.as_str()), In::new(account, policy))));
            let all = account.iam.groups.iter();
            groups.extend(all.map(|group| ((id, group.name.as_str()), In::new(account, group))));
        }
        Self {
            inventory,
            settings,
            policies,
            groups,
            outsiders: outsiders(inventory),
            asked_around: AtomicBool::new(false),
            organization: Arc::new(known_of(inventory)),
            guardrails: Mutex::default(),
            standings: Mutex::default(),
            buckets: Mutex::default(),
            opened: Mutex::default(),
            memo,
            faults: Mutex::default(),
        }
    }

    pub(crate) fn settings(&self) -> &'a Settings {
        self.settings
    }

    pub(crate) fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// Whether `ask` leads to anything that other accounts may know of too.
    pub(crate) fn asks_around<T>(&self, ask: impl FnOnce() -> T) -> (T, bool) {
        self.asked_around.store(false, Ordering::Relaxed);
        (ask(), self.asked_around.load(Ordering::Relaxed))
    }

    /// Faults of forewarn itself that came up on the way.
    pub(crate) fn into_faults(self) -> BTreeSet<String> {
        self.into_parts().1
    }

    /// Who stands where, by account, and the faults.
    pub(crate) fn into_parts(self) -> (HashMap<String, Arc<Standing>>, BTreeSet<String>) {
        let standings = self.standings.into_inner().unwrap_or_else(PoisonError::into_inner);
        (standings, self.faults.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over the [parts](Self::into_parts) of another world in which the people are the same.
    pub(crate) fn knows(&mut self, standings: HashMap<String, Arc<Standing>>, faults: BTreeSet<String>) {
        self.standings = Mutex::new(standings);
        self.faults = Mutex::new(faults);
    }
}

/// A thing in an inventory that a verdict can be about.
pub trait Subject: Serialize {
    /// Its ARN.
    fn arn(&self) -> &str;

    /// Its region; `None` for a global resource.
    fn region(&self) -> Option<&str> {
        None
    }
}

macro_rules! subjects {
    ($($kind:ty $(, $region:expr)?;)+) => {$(
        impl Subject for $kind {
            fn arn(&self) -> &str {
                &self.arn
            }
            $(
                fn region(&self) -> Option<&str> {
                    let region: fn(&Self) -> Option<&str> = $region;
                    region(self)
                }
            )?
        }
    )+};
}

subjects! {
    User;
    Group;
    Role;
    ManagedPolicy;
    CredentialRow;
    Bucket, |bucket| bucket.region.present().map(String::as_str);
    MultiRegionAccessPoint;
    ServerCertificate;
    AccessPoint, |point| Some(&point.region);
    Trail, |trail| Some(&trail.home_region);
    Key, |key| key.arn.split(':').nth(3);
}

/// A thing together with the account that it stands in.
#[derive(Debug)]
pub struct In<'a, T> {
    /// The account.
    pub account: &'a Account,
    item: &'a T,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

impl<T> Deref for In<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.item
    }
}

impl<'a, T: Subject> In<'a, T> {
    /// Puts `item` into its account.
    pub fn new(account: &'a Account, item: &'a T) -> Self {
        Self { account, item }
    }

    /// The thing itself, for as long as the inventory lives.
    pub fn item(&self) -> &'a T {
        self.item
    }

    /// A pointer into the item, with what it means. See [`Evidence`].
    pub fn evidence(&self, pointer: &str, note: impl Into<Arc<str>>) -> Evidence {
        Evidence::at(self.item.arn(), self.item, pointer, note)
    }
}

impl<T: Subject> From<&In<'_, T>> for Resource {
    fn from(place: &In<'_, T>) -> Self {
        Self {
            arn: place.item.arn().to_owned(),
            account: place.account.id.clone(),
            region: place.item.region().map(str::to_owned),
        }
    }
}

impl From<&Account> for Resource {
    fn from(account: &Account) -> Self {
        Self::account(account)
    }
}

/// What one check sees.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) check: &'static Check,
    /// Thresholds of a control, which go before those that the user configured.
    asked: Option<&'a Parameters>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(world: &'a World<'a>, check: &'static Check) -> Self {
        Self { world, check, asked: None }
    }

    /// The same with other thresholds.
    pub(crate) fn with(self, asked: &'a Parameters) -> Self {
        Self { asked: Some(asked), ..self }
    }

    /// The inventory.
    pub fn inventory(&self) -> &'a Inventory {
        self.world.inventory
    }

    /// The clock: the instant of the inventory.
    pub fn instant(&self) -> Timestamp {
        self.inventory().instant
    }

    /// Whole days from `then` to the instant of the inventory; negative for a time after it.
    pub fn days_since(&self, then: Timestamp) -> i64 {
        (self.instant().as_second() - then.as_second()).div_euclid(24 * 60 * 60)
    }

    /// The accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &'a Account> + use<'a> {
        self.inventory().accounts.iter()
    }

    /// The value of one of the check's parameters; 0 for a name that the check does not declare, which a test forbids.
    pub fn parameter(&self, name: &str) -> i64 {
        if let Some(asked) = self.asked.and_then(|asked| asked.get(name)) {
            return *asked;
        }
        let configured = self.world.settings.parameters.get(&(self.check.id.to_owned(), name.to_owned())).copied();
        let declared = self.check.parameters.iter().find(|parameter| parameter.name == name);
        configured.or(declared.map(|parameter| parameter.default)).unwrap_or_default()
    }

    /// What AWS says of who gets into a resource. The analyzer of an organisation stands in one of its accounts.
    pub(crate) fn outsiders(&self, arn: &str) -> &'a [&'a AnalyzerFinding] {
        self.world.asked_around.store(true, Ordering::Relaxed);
        self.world.outsiders.get(arn).map_or(&[], Vec::as_slice)
    }

    /// Accounts that the user trusts although they are outside the organisation.
    pub fn trusted_accounts(&self) -> &'a BTreeSet<String> {
        &self.world.settings.trusted_accounts
    }

    /// Whether the user configured a principal as one that may handle the audit log.
    pub fn is_security_principal(&self, arn: &str) -> bool {
        self.world.settings.security_principals.iter().any(|pattern| policy::arn_matches(pattern, arn))
    }

    /// Whether the user configured anybody who may handle the audit log.
    pub fn has_security_principals(&self) -> bool {
        !self.world.settings.security_principals.is_empty()
    }

    /// Whether the user named the network of an address as one that many machines share.
    pub fn is_known_network(&self, address: std::net::IpAddr) -> bool {
        self.world.settings.known_networks.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The network that an address is of: one that the user named, else what of the address stays when a provider hands out
    /// another one. `None` for an address inside a VPC.
    pub(crate) fn network(&self, address: std::net::IpAddr) -> Option<String> {
        let named = self.world.settings.known_networks.iter().find(|network| network.contains(&address.to_canonical()));
        named.map(ToString::to_string).or_else(|| forewarn_events::network(address))
    }

    /// The managed policy with this ARN, as an account sees it.
    pub(crate) fn policy(&self, account: &Account, arn: &str) -> Option<In<'a, ManagedPolicy>> {
        self.world.policies.get(&(account.id.as_str(), arn)).copied()
    }

    /// The group of an account with this name.
    pub(crate) fn group(&self, account: &Account, name: &str) -> Option<In<'a, Group>> {
        self.world.groups.get(&(account.id.as_str(), name)).copied()
    }

    /// Users.
    pub fn users(&self) -> impl Iterator<Item = In<'a, User>> + use<'a> {
        self.each(|account| &account.iam.users.items)
    }

    /// Groups.
    pub fn groups(&self) -> impl Iterator<Item = In<'a, Group>> + use<'a> {
        self.each(|account| &account.iam.groups.items)
    }

    /// Roles.
    pub fn roles(&self) -> impl Iterator<Item = In<'a, Role>> + use<'a> {
        self.each(|account| &account.iam.roles.items)
    }

    /// Managed policies, AWS's own among them.
    pub fn policies(&self) -> impl Iterator<Item = In<'a, ManagedPolicy>> + use<'a> {
        self.each(|account| &account.iam.policies.items)
    }

    /// Buckets.
    pub fn buckets(&self) -> impl Iterator<Item = In<'a, Bucket>> + use<'a> {
        self.each(|account| &account.s3.buckets.items)
    }

    /// Access points.
    pub fn access_points(&self) -> impl Iterator<Item = In<'a, AccessPoint>> + use<'a> {
        self.each(|account| &account.s3.access_points.items)
    }

    /// Multi-region access points.
    pub fn multi_region_access_points(&self) -> impl Iterator<Item = In<'a, MultiRegionAccessPoint>> + use<'a> {
        self.each(|account| &account.s3.multi_region_access_points.items)
    }

    /// Server certificates kept in IAM.
    pub fn server_certificates(&self) -> impl Iterator<Item = In<'a, ServerCertificate>> + use<'a> {
        self.each(|account| &account.iam.server_certificates.items)
    }

    /// Trails.
    pub fn trails(&self) -> impl Iterator<Item = In<'a, Trail>> + use<'a> {
        self.each(|account| &account.trail.trails.items)
    }

    /// Whether an account is one of the organisation; where there is none, no account is.
    ///
    /// # Errors
    /// The gap that keeps it from being known.
    pub fn is_of_organization(&self, account: &str) -> Result<bool, &'a Gap> {
        let Some(organization) = self.inventory().organization.read()? else { return Ok(false) };
        let known = organization.accounts.iter().any(|member| member.id == account);
        match organization.accounts.rest.first() {
            _ if known || organization.management_account == account => Ok(true),
            Some(gap) => Err(gap),
            None => Ok(false),
        }
    }

    /// The credential report of each account.
    pub fn credential_reports(
        &self,
    ) -> impl Iterator<Item = (&'a Account, Result<&'a CredentialReport, Reason>)> + use<'a> {
        self.accounts().map(|account| {
            let report = match account.iam.credential_report.read() {
                Ok(Some(report)) => Ok(report),
                Ok(None) => Err(Reason {
                    code: "no_report".to_owned(),
                    message: "AWS has made no credential report".to_owned(),
                    gap: None,
                }),
                Err(gap) => Err(Reason::from(gap)),
            };
            (account, report)
        })
    }

    fn each<T: Subject + 'a>(&self, list: fn(&Account) -> &Vec<T>) -> impl Iterator<Item = In<'a, T>> + use<'a, T> {
        self.accounts().flat_map(move |account| list(account).iter().map(move |item| In::new(account, item)))
    }

    /// The parsed document, or why it cannot be parsed. It is kept for the run; two checks at once may both parse it.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn document(&self, text: &PolicyText) -> Result<Arc<Document>, String> {
        remembered(&self.world.memo.documents, text.clone(), |text| {
            Document::parse_with_holes(text.as_str(), &PolicyText::cause)
                .map(Arc::new)
                .map_err(|error| error.to_string())
        })
    }

    /// The gap that a document leaves which cannot be parsed: it is broken, or too little of it is known before apply.
    pub(crate) fn malformed(operation: &str, resource: &str, text: &PolicyText, error: String) -> Gap {
        let causes = text.causes();
        if causes.is_empty() {
            return Gap::new(Cause::Malformed, operation).on(resource).detail(error);
        }
        Gap::new(Cause::KnownAfterApply, operation).on(resource).detail(causes.join(", "))
    }

    /// Who can do what is asked. The answer is kept for the run; two checks at once may both put the question.
    pub(crate) fn ask(&self, target: &Arc<About>, asking: Asking) -> Arc<Reach> {
        let memo = &self.world.memo;
        let key = (Only::of(&memo.targets, Arc::clone(target)), Only::of(&memo.askings, Arc::new(asking)));
        remembered(&memo.answers, key, |(target, asking)| {
            let Asking { audiences, actions, given } = &*asking.0;
            let question = Question {
                target: Arc::clone(&target.0.target),
                audiences: audiences.clone(),
                actions: actions.clone(),
                given: given.clone(),
            };
            memo.shared(policy::reach(&question))
        })
    }

    /// The organisation, as far as it was read.
    pub(crate) fn organization(&self) -> Arc<Organization> {
        Arc::clone(&self.world.organization)
    }

    pub(crate) fn fault(&self, what: String) {
        lock(&self.world.faults).insert(what);
    }
}

/// The organisation that the accounts of an inventory are in, as far as it was read.
fn known_of(inventory: &Inventory) -> Organization {
    match inventory.organization.read() {
        Ok(None) => Organization { accounts_complete: true, ..Organization::default() },
        Ok(Some(known)) => Organization {
            id: Some(known.id.clone()),
            accounts: known
                .accounts
                .iter()
                .map(|account| account.id.clone())
                .chain([known.management_account.clone()])
                .collect(),
            accounts_complete: known.accounts.is_whole(),
        },
        Err(_) => Organization::default(),
    }
}
