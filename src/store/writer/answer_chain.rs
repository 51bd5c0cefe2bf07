//! Answers the writes that became durable together.
//!
//! Waking a task of the runtime from the writer's thread takes a system call per task, and each task
//! runs at once and alone, in the place of one that was running. So the writer wakes one task and gives
//! it the answers of all others. That task wakes the others from within the runtime, where it costs
//! next to nothing, and they run together.

use tokio::sync::oneshot;

use super::proposal::{Outcome, Write};
use crate::store::error::StoreError;

/// The outcome of a write, for its caller.
pub(crate) struct Answer {
    pub outcome: Result<Outcome, StoreError>,
    /// Freed by the caller, as there is only one writer.
    _write: Write,
    _others: AnswerChain,
}

/// Answers that are sent when this is dropped, so that none is lost with a caller that is gone.
#[derive(Default)]
pub(crate) struct AnswerChain {
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
}

impl AnswerChain {
    /// Adds the answer of a request.
    pub(crate) fn push(
        &mut self,
        sender: oneshot::Sender<Answer>,
        write: Write,
        outcome: Result<Outcome, StoreError>,
    ) {
        let answer = Answer {
            outcome,
            _write: write,
            _others: AnswerChain::default(),
        };
        self.answers.push((sender, answer));
    }

    /// Sends one answer, which carries the others; its receiver sends those.
    pub(crate) fn send(mut self) {
        if let Some((sender, mut answer)) = self.answers.pop() {
            answer._others = self;
            // The caller may be gone; the write stands, and dropping the answer sends the others.
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
    use crate::store::writer::group::WriteRequest;

    fn asked(answers: &mut AnswerChain, count: u64) -> Vec<Receiver<Answer>> {
        let ask = |first| {
            let (request, answered) = WriteRequest::empty();
            let outcome = Ok(Outcome::Replayed { first, last: first });
            answers.push(request.answer, request.write, outcome);
            answered
        };
        (1..=count).map(ask).collect()
    }

    /// Returns the numbers of the requests that were answered.
    fn answered(receivers: &mut [Receiver<Answer>]) -> Vec<u64> {
        let first = |receiver: &mut Receiver<Answer>| match receiver.try_recv().ok()?.outcome {
            Ok(Outcome::Replayed { first, .. }) => Some(first),
            _ => None,
        };
        receivers.iter_mut().filter_map(first).collect()
    }

    #[test]
    fn the_receiver_of_the_first_answer_sends_the_others() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        answers.send();
        assert!(answered(&mut receivers[..2]).is_empty());
        assert_eq!(answered(&mut receivers[2..]), [3]);
        assert_eq!(answered(&mut receivers[..2]), [1, 2]);
    }

    #[test]
    fn the_others_are_answered_when_the_one_with_their_answers_goes_before_it_looks() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        answers.send();
        receivers.pop();
        assert_eq!(answered(&mut receivers), [1, 2]);
    }

    #[test]
    fn the_others_are_answered_when_the_one_to_get_their_answers_is_gone() {
        let mut answers = AnswerChain::default();
        let mut receivers = asked(&mut answers, 3);
        receivers.pop();
        answers.send();
        assert_eq!(answered(&mut receivers), [1, 2]);
    }
}
