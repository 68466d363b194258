//! Who outside reaches what, as a drawing: callers on the left, resources on the right, and each line a statement.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use forewarn_findings::{Ability, Audience, Exposure, Report};

use super::markup::{Markup, put};
use crate::words;

/// Lines in the drawing; the tables have all.
const LINES: usize = 40;
/// Height of a line's end.
const SLOT: usize = 24;
/// Space between two boxes.
const BETWEEN: usize = 14;
const WIDTH: usize = 1000;
const BOX: usize = 280;
/// Characters that fit into a box.
const FIT: usize = 36;

/// One line: a caller and an exposure.
struct Line<'a> {
    caller: String,
    exposure: &'a Exposure,
    number: usize,
}

/// What stands on one side, with the lines that end there.
struct Side {
    top: BTreeMap<String, (usize, usize)>,
    height: usize,
}

impl Side {
    /// Boxes from top to bottom, each as high as its lines.
    fn of<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        let mut order: Vec<(&str, usize)> = Vec::new();
        for key in keys {
            match order.iter_mut().find(|(known, _)| *known == key) {
                Some((_, lines)) => *lines += 1,
                None => order.push((key, 1)),
            }
        }
        let mut top = BTreeMap::new();
        let mut at = 4;
        for (key, lines) in order {
            top.insert(key.to_owned(), (at, lines));
            at += lines * SLOT + 8 + BETWEEN;
        }
        Self { top, height: at }
    }
}

/// Draws, or says that nobody gets in.
pub(super) fn write(page: &mut Markup<'_>, report: &Report) -> io::Result<()> {
    let all = &report.exhibits.exposures;
    let (decided, undecided): (Vec<&Exposure>, Vec<&Exposure>) = all.iter().partition(|one| one.undecided.is_empty());
    let unknown: BTreeSet<&str> = undecided.iter().map(|exposure| exposure.resource.arn.as_str()).collect();
    if decided.is_empty() {
        put!(page, "<p class=\"empty\">Nobody from outside was shown to reach a bucket or a role.</p>");
    } else {
        draw(page, decided)?;
    }
    if !unknown.is_empty() {
        put!(
            page,
            "<p class=\"quiet\"><span aria-hidden=\"true\">?</span> For ",
            (words::count(unknown.len(), "resource"))
        );
        put!(page, " it could not be decided for every kind of caller; they are not in the drawing.</p>");
    }
    Ok(())
}

/// How bad it is: who, then what.
fn weight(exposure: &Exposure) -> (Audience, std::cmp::Reverse<Option<Ability>>) {
    (exposure.audience, std::cmp::Reverse(exposure.abilities.iter().max().copied()))
}

fn draw(page: &mut Markup<'_>, mut decided: Vec<&Exposure>) -> io::Result<()> {
    decided.sort_by_key(|exposure| weight(exposure));
    let all = decided.iter().flat_map(|exposure| {
        let named = exposure.callers.iter().map(|caller| match exposure.audience {
            Audience::Accounts => format!("account {caller}"),
            _ => caller.clone(),
        });
        let callers: Vec<String> = if exposure.callers.is_empty() {
            vec![words::audience(exposure.audience).to_owned()]
        } else {
            named.collect()
        };
        callers.into_iter().map(|caller| (caller, *exposure))
    });
    let all: Vec<(String, &Exposure)> = all.collect();
    let hidden = all.len().saturating_sub(LINES);
    let shown = all.into_iter().take(LINES).zip(1..);
    let mut lines: Vec<Line<'_>> =
        shown.map(|((caller, exposure), number)| Line { caller, exposure, number }).collect();
    let left = Side::of(lines.iter().map(|line| line.caller.as_str()));
    let right = Side::of(lines.iter().map(|line| line.exposure.resource.arn.as_str()));
    let height = left.height.max(right.height);
    put!(
        page,
        "<figure class=\"picture\"><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Drawing of who outside reaches what\">"
    );
    put!(page, "<svg viewBox=\"0 0 ", (WIDTH), " ", (height), "\" width=\"", (WIDTH), "\" height=\"", (height));
    put!(page, "\" role=\"group\" aria-label=\"", (words::count(lines.len(), "line")), " from callers to resources\">");
    lines_between(page, &mut lines, &left, &right)?;
    boxes(page, &left, 0, "caller")?;
    boxes(page, &right, WIDTH - BOX, "resource")?;
    put!(page, "</svg></div><figcaption class=\"quiet\">Each line is a statement that lets somebody from outside in");
    if hidden > 0 {
        put!(page, "; ", (words::count(hidden, "further line")), " are in the tables");
    }
    put!(page, ".</figcaption></figure><details class=\"statements\"><summary>What each line rests on</summary><ol>");
    lines.sort_by_key(|line| line.number);
    for line in &lines {
        statement(page, line)?;
    }
    put!(page, "</ol></details>");
    Ok(())
}

