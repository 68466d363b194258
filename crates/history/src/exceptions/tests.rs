//! Files as people write them.

use super::*;

const CHECKS: [&str; 2] = ["s3.reachable_by_anyone", "iam.user_without_mfa"];

fn faults(text: &str) -> String {
    parse(text, &CHECKS).unwrap_err().to_string()
}

const GOOD: &str = r#"
[[exception]]
check = "s3.reachable_by_anyone"
resource = "arn:aws:s3:::acme-press-*"
owner = "press@acme.example"
reason = "the press kit is public on purpose"
expires = 2027-06-30

[[exception]]
check = "iam.user_without_mfa"
resource = "arn:aws:iam::111111111111:user/old-*"
fingerprint = "000102030405060708090a0b0c0dfeff"
owner = "ops"
reason = "moves to the directory in spring"
expires = "2027-03-31"
"#;

#[test]
fn what_is_written_is_what_is_read() {
    let entries = parse(GOOD, &CHECKS).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 9]);
    let first = &entries[0].exception;
    assert_eq!((first.owner.as_str(), first.expires), ("press@acme.example", "2027-06-30".parse().unwrap()));
    assert_eq!(first.fingerprint, None);
    let second = &entries[1].exception;
    assert_eq!(second.fingerprint.unwrap().to_string(), "000102030405060708090a0b0c0dfeff");
    assert_ne!(first.id, second.id);
    assert_eq!(parse("", &CHECKS).unwrap(), []);
}

#[test]
fn a_new_owner_and_a_later_end_keep_the_id() {
    let renewed = GOOD.replace("press@acme.example", "pr@acme.example").replace("2027-06-30", "2028-06-30");
    let ids = |text| -> Vec<String> {
        parse(text, &CHECKS).unwrap().into_iter().map(|entry| entry.exception.id.clone()).collect()
    };
    assert_eq!(ids(GOOD), ids(&renewed));
    assert_ne!(ids(GOOD), ids(&GOOD.replace("acme-press-*", "acme-press-kit")));
}

#[test]
fn every_key_but_the_fingerprint_is_required() {
    assert_eq!(
        faults("[[exception]]\n"),
        "line 1: `check` is missing\nline 1: `expires` is missing\nline 1: `owner` is missing\n\
         line 1: `reason` is missing\nline 1: `resource` is missing"
    );
    for key in ["check", "resource", "owner", "reason", "expires"] {
        let without: Vec<&str> = GOOD.lines().filter(|line| !line.starts_with(key)).collect();
        let said = faults(&without.join("\n"));
        assert!(said.contains(&format!("line 2: `{key}` is missing")), "{said}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (good, wrong, said) in [
        ("owner = \"ops\"", "ownr = \"ops\"\nowner = \"ops\"", "line 13: unknown key `ownr`; did you mean `owner`?"),
        ("owner = \"ops\"", "owner = \"  \"", "line 13: `owner` is empty"),
        ("owner = \"ops\"", "owner = 7", "line 13: `owner` is no text but a integer"),
        (
            "\"iam.user_without_mfa\"",
            "\"iam.user_without_mffa\"",
            "line 10: there is no check `iam.user_without_mffa`; did you mean `iam.user_without_mfa`?",
        ),
        (
            "\"arn:aws:s3:::acme-press-*\"",
            "\"acme-*\"",
            "line 4: `acme-*` is no pattern of ARNs such as `arn:aws:s3:::acme-press-*`",
        ),
        ("2027-06-30", "2027-06-31", "line 7: "),
        (
            "\"2027-03-31\"",
            "\"next spring\"",
            "line 15: `expires` is `next spring`; a day such as 2027-06-30 is wanted",
        ),
        (
            "\"2027-03-31\"",
            "2027-03-31T00:00:00Z",
            "line 15: `expires` is `2027-03-31T00:00:00Z`; a day such as 2027-06-30 is wanted",
        ),
        (
            "000102030405060708090a0b0c0dfeff",
            "0001",
            "line 12: `fingerprint` is `0001`; the 32 hexadecimal digits of a report are wanted",
        ),
        (
            "[[exception]]\ncheck = \"iam",
            "[[exceptions]]\ncheck = \"iam",
            "line 9: unknown key `exceptions`; did you mean `exception`?",
        ),
        ("reason = \"moves", "reason = moves", "line 14: "),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let text = GOOD.replacen(good, wrong, 1);
        let found = faults(&text);
        assert!(found.starts_with(said), "{found}");
    }
}

#[test]
fn two_entries_that_accept_the_same_are_one_too_many() {
    let twice = format!("{GOOD}{GOOD}");
    assert_eq!(
        faults(&twice),
        "line 17: accepts the same as the entry in line 2\nline 24: accepts the same as the entry in line 9"
    );
}
