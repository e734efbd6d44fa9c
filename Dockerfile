# waxseal in an image without a shell, for a user without rights:
#
#   docker build -t waxseal .
#   docker run --rm waxseal scan example.org
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" waxseal scan --report html=mail.html
#
# CI systems that run a script inside an image need a shell there: docker build --target ci -t waxseal:ci .
#
# Both stages are of the same Debian, so that the C library is the one that the program was linked with. For a build
# that is the same tomorrow, give digests: --build-arg RUST=docker.io/library/rust:1.95-slim-trixie@sha256:...
ARG RUST=docker.io/library/rust:1.95-slim-trixie
ARG RUNTIME=gcr.io/distroless/cc-debian13:nonroot
ARG RUNTIME_CI=docker.io/library/debian:trixie-slim

FROM ${RUST} AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY policies policies
COPY src src
ENV CARGO_INCREMENTAL=0 \
    CARGO_PROFILE_RELEASE_STRIP=symbols
RUN cargo build --locked --release --bin waxseal

FROM ${RUNTIME_CI} AS ci
COPY --from=build /src/target/release/waxseal /usr/local/bin/waxseal
USER 65532:65532
WORKDIR /work

# Certification authorities are compiled in; the C library, libm and libgcc_s are all that the program loads.
FROM ${RUNTIME}
LABEL org.opencontainers.image.title="waxseal" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/waxseal/
COPY --from=build /src/target/release/waxseal /waxseal
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/waxseal"]
