//! Running checks over an inventory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use forewarn_inventory::{Account, Cause, Fact, Gap, Inventory, Scope};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::case::{Memo, World};
use crate::check::Recorded;
use crate::parallel::{lock, side_by_side};
use crate::{
    AccountCoverage, Case, Check, CheckCard, Compliance, ControlCheck, Coverage, Evidence, EvidenceRole, Exhibits,
    FactCoverage, Finding, Findings, Fingerprint, GapCoverage, Grounds, Judge, LookedBack, Parameters, Reason, Reasons,
    Report, Resource, Run, Settings, Standing, Variant, Verdict, VerdictKind, sections,
};

/// Runs `checks` over `inventory`. The same input gives the same report.
///
/// A check that panics becomes an Unknown of its own; all other checks still run. A list that is not whole becomes an
/// Unknown of every check that needs it, on the account.
pub fn assess(checks: &[&'static Check], inventory: &Inventory, settings: &Settings, tool_version: &str) -> Report {
    Assessment::new(checks, settings).of(inventory, tool_version)
}

/// An assessment that begins while the inventory is still being read.
///
/// What a check needs is all that it looks at: where it judges each account by itself, its verdicts on one stand as soon as
/// that has been read of it. And what the policy engine was asked is remembered by what was asked, so that the questions
/// about a bucket can be asked before the last one has been read. The report is the same as without.
#[derive(Debug)]
pub struct Assessment<'a> {
    checks: &'a [&'static Check],
    settings: &'a Settings,
    memo: Arc<Memo>,
    begun: Begun,
}

impl<'a> Assessment<'a> {
    /// Nothing has been judged yet.
    pub fn new(checks: &'a [&'static Check], settings: &'a Settings) -> Self {
        Self { checks, settings, memo: Arc::default(), begun: Begun::default() }
    }

    /// Judges what `part` of the inventory is enough for: of `facts` it has all that there will be of its accounts. Without
    /// any, only what will be asked about its buckets is asked ahead.
    pub fn ahead(&self, part: &Inventory, facts: &BTreeSet<Fact>) {
        let world = World::remembering(part, self.settings, Arc::clone(&self.memo));
        if facts.is_empty() {
            for check in self.checks.iter().filter(|check| check.needs.contains(&Fact::BucketPolicy)) {
                judge(&Case::new(&world, check), &mut Vec::new());
            }
            return;
        }
        let wanted = variants(self.checks, self.settings);
        let accounts: BTreeSet<String> = part.accounts.iter().map(|account| account.id.clone()).collect();
        if !lock(&self.begun.accounts).is_disjoint(&accounts) {
            return;
        }
        for (place, job) in jobs(self.checks, &wanted).iter().enumerate() {
            if job.check.judges_accounts_apart() && job.check.needs.iter().all(|fact| facts.contains(fact)) {
                let (judged, asked_around) = world.asks_around(|| job.judged(&world, &self.begun.made));
                if !asked_around {
                    self.begun.early.add(place, (accounts.clone(), judged));
                }
            }
        }
        lock(&self.begun.accounts).extend(accounts);
        self.begun.keep(world);
    }

    /// Judges what was not got to in time, so that what was need not be judged again.
    fn catch_up(&self, inventory: &Inventory) {
        let missing: Vec<&Account> = {
            let known = lock(&self.begun.accounts);
            if known.is_empty() {
                return;
            }
            inventory.accounts.iter().filter(|account| !known.contains(&account.id)).collect()
        };
        side_by_side(&missing, |account| self.ahead(&inventory.people_of(account), &Fact::about_people()));
    }

    /// Judges the rest, and reports all.
    pub fn of(mut self, inventory: &Inventory, tool_version: &str) -> Report {
        self.catch_up(inventory);
        let mut world = World::remembering(inventory, self.settings, self.memo);
        self.begun.give(&mut world);
        let mut report = judged(self.checks, &world, tool_version, self.begun);
        let faults = &mut report.coverage.internal_errors;
        report.exhibits = crate::exhibits::gathered(self.checks, &world, &report.findings, faults);
        faults.extend(world.into_faults());
        faults.sort();
        report
    }
}

