//! What stands in for what, and what may stay.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_policy::catalogue;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Fingerprint;

/// What is said of a text that nobody but its writer knows.
pub(super) const WITHHELD: &str = "withheld";

/// Words of AWS that are no service, action, key or region.
const AWS: &str = "aws amazon AWS Amazon Allow Deny AES256 Enabled Disabled Suspended Active Inactive BucketOwnerEnforced \
    BucketOwnerPreferred ObjectWriter READ WRITE READ_ACP WRITE_ACP FULL_CONTROL COMPLIANCE GOVERNANCE ARN ACL ACLs IAM KMS MFA \
    SCP SCPs RCP RCPs S3 SNS SQS EC2 SDK CLI CDK CloudTrail CloudWatch GuardDuty CloudFront CloudShell CloudFormation Config \
    Organizations AccessDenied AccessDeniedException ThrottlingException AWSLogs CloudTrail-Digest OrganizationAccountAccessRole \
    AWSCloudShellFullAccess BlockPublicAcls IgnorePublicAcls BlockPublicPolicy RestrictPublicBuckets IPv4 IPv6 VPC TLS HTTP HTTPS UTC JSON OIDC SAML 0.0.0.0/0 ::/0 true false null AllUsers AuthenticatedUsers LogDelivery";

/// Words of a case of `forewarn policy batch`.
const BATCH: &str =
    "reach status again bucket_policy access_point_policy role_trust resource_policy unreadable 2012-10-17 2008-10-17";

/// Hosts that anybody may use.
const PROVIDERS: [&str; 8] = [
    "token.actions.githubusercontent.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
    "appleid.apple.com",
    "gitlab.com",
    "app.terraform.io",
    "oidc.circleci.com",
];

/// Words in an ARN that say what it names.
const TYPES: &str = "root user role group policy instance-profile mfa sms-mfa saml-provider oidc-provider server-certificate \
    assumed-role federated-user aws-service-role service-role aws-reserved sso.amazonaws.com trail eventdatastore key alias \
    log-group log-stream accesspoint alarm stack table function detector analyzer hub account organization ou * ** AWSLogs \
    CloudTrail CloudTrail-Digest access-point storage-lens job vpc vpce instance config-rule recorder";

/// Options of the program that its sentences name.
const OPTIONS: [&str; 1] = ["--against"];

/// The stand-ins of one report.
pub(super) struct StandIns<'a> {
    key: Option<&'a [u8]>,
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u64>,
    /// What to look for in sentences, by how it begins, the longest first.
    phrases: HashMap<String, Vec<String>>,
    /// What is not among them yet: many fields may come before the first sentence, or none at all.
    learned: Vec<String>,
    /// Words of the checks' own prose.
    prose: BTreeSet<String>,
    /// Names that are looked for although they are such a word.
    sure: BTreeSet<String>,
    constants: BTreeSet<&'static str>,
    /// Addresses of the change under review, which stay.
    kept: BTreeSet<String>,
    types: BTreeSet<&'static str>,
}

/// The letters and digits that a text begins with, or its first character where it begins with another.
fn beginning(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let first = text.chars().next().map_or(0, char::len_utf8);
    text.get(..end.max(first)).unwrap_or(text)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers, times, versions.
fn is_figure(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && !is_account(text)
        && text.parse::<std::net::IpAddr>().is_err()
        && text.parse::<ipnet::IpNet>().is_err()
        && (text.bytes().all(|byte| byte.is_ascii_digit() || b".:-%,/".contains(&byte))
            || text.parse::<Timestamp>().is_ok())
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    matches!(parts.as_slice(), [area, middle @ .., number]
        if area.len() == 2 && !middle.is_empty() && middle.len() < 3 && middle.iter().all(letters) && letters(area)
            && number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `logs.amazonaws.com`, `delivery.logs.amazonaws.com`, `logs.eu-central-1.amazonaws.com`.
fn is_service(text: &str) -> bool {
    let Some(name) = text.strip_suffix(".amazonaws.com").or_else(|| text.strip_suffix(".amazonaws.com.cn")) else {
        return false;
    };
    let lower = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [one] => lower(one),
        [one, two] => lower(one) && (is_region(two) || *two == "logs" || *two == "sso"),
        _ => false,
    }
}

/// `s3:GetObject`, `iam:*`, `aws:SourceIp`; of a key with a name in it the part before the name.
fn is_action_or_key(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, name)| {
        let known = service == "aws" || catalogue::service(service).is_some();
        known
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?-_".contains(&b))
            && !name.starts_with(':')
    })
}

