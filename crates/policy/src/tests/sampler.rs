//! A No means nobody: requests drawn at random, of callers that an audience can have, near what the policies speak of.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::reach::takes_in;
use super::{in_parts, question};
use crate::services::{BUCKET_ACTIONS, OBJECT_ACTIONS};
use crate::{
    Answer, Audience, Context, ContextValue, Decided, Decision, Principal, Question, Request, ResourceKind, decide,
    layers, reach,
};

/// Policy sets in an ordinary run; `FOREWARN_SAMPLED_SETS` asks for more.
const SETS: u64 = 60;
/// Requests for each audience of a set.
const REQUESTS: usize = 10_000;

/// Words that stand where a policy has a wildcard.
const WORDS: &[&str] = &["", "x", "a", "Alice", "alice", "ed", "k", "home/", "b", "T", "zebra-7", "*", "é"];

/// Numbers out of a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 8).unwrap() % bound
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// What requests about a case are made of.
struct Sampler {
    text: String,
    kind: ResourceKind,
    has_organization: bool,
    is_trusted: bool,
    points: Vec<String>,
    /// Every string of the documents.
    strings: Vec<String>,
}

impl Sampler {
    fn new(case: &Value, question: &Question) -> Self {
        let mut strings = Vec::new();
        gather(case, &mut strings);
        Self {
            text: case.to_string(),
            kind: question.target.kind,
            has_organization: case["organization"].is_object(),
            is_trusted: case["trusted_accounts"].is_array(),
            points: question.target.access_points.iter().map(|point| point.arn.clone()).collect(),
            strings,
        }
    }

    /// A request that a caller of the audience can make; `None` where the case leaves no such caller.
    fn draw(&self, audience: Audience, dice: &mut Dice) -> Option<Request> {
        let mut context = BTreeMap::new();
        let mut put = |key: &str, value: &str| context.insert(key.to_owned(), ContextValue::One(value.to_owned()));
        let trust = self.kind == ResourceKind::RoleTrust;
        let organization = ["o-a", "o-strangers1", "o-zz9zz9zz9z"];
        let account = match audience {
            Audience::SameAccount => Some("111111111111"),
            Audience::Organization => match (self.has_organization, self.is_trusted) {
                (false, false) => return None,
                (true, false) => Some("333333333333"),
                (false, true) => Some("444444444444"),
                (true, true) => Some(dice.pick(&["333333333333", "444444444444"])),
            },
            Audience::Accounts => {
                let spared =
                    |id: &str| id == "333333333333" && self.has_organization || id == "444444444444" && self.is_trusted;
                let named = ["222222222222", "333333333333", "444444444444"].into_iter();
                let named: Vec<&str> = named.filter(|id| self.text.contains(id) && !spared(id)).collect();
                (!named.is_empty()).then(|| dice.pick(&named))?.into()
            }
            Audience::AnyAwsAccount => Some(dice.pick(&["999999999999", "560056005600"])),
            Audience::AnyoneInNetwork if trust || dice.below(2) == 0 => Some("999999999999"),
            _ => None,
        };
        if let Some(account) = account {
            let member = self.has_organization && matches!(account, "111111111111" | "333333333333");
            match (member, audience) {
                (true, _) => put("aws:PrincipalOrgID", organization[0]),
                (false, Audience::SameAccount) => None,
                (false, _) if dice.below(2) == 0 => put("aws:PrincipalOrgID", dice.pick(&organization[1..])),
                (false, _) => None,
            };
        }
        let provider = "token.actions.githubusercontent.com";
        let principal = match (account, audience) {
            (Some(account), _) => {
                let (kind, name) = self.name(dice);
                if kind != "iam" || name.starts_with("role/") {
                    match dice.below(3) {
                        0 => {}
                        1 => drop(put("aws:MultiFactorAuthPresent", "true")),
                        _ => drop(put("aws:MultiFactorAuthPresent", "false")),
                    }
                }
                if name != "root" && dice.below(4) != 0 {
                    put("aws:PrincipalTag/team", &self.near(dice));
                }
                Principal::Arn(format!("arn:aws:{kind}::{account}:{name}"))
            }
            (None, Audience::Anyone | Audience::AnyoneInNetwork) if !trust => Principal::Anonymous,
            (None, Audience::FederatedStranger) if trust && self.text.contains(provider) => {
                Principal::Federated(provider.to_owned())
            }
            (None, Audience::AwsService | Audience::AwsServiceOfAnyone) if !trust => {
                let own = audience == Audience::AwsService;
                if own && !self.names_the_trail() {
                    return None;
                }
                let source = if own { "111111111111" } else { dice.pick(&["999999999999", "560056005600"]) };
                let region = dice.pick(&["us-east-1", "eu-west-1", "ap-south-2"]);
                put("aws:SourceAccount", source);
                put("aws:SourceArn", &format!("arn:aws:cloudtrail:{region}:{source}:trail/{}", self.near(dice)));
                Principal::Service("cloudtrail.amazonaws.com".to_owned())
            }
            _ => return None,
        };
        put("aws:SecureTransport", dice.pick(&["true", "false"]));
        put("aws:CurrentTime", &instant(dice));
        if !matches!(principal, Principal::Service(_)) {
            let free = matches!(audience, Audience::Accounts | Audience::Organization | Audience::SameAccount);
            let named = audience == Audience::AnyoneInNetwork || free && dice.below(2) == 0;
            for (key, value) in self.network(named, free, dice)? {
                put(key, &value);
            }
        }
        let (action, resource) = self.call(&principal, dice);
        if action == "s3:ListBucket" && dice.below(3) != 0 {
            put("s3:prefix", &self.near(dice));
        }
        if !self.points.is_empty() && dice.below(2) == 0 {
            put("s3:DataAccessPointArn", &self.points[dice.below(self.points.len())]);
        }
        if account.is_some() && dice.below(2) == 0 {
            let keys = (0..dice.below(4)).map(|_| self.near(dice)).collect();
            context.insert("aws:TagKeys".to_owned(), ContextValue::Many(keys));
        }
        let resource_account = Some("111111111111".to_owned());
        Some(Request { principal, action, resource, resource_account, context: Context(context) })
    }

