//! The page as text; in a browser it is tested by `tests/browser`.

use super::*;
use crate::sample::{HOSTILE, empty, everything, many};

fn html(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_of_everything() {
    // The script and the style sheet are files of their own.
    let page = html(&everything()).replace(STYLE, "STYLE").replace(SCRIPT, "SCRIPT").replace(GLOSSARY, "GLOSSARY");
    insta::assert_snapshot!(page);
}

#[test]
fn the_policy_of_the_page_names_what_is_in_it() {
    let page = html(&everything());
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    for (open, close) in [("<script>", "</script>"), ("<style>", "</style>")] {
        let text = page.split_once(open).unwrap().1.split_once(close).unwrap().0;
        let hash = BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{open}");
    }
    assert!(policy.starts_with("default-src 'none';"));
    assert!(!policy.contains("unsafe"));
}

#[test]
fn nothing_in_it_asks_a_server() {
    let page = html(&everything());
    for word in [" src=", "url(", "@import", "<link", "<img", "<iframe", "fetch(", "XMLHttpRequest", "sendBeacon"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn hostile_names_are_text() {
    let page = html(&everything());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<b>\u{22}"));
    for name in HOSTILE.iter().filter(|name| name.contains('<')) {
        assert!(!page.contains(name));
    }
}

#[test]
fn the_data_is_json_and_has_every_result() {
    for report in [everything(), empty(), many(500)] {
        let page = html(&report);
        let block = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: serde_json::Value = serde_json::from_str(block).unwrap();
        assert_eq!(data["findings"].as_array().unwrap().len(), report.findings.len());
        let texts = data["texts"].as_array().unwrap();
        for (row, finding) in data["findings"].as_array().unwrap().iter().zip(&report.findings) {
            let arn = usize::try_from(row[3].as_u64().unwrap()).unwrap();
            assert_eq!(texts[arn], finding.resource.arn);
        }
    }
}
