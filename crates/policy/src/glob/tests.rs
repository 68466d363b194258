//! Two patterns against each other, with the search over their automata as the judge.

use proptest::prelude::*;

use super::*;

fn pattern() -> impl Strategy<Value = Glob> {
    let text = "[ab:*?]{0,7}";
    prop_oneof![text.prop_map(|text| Glob::new(&text)), text.prop_map(|text| Glob::in_segment(&text))]
}

/// Whether some text matches `one` and `other`, and none of `none`.
fn exists(one: &Glob, other: &Glob, none: &[Glob]) -> bool {
    let one = std::slice::from_ref(one);
    // Without the shortcut that rests on what is tested here.
    match product::exhaustive(&[one, std::slice::from_ref(other)], none, "xab:") {
        Search::Found(text) => {
            assert!(one[0].matches(&text) && other.matches(&text));
            true
        }
        Search::None => false,
        Search::OutOfBudget => panic!("these patterns are short"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn patterns_meet_exactly_when_a_text_matches_both(one in pattern(), other in pattern()) {
        prop_assert_eq!(one.meets(&other), exists(&one, &other, &[]), "{:?} {:?}", one, other);
    }

    #[test]
    fn a_pattern_that_covers_another_leaves_no_text_of_it_out(wide in pattern(), narrow in pattern()) {
        if wide.covers(&narrow) {
            prop_assert!(!exists(&narrow, &narrow, std::slice::from_ref(&wide)), "{:?} {:?}", wide, narrow);
        }
    }
}

#[test]
fn covering_is_seen_where_people_write_it() {
    for (wide, narrow) in
        [("s3:*", "s3:get*"), ("*", "a"), ("a*", "a*"), ("a*c", "a?bc"), ("?", "x"), ("*a*", "ba?"), ("a**", "a")]
    {
        assert!(Glob::new(wide).covers(&Glob::new(narrow)), "{wide} {narrow}");
    }
    for (wide, narrow) in [("s3:get*", "s3:*"), ("a", "a*"), ("?", "*"), ("a?", "a"), ("", "?"), ("a*c", "ac*")] {
        assert!(!Glob::new(wide).covers(&Glob::new(narrow)), "{wide} {narrow}");
    }
    assert!(!Glob::in_segment("a*").covers(&Glob::new("a:b")));
    assert!(!Glob::in_segment("a*").covers(&Glob::new("a*")));
}
