//! Which actions there are, and on what: the catalogue as choices of a search.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{self, Action, Service};
use crate::condition::Condition;
use crate::decide::{OBJECT_READ, permits};
use crate::document::{Document, Statement};
use crate::glob::{Glob, Token};
use crate::principal::{Arn, is_account};
use crate::reach::domain::{Domain, Texts};
use crate::reach::solve::{Choice, carries};
use crate::reach::values::one;

/// Where resources may lie, the plain place first; what documents name stands in it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    partition: String,
    regions: Vec<String>,
    accounts: Vec<String>,
}

impl Places {
    /// The places that resource patterns of these documents name, around an account.
    pub(crate) fn of<'d>(account: &str, documents: impl IntoIterator<Item = &'d Document>) -> Self {
        let mut partitions = BTreeSet::new();
        let mut regions = BTreeSet::new();
        let mut accounts = BTreeSet::new();
        let statements = documents.into_iter().flat_map(Document::statements);
        for pattern in statements.flat_map(|statement| &statement.resource).flat_map(|element| &element.entries) {
            let text = pattern.text.plain();
            let Some(arn) = Arn::parse(&text) else { continue };
            let plain = |part: &str| !part.is_empty() && !part.contains(['*', '?', '$']);
            if plain(arn.partition) {
                partitions.insert(arn.partition.to_owned());
            }
            if plain(arn.region) {
                regions.insert(arn.region.to_owned());
            }
            if is_account(arn.account) {
                accounts.insert(arn.account.to_owned());
            }
        }
        // One partition is all that an account ever sees.
        let partition = if partitions.contains("aws") { None } else { partitions.into_iter().next() };
        let first = |plain: &[&str], named: BTreeSet<String>| {
            let plain: Vec<String> = plain.iter().map(|text| (*text).to_owned()).collect();
            let named: Vec<String> = named.into_iter().filter(|text| !plain.contains(text)).collect();
            [plain, named].concat()
        };
        Self {
            partition: partition.unwrap_or_else(|| "aws".to_owned()),
            regions: first(&["us-east-1", "eu-central-1"], regions),
            accounts: first(&[account], accounts),
        }
    }
}

/// Actions with the resources that they can be about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Universe {
    pub(crate) actions: Vec<Choice>,
    pub(crate) resources: Vec<Domain>,
}

impl Universe {
    /// One action, whatever it is, on resources of this domain.
    pub(crate) fn one(action: &str, resources: Domain) -> Self {
        Self { actions: vec![Choice::new(action, vec![0])], resources: vec![resources] }
    }

    /// Takes in another one.
    pub(crate) fn add(&mut self, other: Self) {
        let begin = self.resources.len();
        self.resources.extend(other.resources);
        self.actions.extend(other.actions.iter().map(|choice| choice.on(choice.forms.iter().map(|form| form + begin))));
    }

    /// Only the first of the actions that nothing tells apart, of those that the caller takes: no statement, no key that
    /// something looks at, and no ACL where those count.
    pub(crate) fn distinct<'s, 'a>(
        &'s self,
        taken: impl Fn(&str) -> bool,
        statements: &[&'a Statement],
        keys: &BTreeMap<&'a str, Vec<&'a Condition>>,
        acls: bool,
    ) -> Self {
        const PERMISSIONS: [&str; 6] = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL", OBJECT_READ];
        let mut seen = BTreeSet::new();
        let is_first = |choice: &&'s Choice| {
            let about = statements
                .iter()
                .map(|statement| statement.action.entries.iter().any(|glob| glob.matches(&choice.lower)));
            let carried = keys.keys().map(|key| carries(&choice.lower, key));
            let permissions = PERMISSIONS.iter().filter(|_| acls);
            let granted = permissions.map(|permission| permits(permission, &choice.lower));
            let marks: Vec<bool> = about.chain(carried).chain(granted).collect();
            // Facts A1 and A3: some actions are decided by their names.
            let service = choice.lower.split(':').next().unwrap_or_default();
            let special = SPECIAL.contains(&&*choice.lower).then_some(&*choice.lower);
            seen.insert((service, special, &*choice.forms, marks))
        };
        let actions = self.actions.iter().filter(|choice| taken(&choice.lower)).filter(is_first);
        Self { actions: actions.cloned().collect(), resources: self.resources.clone() }
    }

