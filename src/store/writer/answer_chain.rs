//! How writes that became durable together are answered.
//!
//! To wake a task of the runtime from the writer's thread takes a system call for each, and the task
//! runs alone at once, in the place of one that was at work. So the writer wakes one, which has the
//! answers of all others with it and gives them where tasks are woken for next to nothing, and are
//! run together.

use tokio::sync::oneshot;

use super::{
    group::WriteRequest,
    proposal::{Outcome, Write},
};
use crate::store::error::StoreError;

/// What a write came to, for whoever asked for it.
pub(crate) struct Answer {
    pub outcome: Result<Outcome, StoreError>,
    /// Freed by whoever asked rather than by the writer, of whom there is one.
    _write: Write,
    _others: AnswerChain,
}

/// AnswerChain that are given when this is dropped, so that none is lost with a caller who is gone.
#[derive(Default)]
pub(crate) struct AnswerChain {
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
}

impl AnswerChain {
    pub(crate) fn push(&mut self, request: WriteRequest, outcome: Result<Outcome, StoreError>) {
        let answer = Answer {
            outcome,
            _write: request.write,
            _others: AnswerChain::default(),
        };
        self.answers.push((request.answer, answer));
    }

    /// Gives them, all but one by whoever gets that one.
    pub(crate) fn give(mut self) {
        if let Some((sender, mut answer)) = self.answers.pop() {
            answer._others = self;
            // Whoever asked may be gone; the write stands, and dropping this answers the others.
            let _ = sender.send(answer);
        }
    }
}

impl Drop for AnswerChain {
    fn drop(&mut self) {
        for (sender, answer) in self.answers.drain(..) {
            let _ = sender.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::Receiver;

    use super::*;

    fn asked(answers: &mut AnswerChain, count: u64) -> Vec<Receiver<Answer>> {
        let ask = |first| {
            let (request, answered) = WriteRequest::empty();
            answers.push(request, Ok(Outcome::Replayed { first, last: first }));
            answered
        };
        (1..=count).map(ask).collect()
    }

    /// The numbers of those who have been answered.
    fn answered(receivers: &mut [Receiver<Answer>]) -> Vec<u64> {
        let first = |receiver: &mut Receiver<Answer>| match receiver.try_recv().ok()?.outcome {
            Ok(Outcome::Replayed { first, .. }) => Some(first),
            _ => None,
        };
        receivers.iter_mut().filter_map(first).collect()
    }

    #[test]
    fn whoever_gets_the_first_answer_gives_the_others() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        answers.give();
        assert!(answered(&mut receivers[..2]).is_empty());
        assert_eq!(answered(&mut receivers[2..]), [3]);
        assert_eq!(answered(&mut receivers[..2]), [1, 2]);
    }

    #[test]
    fn the_others_are_answered_when_whoever_has_their_answers_is_gone_before_it_looks() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        answers.give();
        receivers.pop();
        assert_eq!(answered(&mut receivers), [1, 2]);
    }

    #[test]
    fn the_others_are_answered_when_whoever_would_have_their_answers_is_gone() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        receivers.pop();
        answers.give();
        assert_eq!(answered(&mut receivers), [1, 2]);
    }
}
