//! Reads whatever AWS writes CloudTrail records into: delivered files, pages of `LookupEvents`, envelopes of EventBridge
//! and CloudWatch Logs, rows of CloudTrail Lake and Athena, plain lists and lines.
//!
//! Nothing is skipped in silence. A record is cut out as text first and understood second, so that a broken one loses
//! itself only; a container that is broken is searched for the records in it; what could not be read is a [`Fault`] with
//! its place.

mod bytes;
mod foreign;
mod mend;
mod rows;
mod salvage;
mod shape;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use serde_json::value::RawValue;

pub use self::bytes::unpacked;
use self::bytes::{BLOCK, LARGEST, Window};
use self::salvage::is_space;
use self::shape::{Shape, begins_as_record};
use crate::normal::{Normal, NotARecord};

/// Envelopes within envelopes are followed so far.
const DEPTH: u8 = 6;

/// So many faults of a file are listed; the others are counted.
const LISTED: usize = 100;

/// What a file holds its records in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// `{"Records": […]}`, as CloudTrail delivers it.
    Records,
    /// Records one after another, or a list of them.
    Bare,
    /// Pages of `LookupEvents`.
    LookupEvents,
    /// Events of EventBridge.
    EventBridge,
    /// CloudWatch Logs: a subscription, an export or `FilterLogEvents`.
    CloudWatchLogs,
    /// Rows of CloudTrail Lake.
    Lake,
    /// Rows of Athena.
    Athena,
    /// Some other envelope around records.
    Envelope,
    /// A digest file: it vouches for other files and has no records.
    Digest,
}

impl Container {
    /// The name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Records => "delivered log file",
            Self::Bare => "bare records",
            Self::LookupEvents => "LookupEvents",
            Self::EventBridge => "EventBridge",
            Self::CloudWatchLogs => "CloudWatch Logs",
            Self::Lake => "CloudTrail Lake",
            Self::Athena => "Athena",
            Self::Envelope => "envelope",
            Self::Digest => "digest file",
        }
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line in the unpacked text, from 1.
    pub line: u64,
    /// The offset in the unpacked text.
    pub byte: u64,
    /// The place in the list of the container, from 0, where it is in one.
    pub record: Option<u64>,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, byte {}", self.line, self.byte)?;
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// What was read of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records by what they stood in; digest files with 0.
    pub containers: BTreeMap<Container, u64>,
    /// What could not be read, in the order of the file; the first hundred.
    pub faults: Vec<Fault>,
    /// Further faults.
    pub more_faults: u64,
    /// What was changed to read the file; only where repair was asked for.
    pub repairs: Vec<Repair>,
}

/// A change that makes damaged text readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The line in the unpacked text, from 1.
    pub line: u64,
    /// The offset in the unpacked text.
    pub byte: u64,
    /// What was changed.
    pub what: &'static str,
}

impl Summary {
    /// The records that were read.
    pub fn records(&self) -> u64 {
        self.containers.values().sum()
    }

    /// Whether everything was read.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < LISTED {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }
}

/// Takes the text of a record, byte for byte as it stood in the file, and its normal form.
pub type Sink<'s> = dyn FnMut(&str, &Normal<'_>) + 's;

/// Reads a file. Never fails as a whole: what can be read is handed to `sink`, the rest is in the summary.
pub fn read(source: impl Read + 'static, sink: &mut Sink<'_>) -> Summary {
    let mut reader = Reader { window: Window::open(source), summary: Summary::default(), handed: 0, sink };
    reader.run();
    reader.summary
}

/// Reads a file and mends what is damaged in it: a file that does not read as it is is read once more as what it must
/// have been, and each change is in the summary. Such a record is not byte for byte what the file has.
pub fn read_damaged(mut source: impl Read + 'static, sink: &mut Sink<'_>) -> Summary {
    let mut bytes = Vec::new();
    let broken = Read::take(&mut source, LARGEST as u64).read_to_end(&mut bytes).err();
    let mut records = Vec::new();
    let mut summary = read(Cursor::new(bytes.clone()), &mut |raw, _| records.push(raw.to_owned()));
    if !summary.is_whole() {
        let mut window = Window::open(Cursor::new(bytes));
        while !window.ended {
            window.fill(BLOCK);
        }
        let mended = mend::mend(&String::from_utf8_lossy(&window.bytes));
        let mut found = Vec::new();
        let again = read(Cursor::new(mended.text.into_bytes()), &mut |raw, _| found.push(raw.to_owned()));
        // A repair that reads no more than was there is none.
        if found.len() > records.len() {
            records = found;
            summary = Summary { repairs: mended.repairs, ..again };
            if let Some(reason) = window.broken.take() {
                let reason = format!("the file is cut off or damaged: {reason}");
                let (line, byte) = (window.line(window.bytes.len()), window.offset(window.bytes.len()));
                summary.fault(Fault { line, byte, record: None, reason });
            }
        }
    }
    if let Some(error) = broken {
        summary.fault(Fault { line: 1, byte: 0, record: None, reason: error.to_string() });
    }
    for raw in &records {
        if let Ok(normal) = Normal::of(raw) {
            sink(raw, &normal);
        }
    }
    summary
}

