//! Pages of lists, and what stands at the end of a list that was cut short.

use forewarn_inventory::Gap;

use crate::text;

/// The part of a list that one answer holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The first item.
    pub(crate) start: usize,
    /// One past the last.
    pub(crate) end: usize,
    /// The marker of the next page, where there is one.
    pub(crate) next: Option<String>,
}

impl Page {
    /// The items of this page.
    pub(crate) fn of<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        items.get(self.start..self.end).unwrap_or_default()
    }
}

/// Why there is no such page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// The list was cut here.
    Cut(Gap),
    /// The marker is not one of ours.
    BadMarker,
}

/// The page of at most `limit` items that begins at `marker`. A list with a `cut` has one more page, which is the gap.
pub(crate) fn page(total: usize, cut: Option<&Gap>, marker: Option<&str>, limit: usize) -> Result<Page, PageError> {
    let start = match marker.filter(|marker| !marker.is_empty()) {
        None => 0,
        Some(marker) => text::position(marker).filter(|at| *at <= total).ok_or(PageError::BadMarker)?,
    };
    if let Some(gap) = cut.filter(|_| start >= total) {
        return Err(PageError::Cut(gap.clone()));
    }
    let end = total.min(start.saturating_add(limit));
    let next = (end < total || cut.is_some()).then(|| text::marker(end));
    Ok(Page { start, end, next })
}
