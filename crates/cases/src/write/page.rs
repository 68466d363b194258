//! A case as one page: no script, no request leaves it, and nothing that was read can become markup.
//!
//! The policy of the page allows this style sheet by its hash and nothing else.

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use forewarn_reports::html::markup::Markup;
use forewarn_reports::{html, put};
use sha2::{Digest as _, Sha256};

use super::picture;
use crate::fact::{Ids, Needs, Sentence, Weight};
use crate::{Case, Subject};

const STYLE: &str = include_str!("case.css");

/// Rows of a table; the JSON has all.
const MOST: usize = 200;

/// The page, and where events stand in it.
pub(super) struct Page<'w, 'c> {
    pub(super) markup: Markup<'w>,
    pub(super) case: &'c Case,
    /// The places of the events that have a row of their own.
    pub(super) anchors: BTreeMap<&'c str, usize>,
}

/// Writes a case as a page.
///
/// # Errors
/// What `out` says.
pub fn write(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    let moments = case.timeline.lanes.iter().flat_map(|lane| &lane.moments);
    let mut times: Vec<(jiff::Timestamp, &str)> = moments.map(|one| (one.time, one.event_id.as_str())).collect();
    times.sort_unstable();
    times.dedup();
    let anchors = times.iter().enumerate().map(|(index, (_, id))| (*id, index + 1)).collect();
    let mut page = Page { markup: Markup::new(out), case, anchors };
    page.head()?;
    page.verdict()?;
    page.story()?;
    page.steps()?;
    picture::timeline(&mut page)?;
    picture::week(&mut page)?;
    picture::graph(&mut page)?;
    page.answers()?;
    page.pivots()?;
    page.events()?;
    page.looked()?;
    let m = &mut page.markup;
    put!(
        m,
        "</main><footer><p>forewarn · ",
        (case.id),
        " · one file, no request leaves it.</p></footer></body></html>\n"
    );
    Ok(())
}

