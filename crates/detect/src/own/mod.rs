//! The detections of this program, by service.

mod ec2;
mod iam;
mod lambda;
mod opened;
mod role_chain;
mod s3;
mod shared_key;
mod sign_in;
mod trail;

use forewarn_findings::Severity;
use jiff::SignedDuration;
use serde_json::Value;

use crate::run::Found;
use crate::window::{Entry, Episode, Full, Window};
use crate::{Detection, Detector, Glance, Seen, Short, Threshold};

/// Every detection.
pub static DETECTIONS: &[Detection] = &[
    Detection {
        id: "ec2.mass_termination",
        title: "One person terminates twenty production instances within five minutes",
        severity: Severity::Critical,
        techniques: &["T1485", "T1578.003"],
        false_positives: "An environment that is taken down on purpose, by hand or by a person's pipeline.",
        lists: &["production_instances"],
        thresholds: &[
            Threshold { name: "instances", default: 20, doc: "So many instances, or calls where calls are counted." },
            Threshold { name: "minutes", default: 5, doc: "Within so many minutes." },
            Threshold { name: "count_events", default: 0, doc: "1 = count the calls, not the instances." },
        ],
        detector: |settings| Ok(ec2::mass_termination(settings)),
    },
    Detection {
        id: "ec2.security_group_opened",
        title: "A security group lets the whole internet in",
        severity: Severity::High,
        techniques: &["T1562.007"],
        false_positives: "A server that is meant to be public on a port other than 80 and 443.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(each(ec2::may_open_group, ec2::security_group_opened)),
    },
    Detection {
        id: "ec2.snapshot_shared",
        title: "A snapshot or image is shared with everybody or another account",
        severity: Severity::High,
        techniques: &["T1537"],
        false_positives: "Images that are handed out to accounts of the same owner: put them on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(ec2::snapshot_shared(&settings.lists)),
    },
    Detection {
        id: "iam.access_key_shared",
        title: "One long-lived access key is used from two places in turns",
        severity: Severity::High,
        techniques: &["T1078.004", "T1552"],
        false_positives: "A person whose calls leave by a VPN and beside it: put its networks on a list.",
        lists: &shared_key::LISTS,
        thresholds: &[],
        detector: |settings| shared_key::detector(&settings.lists),
    },
    Detection {
        id: "iam.denied_burst",
        title: "One person is refused many different calls within five minutes",
        severity: Severity::Medium,
        techniques: &["T1580", "T1087.004"],
        false_positives: "A scanner of the account's own that lacks rights; a role that is still being cut to size.",
        lists: &[],
        thresholds: &[
            Threshold { name: "kinds", default: 8, doc: "So many different calls." },
            Threshold { name: "minutes", default: 5, doc: "Within so many minutes." },
        ],
        detector: |settings| Ok(iam::denied_burst(settings)),
    },
    Detection {
        id: "iam.privilege_gained",
        title: "Somebody is given rights that lead to administrator",
        severity: Severity::High,
        techniques: &["T1098.003"],
        false_positives: "A new administrator.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(iam::privilege_gained()),
    },
    Detection {
        id: "iam.privilege_gained_then_used",
        title: "Rights that lead to administrator are used within an hour of being given",
        severity: Severity::Critical,
        techniques: &["T1098.003", "T1078.004"],
        false_positives: "A new administrator who begins at once.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(iam::privilege_gained_then_used()),
    },
    Detection {
        id: "iam.role_chain_across_accounts",
        title: "A session of a role takes another role in a second account",
        severity: Severity::Medium,
        techniques: &["T1550.001", "T1021.007"],
        false_positives: "A pipeline that deploys by a hub account: put the accounts on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(role_chain::detector(&settings.lists)),
    },
    Detection {
        id: "iam.role_trust_opened",
        title: "The trust policy of a role lets outsiders in that it did not let in before",
        severity: Severity::Critical,
        techniques: &["T1098", "T1199"],
        false_positives: "A role for a vendor or a partner whose account is not on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(opened::detector(opened::Of::Roles, &settings.lists)),
    },
    Detection {
        id: "lambda.code_overwritten",
        title: "Somebody writes the code of a function over whose work that has not been",
        severity: Severity::Low,
        techniques: &["T1648", "T1525"],
        false_positives: "A new colleague, or a new pipeline.",
        lists: &[],
        thresholds: &[
            Threshold { name: "deployments", default: 5, doc: "So many deployments tell who deploys in an account," },
            Threshold { name: "days", default: 14, doc: "over so many days." },
        ],
        detector: |settings| Ok(lambda::code_overwritten(settings)),
    },
    Detection {
        id: "lambda.layer_of_other_account",
        title: "A function loads a layer of an account that none loaded one of before",
        severity: Severity::Medium,
        techniques: &["T1648", "T1525"],
        false_positives: "A layer of AWS or of a vendor: put the account on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(lambda::layer_of_other_account(&settings.lists)),
    },
    Detection {
        id: "resource.policy_opened",
        title: "A policy of a key, topic, queue or secret lets in outsiders that it did not",
        severity: Severity::High,
        techniques: &["T1537", "T1098"],
        false_positives: "A resource that is shared with a partner whose account is not on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(opened::detector(opened::Of::Others, &settings.lists)),
    },
    Detection {
        id: "s3.copied_to_other_account",
        title: "One person copies ten objects into a bucket of another account",
        severity: Severity::High,
        techniques: &["T1537"],
        false_positives: "A copy job of the same owner: put the account on the list. It needs data events.",
        lists: &["trusted_accounts"],
        thresholds: &[
            Threshold { name: "objects", default: 10, doc: "So many objects." },
            Threshold { name: "minutes", default: 10, doc: "Within so many minutes." },
        ],
        detector: |settings| Ok(s3::copied_away(settings)),
    },
    Detection {
        id: "s3.encrypted_with_key_of_other_account",
        title: "One person writes ten objects with a key of another account",
        severity: Severity::Critical,
        techniques: &["T1486"],
        false_positives: "A key account of the same owner: put it on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[
            Threshold { name: "objects", default: 10, doc: "So many objects." },
            Threshold { name: "minutes", default: 10, doc: "Within so many minutes." },
        ],
        detector: |settings| Ok(s3::foreign_key(settings)),
    },
    Detection {
        id: "s3.mass_read",
        title: "One person reads two hundred objects of a bucket within ten minutes",
        severity: Severity::High,
        techniques: &["T1530"],
        false_positives: "A backup, or a job that reads a whole prefix. It needs data events.",
        lists: &[],
        thresholds: &[
            Threshold { name: "objects", default: 200, doc: "So many objects." },
            Threshold { name: "minutes", default: 10, doc: "Within so many minutes." },
        ],
        detector: |settings| Ok(s3::mass_read(settings)),
    },
    Detection {
        id: "s3.policy_opened",
        title: "A bucket policy lets outsiders in that it did not let in before",
        severity: Severity::Critical,
        techniques: &["T1530", "T1098"],
        false_positives: "A bucket of a public site; a partner's account that is not on the list.",
        lists: &["trusted_accounts"],
        thresholds: &[],
        detector: |settings| Ok(opened::detector(opened::Of::Buckets, &settings.lists)),
    },
    Detection {
        id: "s3.public_access_block_removed",
        title: "Block Public Access is taken away or weakened",
        severity: Severity::High,
        techniques: &["T1562.007"],
        false_positives: "A bucket that is about to serve a public site.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(each(s3::may_remove_block, s3::public_access_block_removed)),
    },
    Detection {
        id: "signin.failures_then_success",
        title: "Five failed sign-ins to the console, then one that works",
        severity: Severity::High,
        techniques: &["T1110", "T1078.004"],
        false_positives: "Somebody who forgot the password and found it.",
        lists: &[],
        thresholds: &[
            Threshold { name: "failures", default: 5, doc: "So many failures." },
            Threshold { name: "minutes", default: 10, doc: "Within so many minutes before the success." },
        ],
        detector: |settings| Ok(sign_in::failures_then_success(settings, false)),
    },
    Detection {
        id: "signin.failures_then_success_without_mfa",
        title: "Five failed sign-ins to the console, then one that works without MFA",
        severity: Severity::Critical,
        techniques: &["T1110", "T1078.004"],
        false_positives: "Somebody without MFA who forgot the password and found it.",
        lists: &[],
        thresholds: &[
            Threshold { name: "failures", default: 5, doc: "So many failures." },
            Threshold { name: "minutes", default: 10, doc: "Within so many minutes before the success." },
        ],
        detector: |settings| Ok(sign_in::failures_then_success(settings, true)),
    },
    Detection {
        id: "signin.root_without_mfa",
        title: "The root user signs in without MFA",
        severity: Severity::Critical,
        techniques: &["T1078.004"],
        false_positives: "None; where an emergency asks for root, it asks for MFA too.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(each(sign_in::may_sign_in, sign_in::root_without_mfa)),
    },
    Detection {
        id: "trail.tampering",
        title: "A trail is stopped, deleted, narrowed or sent elsewhere",
        severity: Severity::Critical,
        techniques: &["T1562.008"],
        false_positives: "A trail that is replaced by that of the organisation.",
        lists: &[],
        thresholds: &[],
        detector: |_| Ok(each(trail::may_tamper, trail::tampering)),
    },
];

