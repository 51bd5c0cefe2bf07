use super::{
    canonical,
    compile::{self, Rules},
    error::FilterError,
    explain,
    expr::{Expr, Predicate},
    field::Field,
    normal, parser,
    schema::Schema,
};

/// A filter that has been read and checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    schema: Schema,
    root: Expr,
    normalized: String,
}

impl Filter {
    /// Reads a filter; blank text matches everything.
    ///
    /// # Errors
    ///
    /// The first fault, with its place and what could stand there.
    pub fn parse(text: &str, schema: Schema) -> Result<Self, FilterError> {
        Self::read(text, schema, Rules::OfNew)
    }

    /// Reads a filter that was accepted before, when less was refused.
    ///
    /// # Errors
    ///
    /// The first fault, with its place and what could stand there.
    pub fn parse_kept(text: &str, schema: Schema) -> Result<Self, FilterError> {
        Self::read(text, schema, Rules::OfKept)
    }

    /// The filter that every record passes.
    pub fn everything(schema: Schema) -> Self {
        Self::of(Expr::All, schema)
    }

    /// This filter with a further test, such as a default that the caller did not write.
    #[must_use]
    pub fn and(self, test: Predicate) -> Self {
        Self::of(Expr::all_of(vec![self.root, Expr::Leaf(test)]), self.schema)
    }

    /// This filter without the records that pass a test.
    #[must_use]
    pub fn and_not(self, test: Predicate) -> Self {
        Self::of(
            Expr::all_of(vec![self.root, Expr::Leaf(test).negated()]),
            self.schema,
        )
    }

    /// What the filter is about.
    pub fn schema(&self) -> Schema {
        self.schema
    }

    /// The condition to evaluate.
    pub fn expr(&self) -> &Expr {
        &self.root
    }

    /// The normal form of the filter, for people; empty when it matches everything.
    ///
    /// Words are separated by one space, and parentheses stand only where they are needed. Enum
    /// names and codes are in upper case. `:` is written for text and for fields that can have
    /// several values, `=` for the others, NOT for `!=` and `-`. Text, dates and times are in
    /// double quotes, times in UTC; everything else is bare. The order is that of the writer.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// The one text of every filter with this meaning, which tokens are bound to: the order of
    /// operands, doubled terms, double negation, spelling and case make no difference.
    ///
    /// It is made anew by each call, and is not for people.
    pub fn canonical(&self) -> String {
        canonical::text(&self.root, self.schema)
    }

    /// Whether any part of the filter names the field.
    pub fn mentions(&self, field: Field) -> bool {
        self.root
            .predicates()
            .any(|predicate| predicate.field() == field)
    }

    /// What each part of the filter means, in words: one line for each that must hold.
    pub fn explain(&self) -> Vec<String> {
        explain::explain(&self.root, self.schema)
    }

    fn read(text: &str, schema: Schema, rules: Rules) -> Result<Self, FilterError> {
        match parser::parse(text)? {
            None => Ok(Self::everything(schema)),
            Some(tree) => Ok(Self::of(compile::compile(&tree, schema, rules)?, schema)),
        }
    }

    fn of(root: Expr, schema: Schema) -> Self {
        let normalized = normal::text(&root, schema);
        Self {
            schema,
            root,
            normalized,
        }
    }
}
