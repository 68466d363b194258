//! `forewarn policy compare`: whether a new policy allows more than an old one.

use std::io;
use std::sync::Arc;

use forewarn_policy::batch::answers;
use forewarn_policy::{Answer, Document, Doubt, Hit, LayerName, Layers, Reading, Side, StatementRef, compare};
use forewarn_reports::{Line, Page, styles, words};

use super::source::{Reader, Source};
use super::stack::statement;
use super::{aside, capital, doubts, request, show, show_json, verdict};
use crate::cli::{Compare, Form};
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(super) fn run(asked: &Compare, terminal: &Terminal) -> Result<Exit, Failed> {
    let mut reader = Reader::default();
    let mut read = |first: &String, more: &[String]| -> Vec<Source> {
        [first].into_iter().chain(more).map(|name| reader.read(name)).collect()
    };
    let new = read(&asked.new, &asked.with_new);
    let old = read(&asked.old, &asked.with_old);
    reader.finish(terminal)?;
    let pair = Pair::new(asked, new, old);
    let answer = compare(&readings(&pair.new), &readings(&pair.old), pair.side);
    match asked.answer.format {
        Form::Json => show_json(&named(&pair.new), answers::compared(&answer))?,
        Form::Text => show(|page| pair.write(page, &answer))?,
    }
    Ok(match answer {
        Answer::Yes(_) => Exit::Findings,
        Answer::No => Exit::Clean,
        Answer::Unknown(_) => Exit::Unknown,
    })
}

fn readings(sources: &[Source]) -> Vec<Reading<Arc<Document>>> {
    sources.iter().map(|source| source.policy.clone()).collect()
}

/// `a.json and b.json`.
fn named(sources: &[Source]) -> String {
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    names.join(" and ")
}

/// What is compared.
struct Pair {
    new: Vec<Source>,
    old: Vec<Source>,
    side: Side,
    is_guessed: bool,
}

impl Pair {
    fn new(asked: &Compare, new: Vec<Source>, old: Vec<Source>) -> Self {
        let names_principals = |source: &Source| source.document().is_some_and(|document| document.names_principals());
        let guess = if new.iter().chain(&old).any(names_principals) { Side::Resource } else { Side::Identity };
        Self { new, old, side: asked.kind.map_or(guess, Side::from), is_guessed: asked.kind.is_none() }
    }

    fn write(&self, page: &mut Page<'_>, answer: &Answer<Doubt>) -> io::Result<()> {
        let (new, old) = (named(&self.new), named(&self.old));
        let allow = |sources: &[Source]| if sources.len() == 1 { "allows" } else { "allow" };
        let does = if self.old.len() == 1 { "does" } else { "do" };
        match answer {
            Answer::Yes(hit) => {
                let allow = allow(&self.new);
                verdict(page, styles::ALARM, "MORE", &format!("{new} {allow} what {old} {does} not"))?;
                self.preface(page)?;
                self.proof(page, &self.new, hit)?;
                page.gap()?;
                request(page, &hit.witness)
            }
            Answer::No => {
                let (is_new, is_old) = (allow(&self.new), allow(&self.old));
                verdict(page, styles::GOOD, "NO MORE", &format!("whatever {new} {is_new}, {old} {is_old} too"))?;
                self.preface(page)?;
                self.reverse(page)
            }
            Answer::Unknown(why) => {
                verdict(page, styles::WARN, "UNKNOWN", &format!("whether {new} allows more than {old}"))?;
                self.preface(page)?;
                doubts(page, why)
            }
        }
    }

    /// How the policies were read.
    fn preface(&self, page: &mut Page<'_>) -> io::Result<()> {
        for source in self.new.iter().chain(&self.old) {
            if let Some(taken) = &source.taken {
                aside(page, &format!("{}: {taken}.", source.name))?;
            }
        }
        if !self.is_guessed {
            return Ok(());
        }
        match self.side {
            Side::Identity => aside(
                page,
                "Compared as policies of an identity, as no statement has a Principal; --kind says otherwise.",
            ),
            Side::Resource => aside(
                page,
                "Compared as policies of a resource, as a statement has a Principal; --kind says otherwise.",
            ),
        }
    }

    /// The other way round, where nothing is added: less, or the same.
    fn reverse(&self, page: &mut Page<'_>) -> io::Result<()> {
        match compare(&readings(&self.old), &readings(&self.new), self.side) {
            Answer::No => page.put(2, &Line::of("The other way round it is so too: they allow the same.")),
            Answer::Yes(hit) => {
                page.put(2, &Line::of(&format!("It is less, as only {} lets this through:", named(&self.old))))?;
                self.proof(page, &self.old, &hit)
            }
            Answer::Unknown(_) => Ok(()),
        }
    }

    /// The request that only one side allows, and where.
    fn proof(&self, page: &mut Page<'_>, sources: &[Source], hit: &Hit) -> io::Result<()> {
        page.gap()?;
        let caller = words::caller(hit.audience, &hit.witness.principal);
        let caller = if self.side == Side::Identity { super::holder(&caller) } else { caller };
        page.hang(2, 4, &Line::of(&capital(&format!("{caller} may {}", words::call(&hit.witness)))))?;
        for (source, document, index) in hit.because.iter().filter_map(|at| self.find(sources, at)) {
            page.gap()?;
            let layers = Layers::default();
            statement(page, "Allowed by", (source, document, index), &layers, &hit.witness, styles::BAD)?;
        }
        Ok(())
    }

    /// Where a statement stands. Policies of a resource count as one, and so do the numbers of their statements.
    fn find<'s>(&self, sources: &'s [Source], at: &StatementRef) -> Option<(&'s Source, &'s Document, usize)> {
        if self.side == Side::Identity {
            let source = sources.get(at.policy).filter(|_| at.layer == LayerName::Identity)?;
            return Some((source, &**source.document()?, at.statement));
        }
        let mut index = at.statement;
        for source in sources.iter().filter(|_| at.layer == LayerName::Resource) {
            let document = &**source.document()?;
            match index.checked_sub(document.statements().len()) {
                None => return Some((source, document, index)),
                Some(rest) => index = rest,
            }
        }
        None
    }
}
