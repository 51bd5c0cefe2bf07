use entente::domain::{
    FuzzyDate,
    edtf::{parse, with_hemispheres},
};

/// A date is refused with a reason, or lies between two days in their order.
pub fn edtf(input: &[u8]) {
    let Some(text) = super::text(input) else {
        return;
    };
    match parse(text) {
        Ok(span) => {
            if let (Some(earliest), Some(latest)) = (span.earliest, span.latest) {
                assert!(earliest <= latest, "{text:?}: {earliest:?} to {latest:?}");
            }
            let date = FuzzyDate::new(text, "").expect("it can be read");
            assert_eq!(date.edtf(), text);
            assert_eq!(
                (date.earliest(), date.latest()),
                (span.earliest, span.latest)
            );
            let days = date.earliest().is_some() || date.latest().is_some();
            assert_eq!(date.sort_key().is_some(), days);
            for written in with_hemispheres(text).into_iter().flatten() {
                assert!(parse(&written).is_ok(), "{text:?}: {written}");
                assert_eq!(with_hemispheres(&written), None, "{text:?}: {written}");
            }
        }
        Err(reason) => {
            assert!(!reason.is_empty(), "{text:?}");
            assert_eq!(with_hemispheres(text), None, "{text:?}");
        }
    }
}
