//! Reads requests that write partnerships and bodies.

use std::marker::PhantomData;

use super::write;
use crate::{
    command::{Method, Write},
    domain::ResourceName,
    proto::v1,
    publish::{
        BodyRedaction, BodyUpdate, NewBody, NewPartnership, PartnershipRedaction, PartnershipUpdate,
    },
    rejection::Rejection,
    wire::NoteMessage,
};

impl TryFrom<v1::CreatePartnershipRequest> for Write<NewPartnership> {
    type Error = Rejection;

    fn try_from(request: v1::CreatePartnershipRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            precondition: request.precondition.clone(),
        };
        let mut terms = write::terms(Method::CreatePartnership, &request, key, conditions)?;
        let known_since = terms.known_since();
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
            message: partnership.into(),
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::UpdatePartnershipRequest> for Write<PartnershipUpdate> {
    type Error = Rejection;

    fn try_from(request: v1::UpdatePartnershipRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(Method::UpdatePartnership, &request, key, conditions)?;
        let known_since = terms.known_since();
        let wrong = &mut terms.wrong;
        let partnership = write::required("partnership", request.partnership);
        let partnership = write::needed(wrong, partnership)?;
        let name = ResourceName::partnership_slug(&partnership.name)
            .map_err(|why| Rejection::argument("partnership.name", why));
        let what = PartnershipUpdate {
            name: ResourceName::Partnership(write::needed(wrong, name)?),
            message: partnership.into(),
            mask: request.update_mask.unwrap_or_default().paths,
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::RedactPartnershipRequest> for Write<PartnershipRedaction> {
    type Error = Rejection;

    fn try_from(request: v1::RedactPartnershipRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(Method::RedactPartnership, &request, key, conditions)?;
        let known_since = terms.known_since();
        let name = ResourceName::partnership_slug(&request.name)
            .map_err(|why| Rejection::argument("name", why));
        let what = PartnershipRedaction {
            name: ResourceName::Partnership(write::needed(&mut terms.wrong, name)?),
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
            known_since,
            of: PhantomData,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::CreateBodyRequest> for Write<NewBody> {
    type Error = Rejection;

    fn try_from(request: v1::CreateBodyRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            precondition: request.precondition.clone(),
        };
        let mut terms = write::terms(Method::CreateBody, &request, key, conditions)?;
        let known_since = terms.known_since();
        let wrong = &mut terms.wrong;
        let body = write::required("body", request.body);
        let body = write::needed(wrong, body)?;
        let name = write::new_name(
            "body",
            &request.body_id,
            &body.name,
            ResourceName::body_slug,
        );
        let name = write::heard(wrong, name)?.unwrap_or_else(write::stand_in);
        let what = NewBody {
            name: ResourceName::Body(name),
            message: body.into(),
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::UpdateBodyRequest> for Write<BodyUpdate> {
    type Error = Rejection;

    fn try_from(request: v1::UpdateBodyRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(Method::UpdateBody, &request, key, conditions)?;
        let known_since = terms.known_since();
        let wrong = &mut terms.wrong;
        let body = write::required("body", request.body);
        let body = write::needed(wrong, body)?;
        let name = ResourceName::body_slug(&body.name)
            .map_err(|why| Rejection::argument("body.name", why));
        let what = BodyUpdate {
            name: ResourceName::Body(write::needed(wrong, name)?),
            message: body.into(),
            mask: request.update_mask.unwrap_or_default().paths,
            note: request.change_note.map(NoteMessage::from),
            known_since,
        };
        Ok(Write { what, terms })
    }
}

impl TryFrom<v1::RedactBodyRequest> for Write<BodyRedaction> {
    type Error = Rejection;

    fn try_from(request: v1::RedactBodyRequest) -> Result<Self, Rejection> {
        let key = (&*request.request_id, request.validate_only);
        let conditions = write::Conditions {
            known_since: request.known_since,
            tracking: request.tracking.clone(),
            ..Default::default()
        };
        let mut terms = write::terms(Method::RedactBody, &request, key, conditions)?;
        let known_since = terms.known_since();
        let name =
            ResourceName::body_slug(&request.name).map_err(|why| Rejection::argument("name", why));
        let what = BodyRedaction {
            name: ResourceName::Body(write::needed(&mut terms.wrong, name)?),
            etag: request.etag,
            note: request.change_note.map(NoteMessage::from),
            known_since,
            of: PhantomData,
        };
        Ok(Write { what, terms })
    }
}
