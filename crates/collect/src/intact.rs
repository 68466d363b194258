//! A guard against answers that end early.
//!
//! The SDK reads XML up to where it ends and takes what it found: half a list of buckets would pass for a list. The
//! guard looks at every good answer once more and fails it where the document's own end is missing. (JSON needs no
//! guard: its parser insists on the last brace. Nor does a body that is shorter than its announced length.)

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The guard.
#[derive(Debug)]
pub(crate) struct Intact;

/// An answer without its end.
#[derive(Debug, thiserror::Error)]
#[error("the document ends early")]
pub(crate) struct EndsEarly;

#[dyn_dispatch_hint]
impl Intercept for Intact {
    fn name(&self) -> &'static str {
        "forewarn::Intact"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        if response.status().is_success() && !is_whole(body) {
            return Err(EndsEarly.into());
        }
        Ok(())
    }
}

/// Whether a body is no XML, or ends with the tag that it begins with.
fn is_whole(body: &[u8]) -> bool {
    let Some(start) = root(body) else {
        // A declaration or comment and nothing after it is the beginning of a document.
        return !body.trim_ascii_start().starts_with(b"<");
    };
    let name_ends = start.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    let Some(name) = name_ends.and_then(|end| start.get(..end)) else {
        return false;
    };
    let end = start.trim_ascii_end();
    if let Some(tag) = end.strip_suffix(b"/>") {
        return !tag.contains(&b'<') && !tag.contains(&b'>');
    }
    let closing = end.strip_suffix(b">").map(<[u8]>::trim_ascii_end).and_then(|end| end.strip_suffix(name));
    closing.is_some_and(|end| end.ends_with(b"</"))
}

/// What stands after the `<` of the first element; `None` where there is no element.
fn root(body: &[u8]) -> Option<&[u8]> {
    let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    loop {
        rest = rest.trim_ascii_start().strip_prefix(b"<")?;
        let end: &[u8] = match rest {
            [b'?', ..] => b"?>",
            [b'!', b'-', b'-', ..] => b"-->",
            [b'!', ..] => b">",
            _ => return Some(rest),
        };
        let at = rest.windows(end.len()).position(|window| window == end)?;
        rest = rest.get(at + end.len()..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_ends_with_the_tag_that_it_begins_with() {
        for whole in [
            "",
            "{\"a\":1}",
            "{\"a\":\"<b>\"}",
            "<a></a>",
            "<?xml version=\"1.0\"?>\n<!-- c --><!DOCTYPE a>\n<a xmlns=\"x\"><b/></a>\n",
            "\u{feff}<a>b</a >",
            "<a/>",
            "<a xmlns=\"x\" />",
        ] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
        }
        for cut in [
            "<",
            "<?xml",
            "<?xml version=\"1.0\"?>",
            "<a",
            "<a>",
            "<a><b></b>",
            "<a><b/>",
            "<a></b>",
            "<a></a><c",
            "<aa></a>",
        ] {
            assert!(!is_whole(cut.as_bytes()), "{cut}");
        }
    }
}
