//! The drawings of a case, as SVG without a script.

use std::collections::BTreeMap;
use std::io;

use forewarn_reports::html::markup::Markup;
use forewarn_reports::put;

use super::page::{Page, moment};
use crate::drawn::{Edge, Mark, Node};
use crate::look::{clock, count};
use crate::who::short;

const WIDTH: usize = 1000;
const LANE: usize = 64;
const TOP: usize = 10;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Characters of a name that fit.
fn fitted(name: &str, fit: usize) -> String {
    let shown = forewarn_reports::inert(name);
    let length = shown.chars().count();
    if length <= fit {
        return shown.into_owned();
    }
    // The end tells more of an ARN than its beginning.
    let end: String = shown.chars().skip(length - (fit - 1)).collect();
    format!("…{end}")
}

pub(super) fn timeline(page: &mut Page<'_, '_>) -> io::Result<()> {
    let line = &page.case.timeline;
    let m = &mut page.markup;
    put!(
        m,
        "<section id=\"timeline\" aria-labelledby=\"timeline-title\"><h2 id=\"timeline-title\">Timeline by actor</h2>"
    );
    if line.lanes.is_empty() {
        put!(m, "<p class=\"empty\">There is no event to draw.</p></section>");
        return Ok(());
    }
    let begun = line.since.as_millisecond();
    let long = u64::try_from(line.until.as_millisecond() - begun).unwrap_or(1).max(1);
    let place = |at: jiff::Timestamp| {
        let offset = u64::try_from(at.as_millisecond() - begun).unwrap_or(0);
        usize::try_from(offset * (WIDTH as u64 - 40) / long).unwrap_or(0) + 20
    };
    let height = TOP + line.lanes.len() * LANE + 30;
    put!(m, "<p class=\"quiet\">", (moment(line.since)), " to ", (moment(line.until)), ". ");
    put!(m, "Each mark is a link to its event.");
    if line.more > 0 {
        put!(m, " ", (count(line.more, "event")), " had no room.");
    }
    put!(m, "</p><ul class=\"legend\">");
    for mark in [Mark::Case, Mark::SignInFailed, Mark::SignIn, Mark::Refused, Mark::Change, Mark::Read] {
        put!(m, "<li><svg width=\"16\" height=\"16\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">");
        put!(m, "<g class=\"", (class(mark)), "\">");
        shape(m, mark, 8, 8)?;
        put!(m, "</g></svg> ", (mark.word()), "</li>");
    }
    let line = &page.case.timeline;
    put!(
        page.markup,
        "</ul><figure class=\"picture\"><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Timeline\">"
    );
    put!(
        page.markup,
        "<svg class=\"lanes\" viewBox=\"0 0 ",
        (WIDTH),
        " ",
        (height),
        "\" width=\"",
        (WIDTH),
        "\" height=\"",
        (height)
    );
    put!(page.markup, "\" role=\"group\" aria-label=\"Timeline of ", (count(line.lanes.len() as u64, "actor")), "\">");
    for tick in 0..=6_i64 {
        let long = i64::try_from(long).unwrap_or(i64::MAX);
        let at = jiff::Timestamp::from_millisecond(begun + long / 6 * tick).unwrap_or(line.since);
        let x = place(at);
        let anchor = match tick {
            0 => "start",
            6 => "end",
            _ => "middle",
        };
        put!(page.markup, "<path class=\"tick\" d=\"M", (x), " ", (TOP), "V", (height - 24), "\"/>");
        put!(
            page.markup,
            "<text class=\"axis\" x=\"",
            (x),
            "\" y=\"",
            (height - 8),
            "\" text-anchor=\"",
            (anchor),
            "\">",
            (clock(at)),
            "</text>"
        );
    }
    for (index, lane) in page.case.timeline.lanes.iter().enumerate() {
        let base = TOP + index * LANE;
        let middle = base + LANE - 16;
        put!(page.markup, "<path class=\"lane\" d=\"M0 ", (base + LANE - 4), "H", (WIDTH), "\"/>");
        put!(
            page.markup,
            "<text class=\"who\" x=\"4\" y=\"",
            (base + 13),
            "\">",
            (fitted(short(&lane.actor), 70)),
            "</text>"
        );
        // Marks that would lie on each other are stacked.
        let mut stacked: BTreeMap<usize, usize> = BTreeMap::new();
        for one in &lane.moments {
            let x = place(one.time);
            let level = stacked.entry(x / 9).or_default();
            let y = middle - (*level % 4) * 10;
            *level += 1;
            let anchor = page.anchors.get(one.event_id.as_str()).copied().unwrap_or_default();
            put!(page.markup, "<a href=\"#e", (anchor), "\" class=\"", (class(one.mark)), "\" aria-label=\"");
            let said = format!("{} {} {}", clock(one.time), one.action, one.mark.word());
            put!(page.markup, (said), "\"><title>", (said), "</title>");
            shape(&mut page.markup, one.mark, x, y)?;
            put!(page.markup, "</a>");
        }
    }
    put!(page.markup, "</svg></div></figure></section>");
    Ok(())
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Case => "mark case",
        Mark::SignInFailed => "mark guessed",
        Mark::SignIn => "mark signin",
        Mark::Refused => "mark refused",
        Mark::Change => "mark change",
        Mark::Read => "mark read",
    }
}

