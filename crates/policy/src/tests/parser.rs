//! The reader of documents: places, holes, and hostile input.

use std::sync::Arc;

use serde_json::{Value, json};

use super::case::{ACCOUNT, ALICE, MALLORY, OBJECT, allows, answer, denies, joined};
use crate::batch::answer_line;
use crate::{Decided, Decision, Document, Layers, Principal, Reading, Request, decide};

/// The message, line, column, first byte and pointer of what is wrong with a text.
fn fault(source: &str) -> (String, usize, usize, usize, String) {
    let error = Document::parse(source).unwrap_err();
    let place = error.place;
    (error.message, place.line, place.column, place.span.start, place.pointer)
}

#[test]
fn a_statement_knows_its_bytes_and_its_pointer() {
    let (first, second) = (r#"{"Effect":"Allow","Action":"größe:*"}"#, r#"{ "Effect": "Deny", "Action": [] }"#);
    let source = format!("\u{feff}{{\"Id\": \"ü\",\r\n \"Statement\": [{first},\n\t{second} ]}}");
    let document = Document::parse(&source).unwrap();
    let texts: Vec<&str> = document
        .statements()
        .iter()
        .map(|statement| source.get(statement.span().start..statement.span().end).unwrap())
        .collect();
    assert_eq!(texts, [first, second]);
    let pointers: Vec<&str> = document.statements().iter().map(crate::Statement::pointer).collect();
    assert_eq!(pointers, ["/Statement/0", "/Statement/1"]);
    let single = Document::parse(&format!("{{\"Statement\":{first}}}")).unwrap();
    assert_eq!(single.statements()[0].pointer(), "/Statement");
    assert_eq!(document.source(), source);
}

#[test]
fn a_fault_knows_its_line_and_its_column_in_characters() {
    // The column counts characters, the span bytes.
    let source = "{\"Version\": \"2012-10-17\",\n \"Statement\": [\n  {\"Sid\": \"größe 日本 🦀\", \"Effect\": \"maybe\", \"Action\": \"*\"}]}";
    let (_, line, column, start, pointer) = fault(source);
    assert_eq!((line, column, pointer.as_str()), (3, 35, "/Statement/0/Effect"));
    assert!(source.get(start..).unwrap().starts_with("\"maybe\""), "{start}");
    assert_eq!(Document::parse(source).unwrap_err().to_string(), "`Effect` must be Allow or Deny, at line 3 column 35");
    for (source, line, column) in [
        ("", 1, 1),
        ("  \n ", 2, 2),
        ("{\"Statement\":[]", 1, 16),
        ("{\"Statement\":[]} x", 1, 18),
        ("{\"Statement\":[],}", 1, 17),
        ("{\n\"ü\" 1}", 2, 5),
        ("{'Statement':[]}", 1, 2),
        ("{\"Statement\":[] \"Id\":\"\"}", 1, 17),
        ("{\"Id\":\"a\nb\"}", 1, 9),
        ("{\"Id\":\"\\q\"}", 1, 9),
        ("{\"Id\":\"\\ud800\"}", 1, 14),
        ("{\"Id\":\"\\u12\"}", 1, 9),
        ("{\"Id\":01}", 1, 9),
        ("{\"Id\":1.}", 1, 9),
        ("{\"Id\":tru}", 1, 7),
        ("{\"Id\":\"", 1, 8),
    ] {
        let found = fault(source);
        assert_eq!((found.1, found.2, found.4.as_str()), (line, column, ""), "{source:?}: {}", found.0);
    }
}

#[test]
fn strings_are_read_as_json_has_them() {
    let escaped = r#"{"\u0053tatement": {"Eff\u0065ct": "Allow", "Action": "\u0073\u0033:*", "Resource": "arn:aws:s3:::\ud83e\udd80\/\t\"\\"}}"#;
    let document = Document::parse(escaped).unwrap();
    let layers = Layers { identity: Some(vec![Reading::Read(Arc::new(document))]), ..Layers::default() };
    let mut request = request(Principal::Arn(ALICE.to_owned()));
    assert_ne!(decide(&layers, &request).decision, Decided::Known(Decision::Allow));
    request.resource = "arn:aws:s3:::🦀/\t\"\\".to_owned();
    assert_eq!(decide(&layers, &request).decision, Decided::Known(Decision::Allow));
}

fn request(principal: Principal) -> Request {
    Request {
        principal,
        action: "s3:GetObject".to_owned(),
        resource: OBJECT.to_owned(),
        resource_account: Some(ACCOUNT.to_owned()),
        context: crate::Context::default(),
    }
}

#[test]
fn a_key_that_stands_twice_is_kept_with_its_place_and_the_last_one_counts() {
    let source = r#"{
 "Version": "2012-10-17",
 "Statement": [{
  "Effect": "Allow", "Effect": "Deny",
  "Action": "ec2:*", "Action": "s3:*", "Resource": "*",
  "Condition": { "StringEquals": { "aws:username": "Bob", "aws:username": "Alice" },
                 "Bool": { "k": "true" }, "Bool": { "aws:SecureTransport": "true" } } }],
 "Version": "2008-10-17" }"#;
    let document = Document::parse(source).unwrap();
    let places: Vec<(&str, usize, usize)> =
        document.duplicate_keys().iter().map(|place| (place.pointer.as_str(), place.line, place.column)).collect();
    assert_eq!(
        places,
        [
            ("/Statement/0/Effect", 4, 22),
            ("/Statement/0/Action", 5, 22),
            ("/Statement/0/Condition/StringEquals/aws:username", 6, 59),
            ("/Statement/0/Condition/Bool", 7, 43),
            ("/Version", 8, 2),
        ]
    );
    assert!(!document.has_variables());
    let mut request = request(Principal::Arn(ALICE.to_owned()));
    request.context.0.insert("aws:SecureTransport".to_owned(), crate::ContextValue::One("true".to_owned()));
    let layers = Layers { identity: Some(vec![Reading::Read(Arc::new(document))]), ..Layers::default() };
    assert_eq!(decide(&layers, &request).decision, Decided::Known(Decision::ExplicitDeny));
    request.principal = Principal::Arn("arn:aws:iam::111111111111:user/Bob".to_owned());
    assert_eq!(decide(&layers, &request).decision, Decided::Known(Decision::ImplicitDeny));
    assert!(Document::parse(r#"{"Statement":[]}"#).unwrap().duplicate_keys().is_empty());
}

#[test]
fn nesting_has_a_limit_and_a_megabyte_of_it_does_no_harm() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{{\"Id\":{}1{},\"Statement\":[]}}", open.repeat(depth), close.repeat(depth))
    };
    assert!(Document::parse(&nested("[", "]", 63)).is_ok());
    let (message, _, column, _, _) = fault(&nested("[", "]", 64));
    assert_eq!((message.as_str(), column), ("nested more than 64 deep", 71));
    for bomb in
        ["[".repeat(1 << 20), "{\"a\":".repeat(1 << 18), nested("[", "]", 1 << 19), nested("{\"a\":", "}", 1 << 18)]
    {
        assert_eq!(fault(&bomb).0, "nested more than 64 deep");
        let line = format!("{{\"id\":\"1\",\"op\":\"status\",\"account\":\"{ACCOUNT}\",\"policy\":{bomb}}}");
        let answer: Value = serde_json::from_str(&answer_line(line.as_bytes())).unwrap();
        assert_eq!(answer["error"]["code"], "invalid_json");
    }
}

#[test]
fn a_megabyte_of_one_key_takes_no_time() {
    let keys = vec!["\"ü\":\"v\""; 1 << 17].join(",");
    let source = format!(
        "{{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Condition\":{{\"StringEquals\":{{{keys}}}}}}}}}"
    );
    let document = Document::parse(&source).unwrap();
    assert_eq!(document.duplicate_keys().len(), (1 << 17) - 1);
    let last = document.duplicate_keys().last().unwrap();
    assert!(source.get(last.span.start..).unwrap().starts_with("\"ü\":\"v\"}}}"));
    assert_eq!(last.column, source.chars().count() - "\"ü\":\"v\"}}}}".chars().count() + 1);
}

#[test]
fn a_megabyte_of_statements_is_read() {
    let statement = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let count = (1 << 20) / statement.len() + 1;
    let source = format!("{{\"Statement\":[{}]}}", vec![statement; count].join(","));
    assert_eq!(Document::parse(&source).unwrap().statements().len(), count);
}

#[test]
fn a_line_of_the_batch_that_is_no_case_is_answered_with_an_error() {
    let code = |line: &[u8]| {
        let answer: Value = serde_json::from_str(&answer_line(line)).unwrap();
        (answer["id"].clone(), answer["error"]["code"].clone(), answer["error"]["pointer"].clone())
    };
    for (line, id, wrong, pointer) in [
        (&b"{\"id\":\"1\",\"op\":\"status\",\"account\":\"\xff\xfe\"}"[..], json!(null), "invalid_json", ""),
        (b"\xc3\x28", json!(null), "invalid_json", ""),
        (b"", json!(null), "invalid_json", ""),
        (b"{\"id\":\"1\"", json!(null), "invalid_json", ""),
        (b"[]", json!(null), "invalid_case", ""),
        (b"{\"op\":\"status\"}", json!(null), "missing_key", "/id"),
        (b"{\"id\":1,\"op\":\"status\"}", json!(null), "invalid_case", "/id"),
        (b"{\"id\":\"1\"}", json!("1"), "missing_key", "/op"),
        (b"{\"id\":\"1\",\"op\":\"guess\"}", json!("1"), "unknown_op", "/op"),
        (b"{\"id\":\"1\",\"op\":\"condition\",\"condition\":{},\"more\":1}", json!("1"), "unknown_key", "/more"),
        (
            b"{\"id\":\"1\",\"op\":\"status\",\"policy\":\"unreadable\",\"account\":\"1\"}",
            json!("1"),
            "unreadable",
            "/policy",
        ),
    ] {
        assert_eq!(code(line), (id, json!(wrong), json!(pointer)), "{}", String::from_utf8_lossy(line));
    }
    let decide = |request: Value, policies: Value| {
        let answer = answer(&json!({ "op": "decide", "request": request, "policies": policies }));
        (answer["error"]["code"].clone(), answer["error"]["pointer"].clone())
    };
    let good = json!({ "principal": ALICE, "action": "s3:GetObject", "resource": OBJECT });
    for (request, policies, wrong, pointer) in [
        (json!({ "principal": ALICE, "action": "x:Y" }), json!({}), "missing_key", "/request/resource"),
        (
            json!({ "principal": { "type": "martian" }, "action": "x:Y", "resource": "*" }),
            json!({}),
            "invalid_case",
            "/request/principal",
        ),
        (good.clone(), json!({ "identities": [] }), "unknown_key", "/policies/identities"),
        (good.clone(), json!({ "identity": {} }), "invalid_case", "/policies/identity"),
        (
            good.clone(),
            json!({ "identity": [allows!(), { "Statement": 1 }] }),
            "invalid_policy",
            "/policies/identity/1/Statement",
        ),
        (good.clone(), json!({ "scp": [allows!()] }), "invalid_case", "/policies/scp/0"),
        (
            good.clone(),
            json!({ "block_public_access": { "account": { "all": true } } }),
            "invalid_case",
            "/policies/block_public_access/account",
        ),
    ] {
        assert_eq!(decide(request, policies.clone()), (json!(wrong), json!(pointer)), "{policies}");
    }
    assert_eq!(decide(good, json!(null)).0, json!(null));
}

/// A document in which what is called `later.…` is known only in the future.
fn later(document: &Value) -> Document {
    let known_later = |text: &str| text.starts_with("later.").then(|| "known after apply".to_owned());
    Document::parse_with_holes(&document.to_string(), &known_later).unwrap()
}

/// `None` where it depends on the hole.
fn decided(document: &Value, principal: Principal) -> Option<Decision> {
    let document = later(document);
    assert!(document.has_holes());
    let resource = Some(Reading::Read(Arc::new(document)));
    match decide(&Layers { resource, ..Layers::default() }, &request(principal)).decision {
        Decided::Known(decision) => Some(decision),
        Decided::Unknown(doubts) => {
            let codes: Vec<&str> = doubts.iter().map(|doubt| doubt.code.as_str()).collect();
            assert_eq!(codes, ["known_after_apply"]);
            None
        }
    }
}

#[test]
fn a_hole_is_open_once_and_tight_once() {
    let open = || allows!("Principal": "*");
    let hole = "${later.x}";
    for (document, expected) in [
        (allows!("Principal": "*", "Resource": hole), None),
        (allows!("Principal": "*", "Resource": "arn:aws:s3:::${later.x}/k"), None),
        (allows!("Principal": "*", "Resource": [hole, OBJECT]), Some(Decision::Allow)),
        (allows!("Principal": "*", "NotResource": hole), None),
        (allows!("Principal": "*", "NotResource": [hole, OBJECT]), Some(Decision::ImplicitDeny)),
        (allows!("Principal": "*", "Resource": hole, "Action": "ec2:*"), Some(Decision::ImplicitDeny)),
        (allows!("Principal": { "AWS": hole }), None),
        (allows!("Principal": { "AWS": [hole, "*"] }), Some(Decision::Allow)),
        (allows!("NotPrincipal": { "AWS": hole }), None),
        (allows!("Principal": "*", "Condition": { "StringEquals": { "aws:userid": hole } }), None),
        (allows!("Principal": "*", "Condition": { "StringNotEquals": { "aws:userid": hole } }), None),
        (
            allows!("Principal": "*", "Condition": { "StringEquals": { "aws:userid": [hole, "anonymous"] } }),
            Some(Decision::Allow),
        ),
        (
            allows!("Principal": "*", "Condition": { "StringEquals": { "aws:PrincipalArn": hole } }),
            Some(Decision::ImplicitDeny),
        ),
        (
            allows!("Principal": "*", "Condition": { "StringNotEquals": { "aws:PrincipalArn": hole } }),
            Some(Decision::Allow),
        ),
        (allows!("Principal": "*", "Condition": { "IpAddress": { "aws:userid": hole } }), None),
        (joined(&[open(), denies!("Principal": "*", "Resource": hole)]), None),
        (joined(&[open(), denies!("Principal": "*", "Resource": [hole, OBJECT])]), Some(Decision::ExplicitDeny)),
        (joined(&[open(), denies!("Principal": "*", "Resource": hole, "Action": "ec2:*")]), Some(Decision::Allow)),
        (joined(&[open(), denies!("Principal": { "AWS": hole })]), None),
    ] {
        assert_eq!(decided(&document, Principal::Anonymous), expected, "{document}");
    }
}

#[test]
fn a_hole_may_be_any_kind_of_principal() {
    for (kind, who) in [
        ("AWS", Principal::Arn(MALLORY.to_owned())),
        ("Service", Principal::Service("lambda.amazonaws.com".to_owned())),
        ("Federated", Principal::Federated("gitlab.com".to_owned())),
    ] {
        let document = allows!("Principal": { kind: "${later.x}" });
        assert_eq!(decided(&document, who.clone()), None, "{kind}");
        let shut = joined(&[document, denies!("Principal": "*")]);
        assert_eq!(decided(&shut, who), Some(Decision::ExplicitDeny), "{kind}");
    }
}

#[test]
fn a_hole_beside_the_account_may_be_the_caller_itself() {
    let alice = || Principal::Arn(ALICE.to_owned());
    let no_policies = |document: &Value| {
        let layers = Layers {
            identity: Some(Vec::new()),
            resource: Some(Reading::Read(Arc::new(later(document)))),
            ..Layers::default()
        };
        decide(&layers, &request(alice())).decision
    };
    let delegated = no_policies(&allows!("Principal": { "AWS": ACCOUNT }));
    assert_eq!(delegated, Decided::Known(Decision::ImplicitDeny));
    let perhaps_named = no_policies(&allows!("Principal": { "AWS": [ACCOUNT, "${later.x}"] }));
    assert!(matches!(perhaps_named, Decided::Unknown(_)), "{perhaps_named:?}");
    let named = no_policies(&allows!("Principal": { "AWS": [ALICE, "${later.x}"] }));
    assert_eq!(named, Decided::Known(Decision::Allow));
}

#[test]
fn a_hole_where_it_cannot_be_decided_is_an_error() {
    for document in [
        allows!("Action": "${later.x}"),
        allows!("Action": ["s3:*", "s3:${later.x}"]),
        allows!("NotAction": "${later.x}"),
        allows!("Effect": "${later.x}"),
        allows!("Condition": { "${later.x}": { "k": "v" } }),
        allows!("Condition": { "StringEquals": { "${later.x}:sub": "v" } }),
    ] {
        let known_later = |text: &str| text.starts_with("later.").then(|| "known after apply".to_owned());
        let read = Document::parse_with_holes(&document.to_string(), &known_later);
        assert!(read.is_err(), "{document}");
    }
    // Without a hole there, `${…}` is text that matches nothing.
    assert!(Document::parse(&allows!("Action": "${later.x}").to_string()).is_ok());
    let document = later(&allows!("Principal": "*", "Resource": "${later.x}", "Sid": "${later.y}"));
    assert!(document.has_holes());
    assert!(!later(&allows!("Principal": "*", "Sid": "x")).has_holes());
}
