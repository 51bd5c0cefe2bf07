//! Filters as they come in requests.

use crate::{
    feed::{View, with_list_defaults, with_watch_defaults},
    filter::{Filter, Schema},
    proto::v1,
    rejection::Rejection,
};

/// The filter of a list or summary.
pub fn of_list(text: &str, show_retracted: bool) -> Result<Filter, Rejection> {
    Ok(with_list_defaults(
        Filter::parse(text, Schema::Events)?,
        show_retracted,
    ))
}

/// The filter of a watch.
pub fn of_watch(text: &str) -> Result<Filter, Rejection> {
    Ok(with_watch_defaults(Filter::parse(text, Schema::Events)?))
}

/// How much to return; `default` when the request does not say.
pub fn view(code: i32, default: View) -> Result<View, Rejection> {
    match v1::View::try_from(code) {
        Ok(v1::View::Unspecified) => Ok(default),
        Ok(v1::View::Basic) => Ok(View::Basic),
        Ok(v1::View::Full) => Ok(View::Full),
        Err(_) => {
            let why = format!("there is no view {code}; send VIEW_BASIC or VIEW_FULL");
            Err(Rejection::argument("view", why))
        }
    }
}
