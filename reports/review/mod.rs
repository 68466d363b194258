//! A change judged before it is applied: the same review as text, Markdown, JSON, SARIF and `JUnit`.
//!
//! | format | for |
//! |---|---|
//! | [`Format::Text`] | a person at a terminal |
//! | [`Format::Markdown`] | a comment on a pull request |
//! | [`Format::Json`] | programs |
//! | [`Format::Sarif`] | code scanning: findings on the lines of the change |
//! | [`Format::Junit`] | CI servers that show tests |

mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};
use std::str::FromStr;

use forewarn_findings::{
    AccessDelta, Finding, Gain, Of, Review, Severity, SourcePlace, Sources, Understood, VerdictKind,
};

use crate::TextOptions;
use crate::text::findings::remedy;
use crate::words;

/// A format that a review can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
    /// For CI servers.
    Junit,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Text, Self::Markdown, Self::Json, Self::Sarif, Self::Junit];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
        }
    }

    /// The ending of a file of it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "xml",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("unknown format `{name}` of a review; known: {}", names()))
    }
}

/// Writes a review.
///
/// # Errors
/// What `out` says.
pub fn write(format: Format, review: &Review, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(review, options, out),
        Format::Markdown => markdown::write(review, out),
        Format::Json => json::write(review, out),
        Format::Sarif => sarif::write(review, out),
        Format::Junit => junit::write(review, out),
    }
}

/// What something is about: a resource, and the part of it that decides.
type Subject<'r> = (&'r str, Option<&'r str>);

fn about(finding: &Finding) -> Subject<'_> {
    (&finding.resource.arn, finding.grounds.evidence.first().map(|evidence| &*evidence.pointer))
}

fn about_access(delta: &AccessDelta) -> Subject<'_> {
    let pointer = match &delta.gains {
        Gain::Yes(gain) => gain.1.first().map(|evidence| &*evidence.pointer),
        Gain::Nothing | Gain::Unknown(_) => None,
    };
    let part = match delta.of {
        Of::Bucket => Some("/policy"),
        Of::Identity | Of::Trust | Of::Key => None,
    };
    (&delta.resource.arn, pointer.or(part))
}

/// The place of the change that something is about, with the name of the resource there.
fn place<'r>(sources: &Sources<'r>, (arn, pointer): Subject<'_>) -> Option<(&'r SourcePlace, &'r str)> {
    sources.of(arn, pointer).map(|proposed| (&proposed.place, proposed.address.as_str()))
}

/// `main.tf:12, aws_s3_bucket.b`; the address alone where no line is known.
fn place_words(sources: &Sources<'_>, subject: Subject<'_>) -> Option<String> {
    let (place, address) = place(sources, subject)?;
    Some(match place.line {
        None => address.to_owned(),
        Some(line) if place.file == address => format!("{address}:{line}"),
        Some(line) => format!("{}:{line}, {address}", place.file),
    })
}

/// What a finding says, with its proof.
fn said(finding: &Finding) -> String {
    let grounds = &finding.grounds;
    let proof = grounds.witness.as_ref().map(|witness| format!(": {}", words::witness(witness))).unwrap_or_default();
    let unless = words::unless(&grounds.unless).map(|unless| format!(", unless {unless}")).unwrap_or_default();
    format!("{}{proof}{unless}", grounds.reason)
}

/// Findings of one check that are equally severe: a change of many resources of a kind is read at a glance.
struct Group<'r> {
    check: &'r str,
    severity: Severity,
    title: &'r str,
    /// The smallest change that fixes them.
    remedy: String,
    found: Vec<&'r Finding>,
}

/// The findings by check, in the order of the first of each.
fn groups<'r>(review: &'r Review, found: &[&'r Finding]) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    for finding in found {
        let fits = |group: &&mut Group<'_>| group.check == &*finding.check && group.severity == finding.severity;
        if let Some(group) = groups.iter_mut().find(fits) {
            group.found.push(finding);
            continue;
        }
        let card = review.report.checks.get(&*finding.check);
        groups.push(Group {
            check: &finding.check,
            severity: finding.severity,
            title: title(review, finding),
            remedy: card.map(|card| remedy(&card.fix)).unwrap_or_default(),
            found: vec![finding],
        });
    }
    groups
}

