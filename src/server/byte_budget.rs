//! Bounds on bytes that clients make the server hold, per connection and in total.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::transport::server::TcpConnectInfo;

/// Bytes are counted in units of this length.
const PIECE_LEN: usize = 1024;

/// A budget for one kind of bytes. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct ByteBudget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    in_all: Arc<Semaphore>,
    in_all_max: u32,
    per_connection_max: u32,
    connections: Mutex<HashMap<SocketAddr, Weak<Semaphore>>>,
}

/// The share of one connection.
#[derive(Clone, Debug)]
pub(super) struct Share {
    room: Arc<Inner>,
    connection: Arc<Semaphore>,
}

/// Reserved bytes. Dropping this frees them.
#[derive(Debug)]
pub(super) struct ReservedBytes {
    connection: OwnedSemaphorePermit,
    in_all: OwnedSemaphorePermit,
}

impl ByteBudget {
    /// Makes a budget with these bounds.
    pub(super) fn new(in_all_max: u64, per_connection_max: u64) -> ByteBudget {
        let in_all_max = pieces(in_all_max);
        let per_connection_max = pieces(per_connection_max).min(in_all_max);
        ByteBudget(Arc::new(Inner {
            in_all: Arc::new(Semaphore::new(in_all_max as usize)),
            in_all_max,
            per_connection_max,
            connections: Mutex::default(),
        }))
    }

    /// Returns the share of the connection from this address. Calls of unknown origin get one each.
    pub(super) fn share(&self, peer: Option<SocketAddr>) -> Share {
        Share {
            room: self.0.clone(),
            connection: match peer {
                Some(peer) => self.0.of_connection(peer),
                None => self.0.new_connection(),
            },
        }
    }

    /// Returns the share of the connection of a call, which has these extensions.
    pub(super) fn share_of(&self, call: &Extensions) -> Share {
        let connection = call.get::<TcpConnectInfo>();
        self.share(connection.and_then(TcpConnectInfo::remote_addr))
    }

    /// Bytes that are reserved now.
    pub(super) fn held_bytes(&self) -> u64 {
        let free = self.0.in_all.available_permits();
        ((self.0.in_all_max as usize - free) * PIECE_LEN) as u64
    }
}

impl Inner {
    fn of_connection(&self, peer: SocketAddr) -> Arc<Semaphore> {
        let connections = self.connections.lock();
        let mut connections = connections.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = connections.get(&peer).and_then(Weak::upgrade) {
            return known;
        }
        // Cleaned before it grows, so that closed connections cost no more than open ones.
        if connections.len() == connections.capacity() {
            connections.retain(|_, connection| connection.strong_count() > 0);
        }
        let new = self.new_connection();
        connections.insert(peer, Arc::downgrade(&new));
        new
    }

    fn new_connection(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(self.per_connection_max as usize))
    }
}

impl Share {
    /// Waits in turn until the bytes are free. A request for more than the bound gets the whole budget.
    pub(super) async fn take(self, bytes: usize) -> ReservedBytes {
        let wanted = pieces(bytes as u64);
        let Share { room, connection } = self;
        let open = "room is never closed";
        // In this order, so that a call that waits for its own connection holds nothing that others need.
        let of_connection = wanted.min(room.per_connection_max);
        let connection = connection.acquire_many_owned(of_connection);
        let connection = connection.await.expect(open);
        let in_all = room.in_all.clone();
        let in_all = in_all.acquire_many_owned(of_connection).await.expect(open);
        ReservedBytes { connection, in_all }
    }

    /// Reserves bytes if they are free.
    pub(super) fn try_take(&self, bytes: usize) -> Option<ReservedBytes> {
        let wanted = pieces(bytes as u64);
        let connection = self
            .connection
            .clone()
            .try_acquire_many_owned(wanted)
            .ok()?;
        let in_all = self.room.in_all.clone();
        let in_all = in_all.try_acquire_many_owned(wanted).ok()?;
        Some(ReservedBytes { connection, in_all })
    }
}

impl ReservedBytes {
    /// Frees everything beyond this many bytes.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let needed = pieces(bytes as u64) as usize;
        for permit in [&mut self.connection, &mut self.in_all] {
            drop(permit.split(permit.num_permits().saturating_sub(needed)));
        }
    }

    /// Adds the bytes of another reservation.
    pub(super) fn merge(&mut self, other: ReservedBytes) {
        self.connection.merge(other.connection);
        self.in_all.merge(other.in_all);
    }
}

fn pieces(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(PIECE_LEN as u64)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> Option<SocketAddr> {
        Some(([127, 0, 0, 1], port).into())
    }

    #[test]
    fn a_connection_has_its_part_and_all_have_theirs() {
        let room = ByteBudget::new(10 << 10, 6 << 10);
        let first = room.share(peer(1)).try_take(5 << 10).expect("room");
        assert!(room.share(peer(1)).try_take(2 << 10).is_none());
        let second = room.share(peer(2)).try_take(5 << 10).expect("room");
        assert_eq!(room.held_bytes(), 10 << 10);
        assert!(room.share(peer(3)).try_take(1).is_none());
        drop((first, second));
        assert_eq!(room.held_bytes(), 0);
        assert!(room.share(peer(1)).try_take(6 << 10).is_some());
    }

    #[tokio::test]
    async fn who_wants_more_than_there_can_be_gets_all_and_gives_back() {
        let room = ByteBudget::new(10 << 10, 6 << 10);
        let mut held = room.share(peer(1)).take(1 << 30).await;
        assert_eq!(room.held_bytes(), 6 << 10);
        held.shrink_to(1);
        assert_eq!(room.held_bytes(), 1 << 10);
        held.merge(room.share(peer(1)).try_take(2 << 10).expect("room"));
        assert_eq!(room.held_bytes(), 3 << 10);
    }

    #[test]
    fn closed_connections_are_forgotten() {
        let room = ByteBudget::new(1 << 20, 1 << 20);
        for port in 0..10_000 {
            drop(room.share(peer(port)));
        }
        assert!(room.0.connections.lock().expect("sound").len() < 100);
    }
}