/// What a function of one event finds: resources, and what it rests on.
type OfOne = fn(&Seen<'_>) -> Option<(Vec<String>, Vec<String>)>;

/// Whether an event may be one of those that a detector looks for.
type May = fn(&Glance<'_>) -> bool;

/// A detector that needs no other event.
struct Each {
    may: May,
    judge: OfOne,
    found: Vec<Found>,
}

fn each(may: May, judge: OfOne) -> Box<dyn Detector> {
    Box::new(Each { may, judge, found: Vec::new() })
}

impl Detector for Each {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        !glance.has_error() && (self.may)(glance)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        if seen.event.record.failed() {
            return;
        }
        self.found.extend((self.judge)(seen).map(|(resources, rests_on)| Found::one(seen, resources, rests_on)));
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}

/// What is counted of an event, and beside the person what tells windows apart.
type Counted = Option<(String, Vec<String>)>;

/// How much of an event is counted by.
enum Of {
    /// All of it.
    Whole(Box<dyn Fn(&Seen<'_>) -> Counted>),
    /// A few fields; `is` says which events it is about.
    Short { of: Box<dyn Fn(&Short<'_>) -> Counted>, is: fn(&Seen<'_>) -> bool },
}

/// What there is to say of an episode beside its figures.
type Words = Box<dyn Fn(&Episode) -> Vec<String>>;

/// A detector that counts in a sliding window, by person.
struct Counting {
    window: Window,
    may: May,
    of: Of,
    counted: &'static str,
    /// Whether events are counted, not what differs in them.
    events: bool,
    words: Words,
}

impl Counting {
    fn detector(
        minutes: i64,
        full: Full,
        counted: &'static str,
        (may, of): (May, Of),
        words: impl Fn(&Episode) -> Vec<String> + 'static,
    ) -> Box<dyn Detector> {
        let window = Window::new(SignedDuration::from_mins(minutes), full);
        Box::new(Self { window, may, of, counted, events: counted == "events", words: Box::new(words) })
    }

    fn count(&mut self, counted: Counted, short: &Short<'_>) {
        if let Some((beside, values)) = counted.filter(|(_, values)| !values.is_empty()) {
            self.window.see(&(short.person.to_owned(), beside), Entry::of_short(short, values));
        }
    }
}

impl Detector for Counting {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        matches!(self.of, Of::Whole(_)) && (self.may)(glance)
    }

    fn wants_short(&mut self, glance: &Glance<'_>) -> bool {
        matches!(self.of, Of::Short { .. }) && (self.may)(glance)
    }

    fn see_short(&mut self, short: &Short<'_>) {
        let counted = match &self.of {
            Of::Short { of, .. } => of(short),
            Of::Whole(_) => None,
        };
        self.count(counted, short);
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let short = Short::of(seen);
        let counted = match &self.of {
            Of::Whole(of) => of(seen),
            Of::Short { of, is } => is(seen).then(|| of(&short)).flatten(),
        };
        self.count(counted, &short);
    }

    fn finish(&mut self) -> Vec<Found> {
        let found = |episode: Episode| {
            let mut rests_on = (self.words)(&episode);
            let count = if self.events { episode.events } else { episode.values.len() as u64 };
            rests_on.push(format!(
                "{count} {} in {} events from {} to {}",
                self.counted, episode.events, episode.first, episode.last
            ));
            Found {
                count,
                counted: self.counted.into(),
                resources: episode.values.iter().cloned().collect(),
                actor: episode.key.0.clone(),
                account: episode.account.clone(),
                first: episode.first,
                last: episode.last,
                event_ids: episode.event_ids(),
                rests_on,
                unknown: None,
            }
        };
        self.window.finish().into_iter().map(found).collect()
    }
}

/// Whether an event is this call.
fn is(seen: &Seen<'_>, source: &str, name: &str) -> bool {
    seen.event.record.event_source == source && seen.event.record.event_name == name
}

/// A boolean that some records have as text.
fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// Every text under a field of this name, however deep.
fn texts<'v>(value: &'v Value, name: &str, depth: usize, found: &mut Vec<&'v str>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str() {
                    Some(text) if field == name => found.push(text),
                    _ => texts(value, name, depth, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, depth, found)),
        _ => {}
    }
}

/// How deep records are looked into.
const DEPTH: usize = 12;
