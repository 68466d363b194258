//! An account of 5 000 roles and 200 buckets: who is an administrator, which techniques work for whom, who may write the
//! log, and who outside gets at which bucket. And the linter on policies such as that account holds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a bench may fail loudly, and needs the clock and files"
)]

#[path = "../crates/policy/src/tests/account/mod.rs"]
mod account;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use account::{ACCOUNT, MadeUp};
use forewarn_policy::{
    Answer, Audience, BlockPublicAccess, BlockSettings, Calls, Document, Doubt, Feasible, Grantee, Layers,
    Organization, PolicyKind, Question, Reading, ResourceKind, RoleRights, Roles, Tally, Target, admin_equivalent, can,
    lint, reach, techniques,
};
use serde_json::json;

/// The same account on every machine.
const SEED: u64 = 1;

/// How many documents the linter is shown.
const LINTED: usize = 1_500;

fn main() {
    let whole = std::env::args().any(|argument| argument == "--bench");
    // `cargo test` only sees that everything is answered.
    let (roles, buckets) = if whole { (5_000, 200) } else { (100, 10) };
    let made_up = MadeUp::new(SEED, roles, buckets);
    let shares = made_up.shares();
    println!(
        "{} roles, {} buckets, {} documents ({} % with conditions; {} % of the statements), {} trust policies, {} % with a boundary",
        shares.roles,
        shares.buckets,
        shares.documents,
        shares.documents_with_conditions,
        shares.statements_with_conditions,
        shares.trusts,
        shares.bounded,
    );
    if whole {
        assert!((shares.roles, shares.buckets, techniques().len()) >= (5_000, 200, 122));
        assert!(shares.documents >= 1_500 && shares.trusts >= 200 && shares.bounded >= 10);
        assert!(shares.documents_with_conditions >= 20 && shares.statements_with_conditions >= 20);
    }
    let begun = Instant::now();
    let asked = Asked::all(&made_up);
    let seconds = begun.elapsed().as_secs_f64();
    let peak = peak_of_memory();
    let total = |of: fn(&Tally) -> usize| asked.tallies.values().map(of).sum::<usize>();
    println!("{:<44} {:>10} {:>10}", "questions", "asked", "distinct");
    for (what, tally) in &asked.tallies {
        println!("{what:<44} {:>10} {:>10}", tally.asked, tally.distinct);
    }
    println!("{:<44} {:>10} {:>10}", "all", total(|tally| tally.asked), total(|tally| tally.distinct));
    let Asked { administrators, ways, writers, open, unknown, .. } = asked;
    println!("{administrators} administrators, {ways} ways to more, {writers} may write the log, {open} open buckets");
    println!("{unknown} without an answer; {seconds:.2} s, {peak:.0} MB");
    let linted: Vec<&str> = made_up.roles.iter().flat_map(|role| &role.identity).map(String::as_str).collect();
    let linted: Vec<&str> = linted.into_iter().collect::<BTreeSet<_>>().into_iter().take(LINTED).collect();
    let begun = Instant::now();
    for text in &linted {
        black_box(Document::parse(text).unwrap());
        black_box(lint(text, PolicyKind::Identity));
    }
    let lint_seconds = begun.elapsed().as_secs_f64();
    println!("{} policies parsed and linted in {lint_seconds:.3} s", linted.len());
    if !whole {
        return;
    }
    assert_eq!(linted.len(), LINTED);
    let figures = json!({
        "seconds": seconds,
        "peak_mb": peak,
        "unknown": unknown,
        "asked": total(|tally| tally.asked),
        "distinct": total(|tally| tally.distinct),
        "lint_seconds": lint_seconds,
    });
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/account.json"), figures.to_string()).unwrap();
}

/// What was asked of an account, and what came of it.
#[derive(Default)]
struct Asked {
    tallies: BTreeMap<&'static str, Tally>,
    administrators: usize,
    ways: usize,
    writers: usize,
    open: usize,
    unknown: usize,
}