    /// Whether a trail may do all that the documents give it, and not just what it does anywhere.
    fn names_the_trail(&self) -> bool {
        self.text.contains("\"cloudtrail.amazonaws.com\"")
    }

    /// A user, role, session or root, often one that the documents name.
    fn name(&self, dice: &mut Dice) -> (&'static str, String) {
        if dice.below(2) == 0 {
            let parts: Vec<&str> = self.strings[dice.below(self.strings.len())].splitn(6, ':').collect();
            if let [_, _, service @ ("iam" | "sts"), _, _, name] = parts[..] {
                let service = if service == "iam" { "iam" } else { "sts" };
                let name = instance(name, dice);
                let kinds = ["user/", "role/", "assumed-role/", "federated-user/"];
                if kinds.iter().any(|kind| name.strip_prefix(kind).is_some_and(|rest| !rest.is_empty()))
                    && (service == "iam") == (name.starts_with("user/") || name.starts_with("role/"))
                {
                    return (service, name);
                }
            }
        }
        let (service, name) = [
            ("iam", "user/Alice"),
            ("iam", "user/alice"),
            ("iam", "user/team/Bob"),
            ("iam", "user/z"),
            ("iam", "role/R"),
            ("iam", "role/p/Q"),
            ("iam", "root"),
            ("sts", "assumed-role/R/s"),
            ("sts", "assumed-role/Q/other"),
            ("sts", "federated-user/F"),
        ][dice.below(10)];
        (service, name.to_owned())
    }

