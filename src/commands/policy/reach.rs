//! `forewarn policy reach`: who outside gets in.

use std::io;
use std::sync::Arc;

use forewarn_policy::batch::answers;
use forewarn_policy::{
    Answer, Audience, Hit, LayerName, Organization, Question, Reading, ResourceKind, Target, layers, reach,
    s3_policy_status, unnamed_account,
};
use forewarn_reports::{Line, Page, styles, words};

use super::source::{Reader, Source};
use super::stack::{Stack, block_public_access, statement};
use super::{aside, capital, doubts, request, show, show_json, verdict, worst};
use crate::cli::{Form, Reach};
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

/// Statements that are shown; `-f json` has all of them.
const SHOWN: usize = 3;
/// Accounts that are named; `-f json` has all of them.
const LISTED: usize = 8;

pub(super) fn run(asked: &Reach, terminal: &Terminal) -> Result<Exit, Failed> {
    let mut reader = Reader::default();
    let sources: Vec<Source> = asked.files.iter().map(|name| reader.read(name)).collect();
    let rcp = reader.levels(&asked.rcp);
    reader.finish(terminal)?;
    let mut exit = Exit::Clean;
    for (index, source) in sources.into_iter().enumerate() {
        let case = Case::new(asked, source, &rcp);
        exit = worst(exit, case.exit());
        match asked.answer.format {
            Form::Json => show_json(&case.name, answers::reached(&case.question.target, &case.found, true))?,
            Form::Text => show(|page| {
                if index > 0 {
                    page.gap()?;
                }
                case.write(page)
            })?,
        }
    }
    Ok(exit)
}

/// One policy and what was found.
struct Case {
    name: String,
    taken: Option<String>,
    /// What was taken for granted.
    assumed: Vec<String>,
    stack: Stack,
    question: Question,
    found: forewarn_policy::Reach,
}

impl Case {
    fn new(asked: &Reach, source: Source, rcp: &[Vec<Source>]) -> Self {
        let mut assumed = Vec::new();
        let guess = source.document().map(|document| document.guess());
        let kind = asked.kind.map_or_else(
            || {
                let kind = guess.as_ref().map_or(ResourceKind::ResourcePolicy, |guess| guess.kind);
                assumed.push(format!("Read as the policy of {}; --kind says otherwise.", kind_words(kind)));
                kind
            },
            ResourceKind::from,
        );
        let arn = asked.resource.clone().or_else(|| source.role.clone());
        let arn = arn.or_else(|| guess.as_ref().and_then(|guess| guess.resource.clone()));
        let in_arn = arn.as_deref().and_then(|arn| arn.split(':').nth(4)).filter(|account| account.len() == 12);
        let account = asked.account.clone().or_else(|| in_arn.map(str::to_owned)).unwrap_or_else(|| {
            assumed.push("No --account is given, so every account that it names counts as a stranger.".to_owned());
            unnamed_account(source.document().map(|document| &**document))
        });
        if source.document().is_some_and(|document| !document.names_principals()) {
            assumed.push(
                "No statement has a Principal, as in a policy of an identity: on a resource it lets nobody in."
                    .to_owned(),
            );
        }
        let known = asked.org_id.is_none() || !asked.org_accounts.is_empty();
        let policy = match &source.policy {
            Reading::Read(document) => Reading::Read(Some(Arc::clone(document))),
            Reading::Unreadable => Reading::Unreadable,
        };
        let guardrails: Option<Vec<Vec<_>>> =
            rcp.iter().map(|level| level.iter().map(|source| source.document().cloned()).collect()).collect();
        let target = Arc::new(Target {
            kind,
            arn,
            account,
            policy,
            organization: Arc::new(Organization {
                id: asked.org_id.clone(),
                accounts: asked.org_accounts.iter().cloned().collect(),
                accounts_complete: known,
            }),
            block_public_access: block_public_access(&asked.block),
            acl: Reading::Read(None),
            access_points: Vec::new(),
            rcp: guardrails.map_or(Reading::Unreadable, Reading::Read),
            trusted_accounts: asked.trusted_accounts.iter().cloned().collect(),
        });
        let (name, taken) = (source.name.clone(), source.taken.clone());
        let mut stack = Stack::default();
        stack.add(LayerName::Resource, vec![source]);
        let question =
            Question { target, audiences: Audience::ALL.to_vec(), actions: asked.actions.clone(), given: Vec::new() };
        let found = reach(&question);
        Self { name, taken, assumed, stack, question, found }
    }

    /// The widest audience that gets in; an outsider before everybody else.
    fn hit(&self) -> Option<&Hit> {
        let hits = || {
            self.found.answers.iter().filter_map(|(_, answer)| match answer {
                Answer::Yes(hit) => Some(hit),
                Answer::No | Answer::Unknown(_) => None,
            })
        };
        hits().find(|hit| hit.audience.is_outsider()).or_else(|| hits().next())
    }

