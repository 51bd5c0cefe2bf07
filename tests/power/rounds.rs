use std::env;

/// The seeds of a test: as many as it asks for, or what the environment says. Each is said before
/// its turn, so that the output of a failure ends with the one to repeat.
pub fn seeds(count: u64) -> impl Iterator<Item = u64> {
    let first = variable("ENTENTE_POWER_SEED");
    let count = variable("ENTENTE_POWER_ROUNDS").unwrap_or(if first.is_some() { 1 } else { count });
    let first = first.unwrap_or(1);
    (first..first + count)
        .inspect(|seed| eprintln!("to repeat: ENTENTE_POWER_SEED={seed} ENTENTE_POWER_ROUNDS=1"))
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is not a number: {text:?}")))
}
