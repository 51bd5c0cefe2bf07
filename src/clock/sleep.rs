use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::Instant;
use tokio_stream::{Stream as _, wrappers::WatchStream};

use super::manual::Shift;

pin_project! {
    /// A timer on a steady clock.
    #[derive(Debug)]
    pub struct Sleep {
        #[pin]
        timer: tokio::time::Sleep,
        // A clock that cannot be moved has only the timer to wait for.
        moved: Option<Box<Moved>>,
    }
}

/// A timer on a clock that can be moved.
#[derive(Debug)]
struct Moved {
    due: Instant,
    passed: Duration,
    follow: WatchStream<Duration>,
}

impl Sleep {
    pub(super) fn new(shift: Option<&Shift>, due: Instant) -> Sleep {
        let moved = shift.map(|shift| {
            Box::new(Moved {
                due,
                passed: shift.passed(),
                follow: WatchStream::new(shift.follow()),
            })
        });
        let at = moved.as_ref().map_or(due, |moved| moved.system_due());
        Sleep {
            timer: tokio::time::sleep_until(at),
            moved,
        }
    }

    /// When the timer fires, on its clock.
    pub fn due(&self) -> Instant {
        let by_system = || self.timer.deadline();
        self.moved
            .as_ref()
            .map_or_else(by_system, |moved| moved.due)
    }

    /// Sets another time.
    pub fn reset(self: Pin<&mut Self>, due: Instant) {
        let this = self.project();
        let at = this.moved.as_mut().map_or(due, |moved| {
            moved.due = due;
            moved.system_due()
        });
        this.timer.reset(at);
    }
}

impl Moved {
    /// The time on the system's clock at which the timer fires; now if that time is long past.
    fn system_due(&self) -> Instant {
        let due = self.due.checked_sub(self.passed);
        due.unwrap_or_else(Instant::now)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if let Some(moved) = this.moved {
            while let Poll::Ready(Some(passed)) = Pin::new(&mut moved.follow).poll_next(context) {
                moved.passed = passed;
                this.timer.as_mut().reset(moved.system_due());
            }
        }
        this.timer.poll(context)
    }
}
