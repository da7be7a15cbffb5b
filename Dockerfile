# The image of a service: docker build --build-arg SERVICE=video .
#
# Each has its API as default command (the worker has none: its one process), and its background
# work (`fotograma_video.main:background`) and operators' command (`fotograma-video`) beside it.
# Without a compiler: PyAV's wheel carries FFmpeg's libraries; `--build-arg FFMPEG=yes` adds the
# ffmpeg command to the worker.

# auth, notify, video or worker
ARG SERVICE

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.13.16-slim-bookworm AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/app \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src

# What others wrote, in a layer that stays until the lock file changes. To hold the lock file
# against the workspace uv wants to see each of its members.
COPY pyproject.toml uv.lock ./
COPY cli/pyproject.toml cli/
COPY installer/pyproject.toml installer/
COPY local/pyproject.toml local/
COPY libs/archive/pyproject.toml libs/archive/
COPY libs/contracts/pyproject.toml libs/contracts/
COPY libs/kit/pyproject.toml libs/kit/
COPY services/auth/pyproject.toml services/auth/
COPY services/notify/pyproject.toml services/notify/
COPY services/video/pyproject.toml services/video/
COPY services/worker/pyproject.toml services/worker/
COPY web/pyproject.toml web/
COPY deploy/images/slim_botocore.py ./
ARG SERVICE
# s3 in notify's image is for deploy/compose/provision.py, which runs in it. auth has no botocore.
RUN uv sync --locked --no-dev --no-install-workspace --package "fotograma-$SERVICE" \
    && python slim_botocore.py /app/lib/python3.13/site-packages/botocore/data \
        dynamodb s3 sesv2 sqs

COPY libs libs
COPY services/$SERVICE services/$SERVICE
RUN uv sync --locked --no-dev --no-editable --inexact --package "fotograma-$SERVICE"

FROM python:3.13.16-slim-bookworm AS base
ENTRYPOINT ["uvicorn", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-server-header", "--timeout-graceful-shutdown", "10"]

# What the services' images differ in.

FROM base AS auth
LABEL org.opencontainers.image.description="Users, credentials, sessions and keys of Fotograma"
CMD ["fotograma_auth.main:api"]

FROM base AS notify
LABEL org.opencontainers.image.description="Recipients of Fotograma and the mail they get"
CMD ["fotograma_notify.main:api"]

FROM base AS video
LABEL org.opencontainers.image.description="Videos, uploads and extractions of Fotograma"
CMD ["fotograma_video.main:api"]

FROM base AS worker
ARG FFMPEG=no
# hadolint ignore=DL3008
RUN if [ "$FFMPEG" = yes ]; then \
        apt-get update \
        && apt-get install --yes --no-install-recommends ffmpeg \
        && rm -rf /var/lib/apt/lists/*; \
    fi
LABEL org.opencontainers.image.description="Decodes videos into frames for Fotograma"
CMD ["fotograma_worker.main:worker"]

FROM $SERVICE
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
# Ready, not only alive: `docker ps` shows whether the process can do its work. -S leaves out what
# the probe does not need, which halves its cost.
HEALTHCHECK --interval=5s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-ISc", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]

ARG SERVICE
ARG VERSION=local
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fotograma-$SERVICE" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
