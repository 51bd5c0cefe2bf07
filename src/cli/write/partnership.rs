use clap::Args;

use crate::{
    cli::{connect::Connection, failure::Failure, parse},
    proto::v1::{
        CreatePartnershipRequest, CreatePartnershipResponse, GetPartnershipRequest, Identifier,
        Partnership, Party, UpdatePartnershipRequest, UpdatePartnershipResponse,
    },
};

use super::{
    additions::{self, changed_list},
    answer::{Outcome, Written},
    content::{date, set, some},
    identifier::identifier,
    party::party,
    resource::{Additions, Answer, Common, Correction, Creation, Resource},
    unusual_words::unusual_words,
};

/// Options for the common fields of a partnership. Other fields need a file.
#[derive(Args, Debug)]
#[group(id = "content")]
pub(in crate::cli) struct PartnershipOptions {
    /// Name for people.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Language of its name, such as ja. English if omitted.
    #[arg(long, value_name = "LANGUAGE", value_parser = parse::language)]
    language: Option<String>,

    /// Form: partnership, treaty, memorandum, dialogue, council, programme, or another word.
    #[arg(long, value_name = "FORM")]
    form: Option<String>,

    /// Status: active, in-negotiation, signed-not-in-force, suspended, superseded, concluded,
    /// unknown, or another word.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,

    /// When it was set up, only as precisely as it is known: 2022, 2022-05, 2022-05-12.
    #[arg(long, value_name = "DATE")]
    established: Option<String>,

    /// When it ended.
    #[arg(long, value_name = "DATE")]
    ended: Option<String>,

    /// Code of a state or union that takes part, or a body, with its role if known: JP, EU:lead,
    /// bodies/meti. Can be repeated.
    #[arg(long = "party", value_name = "CODE[:ROLE]", value_parser = party)]
    parties: Vec<Party>,

    /// A topic, such as semiconductors. Can be repeated.
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// A partnership that replaced it. Can be repeated.
    #[arg(long = "successor", value_name = "NAME", value_parser = parse::partnership_name)]
    successors: Vec<String>,

    /// An official number or another identifier: celex=22024A00001. Can be repeated.
    #[arg(long = "identifier", value_name = "SCHEME=VALUE", value_parser = identifier)]
    identifiers: Vec<Identifier>,

    /// Web address of a record elsewhere about the same thing. Can be repeated.
    #[arg(long = "same-as", value_name = "URI")]
    same_as: Vec<String>,

    /// Notes.
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// Options that add or remove single items of lists of a partnership.
#[derive(Args, Debug)]
// Clap puts no option into the group of a struct that flattens another one.
#[group(id = "additions")]
pub(in crate::cli) struct PartnershipAdditions {
    #[command(flatten)]
    shared: additions::Additions,

    /// Add a partnership that replaced it. Can be repeated.
    #[arg(group = "additions", long = "add-successor", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "successors")]
    add_successors: Vec<String>,

    /// Remove a partnership that replaced it. Can be repeated.
    #[arg(group = "additions", long = "remove-successor", value_name = "NAME", value_parser = parse::partnership_name,
        conflicts_with = "successors")]
    remove_successors: Vec<String>,
}

impl Resource for Partnership {
    const COLLECTION: &'static str = "partnerships";
    const NOUN: &'static str = "partnership";
    const EXAMPLE: &'static str = "eu-japan-digital-partnership";

    type Options = PartnershipOptions;
    type Additions = PartnershipAdditions;
    type Created = CreatePartnershipResponse;
    type Updated = UpdatePartnershipResponse;

