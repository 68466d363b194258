//! Expressions of the configuration itself, where its files are at hand.
//!
//! A plan says of an open value what it refers to and no more; its expression says what the value is made of, so that
//! `"${aws_s3_bucket.b.arn}/*"` and `jsonencode(…)` come out whole, with holes only where something is not known yet. What is
//! not understood here (a function, a loop) is a hole too.

use hcl_edit::expr::{Expression, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::{Element, Template};
use serde_json::{Map, Number, Value};

use super::address::bare;
use super::lines::Lines;
use super::resolve::{Found, Node, Pending, Resolver};
use crate::value::{hole, open};

/// Levels of expressions and of locals that rest on each other.
const DEEPEST: usize = 48;

/// Where an expression stands.
pub(super) struct Here<'r, 'p> {
    pub(super) resolver: &'r Resolver<'p>,
    pub(super) lines: &'r Lines,
    /// Folder of the module.
    pub(super) folder: &'r str,
    pub(super) node: &'r Node,
}

/// The expression of an open value: the attribute that it is, through the blocks that it stands in.
pub(super) fn expression<'b>(body: &'b Body, node: &Node, pending: &Pending) -> Option<&'b Expression> {
    let mut body = body;
    let mut values = &node.values;
    let parts: Vec<&str> = pending.at.split('/').skip(1).collect();
    let mut parts = parts.as_slice();
    loop {
        match parts {
            [attribute] => return body.get_attribute(attribute).map(|attribute| &attribute.value),
            [name, index, rest @ ..] if !rest.is_empty() => {
                let index: usize = index.parse().ok()?;
                let list = values.get(name)?.as_array()?;
                let named = |block: &&'b Block| block.ident.value().as_str() == *name;
                let blocks: Vec<&Body> = body.blocks().filter(named).map(|block| &block.body).collect();
                let dynamic =
                    body.get_blocks("dynamic").any(|block| block.labels.iter().any(|label| label.as_str() == *name));
                // Which block an item comes from is plain only where there is one, or where they are in order.
                let is_set = matches!(*name, "condition" | "principals" | "not_principals" | "inline_policy");
                body = match blocks.as_slice() {
                    [only] if list.len() == 1 && !dynamic => only,
                    all if all.len() == list.len() && !dynamic && !is_set => all.get(index)?,
                    _ => return None,
                };
                values = list.get(index)?;
                parts = rest;
            }
            _ => return None,
        }
    }
}

