FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin entente

FROM debian:bookworm-slim
RUN useradd --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin entente \
    && install --directory --owner=entente --group=entente /var/lib/entente
COPY --from=build /src/target/release/entente /usr/local/bin/entente

# By number, so that platforms can see that it is not root.
USER 10001:10001
# The store is not the mount point itself, which may hold a file system's own files.
ENV ENTENTE_LISTEN=0.0.0.0:50051 \
    ENTENTE_ADMIN_LISTEN=0.0.0.0:9464 \
    ENTENTE_DATA_DIR=/var/lib/entente/store
VOLUME /var/lib/entente
EXPOSE 50051 9464
HEALTHCHECK --interval=10s --timeout=6s --start-period=5m --retries=3 \
    CMD ["entente", "health", "--timeout", "5s"]
ENTRYPOINT ["entente"]
CMD ["serve"]
