use std::cmp::Ordering;

/// The maximum length of a piece. Adding a number moves at most so many others, and the list of pieces
/// when one is full.
const PIECE_LEN_MAX: usize = 512;

/// Numbers in an order that the caller knows, in pieces, so that adding one in the middle moves few.
/// No piece is empty.
#[derive(Debug, Default)]
pub(super) struct SortedNumbers {
    pieces: Vec<Vec<u32>>,
}

/// A boundary between two numbers: a piece, and how many of its numbers are before the boundary.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Boundary {
    piece: usize,
    at: usize,
}

impl SortedNumbers {
    /// Adds a number behind all that `compare` orders before it.
    pub(super) fn insert(&mut self, number: u32, compare: impl Fn(u32) -> Ordering) {
        let cut = self.count_while(|other| compare(other).is_lt());
        // Between two pieces it goes to the end of the first, unless only the second has room.
        let (piece, at) = match (cut.at, cut.piece.checked_sub(1)) {
            (0, Some(before)) if self.has_room(before) || !self.has_room(cut.piece) => {
                (before, self.pieces[before].len())
            }
            _ => (cut.piece, cut.at),
        };
        if self.has_room(piece) {
            self.pieces[piece].insert(at, number);
        } else {
            self.insert_into_full(piece, at, number);
        }
    }

    fn has_room(&self, piece: usize) -> bool {
        let piece = self.pieces.get(piece);
        piece.is_some_and(|numbers| numbers.len() < PIECE_LEN_MAX)
    }

    /// Adds a number to a piece that is full or does not exist.
    fn insert_into_full(&mut self, piece: usize, at: usize, number: u32) {
        let len = self.pieces.get(piece).map_or(0, Vec::len);
        // Numbers that come in order leave full pieces behind.
        if at == len {
            let next = self.pieces.len().min(piece + 1);
            self.pieces.insert(next, vec![number]);
            return;
        }
        let half = len / 2;
        let mut rest = self.pieces[piece].split_off(half);
        match at.checked_sub(half) {
            Some(at) => rest.insert(at, number),
            None => self.pieces[piece].insert(at, number),
        }
        self.pieces.insert(piece + 1, rest);
    }

    /// Returns the boundary behind all numbers that satisfy `before`, which must be the first ones.
    pub(super) fn count_while(&self, before: impl Fn(u32) -> bool) -> Boundary {
        let piece = self.pieces.partition_point(|piece| before(piece[0]));
        let Some(last) = piece.checked_sub(1) else {
            return self.begin();
        };
        let at = self.pieces[last].partition_point(|number| before(*number));
        if at == self.pieces[last].len() {
            Boundary { piece, at: 0 }
        } else {
            Boundary { piece: last, at }
        }
    }

    pub(super) fn begin(&self) -> Boundary {
        Boundary { piece: 0, at: 0 }
    }

    pub(super) fn end(&self) -> Boundary {
        let piece = self.pieces.len();
        Boundary { piece, at: 0 }
    }

    /// Returns the numbers between two boundaries in order; none if `end` is before `begin`.
    pub(super) fn between(
        &self,
        begin: Boundary,
        end: Boundary,
    ) -> impl DoubleEndedIterator<Item = u32> {
        let end = end.max(begin);
        let pieces = self.pieces.iter().enumerate().take(end.piece + 1);
        pieces.skip(begin.piece).flat_map(move |(piece, numbers)| {
            let from = if piece == begin.piece { begin.at } else { 0 };
            let to = if piece == end.piece {
                end.at
            } else {
                numbers.len()
            };
            numbers[from..to].iter().copied()
        })
    }

    pub(super) fn retain(&mut self, wanted: impl Fn(u32) -> bool) {
        for piece in &mut self.pieces {
            piece.retain(|number| wanted(*number));
        }
        self.pieces.retain(|piece| !piece.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(ordered: &SortedNumbers) -> Vec<u32> {
        ordered.between(ordered.begin(), ordered.end()).collect()
    }

    #[test]
    fn numbers_are_in_order_however_they_came() {
        const COUNT: u32 = 5_003;
        let orders: [fn(u32) -> u32; 4] = [
            |at| at,
            |at| COUNT - 1 - at,
            |at| at * 1_301 % COUNT,
            // A full piece, then numbers that come in descending order.
            |at| match at.checked_sub(PIECE_LEN_MAX as u32) {
                None => at,
                Some(after) => COUNT - 1 - after,
            },
        ];
        for order in orders {
            let mut ordered = SortedNumbers::default();
            for number in (0..COUNT).map(order) {
                ordered.insert(number, |other| other.cmp(&number));
            }
            assert!(all(&ordered).into_iter().eq(0..COUNT));
            assert!(
                ordered
                    .pieces
                    .iter()
                    .all(|piece| piece.len() <= PIECE_LEN_MAX)
            );
            let lowest = ordered.pieces.iter().map(Vec::len).min();
            assert!(lowest.is_some_and(|lowest| lowest > 50), "{lowest:?}");
        }
    }

    #[test]
    fn cuts_are_found_wherever_they_fall() {
        let mut ordered = SortedNumbers::default();
        for number in 0..2_000 {
            ordered.insert(number, |other| other.cmp(&number));
        }
        for from in [0, 1, 511, 512, 513, 1_024, 1_999, 2_000] {
            for to in [0, 512, 1_025, 2_000] {
                let begin = ordered.count_while(|number| number < from);
                let end = ordered.count_while(|number| number < to);
                assert!(ordered.between(begin, end).eq(from..to), "{from}..{to}");
                let backwards = ordered.between(begin, end).rev();
                assert!(backwards.eq((from..to).rev()), "{from}..{to}");
            }
        }
    }

    #[test]
    fn what_is_not_wanted_leaves_no_empty_piece() {
        let mut ordered = SortedNumbers::default();
        for number in 0..2_000 {
            ordered.insert(number, |other| other.cmp(&number));
        }
        ordered.retain(|number| number >= 1_500);
        assert!(all(&ordered).into_iter().eq(1_500..2_000));
        ordered.retain(|_| false);
        assert!(all(&ordered).is_empty());
        ordered.insert(7, |other| other.cmp(&7));
        assert_eq!(all(&ordered), [7]);
    }
}
