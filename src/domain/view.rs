/// How much of a resource to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// Without the long fields: see `VIEW_BASIC`.
    Basic,
    Full,
}
