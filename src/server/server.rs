use std::{net::SocketAddr, sync::Arc, thread};

use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::{Layer as _, ServiceExt as _};

use super::{
    ServeConfig, ServeError, admin_http,
    buffering::BufferingLayer,
    buffering_limits::BufferingLimits,
    byte_budget::ByteBudget,
    config::Compression,
    connections::{Connections, Intake, accept},
    deadline::DeadlineLayer,
    listen::bind,
    metrics::Metrics,
    metrics_layer::MetricsLayer,
    routes,
    scrub::Scrub,
    starting_data::load_starting_data,
    startup_gate::StartupGate,
    transport_status::reworded,
};
use crate::{
    clock::WallClock,
    command::Commands,
    feed::{Feed, FeedOptions},
    grpc::HealthReporter,
    store::{OpenError, Store, StoreError, StoreOptions, scrubbed_micros},
};

/// A server that listens. It answers health and reflection at once, and everything else once its store is
/// open. [`Server::drain`] shuts it down gracefully; dropping it only stops both listeners.
pub struct Server {
    pub(super) grpc_address: SocketAddr,
    pub(super) admin_address: SocketAddr,
    pub(super) clock: WallClock,
    pub(super) health: HealthReporter,
    pub(super) metrics: Arc<Metrics>,
    pub(super) gate: StartupGate,
    pub(super) store: Option<Store>,
    /// Closed when the server must stop.
    pub(super) intake: Intake,
    /// Cancelled when the server begins to drain.
    pub(super) draining: CancellationToken,
    /// Cancelled when it is drained.
    pub(super) drained: CancellationToken,
    /// The gRPC listener, and the task that reports the store's health. They end when the server drains.
    pub(super) serving: JoinSet<()>,
    /// The admin listener. It ends when the server is drained.
    pub(super) admin: JoinSet<()>,
}

impl Server {
    /// Binds both addresses and listens. The clock governs all times of the server and of its store.
    pub async fn start(config: &ServeConfig, clock: WallClock) -> Result<Self, ServeError> {
        let grpc = bind(config.listen, "--listen")
            .await
            .map_err(ServeError::Listen)?;
        let admin = bind(config.admin_listen, "--admin-listen")
            .await
            .map_err(ServeError::Listen)?;
        let health = HealthReporter::new(&routes::SERVICES);
        let mut server = Self {
            grpc_address: grpc.local_addr().unwrap_or(config.listen),
            admin_address: admin.local_addr().unwrap_or(config.admin_listen),
            gate: StartupGate::closed(routes::without_store(&health)),
            clock,
            health,
            metrics: Arc::new(Metrics::new()),
            store: None,
            intake: Intake::default(),
            draining: CancellationToken::new(),
            drained: CancellationToken::new(),
            serving: JoinSet::new(),
            admin: JoinSet::new(),
        };
        // Nothing is overdue before the store tells since when.
        server.metrics.scrub().completed(server.clock.now_micros());
        server.listen_grpc(grpc, config);
        server.listen_admin(admin);
        Ok(server)
    }

