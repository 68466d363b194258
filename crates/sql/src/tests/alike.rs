//! The filter language and SQL find the same: made-up filters over a made-up store, each asked in both.

use std::collections::BTreeMap;

use super::*;

/// Values that look alike to one that reads carelessly: wildcards of either language, case, signs, other scripts.
const WORDS: &[&str] = &[
    "ana",
    "ANA",
    "an_a",
    "an%a",
    "anXa",
    "a",
    "Ops",
    "ops/ana",
    "o'hara",
    "back\\slash",
    "back\\\\slash",
    "\u{212a}elvin",
    "kelvin",
    "Zoë",
    "ZOË",
    "ΑΣ",
    "ας",
    "straße",
    "i[0]",
    "^x$",
    "a.b",
    "aXb",
    "a+b",
    "(a|b)",
    "{2}",
    "star",
    "s3",
    "s3.amazonaws.com",
    "S3.AMAZONAWS.COM",
    ".amazonaws.com",
    "s3:x",
    "GetObject",
    "getobject",
    "Delete",
    "DeleteTrail",
    "AccessDenied",
    "192.0.2.10",
    "192.0.2.100",
    "192.0.20.10",
    "198.51.100.7",
    "10.1.17.3",
    "10.1.32.3",
    "255.255.255.255",
    "2001:db8::1",
    "2001:DB8:0:0::1",
    "2001:db9::1",
    "::ffff:192.0.2.10",
    "eu-central-1",
    "111122223333",
    "two\nlines",
    "-",
    "tab\there",
    "\u{1b}[31m",
    "😀",
    "yes",
    "no",
    "true",
    "monday",
];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % many
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }
}

fn made_up(number: u32, dice: &mut Dice) -> Json {
    let day = 1 + dice.below(9);
    let (hour, minute) = (dice.below(24), dice.below(60));
    let mut record =
        record(number, &format!("2026-03-0{day}T{hour:02}:{minute:02}:{:02}.{:03}Z", minute, dice.below(1000)));
    for key in ["eventName", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "errorCode", "errorMessage"] {
        if dice.often() {
            record[key] = dice.word().into();
        }
    }
    for key in ["requestID", "vpcEndpointId", "sharedEventID", "eventType", "recipientAccountId"] {
        if dice.below(4) == 0 {
            record[key] = dice.word().into();
        }
    }
    if dice.below(2) == 0 {
        record["errorCode"] = Json::Null;
    }
    let (name, role, mfa) = (dice.word(), dice.word(), ["true", "false"][dice.below(2)]);
    record["userIdentity"] = match dice.below(4) {
        0 => json!({ "type": "AWSService", "invokedBy": dice.word() }),
        1 => json!({ "type": "IAMUser", "userName": name, "arn": format!("arn:aws:iam::111122223333:user/{name}"),
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "accountId": "111122223333" }),
        2 => Json::Null,
        _ => json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"),
            "sessionContext": { "sessionIssuer": { "userName": role, "arn": format!("arn:aws:iam::111122223333:role/{role}") },
                "sourceIdentity": dice.word(), "attributes": { "mfaAuthenticated": mfa } } }),
    };
    let items: Vec<Json> = (0..dice.below(4)).map(|_| json!({ "instanceId": dice.word() })).collect();
    record["requestParameters"] = json!({ "bucketName": dice.word(), "instancesSet": { "items": items } });
    record["resources"] =
        (0..dice.below(3)).map(|_| json!({ "ARN": format!("arn:aws:s3:::{}", dice.word()) })).collect();
    if dice.below(3) == 0 {
        record["readOnly"] = (dice.below(2) == 0).into();
    }
    record
}

static STORE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    let records: Vec<Json> = (0..600).map(|number| made_up(number, &mut dice)).collect();
    import(folder.path(), &records);
    folder
});

fn store() -> Store {
    Store::open(STORE.path()).unwrap()
}

