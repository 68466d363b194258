//! One page for people: no request leaves it, and nothing that was read can become markup or code.
//!
//! What decides is in the markup itself and needs no script: the verdict, what to fix first, the picture of exposure,
//! the logging chain, compliance, coverage. Long tables are drawn by `page.js` from one block of data. The policy of the page allows
//! this script and this style sheet by their hashes, and nothing else.

mod compliance;
mod coverage;
mod data;
mod logging;
pub mod markup;
mod picture;
mod prose;
mod summary;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use forewarn_findings::Report;
use sha2::{Digest as _, Sha256};

use self::markup::{Markup, put};
use crate::words;

/// The style sheet, which other pages of this program build upon.
pub const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const GLOSSARY: &str = include_str!("glossary.html");

/// Writes `report` as a page.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Markup::new(out);
    head(&mut page, report)?;
    summary::verdict(&mut page, report)?;
    summary::fix_first(&mut page, report)?;
    exposure(&mut page, report)?;
    identities(&mut page, report)?;
    logging::write(&mut page, report)?;
    changes(&mut page, report)?;
    findings(&mut page, report)?;
    compliance::write(&mut page, report)?;
    coverage::write(&mut page, report)?;
    put!(page, "<section id=\"glossary\" aria-labelledby=\"glossary-title\"><h2 id=\"glossary-title\">Glossary</h2>");
    page.literal(GLOSSARY)?;
    put!(page, "</section></main><footer><p>forewarn ", (report.run.tool_version), " · run ", (report.run.id));
    put!(page, " · one file, no request leaves it.</p></footer>");
    put!(page, "<dialog id=\"detail\" aria-labelledby=\"detail-title\"></dialog>");
    for (index, card) in report.checks.values().enumerate() {
        put!(page, "<template id=\"check-", (index), "\"><h3>What it finds</h3>");
        prose::write(&mut page, &card.what)?;
        put!(page, "<h3>Why it matters</h3>");
        prose::write(&mut page, &card.why)?;
        put!(page, "<h3>How to fix</h3>");
        prose::write(&mut page, &card.fix)?;
        put!(page, "</template>\n");
    }
    put!(page, "<script type=\"application/json\" id=\"data\">");
    data::write(page.raw(), report)?;
    put!(page, "</script><script>");
    page.literal(SCRIPT)?;
    put!(page, "</script></body></html>\n");
    Ok(())
}

fn head(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    put!(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    put!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-");
    put!(page, (hash(SCRIPT)), "'; style-src 'sha256-", (hash(STYLE)));
    put!(page, "'; base-uri 'none'; form-action 'none'\">");
    put!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    put!(page, "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">");
    put!(page, "<title>forewarn: ", (accounts(report)), ", ", (words::utc(report.run.instant)), " UTC</title><style>");
    page.literal(STYLE)?;
    put!(page, "</style></head><body><a class=\"skip\" href=\"#main\">Skip to the report</a><header class=\"top\">");
    put!(page, "<div class=\"brand\"><strong>forewarn</strong><span>", (accounts(report)), " · ");
    put!(page, (words::utc(report.run.instant)), " UTC</span></div><nav aria-label=\"Sections\"><ul>");
    put!(page, "<li><a href=\"#fix-first\">Fix first</a></li><li><a href=\"#exposure\">Exposure</a></li>");
    put!(page, "<li><a href=\"#identities\">Identities</a></li><li><a href=\"#logging\">Logging</a></li>");
    put!(page, "<li><a href=\"#changes\">Changes</a></li><li><a href=\"#findings\">Findings</a></li>");
    put!(page, "<li><a href=\"#compliance\">Compliance</a></li>");
    put!(page, "<li><a href=\"#coverage\">Coverage</a></li><li><a href=\"#glossary\">Glossary</a></li>");
    put!(page, "</ul></nav></header><main id=\"main\">");
    Ok(())
}

fn accounts(report: &Report) -> String {
    match &report.coverage.accounts[..] {
        [one] => match &one.name {
            Some(name) => format!("account {} ({name})", one.id),
            None => format!("account {}", one.id),
        },
        all => words::count(all.len(), "account"),
    }
}

/// Said where a script draws what follows.
fn needs_script(page: &mut Markup<'_>) -> io::Result<()> {
    page.literal(
        "<noscript><p class=\"quiet\">This table is drawn by the page's own script. Without JavaScript, the json and \
         csv formats have all of it.</p></noscript>",
    )
}

fn exposure(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"exposure\" aria-labelledby=\"exposure-title\">");
    put!(page, "<h2 id=\"exposure-title\">Who outside reaches what</h2>");
    let exhibits = &report.exhibits;
    if exhibits.buckets.is_empty() && exhibits.exposures.is_empty() {
        return nothing(page, "No bucket or role was judged in this run.");
    }
    picture::write(page, report)?;
    put!(page, "<h3>Buckets</h3>");
    if exhibits.buckets.is_empty() {
        return nothing(page, "No bucket was read in this run.");
    }
    needs_script(page)?;
    put!(
        page,
        "<div class=\"scroll\" id=\"buckets\" role=\"region\" tabindex=\"0\" aria-label=\"Buckets\"></div></section>"
    );
    Ok(())
}

fn identities(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"identities\" aria-labelledby=\"identities-title\">");
    put!(page, "<h2 id=\"identities-title\">Identities</h2>");
    if report.exhibits.identities.is_empty() {
        return nothing(page, "No user or role was read in this run.");
    }
    needs_script(page)?;
    put!(
        page,
        "<div class=\"scroll\" id=\"identity-table\" role=\"region\" tabindex=\"0\" aria-label=\"Table of identities\">"
    );
    put!(page, "</div></section>");
    Ok(())
}

fn changes(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"changes\" aria-labelledby=\"changes-title\">");
    put!(page, "<h2 id=\"changes-title\">Recent changes of who may do what</h2>");
    if report.exhibits.changes.is_empty() {
        let why = if report.coverage.accounts.iter().all(|account| account.looked_back.is_empty()) {
            "CloudTrail was not asked about changes in this run."
        } else {
            "No such change was seen. How far back CloudTrail was asked stands under Coverage."
        };
        return nothing(page, why);
    }
    needs_script(page)?;
    put!(page, "<ol id=\"timeline\" class=\"timeline\"></ol><p id=\"timeline-more\"></p></section>");
    Ok(())
}

fn findings(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    put!(page, "<section id=\"findings\" aria-labelledby=\"findings-title\"><h2 id=\"findings-title\">Findings</h2>");
    if report.findings.is_empty() {
        return nothing(page, "There are no results: nothing was judged.");
    }
    needs_script(page)?;
    put!(page, "<div id=\"browser\"></div></section>");
    Ok(())
}

/// An empty section says so.
fn nothing(page: &mut Markup<'_>, why: &'static str) -> io::Result<()> {
    put!(page, "<p class=\"empty\">", (why), "</p></section>");
    Ok(())
}

#[cfg(test)]
mod browser;
#[cfg(test)]
mod tests;
