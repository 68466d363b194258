//! "Did you mean …?"

/// The candidate that a word was most likely meant to be, if one is near enough to be worth the reader's while.
pub(super) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = word.to_ascii_lowercase();
    // A third of the letters may be wrong; a longer word must be longer by less than that.
    let allowed = (wanted.len() / 3).clamp(1, 4);
    candidates
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
