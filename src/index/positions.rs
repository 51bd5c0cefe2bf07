use roaring::RoaringBitmap;

/// Up to this many positions are stored inline, without an allocation.
const INLINE_MAX: usize = 3;

/// A set of positions. Most values belong to one, two or three events, for which a bitmap would take
/// twenty times the memory.
#[derive(Clone, Debug)]
pub(super) enum Positions {
    /// The positions in order. Unused entries are 0, which is no position of a change.
    Few([u32; INLINE_MAX]),
    Many(Box<Many>),
}

/// Four positions or more.
#[derive(Clone, Debug)]
pub(super) struct Many {
    set: RoaringBitmap,
    /// The position that was added last; a text often has a word several times.
    last: u32,
}

impl Default for Positions {
    fn default() -> Positions {
        Positions::Few([0; INLINE_MAX])
    }
}

impl Positions {
    /// Adds a position. Adding it again changes nothing.
    pub(super) fn insert(&mut self, position: u32) {
        match self {
            Positions::Many(many) => {
                if many.last != position {
                    many.last = position;
                    many.set.insert(position);
                }
            }
            Positions::Few(few) => {
                if few.contains(&position) {
                    return;
                }
                match few.iter_mut().find(|free| **free == 0) {
                    Some(free) => {
                        *free = position;
                        self.sort();
                    }
                    None => {
                        let set = few.iter().copied().chain([position]).collect();
                        let last = position;
                        *self = Positions::Many(Box::new(Many { set, last }));
                    }
                }
            }
        }
    }

    /// Removes a position; returns false if it was not in the set.
    pub(super) fn remove(&mut self, position: u32) -> bool {
        match self {
            Positions::Many(many) => {
                many.last = 0;
                many.set.remove(position)
            }
            Positions::Few(few) => {
                let Some(place) = few.iter_mut().find(|place| **place == position) else {
                    return false;
                };
                *place = 0;
                self.sort();
                true
            }
        }
    }

    pub(super) fn contains(&self, position: u32) -> bool {
        match self {
            Positions::Many(many) => many.set.contains(position),
            Positions::Few(few) => few.contains(&position),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Positions::Many(many) => many.set.is_empty(),
            Positions::Few(few) => few[0] == 0,
        }
    }

    /// Whether any position is at `upto` or before.
    pub(super) fn any_up_to(&self, upto: u32) -> bool {
        let first = match self {
            Positions::Many(many) => many.set.min(),
            Positions::Few(_) => self.few().next(),
        };
        first.is_some_and(|first| first <= upto)
    }

    /// Returns the cost of looking at all positions; looking at one costs 1.
    pub(super) fn work(&self) -> u64 {
        match self {
            Positions::Many(many) => 2 + many.set.len() / 16,
            Positions::Few(_) => 2,
        }
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Positions::Many(many) => many.set.len(),
            Positions::Few(_) => self.few().count() as u64,
        }
    }

    pub(super) fn to_bitmap(&self) -> RoaringBitmap {
        match self {
            Positions::Many(many) => many.set.clone(),
            Positions::Few(_) => self.few().collect(),
        }
    }

    /// Returns the intersection with another set.
    pub(super) fn among(&self, set: &RoaringBitmap) -> RoaringBitmap {
        match self {
            Positions::Many(many) => &many.set & set,
            Positions::Few(_) => self.few().filter(|at| set.contains(*at)).collect(),
        }
    }

    pub(super) fn add_to(&self, set: &mut RoaringBitmap) {
        match self {
            Positions::Many(many) => *set |= &many.set,
            Positions::Few(_) => set.extend(self.few()),
        }
    }

    fn few(&self) -> impl Iterator<Item = u32> {
        let few = match self {
            Positions::Few(few) => *few,
            Positions::Many(_) => [0; INLINE_MAX],
        };
        few.into_iter().take_while(|at| *at != 0)
    }

    fn sort(&mut self) {
        if let Positions::Few(few) = self {
            few.sort_unstable_by_key(|at| at.wrapping_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_sets_alike() {
        for count in 1..=6_u32 {
            let all: Vec<u32> = (1..=count).map(|at| at * 100_000).collect();
            let mut set = Positions::default();
            assert!(set.is_empty());
            for at in all.iter().rev().chain(&all) {
                set.insert(*at);
            }
            assert_eq!(set.to_bitmap().iter().collect::<Vec<_>>(), all);
            let even: RoaringBitmap = (0..=6).step_by(2).map(|at| at * 100_000).collect();
            assert_eq!(set.among(&even), &set.to_bitmap() & &even);
            let mut same = RoaringBitmap::new();
            set.add_to(&mut same);
            assert_eq!(same, set.to_bitmap());
            assert!(set.any_up_to(100_000) && !set.any_up_to(99_999));
            for at in &all {
                assert!(set.contains(*at) && set.remove(*at));
                assert!(!set.contains(*at) && !set.remove(*at));
            }
            assert!(set.is_empty());
        }
    }
}
