use crate::{
    proto::v1::{Party, PartyType},
    transfer::{enum_number, enum_words},
};

/// Parses a state or union, `JP` or `EU`, optionally with a role, `JP:host`.
pub(super) fn party(text: &str) -> Result<Party, String> {
    let (code, role) = match text.split_once(':') {
        Some((code, role)) => (code, Some(role)),
        None => (text, None),
    };
    if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(format!(
            "{code:?} is neither a two-letter country code such as JP nor EU; put other parties into a file, with -f"
        ));
    }
    // Codes may be in any case, as in filters.
    let code = code.to_ascii_uppercase();
    let r#type = if code == "EU" {
        PartyType::Union
    } else {
        PartyType::State
    };
    Ok(Party {
        r#type: r#type.into(),
        country_code: code,
        role: role.map(known_role).transpose()?.unwrap_or_default(),
        ..Default::default()
    })
}

fn known_role(text: &str) -> Result<i32, String> {
    const ROLE: &str = "entente.v1.Role";
    enum_number(ROLE, text)
        .filter(|number| *number != 0)
        .ok_or_else(|| {
            format!(
                "{text:?} is not a role; the roles are {}",
                enum_words(ROLE).join(", ")
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::Role;

    #[test]
    fn a_code_is_a_state_and_eu_a_union() {
        assert_eq!(
            party("JP").map(|party| party.r#type()),
            Ok(PartyType::State)
        );
        assert_eq!(
            party("EU").map(|party| party.r#type()),
            Ok(PartyType::Union)
        );
        let lower = party("jp").map(|party| party.country_code);
        assert_eq!(lower, Ok("JP".to_owned()));
    }

    #[test]
    fn a_role_follows_the_colon() {
        assert_eq!(
            party("JP:co-chair").map(|party| party.role()),
            Ok(Role::CoChair)
        );
        assert!(party("JP:chief").unwrap_err().contains("signatory"));
    }

    #[test]
    fn the_error_for_a_name_says_where_to_put_it() {
        assert!(party("Japan").unwrap_err().contains("-f"));
    }
}