impl Page<'_, '_> {
    fn head(&mut self) -> io::Result<()> {
        let case = self.case;
        let mut hash = Sha256::new();
        hash.update(html::STYLE.as_bytes());
        hash.update(STYLE.as_bytes());
        let hash = BASE64_STANDARD.encode(hash.finalize());
        let m = &mut self.markup;
        put!(m, "<!doctype html>\n<html lang=\"en\" data-ready=\"\"><head><meta charset=\"utf-8\">");
        put!(
            m,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-",
            (hash)
        );
        put!(m, "'; base-uri 'none'; form-action 'none'\">");
        put!(m, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        put!(m, "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">");
        put!(m, "<title>forewarn: ", (case.id), "</title><style>");
        m.literal(html::STYLE)?;
        m.literal(STYLE)?;
        put!(m, "</style></head><body><a class=\"skip\" href=\"#main\">Skip to the case</a><header class=\"top\">");
        put!(m, "<div class=\"brand\"><strong>forewarn</strong><span>", (case.id), "</span></div>");
        put!(m, "<nav aria-label=\"Sections\"><ul><li><a href=\"#story\">What happened</a></li>");
        put!(m, "<li><a href=\"#steps\">What to do</a></li><li><a href=\"#timeline\">Timeline</a></li>");
        put!(m, "<li><a href=\"#week\">Week</a></li><li><a href=\"#graph\">Graph</a></li>");
        put!(m, "<li><a href=\"#answers\">Answers</a></li><li><a href=\"#pivots\">Artifacts</a></li>");
        put!(
            m,
            "<li><a href=\"#events\">Events</a></li><li><a href=\"#looked\">Log</a></li></ul></nav></header><main id=\"main\">"
        );
        Ok(())
    }

    fn verdict(&mut self) -> io::Result<()> {
        let case = self.case;
        let m = &mut self.markup;
        put!(m, "<section class=\"verdict\"><h1>", (case.title.text()), "</h1>");
        if !case.log.unread.is_empty() {
            put!(
                m,
                "<div class=\"warn\"><p><strong>Not all was read, so not all can be in this case.</strong></p><ul>"
            );
            for (source, why) in case.log.unread.iter().take(10) {
                put!(m, "<li><code>", (source), "</code>: ", (why), "</li>");
            }
            put!(m, "</ul></div>");
        }
        put!(m, "<div class=\"tiles\"><div class=\"tile\"><h2>For something wrong</h2><p class=\"figure critical\">");
        put!(m, (case.alarming), "</p><p class=\"quiet\">of ", (case.answers.len()), " questions</p></div>");
        put!(m, "<div class=\"tile\"><h2>Against it</h2><p class=\"figure on\">", (case.easing), "</p>");
        put!(m, "<p class=\"quiet\">questions with a harmless answer</p></div>");
        let open = case.answers.iter().filter(|one| one.answer.sentences().is_empty()).count();
        put!(m, "<div class=\"tile\"><h2>Not available</h2><p class=\"figure\">", (open), "</p>");
        put!(m, "<p class=\"quiet\">questions that need more than was given</p></div>");
        put!(
            m,
            "<dl class=\"facts tile\"><dt>Actor</dt><dd><code>",
            (case.actor),
            "</code></dd><dt>Account</dt><dd><code>"
        );
        put!(
            m,
            (case.account.as_deref().unwrap_or("not said")),
            "</code></dd><dt>Events</dt><dd>",
            (case.event_ids.len())
        );
        put!(
            m,
            "</dd><dt>Active</dt><dd>",
            (moment(case.episode.0)),
            " to<br>",
            (moment(case.episode.1)),
            "</dd></dl></div></section>"
        );
        Ok(())
    }

    fn story(&mut self) -> io::Result<()> {
        let case = self.case;
        put!(
            self.markup,
            "<section id=\"story\" aria-labelledby=\"story-title\"><h2 id=\"story-title\">What happened</h2><ul class=\"told\">"
        );
        for told in &case.narrative {
            put!(self.markup, "<li class=\"");
            self.markup.literal(class(told.weight()))?;
            put!(self.markup, "\">");
            self.sentence(told)?;
            put!(self.markup, "</li>");
        }
        put!(self.markup, "</ul></section>");
        Ok(())
    }

    fn steps(&mut self) -> io::Result<()> {
        let case = self.case;
        put!(
            self.markup,
            "<section id=\"steps\" aria-labelledby=\"steps-title\"><h2 id=\"steps-title\">What to do</h2>"
        );
        put!(
            self.markup,
            "<p class=\"quiet\">In this order. Nothing of it was run: read each command first.</p><ol class=\"fixes steps\">"
        );
        for step in &case.recommendation {
            put!(self.markup, "<li><h3>", (step.title), "</h3>");
            self.sentence(&step.why)?;
            if !step.commands.is_empty() {
                put!(self.markup, "<pre tabindex=\"0\"><code>");
                self.markup.lines(&step.commands.join("\n"))?;
                put!(self.markup, "</code></pre>");
            }
            for needs in &step.needs {
                self.lacking(needs)?;
            }
            put!(self.markup, "</li>");
        }
        put!(self.markup, "</ol></section>");
        Ok(())
    }

    fn answers(&mut self) -> io::Result<()> {
        let case = self.case;
        put!(
            self.markup,
            "<section id=\"answers\" aria-labelledby=\"answers-title\"><h2 id=\"answers-title\">Questions and answers</h2>"
        );
        put!(
            self.markup,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table of answers\"><table class=\"answers\">"
        );
        put!(
            self.markup,
            "<thead><tr><th scope=\"col\">Id</th><th scope=\"col\">Question</th><th scope=\"col\">Answer</th></tr></thead>"
        );
        let mut subject: Option<Subject> = None;
        for one in &case.answers {
            if subject != Some(one.subject) {
                if subject.is_some() {
                    put!(self.markup, "</tbody>");
                }
                subject = Some(one.subject);
                put!(
                    self.markup,
                    "<tbody><tr><th class=\"group\" colspan=\"3\" scope=\"rowgroup\">",
                    (one.subject.word()),
                    "</th></tr>"
                );
            }
            put!(
                self.markup,
                "<tr id=\"answer-",
                (one.id),
                "\"><td>",
                (one.id),
                "</td><th scope=\"row\">",
                (one.question),
                "</th><td><ul class=\"told\">"
            );
            for told in one.answer.sentences() {
                put!(self.markup, "<li class=\"");
                self.markup.literal(class(told.weight()))?;
                put!(self.markup, "\">");
                self.sentence(told)?;
                put!(self.markup, "</li>");
            }
            for needs in one.answer.needs() {
                put!(self.markup, "<li class=\"lacking\">");
                self.lacking(needs)?;
                put!(self.markup, "</li>");
            }
            put!(self.markup, "</ul></td></tr>");
        }
        if subject.is_some() {
            put!(self.markup, "</tbody>");
        }
        put!(self.markup, "</table></div></section>");
        Ok(())
    }

    fn pivots(&mut self) -> io::Result<()> {
        let case = self.case;
        let m = &mut self.markup;
        put!(m, "<section id=\"pivots\" aria-labelledby=\"pivots-title\"><h2 id=\"pivots-title\">Artifacts</h2>");
        put!(m, "<details><summary>", (case.artifacts.len()), " values of the event</summary>");
        put!(
            m,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table of artifacts\"><table><thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Value</th><th scope=\"col\">Where</th></tr></thead><tbody>"
        );
        for one in case.artifacts.iter().take(MOST) {
            put!(
                m,
                "<tr><td>",
                (one.kind),
                "</td><td><code>",
                (if one.value.is_empty() { "(empty)" } else { &one.value }),
                "</code>"
            );
            if let Some(unusual) = one.unusual {
                put!(m, " <span class=\"medium\">", (unusual), "</span>");
            }
            put!(m, "</td><td><code>", (one.paths.first().map_or("", String::as_str)), "</code>");
            if one.paths.len() > 1 {
                put!(m, " and ", (one.paths.len() - 1), " more");
            }
            put!(m, "</td></tr>");
        }
        put!(m, "</tbody></table></div></details><h3>Followed</h3>");
        put!(
            m,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Followed\"><table><thead><tr><th scope=\"col\">Step</th><th scope=\"col\">What</th><th scope=\"col\">Events</th><th scope=\"col\">First</th><th scope=\"col\">Last</th><th scope=\"col\">With whom</th><th scope=\"col\">From where</th></tr></thead><tbody>"
        );
        let mut leads: Vec<_> = case.followed.iter().collect();
        leads.sort_by_key(|lead| (lead.followed.step, std::cmp::Reverse(lead.events)));
        for lead in leads.iter().take(MOST) {
            put!(
                m,
                "<tr><td>",
                (lead.followed.step),
                "</td><td>",
                (lead.followed.value.word()),
                " <code>",
                (lead.followed.value.text()),
                "</code>"
            );
            if let Some(from) = &lead.followed.from {
                put!(m, "<br><span class=\"quiet\">by ", (from.text()), "</span>");
            }
            put!(
                m,
                "</td><td>",
                (lead.events),
                "</td><td>",
                (lead.first.as_ref().map_or(String::new(), |(at, _)| moment(*at)))
            );
            put!(m, "</td><td>", (lead.last.as_ref().map_or(String::new(), |(at, _)| moment(*at))), "</td><td>");
            put!(m, (few(&lead.people)), "</td><td>", (few(&lead.addresses)), "</td></tr>");
        }
        put!(m, "</tbody></table></div>");
        more(m, case.followed.len())?;
        put!(m, "<h3>Set aside</h3>");
        if case.set_aside.is_empty() {
            put!(m, "<p class=\"empty\">Nothing was set aside.</p></section>");
            return Ok(());
        }
        put!(
            m,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Set aside\"><table><thead><tr><th scope=\"col\">What</th><th scope=\"col\">Why</th></tr></thead><tbody>"
        );
        for one in case.set_aside.iter().take(MOST) {
            put!(m, "<tr><td>", (one.value.word()), " <code>", (one.value.text()), "</code></td><td>");
            put!(m, (if one.harmless { "harmless: " } else { "not followed: " }), (one.why), "</td></tr>");
        }
        put!(m, "</tbody></table></div>");
        more(m, case.set_aside.len())?;
        put!(m, "</section>");
        Ok(())
    }

    fn events(&mut self) -> io::Result<()> {
        let case = self.case;
        let lanes = case.timeline.lanes.iter();
        let mut all: Vec<(&str, &crate::Moment)> =
            lanes.flat_map(|lane| lane.moments.iter().map(|one| (lane.actor.as_str(), one))).collect();
        all.sort_by(|one, other| (one.1.time, &one.1.event_id).cmp(&(other.1.time, &other.1.event_id)));
        let anchors = &self.anchors;
        let m = &mut self.markup;
        put!(
            m,
            "<section id=\"events\" aria-labelledby=\"events-title\"><h2 id=\"events-title\">Events of the timeline</h2>"
        );
        if all.is_empty() {
            put!(m, "<p class=\"empty\">There is none.</p></section>");
            return Ok(());
        }
        put!(
            m,
            "<div class=\"scroll list\" role=\"region\" tabindex=\"0\" aria-label=\"Events\"><table class=\"events\"><thead><tr><th scope=\"col\">Time, UTC</th><th scope=\"col\">Actor</th><th scope=\"col\">What</th><th scope=\"col\">From</th><th scope=\"col\">On</th><th scope=\"col\">Event</th></tr></thead><tbody>"
        );
        for (actor, one) in all {
            let place = anchors.get(one.event_id.as_str()).copied().unwrap_or_default();
            put!(
                m,
                "<tr id=\"e",
                (place),
                "\"><td>",
                (moment(one.time).trim_end_matches(" UTC")),
                "</td><td>",
                (crate::who::short(actor))
            );
            put!(m, "</td><td>", (one.action), "<br><span class=\"quiet\">", (one.mark.word()));
            if let Some(error) = &one.error {
                put!(m, ", ", (error));
            }
            put!(m, "</span></td><td>", (one.from.as_deref().unwrap_or("–")), "</td><td>", (one.touched.join(", ")));
            put!(m, "</td><td><code>", (one.event_id), "</code></td></tr>");
        }
        put!(m, "</tbody></table></div></section>");
        Ok(())
    }

    fn looked(&mut self) -> io::Result<()> {
        let log = &self.case.log;
        let m = &mut self.markup;
        put!(
            m,
            "<section id=\"looked\" aria-labelledby=\"looked-title\"><h2 id=\"looked-title\">What was looked at</h2><p>"
        );
        put!(m, (log.events), " events from ", (log.since.map_or_else(|| "never".to_owned(), moment)));
        put!(m, " to ", (log.until.map_or_else(|| "never".to_owned(), moment)), ". ");
        put!(
            m,
            (if log.has_data_events {
                "There are data events among them."
            } else {
                "There are no data events among them: who reads objects cannot be seen."
            }),
            "</p>"
        );
        if !log.limits.is_empty() {
            put!(m, "<p>Bounds that were met:</p><ul>");
            for limit in &log.limits {
                put!(m, "<li>", (limit), "</li>");
            }
            put!(m, "</ul>");
        }
        put!(m, "</section>");
        Ok(())
    }

    /// A sentence with the events that it rests on.
    fn sentence(&mut self, told: &Sentence) -> io::Result<()> {
        put!(self.markup, "<p class=\"say\">");
        if told.weight() != Weight::Plain {
            put!(self.markup, "<span class=\"weight\">", (weight(told.weight())), "</span> ");
        }
        put!(self.markup, (told.text()), "</p>");
        self.sources(told.ids(), told.also_from())
    }

    fn sources(&mut self, ids: &Ids, files: &[String]) -> io::Result<()> {
        let anchors = &self.anchors;
        let m = &mut self.markup;
        let events = ids.count();
        put!(m, "<details class=\"sources\"><summary>", (crate::look::count(events as u64, "event")));
        if !files.is_empty() {
            put!(m, ", ", (files.join(", ")));
        }
        put!(m, "</summary><p>");
        for (index, id) in ids.iter().take(MOST).enumerate() {
            if index > 0 {
                put!(m, ", ");
            }
            if let Some(place) = anchors.get(id) {
                put!(m, "<a href=\"#e", (place), "\"><code>", (id), "</code></a>");
            } else {
                put!(m, "<code>", (id), "</code>");
            }
        }
        if events > MOST {
            put!(m, " and ", (events - MOST), " more, in case.json");
        }
        put!(m, "</p></details>");
        Ok(())
    }

    fn lacking(&mut self, needs: &Needs) -> io::Result<()> {
        put!(self.markup, "<p class=\"say quiet\">Not available: needs ", (needs.words()), ".</p>");
        Ok(())
    }
}

fn more(m: &mut Markup<'_>, all: usize) -> io::Result<()> {
    if all > MOST {
        put!(m, "<p class=\"quiet\">", (all - MOST), " more are in case.json.</p>");
    }
    Ok(())
}

/// `2020-11-06 03:21:39 UTC`.
pub(super) fn moment(at: jiff::Timestamp) -> String {
    crate::look::utc(at)
}

fn few(all: &[(String, u64)]) -> String {
    let words: Vec<String> =
        all.iter().map(|(name, events)| format!("{} ({events})", crate::who::short(name))).collect();
    crate::look::list(&words, 3)
}

fn class(weight: Weight) -> &'static str {
    match weight {
        Weight::Alarming => "alarming",
        Weight::Telling => "telling",
        Weight::Easing => "easing",
        Weight::Plain => "plain",
    }
}

fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Alarming => "suspicious",
        Weight::Telling => "to know",
        Weight::Easing => "reassuring",
        Weight::Plain => "",
    }
}
