//! Reads requests that write partnerships.

use super::write;
use crate::{
    command::{Method, Write},
    domain::ResourceName,
    proto::v1,
    publish::{NewPartnership, PartnershipUpdate},
    rejection::Rejection,
    wire::NoteMessage,
};

impl TryFrom<v1::CreatePartnershipRequest> for Write<NewPartnership> {
    type Error = Rejection;

    fn try_from(request: v1::CreatePartnershipRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let mut terms = write::terms(Method::CreatePartnership, &request, id, validate_only);
        let wrong = &mut terms.wrong;
        let partnership = write::required("partnership", request.partnership);
        let partnership = write::needed(wrong, partnership)?;
        let name = write::new_name(
            "partnership",
            &request.partnership_id,
            &partnership.name,
            ResourceName::partnership_slug,
        );
        let name = write::heard(wrong, name)?.unwrap_or_else(write::stand_in);
        let what = NewPartnership {
            name: ResourceName::Partnership(name),
            partnership: partnership.into(),
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::UpdatePartnershipRequest> for Write<PartnershipUpdate> {
    type Error = Rejection;

    fn try_from(request: v1::UpdatePartnershipRequest) -> Result<Self, Rejection> {
        let (id, validate_only) = (&request.request_id, request.validate_only);
        let mut terms = write::terms(Method::UpdatePartnership, &request, id, validate_only);
        let wrong = &mut terms.wrong;
        let partnership = write::required("partnership", request.partnership);
        let partnership = write::needed(wrong, partnership)?;
        let name = ResourceName::partnership_slug(&partnership.name)
            .map_err(|why| Rejection::argument("partnership.name", why));
        let what = PartnershipUpdate {
            name: ResourceName::Partnership(write::needed(wrong, name)?),
            partnership: partnership.into(),
            mask: request.update_mask.unwrap_or_default().paths,
            note: request.change_note.map(NoteMessage::from),
        };
        Ok(Write { what, terms })
    }
}
