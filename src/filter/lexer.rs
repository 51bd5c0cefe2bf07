use unicode_normalization::char::is_combining_mark;

use super::{
    error::{FilterError, shorten},
    parser::NO_LISTS,
    suggest,
};

/// A token of a filter and its range, in characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum TokenKind {
    Word(String),
    Quoted(String),
    Operator(Operator),
    And,
    Or,
    Not,
    Minus,
    Open,
    Close,
}

/// The operator between a field and a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

impl Operator {
    pub(super) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
        }
    }
}

/// Splits a filter into tokens.
pub(super) fn tokens(chars: &[char]) -> Result<Vec<Token>, FilterError> {
    let mut lexer = Lexer {
        chars,
        at: 0,
        after_operator: false,
    };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_token();
        let token = token.map_err(|error| {
            let in_brackets = in_brackets(&tokens, chars).filter(|_| error.fragment == ",");
            in_brackets
                .or_else(|| with_currency(&tokens, chars, error.offset))
                .unwrap_or(error)
        });
        let Some(token) = token? else {
            return Ok(tokens);
        };
        lexer.after_operator = match &token.kind {
            TokenKind::Operator(_) => true,
            // These belong to a list.
            TokenKind::Word(word) => word.ends_with(','),
            _ => false,
        };
        tokens.push(token);
    }
}

/// Returns the error for a number with a sign at `offset` that has no meaning, as in
/// `amount.value > £100`.
fn with_currency(tokens: &[Token], chars: &[char], offset: usize) -> Option<FilterError> {
    let (field, start) = match tokens {
        [.., field, operator] if matches!(operator.kind, TokenKind::Operator(_)) => (field, offset),
        [.., field, operator, value] if matches!(operator.kind, TokenKind::Operator(_)) => {
            (field, value.start)
        }
        _ => return None,
    };
    let TokenKind::Word(field) = &field.kind else {
        return None;
    };
    let rest = chars[start..].iter();
    let text: String = rest
        .take_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')'))
        .collect();
    suggest::plain_number(field, &text, start)
}

/// Returns the error for a list in brackets after a field, as in `party in (JP, EU)`.
fn in_brackets(tokens: &[Token], chars: &[char]) -> Option<FilterError> {
    let open = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::Open)?;
    let is_in = |text: &str| text.eq_ignore_ascii_case("in");
    let is_not = |text: &str| text.eq_ignore_ascii_case("not");
    let (field, operator) = match &tokens[..open] {
        [
            ..,
            field,
            Token {
                kind: TokenKind::Operator(operator),
                ..
            },
        ] => (field, *operator),
        [
            ..,
            field,
            Token {
                kind: TokenKind::Not,
                ..
            },
            Token {
                kind: TokenKind::Word(text),
                ..
            },
        ] if is_in(text) => (field, Operator::NotEqual),
        [
            ..,
            field,
            Token {
                kind: TokenKind::Word(not),
                ..
            },
            Token {
                kind: TokenKind::Word(text),
                ..
            },
        ] if is_not(not) && is_in(text) => (field, Operator::NotEqual),
        [
            ..,
            field,
            Token {
                kind: TokenKind::Word(text),
                ..
            },
        ] if is_in(text) => (field, Operator::Has),
        _ => return None,
    };
    let TokenKind::Word(name) = &field.kind else {
        return None;
    };
    let listed = &chars[tokens[open].end..];
    let end = listed
        .iter()
        .position(|c| *c == ')')
        .unwrap_or(listed.len());
    let listed: String = listed[..end].iter().filter(|c| **c != '"').collect();
    let any = suggest::any_of(&shorten(name, 40), operator, &listed);
    let fragment: String = chars[tokens[open].start..].iter().take(end + 2).collect();
    Some(FilterError::new(tokens[open].start, &fragment, NO_LISTS).suggesting(any))
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    /// Whether a value comes next, in which a leading `-` and the `:` and `+` of times belong to the word.
    after_operator: bool,
}

