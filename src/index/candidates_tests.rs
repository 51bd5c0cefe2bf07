//! The revisions whose texts decide phrases: none is missed, and what cannot matter is left out.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{
    Clock, OpenPhrases, Position, Resources, Scope,
    tests::{filter, index},
};

const LEN: Position = 3_000;

/// Filters with the same filters by the words alone.
const FILTERS: [(&str, &str); 4] = [
    ("text = \"council on\"", "text = council AND text = on"),
    (
        "text = \"on chips\" AND party:JP AND NOT kind = MEETING",
        "text = on AND text = chips AND party:JP AND NOT kind = MEETING",
    ),
    (
        "text = \"talks on\" AND text = \"on chips\"",
        "text = talks AND text = on AND text = chips",
    ),
    (
        "text = \"John Brown\" AND revision > 2",
        "text = john AND text = brown AND revision > 2",
    ),
];

fn phrases(text: &str) -> OpenPhrases {
    OpenPhrases::of(&filter(text)).unwrap_or_else(|| panic!("{text} has a phrase"))
}

#[test]
fn candidates_among_the_newest_have_the_words_and_what_else_must_hold() {
    let index = index(LEN as usize, 900);
    for (text, words) in FILTERS {
        for upto in [1, 1_700, LEN] {
            let scope = Scope {
                upto,
                known_at: None,
                clock: Clock::AtCommit,
            };
            let expected = index.select_newest(filter(words).expr(), Resources::Events, scope);
            let Ok(found) = phrases(text).among_newest(&index, Resources::Events, scope);
            let found: RoaringBitmap = found.positions().iter().map(|at| *at as u32).collect();
            assert_eq!(found, expected, "{text} up to {upto}");
        }
    }
}

#[test]
fn candidates_among_changes_are_the_same_however_many_are_looked_up_at_a_time() {
    let index = index(LEN as usize, 900);
    for (text, _) in FILTERS {
        let phrases = phrases(text);
        let Ok((all, reached)) = phrases.among_changes(&index, (0, LEN), u64::MAX);
        assert_eq!(reached, LEN, "{text}");
        assert!(all.count() > 20, "{text}: {}", all.count());
        for step in [100, 700] {
            let mut found = RoaringBitmap::new();
            let mut after = 0;
            while after < LEN {
                let upto = (after + step).min(LEN);
                let Ok((some, reached)) = phrases.among_changes(&index, (after, upto), 7);
                assert!(after < reached && reached <= upto, "{text}");
                assert!(some.count() < 7 + 2 * 2, "{text}");
                found.extend(some.positions().iter().map(|at| *at as u32));
                after = reached;
            }
            assert!(
                all.positions()
                    .into_iter()
                    .eq(found.iter().map(Position::from)),
                "{text}"
            );
        }
    }
}

#[test]
fn a_phrase_holds_where_it_was_found_also_when_it_is_denied() {
    let index = index(LEN as usize, 900);
    let scope = Scope {
        upto: LEN,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let words = index.select(filter("text = council AND text = on").expr(), scope);
    let found: Arc<[u32]> = words.iter().step_by(2).collect();
    for (text, is_denied) in [
        ("text = \"council on\"", false),
        ("NOT text = \"council on\"", true),
        (
            "position > 0 AND NOT (text = \"council on\" OR ordinal:*)",
            true,
        ),
    ] {
        let open = filter(text);
        let decided = open.with_found(&[(open.open_phrases()[0].clone(), found.clone())]);
        let selected = index.select(decided.expr(), scope);
        for at in 1..=LEN {
            let expected = found.contains(&(at as u32)) != is_denied;
            assert_eq!(selected.contains(at as u32), expected, "{text} at {at}");
            let matches = index.matches(decided.expr(), at, Clock::AtCommit);
            assert_eq!(matches, expected, "{text} at {at}");
        }
    }
}

#[test]
fn s45_a_phrase_is_not_found_where_it_was_redacted_since_its_text_was_looked_at() {
    let mut index = index(LEN as usize, 900);
    let scope = Scope {
        upto: LEN,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let open = filter("text = \"council on\"");
    let Ok(candidates) = OpenPhrases::of(&open)
        .expect("it has a phrase")
        .among_newest(&index, Resources::Events, scope);
    let positions = candidates.positions();
    let found: Arc<[u32]> = positions.iter().map(|at| *at as u32).collect();
    let decided = open.with_found(&[(open.open_phrases()[0].clone(), found)]);
    let redacted = crate::filter::Document {
        name: index.name(positions[0]).to_owned(),
        ..Default::default()
    };
    index.replace(&[(positions[0], redacted)]);
    let selected = index.select(decided.expr(), scope);
    assert!(
        selected
            .iter()
            .map(Position::from)
            .eq(positions[1..].iter().copied())
    );
    assert!(!index.matches(decided.expr(), positions[0], Clock::AtCommit));
}

#[test]
fn candidates_are_kept_up_to_where_there_are_enough() {
    let index = index(LEN as usize, 900);
    let scope = Scope {
        upto: LEN,
        known_at: None,
        clock: Clock::AtCommit,
    };
    let Ok(all) = phrases("text = \"council on\"").among_newest(&index, Resources::All, scope);
    let mut kept = Vec::new();
    let mut after = 0;
    loop {
        let mut some = all.clone();
        let until = some.keep_after(after, 10);
        kept.extend(some.positions());
        match until {
            Some(until) => {
                assert_eq!((some.count(), some.positions().last()), (10, Some(&until)));
                after = until;
            }
            None => break,
        }
    }
    assert_eq!(kept, all.positions());
}

#[test]
fn a_filter_that_the_index_decides_alone_has_no_open_phrases() {
    for text in [
        "text = council",
        "text = 半導体",
        "text:\"council on\"",
        "person = \"John Brown\"",
    ] {
        assert!(OpenPhrases::of(&filter(text)).is_none(), "{text}");
    }
}