/// What was judged before everything had been read.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    made: Mutex<Made>,
    early: Early,
    /// Accounts of which the people were judged.
    accounts: Mutex<BTreeSet<String>>,
    /// Who stands where, by account: it rests on people alone.
    standings: Mutex<HashMap<String, Arc<Standing>>>,
    faults: Mutex<BTreeSet<String>>,
}

impl Begun {
    /// Keeps what was found out about people.
    fn keep(&self, world: World<'_>) {
        let (standings, faults) = world.into_parts();
        lock(&self.standings).extend(standings);
        lock(&self.faults).extend(faults);
    }

    /// Gives it to the world of the whole inventory.
    fn give(&mut self, world: &mut World<'_>) {
        let standings = std::mem::take(&mut self.standings).into_inner().unwrap_or_else(PoisonError::into_inner);
        let faults = std::mem::take(&mut self.faults).into_inner().unwrap_or_else(PoisonError::into_inner);
        world.knows(standings, faults);
    }
}

/// What jobs said of some accounts, by the place of the job.
#[derive(Debug, Default)]
struct Early(Mutex<BTreeMap<usize, Vec<OfSome>>>);

/// Some accounts, and what a job said of them.
type OfSome = (BTreeSet<String>, Judged);

impl Early {
    fn add(&self, place: usize, of: OfSome) {
        lock(&self.0).entry(place).or_default().push(of);
    }

    /// What a job said of all accounts of the inventory, where it did.
    fn take(&self, place: usize, inventory: &Inventory) -> Option<Judged> {
        let mut parts = lock(&self.0).remove(&place)?;
        let all: BTreeSet<&str> = inventory.accounts.iter().map(|account| account.id.as_str()).collect();
        parts.retain(|(accounts, _)| accounts.iter().all(|account| all.contains(account.as_str())));
        if parts.iter().map(|(accounts, _)| accounts.len()).sum::<usize>() != all.len() {
            return None;
        }
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for (_, (findings, more)) in parts {
            all.extend(findings);
            faults.extend(more);
        }
        all.sort_by(|one, other| one.resource.cmp(&other.resource));
        // What breaks off does so in each of them.
        faults.sort();
        faults.dedup();
        Some((all, faults))
    }
}

/// What judging consists of.
enum Work<'a> {
    /// What there is to say of the run.
    Run,
    /// A check, by its place among them.
    Job(usize, Job<'a>),
}

/// What comes out of it.
enum Done {
    Run(Run),
    Job(Judged),
}

/// The findings of a job, and the faults of forewarn on the way.
type Judged = (Vec<Finding>, Vec<String>);

/// The report without exhibits, and without the faults that `world` keeps.
pub(crate) fn judged(checks: &[&'static Check], world: &World<'_>, tool_version: &str, begun: Begun) -> Report {
    let (inventory, settings) = (world.inventory(), world.settings());
    let wanted = variants(checks, settings);
    let Begun { made, early, .. } = begun;
    // What identifies the inventory goes over all of it: that is begun first.
    let work: Vec<Work<'_>> = std::iter::once(Work::Run)
        .chain(jobs(checks, &wanted).into_iter().enumerate().map(|(place, job)| Work::Job(place, job)))
        .collect();
    let done = side_by_side(&work, |work| match work {
        Work::Run => Done::Run(run(inventory, tool_version)),
        Work::Job(place, job) => Done::Job(early.take(*place, inventory).unwrap_or_else(|| job.judged(world, &made))),
    });
    let (mut of_run, mut judged, mut internal_errors) = (Run::default(), Vec::new(), Vec::new());
    for done in done {
        match done {
            Done::Run(run) => of_run = run,
            Done::Job((findings, faults)) => {
                judged.push(findings);
                internal_errors.extend(faults);
            }
        }
    }
    let of_controls = judged.split_off(checks.len());
    // Room for all of them at once: they are most of what a report holds.
    let mut findings = Vec::with_capacity(judged.iter().map(Vec::len).sum());
    for of_check in judged {
        findings.extend(of_check);
    }
    let variants = wanted.into_iter().zip(of_controls).map(|((_, of), findings)| Variant { of, findings }).collect();
    Report {
        run: of_run,
        coverage: coverage(checks, inventory, internal_errors),
        checks: checks.iter().map(|check| (check.id.to_owned(), card(check))).collect(),
        findings,
        compliance: Compliance { frameworks: settings.frameworks.clone(), variants },
        since: None,
        exhibits: Exhibits::default(),
    }
}

/// All that is to run, in the order of the findings list and then of what controls ask.
fn jobs<'a>(checks: &[&'static Check], wanted: &'a [(&'static Check, ControlCheck)]) -> Vec<Job<'a>> {
    let listed = checks.iter().map(|check| Job { check, asked: None });
    listed.chain(wanted.iter().map(|(check, of)| Job { check, asked: Some(&of.parameters) })).collect()
}

