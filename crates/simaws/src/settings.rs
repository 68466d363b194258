//! How a simulated endpoint behaves: page sizes, latency, faults, rate limits.

use std::collections::BTreeMap;
use std::time::Duration;

/// How a simulated endpoint behaves. The default is AWS on a good day: no latency, AWS's page sizes, no faults but
/// those that the inventory's gaps ask for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long each answer takes at least.
    pub latency: Duration,
    /// The most items on a page, by operation such as `s3:ListBuckets`; AWS's own where not named.
    pub page_sizes: BTreeMap<String, usize>,
    /// Faults to inject; the first rule that fits a call and whose window is open decides.
    pub faults: Vec<FaultRule>,
    /// Requests a second by service such as `s3`, or by operation such as `cloudtrail:LookupEvents`, which counts each
    /// region for itself; what exceeds them is throttled. One second may be saved up.
    pub rate_limits: BTreeMap<String, u32>,
    /// Records that the log of every account holds besides those that the inventory names.
    pub log: Vec<serde_json::Value>,
    /// How often `iam:GenerateCredentialReport` answers that the report is not ready yet.
    pub report_polls: u32,
    /// How long a fact that timed out in the inventory keeps its caller waiting before the connection is closed.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            page_sizes: BTreeMap::new(),
            faults: Vec::new(),
            rate_limits: BTreeMap::new(),
            log: Vec::new(),
            report_polls: 0,
            patience: Duration::from_mins(10),
        }
    }
}

/// A fault to inject.
#[derive(Debug, Clone)]
pub struct FaultRule {
    /// The operation such as `s3:GetBucketPolicy`, all of a service (`s3:*`), or `*`.
    pub operation: String,
    /// The resource that the call is about (a bucket, a trail, a role's ARN, …); `None` = any.
    pub resource: Option<String>,
    /// The account whose credentials call; `None` = any.
    pub account: Option<String>,
    /// What happens.
    pub fault: Fault,
    /// How long it does.
    pub window: Window,
}

impl FaultRule {
    /// A fault that strikes every call of `operation`, for as long as the server runs.
    pub fn always(operation: impl Into<String>, fault: Fault) -> Self {
        Self { operation: operation.into(), resource: None, account: None, fault, window: Window::Always }
    }

    /// The same fault, on one resource only.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same fault, in one account only.
    #[must_use]
    pub fn in_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The same fault, in another window.
    #[must_use]
    pub fn within(mut self, window: Window) -> Self {
        self.window = window;
        self
    }
}

/// What can go wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// AWS refuses.
    AccessDenied,
    /// AWS asks to slow down.
    Throttle,
    /// AWS answers 500.
    InternalError,
    /// The connection is reset (TCP RST) before an answer.
    Reset,
    /// The answer comes, so much later.
    Stall(Duration),
    /// Half of the body comes under the full `Content-Length`, then the connection ends.
    Truncated,
    /// An answer with status 200 that no parser takes.
    Malformed,
    /// The credentials have expired.
    ExpiredToken,
}

/// How long a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Always.
    Always,
    /// The first so many calls that fit the rule.
    First(u64),
    /// So long, from the first call that fits the rule.
    For(Duration),
}
