use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::store::failed;
use crate::{rejection::Rejection, store::StoreError};

#[test]
fn damage_is_told_as_data_loss_with_its_place_and_what_to_do() {
    let record = StoreError::Damaged {
        position: 7,
        what: "wrong checksum".to_owned(),
    };
    let subscription = StoreError::DamagedSubscription {
        name: "subscriptions/radar".to_owned(),
        what: "wrong checksum".to_owned(),
    };
    for (error, place) in [
        (record, "position 7"),
        (subscription, "subscriptions/radar"),
    ] {
        let status = failed(&error);
        let info = status.get_details_error_info().expect("a reason");
        assert_eq!(
            (status.code(), info.reason.as_str()),
            (Code::DataLoss, "STORE_CORRUPT")
        );
        assert!(status.message().contains(place), "{}", status.message());
        assert!(
            status.message().contains("restore a backup"),
            "{}",
            status.message()
        );
    }
    let position = failed(&StoreError::Damaged {
        position: 7,
        what: String::new(),
    });
    let info = position.get_details_error_info().expect("a reason");
    assert_eq!(info.metadata["position"], "7");
}

#[test]
fn b9_a_refusal_asks_to_try_again_only_where_that_can_help() {
    let name = || "events/a".to_owned();
    let store = |error| Rejection::Store(error);
    let refusals: Vec<(Rejection, bool)> = vec![
        (Rejection::argument("name", "is wrong"), false),
        (Rejection::PageToken { why: "" }, false),
        (Rejection::ResumeToken { why: "" }, false),
        (Rejection::not_found("events/a"), false),
        (Rejection::AlreadyExists { name: name() }, false),
        (
            Rejection::PositionInFuture {
                requested: 2,
                head: 1,
            },
            false,
        ),
        (
            Rejection::RequestIdReused {
                request_id: name(),
                name: name(),
            },
            false,
        ),
        (
            Rejection::LeaseLost {
                name: name(),
                epoch: 1,
            },
            false,
        ),
        (
            Rejection::NotSent {
                name: name(),
                requested: 2,
                sent: 1,
            },
            false,
        ),
        (Rejection::TooManySubscriptions { limit: 1 }, false),
        (
            Rejection::TooLarge {
                what: "it",
                size: 2,
                limit: 1,
            },
            false,
        ),
        (Rejection::Contended { name: name() }, true),
        (Rejection::ExportOvertaken { name: name() }, true),
        (
            Rejection::TooManyWatches {
                limit: 1,
                holder: None,
            },
            true,
        ),
        (
            Rejection::Late {
                waited: Duration::ZERO,
                what: name(),
            },
            true,
        ),
        (Rejection::Draining, true),
        (store(StoreError::Closed), true),
        // Until an operator has made room, which is seen at once.
        (
            store(StoreError::Full {
                free: 1,
                reserve: 2,
            }),
            true,
        ),
        (
            store(StoreError::Damaged {
                position: 1,
                what: name(),
            }),
            false,
        ),
    ];
    for (rejection, helps) in refusals {
        let told = format!("{rejection:?}");
        let status = Status::from(rejection);
        assert_eq!(status.get_details_retry_info().is_some(), helps, "{told}");
    }
}
