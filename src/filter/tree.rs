use super::lexer::Operator;

/// A filter as written: its shape is known, its fields and values are not checked yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Term(Term),
    /// A value without a field.
    Bare(Literal),
}

/// `field operator value`
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Term {
    pub field: Literal,
    pub operator: Operator,
    pub operator_offset: usize,
    pub value: Literal,
}

/// A word or a quoted text, and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Literal {
    pub text: String,
    pub quoted: bool,
    pub offset: usize,
}
