//! Where diagnostics point.

use super::*;

/// Line, column and pointer of the only diagnostic with this code.
fn place(source: &str, code: &str) -> (usize, usize, String) {
    let mut found = lint(source, PolicyKind::Identity);
    found.retain(|diagnostic| diagnostic.code == code);
    assert_eq!(found.len(), 1, "{found:#?}");
    let Place { line, column, pointer, .. } = found.remove(0).place;
    (line, column, pointer)
}

#[test]
fn an_entry_is_found_by_line_column_and_pointer() {
    let source = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": [\"s3:GetObject\", \"s3:GetObjekt\"],\n    \"Resource\": \"*\"\n  }]\n}\n";
    assert_eq!(place(source, "unknown_action"), (5, 32, "/Statement/0/Action/1".to_owned()));
}

#[test]
fn a_single_statement_and_a_single_action_have_no_number_in_the_pointer() {
    let source = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"*"}}"#;
    assert_eq!(place(source, "unknown_action"), (1, 64, "/Statement/Action".to_owned()));
}

#[test]
fn a_condition_key_with_a_slash_is_escaped_in_the_pointer() {
    let source = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/a~b":"x"}}}}"#;
    let (_, _, pointer) = place(source, "key_never_applies");
    assert_eq!(pointer, "/Statement/Condition/StringEquals/aws:RequestTag~1a~0b");
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let source = r#"{"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Allow","Resource":"arn:aws:s3:::büro/*","Action":"s3:GetObjekt"}}"#;
    let (_, column, _) = place(source, "unknown_action");
    let (before, _) = source.split_once("\"s3:GetObjekt").unwrap();
    assert_eq!(column, before.chars().count() + 1);
    assert_ne!(column, before.len() + 1);
}

#[test]
fn broken_json_is_shown_at_the_place_where_it_breaks() {
    let source = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [],\n}";
    assert_eq!(place(source, "invalid_json"), (3, 18, String::new()));
    let source = "{\"Version\": 2012-10-17}";
    assert_eq!(place(source, "invalid_json"), (1, 17, String::new()));
}

#[test]
fn diagnostics_come_in_the_order_of_the_text_and_none_twice() {
    for example in examples::all() {
        let found = lint(&example.earns, example.kind);
        let starts: Vec<usize> = found.iter().map(|diagnostic| diagnostic.place.span.start).collect();
        assert!(starts.is_sorted(), "{found:#?}");
        for (index, diagnostic) in found.iter().enumerate() {
            assert!(!found[index + 1..].contains(diagnostic), "{diagnostic:?} twice");
            let span = diagnostic.place.span;
            assert!(span.start <= span.end && span.end <= example.earns.len(), "{diagnostic:?}");
        }
    }
}
