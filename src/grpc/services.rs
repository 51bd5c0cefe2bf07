use std::time::Duration;

use super::{
    admin::{Admin, limits},
    events::Events,
    partnerships::Partnerships,
    publisher::Publishing,
    subscriptions::Subscriptions,
};
use crate::{
    command::Commands,
    feed::WatchLimits,
    wire::services::{
        admin_service_server::AdminServiceServer, event_service_server::EventServiceServer,
        partnership_service_server::PartnershipServiceServer,
        publisher_service_server::PublisherServiceServer,
        subscription_service_server::SubscriptionServiceServer,
    },
};

/// What clients meet as limits and defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    pub heartbeat_default: Duration,
    pub message_size_max: usize,
    pub watch_limits: WatchLimits,
    pub watch_max_age: Duration,
    pub watch_stall_timeout: Duration,
}

/// The services that stand on the store.
pub struct Services {
    pub events: EventServiceServer<Events>,
    pub partnerships: PartnershipServiceServer<Partnerships>,
    pub publisher: PublisherServiceServer<Publishing>,
    pub subscriptions: SubscriptionServiceServer<Subscriptions>,
    pub admin: AdminServiceServer<Admin>,
}

/// Puts the services on a store.
pub fn services(commands: Commands, settings: Settings) -> Services {
    let (store, feed) = (commands.store.clone(), commands.feed.clone());
    let drain = feed.drain().clone();
    let events = Events {
        store: store.clone(),
        feed: feed.clone(),
        heartbeat_default: settings.heartbeat_default,
    };
    let subscriptions = Subscriptions {
        store: store.clone(),
        feed: feed.clone(),
        heartbeat_default: settings.heartbeat_default,
    };
    let admin = Admin {
        store: store.clone(),
        commands: commands.clone(),
        feed,
        limits: limits(&settings),
        start_micros: store.clock().now_micros(),
    };
    Services {
        events: EventServiceServer::new(events),
        partnerships: PartnershipServiceServer::new(Partnerships {
            store,
            drain,
            commands: commands.clone(),
        }),
        publisher: PublisherServiceServer::new(Publishing { commands }),
        subscriptions: SubscriptionServiceServer::new(subscriptions),
        admin: AdminServiceServer::new(admin),
    }
}