fn lines_between(page: &mut Markup<'_>, lines: &mut [Line<'_>], left: &Side, right: &Side) -> io::Result<()> {
    // Lines leave a box in the order in which they arrive, so that few cross.
    let arrival = |line: &Line<'_>| right.top.get(&line.exposure.resource.arn).map(|(top, _)| *top);
    let departure = |line: &Line<'_>| left.top.get(&line.caller).map(|(top, _)| *top);
    let mut used: BTreeMap<(bool, String), usize> = BTreeMap::new();
    let mut ends: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    lines.sort_by_key(|line| (departure(line), arrival(line)));
    for line in lines.iter() {
        let slot = used.entry((true, line.caller.clone())).or_default();
        let from = departure(line).unwrap_or_default() + 4 + *slot * SLOT + SLOT / 2;
        *slot += 1;
        ends.insert(line.number, (from, 0));
    }
    lines.sort_by_key(|line| (arrival(line), departure(line)));
    for line in lines.iter() {
        let slot = used.entry((false, line.exposure.resource.arn.clone())).or_default();
        let to = arrival(line).unwrap_or_default() + 4 + *slot * SLOT + SLOT / 2;
        *slot += 1;
        ends.entry(line.number).and_modify(|end| end.1 = to);
    }
    for line in lines.iter() {
        let (from, to) = ends.get(&line.number).copied().unwrap_or_default();
        let (start, end) = (BOX, WIDTH - BOX);
        let middle = usize::midpoint(start, end);
        let abilities: Vec<&str> = line.exposure.abilities.iter().map(|ability| words::ability(*ability)).collect();
        let worst = line.exposure.abilities.iter().any(|can| match can {
            Ability::Write | Ability::Administer => true,
            // Named accounts and providers assume roles as a rule; that anybody does is another thing.
            Ability::Assume => matches!(
                line.exposure.audience,
                Audience::Anyone | Audience::AnyAwsAccount | Audience::FederatedStranger
            ),
            Ability::List | Ability::Read | Ability::Other => false,
        });
        put!(page, "<a href=\"#line-", (line.number), "\" class=\"", (if worst { "edge worst" } else { "edge" }));
        put!(page, "\"><title>", (line.caller), " can ", (abilities.join(", ")), ": ");
        put!(
            page,
            (line.exposure.resource.arn),
            "</title><path d=\"M",
            (start),
            " ",
            (from),
            "C",
            (middle),
            " ",
            (from)
        );
        put!(page, " ", (middle - 60), " ", (to), " ", (end - 150), " ", (to), "L", (end - 8), " ", (to), "\"/>");
        put!(page, "<path class=\"tip\" d=\"M", (end - 8), " ", (to - 4), "l8 4l-8 4z\"/><text x=\"", (end - 14));
        put!(page, "\" y=\"", (to - 4), "\" text-anchor=\"end\">", (abilities.join(", ")), "</text></a>");
    }
    Ok(())
}

fn boxes(page: &mut Markup<'_>, side: &Side, x: usize, class: &'static str) -> io::Result<()> {
    for (name, (top, lines)) in &side.top {
        let height = lines * SLOT + 8;
        put!(page, "<g class=\"", (class), "\"><title>", (name), "</title><rect x=\"", (x + 1), "\" y=\"", (top));
        put!(page, "\" width=\"", (BOX - 2), "\" height=\"", (height), "\" rx=\"5\"/><text x=\"", (x + 12), "\" y=\"");
        put!(page, (top + height / 2 + 4), "\">", (fitted(name)), "</text></g>");
    }
    Ok(())
}

/// The telling end of a name, short enough for a box.
fn fitted(name: &str) -> String {
    let name = match name.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) {
        Some(resource) => name.strip_prefix("arn:aws:s3:::").unwrap_or(resource).to_owned(),
        None => name.to_owned(),
    };
    let count = name.chars().count();
    if count <= FIT {
        return name;
    }
    let half = FIT / 2;
    let (front, back): (String, String) =
        (name.chars().take(half).collect(), name.chars().skip(count - half + 1).collect());
    format!("{front}…{back}")
}

fn statement(page: &mut Markup<'_>, line: &Line<'_>) -> io::Result<()> {
    put!(page, "<li id=\"line-", (line.number), "\">");
    if let Some(witness) = &line.exposure.witness {
        put!(page, "<p>", (words::witness(witness)), ".</p>");
    } else {
        put!(page, "<p>", (line.caller), ": <code>", (line.exposure.resource.arn), "</code></p>");
    }
    if let Some(unless) = words::unless(&line.exposure.unless) {
        put!(page, "<p class=\"quiet\">Unless ", (unless), ".</p>");
    }
    for seen in &line.exposure.evidence {
        put!(page, "<p class=\"quiet\"><code>", (seen.pointer), "</code> of <code>", (seen.resource), "</code></p>");
        put!(page, "<pre tabindex=\"0\"><code>");
        page.lines(&serde_json::to_string_pretty(&seen.content).unwrap_or_default())?;
        put!(page, "</code></pre>");
    }
    put!(page, "</li>");
    Ok(())
}
