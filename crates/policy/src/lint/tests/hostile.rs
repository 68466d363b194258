//! Texts that nobody means well with: an answer in bounded work, never a panic.

use super::*;

const KINDS: [PolicyKind; 6] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Scp,
    PolicyKind::Rcp,
    PolicyKind::Boundary,
];

#[test]
fn deep_nesting_is_refused_with_its_place() {
    for open in ["[", "{\"a\":"] {
        let source = open.repeat(50_000);
        let found = lint(&source, PolicyKind::Identity);
        assert!(found.iter().any(|one| one.code == "invalid_json" && one.message.contains("deep")), "{found:?}");
    }
}

#[test]
fn no_prefix_of_a_policy_stops_the_reading() {
    let source = r#"{"Version":"2012-10-17","Statement":[{"Sid":"ü","Effect":"Allow","Principal":{"AWS":["*","AROAEXAMPLEID1234567"]},"Action":["s3:Get*","s3:"],"Resource":["arn:aws:s3:::b/${aws:username, 'x'}","arn:"],"Condition":{"ForAllValues:NumericLessThan":{"aws:TagKeys":[1,true,null,-1.5e3]}}}]}"#;
    for (end, part) in (0..=source.len()).filter_map(|end| Some((end, source.get(..end)?))) {
        for kind in KINDS {
            let found = lint(part, kind);
            assert!(end == source.len() || found.iter().any(|one| one.code == "invalid_json"), "{part}");
        }
    }
}

#[test]
fn odd_values_in_every_place_are_answered() {
    let odd = [
        "null",
        "true",
        "0",
        "\"\"",
        "\"*\"",
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "{\"a\":[null]}",
        "\"${\"",
        "\"${}\"",
        "\":::::\"",
        "\"arn:\"",
        "\"arn:::::\"",
        "\"?\"",
        "\"\\u0000\"",
    ];
    let elements =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    for value in odd {
        for kind in KINDS {
            lint(value, kind);
            lint(&format!(r#"{{"Version":{value},"Statement":{value}}}"#), kind);
            for element in elements {
                let source = format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"*","{element}":{value}}}]}}"#
                );
                lint(&source, kind);
            }
            for (operator, key) in [
                ("StringEquals", "aws:SourceIp"),
                ("IpAddress", "aws:SourceIp"),
                ("Null", "x"),
                ("", ":"),
                ("ArnLike", "aws:TagKeys"),
            ] {
                let source = format!(
                    r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{"{operator}":{{"{key}":{value}}}}}}}]}}"#
                );
                lint(&source, kind);
            }
        }
    }
}

fn listed(entries: usize, entry: impl Fn(usize) -> String) -> String {
    (0..entries).map(|index| format!("\"{}\"", entry(index))).collect::<Vec<_>>().join(",")
}

fn policy(actions: &str, resources: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":[{resources}],"Condition":{{{condition}}}}}]}}"#
    )
}

/// The largest texts that are examined whole, of what each part of the work is worst at. Whoever makes the work unbounded
/// will not see this test end.
#[test]
fn large_texts_of_the_worst_kinds_are_answered() {
    let stars = "*a".repeat(900);
    let tests = (0..6_000).map(|index| format!("\"ForAllValues:StringLike\":{{\"aws:CalledVia\":\"{index}\"}}"));
    let texts = [
        policy(&listed(10_000, |index| format!("*{index}*")), "\"*\"", ""),
        policy(&listed(10_000, |_| "ec2:*e*".to_owned()), "\"*\"", ""),
        policy("\"ec2:*\"", &listed(200, |index| format!("arn:aws:ec2:*:*:{stars}{index}")), ""),
        policy(
            &listed(150, |_| "ec2:*e*".to_owned()),
            &listed(12_000, |index| format!("arn:aws:ec2:*:*:*{index}*")),
            "",
        ),
        policy("\"s3:*\"", "\"*\"", &tests.collect::<Vec<_>>().join(",")),
        policy("\"s3:*\"", &format!("\"{}\"", "${".repeat(190_000)), ""),
        policy("\"s3:*\"", &format!("\"{}\"", "${a}".repeat(90_000)), ""),
        policy(&format!("\"s3:{}\"", "*a".repeat(190_000)), "\"*\"", ""),
        policy(&format!("\"{}\"", "a".repeat(390_000)), "\"*\"", ""),
    ];
    for text in texts {
        let found = names(&text, PolicyKind::Identity);
        assert!(!found.is_empty(), "{} bytes", text.len());
        assert!(text.len() < 400_000, "{} bytes are not read", text.len());
    }
}

#[test]
fn ten_million_bytes_are_answered_and_not_read() {
    let ten = 10_000_000;
    for text in [
        "x".repeat(ten),
        "[".to_owned() + &"1,".repeat(ten / 2) + "1]",
        "\"".to_owned() + &"\n".repeat(ten),
        policy(&listed(ten / 15, |_| "s3:GetObjekt".to_owned()), "\"*\"", ""),
        format!("{{\"Statement\":[{}{{}}]}}", "{},".repeat(ten / 3)),
        format!("{{{}\"a\":1}}", "\"a\":1,".repeat(ten / 6)),
    ] {
        let found = names(&text, PolicyKind::Identity);
        assert!(found == BTreeSet::from(["not_examined", "too_large"]), "{found:?}");
    }
}

#[test]
fn a_policy_among_ten_million_blanks_is_judged_like_any_other() {
    let text = policy("\"s3:GetObjekt\"", "\"*\"", "").replace(":[", &format!(":{}[", " ".repeat(2_500_000)));
    assert!(names(&text, PolicyKind::Identity).contains("unknown_action"));
}

#[test]
fn what_is_beyond_the_list_is_counted() {
    let text = policy(&listed(1_500, |index| format!("nobody{index}:Does")), "\"*\"", "");
    let found = lint(&text, PolicyKind::Identity);
    assert_eq!(found.len(), MOST + 1);
    let beyond: usize = found[0].message.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    // The unknown services, the size of the document, and the empty condition.
    assert_eq!(found[0].code, "not_examined");
    assert_eq!(beyond, 1_500 + 2 - MOST);
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text in "[\\PC\n{}\\[\\]\",:]{0,60}") {
        for kind in KINDS {
            lint(&text, kind);
        }
    }
}