    /// Keys of the network that a caller comes from: one that the documents single out, or any other.
    fn network(&self, named: bool, free: bool, dice: &mut Dice) -> Option<Vec<(&'static str, String)>> {
        let number = |dice: &mut Dice, least: usize, most: usize| least + dice.below(most - least + 1);
        let says = |text: &str| self.text.contains(text);
        let mut ways: Vec<Vec<(&str, String)>> = Vec::new();
        let endpoint = |endpoint: &str, vpc: &str, dice: &mut Dice| {
            let inner = format!("10.{}.0.{}", dice.below(256), dice.below(256));
            vec![("aws:SourceVpce", endpoint.to_owned()), ("aws:SourceVpc", vpc.to_owned()), ("aws:VpcSourceIp", inner)]
        };
        if named {
            if says("203.0.113.") {
                let last = if dice.below(2) == 0 { 7 } else { dice.below(256) };
                ways.push(vec![("aws:SourceIp", format!("203.0.113.{last}"))]);
            }
            if says("2001:db8::") {
                ways.push(vec![("aws:SourceIp", format!("2001:db8:{:x}::{:x}", dice.below(65_536), dice.below(99)))]);
            }
            for (name, vpc) in [("vpce-1", "vpc-1"), ("vpce-2", "vpc-2")] {
                if says(name) || says(&format!("\"{vpc}\"")) {
                    ways.push(endpoint(name, vpc, dice));
                }
            }
            if ways.is_empty() && !free {
                return None;
            }
        }
        if ways.is_empty() {
            // On either side of the half that one of the documents' networks takes.
            let first = [number(dice, 11, 99), number(dice, 128, 171), 202, 204][dice.below(4)];
            let rest = [number(dice, 0, 255), number(dice, 0, 255), number(dice, 1, 254)];
            ways.push(vec![("aws:SourceIp", format!("{first}.{}.{}.{}", rest[0], rest[1], rest[2]))]);
            ways.push(vec![("aws:SourceIp", format!("2600:1f18:{:x}::{:x}", dice.below(65_536), dice.below(99)))]);
            let odd = number(dice, 0x1000, 0xffff);
            ways.push(endpoint(&format!("vpce-0fedcba98765{odd:x}"), &format!("vpc-0fedcba98765{odd:x}"), dice));
        }
        Some(ways.swap_remove(dice.below(ways.len())))
    }

    fn call(&self, principal: &Principal, dice: &mut Dice) -> (String, String) {
        if self.kind == ResourceKind::RoleTrust {
            let federated = matches!(principal, Principal::Federated(_));
            let action = if federated { "sts:AssumeRoleWithWebIdentity" } else { "sts:AssumeRole" };
            return (action.to_owned(), "arn:aws:iam::111111111111:role/T".to_owned());
        }
        let usual = dice.below(2) == 0;
        let writes_only = matches!(principal, Principal::Service(_)) && !self.names_the_trail();
        if !writes_only && dice.below(3) == 0 {
            let action = if usual { "s3:ListBucket" } else { dice.pick(&BUCKET_ACTIONS) };
            return (action.to_owned(), "arn:aws:s3:::b".to_owned());
        }
        let action = match usual {
            _ if writes_only => "s3:PutObject",
            true => dice.pick(&["s3:GetObject", "s3:PutObject"]),
            false => dice.pick(&OBJECT_ACTIONS),
        };
        let near = &self.strings[dice.below(self.strings.len())];
        let key = near.strip_prefix("arn:aws:s3:::b/").or(near.split_once("/object/").map(|(_, key)| key));
        let key = match key {
            Some(key) => instance(key, dice),
            None => self.near(dice),
        };
        (action.to_owned(), format!("arn:aws:s3:::b/{}", if key.is_empty() { "k" } else { &key }))
    }

    /// A value that some pattern of the documents takes, or nearly.
    fn near(&self, dice: &mut Dice) -> String {
        if dice.below(3) == 0 {
            return dice.pick(WORDS).to_owned();
        }
        instance(&self.strings[dice.below(self.strings.len())], dice)
    }
}

