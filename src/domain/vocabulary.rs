//! Closed lists of words: numbers, names and lookup of their members.

/// A closed list of words. Numbers and names are those of the API, where 0 stands for "not given"
/// and is `None` here.
pub trait Vocabulary: Copy + Eq + std::fmt::Debug + 'static {
    /// The prefix of the names in the API: `KIND_`.
    const PREFIX: &'static str;
    /// Every member, by number.
    const ALL: &'static [Self];

    /// Returns the member's number in the API.
    fn code(self) -> i32;

    /// Returns the member's name in the API without the prefix: `MEETING`.
    fn as_str(self) -> &'static str;

    /// Returns the member with this number; `None` for 0 and for unknown numbers.
    fn from_code(code: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.code() == code)
    }

    /// Returns the member with this name, in any case, with or without the prefix.
    fn from_name(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let short = upper.strip_prefix(Self::PREFIX).unwrap_or(&upper);
        Self::ALL
            .iter()
            .copied()
            .find(|word| word.as_str() == short)
    }
}

/// Declares an enum that is a [`Vocabulary`] and displays as its short name.
macro_rules! vocabulary {
    ($(
        $(#[$about:meta])*
        $list:ident $prefix:literal { $($word:ident = $code:literal $name:literal,)+ }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $list {
            $(
                #[doc = concat!("`", $prefix, $name, "`")]
                $word = $code,
            )+
        }

        impl $crate::domain::Vocabulary for $list {
            const PREFIX: &'static str = $prefix;
            const ALL: &'static [Self] = &[$(Self::$word),+];

            fn code(self) -> i32 {
                self as i32
            }

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $name,)+
                }
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::domain::Vocabulary::as_str(*self))
            }
        }
    )+};
}

pub(super) use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Relation};

    #[test]
    fn a_name_is_found_in_any_case_with_or_without_its_prefix() {
        assert_eq!(Kind::from_name("meeting"), Some(Kind::Meeting));
        assert_eq!(Kind::from_name("KIND_MEETING"), Some(Kind::Meeting));
        assert_eq!(Kind::from_name("kind_unspecified"), None);
        assert_eq!(
            Relation::from_name("Same_Occasion"),
            Some(Relation::SameOccasion)
        );
        assert_eq!(Relation::SameOccasion.to_string(), "SAME_OCCASION");
    }

    #[test]
    fn zero_and_unknown_numbers_are_no_word() {
        assert_eq!(Kind::from_code(0), None);
        assert_eq!(Kind::from_code(99), None);
        assert_eq!(Kind::from_code(2), Some(Kind::Meeting));
    }
}
