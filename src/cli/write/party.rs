use crate::{
    cli::{connect::Connection, failure::Failure},
    domain::CountryCode,
    proto::v1::{Body, BodyKind, Party, PartyType},
    transfer::{enum_number, enum_words},
};

use super::resource::Resource as _;

/// Parses a state, a union or a body, `JP`, `EU` or `bodies/meti`, optionally with a role,
/// `JP:host`. The type of a body is left open, see [`complete`].
pub(super) fn party(text: &str) -> Result<Party, String> {
    let (coded, role) = match text.split_once(':') {
        Some((coded, role)) => (coded, Some(role)),
        None => (text, None),
    };
    Ok(Party {
        role: role.map(known_role).transpose()?.unwrap_or_default(),
        ..subject(coded)?
    })
}

/// Parses a state, a union or a body without a role.
pub(super) fn subject(text: &str) -> Result<Party, String> {
    if text.starts_with("bodies/") {
        return Ok(Party {
            body: text.to_owned(),
            ..Default::default()
        });
    }
    let code = code(text)?;
    let is_union = CountryCode::parse(&code).is_ok_and(|code| code.is_union());
    let r#type = match is_union {
        true => PartyType::Union,
        false => PartyType::State,
    };
    Ok(Party {
        r#type: r#type.into(),
        country_code: code,
        ..Default::default()
    })
}

/// Parses the code of a state or union, in any case as in filters. The server knows all states.
pub(super) fn code(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let may_be_state = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    match CountryCode::parse(&code) {
        Ok(code) => Ok(code.to_string()),
        Err(_) if may_be_state => Ok(code),
        Err(_) => {
            let meant = CountryCode::named(text);
            let meant = meant.map_or_else(String::new, |code| format!(" (did you mean {code}?)"));
            Err(format!(
                "{text:?} is neither a two-letter country code such as JP nor a union such as EU or \
                 ASEAN{meant}; write a body as bodies/ID, and put other parties into a JSON file (--file, or \
                 --patch for an update)"
            ))
        }
    }
}

/// Gives each party that is a body the type that the kind of the body implies.
pub(super) async fn complete(parties: &mut [Party], server: &Connection) -> Result<(), Failure> {
    let bodies = parties.iter_mut().filter(|party| !party.body.is_empty());
    for party in bodies.filter(|party| party.r#type() == PartyType::Unspecified) {
        let body = Body::read(party.body.clone(), server).await?;
        set_type(party, body);
    }
    Ok(())
}

fn set_type(party: &mut Party, body: Body) {
    let r#type = match body.kind() {
        BodyKind::Company => PartyType::Company,
        BodyKind::Union if !body.country_code.is_empty() => {
            party.country_code = body.country_code;
            PartyType::Union
        }
        _ => PartyType::Organisation,
    };
    party.r#type = r#type.into();
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
        // Trial C9.
        let african = party("african-union:host").map(|party| party.r#type());
        assert_eq!(african, Ok(PartyType::Union));
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
    fn a_body_gives_its_party_the_type() {
        let typed = |kind: BodyKind, country_code: &str| {
            let mut party = party("bodies/b:host").expect("a party");
            let body = Body {
                kind: kind.into(),
                country_code: country_code.into(),
                ..Default::default()
            };
            set_type(&mut party, body);
            assert_eq!((party.role(), &*party.body), (Role::Host, "bodies/b"));
            (party.r#type(), party.country_code)
        };
        let without = String::new;
        assert_eq!(
            typed(BodyKind::Company, "JP"),
            (PartyType::Company, without())
        );
        assert_eq!(
            typed(BodyKind::Union, "EU"),
            (PartyType::Union, "EU".into())
        );
        assert_eq!(
            typed(BodyKind::Union, ""),
            (PartyType::Organisation, without())
        );
        assert_eq!(
            typed(BodyKind::Government, "JP"),
            (PartyType::Organisation, without())
        );
    }

    #[test]
    fn the_error_for_a_name_says_where_to_put_it() {
        let error = party("Japan").unwrap_err();
        assert!(
            error.contains("did you mean JP?")
                && error.contains("--file")
                && error.contains("--patch"),
            "{error}"
        );
    }
}