    /// All actions of a service.
    pub(crate) fn service(service: &Service, places: &Places) -> Self {
        Self::of(service, &service.actions, places)
    }

    /// One action by its full name, on any resource that it can be about.
    pub(crate) fn action(name: &str, places: &Places) -> Self {
        let known = name.split_once(':').and_then(|(prefix, name)| {
            let service = catalogue::service(prefix)?;
            Some((service, service.action(name)?))
        });
        match known {
            Some((service, action)) => Self::of(service, std::slice::from_ref(action), places),
            None => Self::one(name, anything()),
        }
    }

    fn of(service: &Service, actions: &[Action], places: &Places) -> Self {
        let mut universe = Self { actions: Vec::new(), resources: vec![everything()] };
        let mut forms: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for action in actions {
            let mut own = Vec::new();
            for kind in &action.resources {
                let forms = forms.entry(kind.name.as_str()).or_insert_with(|| {
                    let begin = universe.resources.len();
                    universe.resources.extend(resources(service, &kind.name, places));
                    (begin..universe.resources.len()).collect()
                });
                own.extend(forms.iter().copied());
            }
            // An action without resource types is about `*` (fact B5).
            if own.is_empty() {
                own.push(0);
            }
            universe.actions.push(Choice::new(&format!("{}:{}", service.prefix, action.name), own));
        }
        universe
    }

    /// Actions that a statement names and the catalogue does not know.
    pub(crate) fn unknown(statement: &Statement) -> Option<Self> {
        if statement.action.negated {
            return None;
        }
        let named = statement.action.entries.iter().filter_map(|glob| {
            let text = glob.literal().unwrap_or_else(|| glob.with_runs("x"));
            let (prefix, name) = text.split_once(':')?;
            let known = match catalogue::service(prefix) {
                Some(service) => glob.literal().is_none() || service.action(name).is_some(),
                None => false,
            };
            (!known).then_some(text)
        });
        let actions: Vec<Choice> = named.map(|name| Choice::new(&name, vec![0])).collect();
        (!actions.is_empty()).then(|| Self { actions, resources: vec![anything()] })
    }
}

/// Actions that `decide` knows by name.
const SPECIAL: [&str; 5] =
    ["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy", "kms:retiregrant", "sts:getcalleridentity"];

/// Services that stand for all that no statement tells apart: with resources in regions and without, and with none.
const EXAMPLES: [&str; 9] = ["iam", "s3", "sts", "ec2", "lambda", "kms", "secretsmanager", "dynamodb", "route53"];

/// The services that statements tell apart from others: a pattern for actions or resources names them.
pub(crate) fn told_apart<'d>(statements: impl IntoIterator<Item = &'d Statement>) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<&'static str> = EXAMPLES.into_iter().collect();
    for statement in statements {
        for prefix in statement.action.entries.iter().map(Glob::before_colon).filter(|prefix| !prefix.is_everything()) {
            found.extend(catalogue::prefixes().filter(|service| prefix.matches(service)));
        }
        for pattern in statement.resource.iter().flat_map(|element| &element.entries) {
            let text = pattern.text.plain();
            let named = Arn::parse(&text).map(|arn| arn.service);
            found.extend(catalogue::prefixes().filter(|service| named == Some(*service)));
        }
    }
    found
}