struct Reader<'s, 'f> {
    window: Window,
    summary: Summary,
    /// So many records were handed on already: they come once more.
    handed: u64,
    sink: &'s mut Sink<'f>,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
struct At {
    line: u64,
    byte: u64,
    record: Option<u64>,
    depth: u8,
    container: Container,
}

impl At {
    fn inside(self, container: Container) -> Self {
        Self { container, depth: self.depth + 1, ..self }
    }

    fn fault(self, reason: impl Into<String>) -> Fault {
        Fault { line: self.line, byte: self.byte, record: self.record, reason: reason.into() }
    }
}

impl Reader<'_, '_> {
    fn run(&mut self) {
        if !self.window.ended {
            self.window.fill(BLOCK);
        }
        let start = self.window.bytes.trim_ascii_start();
        if self.window.bytes.iter().copied().all(is_space) {
            let reason = self.window.broken.take().unwrap_or_else(|| "the file is empty".to_owned());
            self.summary.fault(Fault { line: 1, byte: 0, record: None, reason });
            return;
        }
        if let Some(rows) = rows::Rows::of(start) {
            rows.read(self.window.rest(), &mut self.summary, self.sink);
        } else if let Some(product) = foreign::text(start) {
            let reason = format!("this is no CloudTrail log but {product}");
            self.summary.fault(Fault { line: 1, byte: 0, record: None, reason });
            return;
        } else if !self.delivered() {
            self.blocks();
        }
        if let Some(reason) = self.window.broken.take() {
            let (end, line) = (self.window.bytes.len(), self.window.line(self.window.bytes.len()));
            let reason = format!("the file is cut off or damaged: {reason}");
            self.summary.fault(Fault { line, byte: self.window.offset(end), record: None, reason });
        }
    }

    /// Reads a file as CloudTrail delivers it in one pass. Where anything in it is out of the ordinary nothing is said of
    /// it here: the file is read once more, and whatever was handed on is passed over then.
    fn delivered(&mut self) -> bool {
        if !self.window.ended || self.window.broken.is_some() {
            return false;
        }
        let bytes = std::mem::take(&mut self.window.bytes);
        let whole = std::str::from_utf8(&bytes).ok().and_then(|text| self.records_of(text));
        self.window.bytes = bytes;
        if whole.is_some() {
            let count = std::mem::take(&mut self.handed);
            *self.summary.containers.entry(Container::Records).or_default() += count;
        }
        whole.is_some()
    }

    /// Hands the records of a delivered file on, up to the first thing that is none.
    fn records_of(&mut self, text: &str) -> Option<()> {
        let mut rest = text;
        for part in ["{", "\"Records\"", ":", "["] {
            rest = rest.trim_start().strip_prefix(part)?;
        }
        loop {
            rest = rest.trim_start();
            let (normal, length) = Normal::first_of(rest).filter(|_| begins_as_record(rest.as_bytes()))?;
            let (raw, after) = rest.split_at_checked(length)?;
            (self.sink)(raw, &normal);
            self.handed += 1;
            let after = after.trim_start();
            let Some(next) = after.strip_prefix(',') else {
                let after = after.strip_prefix(']')?.trim_start().strip_prefix('}')?;
                return after.trim_start().is_empty().then_some(());
            };
            rest = next;
        }
    }

    /// Goes through the text a block at a time where each line is a value of its own, else as a whole.
    fn blocks(&mut self) {
        loop {
            if self.window.ended {
                let end = self.window.bytes.len();
                return self.values(end);
            }
            let lines =
                first_line(&self.window.bytes).is_some_and(|line| serde_json::from_slice::<&RawValue>(line).is_ok());
            let last = self.window.bytes.iter().rposition(|byte| *byte == b'\n').filter(|_| lines);
            if let Some(last) = last {
                self.values(last + 1);
                self.window.pass(last + 1);
                let missing = BLOCK.saturating_sub(self.window.bytes.len()).max(1 << 16);
                self.window.fill(missing);
            } else if self.window.bytes.len() >= LARGEST {
                self.window.ended = true;
                self.window.broken = Some(format!("a value of more than {} MiB", LARGEST >> 20));
            } else {
                let as_much = self.window.bytes.len().min(LARGEST - self.window.bytes.len()).max(1);
                self.window.fill(as_much);
            }
        }
    }

    fn fault(&mut self, at: usize, reason: impl Into<String>) {
        let (line, byte) = (self.window.line(at), self.window.offset(at));
        self.summary.fault(Fault { line, byte, record: None, reason: reason.into() });
    }