/// A shape for each kind, so that colour is not all that tells them apart.
fn shape(m: &mut Markup<'_>, mark: Mark, x: usize, y: usize) -> io::Result<()> {
    let (left, top) = (x.saturating_sub(5), y.saturating_sub(5));
    match mark {
        Mark::Case => put!(m, "<path d=\"M", (x), " ", (y.saturating_sub(7)), "l7 7l-7 7l-7 -7z\"/>"),
        Mark::SignInFailed => put!(m, "<path class=\"open\" d=\"M", (left), " ", (top), "l10 10m0 -10l-10 10\"/>"),
        Mark::SignIn => put!(m, "<path d=\"M", (x), " ", (y.saturating_sub(6)), "l6 11h-12z\"/>"),
        Mark::Refused => put!(m, "<circle class=\"open\" cx=\"", (x), "\" cy=\"", (y), "\" r=\"4.5\"/>"),
        Mark::Change => put!(
            m,
            "<rect x=\"",
            (x.saturating_sub(4)),
            "\" y=\"",
            (y.saturating_sub(4)),
            "\" width=\"8\" height=\"8\"/>"
        ),
        Mark::Read => put!(m, "<circle cx=\"", (x), "\" cy=\"", (y), "\" r=\"3\"/>"),
    }
    Ok(())
}

const CELL: usize = 36;
const ROW: usize = 24;

pub(super) fn week(page: &mut Page<'_, '_>) -> io::Result<()> {
    let case = page.case;
    let m = &mut page.markup;
    put!(
        m,
        "<section id=\"week\" aria-labelledby=\"week-title\"><h2 id=\"week-title\">Hours of the week before, in UTC</h2>"
    );
    put!(
        m,
        "<p class=\"quiet\">The stronger the colour, the more events there were in this hour before the case; a frame marks the hour of the case.</p>"
    );
    for heat in &case.heat {
        let most = heat.week.iter().flatten().copied().max().unwrap_or_default();
        let all: u64 = heat.week.iter().flatten().map(|events| u64::from(*events)).sum();
        put!(m, "<figure class=\"picture\"><figcaption>", (heat.of), ": ", (count(all, "event")), "</figcaption>");
        put!(m, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Week of ", (heat.of), "\">");
        let (width, height) = (44 + 24 * CELL, 22 + 7 * ROW);
        put!(
            m,
            "<svg class=\"heat\" viewBox=\"0 0 ",
            (width),
            " ",
            (height),
            "\" width=\"",
            (width),
            "\" height=\"",
            (height)
        );
        put!(m, "\" role=\"img\" aria-label=\"Events by weekday and hour of ", (heat.of), "\">");
        for hour in (0..24).step_by(2) {
            put!(
                m,
                "<text class=\"axis\" x=\"",
                (44 + hour * CELL + CELL / 2),
                "\" y=\"14\" text-anchor=\"middle\">",
                (format!("{hour:02}")),
                "</text>"
            );
        }
        for (day, (name, hours)) in DAYS.iter().zip(&heat.week).enumerate() {
            let y = 22 + day * ROW;
            put!(m, "<text class=\"axis\" x=\"0\" y=\"", (y + 16), "\">", (name), "</text>");
            for (hour, events) in hours.iter().enumerate() {
                let in_case = heat.case.contains(&(day, hour));
                let level = level(*events, most);
                put!(m, "<rect class=\"h", (level));
                if in_case {
                    put!(m, " case");
                }
                put!(
                    m,
                    "\" x=\"",
                    (44 + hour * CELL + 1),
                    "\" y=\"",
                    (y + 1),
                    "\" width=\"",
                    (CELL - 2),
                    "\" height=\"",
                    (ROW - 2),
                    "\" rx=\"2\">"
                );
                put!(m, "<title>", (name), " ", (format!("{hour:02}:00")), ": ", (count(u64::from(*events), "event")));
                if in_case {
                    put!(m, ", and the case");
                }
                put!(m, "</title></rect>");
            }
        }
        put!(m, "</svg></div></figure>");
    }
    put!(m, "</section>");
    Ok(())
}