/// A value, often with wildcards in it.
fn value() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(WORDS);
    (word, 0..8_u8, any::<proptest::sample::Index>()).prop_map(|(word, how, at)| {
        let chars: Vec<char> = word.chars().collect();
        let at = at.index(chars.len());
        let (before, after): (String, String) = (chars[..at].iter().collect(), chars[at..].iter().collect());
        let rest: String = chars[at + 1..].iter().collect();
        match how {
            0 => format!("{before}*"),
            1 => format!("*{after}"),
            2 => format!("{before}*{rest}"),
            3 => format!("{before}?{rest}"),
            4 => format!("*{rest}*"),
            5 => "*".to_owned(),
            _ => word.to_owned(),
        }
    })
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn term() -> impl Strategy<Value = String> {
    let names: Vec<&'static str> = Name::words().collect();
    let has = (proptest::sample::select(names), proptest::collection::vec(value(), 1..3)).prop_map(|(name, values)| {
        // What has a slash is a network to `ip`.
        let name = if name == "ip" && values.iter().any(|value| value.contains('/')) { "user" } else { name };
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        format!("{name}:{}", values.join(","))
    });
    let networks = [
        "192.0.2.0/24",
        "192.0.2.10/32",
        "10.1.16.0/20",
        "0.0.0.0/0",
        "128.0.0.0/1",
        "192.0.0.0/13",
        "192.0.2.64/26",
        "2001:db8::/32",
        "::/0",
        "::ffff:0:0/96",
    ];
    let times =
        ["2026-03-04", "2026-03-04T10:00:00.500Z", "2026-03-04T10:00:00.0000001Z", "3d", "1500-01-01", "9998-01-01"];
    let turned = prop_oneof![
        6 => has,
        1 => proptest::sample::select(networks.to_vec()).prop_map(|network| format!("ip:{network}")),
        1 => value().prop_map(|value| quoted(&value)),
        1 => Just("error".to_owned()),
        1 => proptest::sample::select(vec!["0?", "1*", "*", "23"]).prop_map(|hour| format!("hour:{hour}")),
        1 => proptest::sample::select(vec!["2026-03-0?", "*-05", "2026-03-02"]).prop_map(|day| format!("day:{day}")),
        1 => proptest::sample::select(vec!["*sday", "monday,sunday", "t*"]).prop_map(|day| format!("weekday:{day}")),
        1 => proptest::sample::select(vec!["3005", "600?", "*"]).prop_map(|class| format!("class:{class}")),
        1 => proptest::sample::select(vec!["mfa:yes", "mfa:false", "readonly:no", "readonly:?*"]).prop_map(str::to_owned),
    ];
    let turned = (turned, any::<bool>()).prop_map(|(term, negated)| if negated { format!("-{term}") } else { term });
    prop_oneof![
        8 => turned,
        1 => (prop_oneof![Just("since"), Just("until")], proptest::sample::select(times.to_vec()))
            .prop_map(|(word, time)| format!("{word}:{time}")),
    ]
}

fn parsed(text: &str) -> Filter {
    let now: Timestamp = "2026-03-08T12:00:00Z".parse().unwrap();
    Filter::parse(text, now).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What each language finds.
fn both(filter: &Filter) -> (Vec<String>, Vec<String>) {
    let mut found = Vec::new();
    store()
        .search(filter, &[Field::MetadataUid], 2, |hit| {
            found.push(hit.text(Field::MetadataUid).unwrap().to_owned());
            true
        })
        .unwrap();
    let statement = filter.statement(TABLE, &[]);
    let asked = rows(store(), &statement, OPTIONS).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let id = |row: Vec<Value>| match row.into_iter().nth(1) {
        Some(Value::Text(id)) => id,
        other => panic!("{other:?}"),
    };
    (found, asked.into_iter().map(id).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_and_its_statement_find_the_same(terms in proptest::collection::vec(term(), 1..4)) {
        let text = terms.join(" ");
        let filter = parsed(&text);
        let (found, asked) = both(&filter);
        prop_assert_eq!(found, asked, "{}\n{}", text, filter.statement(TABLE, &[]));
    }
}

/// Each word once as a value and once as free text, so that none is left to chance.
#[test]
fn every_word_is_found_alike() {
    let mut some = 0;
    for (index, word) in WORDS.iter().enumerate() {
        let name = ["actor", "action", "resource"][index % 3];
        for text in [format!("{name}:{}", quoted(word)), quoted(word)] {
            let (found, asked) = both(&parsed(&text));
            assert_eq!(found, asked, "{text}");
            some += usize::from(!found.is_empty());
        }
    }
    assert!(some > 80, "{some} filters found something");
}

#[test]
fn counts_are_the_same_for_every_name() {
    for word in Name::words() {
        let by = [Name::of(word).unwrap()];
        let filter = parsed("-action:Delete*");
        let counts = store().count_by(&filter, &by, 2).unwrap();
        let statement = filter.statement(TABLE, &by);
        let asked = rows(store(), &statement, OPTIONS).unwrap_or_else(|error| panic!("{statement}: {error}"));
        let asked: BTreeMap<Vec<Option<String>>, u64> = asked
            .into_iter()
            .map(|row| {
                let value = match &row[0] {
                    Value::Null => None,
                    Value::Text(text) => Some(text.clone()),
                    other => panic!("{statement}: {other:?}"),
                };
                let Value::Number(count) = row[1] else { panic!("{statement}: {row:?}") };
                (vec![value], count.try_into().unwrap())
            })
            .collect();
        assert_eq!(counts, asked, "{word}");
    }
}
