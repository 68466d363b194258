//! There and back, and against the schema.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sample::{any_report, empty, everything, many};
use crate::tests::written;

fn json(report: &Report) -> String {
    written("json", report, &crate::TextOptions::default())
}

fn document(report: &Report) -> Value {
    serde_json::from_str(&json(report)).unwrap()
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn the_document_of_everything() {
    insta::assert_snapshot!(json(&everything()));
}

#[test]
fn the_schema_is_what_it_was() {
    insta::assert_snapshot!(schema());
}

#[test]
fn it_comes_back_as_it_was() {
    for report in [everything(), empty(), many(200)] {
        assert_eq!(read(json(&report).as_bytes()).unwrap(), report);
    }
}

#[test]
fn what_is_written_is_as_the_schema_says() {
    let validator = validator();
    for report in [everything(), empty(), many(200)] {
        let faults: Vec<String> = validator.iter_errors(&document(&report)).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = validator();
    let wrong: [(&str, Value); 12] = [
        ("/schema_version", json!(1)),
        ("/run/instant", json!("yesterday")),
        ("/run/calls/s3:GetBucketPolicy/sent", json!(-1)),
        ("/coverage/accounts/0/regions/us-east-1", json!("closed")),
        ("/coverage/facts/0/places", json!("two")),
        ("/results/0/verdict", json!("failed")),
        ("/results/0/severity", json!("urgent")),
        ("/results/0/evidence", json!({})),
        ("/results/0/witness/request/principal", json!({ "type": "user" })),
        ("/results/0/witness/audience", json!("everybody")),
        ("/results/0/unless", json!(["magic"])),
        ("/checks", json!([])),
    ];
    for (pointer, value) in wrong {
        let mut document = document(&everything());
        assert!(validator.is_valid(&document));
        *document.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&document), "{pointer}");
        assert!(read(document.to_string().as_bytes()).is_err() || pointer == "/schema_version", "{pointer}");
    }
    for (pointer, field) in [("", "results"), ("/run", "interrupted"), ("/results/0", "witness"), ("/coverage", "gaps")]
    {
        let mut document = document(&everything());
        document.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field);
        assert!(!validator.is_valid(&document), "{pointer} without {field}");
        let mut document = self::document(&everything());
        document.pointer_mut(pointer).unwrap()["more"] = json!(1);
        assert!(!validator.is_valid(&document), "{pointer} with more");
        assert!(read(document.to_string().as_bytes()).is_err(), "{pointer} with more");
    }
}

#[test]
fn a_report_that_cannot_be_read_says_why() {
    let of = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    let good = json(&everything());
    insta::assert_snapshot!(
        [
            of(""),
            of("[]"),
            of("{}"),
            of("not json"),
            of(&good.replacen("\"1.5\"", "\"1.99\"", 1)),
            of(&good.replacen("\"1.5\"", "\"2.0\"", 1)),
            of(&good.replacen("\"1.5\"", "\"one\"", 1)),
            of(&good.replacen("\"1.5\"", "1", 1)),
            of(&good.replacen("\"verdict\": \"fail\"", "\"verdict\": \"failed\"", 1)),
            of(&good.replacen("\"verdict\"", "\"verdikt\"", 1)),
            of(&good.replacen("\"reason\": \"anyone can read the objects\"", "\"reason\": 5", 1)),
            of(&good.replacen("\"principal\": {\"type\"", "\"principal\": {\"typo\"", 1)),
            of(&good.replacen("\"run\": {", "\"run\": [{", 1)),
            of(&good.replacen("\"sent\": 3", "\"sent\": -3", 1)),
            of(&good.replacen("2026-11-24T11:00:02Z", "24.11.2026", 1)),
            of(good.get(..good.len() / 2).unwrap()),
        ]
        .join("\n")
    );
}

#[test]
fn the_streamed_document_is_the_document() {
    for report in [empty(), everything(), many(1), many(1000)] {
        let mut plain = Vec::new();
        write_readable(&wire::Document::of(&report), &mut plain).unwrap();
        assert_eq!(json(&report), String::from_utf8(plain).unwrap());
    }
}

#[test]
fn a_disk_that_is_full_ends_the_writing() {
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let error = write(&many(5000), &mut Full(1 << 20)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_report_comes_back_as_it_was(report in any_report()) {
        prop_assert_eq!(read(json(&report).as_bytes()).unwrap(), report);
    }

    #[test]
    fn any_report_is_as_the_schema_says(report in any_report()) {
        // Built once a thread, it takes longer than the validation.
        thread_local!(static VALIDATOR: jsonschema::Validator = validator());
        let document = document(&report);
        let faults: Vec<String> =
            VALIDATOR.with(|validator| validator.iter_errors(&document).map(|error| error.to_string()).collect());
        prop_assert_eq!(faults, Vec::<String>::new());
    }
}
