use std::net::SocketAddr;

use entente::proto::{
    health::health_client::HealthClient,
    v1::{
        BatchCreateEventsRequest, Body, CreateBodyRequest, CreateEventRequest,
        CreatePartnershipRequest, Event, GetServerInfoRequest, GetServerInfoResponse, Partnership,
        RetractEventRequest, UpdateEventRequest, WatchEventsRequest,
        admin_service_client::AdminServiceClient, body_service_client::BodyServiceClient,
        event_service_client::EventServiceClient,
        partnership_service_client::PartnershipServiceClient,
        publisher_service_client::PublisherServiceClient,
    },
};
use tonic::transport::{Channel, Endpoint};

use super::{Watcher, soon};

/// What talks to a server, whatever process that is in.
pub struct Clients {
    grpc: SocketAddr,
    admin: SocketAddr,
    channel: Channel,
}

impl Clients {
    /// Of a server that listens there.
    pub async fn connect(grpc: SocketAddr, admin: SocketAddr) -> Clients {
        let channel = connect(grpc).await;
        Clients {
            grpc,
            admin,
            channel,
        }
    }

    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc
    }

    pub fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A connection of its own that holds 64 KiB of what is not read.
    pub async fn narrow_channel(&self) -> Channel {
        let endpoint = endpoint(self.grpc)
            .initial_stream_window_size(64 << 10)
            .initial_connection_window_size(64 << 10);
        soon("a connection", endpoint.connect())
            .await
            .expect("the server listens")
    }

    pub fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel())
    }

    pub fn partnerships(&self) -> PartnershipServiceClient<Channel> {
        PartnershipServiceClient::new(self.channel())
    }

    pub fn publisher(&self) -> PublisherServiceClient<Channel> {
        PublisherServiceClient::new(self.channel())
    }

    pub fn admin(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel())
    }

    pub fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel())
    }

    pub async fn info(&self) -> GetServerInfoResponse {
        let answer = self.admin().get_server_info(GetServerInfoRequest {}).await;
        answer.expect("info is always served").into_inner()
    }

    pub async fn watch(&self, request: WatchEventsRequest) -> Watcher {
        Watcher::open(self, request).await
    }

    /// Publishes an event and gives it as it was written.
    pub async fn publish(&self, event: Event) -> Event {
        let request = CreateEventRequest {
            event: Some(event),
            ..CreateEventRequest::default()
        };
        let answer = self
            .publisher()
            .create_event(request)
            .await
            .expect("a valid event");
        answer.into_inner().event.expect("the answer has the event")
    }

    /// Publishes events in one write.
    pub async fn publish_all(&self, events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let request = |event| CreateEventRequest {
            event: Some(event),
            ..Default::default()
        };
        let requests = events.into_iter().map(request).collect();
        let request = BatchCreateEventsRequest {
            requests,
            ..Default::default()
        };
        let answer = self
            .publisher()
            .batch_create_events(request)
            .await
            .expect("valid events");
        answer.into_inner().events
    }

    /// Gives an event the fields that are set in `event`.
    pub async fn update(&self, event: Event) -> Event {
        let request = UpdateEventRequest {
            event: Some(event),
            ..UpdateEventRequest::default()
        };
        let answer = self
            .publisher()
            .update_event(request)
            .await
            .expect("a valid update");
        answer.into_inner().event.expect("the answer has the event")
    }

    pub async fn retract(&self, name: &str) -> Event {
        let request = RetractEventRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let answer = self
            .publisher()
            .retract_event(request)
            .await
            .expect("an active event");
        answer.into_inner().event.expect("the answer has the event")
    }

    pub fn bodies(&self) -> BodyServiceClient<Channel> {
        BodyServiceClient::new(self.channel())
    }

    pub async fn publish_body(&self, body: Body) -> Body {
        let request = CreateBodyRequest {
            body: Some(body),
            ..Default::default()
        };
        let answer = self.bodies().create_body(request).await;
        let answer = answer.expect("a valid body").into_inner();
        answer.body.expect("the answer has the body")
    }

    pub async fn publish_partnership(&self, partnership: Partnership) -> Partnership {
        let partnership = Some(partnership);
        let request = CreatePartnershipRequest {
            partnership,
            ..Default::default()
        };
        let answer = self.partnerships().create_partnership(request).await;
        let answer = answer.expect("a valid partnership").into_inner();
        answer.partnership.expect("the answer has the partnership")
    }
}

async fn connect(address: SocketAddr) -> Channel {
    soon("a connection", endpoint(address).connect())
        .await
        .expect("the server listens")
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{address}")).expect("an address")
}
