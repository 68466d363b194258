//! Changes for people: what to look at first, then all of them by time.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use forewarn_findings::{ChangeVerdict, Course, Opening, State, Told, Witness};
use forewarn_reports::{Line, Page, styles, words};
use jiff::Timestamp;

use super::Found;
use crate::terminal::Terminal;

/// Things that are listed of each kind, and changes of the table, unless all are asked for.
const SHOWN: usize = 20;
const ROWS: usize = 50;

/// Changes by event and resource: ids of events that people made by hand come twice.
type Index<'t> = BTreeMap<(&'t str, &'t str), &'t Told>;

pub(super) fn write(found: &Found<'_>, all: bool, to_terminal: bool, out: &mut dyn Write) -> io::Result<()> {
    let (width, color) = if to_terminal { (Terminal::width(), Terminal::color()) } else { (120, false) };
    let mut page = Page::new(out, width, color);
    unread(&mut page, found)?;
    let timeline = found.timeline;
    if timeline.changes.is_empty() {
        return page.put(0, &Line::of("There is no change among these events."));
    }
    summary(&mut page, found)?;
    let told: Index<'_> =
        timeline.changes.iter().map(|told| ((told.event_id.as_str(), told.resource.as_str()), told)).collect();
    let of = |wanted: fn(&Course) -> bool| timeline.courses.iter().filter(|course| wanted(course)).collect::<Vec<_>>();
    let open = of(|course| course.is_open() || course.snapshot_disagrees.is_some());
    let unknown = of(|course| course.state == State::Unknown && course.snapshot_disagrees.is_none());
    let reset = of(|course| course.state == State::Reset && course.snapshot_disagrees.is_none());
    let refused = of(|course| course.state == State::Refused);
    for (title, style, courses) in [
        ("Look at first: open now", styles::BAD, open),
        ("Not decided", styles::WARN, unknown),
        ("Opened and reset", Style::new(), reset),
        ("Refused attempts", Style::new(), refused),
    ] {
        if courses.is_empty() {
            continue;
        }
        page.section(style, &format!("{title} ({})", courses.len()))?;
        let shown = if all { courses.len() } else { SHOWN };
        for course in courses.iter().take(shown) {
            self::course(&mut page, course, &told)?;
        }
        more(&mut page, courses.len(), shown)?;
    }
    page.section(Style::new(), "By time")?;
    let rows: Vec<&Told> = timeline
        .changes
        .iter()
        .filter(|told| all || told.opened != ChangeVerdict::No || told.outside_pipeline)
        .collect();
    let shown = if all { rows.len() } else { ROWS };
    for told in rows.iter().take(shown) {
        row(&mut page, told)?;
    }
    more(&mut page, rows.len(), shown)?;
    let quiet = timeline.changes.len() - rows.len();
    if quiet > 0 {
        let said = format!("{quiet} changes beside these opened nothing (--all lists them, -f json has them)");
        page.put(2, &Line::default().styled(styles::DIM, &said))?;
    }
    Ok(())
}

fn unread(page: &mut Page<'_>, found: &Found<'_>) -> io::Result<()> {
    if found.unread.is_empty() {
        return Ok(());
    }
    page.put(0, &Line::default().styled(styles::WARN, "Not all was read, so there may be changes that are not here:"))?;
    for unread in found.unread.iter().take(SHOWN) {
        page.hang(2, 4, &Line::of(&unread.source).styled(styles::DIM, &unread.why))?;
    }
    more(page, found.unread.len(), SHOWN)?;
    page.gap()
}

fn more(page: &mut Page<'_>, all: usize, shown: usize) -> io::Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => page.put(2, &Line::default().styled(styles::DIM, &format!("and {more} more (--all, -f json)"))),
    }
}

fn summary(page: &mut Page<'_>, found: &Found<'_>) -> io::Result<()> {
    let changes = &found.timeline.changes;
    let refused = changes.iter().filter(|told| told.opened == ChangeVerdict::Refused).count();
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(()) };
    let span = format!("from {} to {}", utc(first.time), utc(last.time));
    let line = Line::default()
        .styled(styles::BOLD, &format!("{} changes", changes.len() - refused))
        .say(&format!("and {refused} refused attempts {span}"));
    page.put(0, &line)?;
    let states: Vec<String> = found.states.iter().map(|(state, count)| format!("{count} {}", state.words())).collect();
    page.put(0, &Line::default().styled(styles::DIM, &states.join(", ")))
}

