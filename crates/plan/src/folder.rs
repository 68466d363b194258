//! Paths of files as a change names them, by text alone.

/// The folder of a file.
pub(crate) fn of(file: &str) -> &str {
    file.rsplit_once('/').map_or(if file.starts_with('/') { "/" } else { "" }, |(folder, _)| folder)
}

/// What follows the last dot of a file's name.
pub(crate) fn ending(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// A path in a folder, without steps that lead nowhere.
pub(crate) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if folder.starts_with('/') { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        assert_eq!(joined("infra/live", "../modules/x"), "infra/modules/x");
        assert_eq!(joined("/srv", "./m"), "/srv/m");
        assert_eq!(joined(".", "./m"), "m");
        assert_eq!((of("a/b.yaml"), of("b.yaml"), ending("a/b.tf.json")), ("a", "", "json"));
    }
}