/// What is gained, as a sentence without a full stop; `None` = nothing is.
fn gained(delta: &AccessDelta) -> Option<String> {
    match &delta.gains {
        Gain::Nothing => None,
        Gain::Yes(gain) if delta.of == Of::Identity => {
            Some(format!("{} may now {}", delta.resource.arn, words::call(&gain.0.request)))
        }
        Gain::Yes(gain) => Some(words::witness(&gain.0).replacen(" may ", " may now ", 1)),
        Gain::Unknown(reasons) => {
            let reasons: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
            let what = match delta.of {
                Of::Identity => "may do more",
                Of::Trust => "lets more callers in",
                Of::Bucket | Of::Key => "lets in more",
            };
            Some(format!("whether {} {what} is not known: {}", delta.resource.arn, reasons.join("; ")))
        }
    }
}

/// The numbers of a review.
struct Counts {
    introduced: usize,
    /// Those of each severity, the worst first.
    severities: Vec<(Severity, usize)>,
    fixed: usize,
    unchanged: usize,
    undecided: usize,
    gains: usize,
    open: usize,
    lost: usize,
    /// Whether there are accounts that nobody read.
    unread: bool,
}

impl Counts {
    /// How many of the findings are how bad.
    fn severe(&self) -> String {
        let one = |(severity, count): &(Severity, usize)| format!("{count} {}", severity.word());
        self.severities.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn of(review: &Review) -> Self {
        let gains = |wanted: fn(&Gain) -> bool| review.access.iter().filter(|delta| wanted(&delta.gains)).count();
        let introduced = review.introduced();
        let mut severities: Vec<(Severity, usize)> = Vec::new();
        for finding in &introduced {
            match severities.last_mut() {
                Some((severity, count)) if *severity == finding.severity => *count += 1,
                _ => severities.push((finding.severity, 1)),
            }
        }
        Self {
            introduced: introduced.len(),
            severities,
            fixed: review.report.since.as_ref().map_or(0, |since| since.gone.len()),
            unchanged: review.unchanged().count(),
            undecided: review.undecided().len(),
            gains: gains(|gain| matches!(gain, Gain::Yes(_))),
            open: gains(|gain| matches!(gain, Gain::Unknown(_))),
            unread: review.report.coverage.lacks_accounts(),
            lost: review.proposed.iter().filter(|one| matches!(one.understood, Understood::Not(_))).count(),
        }
    }

    /// One sentence that says how it stands.
    fn verdict(&self) -> String {
        let mut said = match (self.introduced, self.gains) {
            (0, 0) => "The change introduces no finding and opens no access".to_owned(),
            (0, gains) => format!("The change introduces no finding; {} opened", access(gains)),
            (findings, 0) => format!("The change introduces {} ({})", words::count(findings, "finding"), self.severe()),
            (findings, gains) => {
                let (findings, severe) = (words::count(findings, "finding"), self.severe());
                format!("The change introduces {findings} ({severe}); {} opened", access(gains))
            }
        };
        let open = self.undecided + self.open + self.lost;
        let mut missing = Vec::new();
        if open > 0 {
            missing.push(format!("{} could not be decided", words::count(open, "point")));
        }
        if self.unread {
            missing.push("accounts of the organisation were not read".to_owned());
        }
        if !missing.is_empty() {
            said = format!("{said}, and {}: the review is not whole", missing.join(", and "));
        }
        said
    }
}

fn access(count: usize) -> String {
    if count == 1 { "access is".to_owned() } else { format!("access in {count} places is") }
}

/// How many resources of the change there are of each kind of understanding: whole, partly, not relevant, not.
fn understood(review: &Review) -> [usize; 4] {
    let mut counts = [0; 4];
    for proposed in &review.proposed {
        let [whole, partly, beside, not] = &mut counts;
        *match proposed.understood {
            Understood::Whole => whole,
            Understood::Partly(_) => partly,
            Understood::NotRelevant => beside,
            Understood::Not(_) => not,
        } += 1;
    }
    counts
}

/// The title of a finding's check.
fn title<'r>(review: &'r Review, finding: &'r Finding) -> &'r str {
    review.report.checks.get(&*finding.check).map_or(&*finding.check, |card| card.title.as_str())
}

fn is_unknown(finding: &Finding) -> bool {
    finding.verdict == VerdictKind::Unknown
}

#[cfg(test)]
mod tests;
