//! Values of conditions that their operator cannot read, or that can never come.

use base64::Engine as _;
use ipnet::IpNet;

use crate::condition::{self, Test as Kind};
use crate::lint::read::{Entry, Test};
use crate::lint::{Sink, codes, regions};

pub(super) fn judge(test: &Test<'_>, sink: &mut Sink) {
    for value in &test.values {
        // Variables are judged on their own.
        if value.text.contains("${") {
            continue;
        }
        if let Some(message) = unreadable(test.operator.test, value.text) {
            sink.report(&codes::UNREADABLE_VALUE, value.span, &value.pointer, message);
        } else if matches!(test.operator.test, Kind::StringEquals | Kind::StringEqualsIgnoreCase)
            && value.text.contains(['*', '?'])
        {
            let like = if test.operator.negated { "StringNotLike" } else { "StringLike" };
            let message =
                format!("`{}` takes `{}` letter by letter; with wildcards it is `{like}`", test.word, value.text);
            sink.report(&codes::LITERAL_WILDCARD, value.span, &value.pointer, message);
        }
    }
    if test.key.eq_ignore_ascii_case("aws:SourceIp") {
        private_addresses(test, sink);
    }
    if test.key.eq_ignore_ascii_case("aws:RequestedRegion") {
        for value in &test.values {
            regions::judge(value.text, value, sink);
        }
    }
}

/// What is wrong with a value, for its operator.
fn unreadable(test: Kind, text: &str) -> Option<String> {
    match test {
        Kind::Numeric(_) if condition::number(text).is_none() => Some(format!("`{text}` is no number")),
        Kind::Date(_) if condition::date(text).is_none() => {
            Some(format!("`{text}` is no date; write 2026-11-30T00:00:00Z or seconds since 1970"))
        }
        Kind::Bool | Kind::Null if !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false") => {
            Some(format!("`{text}` is neither true nor false"))
        }
        Kind::Ip if condition::net(text).is_none() => {
            Some(format!("`{text}` is no address and no range of addresses such as 203.0.113.0/24"))
        }
        Kind::Binary if base64::engine::general_purpose::STANDARD.decode(text).is_err() => {
            Some(format!("`{text}` is not base64"))
        }
        Kind::Arn if text != "*" && text.splitn(6, ':').count() < 6 => Some(format!(
            "`{text}` has {} of an ARN's six parts; an ARN operator compares part by part, so that it matches nothing",
            text.split(':').count()
        )),
        Kind::Arn if !text.starts_with(['*', '?', 'a']) => Some(format!("`{text}` is no pattern of an ARN")),
        _ => None,
    }
}

/// `aws:SourceIp` is an address of the internet; others never come (fact E4).
fn private_addresses(test: &Test<'_>, sink: &mut Sink) {
    if test.operator.test != Kind::Ip {
        return;
    }
    let private: Vec<&Entry<'_>> =
        test.values.iter().filter(|value| condition::net(value.text).is_some_and(is_private)).collect();
    // Among public ranges of a denial such a value does no harm; it is only needless.
    if test.operator.negated && private.len() < test.values.len() {
        return;
    }
    for value in private {
        let message =
            format!("`{}` is a private range: no request comes from there; `aws:VpcSourceIp` may be meant", value.text);
        sink.report(&codes::PRIVATE_SOURCE_IP, value.span, &value.pointer, message);
    }
}

fn is_private(net: IpNet) -> bool {
    [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    ]
    .iter()
    .filter_map(|range| range.parse::<IpNet>().ok())
    .any(|range| range.contains(&net))
}
