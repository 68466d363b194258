//! The page in headless Chromium: `browser/look.mjs` looks, and here stands what it must have seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use forewarn_findings::{Finding, VerdictKind};
use serde_json::Value;

use crate::sample::{empty, everything, many};

/// Where `cargo xtask test` has installed the script and what it needs: in the target directory of this program.
#[expect(clippy::disallowed_methods, reason = "the browser is another program")]
fn script() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let scripts = own.ancestors().map(|folder| folder.join("browser/look.mjs"));
    scripts
        .into_iter()
        .find(|script| script.is_file())
        .expect("no browser/ in the target directory: `cargo xtask test` installs playwright-core and axe-core there")
}

/// What the browser saw of each page. `FOREWARN_SCREENSHOTS` names a folder that takes the pages and pictures of them.
#[expect(clippy::disallowed_methods, reason = "the browser is another program, and reads files")]
fn seen(pages: &[(&str, String)]) -> Vec<Value> {
    let kept = std::env::var_os("FOREWARN_SCREENSHOTS").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let files: Vec<PathBuf> = pages
        .iter()
        .map(|(name, html)| {
            let file = folder.join(format!("{name}.html"));
            fs::write(&file, html).unwrap();
            file
        })
        .collect();
    let output = Command::new("node")
        .arg(script())
        .arg(kept.as_deref().unwrap_or(Path::new("-")))
        .args(&files)
        .output()
        .expect("node does not start; on Debian: apt-get install nodejs npm");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the browser did not look (on Debian: apt-get install chromium): {said}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn page(report: &forewarn_findings::Report) -> String {
    let mut out = Vec::new();
    super::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_browser_shows_every_page_without_a_complaint_or_a_request() {
    let one = many(1);
    let pages = [
        ("everything", page(&everything())),
        ("empty", page(&empty())),
        ("1", page(&one)),
        ("100", page(&many(100))),
        ("10000", page(&many(10_000))),
    ];
    let all = seen(&pages);
    assert_eq!(all.len(), pages.len());
    for page in &all {
        let name = &page["page"];
        for kind in ["violations", "errors", "requests", "dialogs", "overflow"] {
            assert_eq!(page[kind], serde_json::json!([]), "{kind} of {name}");
        }
        assert_eq!(page["foreign"], serde_json::json!({ "scripts": 2, "tainted": 0, "alerted": false }), "{name}");
        assert!(page["pdf"].as_u64().unwrap() > 5_000, "{name} prints");
        let plain = page["plain"].as_str().unwrap();
        for part in ["Fix first", "Coverage", "Glossary"] {
            assert!(plain.contains(part), "{part} of {name} without a script");
        }
    }
    let [everything, empty, one, hundred, thousands] = &all[..] else { panic!("{} pages", all.len()) };
    assert!(everything["plain"].as_str().unwrap().contains("aws s3api put-public-access-block --bucket NAME"));
    assert!(everything["plain"].as_str().unwrap().contains("anyone, without signing in, may call s3:GetObject"));
    assert!(empty["plain"].as_str().unwrap().contains("Nothing was judged."));
    assert_eq!(one["result"], "1 of 1 results");
    assert_eq!(one["rows"], 1);
    for page in [everything, hundred, thousands] {
        assert_eq!(page["focusReturns"], true, "{}", page["page"]);
        assert_eq!(page["arrowMoves"], "3", "{}", page["page"]);
        assert!(page["nothing"].as_str().unwrap().starts_with("0 of "));
    }
    // Of ten thousand results there are few rows, and the last of them can be reached.
    assert!(thousands["rows"].as_u64().unwrap() < 60, "{}", thousands["rows"]);
    let open = |finding: &&Finding| matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown);
    let open = many(10_000).findings.iter().filter(open).count();
    assert_eq!(thousands["result"], format!("{},{:03} of 10,000 results", open / 1000, open % 1000));
    assert_eq!(thousands["last"], (open + 1).to_string());
}