impl Lexer<'_> {
    fn next_token(&mut self) -> Result<Option<Token>, FilterError> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let Some(c) = self.peek(0) else {
            return Ok(None);
        };
        let start = self.at;
        let kind = match c {
            '(' => self.single(TokenKind::Open),
            ')' => self.single(TokenKind::Close),
            '"' | '\'' => self.quoted(c)?,
            '-' if !self.after_operator => self.single(TokenKind::Minus),
            '=' | '!' | '<' | '>' | ':' => self.operator()?,
            c if is_word(c) => self.word(),
            c => return Err(unexpected(start, c)),
        };
        Ok(Some(Token {
            kind,
            start,
            end: self.at,
        }))
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn operator(&mut self) -> Result<TokenKind, FilterError> {
        let (operator, length) = match (self.peek(0), self.peek(1)) {
            (Some('='), Some('=')) => {
                let error = FilterError::new(self.at, "==", "unknown operator \"==\"");
                return Err(error.suggesting("=".to_owned()));
            }
            (Some('!'), Some('=')) => (Operator::NotEqual, 2),
            (Some('<'), Some('=')) => (Operator::LessOrEqual, 2),
            (Some('>'), Some('=')) => (Operator::GreaterOrEqual, 2),
            (Some('='), _) => (Operator::Equal, 1),
            (Some('<'), _) => (Operator::Less, 1),
            (Some('>'), _) => (Operator::Greater, 1),
            (Some(':'), _) => (Operator::Has, 1),
            _ => {
                let error = FilterError::new(self.at, "!", "unknown operator \"!\"");
                return Err(error.suggesting("NOT".to_owned()));
            }
        };
        self.at += length;
        Ok(TokenKind::Operator(operator))
    }

    fn quoted(&mut self, quote: char) -> Result<TokenKind, FilterError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                c if c == quote => return Ok(TokenKind::Quoted(text)),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
        let fragment: String = self.chars[start..].iter().collect();
        Err(
            FilterError::new(start, &fragment, "a quoted text without an end")
                .expecting([format!("a closing {quote}")]),
        )
    }

    fn escaped(&mut self) -> Result<char, FilterError> {
        let escape = self.peek(0);
        self.at += 1;
        match escape {
            Some(c @ ('"' | '\'' | '\\')) => Ok(c),
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            other => {
                let fragment: String = std::iter::once('\\').chain(other).collect();
                Err(
                    FilterError::new(self.at - 2, &fragment, format!("unknown escape {fragment}"))
                        .expecting([r#"\""#, r"\'", r"\\", r"\n", r"\t"]),
                )
            }
        }
    }

    fn word(&mut self) -> TokenKind {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|c| is_word(c) || self.continues_value(c))
        {
            self.at += 1;
        }
        let word: String = self.chars[start..self.at].iter().collect();
        match word.as_str() {
            "AND" => TokenKind::And,
            "OR" => TokenKind::Or,
            "NOT" => TokenKind::Not,
            _ => TokenKind::Word(word),
        }
    }

    /// Whether `c` is a `:` or `+` between the digits of a value, as in a time of day, or a comma, so
    /// that a list is refused as a whole.
    fn continues_value(&self, c: char) -> bool {
        let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        let after = self.chars.get(self.at + 1);
        let in_time = matches!(c, ':' | '+') && digit(before) && digit(after);
        self.after_operator && (in_time || c == ',')
    }
}

/// Whether the character needs no quotes.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || "-_./~?*[]%".contains(c)
}

/// Returns the error for a character that has no meaning.
pub(super) fn unexpected(offset: usize, c: char) -> FilterError {
    let error = FilterError::new(
        offset,
        &c.to_string(),
        format!("unexpected character {:?}", c),
    );
    let instead = match c {
        '&' => "AND",
        '|' => "OR",
        '“' | '”' | '„' | '‘' | '’' | '「' | '」' => "\"",
        '：' => ":",
        '＝' => "=",
        '（' => "(",
        '）' => ")",
        // We cannot know whether AND or OR was meant.
        ',' | ';' => {
            return error.expecting(["AND or OR between terms, as in (party:JP OR party:EU)"]);
        }
        _ => return error.expecting(["text with such a character in double quotes"]),
    };
    error.suggesting(instead.to_owned())
}
