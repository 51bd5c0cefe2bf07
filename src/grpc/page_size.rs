use crate::rejection::Rejection;

/// Rows of a page when the request does not say.
const SIZE_DEFAULT: usize = 50;
/// Rows of a page at most.
pub(super) const SIZE_MAX: usize = 1_000;

/// Rows to send.
pub(super) fn page_size(requested: i32) -> Result<usize, Rejection> {
    match usize::try_from(requested) {
        Ok(0) => Ok(SIZE_DEFAULT),
        Ok(size) => Ok(size.min(SIZE_MAX)),
        Err(_) => Err(Rejection::argument(
            "page_size",
            format!("is {requested}; send 0 to {SIZE_MAX}"),
        )),
    }
}