/// So many findings are made at once.
const AT_ONCE: usize = 256;

/// A check that is to run.
struct Job<'a> {
    check: &'static Check,
    /// Thresholds of a control, where it is to run with them.
    asked: Option<&'a Parameters>,
}

impl Job<'_> {
    fn judged(&self, world: &World<'_>, made: &Mutex<Made>) -> Judged {
        let Self { check, asked } = *self;
        let case = Case::new(world, check);
        let mut parameters = configured(check, world.settings());
        parameters.extend(asked.cloned().unwrap_or_default());
        let thresholds: Vec<String> = check
            .parameters
            .iter()
            .filter_map(|known| Some((known, parameters.get(known.name).filter(|value| **value != known.default)?)))
            .map(|(known, value)| format!("{}={value}", known.name))
            .collect();
        let mut faults = Vec::new();
        let recorded = judge(&asked.map_or(case, |asked| case.with(asked)), &mut faults);
        let id: Arc<str> = check.id.into();
        let mut findings = Vec::with_capacity(recorded.len());
        // Each verdict gives its place back as it becomes a finding. Checks that run beside each other share what they make,
        // so that is done for some findings at once.
        let mut recorded = recorded.into_iter().map(|(resource, Recorded { verdict, as_of, .. })| {
            let (verdict, grounds) = grounds(verdict);
            let fingerprint = fingerprint((check.id, &thresholds), &resource, &grounds.evidence, world.inventory());
            (verdict, resource, Grounds { as_of, ..grounds }, fingerprint)
        });
        loop {
            let some: Vec<_> = recorded.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            let mut made = lock(made);
            findings.extend(some.into_iter().map(|(verdict, resource, grounds, fingerprint)| Finding {
                check: Arc::clone(&id),
                verdict,
                severity: check.severity,
                resource: made.resource(resource),
                grounds: made.grounds(grounds),
                fingerprint,
                change: None,
                exception: None,
                age: None,
            }));
        }
        (findings, faults)
    }
}

/// The values of a check's parameters that the user configured.
fn configured(check: &Check, settings: &Settings) -> Parameters {
    let configured = settings.parameters.iter().filter(|((id, _), _)| id == check.id);
    configured.map(|((_, name), value)| (name.clone(), *value)).collect()
}