/// A text that a pattern takes; in one of eight in another case.
fn instance(pattern: &str, dice: &mut Dice) -> String {
    let mut found = String::new();
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = rest.strip_prefix(next).unwrap_or_default();
        match next {
            '*' => found.push_str(dice.pick(WORDS)),
            '?' => found.push_str(dice.pick(&["r", "a", "B", "1"])),
            '$' if rest.starts_with('{') => {
                let (inside, behind) = rest.split_once('}').unwrap_or((rest, ""));
                rest = behind;
                let default = inside.split('\'').nth(1).unwrap_or("Alice");
                found.push_str(dice.pick(&[default, "Alice", "alice", "team/Bob", "red", "*", "$"]));
            }
            _ => found.push(next),
        }
    }
    if dice.below(8) == 0 { found.to_ascii_lowercase() } else { found }
}

fn instant(dice: &mut Dice) -> String {
    let (year, month, day) = (2023 + dice.below(3), 1 + dice.below(12), 1 + dice.below(28));
    let around = ["2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2024-06-01T00:00:00Z"];
    match dice.below(2) {
        0 => dice.pick(&around).to_owned(),
        _ => format!("{year}-{month:02}-{day:02}T12:00:00Z"),
    }
}

fn gather(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, strings)),
        Value::Object(fields) => fields.values().for_each(|held| gather(held, strings)),
        Value::String(text) => strings.push(text.clone()),
        _ => {}
    }
}

/// How often each thing was seen.
type Mix = BTreeMap<String, usize>;

fn sampled(seed: u64, mix: &mut Mix) {
    let case = forewarn_oracle::reach_case(seed);
    let question = question(&case).unwrap();
    let answers = reach(&question).answers;
    let sampler = Sampler::new(&case, &question);
    let dice = &mut Dice(seed);
    for (audience, answer) in &answers {
        let word = json!(audience);
        let wide = takes_in(word.as_str().unwrap());
        let closed = answers
            .iter()
            .filter(|(other, _)| wide.iter().any(|word| json!(other) == *word))
            .all(|(_, answer)| *answer == Answer::No);
        let open = matches!(answer, Answer::Yes(_));
        if !(closed || open) || sampler.draw(*audience, dice).is_none() {
            continue;
        }
        let drawn = (0..REQUESTS).filter_map(|_| sampler.draw(*audience, dice));
        let mut drawn = drawn.filter(|request| {
            decide(&layers(&question.target, request), request).decision == Decided::Known(Decision::Allow)
        });
        let allowed = drawn.next();
        if closed {
            assert!(allowed.is_none(), "seed {seed}: {audience:?} gets in\n{case}\n{}", json!(allowed));
        }
        let outcome = match (closed, allowed.is_some()) {
            (true, _) => "closed",
            (false, true) => "way in found",
            (false, false) => "way in missed",
        };
        *mix.entry(outcome.to_owned()).or_default() += 1;
        *mix.entry(format!("{outcome}: {audience:?}")).or_default() += 1;
    }
}

/// Facts A9 and E1 to E6. That the draws are good for something is seen where somebody gets in.
#[test]
#[expect(clippy::disallowed_methods, reason = "how much is tried is told from outside")]
fn where_nobody_gets_in_no_request_of_ten_thousand_does() {
    const FIRST: u64 = 3_000_000;
    let sets = std::env::var("FOREWARN_SAMPLED_SETS").map_or(SETS, |number| number.parse().unwrap());
    let mut mix = Mix::new();
    for (what, count) in in_parts::<Mix>(FIRST..FIRST + sets, sampled).into_iter().flatten() {
        *mix.entry(what).or_default() += count;
    }
    let of = |what: &str| mix.get(what).copied().unwrap_or(0);
    let (closed, found, missed) = (of("closed"), of("way in found"), of("way in missed"));
    println!(
        "proof: random requests: {sets} sets, {closed} audiences with none of {REQUESTS} let in; where one is, it was \
         found for {found} of {}",
        found + missed
    );
    assert!(closed >= 40 && found + missed >= 40, "{mix:?}");
    assert!(found * 100 >= (found + missed) * 80, "the draws miss too many ways in: {mix:?}");
    for audience in [Audience::Anyone, Audience::AnyAwsAccount, Audience::Accounts, Audience::SameAccount] {
        assert!(of(&format!("closed: {audience:?}")) > 0 && of(&format!("way in found: {audience:?}")) > 0, "{mix:?}");
    }
}
