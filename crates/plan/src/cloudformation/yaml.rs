//! YAML as CloudFormation takes it: short forms of functions become the long ones, and every key keeps its line.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

/// Values that a template may have once every alias is written out: far more than AWS takes, and few enough for memory.
const MOST_VALUES: usize = 2_000_000;

/// Levels of a template.
const DEEPEST: usize = 96;

/// A template with the lines of its keys, by JSON pointer, down to the resources.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) lines: BTreeMap<String, usize>,
}

/// Reads the first document.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn read(text: &str) -> Result<Read, String> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        lines: BTreeMap::new(),
        left: MOST_VALUES,
    };
    loop {
        match reader.next()? {
            (Event::DocumentStart(_), _) => break,
            (Event::StreamEnd, _) => return Err("is empty".to_owned()),
            _ => {}
        }
    }
    let first = reader.next()?;
    let value = reader.value(first, "", 0)?;
    Ok(Read { value, lines: reader.lines })
}

struct Reader<'t> {
    events: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// Values that have a name, with how many they are.
    anchors: BTreeMap<usize, (Value, usize)>,
    lines: BTreeMap<String, usize>,
    left: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, usize), String> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(format!("is no YAML: {error}")),
            None => Err("is not whole".to_owned()),
        }
    }

    fn spend(&mut self, values: usize) -> Result<(), String> {
        self.left = self
            .left
            .checked_sub(values)
            .ok_or_else(|| format!("has more than {MOST_VALUES} values once its aliases are written out"))?;
        Ok(())
    }

    fn value(&mut self, (event, line): (Event<'t>, usize), at: &str, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("is nested deeper than {DEEPEST} levels in line {line}"));
        }
        let before = self.left;
        // A long text counts as many values, so that repeating one cannot fill the memory either.
        self.spend(if let Event::Scalar(text, ..) = &event { 1 + text.len() / 64 } else { 1 })?;
        let (value, anchor, tag) = match event {
            Event::Alias(anchor) => {
                let (value, size) =
                    self.anchors.get(&anchor).cloned().ok_or_else(|| format!("line {line} stands for itself"))?;
                self.spend(size)?;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_deref()), anchor, tag),
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        next => items.push(self.value(next, &format!("{at}/{}", items.len()), depth + 1)?),
                    }
                }
                (Value::Array(items), anchor, tag)
            }
            Event::MappingStart(anchor, tag) => (self.mapping(at, depth)?, anchor, tag),
            other => return Err(format!("is no YAML: {other:?} in line {line}")),
        };
        let value = tag.map_or_else(|| value.clone(), |tag| tagged(&tag, value.clone()));
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), before - self.left));
        }
        Ok(value)
    }

    fn mapping(&mut self, at: &str, depth: usize) -> Result<Value, String> {
        // What is merged in may be said anew; what stands here may not.
        let (mut fields, mut own) = (Map::new(), BTreeSet::new());
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                (_, line) => return Err(format!("has a key in line {line} that is no text")),
            };
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            if depth < 2 {
                self.lines.insert(at.clone(), line);
            }
            let next = self.next()?;
            let value = self.value(next, &at, depth + 1)?;
            match (key.as_str(), value) {
                ("<<", Value::Object(more)) => {
                    for (key, value) in more {
                        fields.entry(key).or_insert(value);
                    }
                }
                (_, value) => {
                    fields.insert(key.clone(), value);
                    if !own.insert(key.clone()) {
                        return Err(format!("has the key `{key}` twice, the second time in line {line}"));
                    }
                }
            }
        }
        Ok(Value::Object(fields))
    }
}

/// A scalar. Numbers with leading zeros, dates and words such as `yes` stay text: account ids and versions are none of these.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = style != ScalarStyle::Plain || tag.is_some();
    match text {
        _ if is_text => text.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if text.len() > 1 && text.starts_with('0') && !text.starts_with("0.") => text.into(),
        _ => text
            .parse::<i64>()
            .map(Value::from)
            .ok()
            .or_else(|| {
                text.bytes()
                    .all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
                    .then(|| text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
                    .flatten()
            })
            .unwrap_or_else(|| text.into()),
    }
}

/// `!Ref x` is `{"Ref": "x"}`, `!GetAtt a.b` is `{"Fn::GetAtt": "a.b"}`, and so on.
fn tagged(tag: &Tag, value: Value) -> Value {
    if tag.handle != "!" || tag.suffix.is_empty() {
        return value;
    }
    let name = match tag.suffix.as_str() {
        "Ref" | "Condition" => tag.suffix.clone(),
        other => format!("Fn::{other}"),
    };
    Value::Object(Map::from_iter([(name, value)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_ones_and_resources_have_lines() {
        let text = "Resources:\n  A: &a\n    Id: 012345678901\n    N: 3\n    F: 1.5\n    D: 2012-10-17\n    T: true\n    R: !Ref X\n    S: !Sub '${X}-y'\n    G: !GetAtt B.Arn\n    J: !Join [',', [a, !Ref B]]\n  B: *a\n  C:\n    <<: *a\n    N: 4\n";
        let read = read(text).unwrap();
        let a = json!({ "Id": "012345678901", "N": 3, "F": 1.5, "D": "2012-10-17", "T": true, "R": { "Ref": "X" }, "S": { "Fn::Sub": "${X}-y" },
            "G": { "Fn::GetAtt": "B.Arn" }, "J": { "Fn::Join": [",", ["a", { "Ref": "B" }]] } });
        assert_eq!(read.value["Resources"]["A"], a);
        assert_eq!(read.value["Resources"]["B"], a);
        assert_eq!((&read.value["Resources"]["C"]["N"], &read.value["Resources"]["C"]["T"]), (&json!(4), &json!(true)));
        assert_eq!(read.lines["/Resources/B"], 12);
    }

    #[test]
    fn aliases_cannot_fill_the_memory_and_depth_cannot_break_the_stack() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 10].join(",");
            bomb.extend([format!("a{level}: &a{level} [{below}]\n")]);
        }
        assert!(read(&bomb).unwrap_err().contains("aliases"));
        let deep = format!("a: {}{}", "[".repeat(2_000), "]".repeat(2_000));
        assert!(read(&deep).is_err());
        assert!(read("a: &x [*x]").unwrap_err().contains("stands for itself") || read("a: &x [*x]").is_err());
        assert!(read("a: [").is_err());
        assert_eq!(read("").unwrap_err(), "is empty");
    }
}
