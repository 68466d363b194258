//! `forewarn policy grants`: what the policies of a principal amount to.

use std::collections::BTreeMap;
use std::io;

use forewarn_policy::batch::answers;
use forewarn_policy::{
    AdminEquivalent, Answer, Audience, Doubt, Escalation, Feasible, Grantee, LayerName, Principal, Technique,
    admin_equivalent, escalations, own_statements,
};
use forewarn_reports::{Line, Page, styles, words};

use super::source::Reader;
use super::stack::{Stack, completed};
use super::{aside, capital, doubts, request, show, show_json, verdict};
use crate::cli::{Form, Grants};
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(super) fn run(asked: &Grants, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    let mut reader = Reader::default();
    let mut stack = Stack::default();
    let sources: Vec<_> = asked.files.iter().map(|name| reader.read(name)).collect();
    let mut asides: Vec<String> = Vec::new();
    for source in &sources {
        asides.extend(source.taken.iter().map(|taken| format!("{}: {taken}.", source.name)));
        if source.document().is_some_and(|document| document.names_principals()) {
            let said = "has a Principal, as in a policy of a resource: AWS takes none in a policy of an identity";
            asides.push(format!("{} {said}.", source.name));
        }
    }
    stack.layers.identity = Some(stack.add(LayerName::Identity, sources));
    stack.limits(&mut reader, &asked.limits);
    reader.finish(terminal)?;
    let grantee = Grantee {
        principal: asked.principal.clone(),
        account: asked.account.clone(),
        layers: stack.layers.clone(),
        ..Grantee::default()
    };
    let admin = admin_equivalent(&grantee);
    let found = escalations(&grantee, None);
    let granted = Granted { stack, is_anybody: asked.principal.is_none(), asides, admin, found };
    match asked.answer.format {
        Form::Json => show_json(&asked.files.join(","), answers::granted(&granted.admin, &granted.found))?,
        Form::Text => show(|page| granted.write(page, verbose))?,
    }
    Ok(granted.exit())
}

/// Some policies and what they amount to.
struct Granted {
    stack: Stack,
    /// Whether the principal was not named.
    is_anybody: bool,
    asides: Vec<String>,
    admin: AdminEquivalent,
    found: Vec<(&'static Technique, Feasible)>,
}

impl Granted {
    fn works(&self) -> Vec<(&'static Technique, &Escalation)> {
        let works = self.found.iter().filter_map(|(technique, feasible)| match feasible {
            Feasible::Yes(escalation) => Some((*technique, &**escalation)),
            Feasible::No | Feasible::Unknown(_) => None,
        });
        works.collect()
    }

    fn exit(&self) -> Exit {
        let is_unsure = |(_, feasible): &(&Technique, Feasible)| matches!(feasible, Feasible::Unknown(_));
        match &self.admin.answer {
            Answer::Yes(_) => Exit::Findings,
            _ if !self.works().is_empty() => Exit::Findings,
            Answer::Unknown(_) => Exit::Unknown,
            Answer::No if self.found.iter().any(is_unsure) => Exit::Unknown,
            Answer::No => Exit::Clean,
        }
    }

    fn write(&self, page: &mut Page<'_>, verbose: bool) -> io::Result<()> {
        let works = self.works();
        match &self.admin.answer {
            Answer::Yes(_) => verdict(page, styles::ALARM, "ADMINISTRATOR", "nothing is left out")?,
            Answer::Unknown(_) => verdict(page, styles::WARN, "UNKNOWN", "whether this amounts to administrator")?,
            Answer::No if !works.is_empty() => {
                let ways = words::count(works.len(), "way");
                verdict(page, styles::ALARM, "ESCALATION", &format!("no administrator, but {ways} to more rights"))?;
            }
            Answer::No if self.exit() == Exit::Unknown => {
                verdict(
                    page,
                    styles::WARN,
                    "UNKNOWN",
                    "no administrator; whether there is a way to more rights is not known",
                )?;
            }
            Answer::No => verdict(page, styles::GOOD, "LIMITED", "no administrator, and no known way to more rights")?,
        }
        self.asides.iter().try_for_each(|text| aside(page, text))?;
        completed(page, &self.stack)?;
        match &self.admin.answer {
            Answer::Yes(hit) => {
                if !self.admin.conditions.is_empty() {
                    let keys = self.admin.conditions.join(", ");
                    page.hang(2, 4, &Line::of(&format!("Once it satisfies what it can satisfy by itself: {keys}.")))?;
                }
                let holder = capital(&self.holder(&hit.witness.principal));
                page.gap()?;
                page.hang(2, 4, &Line::of(&format!("{holder} may, for one, {}", words::call(&hit.witness))))?;
                self.stack.write(page, &hit.because, &hit.witness, ("Allowed", styles::BAD))?;
                page.gap()?;
                request(page, &hit.witness)?;
                if !verbose {
                    let ways = words::count(works.len(), "technique");
                    return aside(
                        page,
                        &format!("As administrator it can use {ways} of escalation too; -v lists them."),
                    );
                }
            }
            Answer::Unknown(why) => doubts(page, why)?,
            Answer::No => {}
        }
        for (technique, escalation) in works {
            self.technique(page, technique, escalation)?;
        }
        self.unsure(page)
    }

    /// Techniques that could not be decided, those with the same reason together.
    fn unsure(&self, page: &mut Page<'_>) -> io::Result<()> {
        let mut by_reason: BTreeMap<&[Doubt], Vec<&Technique>> = BTreeMap::new();
        for (technique, feasible) in &self.found {
            if let Feasible::Unknown(why) = feasible {
                by_reason.entry(why).or_default().push(technique);
            }
        }
        for (why, techniques) in by_reason {
            page.gap()?;
            page.hang(2, 4, &Line::default().styled(styles::WARN, "Not known:").say("whether it can do this."))?;
            for technique in techniques {
                page.hang(4, 6, &Line::default().styled(styles::WARN, &technique.id).say(&technique.title))?;
            }
            if !matches!(&self.admin.answer, Answer::Unknown(said) if said == why) {
                doubts(page, why)?;
            }
        }
        Ok(())
    }

    /// Who holds the policies, and who stands for that one.
    fn holder(&self, principal: &Principal) -> String {
        let caller = words::caller(Audience::SameAccount, principal);
        if self.is_anybody { super::holder(&caller) } else { caller }
    }

    fn technique(&self, page: &mut Page<'_>, technique: &Technique, escalation: &Escalation) -> io::Result<()> {
        page.gap()?;
        page.hang(2, 4, &Line::default().styled(styles::BAD, &technique.id).styled(styles::BOLD, &technique.title))?;
        if let Some(step) = escalation.steps.first() {
            page.hang(4, 6, &Line::default().styled(styles::DIM, "As").say(&self.holder(&step.principal)))?;
        }
        for (number, step) in (1..).zip(&escalation.steps) {
            let by = self.stack.places(&own_statements(&self.stack.layers, step));
            let mut line = Line::default().say(&format!("{number}.")).say(&capital(&words::call(step)));
            if !by.is_empty() {
                line = line.styled(styles::DIM, &format!("(allowed by {})", by.join(", ")));
            }
            page.hang(4, 7, &line)?;
        }
        for assumed in &escalation.assumes {
            page.hang(4, 7, &Line::default().styled(styles::DIM, "Assumes that").say(assumed))?;
        }
        page.hang(4, 7, &Line::default().styled(styles::DIM, &technique.source))
    }
}
