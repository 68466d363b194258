//! Addresses of resources, and what expressions refer to.

/// The parts of an address or reference: split at dots that stand outside of brackets.
pub(super) fn parts(address: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut depth) = (Vec::new(), 0, false, 0_u32);
    let mut escaped = false;
    for (at, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                parts.extend(address.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(address.get(start..));
    parts
}

/// A part without its instance key, and the key with its brackets where there is one.
pub(super) fn bare(part: &str) -> (&str, Option<&str>) {
    part.find('[').map_or((part, None), |at| {
        let (name, key) = part.split_at(at);
        (name, Some(key))
    })
}

/// The same module path without instance keys: how the configuration knows it.
pub(super) fn unkeyed(address: &str) -> String {
    parts(address).iter().map(|part| bare(part).0).collect::<Vec<_>>().join(".")
}

/// The module above, and the call and key by which this one is reached.
pub(super) fn above(module: &str) -> Option<(String, &str, Option<&str>)> {
    let parts = parts(module);
    let [rest @ .., _, last] = parts.as_slice() else { return None };
    let (name, key) = bare(last);
    Some((rest.join("."), name, key))
}

/// A path inside a module.
pub(super) fn inside(module: &str, local: &str) -> String {
    if module.is_empty() { local.to_owned() } else { format!("{module}.{local}") }
}

/// References without those that another one says more exactly: a plan names `a.b.arn` and `a.b`.
pub(super) fn exact<'r>(references: &'r [String]) -> Vec<&'r str> {
    let more = |one: &str, other: &str| other.strip_prefix(one).is_some_and(|rest| rest.starts_with(['.', '[']));
    let mut kept: Vec<&'r str> =
        references.iter().map(String::as_str).filter(|one| !references.iter().any(|other| more(one, other))).collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_may_hold_dots_and_brackets() {
        assert_eq!(
            parts("module.a[\"x.y[0]\"].aws_s3_bucket.b[0].arn"),
            ["module", "a[\"x.y[0]\"]", "aws_s3_bucket", "b[0]", "arn"]
        );
        assert_eq!(bare("a[\"x.y\"]"), ("a", Some("[\"x.y\"]")));
        assert_eq!(unkeyed("module.a[\"x.y\"].module.b"), "module.a.module.b");
        assert_eq!(above("module.a[0].module.b[\"k\"]"), Some(("module.a[0]".to_owned(), "b", Some("[\"k\"]"))));
        assert_eq!(above("module.a"), Some((String::new(), "a", None)));
        assert_eq!(above(""), None);
    }

    #[test]
    fn the_more_exact_reference_is_kept() {
        let all = ["a.b[0].arn", "a.b[0]", "a.b", "a.bc", "var.x"].map(str::to_owned);
        assert_eq!(exact(&all), ["a.b[0].arn", "a.bc", "var.x"]);
    }
}
