use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, parse},
    proto::v1::{
        Body, BodyName, BodySuccession, CreateBodyRequest, CreateBodyResponse, GetBodyRequest,
        Identifier, UpdateBodyRequest, UpdateBodyResponse,
    },
    transfer::{enum_number, enum_words},
};

use super::{
    additions::{LinkAdditions, changed_list},
    answer::{Outcome, Written},
    content::{date, set, some},
    identifier::identifier,
    resource::{Additions, Answer, Common, Correction, Creation, Resource},
};

/// Options for the common fields of a body. Other fields need a file.
#[derive(Args, Debug)]
#[group(id = "content")]
pub(in crate::cli) struct BodyOptions {
    /// Its usual name.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Language of its usual name, such as ja. English if omitted.
    #[arg(long, value_name = "LANGUAGE", value_parser = parse::language)]
    language: Option<String>,

    /// What it is.
    #[arg(long, value_name = "KIND", ignore_case = true, value_parser = parse::word("entente.v1.BodyKind"))]
    kind: Option<i32>,

    /// What it is in the words of the source, for --kind other.
    #[arg(long, value_name = "TEXT")]
    kind_other: Option<String>,

    /// Code of the country or union that it belongs to, such as JP.
    #[arg(long, value_name = "CODE")]
    country: Option<String>,

    /// Another name, with its language and its type: 経済産業省:ja:official, METI::acronym. English
    /// if it has no language. Can be repeated.
    #[arg(long = "name", value_name = "TEXT[:LANGUAGE[:TYPE]]", value_parser = body_name)]
    names: Vec<BodyName>,

    /// When it was founded, only as precisely as it is known: 2001, 2001-01, 2001-01-06.
    #[arg(long, value_name = "DATE")]
    established: Option<String>,

    /// When it ceased to exist.
    #[arg(long, value_name = "DATE")]
    dissolved: Option<String>,

    /// A body whose work it took over, with the date if known: miti:2001-01-06. Can be repeated.
    #[arg(long = "predecessor", value_name = "ID[:DATE]", value_parser = succession)]
    predecessors: Vec<BodySuccession>,

    /// A body that took over its work, with the date if known. Can be repeated.
    #[arg(long = "successor", value_name = "ID[:DATE]", value_parser = succession)]
    successors: Vec<BodySuccession>,

    /// An identifier: wikidata=Q1197264. Can be repeated.
    #[arg(long = "identifier", value_name = "SCHEME=VALUE", value_parser = identifier)]
    identifiers: Vec<Identifier>,

    /// Web address of a record elsewhere about the same thing. Can be repeated.
    #[arg(long = "same-as", value_name = "URI")]
    same_as: Vec<String>,

    /// Notes.
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// Options that add or remove single items of lists of a body.
#[derive(Args, Debug, Default)]
// Clap puts no option into the group of a struct that flattens another one.
#[group(id = "additions")]
pub(in crate::cli) struct BodyAdditions {
    /// Add a name, with its language and its type: METI::acronym. Can be repeated.
    #[arg(group = "additions", long = "add-name", value_name = "TEXT[:LANGUAGE[:TYPE]]", value_parser = body_name,
        conflicts_with = "names")]
    add_names: Vec<BodyName>,

    /// Remove a name, in every language unless one is named. Can be repeated.
    #[arg(group = "additions", long = "remove-name", value_name = "TEXT[:LANGUAGE]", value_parser = body_name,
        conflicts_with = "names")]
    remove_names: Vec<BodyName>,

    /// Add a body whose work it took over, with the date if known: miti:2001-01-06. Can be repeated.
    #[arg(group = "additions", long = "add-predecessor", value_name = "ID[:DATE]", value_parser = succession,
        conflicts_with = "predecessors")]
    add_predecessors: Vec<BodySuccession>,

    /// Remove a body whose work it took over, with every date unless one is given. Can be repeated.
    #[arg(group = "additions", long = "remove-predecessor", value_name = "ID[:DATE]", value_parser = succession,
        conflicts_with = "predecessors")]
    remove_predecessors: Vec<BodySuccession>,

    /// Add a body that took over its work, with the date if known. Can be repeated.
    #[arg(group = "additions", long = "add-successor", value_name = "ID[:DATE]", value_parser = succession,
        conflicts_with = "successors")]
    add_successors: Vec<BodySuccession>,

    /// Remove a body that took over its work, with every date unless one is given. Can be repeated.
    #[arg(group = "additions", long = "remove-successor", value_name = "ID[:DATE]", value_parser = succession,
        conflicts_with = "successors")]
    remove_successors: Vec<BodySuccession>,

    #[command(flatten)]
    links: LinkAdditions,
}

impl Resource for Body {
    const COLLECTION: &'static str = "bodies";
    const NOUN: &'static str = "body";
    const EXAMPLE: &'static str = "meti";

