use rustix::process::{Resource, getrlimit};

/// Of the file descriptors that the process may have, these are kept for the store's files, the
/// admin port and what opens a file for a moment, and so is one of sixteen.
const RESERVE: u64 = 64;

/// Default number of connections.
const IN_ALL_DEFAULT_MAX: u64 = 10_000;

/// Limits of connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Bounds {
    /// In total.
    pub in_all: usize,
    /// Per address.
    pub per_address: usize,
}

impl Bounds {
    /// Returns the requested limits, but never so many that file descriptors run out. By default one address
    /// may have half of them.
    pub(crate) fn new(in_all: Option<u32>, per_address: Option<u32>) -> Bounds {
        let descriptors = getrlimit(Resource::Nofile).current;
        let bounds = Bounds::within(descriptors, in_all, per_address);
        if let Some(asked) = in_all
            && bounds.in_all < asked as usize
        {
            tracing::warn!(
                asked,
                served = bounds.in_all,
                "too few file descriptors for --connections-max; raise ulimit -n"
            );
        }
        bounds
    }

    fn within(descriptors: Option<u64>, in_all: Option<u32>, per_address: Option<u32>) -> Bounds {
        let possible = descriptors.map_or(u64::MAX, |all| {
            // With very few descriptors, half of them must suffice.
            let reserve = (RESERVE + all / 16).min(all / 2);
            (all - reserve).max(1)
        });
        let wanted = in_all.map_or(IN_ALL_DEFAULT_MAX, u64::from);
        let in_all = usize::try_from(possible.min(wanted)).unwrap_or(usize::MAX);
        let half = in_all.div_ceil(2);
        Bounds {
            in_all,
            per_address: per_address.map_or(half, |count| count as usize).min(in_all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b5_file_descriptors_are_left_whatever_is_asked_for() {
        let bounds = |descriptors, in_all| {
            let bounds = Bounds::within(descriptors, in_all, None);
            (bounds.in_all, bounds.per_address)
        };
        assert_eq!(bounds(Some(256), None), (176, 88));
        assert_eq!(bounds(Some(256), Some(5_000)), (176, 88));
        assert_eq!(bounds(Some(1_024), None), (896, 448));
        assert_eq!(bounds(Some(1_024), Some(5)), (5, 3));
        assert_eq!(bounds(Some(1 << 20), None), (10_000, 5_000));
        assert_eq!(bounds(Some(8), None), (4, 2));
        assert_eq!(bounds(None, Some(20_000)), (20_000, 10_000));
    }

    #[test]
    fn one_address_may_have_as_many_as_were_asked_for() {
        let per_address = |count| Bounds::within(Some(256), None, Some(count)).per_address;
        assert_eq!((per_address(10), per_address(10_000)), (10, 176));
    }
}