/// What became of one thing.
fn course(page: &mut Page<'_>, course: &Course, told: &Index<'_>) -> io::Result<()> {
    let mut line = Line::default()
        .padded(styles::style(course.severity), course.severity.word(), 8)
        .styled(styles::BOLD, &state(course))
        .styled(styles::DIM, course.changes)
        .say(&course.resource);
    if let Some(slot) = &course.slot {
        line = line.say(slot);
    }
    for (is, mark) in [
        (course.self_granted, "granted to oneself"),
        (course.outside_pipeline, "outside the pipeline"),
        (course.snapshot_disagrees.is_some(), "the snapshot disagrees"),
    ] {
        if is {
            line = line.styled(styles::WARN, mark);
        }
    }
    page.hang(2, 11, &line)?;
    for opening in &course.openings {
        self::opening(page, course, opening, told)?;
    }
    if let Some(said) = &course.snapshot_disagrees {
        page.hang(11, 13, &Line::default().styled(styles::WARN, said))?;
    }
    if course.openings.is_empty() {
        let ids = if course.event_ids.is_empty() { &course.refused_event_ids } else { &course.event_ids };
        if let Some(last) = ids.last().and_then(|id| told.get(&(id.as_str(), course.resource.as_str()))) {
            page.hang(11, 13, &who(last))?;
            if let Some(witness) = &last.allows {
                page.hang(11, 13, &Line::default().styled(styles::DIM, "allows").say(&self::witness(last, witness)))?;
            }
            if let Some(code) = &last.refused {
                let times = if ids.len() == 1 { "once".to_owned() } else { format!("{} times, last", ids.len()) };
                let said = format!("refused {times} with {code}");
                page.hang(11, 13, &Line::default().styled(styles::DIM, &said))?;
            }
        }
    }
    for reason in course.undecided.iter().take(2) {
        page.hang(11, 13, &Line::default().styled(styles::DIM, "not known:").say(&reason.message))?;
    }
    Ok(())
}

fn state(course: &Course) -> String {
    match course.openings.last().and_then(|opening| opening.reset.as_ref()) {
        Some(reset) if course.state == State::Reset => format!("reset after {}", reset.long()),
        _ => course.state.words().to_owned(),
    }
}

fn opening(page: &mut Page<'_>, course: &Course, opening: &Opening, told: &Index<'_>) -> io::Result<()> {
    let Some(by) = told.get(&(opening.event_id.as_str(), course.resource.as_str())) else {
        let said = format!("opened {} by event {}", utc(opening.time), opening.event_id);
        return page.hang(11, 13, &Line::default().styled(styles::DIM, &said));
    };
    page.hang(11, 13, &who(by))?;
    if let Some(witness) = &by.witness {
        let said = if by.alone { "the policy by itself newly allows:" } else { "newly allowed:" };
        page.hang(11, 13, &Line::default().styled(styles::DIM, said).say(&self::witness(by, witness)))?;
    }
    if !by.loosened.is_empty() {
        page.hang(11, 13, &Line::default().styled(styles::DIM, "since then").say(&by.loosened.join("; ")))?;
    }
    for (words, ids) in
        [("opened further by", &opening.further_event_ids), ("partly reset by", &opening.partly_reset_event_ids)]
    {
        if let Some(last) = ids.last() {
            let more = if ids.len() > 1 { format!(" and {} before", ids.len() - 1) } else { String::new() };
            page.hang(11, 13, &Line::default().styled(styles::DIM, words).say(&format!("event {last}{more}")))?;
        }
    }
    if let Some(reset) = &opening.reset {
        let by = told.get(&(reset.event_id.as_str(), course.resource.as_str())).map_or("", |told| person(told));
        let line = Line::default()
            .styled(styles::DIM, &format!("reset {} after {}", utc(reset.time), reset.long()))
            .styled(styles::DIM, "by")
            .say(by)
            .styled(styles::DIM, &format!("event {}", reset.event_id));
        page.hang(11, 13, &line)?;
    }
    Ok(())
}

fn person(told: &Told) -> &str {
    told.person.as_deref().unwrap_or(&told.actor)
}

/// When, by what, by whom, from where.
fn who(told: &Told) -> Line {
    let mut line = Line::default().styled(styles::DIM, &utc(told.time)).say(&told.action).styled(styles::DIM, "by");
    line = line.say(&told.actor);
    if let Some(person) = told.person.as_deref().filter(|person| *person != told.actor) {
        line = line.say(&format!("({person})"));
    }
    if let Some(address) = &told.address {
        line = line.styled(styles::DIM, "from").say(address);
    }
    line.styled(styles::DIM, &format!("event {}", told.event_id))
}

fn row(page: &mut Page<'_>, told: &Told) -> io::Result<()> {
    let (style, verdict) = match told.opened {
        ChangeVerdict::Yes => (styles::BAD, "opened"),
        ChangeVerdict::No => (styles::DIM, "-"),
        ChangeVerdict::Unknown => (styles::WARN, "unknown"),
        ChangeVerdict::Refused => (styles::DIM, "refused"),
    };
    let mut line = Line::default()
        .styled(styles::DIM, &utc(told.time))
        .padded(style, verdict, 7)
        .padded(Style::new(), short(person(told)), 20)
        .padded(Style::new(), told.address.as_deref().unwrap_or("-"), 15)
        .styled(styles::BOLD, &told.action)
        .say(&told.resource);
    if let Some(slot) = &told.slot {
        line = line.say(slot);
    }
    if told.outside_pipeline {
        line = line.styled(styles::WARN, "outside the pipeline");
    }
    page.hang(2, 22, &line)
}

/// What follows the account in an ARN.
fn short(name: &str) -> &str {
    name.splitn(6, ':').nth(5).filter(|_| name.starts_with("arn:")).unwrap_or(name)
}

/// Of the policy of an identity the holder is the caller; the one of the witness is made up.
fn witness(told: &Told, witness: &Witness) -> String {
    let request = &witness.request;
    if matches!(told.changes, "rights" | "organisation") {
        return words::call(request);
    }
    format!("{} may {}", words::caller(witness.audience, &request.principal), words::call(request))
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
