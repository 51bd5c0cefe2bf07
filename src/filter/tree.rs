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

impl Tree {
    /// Returns the first field that it names, or its first value without one.
    pub(super) fn first(&self) -> Option<&Literal> {
        match self {
            Tree::And(parts) | Tree::Or(parts) => parts.first()?.first(),
            Tree::Not(inner) => inner.first(),
            Tree::Term(term) => Some(&term.field),
            Tree::Bare(literal) => Some(literal),
        }
    }
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
