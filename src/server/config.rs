//! What `entente serve` can be told, on the command line or in the environment. The comments are
//! the text of `entente serve --help`, which is the reference.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::BoolishValueParser, value_parser};

use crate::{feed::WatchLimits, wire::ANSWER_LEN_MAX};

use super::quantity::{duration, duration_above_zero, heartbeat, size};

/// Settings of the server. Every option has an environment variable; the option wins.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// IP address and port where gRPC listens, without TLS. Port 0 takes a free one, which is
    /// printed.
    #[arg(long, env = "ENTENTE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:50051",
        value_parser = address)]
    pub listen: SocketAddr,

    /// IP address and port of /healthz, /readyz and /metrics over plain HTTP. Keep it private.
    #[arg(long, env = "ENTENTE_ADMIN_LISTEN", value_name = "ADDRESS",
        default_value = "127.0.0.1:9464", value_parser = address)]
    pub admin_listen: SocketAddr,

    /// Directory of the store. Made when it is not there; one server at a time uses it.
    #[arg(
        long,
        env = "ENTENTE_DATA_DIR",
        value_name = "DIR",
        default_value = "./entente-data"
    )]
    pub data_dir: PathBuf,

    /// Load the starting data, 42 partnerships and their events, when the store is empty.
    #[arg(long, env = "ENTENTE_DEMO", value_parser = BoolishValueParser::new())]
    pub demo: bool,

    /// How log lines look on standard error.
    #[arg(long, env = "ENTENTE_LOG_FORMAT", value_name = "FORMAT", value_enum,
        default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Which log lines are written: a level (error, warn, info, debug, trace), or levels by module
    /// such as "info,entente::store=debug". debug and trace alone are for entente's own lines; name
    /// libraries to have theirs, as "debug,h2=debug". One line for each finished call is written at
    /// debug. The libraries of HTTP/2 write errors alone unless they are named.
    #[arg(
        long,
        env = "ENTENTE_LOG_FILTER",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log_filter: String,

    /// On SIGTERM or SIGINT, how long connections are still accepted, health says NOT_SERVING and new
    /// calls are refused with UNAVAILABLE, so that those who send clients here notice. Give it twice
    /// the time between their probes. A second signal ends it.
    #[arg(long, env = "ENTENTE_LAME_DUCK", value_name = "DURATION", default_value = "2s",
        value_parser = duration)]
    pub lame_duck: Duration,

    /// After that, how long open calls may take to end before they are cut off. A signal in that
    /// time stops the server at once.
    #[arg(long, env = "ENTENTE_DRAIN_TIMEOUT", value_name = "DURATION", default_value = "20s",
        value_parser = duration)]
    pub drain_timeout: Duration,

    /// Connections of the gRPC port that may be open at a time; more are closed at once. 10000, or
    /// what the limit on file descriptors (ulimit -n) allows: some are kept for the store and the
    /// admin port.
    #[arg(long, env = "ENTENTE_CONNECTIONS_MAX", value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..))]
    pub connections_max: Option<u32>,

    /// Connections that one address, of IPv6 one /64, may have open of these: half of them unless
    /// told otherwise. Raise it where many clients come from one address, as behind a proxy.
    #[arg(long, env = "ENTENTE_CONNECTIONS_PER_ADDRESS_MAX", value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..))]
    pub connections_per_address_max: Option<u32>,

    /// How long a new connection may take until it has begun HTTP/2 before it is closed.
    #[arg(long, env = "ENTENTE_HANDSHAKE_TIMEOUT", value_name = "DURATION", default_value = "5s",
        value_parser = duration_above_zero)]
    pub handshake_timeout: Duration,

    /// How often each connection is asked for a sign of life with an HTTP/2 PING.
    #[arg(long, env = "ENTENTE_HTTP2_KEEPALIVE_INTERVAL", value_name = "DURATION",
        default_value = "30s", value_parser = duration_above_zero)]
    pub http2_keepalive_interval: Duration,

    /// How long the answer to a PING may take before the connection is closed and its watches are
    /// freed.
    #[arg(long, env = "ENTENTE_HTTP2_KEEPALIVE_TIMEOUT", value_name = "DURATION",
        default_value = "10s", value_parser = duration_above_zero)]
    pub http2_keepalive_timeout: Duration,

    /// Largest request, in bytes or with KiB, MiB. Larger ones are refused.
    #[arg(long, env = "ENTENTE_MESSAGE_SIZE_MAX", value_name = "SIZE", default_value = "4MiB",
        value_parser = message_size)]
    pub message_size_max: usize,

    /// Calls that one connection may have open at a time; more wait on the client's side.
    #[arg(long, env = "ENTENTE_CONCURRENT_STREAMS_MAX", value_name = "COUNT",
        default_value_t = 1024, value_parser = value_parser!(u32).range(1..))]
    pub concurrent_streams_max: u32,

    /// Memory for large answers that clients have not taken, over all connections, and as much again
    /// for requests that have not come whole. Calls wait for room, and are refused when there is
    /// none for 10 s.
    #[arg(long, env = "ENTENTE_HELD_BYTES_MAX", value_name = "SIZE", default_value = "256MiB",
        value_parser = held_size)]
    pub held_bytes_max: u64,

    /// What one connection may have of that memory.
    #[arg(long, env = "ENTENTE_HELD_BYTES_PER_CONNECTION_MAX", value_name = "SIZE",
        default_value = "64MiB", value_parser = held_size)]
    pub held_bytes_per_connection_max: u64,

    /// How long a request may take to come whole, and a client to accept nothing of a large answer,
    /// before the call is given up.
    #[arg(long, env = "ENTENTE_CALL_STALL_TIMEOUT", value_name = "DURATION",
        default_value = "1m", value_parser = duration_above_zero)]
    pub call_stall_timeout: Duration,

    /// Whether compressed requests are taken, and answers above 1 KiB compressed for clients that
    /// accept it, with gzip or zstd. Streams of changes are never compressed.
    #[arg(long, env = "ENTENTE_COMPRESSION", value_name = "MODE", value_enum,
        default_value_t = Compression::On)]
    pub compression: Compression,

    /// Watches that may be open at a time, over all connections; more are refused.
    #[arg(long, env = "ENTENTE_WATCHES_MAX", value_name = "COUNT", default_value_t = 10_000,
        value_parser = value_parser!(u32).range(1..))]
    pub watches_max: u32,

    /// Watches that one client may have open of these: one principal or, as long as nobody says who
    /// they are, one address. Raise it where many clients come from one address, as behind a proxy.
    #[arg(long, env = "ENTENTE_WATCHES_PER_CLIENT_MAX", value_name = "COUNT",
        default_value_t = 1_000, value_parser = value_parser!(u32).range(1..))]
    pub watches_per_client_max: u32,

    /// How long a client may accept nothing while a frame waits for it before its watch is ended.
    /// Clients that read slowly accept in bursts, so leave them minutes.
    #[arg(long, env = "ENTENTE_WATCH_STALL_TIMEOUT", value_name = "DURATION",
        default_value = "5m", value_parser = duration_above_zero)]
    pub watch_stall_timeout: Duration,

    /// Age at which the server ends a watch, with a token to go on from, so that load spreads again
    /// after a restart.
    #[arg(long, env = "ENTENTE_WATCH_MAX_AGE", value_name = "DURATION", default_value = "60m",
        value_parser = duration_above_zero)]
    pub watch_max_age: Duration,

    /// Longest silence on a watch that does not ask for another: 1s to 55s.
    #[arg(long, env = "ENTENTE_HEARTBEAT_DEFAULT", value_name = "DURATION", default_value = "15s",
        value_parser = heartbeat)]
    pub heartbeat_default: Duration,

    /// Memory for the storage engine's page cache, in bytes or with MiB, GiB: 1MiB at least. The
    /// process takes two to three times as much.
    #[arg(long, env = "ENTENTE_CACHE_BYTES", value_name = "SIZE", default_value = "134217728",
        value_parser = cache_size)]
    pub cache_bytes: u64,

    /// Time in which the whole store is read once, slowly, to find what the disk has lost before
    /// somebody needs it: every record, and the bytes of the log's file past all caches. 0s turns
    /// it off.
    #[arg(long, env = "ENTENTE_SCRUB_INTERVAL", value_name = "DURATION", default_value = "24h",
        value_parser = duration)]
    pub scrub_interval: Duration,
}