    fn from_options(options: PartnershipOptions) -> (Self, Vec<String>) {
        let mut partnership = Self::default();
        let mut said = Vec::new();
        let mut text = |field: &mut String, value, path| set(field, value, path, &mut said);
        text(
            &mut partnership.display_name,
            options.display_name,
            "display_name",
        );
        text(
            &mut partnership.language_code,
            options.language,
            "language_code",
        );
        text(&mut partnership.form, options.form, "form");
        text(&mut partnership.status, options.status, "status");
        text(&mut partnership.notes, options.notes, "notes");
        for (field, value, path) in [
            (
                &mut partnership.established,
                options.established,
                "established",
            ),
            (&mut partnership.ended, options.ended, "ended"),
        ] {
            set(field, value.map(date), path, &mut said);
        }
        for (field, value, path) in [
            (&mut partnership.topics, options.topics, "topics"),
            (
                &mut partnership.successors,
                options.successors,
                "successors",
            ),
            (&mut partnership.same_as, options.same_as, "same_as"),
        ] {
            set(field, some(value), path, &mut said);
        }
        set(
            &mut partnership.parties,
            some(options.parties),
            "parties",
            &mut said,
        );
        let identifiers = some(options.identifiers);
        set(
            &mut partnership.identifiers,
            identifiers,
            "identifiers",
            &mut said,
        );
        (partnership, said)
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

    fn parties(&mut self) -> &mut [Party] {
        &mut self.parties
    }

    fn hints(&self) -> Vec<String> {
        unusual_words(self)
    }

    fn unchanged(self) -> UpdatePartnershipResponse {
        UpdatePartnershipResponse {
            partnership: Some(self),
            replayed: false,
            unchanged: true,
        }
    }

    async fn read(name: String, server: &Connection) -> Result<Self, Failure> {
        let call = server.request(GetPartnershipRequest {
            name,
            ..Default::default()
        });
        let mut partnerships = server.partnerships();
        let read = server.answer(partnerships.get_partnership(call)).await?;
        Ok(read.partnership.unwrap_or_default())
    }

    async fn create(
        creation: Creation<Self>,
        server: &Connection,
    ) -> Result<CreatePartnershipResponse, Failure> {
        let call = server.request(CreatePartnershipRequest {
            partnership: Some(creation.resource),
            partnership_id: creation.id,
            request_id: creation.write.request_id,
            validate_only: creation.write.dry_run,
            known_since: creation.write.known_since,
            change_note: creation.change_note,
            precondition: creation.precondition,
            tracking: creation.write.tracking,
        });
        let mut partnerships = server.partnerships();
        server.answer(partnerships.create_partnership(call)).await
    }

    async fn update(
        correction: Correction<Self>,
        server: &Connection,
    ) -> Result<UpdatePartnershipResponse, Failure> {
        let call = server.request(UpdatePartnershipRequest {
            update_mask: correction.update_mask(),
            partnership: Some(correction.resource),
            change_note: correction.change_note,
            request_id: correction.write.request_id,
            validate_only: correction.write.dry_run,
            known_since: correction.write.known_since,
            tracking: correction.write.tracking,
        });
        let mut partnerships = server.partnerships();
        server.answer(partnerships.update_partnership(call)).await
    }
}

impl Answer<Partnership> for CreatePartnershipResponse {
    fn resource(&self) -> Option<&Partnership> {
        self.partnership.as_ref()
    }

    fn outcome(&self, dry_run: bool) -> Outcome {
        Outcome::of(self.replayed, dry_run)
    }
}

impl Answer<Partnership> for UpdatePartnershipResponse {
    fn resource(&self) -> Option<&Partnership> {
        self.partnership.as_ref()
    }

    fn outcome(&self, dry_run: bool) -> Outcome {
        Outcome::of_update(self.replayed, self.unchanged, dry_run)
    }
}

impl Additions<Partnership> for PartnershipAdditions {
    fn is_empty(&self) -> bool {
        self.shared.is_empty()
            && self.add_successors.is_empty()
            && self.remove_successors.is_empty()
    }

    async fn complete(&mut self, server: &Connection) -> Result<(), Failure> {
        self.shared.complete(server).await
    }

    fn apply(&self, partnership: &mut Partnership) -> Result<Vec<String>, Failure> {
        let mut changed = self.shared.apply_to_partnership(partnership)?;
        let (add, remove) = (&self.add_successors, &self.remove_successors);
        let successors = &mut partnership.successors;
        if changed_list(successors, add, remove, String::eq, "successor")? {
            changed.push("successors".to_owned());
        }
        Ok(changed)
    }
}
