use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use hyper::rt::{self, Timer};

use crate::clock::{Sleep, WallClock};

/// Lets HTTP/2 keep a connection alive by the server's clock.
#[derive(Clone, Debug)]
pub(super) struct HyperTimer {
    clock: WallClock,
}

impl HyperTimer {
    pub(super) fn new(clock: WallClock) -> HyperTimer {
        HyperTimer { clock }
    }
}

impl rt::Sleep for Sleep {}

impl Timer for HyperTimer {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(self.clock.sleep(time))
    }

    fn sleep_until(&self, due: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(self.clock.sleep_until(due.into()))
    }

    fn now(&self) -> Instant {
        self.clock.now().into_std()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, due: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep>() {
            Some(sleep) => sleep.reset(due.into()),
            None => *sleep = self.sleep_until(due),
        }
    }
}
