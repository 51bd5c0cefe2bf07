use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Bounds;

/// The holder of a slot: an address, or the /64 network of an IPv6 address, because a single machine has
/// countless addresses there.
type Holder = IpAddr;

/// The slots for connections.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    bounds: Bounds,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_holder: HashMap<Holder, usize>,
}

/// The slot of one connection. Dropping it frees the slot.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    places: Arc<ConnectionSlots>,
    holder: Holder,
}

/// Why there is no free slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Full {
    /// All are taken.
    InAll,
    /// This address has as many as it may have.
    OfAddress,
}

impl ConnectionSlots {
    /// Makes free slots within these bounds.
    pub(super) fn new(bounds: Bounds) -> Arc<ConnectionSlots> {
        Arc::new(ConnectionSlots {
            bounds,
            taken: Mutex::default(),
        })
    }

    /// Takes a slot for a connection from this address.
    pub(super) fn take(
        self: &Arc<ConnectionSlots>,
        address: IpAddr,
    ) -> Result<ConnectionSlot, Full> {
        let holder = holder(address);
        let mut taken = self.lock();
        if taken.in_all >= self.bounds.in_all {
            return Err(Full::InAll);
        }
        let of_holder = taken.by_holder.get(&holder).copied().unwrap_or_default();
        if of_holder >= self.bounds.per_address {
            return Err(Full::OfAddress);
        }
        taken.in_all += 1;
        taken.by_holder.insert(holder, of_holder + 1);
        Ok(ConnectionSlot {
            places: self.clone(),
            holder,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Counts are changed one after the other, and nothing between them panics.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.in_all -= 1;
        if let Entry::Occupied(mut of_holder) = taken.by_holder.entry(self.holder) {
            *of_holder.get_mut() -= 1;
            if *of_holder.get() == 0 {
                of_holder.remove();
            }
        }
    }
}

fn holder(address: IpAddr) -> Holder {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            const HOST: u128 = u64::MAX as u128;
            Ipv6Addr::from_bits(address.to_bits() & !HOST).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Arc<ConnectionSlots> {
        ConnectionSlots::new(Bounds {
            in_all: 3,
            per_address: 2,
        })
    }

    fn take(places: &Arc<ConnectionSlots>, address: &str) -> Result<ConnectionSlot, Full> {
        places.take(address.parse().expect("an address"))
    }

    #[test]
    fn b5_an_address_leaves_places_to_others() {
        let places = places();
        let first = take(&places, "192.0.2.1").expect("free");
        let _second = take(&places, "192.0.2.1").expect("free");
        assert_eq!(take(&places, "192.0.2.1").err(), Some(Full::OfAddress));
        let _third = take(&places, "192.0.2.2").expect("free");
        assert_eq!(take(&places, "192.0.2.3").err(), Some(Full::InAll));
        drop(first);
        let _fourth = take(&places, "192.0.2.1").expect("free again");
    }

    #[test]
    fn b5_a_network_of_ipv6_is_one_address() {
        let places = places();
        let held: Vec<_> = ["2001:db8::1", "2001:db8::2"]
            .map(|address| take(&places, address).expect("free"))
            .into();
        assert_eq!(take(&places, "2001:db8::3").err(), Some(Full::OfAddress));
        take(&places, "2001:db8:0:1::3").expect("another network");
        drop(held);
        assert!(places.lock().by_holder.is_empty());
        let _held = take(&places, "::ffff:192.0.2.1").expect("free");
        let _held_too = take(&places, "192.0.2.1").expect("free");
        assert_eq!(take(&places, "192.0.2.1").err(), Some(Full::OfAddress));
    }
}