    /// A value that is a record, or holds some.
    fn value(&mut self, raw: &str, at: At) {
        if begins_as_record(raw.as_bytes()) {
            match Normal::of(raw) {
                // The row of a table may begin with the id of its event.
                Err(NotARecord::Lacks(_)) => {}
                read => return self.take(raw, read, at),
            }
        }
        match serde_json::from_str::<Shape<'_>>(raw) {
            Ok(shape) => self.shaped(&shape, raw, at),
            Err(error) => self.summary.fault(at.fault(error.to_string())),
        }
    }

    fn record(&mut self, raw: &str, at: At) {
        self.take(raw, Normal::of(raw), at);
    }

    fn take(&mut self, raw: &str, read: Result<Normal<'_>, NotARecord>, at: At) {
        match read {
            Ok(normal) => {
                *self.summary.containers.entry(at.container).or_default() += 1;
                match self.handed.checked_sub(1) {
                    Some(rest) => self.handed = rest,
                    None => (self.sink)(raw, &normal),
                }
            }
            Err(why) => self.summary.fault(at.fault(format!("not a CloudTrail record: {why}"))),
        }
    }

    fn shaped(&mut self, shape: &Shape<'_>, raw: &str, at: At) {
        if at.depth > DEPTH {
            return self.summary.fault(at.fault("too many envelopes, one in another"));
        }
        match shape {
            Shape::List(items) => self.items(items, at.inside(at.container)),
            Shape::Text(text) if text.trim_start().starts_with(['{', '[']) => self.value(text, at.inside(at.container)),
            Shape::Text(_) | Shape::Other => self.summary.fault(at.fault("this is no CloudTrail record")),
            Shape::Object { fields, list } => self.object(fields, list.as_ref(), raw, at),
        }
    }

    fn items(&mut self, items: &[&RawValue], at: At) {
        for (index, item) in (0..).zip(items) {
            self.value(item.get(), At { record: at.record.or(Some(index)), ..at });
        }
    }

    fn object(&mut self, fields: &[Field<'_>], list: Option<&(Name<'_>, Vec<&RawValue>)>, raw: &str, at: At) {
        let field = |name: &str| fields.iter().find(|(one, _)| one == name).map(|(_, value)| *value);
        let has = |name: &str| field(name).is_some();
        if has("eventTime") && !has("eventJson") {
            return match Normal::of(raw) {
                Err(NotARecord::Lacks(_)) => self.summary.fault(at.fault("this is no CloudTrail record")),
                _ => self.record(raw, at),
            };
        }
        if has("digestStartTime") && has("logFiles") {
            self.summary.containers.entry(Container::Digest).or_default();
            return;
        }
        if let Some((name, items)) = list {
            let container = match name.as_ref() {
                "Records" | "records" if at.depth == 0 => Container::Records,
                "Records" | "records" => at.container,
                "Events" => Container::LookupEvents,
                "QueryResultRows" => Container::Lake,
                _ => Container::CloudWatchLogs,
            };
            // An empty delivery is a delivery.
            self.summary.containers.entry(container).or_default();
            return self.items(items, at.inside(container));
        }
        if field("messageType").is_some_and(|kind| kind.get() == "\"CONTROL_MESSAGE\"") {
            self.summary.containers.entry(Container::CloudWatchLogs).or_default();
            return;
        }
        let own_product = foreign::value(|name| field(name).map(RawValue::get));
        let envelope = ENVELOPES.iter().find_map(|(name, container)| Some((field(name)?, *container)));
        match (own_product, envelope) {
            (Some(product), _) => {
                self.summary.fault(at.fault(format!("this is no CloudTrail record but {product}")));
            }
            (None, Some((inner, container))) => {
                let outer = if container == Container::Envelope && at.container != Container::Bare {
                    at.container
                } else {
                    container
                };
                self.value(inner.get(), at.inside(outer));
            }
            (None, None) if begins_as_record(raw.as_bytes()) => self.record(raw, at),
            (None, None) => self.summary.fault(at.fault("this is no CloudTrail record, and no container of them")),
        }
    }
}

type Name<'a> = std::borrow::Cow<'a, str>;
type Field<'a> = (Name<'a>, &'a RawValue);

/// Fields that hold one record, or its text, or the next envelope.
const ENVELOPES: [(&str, Container); 14] = [
    ("CloudTrailEvent", Container::LookupEvents),
    ("eventJson", Container::Lake),
    ("detail", Container::EventBridge),
    ("message", Container::CloudWatchLogs),
    ("@message", Container::CloudWatchLogs),
    ("Message", Container::Envelope),
    ("Body", Container::Envelope),
    ("body", Container::Envelope),
    ("_source", Container::Envelope),
    ("_raw", Container::Envelope),
    ("hits", Container::Envelope),
    ("aws", Container::Envelope),
    ("cloudtrail", Container::Envelope),
    ("event", Container::Envelope),
];

fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..memchr::memchr(b'\n', bytes)?)
}

#[cfg(test)]
mod tests;