impl Asked {
    /// Reads an account and asks all there is to ask of it, on one thread.
    fn all(made_up: &MadeUp) -> Self {
        let mut known: BTreeMap<&str, Arc<Document>> = BTreeMap::new();
        let mut read = |text| {
            let parsed = known.entry(text).or_insert_with(|| Arc::new(Document::parse(text).unwrap()));
            Arc::clone(parsed)
        };
        let level = |level| -> Vec<Reading<Arc<Document>>> { level };
        let scp: Vec<_> = made_up
            .scps
            .iter()
            .map(|texts| level(texts.iter().map(|text| Reading::Read(read(text))).collect()))
            .collect();
        let mut callers = Vec::new();
        let mut roles = Vec::new();
        for role in &made_up.roles {
            let layers = Layers {
                identity: Some(role.identity.iter().map(|text| Reading::Read(read(text))).collect()),
                boundary: role.boundary.as_deref().map(|text| vec![Reading::Read(read(text))]),
                scp: Some(scp.clone()),
                ..Layers::default()
            };
            roles.push(RoleRights {
                arn: role.arn.clone(),
                trust: Reading::Read(read(&role.trust)),
                layers: layers.clone(),
            });
            callers.push(Grantee {
                principal: Some(role.arn.clone()),
                account: Some(ACCOUNT.to_owned()),
                layers,
                policies: Some(role.attached.clone()),
                groups: Some(Vec::new()),
            });
        }
        let targets: Vec<Arc<Target>> = made_up
            .buckets
            .iter()
            .map(|bucket| Arc::new(target(&bucket.arn, read(&bucket.policy), bucket.blocked)))
            .collect();
        let mut asked = Self::default();
        asked.rights(&callers, &Roles::new(roles));
        asked.log(&callers, &targets[0]);
        asked.buckets(&targets);
        asked
    }

    /// Administrators, and ways to more.
    fn rights(&mut self, callers: &[Grantee], roles: &Roles) {
        for caller in callers {
            // Service control policies limit the account and make nobody less of an administrator.
            let layers = Layers { scp: None, ..caller.layers.clone() };
            match admin_equivalent(&Grantee { layers, ..caller.clone() }).answer {
                Answer::Yes(_) => self.administrators += 1,
                Answer::No => {}
                Answer::Unknown(_) => self.unknown += 1,
            }
            for (_, feasible) in roles.escalations(caller, |_| true) {
                match feasible {
                    Feasible::Yes(_) => self.ways += 1,
                    Feasible::No => {}
                    Feasible::Unknown(_) => self.unknown += 1,
                }
            }
        }
        self.count("roles as administrators", callers.len(), callers.len());
        let techniques = callers.len() * techniques().len();
        self.count("roles and techniques", techniques, techniques);
        let Tally { asked, distinct } = roles.tally();
        self.count("  steps, trusts and gains behind these", asked, distinct);
    }

    /// Who of the roles may write or delete what lies in a bucket.
    fn log(&mut self, callers: &[Grantee], bucket: &Target) {
        let Reading::Read(Some(policy)) = &bucket.policy else { return };
        let objects = format!("{}/*", bucket.arn.as_deref().unwrap());
        let calls = Calls::new(&["s3:PutObject", "s3:DeleteObject"], &objects, Some(Reading::Read(Arc::clone(policy))));
        for caller in callers {
            match can(caller, &calls) {
                Answer::Yes(_) => self.writers += 1,
                Answer::No => {}
                Answer::Unknown(_) => self.unknown += 1,
            }
        }
        self.count("roles and the log's bucket", callers.len(), callers.len());
    }

    /// Who outside gets at a bucket.
    fn buckets(&mut self, targets: &[Arc<Target>]) {
        let audiences: Vec<Audience> = Audience::ALL.into_iter().filter(|audience| audience.is_outsider()).collect();
        let questions = targets.len() * audiences.len();
        for target in targets {
            let question = Question {
                target: Arc::clone(target),
                audiences: audiences.clone(),
                actions: Vec::new(),
                given: Vec::new(),
            };
            let answers = reach(&question).answers;
            let is_open = |(_, answer): &(Audience, Answer<Doubt>)| matches!(answer, Answer::Yes(_));
            self.open += usize::from(answers.iter().any(is_open));
            self.unknown += answers.iter().filter(|(_, answer)| matches!(answer, Answer::Unknown(_))).count();
        }
        self.count("buckets and audiences from outside", questions, questions);
    }

    fn count(&mut self, what: &'static str, asked: usize, distinct: usize) {
        self.tallies.insert(what, Tally { asked, distinct });
    }
}

fn target(arn: &str, policy: Arc<Document>, blocked: bool) -> Target {
    let settings = BlockSettings {
        block_public_acls: blocked,
        ignore_public_acls: blocked,
        block_public_policy: blocked,
        restrict_public_buckets: blocked,
    };
    Target {
        kind: ResourceKind::BucketPolicy,
        arn: Some(arn.to_owned()),
        account: ACCOUNT.to_owned(),
        policy: Reading::Read(Some(policy)),
        organization: Arc::new(Organization {
            id: Some("o-acme000000".to_owned()),
            accounts: [ACCOUNT, "222222222222"].map(str::to_owned).into(),
            accounts_complete: true,
        }),
        block_public_access: BlockPublicAccess { bucket: Reading::Read(settings), ..BlockPublicAccess::default() },
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: BTreeSet::new(),
    }
}

/// The most memory that the process ever had, in megabytes, as the kernel counts it.
fn peak_of_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() / 1024.0
}
