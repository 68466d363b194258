//! The served inventory, what is looked up in it often, and what the server remembers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use forewarn_inventory::{Account, Bucket, Inventory, User};

use crate::gate::{Gate, lock};
use crate::lookup::{self, Listed};
use crate::settings::Settings;

/// All that one server knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) settings: Settings,
    pub(crate) gate: Gate,
    /// Bucket name → places of its account and of itself.
    buckets: BTreeMap<String, (usize, usize)>,
    /// User ARN → the same.
    users: BTreeMap<String, (usize, usize)>,
    /// Account → its log, the newest event first.
    logs: BTreeMap<String, Vec<Listed>>,
    calls: Mutex<BTreeMap<String, u64>>,
    polls: Mutex<BTreeMap<String, u32>>,
    requests: AtomicU64,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

/// A call that is being answered, until it is dropped.
pub(crate) struct UnderWay<'w>(&'w World);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Access keys of accounts and of assumed roles begin so; the account's id follows.
const LONG_TERM: &str = "AKIASIM0";
const SESSION: &str = "ASIASIM0";

impl World {
    pub(crate) fn new(inventory: Arc<Inventory>, settings: Settings) -> Self {
        let mut buckets = BTreeMap::new();
        let mut users = BTreeMap::new();
        for (place, account) in inventory.accounts.iter().enumerate() {
            buckets
                .extend(account.s3.buckets.iter().enumerate().map(|(at, bucket)| (bucket.name.clone(), (place, at))));
            users.extend(account.iam.users.iter().enumerate().map(|(at, user)| (user.arn.clone(), (place, at))));
        }
        let log = |account: &Account| (account.id.clone(), lookup::log(account, &settings.log));
        let logs = inventory.accounts.iter().map(log).collect();
        Self {
            gate: Gate::new(&settings),
            inventory,
            settings,
            buckets,
            users,
            logs,
            calls: Mutex::default(),
            polls: Mutex::default(),
            requests: AtomicU64::new(1),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }

    /// The access key id of `account`.
    pub(crate) fn key(account: &str) -> String {
        format!("{LONG_TERM}{account}")
    }

    /// The access key id of a role session in `account`.
    pub(crate) fn session_key(account: &str) -> String {
        format!("{SESSION}{account}")
    }

    /// The account that an access key id belongs to.
    pub(crate) fn account(&self, key: &str) -> Option<&Account> {
        let id = key.strip_prefix(LONG_TERM).or_else(|| key.strip_prefix(SESSION))?;
        self.inventory.accounts.iter().find(|account| account.id == id)
    }

    /// A bucket by name, with its account.
    pub(crate) fn bucket(&self, name: &str) -> Option<(&Account, &Bucket)> {
        let (account, bucket) = self.buckets.get(name)?;
        let account = self.inventory.accounts.get(*account)?;
        Some((account, account.s3.buckets.items.get(*bucket)?))
    }

    /// A user by ARN.
    pub(crate) fn user(&self, arn: &str) -> Option<&User> {
        let (account, user) = self.users.get(arn)?;
        self.inventory.accounts.get(*account)?.iam.users.items.get(*user)
    }

    /// The log of an account, the newest event first.
    pub(crate) fn log(&self, account: &Account) -> &[Listed] {
        self.logs.get(&account.id).map_or(&[], Vec::as_slice)
    }

    /// The id of the next request.
    pub(crate) fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("f04ea4a2-0000-4000-8000-{number:012x}")
    }

    /// Counts a call among those under way.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        UnderWay(self)
    }

    /// The most calls that were ever under way at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Counts a call.
    pub(crate) fn count(&self, operation: &str) {
        let mut calls = lock(&self.calls);
        if let Some(count) = calls.get_mut(operation) {
            *count += 1;
        } else {
            calls.insert(operation.to_owned(), 1);
        }
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        lock(&self.calls).clone()
    }

    /// Counts a request for a credential report of `account`; how many there were before.
    pub(crate) fn poll_report(&self, account: &str) -> u32 {
        let mut polls = lock(&self.polls);
        let count = polls.entry(account.to_owned()).or_insert(0);
        *count += 1;
        *count - 1
    }

    /// How many requests for a credential report of `account` there were.
    pub(crate) fn report_polls(&self, account: &str) -> u32 {
        lock(&self.polls).get(account).copied().unwrap_or(0)
    }
}
