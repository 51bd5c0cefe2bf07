/// How much of a resource to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// Without what is long: see `VIEW_BASIC`.
    Basic,
    Full,
}