/// The services that a statement's actions can be of, the best known ones first; of those that nothing tells apart only
/// the examples.
pub(crate) fn services(statement: &Statement, apart: &BTreeSet<&'static str>) -> Vec<&'static str> {
    let others = apart.iter().copied().filter(|prefix| !EXAMPLES.contains(prefix));
    let all = EXAMPLES.into_iter().chain(others);
    if statement.action.negated {
        return all.collect();
    }
    // Of a pattern only its service matters here.
    let prefixes: Vec<Glob> = statement.action.entries.iter().map(Glob::before_colon).collect();
    all.filter(|service| prefixes.iter().any(|glob| glob.matches(service))).collect()
}

/// What an action without resource types is about (fact B5).
fn everything() -> Domain {
    Domain::Finite(vec![one("*")])
}

/// What an action that the catalogue does not know is about.
fn anything() -> Domain {
    Domain::Texts(Texts { plain: vec!["*".to_owned()], ..Texts::default() })
}

/// The ARNs of a type of resource, plain places first.
pub(crate) fn resources(service: &Service, kind: &str, places: &Places) -> Vec<Domain> {
    let shapes = service.resource(kind).into_iter().flat_map(|kind| &kind.arns);
    shapes.flat_map(|shape| frames(shape, places)).collect()
}

/// The ARNs of one shape, plain places first and any place last.
fn frames(shape: &str, places: &Places) -> Vec<Domain> {
    let parts: Vec<&str> = shape.splitn(6, ':').collect();
    let &[_, _, service, region, account, resource] = parts.as_slice() else { return Vec::new() };
    let in_place = |region: &str, account: &str| {
        let head = format!("arn:{}:{service}:{region}:{account}:", places.partition);
        let frame = head.chars().map(Token::Is).chain(name_tokens(resource)).collect::<Vec<_>>();
        Domain::Texts(Texts {
            within: vec![Glob::from_tokens(frame)],
            plain: vec![format!("{head}{}", plain_name(resource))],
            ..Texts::default()
        })
    };
    let own = |part: &str, plain: &[String]| -> Vec<String> {
        if part.starts_with("${") || part == "*" { plain.to_vec() } else { vec![part.to_owned()] }
    };
    let (regions, accounts) = (own(region, &places.regions), own(account, &places.accounts));
    let mut found: Vec<Domain> = accounts
        .iter()
        .flat_map(|account| regions.iter().map(|region| in_place(region, account)).collect::<Vec<_>>())
        .collect();
    if region.starts_with("${") || account.starts_with("${") {
        let head = format!("arn:{}:{service}:", places.partition);
        let any = |part: &str| -> Vec<Token> {
            if part.starts_with("${") {
                vec![Token::OneInSegment, Token::RunInSegment]
            } else {
                part.chars().map(Token::Is).collect()
            }
        };
        let colon = || [Token::Is(':')];
        let tokens = head.chars().map(Token::Is).chain(any(region)).chain(colon()).chain(any(account)).chain(colon());
        let frame = Glob::from_tokens(tokens.chain(name_tokens(resource)).collect::<Vec<_>>());
        found.push(Domain::Texts(Texts { within: vec![frame], ..Texts::default() }));
    }
    found
}

/// The pieces of a shape: fixed text, or the name of what stands there.
fn pieces(shape: &str) -> Vec<Result<&str, &str>> {
    let mut found = Vec::new();
    let mut rest = shape;
    while let Some((fixed, behind)) = rest.split_once("${") {
        let Some((name, after)) = behind.split_once('}') else { break };
        found.push(Ok(fixed));
        found.push(Err(name));
        rest = after;
    }
    found.push(Ok(rest));
    found
}

/// A name holds no colon, and a slash only at the end of a shape; a bucket's has none, and the key of an object any.
fn name_tokens(shape: &str) -> Vec<Token> {
    let pieces = pieces(shape);
    let mut tokens = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Ok(fixed) => tokens.extend(fixed.chars().map(|c| if c == '*' { Token::Run } else { Token::Is(c) })),
            Err(name) => {
                let last = pieces.iter().skip(index + 1).all(|piece| piece.is_ok_and(str::is_empty));
                tokens.extend(match *name {
                    "ObjectName" => [Token::One, Token::Run],
                    "BucketName" => [Token::OneInName, Token::RunInName],
                    _ if last => [Token::OneInSegment, Token::RunInSegment],
                    _ => [Token::OneInName, Token::RunInName],
                });
            }
        }
    }
    tokens
}

fn plain_name(shape: &str) -> String {
    pieces(shape).into_iter().map(|piece| piece.map_or("example", |fixed| fixed)).collect::<String>().replace('*', "x")
}