impl Here<'_, '_> {
    /// The value of an expression, with holes where it is open.
    pub(super) fn value(&self, expression: &Expression, depth: usize) -> Value {
        if depth > DEEPEST {
            return open("expressions are nested too deep");
        }
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(flag) => Value::Bool(*flag.value()),
            Expression::Number(number) => number
                .value()
                .as_i64()
                .map(Value::from)
                .or_else(|| number.value().as_f64().and_then(Number::from_f64).map(Value::Number))
                .unwrap_or_default(),
            Expression::String(text) => text.value().as_str().into(),
            Expression::Array(items) => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            Expression::Object(object) => {
                let mut fields = Map::new();
                for (key, value) in object {
                    let key = match key {
                        ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                            name.value().to_string()
                        }
                        ObjectKey::Expression(key) => text(&self.value(key, depth + 1)),
                    };
                    fields.insert(key, self.value(value.expr(), depth + 1));
                }
                Value::Object(fields)
            }
            Expression::StringTemplate(template) => self.template(template.iter(), depth),
            Expression::HeredocTemplate(heredoc) => self.heredoc(&heredoc.template, depth),
            Expression::Parenthesis(inner) => self.value(inner.inner(), depth + 1),
            Expression::Conditional(conditional) => {
                let (then, otherwise) =
                    (self.value(&conditional.true_expr, depth + 1), self.value(&conditional.false_expr, depth + 1));
                match self.value(&conditional.cond_expr, depth + 1) {
                    Value::Bool(true) => then,
                    Value::Bool(false) => otherwise,
                    _ if then == otherwise => then,
                    _ => open("depends on a condition of the configuration"),
                }
            }
            Expression::FuncCall(call) => self.call(call, depth),
            Expression::Traversal(traversal) => self.traversal(traversal, depth),
            Expression::Variable(name) => open(&format!("depends on {}", name.value())),
            Expression::UnaryOp(_) | Expression::BinaryOp(_) => open("depends on a calculation of the configuration"),
            Expression::ForExpr(_) => open("depends on a loop of the configuration"),
        }
    }

    fn heredoc(&self, template: &Template, depth: usize) -> Value {
        self.template(template.iter(), depth)
    }

    fn template<'e>(&self, elements: impl Iterator<Item = &'e Element>, depth: usize) -> Value {
        let mut written = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => written.push_str(literal.value()),
                Element::Interpolation(interpolation) => match self.value(&interpolation.expr, depth + 1) {
                    value @ (Value::Array(_) | Value::Object(_)) => return value,
                    value => written.push_str(&text(&value)),
                },
                Element::Directive(_) => return open("depends on a directive of a template"),
            }
        }
        written.into()
    }

    fn call(&self, call: &FuncCall, depth: usize) -> Value {
        let name = call.name.name.value().as_str();
        let arguments: Vec<Value> = call.args.iter().map(|argument| self.value(argument, depth + 1)).collect();
        let is_open = |value: &Value| value.as_str().is_some_and(|text| hole(text).is_some());
        let lists = || arguments.iter().map(|list| list.as_array().map(Vec::as_slice)).collect::<Option<Vec<_>>>();
        let known = match (name, arguments.as_slice()) {
            ("jsonencode", [value]) => Some(value.to_string().into()),
            ("jsondecode", [Value::String(text)]) => serde_json::from_str(text).ok(),
            ("tolist" | "toset" | "compact" | "distinct" | "tostring" | "sensitive" | "nonsensitive", [value]) => {
                Some(value.clone())
            }
            ("concat", _) => lists().map(|lists| lists.into_iter().flatten().cloned().collect()),
            ("flatten", [Value::Array(items)]) => {
                let inner = |item: &Value| item.as_array().cloned().unwrap_or_else(|| vec![item.clone()]);
                (!items.iter().any(is_open)).then(|| items.iter().flat_map(inner).collect())
            }
            ("merge", _) => {
                let objects: Option<Vec<_>> = arguments.iter().map(Value::as_object).collect();
                objects.map(|objects| {
                    Value::Object(
                        objects.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect(),
                    )
                })
            }
            ("join", [Value::String(separator), Value::Array(items)]) => {
                Some(items.iter().map(text).collect::<Vec<_>>().join(separator).into())
            }
            ("format", [Value::String(format), values @ ..]) => formatted(format, values),
            ("lower", [Value::String(text)]) if !is_open(&text.as_str().into()) => Some(text.to_lowercase().into()),
            ("upper", [Value::String(text)]) if !is_open(&text.as_str().into()) => Some(text.to_uppercase().into()),
            ("coalesce" | "try", [first, ..]) if !first.is_null() && !is_open(first) => Some(first.clone()),
            _ => None,
        };
        known.unwrap_or_else(|| {
            arguments
                .iter()
                .find(|value| is_open(value))
                .cloned()
                .unwrap_or_else(|| open(&format!("depends on the function {name}")))
        })
    }

    fn traversal(&self, traversal: &Traversal, depth: usize) -> Value {
        let Expression::Variable(root) = &traversal.expr else { return open("depends on a part of an expression") };
        let mut reference = root.value().to_string();
        for operator in &traversal.operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) => {
                    reference.push('.');
                    reference.push_str(name.value());
                }
                TraversalOperator::Index(index) => {
                    let index = self.value(index, depth + 1);
                    reference.extend(["[", &index.to_string(), "]"]);
                }
                TraversalOperator::LegacyIndex(index) => reference.extend(["[", &index.value().to_string(), "]"]),
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return open(&format!("depends on all of {reference}"));
                }
            }
        }
        self.reference(&reference, depth)
    }

    fn reference(&self, reference: &str, depth: usize) -> Value {
        let unknown = || {
            let whose = if self.node.module.is_empty() { String::new() } else { format!("{}.", self.node.module) };
            open(&format!("depends on {whose}{reference}"))
        };
        let parts = super::address::parts(reference);
        let found = match parts.as_slice() {
            ["each", "key"] | ["count", "index"] => key(&self.node.key),
            ["local", name, rest @ ..] => {
                let (name, index) = bare(name);
                let local = self.lines.local(self.folder, name).map(|expression| self.value(expression, depth + 1));
                local.filter(|_| index.is_none()).and_then(|value| inside(value, rest))
            }
            ["var", name, rest @ ..] => match self.resolver.variable_value(&self.node.module, bare(name).0) {
                Some(value) if bare(name).1.is_none() => inside(value, rest),
                _ => None,
            },
            _ => None,
        };
        let found = found.or_else(|| self.resolver.read_data(&self.node.module, &parts));
        found.unwrap_or_else(|| match self.resolver.follow(&self.node.module, &self.node.key, reference, false, 0) {
            Found::Value { value, .. } => value.into(),
            Found::Document(at) => self.resolver.document(at).map_or_else(unknown, Value::from),
            Found::Beside | Found::Open => unknown(),
        })
    }
}

/// The instance key of a resource: a text or a number.
fn key(key: &str) -> Option<Value> {
    serde_json::from_str(key.strip_prefix('[')?.strip_suffix(']')?).ok()
}

fn inside(mut value: Value, path: &[&str]) -> Option<Value> {
    for part in path {
        value = match value {
            Value::Object(mut fields) => fields.remove(*part)?,
            open @ Value::String(_) if open.as_str().and_then(hole).is_some() => return Some(open),
            _ => return None,
        };
    }
    Some(value)
}

/// `format` with `%s` and `%d`.
fn formatted(format: &str, values: &[Value]) -> Option<Value> {
    let mut written = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        written.push_str(before);
        let verb = behind.chars().next()?;
        match verb {
            '%' => written.push('%'),
            's' | 'd' | 'v' => written.push_str(&text(values.next()?)),
            _ => return None,
        }
        rest = behind.get(verb.len_utf8()..).unwrap_or_default();
    }
    written.push_str(rest);
    Some(written.into())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
