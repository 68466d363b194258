//! What a user agent is, without what changes with every release.

/// The client and the system that it runs on, in lower case and without versions: `aws-cli on darwin`. `None` for what AWS
/// itself puts there.
pub fn family(agent: &str) -> Option<String> {
    let agent = agent.trim().trim_matches(['[', ']']);
    let first = agent.split([' ', ';', ',']).next().unwrap_or_default();
    let name = first.split('/').next().unwrap_or_default().to_ascii_lowercase();
    if name.is_empty() || name.ends_with(".amazonaws.com") || agent == "AWS Internal" {
        return None;
    }
    let name = if name == "mozilla" { "browser".to_owned() } else { name };
    let lower = agent.to_ascii_lowercase();
    let systems = [
        ("windows", "windows"),
        ("darwin", "darwin"),
        ("macos", "darwin"),
        ("mac os x", "darwin"),
        ("iphone", "ios"),
        ("android", "android"),
        ("linux", "linux"),
    ];
    let system = systems.into_iter().find(|(word, _)| lower.contains(word)).map(|(_, system)| system);
    Some(system.map_or(name.clone(), |system| format!("{name} on {system}")))
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn a_release_is_no_other_client() {
        for (agent, expected) in [
            ("aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0 exe/x86_64", Some("aws-cli on darwin")),
            ("aws-cli/2.16.1 md/x os/macos#24 lang/python", Some("aws-cli on darwin")),
            ("[Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux#6.1.0]", Some("boto3 on linux")),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/99", Some("browser on windows")),
            ("console.amazonaws.com", None),
            ("AWS Internal", None),
            ("", None),
            ("Terraform", Some("terraform")),
        ] {
            assert_eq!(family(agent).as_deref(), expected, "{agent}");
        }
    }
}
