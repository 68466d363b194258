//! Statements that make no difference: decided by comparing the document with what is left without them.

use std::sync::Arc;

use super::{Code, Diagnostic, PolicyKind, codes};
use crate::compare::{Side, compare};
use crate::document::{Document, Effect, Place, Statement};
use crate::json::Span;
use crate::lint::lint;
use crate::work::{is_spent, within_budget};
use crate::{Answer, Reading};

/// How many statements a document may have for each to be compared with the others.
const STATEMENTS: usize = 30;

/// [`lint`], and for each statement whether it makes any difference to what the document allows.
///
/// That is decided over all requests, and so costs milliseconds where [`lint`] costs microseconds. A statement about which
/// it could not be decided is not reported; where the work of the whole document ran out, that is.
pub fn lint_thoroughly(source: &str, kind: PolicyKind) -> Vec<Diagnostic> {
    let mut found = lint(source, kind);
    found.extend(within_budget(|| needless(source, kind)));
    found.sort_by_key(|diagnostic| diagnostic.place.span.start);
    found
}

fn needless(source: &str, kind: PolicyKind) -> Vec<Diagnostic> {
    let side = match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Scp => Side::Identity,
        PolicyKind::Resource | PolicyKind::Trust => Side::Resource,
        // It only ever denies, so that nothing in it can be compared.
        PolicyKind::Rcp => return Vec::new(),
    };
    let Ok(document) = Document::parse(source) else { return Vec::new() };
    let statements = document.statements();
    if statements.len() > STATEMENTS {
        return Vec::new();
    }
    let judged = statements.iter().enumerate().filter_map(|(index, statement)| {
        let (code, message) = judge(&document, index, statement, side)?;
        let (line, column) = crate::json::place(source, statement.span().start);
        let place = Place { span: statement.span(), line, column, pointer: statement.pointer().to_owned() };
        Some(Diagnostic { code: code.name, severity: code.severity, place, message: message.to_owned() })
    });
    let mut found: Vec<Diagnostic> = judged.collect();
    if is_spent() {
        let Code { name: code, severity, .. } = codes::NOT_EXAMINED;
        let place = Place { span: Span::default(), line: 1, column: 1, pointer: String::new() };
        let message =
            "the conditions and patterns combine in too many ways to say of every statement whether it matters";
        found.push(Diagnostic { code, severity, place, message: message.to_owned() });
    }
    found
}

fn judge(
    document: &Document,
    index: usize,
    statement: &Statement,
    side: Side,
) -> Option<(&'static Code, &'static str)> {
    let only = |keep: &dyn Fn(usize) -> bool| {
        let kept = document.statements().iter().enumerate().filter(|(at, _)| keep(*at));
        let kept: Vec<&Statement> = kept.map(|(_, statement)| statement).collect();
        let of = document.reduced(|known| kept.iter().any(|kept| std::ptr::eq(*kept, known)).then(|| known.clone()));
        Reading::Read(Arc::new(of))
    };
    let same = |new: &[Reading<Arc<Document>>], old: &[Reading<Arc<Document>>]| {
        !is_spent() && compare(new, old, side) == Answer::No
    };
    let whole = [only(&|_| true)];
    let others = [only(&|at| at != index)];
    match statement.effect() {
        Effect::Allow if same(&[only(&|at| at == index)], &[]) => {
            Some((&codes::UNREACHABLE_STATEMENT, "no request can meet this statement, so it allows nothing"))
        }
        Effect::Allow if same(&whole, &others) => {
            Some((&codes::NEEDLESS_STATEMENT, "the other statements allow or deny all that this one allows"))
        }
        Effect::Deny if document.statements().iter().any(|other| other.effect() == Effect::Allow) => {
            same(&others, &whole)
                .then_some((&codes::NEEDLESS_STATEMENT, "nothing that this statement denies is allowed by the others"))
        }
        Effect::Allow | Effect::Deny => None,
    }
}