    fn exit(&self) -> Exit {
        match self.hit() {
            Some(hit) if hit.audience.is_outsider() => Exit::Findings,
            _ if !self.found.doubts_about_outsiders().is_empty() => Exit::Unknown,
            _ => Exit::Clean,
        }
    }

    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let target = &self.question.target;
        let mut head = Line::default().styled(styles::BOLD, &self.name).say(&format!("· {}", kind_words(target.kind)));
        if let Some(arn) = &target.arn {
            head = head.say(arn);
        }
        page.hang(0, 2, &head)?;
        for text in self.taken.iter().map(|taken| format!("{}.", capital(taken))).chain(self.assumed.iter().cloned()) {
            aside(page, &text)?;
        }
        page.gap()?;
        let unsure = self.found.doubts_about_outsiders();
        let hit = self.hit();
        match hit.filter(|hit| hit.audience.is_outsider()) {
            Some(hit) => {
                verdict(page, styles::ALARM, "OPEN", &format!("to outsiders: {}", audience_words(hit.audience)))?;
                if let Some(unless) = words::unless(&hit.unless) {
                    page.hang(2, 4, &Line::default().styled(styles::WARN, "Unless").say(&format!("{unless}.")))?;
                }
            }
            None if unsure.is_empty() => {
                verdict(page, styles::GOOD, "CLOSED", "to outsiders: no request of theirs gets in")?;
            }
            None => {
                verdict(page, styles::WARN, "UNKNOWN", "whether an outsider gets in")?;
                doubts(page, &unsure)?;
            }
        }
        page.gap()?;
        self.audiences(page)?;
        self.status(page)?;
        let Some(hit) = hit else { return Ok(()) };
        page.gap()?;
        let caller = words::caller(hit.audience, &hit.witness.principal);
        let sentence = capital(&format!("{caller} may {}", words::call(&hit.witness)));
        let (style, intro) = if hit.audience.is_outsider() {
            (styles::BAD, Line::default())
        } else {
            let whom = capital(audience_words(hit.audience));
            (styles::GOOD, Line::default().styled(styles::DIM, &format!("{whom}:")))
        };
        page.hang(2, 4, &intro.say(&sentence))?;
        let judged = layers(target, &hit.witness);
        for at in hit.because.iter().take(SHOWN) {
            if let Some(found) = self.stack.find(at) {
                page.gap()?;
                statement(page, "Allowed by", found, &judged, &hit.witness, style)?;
            }
        }
        page.gap()?;
        request(page, &hit.witness)?;
        aside(page, "`forewarn policy reach -f json … | jq -c .replay | forewarn policy batch` replays it.")
    }

    /// A line for each audience.
    fn audiences(&self, page: &mut Page<'_>) -> io::Result<()> {
        for (audience, answer) in &self.found.answers {
            let (style, word) = match answer {
                Answer::Yes(_) if audience.is_outsider() => (styles::BAD, "yes"),
                Answer::Yes(_) => (styles::BOLD, "yes"),
                Answer::No => (styles::DIM, "no"),
                Answer::Unknown(_) => (styles::WARN, "unknown"),
            };
            let mut line = Line::default().padded(style, word, 8);
            line = match answer {
                Answer::No => line.styled(styles::DIM, audience_words(*audience)),
                Answer::Yes(_) | Answer::Unknown(_) => line.say(audience_words(*audience)),
            };
            if *audience == Audience::Accounts && !self.found.accounts.is_empty() {
                let accounts = &self.found.accounts;
                let listed = accounts.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
                let rest = accounts.len().saturating_sub(LISTED);
                let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                line = line.say(&format!("({listed}{more})"));
            }
            page.hang(4, 13, &line)?;
        }
        Ok(())
    }

    /// What AWS itself says of a bucket policy, where that is another answer.
    fn status(&self, page: &mut Page<'_>) -> io::Result<()> {
        let target = &self.question.target;
        let (Reading::Read(Some(document)), ResourceKind::BucketPolicy | ResourceKind::AccessPointPolicy) =
            (&target.policy, target.kind)
        else {
            return Ok(());
        };
        let public = s3_policy_status(document).public;
        let word = if public { "public" } else { "not public" };
        aside(page, &format!("AWS's own rule, which looks at no Deny, calls this policy {word}."))
    }
}

fn kind_words(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::BucketPolicy => "an S3 bucket",
        ResourceKind::AccessPointPolicy => "an S3 access point",
        ResourceKind::RoleTrust => "a role (its trust policy)",
        ResourceKind::ResourcePolicy => "a resource",
    }
}

/// A class of callers in words.
fn audience_words(audience: Audience) -> &'static str {
    match audience {
        Audience::Anyone => "anyone, without signing in",
        Audience::AnyAwsAccount => "any AWS account",
        Audience::AnyoneInNetwork => "anyone in certain networks",
        Audience::FederatedStranger => "a stranger who signs in with a federated provider",
        Audience::Accounts => "other accounts that it names",
        Audience::Federated => "federated identities that it names",
        Audience::AwsServiceOfAnyone => "an AWS service that any account can drive",
        Audience::AwsService => "an AWS service for this account",
        Audience::Organization => "the organisation and trusted accounts",
        Audience::SameAccount => "the account itself",
    }
}
