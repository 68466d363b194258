//! A review with one of everything, in every format.

use forewarn_findings::{
    AccessDelta, Audience, Change, Context, Gain, Of, Principal, Proposed, ProposedAction, Reason, Redaction, Request,
    Resource, Review, SourcePlace, Understood, VerdictKind, Witness,
};

use pulldown_cmark::{Event, Tag};

use super::{Format, write};
use crate::TextOptions;

const HOSTILE: &str = "arn:aws:s3:::b`<script>@org\u{1b}[31m";

/// The report of everything, held against nothing, as a review.
fn review() -> Review {
    let mut report = crate::sample::everything();
    for (at, finding) in report.findings.iter_mut().enumerate() {
        let change = if at % 2 == 0 { Change::New } else { Change::Unchanged };
        finding.change = matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown).then_some(change);
    }
    let about = report.findings.iter().map(|finding| finding.resource.arn.clone()).take(2).collect();
    let resource = |arn: &str| Resource { arn: arn.to_owned(), account: "111111111111".to_owned(), region: None };
    let request = Request {
        principal: Principal::Anonymous,
        action: "s3:DeleteObject".to_owned(),
        resource: format!("{HOSTILE}/x"),
        resource_account: None,
        context: Context::default(),
    };
    let witness = Witness { audience: Audience::Anyone, request: request.into() };
    let reason = Reason { code: "known_after_apply".to_owned(), message: "depends on x.arn".to_owned(), gap: None };
    let place = SourcePlace { file: "in fra/main.tf".to_owned(), line: Some(12) };
    let proposed = |address: &str, understood: Understood, about: Vec<String>| Proposed {
        address: address.to_owned(),
        kind: "aws_s3_bucket".to_owned(),
        action: ProposedAction::Create,
        understood,
        about,
        place: place.clone(),
    };
    Review {
        report,
        access: vec![
            AccessDelta {
                resource: resource(HOSTILE),
                of: Of::Bucket,
                gains: Gain::Yes(Box::new((witness.clone(), Vec::new()))),
                loses: Some(witness),
            },
            AccessDelta {
                resource: resource("arn:aws:iam::111111111111:role/ci"),
                of: Of::Identity,
                gains: Gain::Unknown(vec![reason]),
                loses: None,
            },
        ],
        proposed: vec![
            proposed("aws_s3_bucket.b", Understood::Whole, about),
            proposed("aws_iam_role.`x`", Understood::Not("its name is known only after apply".to_owned()), Vec::new()),
            proposed("aws_vpc.v", Understood::NotRelevant, Vec::new()),
        ],
        notes: vec!["a note with @mention".to_owned()],
    }
}

fn written(format: Format, redact: bool) -> String {
    let mut out = Vec::new();
    let review = if redact { review().redacted(&Redaction::default()) } else { review() };
    write(format, &review, &TextOptions { all: true, ..TextOptions::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_format_says_all_and_keeps_hostile_names_inert() {
    for format in Format::ALL {
        let text = written(format, false);
        assert!(!text.contains('\u{1b}'), "{}: {text}", format.name());
        assert!(text.contains("s3:DeleteObject"), "{}: {text}", format.name());
        assert!(text.contains("known only after apply") || format == Format::Sarif, "{}: {text}", format.name());
        assert_eq!(text, written(format, false), "the same bytes again");
    }
}

#[test]
fn no_name_is_left_where_it_is_not_to_be_seen() {
    for format in Format::ALL {
        let (plain, redacted) = (written(format, false), written(format, true));
        for secret in ["111111111111", "role/ci", "b`<script>", "@org"] {
            assert!(!redacted.contains(secret), "{}: {secret} in {redacted}", format.name());
        }
        let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() == 12);
        assert!(digits(&plain), "{}: {plain}", format.name());
        assert!(redacted.contains("main.tf"), "{}: {redacted}", format.name());
    }
}

#[test]
fn sarif_has_a_place_for_every_result() {
    let log: serde_json::Value = serde_json::from_str(&written(Format::Sarif, false)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 2);
    for result in results {
        let at = &result["locations"][0]["physicalLocation"];
        assert_eq!(at["artifactLocation"]["uri"], "in%20fra/main.tf");
        assert_eq!(at["region"]["startLine"], 12);
        let rule = result["ruleIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap();
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    }
}

#[test]
fn markdown_has_no_markup_of_strangers() {
    let page = written(Format::Markdown, false);
    let mut prose = String::new();
    for event in pulldown_cmark::Parser::new(&page) {
        match event {
            Event::Text(text) => prose.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => {
                let ours = ["<details>", "</details>", "<summary>"].iter().any(|ours| html.starts_with(ours));
                assert!(ours, "{html}");
            }
            Event::Start(tag) => assert!(!matches!(tag, Tag::Link { .. } | Tag::Image { .. }), "{tag:?}"),
            _ => {}
        }
    }
    for wrong in ["<script>", "@mention", "`x`"] {
        assert!(!prose.contains(wrong), "{wrong}: {page}");
    }
    assert!(page.contains("@mention") && page.contains("<details>") && page.contains("</details>"));
}

#[test]
fn a_finding_of_the_report_is_counted_once() {
    let review = review();
    let fails = review.report.findings.iter().filter(|finding| finding.verdict == VerdictKind::Fail).count();
    assert_eq!(review.introduced().len() + review.unchanged().count(), fails);
    assert!(review.introduced().is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
    assert!(review.is_incomplete());
}

#[test]
fn many_resources_of_one_check_are_read_at_a_glance() {
    let mut review = review();
    let worst = review.introduced()[0].clone();
    for at in 0..40 {
        let mut more = worst.clone();
        let arn = format!("arn:aws:s3:::more-{at}");
        more.resource = Resource { arn, ..Resource::clone(&worst.resource) }.into();
        review.report.findings.push(more);
    }
    let introduced = review.introduced();
    let hidden = introduced.iter().filter(|finding| finding.check == worst.check).count() - 3;
    let severe = introduced.iter().filter(|finding| finding.severity == worst.severity).count();
    let page = |format: Format, width: usize| {
        let mut out = Vec::new();
        write(format, &review, &TextOptions { width, ..TextOptions::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    for (format, width) in [(Format::Text, 80), (Format::Text, 200), (Format::Markdown, 0)] {
        let page = page(format, width);
        assert!(page.contains(&format!("… and {hidden} more")), "{page}");
        assert!(!page.contains("more-9"), "{page}");
        assert!(format == Format::Markdown || page.lines().all(|line| line.chars().count() <= width), "{page}");
        assert!(page.contains(&format!("({severe} {}", worst.severity.word())), "{page}");
    }
}
