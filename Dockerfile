# The server as an image: one static binary that is not root, with certificates and time zones, and no shell.
# docker build --build-arg VERSION="$(git describe --always)" -t dongbaejul .
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH make binary BINARY=/image/dongbaejul LDFLAGS="-s -w" VERSION="$VERSION"
# What the server writes to, where its data is not on MongoDB.
RUN mkdir /image/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /image/dongbaejul /dongbaejul
COPY --from=build --chown=nonroot:nonroot /image/data /data
ENV DATA_DIR=/data
EXPOSE 3000
# Docker's pause between two checks is also how late it learns that a new process serves: hence the shorter one at the start.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 CMD ["/dongbaejul", "healthcheck"]
ENTRYPOINT ["/dongbaejul"]
