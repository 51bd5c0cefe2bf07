use super::{
    error::{FilterError, quoted, shorten},
    lexer::{Operator, Token, TokenKind, tokens, unexpected},
    lookup::find,
    mixed::{Joined, readings},
    schema::Schema,
    suggest,
    tree::{Literal, Term, Tree},
};

/// The maximum length of a filter, in characters.
pub const MAX_CHARACTERS: usize = 4_000;
/// The maximum number of terms in a filter.
pub const MAX_TERMS: usize = 200;
/// The maximum depth of nested parentheses and NOT.
pub const MAX_DEPTH: usize = 32;

/// The reason for refusing several values for one field.
pub(super) const NO_LISTS: &str = "a list of values is not part of the language";

/// Parses a filter into a tree; blank text has none.
pub(super) fn parse(text: &str) -> Result<Option<Tree>, FilterError> {
    // Reading one character beyond the bound is enough to see that the filter is too long.
    let chars: Vec<char> = text.chars().take(MAX_CHARACTERS + 1).collect();
    if chars.len() > MAX_CHARACTERS {
        let message = format!("the filter is longer than {MAX_CHARACTERS} characters; shorten it");
        return Err(FilterError::new(MAX_CHARACTERS, "", message));
    }
    let tokens = tokens(&chars)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser {
        chars: &chars,
        tokens: &tokens,
        next: 0,
        terms: 0,
        depth: 0,
    };
    let tree = parser.level()?;
    match parser.peek() {
        None => Ok(Some(tree)),
        Some(close) => Err(parser.error(close, "a \")\" without its \"(\"; remove it")),
    }
}

struct Parser<'a> {
    chars: &'a [char],
    tokens: &'a [Token],
    next: usize,
    terms: usize,
    depth: usize,
}

/// One part of a level, and its tokens.
struct Part {
    tree: Tree,
    joined: Joined,
    first: usize,
    end: usize,
}

impl<'a> Parser<'a> {
    /// Parses everything up to the closing parenthesis or the end.
    fn level(&mut self) -> Result<Tree, FilterError> {
        let mut parts = vec![self.part(Joined::And)?];
        while let Some(token) = self.peek() {
            let joined = match &token.kind {
                TokenKind::Close => break,
                TokenKind::Or => Joined::Or,
                _ => Joined::And,
            };
            if matches!(token.kind, TokenKind::And | TokenKind::Or) {
                self.next += 1;
            }
            parts.push(self.part(joined)?);
        }
        self.join(parts)
    }

    fn part(&mut self, joined: Joined) -> Result<Part, FilterError> {
        let first = self.next;
        let tree = self.term()?;
        Ok(Part {
            tree,
            joined,
            first,
            end: self.next,
        })
    }

    fn join(&self, parts: Vec<Part>) -> Result<Tree, FilterError> {
        let change = (2..parts.len()).find(|&i| parts[i].joined != parts[i - 1].joined);
        if let Some(change) = change {
            return Err(self.mixed(&parts, change));
        }
        let joined = parts.last().map_or(Joined::And, |part| part.joined);
        let trees: Vec<Tree> = parts.into_iter().map(|part| part.tree).collect();
        Ok(match (<[Tree; 1]>::try_from(trees), joined) {
            (Ok([only]), _) => only,
            (Err(several), Joined::And) => Tree::And(several),
            (Err(several), Joined::Or) => Tree::Or(several),
        })
    }

    fn term(&mut self) -> Result<Tree, FilterError> {
        let Some(token) = self.peek() else {
            return Err(self.at_end("the filter ends where a term should follow"));
        };
        match &token.kind {
            TokenKind::Not | TokenKind::Minus => {
                let inner = self.nested(token, Self::term)?;
                Ok(Tree::Not(Box::new(inner)))
            }
            TokenKind::Open => self.nested(token, Self::parenthesised),
            TokenKind::Word(text) => self.comparison(token, text),
            TokenKind::Quoted(text) => {
                self.next += 1;
                Ok(Tree::Bare(literal(token, text, true)))
            }
            TokenKind::Operator(_) => Err(self.missing_term(token, "an operator without a field")),
            TokenKind::And | TokenKind::Or | TokenKind::Close => {
                Err(self.missing_term(token, "a term is missing"))
            }
        }
    }

