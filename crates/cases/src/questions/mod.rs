//! The questions, as a table: which kind of artifact each is about, and who answers it.

mod account;
mod address;
mod instance;
mod more;
mod time;
mod user;

use serde::Serialize;

use crate::fact::Answer;
use crate::follow::Value;
use crate::look::Look;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// When it happened.
    Time,
    /// What was called.
    EventName,
    /// Where it came from.
    Address,
    /// Who did it.
    User,
    /// Where it was done.
    Account,
    /// An instance that it was done to.
    Instance,
    /// A bucket that it was done to.
    Bucket,
    /// The key that signed, or that it was done to.
    AccessKey,
    /// The session of a role that it was done with.
    Session,
    /// A trail that it was done to.
    Trail,
}

impl Subject {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::EventName => "event name",
            Self::Address => "source address",
            Self::User => "user",
            Self::Account => "account",
            Self::Instance => "instance",
            Self::Bucket => "bucket",
            Self::AccessKey => "access key",
            Self::Session => "role session",
            Self::Trail => "trail",
        }
    }
}

/// A question of the method.
pub(crate) struct Question {
    pub(crate) id: &'static str,
    pub(crate) subject: Subject,
    pub(crate) text: &'static str,
    /// Whether the event has such an artifact.
    applies: fn(&Look<'_>) -> bool,
    answer: fn(&Look<'_>) -> Answer,
}

/// A question with its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Answered {
    /// The id of the question, for ever.
    pub id: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// The question.
    pub question: &'static str,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

fn always(_: &Look<'_>) -> bool {
    true
}

fn about_instances(look: &Look<'_>) -> bool {
    !look.instances().is_empty()
}

fn ends_instances(look: &Look<'_>) -> bool {
    matches!(
        look.lead.operation.as_str(),
        "TerminateInstances" | "DeleteInstances" | "StopInstances" | "RebootInstances"
    )
}

macro_rules! questions {
    ($($id:literal $subject:ident $text:literal if $applies:expr => $answer:expr;)+) => {
        /// Every question, in the order of the method.
        pub(crate) static TABLE: &[Question] =
            &[$(Question { id: $id, subject: Subject::$subject, text: $text, applies: $applies, answer: $answer },)+];
    };
}

questions! {
    "T1" Time "Was it off-hours?" if always => time::off_hours;
    "T2" Time "Was there similar activity before, around this time?" if always => time::similar;
    "T3" Time "Were there events outside of the usual hours before?" if always => time::outside;
    "N1" EventName "Was it stopped or terminated?" if ends_instances => instance::stopped_or_terminated;
    "N2" EventName "What is the normal cadence of terminations?" if ends_instances => instance::cadence;
    "P1" Address "Who else comes from this address?" if always => address::who_else;
    "P2" Address "When did traffic from it start?" if always => address::since_when;
    "P3" Address "What is known about it, and is it where people work?" if always => address::known;
    "P4" Address "Are console actions expected from it?" if always => address::console;
    "U1" User "What access or role does the user have?" if always => user::access;
    "U2" User "Is it outside of the user's role?" if always => user::rarity;
    "U3" User "Were privileges changed recently?" if always => user::privileges;
    "U4" User "Were there authentication failures recently?" if always => user::failures;
    "U5" User "Is the name seen in other threat activity?" if always => user::elsewhere;
    "A1" Account "What is the account for, and does the action fit?" if always => account::purpose;
    "I1" Instance "When was it first stood up?" if about_instances => instance::launched;
    "I2" Instance "Did the user touch these instances before?" if about_instances => instance::touched;
    "I3" Instance "Was it shut down before, and when?" if about_instances => instance::shut_down;
    "I4" Instance "What runs on it?" if about_instances => instance::runs;
    "I5" Instance "Was it changed recently?" if about_instances => instance::changed;
    "B1" Bucket "Who else uses the bucket?" if |look| !more::buckets(look).is_empty() => more::bucket_users;
    "B2" Bucket "Was it changed who may use the bucket?" if |look| !more::buckets(look).is_empty() => more::bucket_changes;
    "K1" AccessKey "From where and by whom is the key used?" if |look| !more::keys(look).is_empty() => more::key_use;
    "K2" AccessKey "When and by whom was the key made?" if |look| !more::keys(look).is_empty() => more::key_made;
    "R1" Session "Who took the role?" if |look| look.lead.role.is_some() => more::session_taken;
    "R2" Session "What else was done with the role?" if |look| look.lead.role.is_some() => more::role_use;
    "L1" Trail "Was logging interrupted?" if more::about_trail => more::trail_gaps;
}

/// All questions that the case has an artifact for, answered.
pub(crate) fn answered(look: &Look<'_>) -> Vec<Answered> {
    let asked = TABLE.iter().filter(|question| (question.applies)(look));
    asked
        .map(|question| Answered {
            id: question.id,
            subject: question.subject,
            question: question.text,
            answer: (question.answer)(look),
        })
        .collect()
}

/// Whether a value is an access key.
fn is_key(value: &Value) -> bool {
    matches!(value, Value::Key(_))
}
