//! Lists that come page by page.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use forewarn_inventory::{Gap, Listing};

use crate::call::{Ask, Caller};

/// Part of a list, and why there may be more.
pub(crate) type Part<T> = (Vec<T>, Option<Gap>);

/// The list that the parts make.
pub(crate) fn gathered<T>(parts: Vec<Part<T>>) -> Listing<T> {
    let mut whole = Listing::whole(Vec::new());
    for (items, gap) in parts {
        whole.items.extend(items);
        whole.rest.extend(gap);
    }
    whole
}

/// Asks page after page; `take` keeps what is on a page and gives the token of the next one.
///
/// # Errors
/// The gap at which the list was cut short: what `take` kept until then stays.
pub(crate) async fn pages<T, E, Sending>(
    ask: Ask<'_>,
    caller: &Caller,
    send: impl Fn(Option<String>) -> Sending,
    mut take: impl FnMut(T) -> Result<Option<String>, Gap>,
) -> Result<(), Gap>
where
    Sending: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut token: Option<String> = None;
    loop {
        let Some(page) = caller.call(ask, || send(token.clone())).await? else {
            return Ok(());
        };
        let next = take(page)?.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(());
        }
        if next == token {
            return Err(ask.malformed("the same page over and over"));
        }
        token = next;
    }
}