    /// Parses what follows the token, one level deeper.
    fn nested(
        &mut self,
        token: &Token,
        read: fn(&mut Self) -> Result<Tree, FilterError>,
    ) -> Result<Tree, FilterError> {
        if self.depth == MAX_DEPTH {
            let message =
                format!("more than {MAX_DEPTH} levels of parentheses and NOT; write fewer");
            return Err(self.error(token, message));
        }
        self.next += 1;
        self.depth += 1;
        let tree = read(self)?;
        self.depth -= 1;
        Ok(tree)
    }

    fn parenthesised(&mut self) -> Result<Tree, FilterError> {
        let tree = self.level()?;
        if self.peek().is_none() {
            return Err(self.at_end("a \"(\" is not closed").expecting([")"]));
        }
        self.next += 1;
        Ok(tree)
    }

    /// Parses a term, or a single word.
    fn comparison(&mut self, token: &Token, text: &str) -> Result<Tree, FilterError> {
        let operator = self.tokens.get(self.next + 1);
        let Some(Token {
            kind: TokenKind::Operator(operator),
            start,
            ..
        }) = operator
        else {
            self.refuse_lower_case(token, text)?;
            self.refuse_in(token, text)?;
            self.next += 1;
            return Ok(Tree::Bare(literal(token, text, false)));
        };
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.error(token, format!("more than {MAX_TERMS} terms; write fewer")));
        }
        self.next += 2;
        let value = self.value(text, *operator)?;
        let field = literal(token, text, false);
        Ok(Tree::Term(Term {
            field,
            operator: *operator,
            operator_offset: *start,
            value,
        }))
    }

    fn value(&mut self, field: &str, operator: Operator) -> Result<Literal, FilterError> {
        let missing = format!("a value for {} is missing", quoted(field));
        let Some(token) = self.peek() else {
            return Err(self.at_end(&missing));
        };
        self.next += 1;
        match &token.kind {
            TokenKind::Word(text) => {
                if let Some(error) = self.number(token, field, text) {
                    return Err(error);
                }
                if text.contains(',') {
                    return Err(self.list(token, field, operator, text));
                }
                Ok(literal(token, text, false))
            }
            TokenKind::Quoted(text) => Ok(literal(token, text, true)),
            TokenKind::Open => {
                let any = suggest::any_of(&shorten(field, 40), Operator::Has, "A,B");
                Err(self.error(token, NO_LISTS).suggesting(any))
            }
            TokenKind::And | TokenKind::Or | TokenKind::Not => {
                let word = format!("\"{}\"", self.written(self.next - 1, self.next));
                Err(self.error(token, missing).suggesting(word))
            }
            TokenKind::Operator(_) | TokenKind::Minus | TokenKind::Close => {
                Err(self.error(token, missing).expecting(["a value"]))
            }
        }
    }

    /// Returns the error for a number that goes on in the next word, or has separators.
    fn number(&self, token: &Token, field: &str, text: &str) -> Option<FilterError> {
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return None;
        }
        let mut written = text.to_owned();
        for at in self.next.. {
            let Some(word) = self.bare_word(at) else {
                break;
            };
            written = format!("{written} {word}");
        }
        let is_longer = written.len() > text.len();
        (is_longer || suggest::is_grouped(text))
            .then(|| suggest::plain_number(field, &written, token.start))?
            .or_else(|| suggest::plain_number(field, text, token.start))
    }

    /// Returns the error for a list of values with commas, which spaces may follow.
    fn list(&self, token: &Token, field: &str, operator: Operator, text: &str) -> FilterError {
        let mut list = text.to_owned();
        for at in self.next.. {
            match self.bare_word(at).filter(|_| list.ends_with(',')) {
                Some(word) => list.push_str(word),
                None => break,
            }
        }
        match suggest::listed(&list).count() {
            0 | 1 => unexpected(
                token.start + text.chars().position(|c| c == ',').unwrap_or(0),
                ',',
            ),
            _ => {
                let any = suggest::any_of(field, operator, &list);
                self.error(token, NO_LISTS).suggesting(any)
            }
        }
    }

    /// Returns the word at a token, unless it begins a term.
    fn bare_word(&self, at: usize) -> Option<&'a str> {
        match (&self.tokens.get(at)?.kind, self.tokens.get(at + 1)) {
            (TokenKind::Word(_), Some(next)) if matches!(next.kind, TokenKind::Operator(_)) => None,
            (TokenKind::Word(word), _) => Some(word),
            _ => None,
        }
    }

    /// Refuses `and`, `or` and `not` in lower case. They are no values here, so the operator is meant.
    fn refuse_lower_case(&self, token: &Token, text: &str) -> Result<(), FilterError> {
        let upper = text.to_ascii_uppercase();
        if !matches!(upper.as_str(), "AND" | "OR" | "NOT") {
            return Ok(());
        }
        let message = format!("{text:?} is not an operator; operators are in upper case");
        Err(self.error(token, message).suggesting(upper))
    }

    /// Refuses `in` after a field, which other languages write before a list of values.
    fn refuse_in(&self, token: &Token, text: &str) -> Result<(), FilterError> {
        let is_field = [Schema::Events, Schema::Partnerships]
            .iter()
            .any(|schema| find(*schema, text).is_some());
        match self.bare_word(self.next + 1) {
            Some(word) if is_field && word.eq_ignore_ascii_case("in") => {}
            _ => return Ok(()),
        }
        let rest = self.tokens.iter().skip(self.next + 2);
        let values = rest.take_while(|token| token.kind != TokenKind::Close);
        let values = values.filter_map(|token| match &token.kind {
            TokenKind::Word(value) | TokenKind::Quoted(value) => Some(value.as_str()),
            _ => None,
        });
        let values = values.collect::<Vec<_>>().join(",");
        let message = "in is not an operator; write a term for each value";
        let any = suggest::any_of(text, Operator::Has, &values);
        Err(self.error(token, message).suggesting(any))
    }

    /// Returns the error for a level that mixes AND and OR, which people read differently.
    fn mixed(&self, parts: &[Part], change: usize) -> FilterError {
        let written: Vec<_> = parts
            .iter()
            .map(|part| (part.joined, self.written(part.first, part.end)))
            .collect();
        let (offset, fragment) = (self.tokens[parts[change].first].start, &written[change].1);
        let message = "AIP-160 reads this as the first of these, since OR binds tighter there than AND, \
                       and many people as the second; write the parentheses";
        FilterError::new(offset, fragment, message).expecting(readings(&written, change))
    }

    /// Returns the text of the filter from one token up to another.
    fn written(&self, first: usize, end: usize) -> String {
        match &self.tokens[first..end] {
            [] => String::new(),
            [first, ..] => self.chars[first.start..self.tokens[end - 1].end]
                .iter()
                .collect(),
        }
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn missing_term(&self, token: &Token, message: &str) -> FilterError {
        self.error(token, message)
            .expecting(["a term, as in kind = MEETING"])
    }

    fn error(&self, token: &Token, message: impl Into<String>) -> FilterError {
        let fragment: String = self.chars[token.start..token.end].iter().collect();
        FilterError::new(token.start, &fragment, message)
    }

    fn at_end(&self, message: &str) -> FilterError {
        FilterError::new(self.chars.len(), "", message)
    }
}

fn literal(token: &Token, text: &str, quoted: bool) -> Literal {
    Literal {
        text: text.to_owned(),
        quoted,
        offset: token.start,
    }
}
