//! What was asked for, what was seen, and what was refused.

use std::io;
use std::sync::Arc;

use forewarn_findings::{AccountCoverage, Exception, GapCoverage, Report};

use super::markup::{Markup, put};
use crate::words;

pub(super) fn write(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let coverage = &report.coverage;
    put!(page, "<section id=\"coverage\" aria-labelledby=\"coverage-title\"><h2 id=\"coverage-title\">Coverage</h2>");
    for fault in &coverage.internal_errors {
        put!(page, "<p class=\"alarm\"><strong>Internal error:</strong> ", (fault), "</p>");
    }
    for gap in &coverage.unlisted {
        put!(page, "<p class=\"alarm\">There may be more accounts: ", (gap), "</p>");
    }
    if !coverage.accounts.is_empty() {
        accounts(page, &coverage.accounts)?;
    }
    put!(page, "<h3>Denied and failed operations</h3>");
    if coverage.gaps.is_empty() {
        put!(page, "<p class=\"empty\">None: every call that the checks need was answered.</p>");
    } else {
        gaps(page, &coverage.gaps)?;
    }
    if !coverage.facts.is_empty() {
        put!(page, "<details><summary>Facts that the checks need (", (coverage.facts.len()), ")</summary>");
        put!(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Facts\"><table><thead><tr>");
        put!(
            page,
            "<th scope=\"col\">Operation</th><th scope=\"col\">Places</th><th scope=\"col\">Read</th></tr></thead><tbody>"
        );
        for fact in &coverage.facts {
            put!(page, "<tr><th scope=\"row\"><code>", (fact.fact.operation()), "</code></th><td>", (fact.places));
            put!(page, "</td><td>", (fact.observed), "</td></tr>");
        }
        put!(page, "</tbody></table></div></details>");
    }
    if !coverage.idle_exceptions.is_empty() {
        idle(page, &coverage.idle_exceptions)?;
    }
    let calls = report.run.calls.values().fold(0_u64, |sum, count| sum.saturating_add(count.sent));
    put!(page, "<p class=\"quiet\">", (calls), " requests were sent");
    if let Some(caller) = &report.run.caller_arn {
        put!(page, " as <code>", (caller), "</code>");
    }
    put!(page, ".</p></section>");
    Ok(())
}

fn accounts(page: &mut Markup<'_>, all: &[AccountCoverage]) -> io::Result<()> {
    put!(
        page,
        "<h3>Accounts</h3><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Accounts\"><table><thead><tr>"
    );
    put!(page, "<th scope=\"col\">Account</th><th scope=\"col\">Assessed</th><th scope=\"col\">Regions</th>");
    put!(
        page,
        "<th scope=\"col\">There, and not assessed</th><th scope=\"col\">CloudTrail read back to</th></tr></thead><tbody>"
    );
    for account in all {
        put!(page, "<tr><th scope=\"row\">", (account.id));
        if let Some(name) = &account.name {
            put!(page, " <span class=\"quiet\">", (name), "</span>");
        }
        put!(page, "</th><td>");
        match (&account.gap, &account.not_applicable) {
            (Some(gap), _) => {
                put!(page, "<span class=\"unsure\"><span aria-hidden=\"true\">?</span> no:</span> ", (gap));
            }
            (None, Some(why)) => put!(page, "<span class=\"quiet\">left out: ", (why), "</span>"),
            (None, None) => put!(page, "<span class=\"on\"><span aria-hidden=\"true\">✓</span> yes</span>"),
        }
        put!(page, "</td><td>", (account.assessed_regions()), " of ", (account.regions.len()), "</td><td>");
        let seen: Vec<String> = account.unassessed.iter().map(|(family, count)| format!("{count} {family}")).collect();
        put!(page, (seen.join(", ")), "</td><td>");
        if let Some(since) = account.looked_back.iter().map(|back| back.since).max() {
            put!(page, (words::utc(since)));
        }
        put!(page, "</td></tr>");
    }
    put!(page, "</tbody></table></div>");
    Ok(())
}

fn idle(page: &mut Markup<'_>, all: &[Arc<Exception>]) -> io::Result<()> {
    put!(
        page,
        "<h3>Exceptions that accept nothing</h3><p>Their check ran and has no finding for them: what they were for is "
    );
    put!(page, "mended, or has another name. They can go.</p>");
    put!(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Exceptions\"><table><thead><tr>");
    put!(page, "<th scope=\"col\">Resource</th><th scope=\"col\">Check</th><th scope=\"col\">Owner</th>");
    put!(page, "<th scope=\"col\">Reason</th><th scope=\"col\">Until</th></tr></thead><tbody>");
    for exception in all {
        put!(page, "<tr><th scope=\"row\"><code>", (exception.resource), "</code></th><td><code>", (exception.check));
        put!(page, "</code></td><td>", (exception.owner), "</td><td>", (exception.reason), "</td><td>");
        put!(page, (exception.expires.to_string()), "</td></tr>");
    }
    put!(page, "</tbody></table></div>");
    Ok(())
}

fn gaps(page: &mut Markup<'_>, all: &[GapCoverage]) -> io::Result<()> {
    put!(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Operations\"><table><thead><tr>");
    put!(page, "<th scope=\"col\">Operation</th><th scope=\"col\">Why</th><th scope=\"col\">Times</th>");
    put!(page, "<th scope=\"col\">Such as</th><th scope=\"col\">Checks that are left unknown</th></tr></thead><tbody>");
    for gap in all {
        put!(page, "<tr><th scope=\"row\"><code>", (gap.operation), "</code></th><td>", (gap.cause.words()));
        if let Some(detail) = &gap.detail {
            put!(page, "<br><span class=\"quiet\">", (detail), "</span>");
        }
        put!(page, "</td><td>", (gap.count), "</td><td>", (gap.resources.join(", ")), "</td><td>");
        put!(page, (gap.checks.join(", ")), "</td></tr>");
    }
    put!(page, "</tbody></table></div>");
    Ok(())
}