/// What controls ask of the checks that run, where it is not what the findings list has anyhow.
fn variants(checks: &[&'static Check], settings: &Settings) -> Vec<(&'static Check, ControlCheck)> {
    let controls = settings.frameworks.iter().flat_map(|framework| &framework.controls);
    let asked: BTreeSet<&ControlCheck> = controls.flat_map(|control| &control.checks).collect();
    let wanted = asked.into_iter().filter_map(|of| {
        let check = *checks.iter().find(|check| check.id == of.check)?;
        let in_list = configured(check, settings);
        let differs = of.parameters.iter().any(|(name, value)| {
            let default = check.parameters.iter().find(|known| known.name == name).map(|known| known.default);
            in_list.get(name).copied().or(default) != Some(*value)
        });
        differs.then(|| (check, of.clone()))
    });
    wanted.collect()
}

/// Runs one check and adds what the runner knows and the check must not look at.
fn judge(case: &Case<'_>, internal_errors: &mut Vec<String>) -> BTreeMap<Resource, Recorded> {
    let check = case.check;
    let Judge::Inventory(function) = check.judge;
    let world = case.world;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut findings = Findings::default();
        function(case, &mut findings);
        findings
    }));
    let mut recorded = match outcome {
        Ok(findings) => {
            internal_errors
                .extend(findings.twice.iter().map(|resource| format!("{} judged `{}` twice", check.id, resource.arn)));
            findings.recorded
        }
        Err(panic) => {
            let said = said(&*panic);
            internal_errors.push(format!("{} panicked: {said}", check.id));
            let reason = Reason {
                code: "internal_error".to_owned(),
                message: format!("the check broke off: {said}"),
                gap: None,
            };
            world
                .inventory()
                .accounts
                .iter()
                .map(|account| (Resource::account(account), Recorded::plain(Verdict::unknown(reason.clone()))))
                .collect()
        }
    };
    for (resource, gaps) in cut_lists(check, world.inventory()) {
        let reasons = gaps.into_iter().map(Reason::from);
        let Some(reasons) = Reasons::all(reasons) else { continue };
        match recorded.get_mut(&resource) {
            Some(standing) if standing.stands_on_a_cut_list() => {}
            Some(standing) => standing.verdict = Verdict::Unknown(reasons),
            None => {
                recorded.insert(resource, Recorded::plain(Verdict::Unknown(reasons)));
            }
        }
    }
    recorded
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// The accounts in which a list that the check needs is not whole, with the gaps.
fn cut_lists<'a>(check: &Check, inventory: &'a Inventory) -> BTreeMap<Resource, Vec<&'a Gap>> {
    let mut cut: BTreeMap<Resource, Vec<&Gap>> = BTreeMap::new();
    for fact in check.needs.iter().filter(|fact| fact.scope() == Scope::List) {
        for (account, gap) in fact.gaps(inventory) {
            let account = inventory.accounts.iter().find(|known| Some(known.id.as_str()) == account);
            if let Some(account) = account {
                cut.entry(Resource::account(account)).or_default().push(gap);
            }
        }
    }
    cut
}

/// What a verdict says, and when AWS made the report that it rests on.
type Sentence = (Option<Timestamp>, Arc<str>);

/// Makes findings, and shares between them what is the same.
#[derive(Debug, Default)]
struct Made {
    resources: HashSet<Arc<Resource>>,
    /// What verdicts rest on that nothing shows.
    said: HashMap<Sentence, Vec<Arc<Grounds>>>,
    /// Texts of verdicts and evidence: many resources have the same fault, and what is known of one names it and points to
    /// the same statements.
    texts: HashSet<Arc<str>>,
}

impl Made {
    /// Grounds, shared with what rests on the same: one sentence, or none, for very many resources.
    fn grounds(&mut self, mut grounds: Grounds) -> Arc<Grounds> {
        self.share(&mut grounds.reason);
        if !grounds.evidence.is_empty() {
            for Evidence { resource, pointer, content, note, role: _ } in &mut grounds.evidence {
                for text in [resource, pointer, content.text_mut(), note] {
                    self.share(text);
                }
            }
            return grounds.into();
        }
        let known = self.said.entry((grounds.as_of, Arc::clone(&grounds.reason))).or_default();
        if let Some(known) = known.iter().find(|known| ***known == grounds) {
            return Arc::clone(known);
        }
        let grounds = Arc::new(grounds);
        known.push(Arc::clone(&grounds));
        grounds
    }

    fn share(&mut self, text: &mut Arc<str>) {
        match self.texts.get(text) {
            Some(known) => text.clone_from(known),
            None => {
                self.texts.insert(Arc::clone(text));
            }
        }
    }

    fn resource(&mut self, resource: Resource) -> Arc<Resource> {
        if let Some(known) = self.resources.get(&resource) {
            return known.clone();
        }
        let resource = Arc::new(resource);
        self.resources.insert(resource.clone());
        resource
    }
}