    type Options = BodyOptions;
    type Additions = BodyAdditions;
    type Created = CreateBodyResponse;
    type Updated = UpdateBodyResponse;

    fn from_options(options: BodyOptions) -> (Self, Vec<String>) {
        let mut body = Self::default();
        let mut said = Vec::new();
        let mut text = |field: &mut String, value, path| set(field, value, path, &mut said);
        text(&mut body.display_name, options.display_name, "display_name");
        text(&mut body.language_code, options.language, "language_code");
        text(&mut body.kind_other, options.kind_other, "kind_other");
        // Codes may be in any case, as in filters.
        let country = options.country.map(|code| code.to_ascii_uppercase());
        text(&mut body.country_code, country, "country_code");
        text(&mut body.notes, options.notes, "notes");
        set(&mut body.kind, options.kind, "kind", &mut said);
        set(&mut body.names, some(options.names), "names", &mut said);
        for (field, value, path) in [
            (&mut body.established, options.established, "established"),
            (&mut body.dissolved, options.dissolved, "dissolved"),
        ] {
            set(field, value.map(date), path, &mut said);
        }
        for (field, value, path) in [
            (&mut body.predecessors, options.predecessors, "predecessors"),
            (&mut body.successors, options.successors, "successors"),
        ] {
            set(field, some(value), path, &mut said);
        }
        let identifiers = some(options.identifiers);
        set(&mut body.identifiers, identifiers, "identifiers", &mut said);
        let same_as = some(options.same_as);
        set(&mut body.same_as, same_as, "same_as", &mut said);
        (body, said)
    }

    fn common(&mut self) -> Common<'_> {
        Common {
            name: &mut self.name,
            etag: &mut self.etag,
            sources: &mut self.sources,
        }
    }

    fn written(&self) -> Written<'_> {
        self.into()
    }

    const NAMES: &[&str] = &["display_name", "names"];

    fn known_as(&self) -> Vec<(&str, &str)> {
        let names = self.names.iter();
        let names = names.map(|name| (name.text.as_str(), name.language_code.as_str()));
        std::iter::once((self.display_name.as_str(), self.language_code.as_str()))
            .chain(names)
            .collect()
    }

    fn unchanged(self) -> UpdateBodyResponse {
        UpdateBodyResponse {
            body: Some(self),
            replayed: false,
            unchanged: true,
            hints: Vec::new(),
        }
    }

    async fn read(name: String, server: &Connection) -> Result<Self, Failure> {
        let call = server.request(GetBodyRequest {
            name,
            ..Default::default()
        });
        let read = server.answer(server.bodies().get_body(call)).await?;
        Ok(read.body.unwrap_or_default())
    }

    async fn create(
        creation: Creation<Self>,
        server: &Connection,
    ) -> Result<CreateBodyResponse, Failure> {
        let call = server.request(CreateBodyRequest {
            body: Some(creation.resource),
            body_id: creation.id,
            request_id: creation.write.request_id,
            validate_only: creation.write.dry_run,
            known_since: creation.write.known_since,
            change_note: creation.change_note,
            precondition: creation.precondition,
            tracking: creation.write.tracking,
        });
        server.answer(server.bodies().create_body(call)).await
    }

    async fn update(
        correction: Correction<Self>,
        server: &Connection,
    ) -> Result<UpdateBodyResponse, Failure> {
        let call = server.request(UpdateBodyRequest {
            update_mask: correction.update_mask(),
            body: Some(correction.resource),
            change_note: correction.change_note,
            request_id: correction.write.request_id,
            validate_only: correction.write.dry_run,
            known_since: correction.write.known_since,
            tracking: correction.write.tracking,
        });
        server.answer(server.bodies().update_body(call)).await
    }
}

impl Answer<Body> for CreateBodyResponse {
    fn resource(&self) -> Option<&Body> {
        self.body.as_ref()
    }

    fn outcome(&self, dry_run: bool) -> Outcome {
        Outcome::of(self.replayed, dry_run)
    }

    fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl Answer<Body> for UpdateBodyResponse {
    fn resource(&self) -> Option<&Body> {
        self.body.as_ref()
    }

    fn outcome(&self, dry_run: bool) -> Outcome {
        Outcome::of_update(self.replayed, self.unchanged, dry_run)
    }

    fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl Additions<Body> for BodyAdditions {
    fn is_empty(&self) -> bool {
        self.add_names.is_empty()
            && self.remove_names.is_empty()
            && self.add_predecessors.is_empty()
            && self.remove_predecessors.is_empty()
            && self.add_successors.is_empty()
            && self.remove_successors.is_empty()
            && self.links.is_empty()
    }

    fn apply(&self, body: &mut Body) -> Result<Vec<String>, Failure> {
        let mut changed = Vec::new();
        let same = |known: &BodyName, asked: &BodyName| {
            known.text == asked.text
                && (asked.language_code.is_empty() || known.language_code == asked.language_code)
        };
        let (add, remove) = (&self.add_names, &self.remove_names);
        if changed_list(&mut body.names, add, remove, same, "name")? {
            changed.push("names".to_owned());
        }
        let same = |known: &BodySuccession, asked: &BodySuccession| {
            let date = |it: &BodySuccession| it.date.as_ref().map(|date| date.edtf.clone());
            known.body == asked.body && (asked.date.is_none() || date(known) == date(asked))
        };
        let (add, remove) = (&self.add_predecessors, &self.remove_predecessors);
        if changed_list(&mut body.predecessors, add, remove, same, "predecessor")? {
            changed.push("predecessors".to_owned());
        }
        let (add, remove) = (&self.add_successors, &self.remove_successors);
        if changed_list(&mut body.successors, add, remove, same, "successor")? {
            changed.push("successors".to_owned());
        }
        let (identifiers, same_as) = (&mut body.identifiers, &mut body.same_as);
        changed.extend(self.links.apply(identifiers, same_as)?);
        Ok(changed)
    }
}

/// Parses a name, optionally with its language and its type: `METI:en:acronym`.
fn body_name(text: &str) -> Result<BodyName, String> {
    const TYPE: &str = "entente.v1.BodyNameType";
    let mut parts = text.splitn(3, ':');
    let name = parts.next().unwrap_or_default();
    let language = parse::language(parts.next().unwrap_or_default()).map_err(|why| {
        format!(
            "{why}; put a name with a colon into a JSON file (--file, or --patch for an update)"
        )
    })?;
    let number = match parts.next() {
        None => 0,
        Some(word) => enum_number(TYPE, word)
            .filter(|number| *number != 0)
            .ok_or_else(|| {
                let types = enum_words(TYPE).join(", ");
                format!("{word:?} is not a type of names; the types are {types}")
            })?,
    };
    Ok(BodyName {
        text: name.to_owned(),
        language_code: language,
        r#type: number,
        ..Default::default()
    })
}

/// Parses another body, optionally with the date of the change: `miti:2001-01-06`.
fn succession(text: &str) -> Result<BodySuccession, String> {
    let (body, edtf) = match text.split_once(':') {
        Some((body, edtf)) => (body, date(edtf.to_owned())),
        None => (text, None),
    };
    Ok(BodySuccession {
        body: parse::name_in(Body::COLLECTION)(body)?,
        date: edtf,
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::BodyNameType;

    #[test]
    fn a_name_has_a_text_and_optionally_a_language_and_a_type() {
        let parts = |text| body_name(text).map(|it| (it.r#type(), it.text, it.language_code));
        let plain = BodyNameType::Unspecified;
        assert_eq!(parts("METI"), Ok((plain, "METI".into(), String::new())));
        assert_eq!(
            parts("経済産業省:ja:official"),
            Ok((BodyNameType::Official, "経済産業省".into(), "ja".into()))
        );
        assert_eq!(
            parts("METI::acronym"),
            Ok((BodyNameType::Acronym, "METI".into(), String::new()))
        );
        assert!(parts("METI:en:nick").unwrap_err().contains("acronym"));
        assert!(parts("Bank: of Japan").unwrap_err().contains("--patch"));
    }

    #[test]
    fn a_predecessor_has_an_id_and_optionally_a_date() {
        let parts = |text| succession(text).map(|it| (it.body, it.date.map(|date| date.edtf)));
        assert_eq!(
            parts("bodies/miti:2001-01-06"),
            Ok(("bodies/miti".into(), Some("2001-01-06".into())))
        );
        assert_eq!(parts("miti"), Ok(("bodies/miti".into(), None)));
        assert!(parts("").is_err());
    }

    #[test]
    fn a_name_is_removed_in_every_language_unless_one_is_named() {
        let named = |names: &[&str]| Body {
            names: names
                .iter()
                .map(|it| body_name(it).expect("a name"))
                .collect(),
            ..Default::default()
        };
        let additions = |add: &[&str], remove: &[&str]| BodyAdditions {
            add_names: named(add).names,
            remove_names: named(remove).names,
            ..Default::default()
        };
        let apply = |additions: BodyAdditions, body: &mut Body| additions.apply(body).ok();
        let mut body = named(&["METI:en", "METI:ja", "MITI"]);
        let changed = apply(additions(&["ANRE"], &["METI:ja"]), &mut body);
        assert_eq!(changed, Some(vec!["names".into()]));
        assert_eq!(body, named(&["METI:en", "MITI", "ANRE"]));
        apply(additions(&[], &["METI"]), &mut body);
        assert_eq!(body, named(&["MITI", "ANRE"]));
        assert_eq!(apply(additions(&["MITI"], &[]), &mut body), Some(vec![]));
    }
}