/// Nothing but digits.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a field has a name, also where it is nothing but digits: `userName`, `RoleSessionName`, `sourceIdentity`.
fn is_name(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field.ends_with("name") || field == "sourceidentity"
}

/// Whether strangers name the fields of a field.
fn is_named_by_strangers(field: &str) -> bool {
    ["tag", "tags", "encryptioncontext", "variables", "labels", "metadata"]
        .iter()
        .any(|name| field.eq_ignore_ascii_case(name))
}

/// What kind of thing it is: the word that its stand-in begins with.
fn kind(raw: &str) -> &'static str {
    let id = |prefix: &str| raw.starts_with(prefix) && raw.len() > prefix.len();
    let upper = raw.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_account(raw) {
        "account"
    } else if raw.contains('@') {
        "mail"
    } else if raw.parse::<std::net::IpAddr>().is_ok() || raw.parse::<ipnet::IpNet>().is_ok() {
        "address"
    } else if upper && raw.len() >= 16 && (id("AKIA") || id("ASIA")) {
        "key"
    } else if id("o-") || id("ou-") || id("r-") {
        "org"
    } else if upper && raw.len() >= 16 || raw.len() >= 32 && raw.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        "id"
    } else {
        "name"
    }
}

impl<'a> StandIns<'a> {
    /// `prose` is what forewarn says of everybody.
    pub(super) fn new<'p>(key: Option<&'a [u8]>, prose: impl IntoIterator<Item = &'p str>) -> Self {
        let word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let prose = prose.into_iter().flat_map(str::split_whitespace).map(word);
        Self {
            key,
            known: BTreeMap::new(),
            counts: BTreeMap::new(),
            phrases: HashMap::new(),
            learned: Vec::new(),
            sure: BTreeSet::new(),
            prose: prose.filter(|word| !is_account(word) && !word.starts_with("arn:") && !word.is_empty()).collect(),
            constants: AWS.split_whitespace().chain(BATCH.split_whitespace()).collect(),
            types: TYPES.split_whitespace().collect(),
            kept: BTreeSet::new(),
        }
    }

    /// From here on this address, and what begins with it and goes on with an attribute, stays in sentences.
    pub(super) fn keep(&mut self, address: &str) {
        let plain = address.split(['[', '"']).next().unwrap_or_default();
        if plain.contains('.') {
            self.kept.insert(plain.to_owned());
        }
    }

    /// From here on this word of AWS's, such as the name of an event, stays in sentences.
    pub(super) fn keep_word(&mut self, word: &str) {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".:-".contains(c);
        if word.chars().all(plain) && !is_account(word) {
            self.prose.insert(word.to_owned());
        }
    }

    /// From here on this name goes from sentences, also where it is an ordinary word, and from fields where it is a number.
    pub(super) fn sure(&mut self, name: &str) {
        self.sure.insert(name.to_owned());
    }

    fn is_kept(&self, word: &str) -> bool {
        let ends = word.match_indices('.').map(|(at, _)| at).chain([word.len()]);
        ends.filter_map(|end| word.get(..end)).any(|address| self.kept.contains(address))
    }

    /// A number that only the holder of the secret can make, or the next one.
    fn number(&mut self, kind: &'static str, raw: &str) -> u128 {
        let keyed = self.key.and_then(|key| Hmac::<Sha256>::new_from_slice(key).ok());
        let Some(mut mac) = keyed else {
            let next = self.counts.entry(kind).or_default();
            *next += 1;
            return u128::from(*next);
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(raw.as_bytes());
        mac.finalize().into_bytes().iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }

    /// What stands in for `raw`, which is one thing.
    pub(super) fn of(&mut self, raw: &str) -> String {
        if let Some(known) = self.known.get(raw) {
            return known.clone();
        }
        let kind = kind(raw);
        let number = self.number(kind, raw);
        let made = match (kind, self.key.is_some()) {
            ("account", _) => format!("{:012}", number % 1_000_000_000_000),
            (kind, true) => format!("{kind}-{:08x}", number & 0xffff_ffff),
            (kind, false) => format!("{kind}-{number}"),
        };
        self.learn(raw, made.clone());
        made
    }

    /// From here on `raw` is looked for in sentences too.
    fn learn(&mut self, raw: &str, made: String) {
        if !raw.is_empty() && !self.known.contains_key(raw) {
            self.learned.push(raw.to_owned());
        }
        self.known.insert(raw.to_owned(), made);
    }

    /// Puts what was learned among what is looked for.
    fn settle(&mut self) {
        let mut grown = BTreeSet::new();
        for raw in self.learned.drain(..) {
            let beginning = beginning(&raw).to_owned();
            self.phrases.entry(beginning.clone()).or_default().push(raw);
            grown.insert(beginning);
        }
        for beginning in grown {
            if let Some(phrases) = self.phrases.get_mut(&beginning) {
                phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
            }
        }
    }

    /// A fingerprint: it is a hash of names that can be guessed.
    pub(super) fn fingerprint(&mut self, fingerprint: &mut Fingerprint) {
        let raw = fingerprint.to_string();
        let number = match self.known.get(&raw).map(|made| u128::from_str_radix(made, 16)) {
            Some(Ok(number)) => number,
            _ => self.number("fingerprint", &raw),
        };
        self.known.insert(raw, format!("{number:032x}"));
        fingerprint.0 = number.to_be_bytes();
    }

    /// Whether a word is AWS's or forewarn's own.
    fn is_public(&self, word: &str) -> bool {
        self.constants.contains(word)
            || is_figure(word)
            || is_region(word)
            || is_service(word)
            || is_action_or_key(word)
            || PROVIDERS.contains(&word)
            || word.starts_with("http://acs.amazonaws.com/groups/")
            || word.starts_with("AWSServiceRoleFor")
    }

    /// One part of an ARN or a value: wildcards and policy variables stay.
    fn part(&mut self, raw: &str) -> String {
        // What has no letter and no digit names nothing.
        let is_sure = is_number(raw) && self.sure.contains(raw);
        if !is_sure && (!raw.contains(char::is_alphanumeric) || self.is_public(raw)) {
            return raw.to_owned();
        }
        if let Some((before, rest)) = raw.split_once("${")
            && let Some((variable, after)) = rest.split_once('}')
        {
            let (before, after) = (self.part(before), self.part(after));
            let variable = self.context_key(variable);
            return format!("{before}${{{variable}}}{after}");
        }
        if raw.contains(['*', '?']) && !raw.contains(' ') {
            let mut made = String::new();
            for piece in raw.split_inclusive(['*', '?']) {
                let name = piece.trim_end_matches(['*', '?']);
                if !name.is_empty() {
                    let name = self.part(name);
                    made.push_str(&name);
                }
                made.push_str(piece.get(piece.trim_end_matches(['*', '?']).len()..).unwrap_or_default());
            }
            return made;
        }
        self.of(raw)
    }

    /// An ARN or a pattern of ARNs.
    pub(super) fn arn(&mut self, raw: &str) -> String {
        let parts: Vec<&str> = raw.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts.as_slice() else { return self.part(raw) };
        let own = |text: &str| text.is_empty() || text == "*" || text == "aws";
        let partition =
            if partition.starts_with("aws") || own(partition) { (*partition).to_owned() } else { self.part(partition) };
        let named = catalogue::service(service).is_some() || *service == "sts" || own(service);
        let service_shown = if named { (*service).to_owned() } else { self.part(service) };
        let region = if own(region) { (*region).to_owned() } else { self.part(region) };
        if *account == "aws" && *service == "iam" {
            // A policy of AWS's own.
            return raw.to_owned();
        }
        // The number of an account is one also where digits of it are missing.
        let account = match *account {
            account if own(account) => account.to_owned(),
            account if is_number(account) => self.of(account),
            account => self.part(account),
        };
        let flat = matches!(*service, "s3" | "sns" | "sqs");
        // Somebody may be called by the number of an employee; farther on numbers are versions and days.
        let of_people = matches!(*service, "iam" | "sts");
        let mut made = String::new();
        for (index, piece) in resource.split_inclusive(['/', ':']).enumerate() {
            let name = piece.trim_end_matches(['/', ':']);
            let end = piece.get(name.len()..).unwrap_or_default();
            let is_type = self.types.contains(name) && (index > 0 || !flat);
            let shown = match name {
                name if is_type => name.to_owned(),
                name if is_number(name) && (of_people || index < if flat { 1 } else { 2 }) => self.of(name),
                name => self.part(name),
            };
            made.push_str(&shown);
            made.push_str(end);
        }
        let made = format!("arn:{partition}:{service_shown}:{region}:{account}:{made}");
        if made != raw && !self.known.contains_key(raw) {
            self.learn(raw, made.clone());
        }
        made
    }

    /// A condition key; the name of a tag in it is somebody's.
    pub(super) fn context_key(&mut self, key: &str) -> String {
        match key.split_once('/') {
            Some((key, name)) if is_action_or_key(key) => {
                let name = self.part(name);
                format!("{key}/{name}")
            }
            _ if is_action_or_key(key) => key.to_owned(),
            _ => self.part(key),
        }
    }

    /// A field that holds one thing.
    pub(super) fn leaf(&mut self, raw: &str) -> String {
        if raw.starts_with("arn:") {
            return self.arn(raw);
        }
        if raw.trim_start().starts_with(['{', '['])
            && let Ok(value) = serde_json::from_str(raw)
        {
            let value = self.value(value, false);
            return value.to_string();
        }
        self.part(raw)
    }

    /// The name of a field, or of a condition.
    fn field(&mut self, key: &str, named_by_strangers: bool) -> String {
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let operator = key.split(':').all(plain) && key.starts_with("For");
        if !named_by_strangers && (plain(key) || operator) { key.to_owned() } else { self.context_key(key) }
    }

    /// JSON as an inventory or a policy has it.
    pub(super) fn value(&mut self, value: Value, named_by_strangers: bool) -> Value {
        match value {
            Value::String(text) => Value::String(self.leaf(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item, named_by_strangers)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(key, value)| {
                    let named = is_named_by_strangers(&key);
                    let value = match value {
                        Value::String(text) if is_name(&key) && is_number(&text) => Value::String(self.of(&text)),
                        value => self.value(value, named),
                    };
                    (self.field(&key, named_by_strangers), value)
                });
                Value::Object(fields.collect())
            }
            Value::Number(number) if is_account(&number.to_string()) => Value::String(self.of(&number.to_string())),
            other => other,
        }
    }

    /// A JSON pointer.
    pub(super) fn pointer(&mut self, pointer: &str) -> String {
        let mut tags = false;
        let mut shown = Vec::new();
        for token in pointer.split('/') {
            let plain = token.replace("~1", "/").replace("~0", "~");
            let kept = plain.is_empty() || plain.bytes().all(|byte| byte.is_ascii_digit()) && !is_account(&plain);
            let made = if kept { plain.clone() } else { self.field(&plain, tags) };
            tags = is_named_by_strangers(&plain);
            shown.push(made.replace('~', "~0").replace('/', "~1"));
        }
        shown.join("/")
    }

    /// The hash under which a document stands.
    pub(super) fn document(text: &str) -> String {
        crate::run::hex(&Sha256::digest(text), 16)
    }

    /// A sentence of forewarn's with names in it.
    pub(super) fn sentence(&mut self, text: &str) -> String {
        let mut made = String::with_capacity(text.len());
        let mut rest = text;
        let mut starts = true;
        while !rest.is_empty() {
            self.settle();
            if let Some((phrase, shown)) = self.phrase(rest) {
                made.push_str(&shown);
                rest = rest.get(phrase..).unwrap_or_default();
                starts = false;
                continue;
            }
            let end = rest.find(|c: char| c.is_whitespace() || "\"`'()[]{},;<>|".contains(c)).unwrap_or(rest.len());
            if end == 0 {
                let c = rest.chars().next().unwrap_or_default();
                starts |= c == ';';
                made.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            let token = rest.get(..end).unwrap_or_default();
            let word = token.trim_end_matches(['.', ':', '…']);
            let tail = token.get(word.len()..).unwrap_or_default();
            let shown = self.word(word, starts);
            made.push_str(&shown);
            made.push_str(tail);
            starts = !tail.is_empty();
            rest = rest.get(end..).unwrap_or_default();
        }
        made
    }

    /// A sentence of forewarn's of which all names are known: nothing else in it is replaced.
    pub(super) fn known_in(&mut self, text: &str) -> String {
        self.settle();
        let mut made = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (length, shown) = match self.phrase(rest) {
                Some(found) => found,
                None => (beginning(rest).len(), beginning(rest).to_owned()),
            };
            made.push_str(&shown);
            rest = rest.get(length..).unwrap_or_default();
        }
        made
    }

    /// A command of forewarn's of which all names are known: the program, what it is asked to do and the names of options
    /// are nobody's.
    pub(super) fn command(&mut self, text: &str) -> String {
        const OWN: usize = 3;
        self.settle();
        let mut made = String::with_capacity(text.len());
        let (mut rest, mut words) = (text, 0);
        while !rest.is_empty() {
            let is_start = made.is_empty() || made.ends_with(' ');
            words += usize::from(is_start);
            let (length, shown) = if is_start && (words <= OWN || rest.starts_with("--")) {
                let word = rest.split(' ').next().unwrap_or_default();
                (word.len(), word.to_owned())
            } else {
                let found = self.longest(rest).and_then(|found| Some((found.len(), self.known.get(found)?.clone())));
                found.unwrap_or_else(|| (beginning(rest).len(), beginning(rest).to_owned()))
            };
            // Blanks that follow each other begin no word.
            let (length, shown) = if length == 0 { (1, " ".to_owned()) } else { (length, shown) };
            made.push_str(&shown);
            rest = rest.get(length..).unwrap_or_default();
        }
        made
    }

    /// The longest known thing that a text begins with: its length and what stands in for it.
    fn phrase(&self, text: &str) -> Option<(usize, String)> {
        let found = self.longest(text)?;
        let ordinary = found.bytes().all(|byte| byte.is_ascii_lowercase()) && self.prose.contains(found);
        if ordinary && !self.sure.contains(found) { None } else { Some((found.len(), self.known.get(found)?.clone())) }
    }

    fn longest(&self, text: &str) -> Option<&String> {
        let whole = |phrase: &&String| {
            let open = phrase.ends_with(char::is_alphanumeric);
            let next = text.get(phrase.len()..).and_then(|rest| rest.chars().next());
            text.starts_with(phrase.as_str()) && !(open && next.is_some_and(char::is_alphanumeric))
        };
        self.phrases.get(beginning(text))?.iter().find(whole)
    }

    fn word(&mut self, word: &str, starts: bool) -> String {
        let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        let ours = |word: &str| self.prose.contains(word) || plain(word) && !word.is_empty();
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let capital = starts && letters && word.get(1..).is_some_and(plain);
        let marks = word.chars().all(|c| !c.is_alphanumeric());
        let joined = word.split(['/', '-']).all(|part| self.prose.contains(part));
        let check = word.split_once('.').is_some_and(|(service, _)| plain(service)) && word.contains('_');
        if word.starts_with("arn:") {
            self.arn(word)
        } else if marks
            || ours(word)
            || capital
            || joined
            || check
            || self.is_public(word)
            || self.is_kept(word)
            || OPTIONS.contains(&word)
        {
            word.to_owned()
        } else {
            self.part(word)
        }
    }
}