fn grounds(verdict: Verdict) -> (VerdictKind, Grounds) {
    let none = Grounds::default();
    match verdict {
        Verdict::Pass => (VerdictKind::Pass, none),
        Verdict::NotApplicable(reason) => (VerdictKind::NotApplicable, Grounds { reason: reason.into(), ..none }),
        Verdict::Unknown(reasons) => {
            let (unknown_because, evidence) = reasons.into_parts();
            let messages: Vec<&str> = unknown_because.iter().map(|reason| reason.message.as_str()).collect();
            let reason = messages.join("; ").into();
            let (evidence, unknown_because) = (evidence.into(), unknown_because.into());
            (VerdictKind::Unknown, Grounds { reason, evidence, unknown_because, ..none })
        }
        Verdict::Fail(failure) => {
            let evidence = std::iter::once(failure.first).chain(failure.more).collect();
            let (reason, unless) = (failure.reason.into(), failure.unless.into());
            let witness = failure.witness;
            (VerdictKind::Fail, Grounds { reason, evidence, witness, unless, ..none })
        }
    }
}

/// Check with the thresholds that are not its own, partition, account, region, resource and the content of the deciding
/// evidence: never text, time or order.
fn fingerprint(
    (check, thresholds): (&str, &[String]),
    resource: &Resource,
    evidence: &[Evidence],
    inventory: &Inventory,
) -> Fingerprint {
    let partition = inventory
        .accounts
        .iter()
        .find(|account| account.id == resource.account)
        .map_or("aws", |account| account.partition.as_str());
    let mut contents: Vec<String> = evidence
        .iter()
        .filter(|evidence| evidence.role == EvidenceRole::Primary)
        .map(|evidence| format!("{}\u{0}{}", evidence.resource, evidence.content))
        .collect();
    contents.sort();
    let mut hash = Sha256::new();
    let region = resource.region.as_deref().unwrap_or("");
    let fixed = [check, partition, &resource.account, region, &resource.arn];
    for part in fixed.into_iter().chain(contents.iter().chain(thresholds).map(String::as_str)) {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    Fingerprint(std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default()))
}

/// The first bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8], most: usize) -> String {
    hex::encode(bytes.get(..most).unwrap_or(bytes))
}

fn run(inventory: &Inventory, tool_version: &str) -> Run {
    struct Hashing(Sha256);

    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut hashing = Hashing(Sha256::new());
    // Writing into a hash cannot fail, and an inventory has text keys only.
    let _ = serde_json::to_writer(&mut hashing, inventory);
    Run {
        id: hex(&hashing.0.finalize(), 8),
        instant: inventory.instant,
        finished: inventory.collection.finished,
        tool_version: tool_version.to_owned(),
        caller_arn: inventory.collection.caller_arn.clone(),
        interrupted: inventory.collection.interrupted,
        inputs: BTreeMap::new(),
        calls: inventory.collection.calls.clone(),
    }
}

fn card(check: &Check) -> CheckCard {
    let parts = sections(check.docs);
    CheckCard {
        title: check.title.to_owned(),
        severity: check.severity,
        protects: check.protects.to_vec(),
        side: check.side,
        operations: operations(check),
        what: parts.what.to_owned(),
        why: parts.why.to_owned(),
        fix: parts.fix.to_owned(),
    }
}

/// The operations that give what a check needs.
fn operations(check: &Check) -> Vec<String> {
    let operations: BTreeSet<&str> = check.needs.iter().map(|fact| fact.operation()).collect();
    operations.into_iter().map(str::to_owned).collect()
}

