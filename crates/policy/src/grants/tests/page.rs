//! The page about techniques says what the data says.

use std::fmt::Write as _;

use super::*;

static PAGE: &str = include_str!("../../../../../docs/escalation.md");

/// The table of all techniques, as Markdown.
fn table() -> String {
    let mut table = String::from("| id | what the caller does | calls | taken for granted |\n|---|---|---|---|\n");
    for technique in techniques() {
        let call = |step: &Step| {
            let about: Vec<&str> = step.resource.iter().chain(&step.on).map(String::as_str).collect();
            let about = if about.is_empty() { String::new() } else { format!(" on {}", about.join(", ")) };
            format!("`{}`{about}", step.action)
        };
        let steps: Vec<String> = technique.steps.iter().map(call).collect();
        let _ = writeln!(
            table,
            "| [{}]({}) | {} | {} | {} |",
            technique.id,
            technique.source,
            technique.title,
            steps.join("; "),
            technique.assumptions().join("; ")
        );
    }
    table
}

#[test]
fn the_page_lists_every_technique() {
    let table = table();
    let (_, found) = PAGE.split_once("## The techniques\n\n").expect("the page has that heading");
    for (found, wanted) in found.lines().zip(table.lines()) {
        assert_eq!(found, wanted, "write the line anew");
    }
    assert_eq!(found, table, "the table has other lines");
}

#[test]
fn the_page_says_how_many_there_are() {
    assert!(PAGE.contains(&format!("{} techniques", techniques().len())));
}
