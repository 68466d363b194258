//! Writes a database in the format of `MaxMind` (<https://maxmind.github.io/MaxMind-DB/>), of a few IPv4 addresses.

use std::net::Ipv4Addr;

use serde_json::Value;

/// A database that has a place for each of some addresses.
pub fn database(places: &[(&str, Value)]) -> Vec<u8> {
    let mut data = Vec::new();
    // Each node has two records: another node, or a place in the data from 1 on.
    let mut nodes: Vec<[Record; 2]> = vec![[Record::Nothing; 2]];
    for (address, place) in places {
        let at = data.len();
        encode(place, &mut data);
        let bits = u32::from(address.parse::<Ipv4Addr>().unwrap());
        let mut node = 0;
        for step in (0..32).rev() {
            let side = usize::from(bits >> step & 1 == 1);
            if step == 0 {
                nodes[node][side] = Record::Data(at);
            } else if let Record::Node(next) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([Record::Nothing; 2]);
                nodes[node][side] = Record::Node(nodes.len() - 1);
                node = nodes.len() - 1;
            }
        }
    }
    let mut file = Vec::new();
    for record in nodes.iter().flatten() {
        let number = match record {
            Record::Nothing => nodes.len(),
            Record::Node(node) => *node,
            Record::Data(at) => nodes.len() + 16 + at,
        };
        file.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend(data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    head(7, 9, &mut file);
    text("binary_format_major_version", &mut file);
    short(2, &mut file);
    text("binary_format_minor_version", &mut file);
    short(0, &mut file);
    text("build_epoch", &mut file);
    file.extend_from_slice(&[1, 2, 1]);
    text("database_type", &mut file);
    text("Test-City", &mut file);
    text("description", &mut file);
    head(7, 0, &mut file);
    text("ip_version", &mut file);
    short(4, &mut file);
    text("languages", &mut file);
    encode(&serde_json::json!(["en"]), &mut file);
    text("node_count", &mut file);
    head(6, 4, &mut file);
    file.extend_from_slice(&u32::try_from(nodes.len()).unwrap().to_be_bytes());
    text("record_size", &mut file);
    short(24, &mut file);
    file
}

#[derive(Clone, Copy)]
enum Record {
    Nothing,
    Node(usize),
    Data(usize),
}

/// Kind and size; kinds beyond 7 have a byte of their own.
fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    let size = u8::try_from(size).unwrap();
    assert!(size < 29, "longer ones are not needed");
    if kind > 7 {
        out.extend_from_slice(&[size, kind - 7]);
    } else {
        out.push(kind << 5 | size);
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    head(2, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn short(number: u16, out: &mut Vec<u8>) {
    head(5, 2, out);
    out.extend_from_slice(&number.to_be_bytes());
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            head(7, fields.len(), out);
            for (name, value) in fields {
                text(name, out);
                encode(value, out);
            }
        }
        Value::Array(items) => {
            head(11, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::String(string) => text(string, out),
        other => panic!("{other}"),
    }
}