fn coverage(checks: &[&'static Check], inventory: &Inventory, internal_errors: Vec<String>) -> Coverage {
    let needed: BTreeSet<Fact> = checks.iter().flat_map(|check| check.needs).copied().collect();
    let mut gaps = GapsByOperation::default();
    for fact in &needed {
        for (account, gap) in fact.gaps(inventory) {
            let entry = gaps.add(account, gap);
            entry.checks.extend(checks.iter().filter(|check| check.needs.contains(fact)).map(|c| c.id.to_owned()));
            entry.checks.sort();
            entry.checks.dedup();
        }
    }
    // No check needs these, so none is disabled; but a family that could not be asked for may well be there, and a bucket
    // whose region is not known is asked in the wrong one.
    if needed.contains(&Fact::Buckets) {
        for account in &inventory.accounts {
            for gap in account.unassessed.iter().flat_map(|family| &family.rest) {
                gaps.add(Some(&account.id), gap);
            }
        }
        for (account, gap) in
            Fact::BucketRegion.gaps(inventory).into_iter().filter(|_| !needed.contains(&Fact::BucketRegion))
        {
            gaps.add(account, gap);
        }
    }
    let members = inventory.organization.present().map(|organization| &organization.accounts);
    let alone = |id: &str| {
        let member = members.and_then(|members| members.iter().find(|member| member.id == id));
        let name = member.map(|member| member.name.clone()).filter(|name| !name.is_empty());
        AccountCoverage { id: id.to_owned(), name, ..AccountCoverage::default() }
    };
    let assessed = inventory.accounts.iter().map(|account| AccountCoverage {
        regions: account.regions.clone(),
        unassessed: account
            .unassessed
            .iter()
            .filter(|seen| seen.count > 0)
            .map(|seen| (seen.family.clone(), seen.count))
            .collect(),
        looked_back: looked_back(&needed, account),
        ..alone(&account.id)
    });
    let unreached = inventory
        .unreached
        .iter()
        .map(|unreached| AccountCoverage { gap: Some(unreached.gap.clone()), ..alone(&unreached.id) });
    let left_out = inventory
        .left_out
        .iter()
        .map(|account| AccountCoverage { not_applicable: Some(account.reason.clone()), ..alone(&account.id) });
    let mut accounts: Vec<AccountCoverage> = assessed.chain(unreached).chain(left_out).collect();
    accounts.sort_by(|one, other| one.id.cmp(&other.id));
    let facts = needed.iter().map(|fact| {
        let (places, observed) = fact.coverage(inventory);
        FactCoverage { fact: *fact, places, observed }
    });
    Coverage {
        accounts,
        unlisted: inventory.unlisted.clone(),
        facts: facts.collect(),
        gaps: gaps.0.into_values().collect(),
        internal_errors,
        idle_exceptions: Vec::new(),
    }
}

/// How far back CloudTrail was asked, where a check needs that.
fn looked_back(needed: &BTreeSet<Fact>, account: &Account) -> Vec<LookedBack> {
    let trail = &account.trail;
    let of = |fact| needed.contains(&fact);
    let changes = trail.changes.reached.iter().filter(|_| of(Fact::RecentChanges));
    let mut found: Vec<LookedBack> = changes
        .chain(trail.key_use.reached.iter().filter(|_| of(Fact::KeyUse)))
        .map(|reached| {
            let (attribute, value) = reached.by.attribute();
            let (attribute, value) = (attribute.to_owned(), value.to_owned());
            LookedBack { region: reached.region.clone(), attribute, value, since: reached.since }
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Reads that failed, by cause and operation.
#[derive(Default)]
struct GapsByOperation<'a>(BTreeMap<(Cause, &'a str), GapCoverage>);

impl<'a> GapsByOperation<'a> {
    /// Counts a gap in, and gives the row that it is counted in.
    fn add(&mut self, account: Option<&str>, gap: &'a Gap) -> &mut GapCoverage {
        let entry = self.0.entry((gap.cause, &gap.operation)).or_insert_with(|| GapCoverage {
            cause: gap.cause,
            operation: gap.operation.clone(),
            accounts: Vec::new(),
            count: 0,
            resources: Vec::new(),
            detail: gap.detail.clone(),
            checks: Vec::new(),
        });
        entry.count += 1;
        entry.accounts.extend(account.map(str::to_owned));
        entry.accounts.sort();
        entry.accounts.dedup();
        if entry.resources.len() < GapCoverage::SAMPLES {
            entry.resources.extend(gap.resource.clone());
        }
        entry
    }
}

#[cfg(test)]
mod tests;