impl ServeConfig {
    /// How many watches may be open.
    pub(super) fn watch_limits(&self) -> WatchLimits {
        WatchLimits {
            in_all: self.watches_max as usize,
            per_client: self.watches_per_client_max as usize,
        }
    }
}

/// Whether messages may be compressed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Compression {
    /// For clients that compress, or accept it.
    #[default]
    On,
    /// Never.
    Off,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// One line of text for people.
    #[default]
    Text,
    /// One JSON object a line for log collectors.
    Json,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is not an IP address with a port; write 127.0.0.1:50051 or [::1]:50051")
    })
}

/// gRPC writes the length of a message in four bytes.
fn message_size(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    match u32::try_from(bytes) {
        Ok(bytes) if bytes >= 1024 => Ok(bytes as usize),
        Ok(_) | Err(_) => Err(format!(
            "{text:?} is out of bounds; a message takes 1KiB to 4095MiB"
        )),
    }
}

/// The storage engine has a bound of its own, which is far below what it can work with.
fn cache_size(text: &str) -> Result<u64, String> {
    match size(text)? {
        bytes if bytes >= 1 << 20 => Ok(bytes),
        _ => Err(format!(
            "{text:?} is too little; the cache takes 1MiB at least"
        )),
    }
}

/// ByteBudget for one large answer at least.
fn held_size(text: &str) -> Result<u64, String> {
    match size(text)? {
        bytes if bytes >= ANSWER_LEN_MAX as u64 => Ok(bytes),
        _ => Err(format!(
            "{text:?} has no room for one answer; give at least 4MiB"
        )),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        serve: ServeConfig,
    }

    pub(in crate::server) fn parse(arguments: &[&str]) -> Result<ServeConfig, clap::Error> {
        let arguments = std::iter::once("entente").chain(arguments.iter().copied());
        Program::try_parse_from(arguments).map(|program| program.serve)
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let config = parse(&[]).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:50051");
        assert_eq!(config.admin_listen.to_string(), "127.0.0.1:9464");
        assert_eq!(config.data_dir, PathBuf::from("./entente-data"));
        assert!(!config.demo);
        assert_eq!(config.log_format, LogFormat::Text);
        assert_eq!(config.log_filter, "info");
        assert_eq!(config.lame_duck, Duration::from_secs(2));
        assert_eq!(config.drain_timeout, Duration::from_secs(20));
        assert_eq!(config.connections_max, None);
        assert_eq!(config.connections_per_address_max, None);
        assert_eq!(config.handshake_timeout, Duration::from_secs(5));
        assert_eq!(config.http2_keepalive_interval, Duration::from_secs(30));
        assert_eq!(config.http2_keepalive_timeout, Duration::from_secs(10));
        assert_eq!(config.message_size_max, 4 << 20);
        assert_eq!(config.concurrent_streams_max, 1024);
        assert_eq!(config.held_bytes_max, 256 << 20);
        assert_eq!(config.held_bytes_per_connection_max, 64 << 20);
        assert_eq!(config.call_stall_timeout, Duration::from_secs(60));
        assert_eq!(config.watches_max, 10_000);
        assert_eq!(config.watch_max_age, Duration::from_secs(3600));
        assert_eq!(config.heartbeat_default, Duration::from_secs(15));
        assert_eq!(config.cache_bytes, 128 << 20);
        assert_eq!(config.scrub_interval, Duration::from_secs(24 * 3600));
    }

    #[test]
    fn options_take_human_units() {
        let config = parse(&[
            "--drain-timeout=1m30s",
            "--message-size-max=64KiB",
            "--demo",
        ])
        .expect("valid options");
        assert_eq!(config.drain_timeout, Duration::from_secs(90));
        assert_eq!(config.message_size_max, 64 << 10);
        assert!(config.demo);
    }

    #[test]
    fn a_wrong_value_is_named_with_what_to_write_instead() {
        for (argument, hint) in [
            ("--listen=localhost", "127.0.0.1:50051"),
            ("--drain-timeout=20", "20s"),
            ("--heartbeat-default=2m", "1s to 55s"),
            ("--message-size-max=10B", "1KiB"),
            ("--message-size-max=4GiB", "4095MiB"),
            ("--cache-bytes=lots", "4MiB"),
            // Trial D4: it was told that the store is damaged.
            ("--cache-bytes=255", "1MiB at least"),
            ("--held-bytes-max=1MiB", "4MiB"),
        ] {
            let error = parse(&[argument]).expect_err(argument);
            assert_eq!(error.kind(), ErrorKind::ValueValidation);
            assert!(error.to_string().contains(hint), "{error}");
        }
        assert!(parse(&["--watches-max=0"]).is_err());
        assert!(parse(&["--concurrent-streams-max=0"]).is_err());
    }

    #[test]
    fn every_option_is_documented_and_has_its_variable() {
        let command = <Program as clap::CommandFactory>::command();
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str().to_uppercase();
            let variable = argument.get_env().and_then(|name| name.to_str());
            assert_eq!(variable, Some(format!("ENTENTE_{name}").as_str()));
            assert!(argument.get_help().is_some(), "{name}");
        }
    }
}
