use entente::transfer::{parse_line, print_line};

/// Lines of an import file are refused with a reason, or printed as lines that read the same.
pub fn import_line(input: &[u8]) {
    let Some(text) = super::text(input) else {
        return;
    };
    for line in text.lines() {
        match parse_line(line) {
            Ok(write) => {
                let printed = print_line(&write).expect("it came from JSON");
                assert!(!printed.contains('\n'), "{printed}");
                assert_eq!(parse_line(&printed).as_ref(), Ok(&write), "{printed}");
            }
            Err(reason) => assert!(!reason.is_empty(), "{line:?}"),
        }
    }
}
