use roaring::RoaringBitmap;

/// So many positions take no memory of their own.
const FEW: usize = 3;

/// A set of positions. Most values are those of one event, or of two or three, for which a bitmap
/// would take twenty times the memory.
#[derive(Clone, Debug)]
pub(super) enum Positions {
    /// In order, and 0, which is no position of a change, behind the last.
    Few([u32; FEW]),
    Many(Box<RoaringBitmap>),
}

impl Default for Positions {
    fn default() -> Positions {
        Positions::Few([0; FEW])
    }
}

impl Positions {
    /// Adds a position; adding it twice is the same as once.
    pub(super) fn insert(&mut self, position: u32) {
        match self {
            Positions::Many(many) => {
                many.insert(position);
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
                        let many = few.iter().copied().chain([position]).collect();
                        *self = Positions::Many(Box::new(many));
                    }
                }
            }
        }
    }

    /// Takes a position out; false when it was not in.
    pub(super) fn remove(&mut self, position: u32) -> bool {
        match self {
            Positions::Many(many) => many.remove(position),
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
            Positions::Many(many) => many.contains(position),
            Positions::Few(few) => few.contains(&position),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Positions::Many(many) => many.is_empty(),
            Positions::Few(few) => few[0] == 0,
        }
    }

    /// Whether any is at `upto` or before.
    pub(super) fn begin_by(&self, upto: u32) -> bool {
        let first = match self {
            Positions::Many(many) => many.min(),
            Positions::Few(_) => self.few().next(),
        };
        first.is_some_and(|first| first <= upto)
    }

    /// What it costs to look at all of them, next to looking at one.
    pub(super) fn work(&self) -> u64 {
        match self {
            Positions::Many(many) => 2 + many.len() / 16,
            Positions::Few(_) => 2,
        }
    }

    pub(super) fn to_bitmap(&self) -> RoaringBitmap {
        match self {
            Positions::Many(many) => (**many).clone(),
            Positions::Few(_) => self.few().collect(),
        }
    }

    /// Those that are in the other set, too.
    pub(super) fn among(&self, set: &RoaringBitmap) -> RoaringBitmap {
        match self {
            Positions::Many(many) => &**many & set,
            Positions::Few(_) => self.few().filter(|at| set.contains(*at)).collect(),
        }
    }

    pub(super) fn add_to(&self, set: &mut RoaringBitmap) {
        match self {
            Positions::Many(many) => *set |= &**many,
            Positions::Few(_) => set.extend(self.few()),
        }
    }

    fn few(&self) -> impl Iterator<Item = u32> {
        let few = match self {
            Positions::Few(few) => *few,
            Positions::Many(_) => [0; FEW],
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
            assert!(set.begin_by(100_000) && !set.begin_by(99_999));
            for at in &all {
                assert!(set.contains(*at) && set.remove(*at));
                assert!(!set.contains(*at) && !set.remove(*at));
            }
            assert!(set.is_empty());
        }
    }
}
