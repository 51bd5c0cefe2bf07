use crate::rejection::Rejection;

/// Page size of a request without one.
const SIZE_DEFAULT: usize = 50;
/// Maximum page size.
pub(super) const SIZE_MAX: usize = 1_000;

/// Returns the page size of a request.
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
