use super::*;

fn read(text: &str) -> (String, String) {
    let show = |day: Option<Day>| day.map_or("open".into(), |day| day.to_string());
    let span = parse(text).expect(text);
    (show(span.earliest), show(span.latest))
}

#[test]
fn every_documented_form_is_read_as_its_days() {
    for (text, earliest, latest) in [
        ("2026", "2026-01-01", "2026-12-31"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999-12-31", "9999-12-31", "9999-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-05-12", "2025-05-12", "2025-05-12"),
        ("2027~", "2027-01-01", "2027-12-31"),
        ("2027-03?", "2027-03-01", "2027-03-31"),
        ("2027-03-04%", "2027-03-04", "2027-03-04"),
        ("2025-21", "2025-01-01", "2025-12-31"),
        ("2025-24", "2025-01-01", "2025-12-31"),
        ("2025-25", "2025-03-01", "2025-05-31"),
        ("2025-26", "2025-06-01", "2025-08-31"),
        ("2025-27", "2025-09-01", "2025-11-30"),
        ("2025-28", "2025-12-01", "2026-02-28"),
        ("2025-29", "2025-09-01", "2025-11-30"),
        ("2025-30", "2025-12-01", "2026-02-28"),
        ("2025-31", "2025-03-01", "2025-05-31"),
        ("2025-32~", "2025-06-01", "2025-08-31"),
        ("2024-33", "2024-01-01", "2024-03-31"),
        ("2024-36~", "2024-10-01", "2024-12-31"),
        ("2024-37", "2024-01-01", "2024-04-30"),
        ("2024-39", "2024-09-01", "2024-12-31"),
        ("2026-40", "2026-01-01", "2026-06-30"),
        ("2026-41?", "2026-07-01", "2026-12-31"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("20XX~", "2000-01-01", "2099-12-31"),
        ("2XXX", "2000-01-01", "2999-12-31"),
        ("201X-XX", "2010-01-01", "2019-12-31"),
        ("2026-XX", "2026-01-01", "2026-12-31"),
        ("2026-XX-XX?", "2026-01-01", "2026-12-31"),
        ("2024-02-XX", "2024-02-01", "2024-02-29"),
        ("201X/2020", "2010-01-01", "2020-12-31"),
        ("[201X..2024-05-XX]", "2010-01-01", "2024-05-31"),
        ("../202X", "open", "2029-12-31"),
        ("2023-05-30/2023-05-31", "2023-05-30", "2023-05-31"),
        ("2023-05-30/2023-06", "2023-05-30", "2023-06-30"),
        ("2024~/2026?", "2024-01-01", "2026-12-31"),
        ("2024/2024-05", "2024-01-01", "2024-05-31"),
        ("2024-05-20/2024-05", "2024-05-20", "2024-05-31"),
        ("2024/..", "2024-01-01", "open"),
        ("2024/", "2024-01-01", "open"),
        ("../2024", "open", "2024-12-31"),
        ("/2024-06", "open", "2024-06-30"),
        ("[..2027]", "open", "2027-12-31"),
        ("[2025-07-07..]", "2025-07-07", "open"),
        ("[2025..2027-03]", "2025-01-01", "2027-03-31"),
        ("[2025-33..2025-34]", "2025-01-01", "2025-06-30"),
    ] {
        assert_eq!(read(text), (earliest.into(), latest.into()), "{text}");
    }
}

#[test]
fn everything_else_is_refused_with_an_example() {
    for text in [
        "",
        " 2026",
        "2026 ",
        "26",
        "02026",
        "+2026",
        "-2026",
        "0000",
        "2026-",
        "2026-5",
        "2026-00",
        "2026-13",
        "2026-20",
        "2026-42",
        "2026-41-XX",
        "9999-28",
        "2026-21-01",
        "2026-05-00",
        "2026-05-32",
        "2025-02-29",
        "2026-05-1",
        "2026-05-12-01",
        "2026-05-12T10:00:00Z",
        "2026/05/12",
        "000X",
        "XXXX",
        "X026",
        "201X-05",
        "201X-40",
        "2026-XX-05",
        "2026~?",
        "~2026",
        "May 2026",
        "２０２６",
        "2025/2024",
        "2024-05-02/2024-05-01",
        "../..",
        "/",
        "..",
        "../",
        "2024/2025/2026",
        "[2025]",
        "[..]",
        "[]",
        "[2027..2025]",
        "[..2027",
        "..2027]",
        "[..2027]~",
        "[2025/2027]",
        "[2025,2027]",
        "[..2025..]",
        "2024..2025",
    ] {
        let reason = parse(text).expect_err(text);
        assert!(
            reason.contains("as in") || reason.contains("write 0001"),
            "{text}: {reason}"
        );
    }
}

#[test]
fn a_reason_names_the_part_that_is_wrong() {
    let reason = |text| parse(text).expect_err(text);
    assert!(reason("2025-02-30").contains("no day 2025-02-30"));
    assert!(reason("2025-13").contains("13 is not a month"));
    assert!(reason("2025/2024").contains("2025 is after 2024"));
    assert!(reason(&"2".repeat(65)).contains("at most 64"));
}

/// Trial C8: such dates got the same words as any other text.
#[test]
fn c8_a_form_that_is_left_out_gets_a_reason_of_its_own() {
    for (text, reason) in [
        (
            "2026-1X",
            "whole month or a whole day, as in [2026-10..2026-12]",
        ),
        ("2026-0X", "as in [2026-01..2026-09]"),
        ("2026-05-2X", "as in [2026-05-20..2026-05-29]"),
        ("2026-02-3X", "anything else is not one span"),
        ("2026-2X", "anything else is not one span"),
        ("XXXX-05", "anything else is not one span"),
        ("2026-XX-05", "anything else is not one span"),
        ("201x", "a capital X"),
        ("2004-06-uu", "a capital X"),
        ("{2020..2022}", "a set of several dates"),
        ("[1667,1668]", "the first and the last"),
        ("[2016-03]", "write 2016-03"),
        ("2025-05-12T10:00", "a time of day"),
        ("2025-05-12/2025-05-12T12:00", "a time of day"),
        ("Y17E7", "a letter in its year"),
        ("1950S2", "a letter in its year"),
        ("-2025", "a sign before its year"),
        ("2025/-2026", "a sign before its year"),
        ("2025~-05", "a qualifier for a part"),
        ("?2025", "a qualifier for a part"),
        ("197", "the decade as in 197X"),
        ("19~", "the century as in 19XX"),
        ("20250512", "as in 2025-05-12"),
        ("2025-05-12 ", "white space"),
        ("2025/open", "a word for an end"),
        ("9999-30", "after the year 9999"),
        ("0XXX", "no year 0000"),
    ] {
        let told = parse(text).expect_err(text);
        assert!(told.contains(reason), "{text}: {told}");
    }
}

/// Trial C7: "the first half of 2026" could not be written, and nothing said how.
#[test]
fn c7_halves_and_quarters_in_other_spellings_lead_to_the_right_one() {
    for (text, date) in [
        ("2026-H1", "2026-40"),
        ("H2 2026", "2026-41"),
        ("2026Q3", "2026-35"),
        ("2026-Q4", "2026-36"),
    ] {
        let told = parse(text).expect_err(text);
        assert!(told.ends_with(&format!("as in {date}")), "{told}");
    }
    for (text, date) in [
        ("early 2024", "2024-40"),
        ("first half of 2024", "2024-40"),
        ("Late 2024", "2024-41"),
        ("the third quarter of 2024", "2024-35"),
        ("19 January 2024", "2024-01-19"),
        ("January 19th, 2024", "2024-01-19"),
        ("May 2024", "2024-05"),
        ("29-Feb-2024", "2024-02-29"),
    ] {
        let told = parse(text).expect_err(text);
        let expected = format!("as in {date} (an event can keep the words in as_stated)");
        assert!(told.ends_with(&expected), "{told}");
    }
    let unclear = [
        "29 February 2023",
        "third half of 2024",
        "ma 2024",
        "2024 to 2025 early",
    ];
    for text in unclear {
        let told = parse(text).expect_err(text);
        assert!(told.contains("cannot be read as a date"), "{told}");
    }
    for text in ["2026-Q5", "2026-H0", "20-Q1", "2026-QX", "Q1", "2026-Q+"] {
        let told = parse(text).expect_err(text);
        assert!(told.contains("cannot be read as a date"), "{told}");
    }
}

#[test]
fn c7_a_season_without_a_hemisphere_is_written_for_both() {
    for (text, written) in [
        ("2025-21", &["[2025-03..2025-05]", "[2025-09..2025-11]"][..]),
        ("2025-22~", &["[2025-06..2025-08]", "[2025-12..2026-02]"]),
        ("2025-24", &["[2025-12..2026-02]", "[2025-06..2025-08]"]),
        ("9999-24", &["[9999-06..9999-08]"]),
        (
            "2025-22?/2026-05-24",
            &["2025-26?/2026-05-24", "2025-30?/2026-05-24"],
        ),
        ("[..2025-23]", &["[..2025-27]", "[..2025-31]"]),
        ("2024/2025-21", &["2024/2025-25", "2024/2025-29"]),
        // Neither summer is before the spring of its year.
        ("2025-22/2025-21", &[]),
    ] {
        let found = with_hemispheres(text).expect(text);
        assert_eq!(found, written, "{text}");
        assert!(found.iter().all(|text| with_hemispheres(text).is_none()));
    }
    for text in [
        "2025",
        "2025-05-21",
        "2025-25",
        "2025-XX",
        "2024?/2025",
        "2025-2",
        "令和7年2025-21",
    ] {
        assert_eq!(with_hemispheres(text), None, "{text}");
    }
}
