use std::sync::Arc;

use super::{
    bodies::{self, BodiesOfTerm, NamedBody, Resolver},
    canonical,
    compile::{self, Rules},
    error::FilterError,
    explain,
    expr::{Expr, Predicate},
    field::Field,
    normal, parser,
    schema::Schema,
};

/// A filter that has been parsed and checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    schema: Schema,
    root: Expr,
    normalized: String,
    /// What it is once its names are resolved, if they stand for bodies.
    resolved: Option<Box<Resolved>>,
}

/// A filter whose names are resolved to bodies.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Resolved {
    root: Expr,
    bodies: Vec<BodiesOfTerm>,
}

impl Filter {
    /// Parses a filter; blank text matches everything.
    ///
    /// # Errors
    ///
    /// The first fault, with its position and what would be valid there.
    pub fn parse(text: &str, schema: Schema) -> Result<Self, FilterError> {
        Self::read(text, schema, Rules::OfNew)
    }

    /// Parses a stored filter, which was accepted under the looser rules of earlier versions.
    ///
    /// # Errors
    ///
    /// The first fault, with its position and what would be valid there.
    pub fn parse_kept(text: &str, schema: Schema) -> Result<Self, FilterError> {
        Self::read(text, schema, Rules::OfKept)
    }

    /// Returns the filter that matches every record.
    pub fn everything(schema: Schema) -> Self {
        Self::of(Expr::All, schema)
    }

    /// Adds a test, such as a default that the caller did not write. Names that were resolved stay so.
    #[must_use]
    pub fn and(self, test: Predicate) -> Self {
        self.and_expr(Expr::Leaf(test))
    }

    /// Excludes the records that pass a test. Names that were resolved stay so.
    #[must_use]
    pub fn and_not(self, test: Predicate) -> Self {
        self.and_expr(Expr::Leaf(test).negated())
    }

    fn and_expr(self, part: Expr) -> Self {
        let resolved = self.resolved.map(|mut resolved| {
            resolved.root = Expr::all_of(vec![resolved.root, part.clone()]);
            resolved
        });
        let root = Expr::all_of(vec![self.root, part]);
        Self {
            resolved,
            ..Self::of(root, self.schema)
        }
    }

    /// Returns the schema of the filter.
    pub fn schema(&self) -> Schema {
        self.schema
    }

    /// Returns the condition to evaluate.
    pub fn expr(&self) -> &Expr {
        match &self.resolved {
            Some(resolved) => &resolved.root,
            None => &self.root,
        }
    }

    /// Whether some test can name bodies.
    pub fn names_bodies(&self) -> bool {
        self.naming_bodies().next().is_some()
    }

    /// Iterates over the tests that can name bodies.
    pub fn naming_bodies(&self) -> impl Iterator<Item = &Predicate> {
        let tests = self.root.predicates();
        tests.filter(|test| bodies::names_bodies(test))
    }

    /// Resolves each test that names bodies: it is also passed by records with a party that is one of
    /// the bodies that `find` returns for it. The normal and the canonical form stay the same.
    ///
    /// # Errors
    ///
    /// The first error of `find`.
    pub fn resolve<E>(
        mut self,
        find: impl FnMut(&Predicate) -> Result<Vec<Arc<NamedBody>>, E>,
    ) -> Result<Self, E> {
        let mut resolver = Resolver::new(self.schema, find);
        let root = resolver.resolve(&self.root)?;
        let found = resolver.found;
        self.resolved = (!found.is_empty()).then(|| {
            Box::new(Resolved {
                root,
                bodies: found,
            })
        });
        Ok(self)
    }

    /// Returns the bodies that the tests of a resolved filter stand for, each test once.
    pub fn bodies(&self) -> &[BodiesOfTerm] {
        match &self.resolved {
            Some(resolved) => &resolved.bodies,
            None => &[],
        }
    }

    /// Returns the normal form of the filter, for people; empty if it matches everything.
    ///
    /// Words are separated by one space, and parentheses appear only where needed. Enum names and
    /// codes are in upper case. `:` is written for fields that can have several values, `=` for the
    /// others, but as the writer has it where the two differ, as for text and dates. NOT is written for
    /// `!=` and `-`. Text, dates and times are in double quotes, times in UTC; everything else is bare.
    /// The order is the writer's.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// Returns the canonical text, to which tokens are bound. The order of operands, repeated terms,
    /// double negation, spelling and case do not change it.
    ///
    /// Each call builds it anew. It is not for people.
    pub fn canonical(&self) -> String {
        canonical::text(&self.root, self.schema)
    }

    /// Whether any part of the filter names the field.
    pub fn mentions(&self, field: Field) -> bool {
        self.root
            .predicates()
            .any(|predicate| predicate.field() == field)
    }

    /// Explains in words what each part of the filter means: one line for each part that must hold.
    pub fn explain(&self) -> Vec<String> {
        explain::explain(&self.root, self.schema)
    }

    /// Returns the tests for phrases that the index alone cannot decide, each once.
    pub fn open_phrases(&self) -> Vec<Predicate> {
        let mut tests: Vec<Predicate> = Vec::new();
        for test in self
            .expr()
            .predicates()
            .filter(|test| test.is_open_phrase())
        {
            if !tests.contains(test) {
                tests.push(test.clone());
            }
        }
        tests
    }

    /// Returns a condition that the index decides alone and that holds wherever the filter does: the
    /// parts of the filter that must all hold, without those in which a phrase is denied or one of
    /// several ways.
    pub fn without_open_phrases(&self) -> Expr {
        let parts = match self.expr() {
            Expr::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let is_decided = |part: &&Expr| {
            // As long as no text was looked at, a phrase holds wherever its words are.
            matches!(part, Expr::Leaf(_)) || part.predicates().all(|test| !test.is_open_phrase())
        };
        Expr::all_of(parts.iter().filter(is_decided).cloned().collect())
    }

    /// Returns the filter with the positions at which each phrase was found, in order, for one question.
    #[must_use]
    pub fn with_found(&self, found: &[(Predicate, Arc<[u32]>)]) -> Filter {
        let mut filter = self.clone();
        let root = match &mut filter.resolved {
            Some(resolved) => &mut resolved.root,
            None => &mut filter.root,
        };
        root.for_each_predicate(&mut |test| {
            let found = found.iter().find(|(one, _)| one == test);
            if let Predicate::Phrase { found: at, .. } = test {
                *at = found.map(|(_, positions)| positions.clone());
            }
        });
        filter
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
            resolved: None,
        }
    }
}