/// One of five steps; by the root, since a few hours are far busier than the others.
fn level(events: u32, most: u32) -> u32 {
    if events == 0 || most == 0 {
        return 0;
    }
    let share = (f64::from(events) / f64::from(most)).sqrt();
    (1..=4).find(|step| share <= f64::from(*step) / 5.0).unwrap_or(5)
}

const BOX: usize = 249;
const SLOT: usize = 40;

pub(super) fn graph(page: &mut Page<'_, '_>) -> io::Result<()> {
    let graph = &page.case.graph;
    let m = &mut page.markup;
    put!(
        m,
        "<section id=\"graph\" aria-labelledby=\"graph-title\"><h2 id=\"graph-title\">Who did what from where</h2>"
    );
    if graph.actors.is_empty() {
        put!(m, "<p class=\"empty\">There is nothing to draw.</p></section>");
        return Ok(());
    }
    put!(m, "<p class=\"quiet\">Sign-ins, changes and refused calls within a day of the case; numbers are events.</p>");
    let rows = graph.addresses.len().max(graph.actors.len()).max(graph.resources.len());
    let height = 34 + rows * SLOT;
    put!(m, "<figure class=\"picture\"><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Graph\">");
    put!(m, "<svg viewBox=\"0 0 ", (WIDTH), " ", (height), "\" width=\"", (WIDTH), "\" height=\"", (height));
    put!(m, "\" role=\"img\" aria-label=\"", (count(graph.addresses.len() as u64, "address")), ", ");
    put!(
        m,
        (count(graph.actors.len() as u64, "actor")),
        ", ",
        (count(graph.resources.len() as u64, "resource")),
        "\">"
    );
    let columns = [(1, "Addresses"), ((WIDTH - BOX) / 2, "Actors"), (WIDTH - BOX - 1, "Resources")];
    for (x, title) in columns {
        put!(m, "<text class=\"axis\" x=\"", (x), "\" y=\"14\">", (title), "</text>");
    }
    let top = |nodes: &[Node]| 28 + (rows - nodes.len()) * SLOT / 2;
    let [(left, _), (middle, _), (right, _)] = columns;
    edges(page, &page.case.graph.came, (left + BOX, top(&graph.addresses)), (middle, top(&graph.actors)))?;
    edges(page, &page.case.graph.did, (middle + BOX, top(&graph.actors)), (right, top(&graph.resources)))?;
    for (x, nodes) in [(left, &graph.addresses), (middle, &graph.actors), (right, &graph.resources)] {
        boxes(page, x, top(nodes), nodes)?;
    }
    put!(page.markup, "</svg></div></figure></section>");
    Ok(())
}

fn edges(page: &mut Page<'_, '_>, edges: &[Edge], from: (usize, usize), to: (usize, usize)) -> io::Result<()> {
    let m = &mut page.markup;
    for edge in edges {
        let (x1, y1) = (from.0, from.1 + edge.from * SLOT + 15);
        let (x2, y2) = (to.0, to.1 + edge.to * SLOT + 15);
        let bend = (x2 - x1) / 2;
        put!(m, "<g class=\"edge");
        if edge.is_case {
            put!(m, " worst");
        }
        put!(m, "\"><title>", (count(edge.events, "event")), ", such as ", (edge.event_id), "</title>");
        put!(
            m,
            "<path d=\"M",
            (x1),
            " ",
            (y1),
            "C",
            (x1 + bend),
            " ",
            (y1),
            " ",
            (x2 - bend),
            " ",
            (y2),
            " ",
            (x2),
            " ",
            (y2),
            "\"/>"
        );
        put!(m, "<text x=\"", (x2 - 6), "\" y=\"", (y2 - 4), "\" text-anchor=\"end\">", (edge.events), "</text></g>");
    }
    Ok(())
}

fn boxes(page: &mut Page<'_, '_>, x: usize, top: usize, nodes: &[Node]) -> io::Result<()> {
    let m = &mut page.markup;
    for (index, node) in nodes.iter().enumerate() {
        let y = top + index * SLOT;
        put!(m, "<g");
        if node.is_case {
            put!(m, " class=\"of-case\"");
        }
        put!(
            m,
            "><title>",
            (node.name),
            "</title><rect x=\"",
            (x),
            "\" y=\"",
            (y),
            "\" width=\"",
            (BOX),
            "\" height=\"30\" rx=\"5\"/>"
        );
        put!(m, "<text x=\"", (x + 10), "\" y=\"", (y + 20), "\">", (fitted(&node.name, 34)), "</text></g>");
    }
    Ok(())
}
