use std::time::Duration;

use super::{
    admin::Admin, bodies::Bodies, events::Events, partnerships::Partnerships,
    publisher::Publishing, server_info, subscriptions::Subscriptions,
};
use crate::{
    command::Commands,
    feed::WatchLimits,
    wire::services::{
        admin_service_server::AdminServiceServer, body_service_server::BodyServiceServer,
        event_service_server::EventServiceServer,
        partnership_service_server::PartnershipServiceServer,
        publisher_service_server::PublisherServiceServer,
        subscription_service_server::SubscriptionServiceServer,
    },
};

/// Limits and defaults that clients can observe.
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
    pub bodies: BodyServiceServer<Bodies>,
    pub publisher: PublisherServiceServer<Publishing>,
    pub subscriptions: SubscriptionServiceServer<Subscriptions>,
    pub admin: AdminServiceServer<Admin>,
}

/// Serves commands as gRPC.
pub fn services(commands: Commands, settings: Settings) -> Services {
    let heartbeat_default = settings.heartbeat_default;
    let events = Events {
        commands: commands.clone(),
        heartbeat_default,
    };
    let partnerships = Partnerships {
        commands: commands.clone(),
    };
    let bodies = Bodies {
        commands: commands.clone(),
    };
    let publisher = Publishing {
        commands: commands.clone(),
    };
    let subscriptions = Subscriptions {
        commands: commands.clone(),
        heartbeat_default,
    };
    let limits = server_info::limits(&settings);
    Services {
        events: EventServiceServer::new(events),
        partnerships: PartnershipServiceServer::new(partnerships),
        bodies: BodyServiceServer::new(bodies),
        publisher: PublisherServiceServer::new(publisher),
        subscriptions: SubscriptionServiceServer::new(subscriptions),
        admin: AdminServiceServer::new(Admin { commands, limits }),
    }
}
