//! Unions and groups of states that have a code. ISO has codes for states alone, so all but that of the EU
//! are our own.

use super::CountryCode;

/// Every union: its code, its English name and other names of it, of which the code is none.
const UNIONS: &[Union] = &[
    Union("AFRICAN-UNION", "African Union", &[]),
    Union("APEC", "Asia-Pacific Economic Cooperation", &[]),
    Union("ASEAN", "Association of Southeast Asian Nations", &[]),
    Union("COE", "Council of Europe", &[]),
    Union("EFTA", "European Free Trade Association", &[]),
    Union("EU", "European Union", &["Europe"]),
    Union("G7", "Group of Seven", &["Group of 7"]),
    Union("G20", "Group of Twenty", &["Group of 20"]),
    Union(
        "GCC",
        "Gulf Cooperation Council",
        &["Cooperation Council for the Arab States of the Gulf"],
    ),
    Union(
        "NATO",
        "North Atlantic Treaty Organization",
        &["North Atlantic Treaty Organisation"],
    ),
    Union(
        "OECD",
        "Organisation for Economic Co-operation and Development",
        &[
            "Organisation for Economic Cooperation and Development",
            "Organization for Economic Cooperation and Development",
        ],
    ),
    Union("QUAD", "Quad", &["Quadrilateral Security Dialogue"]),
    Union(
        "UN",
        "United Nations",
        &["UNO", "United Nations Organization"],
    ),
    Union(
        "WTO",
        "World Trade Organization",
        &["World Trade Organisation"],
    ),
];

struct Union(&'static str, &'static str, &'static [&'static str]);

/// Returns whether a union has this code.
pub(super) fn is_code(code: &str) -> bool {
    english_name(code).is_some()
}

/// Returns what to write instead of the code of a state that looks like that of a union.
pub(super) fn confused_with(code: &CountryCode) -> Option<&'static str> {
    let is_australia = code.as_str() == "AU";
    is_australia.then_some("AU is the code of Australia; write AFRICAN-UNION for the African Union")
}

/// Returns the English name of the union with this code.
pub(super) fn english_name(code: &str) -> Option<&'static str> {
    let union = UNIONS.iter().find(|union| union.0 == code);
    union.map(|union| union.1)
}

/// Returns every name with its code.
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    UNIONS.iter().flat_map(|Union(code, name, others)| {
        let names = std::iter::once(name).chain(*others);
        names.map(move |name| (*name, *code))
    })
}

/// Returns the codes, for a message.
pub(super) fn codes() -> String {
    let codes: Vec<&str> = UNIONS.iter().map(|union| union.0).collect();
    codes.join(", ")
}
