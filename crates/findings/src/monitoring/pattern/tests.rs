use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn matches(pattern: &str, event: &Value) -> Option<bool> {
    Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).matches(event)
}

fn event() -> Value {
    json!({
        "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "errorCode": 400, "latency": 50.5,
        "errorMessage": "Failed authentication", "SomeObject": null, "SomeFlag": true, "Off": false,
        "arrayKey": ["value", "another value"],
        "objectList": [{ "name": "a", "id": 1 }, { "name": "b", "id": 2 }],
        "user": { "email": "John.Stiles@example.com", "id-1": "x" }, "a.b c": "dotted",
    })
}

#[test]
fn the_documented_forms_of_a_condition() {
    let event = event();
    for (pattern, expected) in [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        ("{$.eventType=UpdateTrail}", true),
        ("{ $.eventType = updatetrail }", false),
        (r#"{ $.eventType = "Update*" }"#, true),
        ("{ $.eventType = *Trail }", true),
        ("{ $.eventType = *pdate*rai* }", true),
        ("{ $.eventType = Trail* }", false),
        ("{ $.eventType = ?pdateTrail }", false),
        ("{ $.sourceIPAddress != 123.123.* }", true),
        ("{ $.sourceIPAddress = 111.* }", true),
        (r#"{ $.arrayKey[0] = "value" }"#, true),
        (r#"{ $.arrayKey[2] = "value" }"#, false),
        ("{ $.objectList[1].id = 2 }", true),
        ("{ $.objectList[1].id > 2 }", false),
        ("{ $.errorCode = 4* }", true),
        ("{ $.errorCode >= 400 && $.errorCode < 500 }", true),
        ("{ $.latency <= 50 }", false),
        ("{ $.latency > 5.05e1 }", false),
        ("{ $.SomeObject IS NULL }", true),
        ("{ $.SomeOtherObject NOT EXISTS }", true),
        ("{ $.SomeObject NOT EXISTS }", false),
        ("{ $.user EXISTS }", true),
        ("{ $.SomeFlag IS TRUE }", true),
        ("{ $.Off is false }", true),
        ("{ $.SomeFlag IS FALSE }", false),
        (r#"{ ($.user.id-1 = "x") && ($.errorCode = 401) }"#, false),
        (r#"{ ($.user.email = "*@example.com") || ($.nothing = 1) }"#, true),
        (r#"{ $.['a.b c'] = "dotted" }"#, true),
        (r#"{ $["a.b c"] = dotted }"#, true),
        ("{ $.errorMessage = %^Failed [a-z]+$% }", true),
        ("{ $.errorMessage = %^authentication% }", false),
        (r#"{ $.missing = "*" }"#, false),
        // `&&` goes before `||`, unless parentheses say otherwise.
        ("{ $.Off IS FALSE || $.Off IS TRUE && $.Off IS TRUE }", true),
        ("{ ($.Off IS FALSE || $.Off IS TRUE) && $.Off IS TRUE }", false),
    ] {
        assert_eq!(matches(pattern, &event), Some(expected), "{pattern}");
    }
}

#[test]
fn what_aws_does_not_say_is_not_decided_and_matters_only_where_it_decides() {
    let event = event();
    for (pattern, expected) in [
        ("{ $.missing != 1 }", None),
        ("{ $.SomeFlag = true }", None),
        ("{ $.user = x }", None),
        ("{ $.missing != 1 && $.eventType = Other }", Some(false)),
        ("{ $.missing != 1 || $.eventType = UpdateTrail }", Some(true)),
        ("{ $.errorMessage = %(% }", None),
    ] {
        assert_eq!(matches(pattern, &event), expected, "{pattern}");
    }
}

#[test]
fn other_forms_than_conditions() {
    let event = event();
    for (pattern, expected) in [
        ("", Some(true)),
        (r#""""#, Some(true)),
        ("ConsoleLogin", Some(false)),
        ("UpdateTrail", None),
        ("UpdateTrail ConsoleLogin", Some(false)),
        ("?UpdateTrail ?ConsoleLogin", None),
        (r#""Failed authentication" -Other"#, None),
        ("%Update%", None),
        ("[ip, user, timestamp]", Some(false)),
    ] {
        assert_eq!(matches(pattern, &event), expected, "{pattern}");
    }
}

#[test]
fn a_broken_condition_is_named_with_its_place() {
    for (pattern, at, expected) in [
        ("{", 2, "a selector such as `$.eventName`"),
        ("{ $.a }", 7, "a comparison, `IS`, `EXISTS` or `NOT EXISTS`"),
        ("{ $.a = }", 9, "a value"),
        ("{ ($.a = 1 }", 12, "`)`, `&&` or `||`"),
        ("{ $.a = 1 } x", 13, "the end"),
        ("{ $.a IS }", 10, "`NULL`, `TRUE` or `FALSE`"),
        (r#"{ $.a = "b }"#, 13, "a closing quote"),
    ] {
        assert_eq!(Pattern::parse(pattern), Err(ParseError { at, expected }), "{pattern}");
    }
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(500), ")".repeat(500));
    assert_eq!(Pattern::parse(&deep).unwrap_err().expected, "fewer parentheses");
}

fn selector() -> impl Strategy<Value = Selector> {
    let step = prop_oneof![
        4 => "[A-Za-z0-9_-]{1,6}".prop_map(Step::Field),
        1 => "[ -~é]{0,5}".prop_map(Step::Field),
        1 => (0_usize..20).prop_map(Step::Place),
    ];
    proptest::collection::vec(step, 1..4).prop_map(Selector)
}

fn condition() -> impl Strategy<Value = Condition> {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    let comparison = proptest::sample::select(vec![Equal, NotEqual, Less, AtMost, Greater, AtLeast]);
    let test = proptest::sample::select(vec![Test::Null, Test::True, Test::False, Test::Exists, Test::Missing]);
    let literal = prop_oneof![
        (-1000_i32..1000).prop_map(|number| Literal::Number(number.to_string())),
        "[ -~é*]{0,8}".prop_map(Literal::Text),
        "[a-z.*+\\[\\]^$]{0,6}".prop_map(Literal::Regex),
    ];
    let leaf = prop_oneof![
        (selector(), comparison, literal).prop_map(|(at, how, with)| Condition::Compare(at, how, with)),
        (selector(), test).prop_map(|(at, test)| Condition::Test(at, test)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            proptest::collection::vec(inner, 2..4).prop_map(Condition::Any),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_as_the_same(condition in condition()) {
        let pattern = Pattern::Json(condition);
        let written = pattern.to_string();
        prop_assert_eq!(Pattern::parse(&written), Ok(pattern), "{}", written);
    }

    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_can_be_asked(text in "\\PC{0,80}", in_braces in "[ ${}()&|=!<>\"'%.*\\[\\]a-zA-Z0-9]{0,60}") {
        for text in [text, format!("{{{in_braces}}}")] {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.matches(&event());
                prop_assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
            }
        }
    }
}
