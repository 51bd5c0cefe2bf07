//! The settings of `entente serve`, from the command line or the environment. The comments are the text of
//! `entente serve --help`, which is the reference.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::BoolishValueParser, value_parser};

use crate::{feed::WatchLimits, wire::ANSWER_LEN_MAX};

use super::quantity::{duration, duration_above_zero, heartbeat, size};

/// Settings of the server. Every option has an environment variable; the option takes precedence.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// IP address and port of gRPC, without TLS. Port 0 takes a free port, which is printed.
    #[arg(long, env = "ENTENTE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:50051",
        value_parser = address)]
    pub listen: SocketAddr,

    /// IP address and port of /healthz, /readyz and /metrics over plain HTTP. Keep it private.
    #[arg(long, env = "ENTENTE_ADMIN_LISTEN", value_name = "ADDRESS",
        default_value = "127.0.0.1:9464", value_parser = address)]
    pub admin_listen: SocketAddr,

    /// Directory of the store. It is created if missing. One server at a time can use it.
    #[arg(
        long,
        env = "ENTENTE_DATA_DIR",
        value_name = "DIR",
        default_value = "./entente-data"
    )]
    pub data_dir: PathBuf,

    /// Load the starting data, events, 42 partnerships and 87 bodies, into an empty store.
    #[arg(long, env = "ENTENTE_DEMO", value_parser = BoolishValueParser::new())]
    pub demo: bool,

    /// Format of log lines on standard error.
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

    /// On SIGTERM or SIGINT, how long connections are still accepted while health says NOT_SERVING and
    /// new calls are rejected with UNAVAILABLE, so that load balancers notice. Use twice the interval of
    /// their probes. A second signal ends this time.
    #[arg(long, env = "ENTENTE_LAME_DUCK", value_name = "DURATION", default_value = "2s",
        value_parser = duration)]
    pub lame_duck: Duration,

    /// After that, how long open calls may take to finish before they are cut off. A signal during
    /// that time stops the server at once.
    #[arg(long, env = "ENTENTE_DRAIN_TIMEOUT", value_name = "DURATION", default_value = "20s",
        value_parser = duration)]
    pub drain_timeout: Duration,

    /// Maximum number of open connections of the gRPC port; more are closed at once. The default is
    /// 10000 or what the limit of file descriptors (ulimit -n) allows, minus some for the store and the
    /// admin port.
    #[arg(long, env = "ENTENTE_CONNECTIONS_MAX", value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..))]
    pub connections_max: Option<u32>,

    /// Maximum number of open connections of one address, or of one /64 of IPv6. The default is half of
    /// all. Raise it if many clients share an address, as behind a proxy.
    #[arg(long, env = "ENTENTE_CONNECTIONS_PER_ADDRESS_MAX", value_name = "COUNT",
        value_parser = value_parser!(u32).range(1..))]
    pub connections_per_address_max: Option<u32>,

    /// How long a new connection may take to begin HTTP/2 before it is closed.
    #[arg(long, env = "ENTENTE_HANDSHAKE_TIMEOUT", value_name = "DURATION", default_value = "5s",
        value_parser = duration_above_zero)]
    pub handshake_timeout: Duration,

    /// How often the server sends an HTTP/2 PING on each connection.
    #[arg(long, env = "ENTENTE_HTTP2_KEEPALIVE_INTERVAL", value_name = "DURATION",
        default_value = "30s", value_parser = duration_above_zero)]
    pub http2_keepalive_interval: Duration,

    /// How long a client may take to answer a PING before its connection is closed and its watches are
    /// freed.
    #[arg(long, env = "ENTENTE_HTTP2_KEEPALIVE_TIMEOUT", value_name = "DURATION",
        default_value = "10s", value_parser = duration_above_zero)]
    pub http2_keepalive_timeout: Duration,

    /// Maximum size of a request, in bytes or with KiB, MiB. Larger ones are rejected.
    #[arg(long, env = "ENTENTE_MESSAGE_SIZE_MAX", value_name = "SIZE", default_value = "4MiB",
        value_parser = message_size)]
    pub message_size_max: usize,

    /// Maximum number of open calls on one connection; more wait on the client's side.
    #[arg(long, env = "ENTENTE_CONCURRENT_STREAMS_MAX", value_name = "COUNT",
        default_value_t = 1024, value_parser = value_parser!(u32).range(1..))]
    pub concurrent_streams_max: u32,

    /// Memory for large answers that clients have not read, over all connections, and as much again for
    /// unfinished requests. Calls wait for free memory, and are rejected after 10 s.
    #[arg(long, env = "ENTENTE_HELD_BYTES_MAX", value_name = "SIZE", default_value = "256MiB",
        value_parser = held_size)]
    pub held_bytes_max: u64,

    /// The share of that memory that one connection may use.
    #[arg(long, env = "ENTENTE_HELD_BYTES_PER_CONNECTION_MAX", value_name = "SIZE",
        default_value = "64MiB", value_parser = held_size)]
    pub held_bytes_per_connection_max: u64,

    /// How long a request may stay unfinished, and a large answer unread, before the call is ended.
    #[arg(long, env = "ENTENTE_CALL_STALL_TIMEOUT", value_name = "DURATION",
        default_value = "1m", value_parser = duration_above_zero)]
    pub call_stall_timeout: Duration,

    /// Whether compressed requests are accepted, and answers above 1 KiB compressed for clients that
    /// accept gzip or zstd. Streams of changes are compressed only if their request asks for it.
    #[arg(long, env = "ENTENTE_COMPRESSION", value_name = "MODE", value_enum,
        default_value_t = Compression::On)]
    pub compression: Compression,

    /// Maximum number of open watches, over all connections; more are rejected.
    #[arg(long, env = "ENTENTE_WATCHES_MAX", value_name = "COUNT", default_value_t = 10_000,
        value_parser = value_parser!(u32).range(1..))]
    pub watches_max: u32,

    /// Maximum number of open watches of one client, that is of one principal or, without identities, of
    /// one address. Raise it if many clients share an address, as behind a proxy.
    #[arg(long, env = "ENTENTE_WATCHES_PER_CLIENT_MAX", value_name = "COUNT",
        default_value_t = 1_000, value_parser = value_parser!(u32).range(1..))]
    pub watches_per_client_max: u32,

    /// How long a client may accept no bytes while a frame waits for it, before its watch is ended.
    /// Slow clients read in bursts, so allow minutes.
    #[arg(long, env = "ENTENTE_WATCH_STALL_TIMEOUT", value_name = "DURATION",
        default_value = "5m", value_parser = duration_above_zero)]
    pub watch_stall_timeout: Duration,

    /// Age at which the server ends a watch, with a token for resuming, so that load spreads again after
    /// a restart.
    #[arg(long, env = "ENTENTE_WATCH_MAX_AGE", value_name = "DURATION", default_value = "60m",
        value_parser = duration_above_zero)]
    pub watch_max_age: Duration,

    /// Heartbeat interval of a watch that does not set one: 1s to 55s.
    #[arg(long, env = "ENTENTE_HEARTBEAT_DEFAULT", value_name = "DURATION", default_value = "15s",
        value_parser = heartbeat)]
    pub heartbeat_default: Duration,

    /// Memory for the storage engine's page cache, in bytes or with MiB, GiB: at least 1MiB. The process
    /// uses two to three times as much.
    #[arg(long, env = "ENTENTE_CACHE_BYTES", value_name = "SIZE", default_value = "134217728",
        value_parser = cache_size)]
    pub cache_bytes: u64,

    /// Time in which the whole store is read once, slowly, to find damage before somebody needs the
    /// data: every record, and the bytes of the log's file past all caches. 0s turns it off.
    #[arg(long, env = "ENTENTE_SCRUB_INTERVAL", value_name = "DURATION", default_value = "24h",
        value_parser = duration)]
    pub scrub_interval: Duration,
}

impl ServeConfig {
    /// Limits of open watches.
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
    /// Used with clients that support it.
    #[default]
    On,
    /// Never used.
    Off,
}

/// Format of log lines.
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

/// The storage engine's own minimum is far too low to work with.
fn cache_size(text: &str) -> Result<u64, String> {
    match size(text)? {
        bytes if bytes >= 1 << 20 => Ok(bytes),
        _ => Err(format!(
            "{text:?} is too little; the cache takes 1MiB at least"
        )),
    }
}

/// Must fit at least one large answer.
fn held_size(text: &str) -> Result<u64, String> {
    match size(text)? {
        bytes if bytes >= ANSWER_LEN_MAX as u64 => Ok(bytes),
        _ => Err(format!(
            "{text:?} is less than one answer may take; give at least 4MiB"
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
            // Trial D4: it was reported as a damaged store.
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