    /// Where gRPC listens, with the port that was taken.
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc_address
    }

    /// Where the admin pages listen, with the port that was taken.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Opens the store and serves everything. Health says SERVING when this returns. If the future is dropped
    /// early, a thread goes on opening the store until the process ends, as after a kill.
    pub async fn open_store(&mut self, config: &ServeConfig) -> Result<(), ServeError> {
        let is_new = !config.data_dir.join("MANIFEST").exists();
        let store = open_on_a_thread(config, self.clock.clone()).await?;
        if is_new {
            // A relative directory is another one wherever the server is started.
            let directory = std::path::absolute(&config.data_dir);
            let directory = directory.unwrap_or_else(|_| config.data_dir.clone());
            tracing::info!(directory = %directory.display(), "made a new store, which is empty");
        }
        let (data_dir, head) = (config.data_dir.display(), store.head().position);
        tracing::info!(%data_dir, head, "opened the store");
        self.serve_store(store, config).await
    }

    /// Serves an open store. Health says SERVING when this returns.
    pub async fn serve_store(
        &mut self,
        store: Store,
        config: &ServeConfig,
    ) -> Result<(), ServeError> {
        self.metrics.scrub().completed(scrubbed_micros(&store));
        let options = FeedOptions {
            limits: config.watch_limits(),
            max_age: config.watch_max_age,
            stall_timeout: config.watch_stall_timeout,
        };
        let feed = Feed::new(store.clone(), options, self.draining.clone());
        let commands = Commands::new(store.clone(), feed.clone());
        if config.demo {
            load_starting_data(&store, &commands).await?;
        }
        self.metrics.observe(&store, feed.registry());
        self.serving.spawn(feed.end_stalled());
        let routes = routes::with_store(&self.health, commands, config);
        self.gate.open(routes);
        let failure = store.follow_failure();
        tell(&self.health, failure.borrow().as_ref());
        self.serving.spawn(tell_changes(
            self.health.clone(),
            failure,
            self.draining.clone(),
        ));
        if !config.scrub_interval.is_zero() && store.has_files() {
            let metrics = self.metrics.scrub().clone();
            let scrub = Scrub::new(store.clone(), config.scrub_interval, metrics);
            self.serving.spawn(scrub.run(self.draining.clone()));
        }
        self.store = Some(store);
        Ok(())
    }

    /// Waits until a part of the server has ended by itself, which is a failure.
    pub async fn stopped(&mut self) -> ServeError {
        if let Some(Err(error)) = self.serving.join_next().await {
            tracing::error!(%error, "a part of the server failed");
        }
        ServeError::Stopped
    }

    fn whole_calls(&self, config: &ServeConfig) -> BufferingLayer {
        let room = || ByteBudget::new(config.held_bytes_max, config.held_bytes_per_connection_max);
        let limits = BufferingLimits {
            message_len_max: config.message_size_max,
            stall_timeout: config.call_stall_timeout,
            clock: self.clock.clone(),
            requests: room(),
            answers: room(),
            compression: config.compression == Compression::On,
        };
        let (answers, requests) = (limits.answers.clone(), limits.requests.clone());
        self.metrics.held().observe(answers, requests);
        BufferingLayer::new(limits, self.metrics.rpcs().paths_of_one_message())
    }

    fn listen_grpc(&mut self, listener: TcpListener, config: &ServeConfig) {
        let metrics = self.metrics.connections().clone();
        let connections = Connections::new(
            config,
            self.clock.clone(),
            metrics,
            self.intake.clone(),
            self.admin_address,
        );
        let rpcs = self.metrics.rpcs();
        let calls = self.gate.clone().map_response(reworded);
        let calls = self.whole_calls(config).layer(calls);
        let calls = DeadlineLayer::new(self.clock.clone(), rpcs.paths_of_streams()).layer(calls);
        let calls = MetricsLayer::new(rpcs.clone()).layer(calls);
        self.serving
            .spawn(accept(listener, connections, calls, self.draining.clone()));
        let summary = self
            .metrics
            .connections()
            .clone()
            .sum_up(self.clock.clone());
        let draining = self.draining.clone();
        self.serving.spawn(async move {
            let _ = draining.run_until_cancelled(summary).await;
        });
    }

    fn listen_admin(&mut self, listener: TcpListener) {
        let (health, metrics) = (self.health.clone(), self.metrics.clone());
        let drained = self.drained.clone();
        self.admin
            .spawn(admin_http::serve(listener, health, metrics, drained));
    }
}

/// Not on the runtime's own blocking threads, which would hold the process back when it stops while
/// the store is being opened.
async fn open_on_a_thread(config: &ServeConfig, clock: WallClock) -> Result<Store, ServeError> {
    let options = StoreOptions {
        directory: config.data_dir.clone(),
        cache_bytes: config.cache_bytes,
        clock,
    };
    let (answer, opened) = oneshot::channel::<Result<Store, OpenError>>();
    thread::Builder::new()
        .name("store-open".to_owned())
        // Nobody waits for the answer when the server stops meanwhile.
        .spawn(move || drop(answer.send(Store::open(options))))
        .map_err(ServeError::Thread)?;
    opened
        .await
        .map_err(|_| ServeError::OpenAborted)?
        .map_err(ServeError::Open)
}

/// Reports the store's failure as health. On a full disk health stays SERVING, because reads are served;
/// the metrics show the full disk.
async fn tell_changes(
    health: HealthReporter,
    mut failure: watch::Receiver<Option<StoreError>>,
    draining: CancellationToken,
) {
    loop {
        tokio::select! {
            () = draining.cancelled() => return,
            changed = failure.changed() => match changed {
                Ok(()) => tell(&health, failure.borrow_and_update().as_ref()),
                Err(_) => {
                    health.not_serving("the store's writer has stopped; restart the server");
                    draining.cancelled().await;
                }
            },
        }
    }
}

fn tell(health: &HealthReporter, failure: Option<&StoreError>) {
    match failure {
        None => health.serving(),
        Some(error) => {
            tracing::error!(%error, "the store does not take writes");
            health.not_serving(error.to_string());
        }
    }
}
