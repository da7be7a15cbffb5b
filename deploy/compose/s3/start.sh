#!/bin/sh
# Starts SeaweedFS with only its S3 server reachable: the master, volume and filer servers behind
# it ask for no credentials, so they listen on the loopback interface, and serve no files there.
set -eu

# The page's origin, and those of a JSON list, with commas between.
others=$(printf %s "${ALLOWED_ORIGINS:-}" | tr -d '[]" ')
origins=$PUBLIC_URL${others:+,$others}

# Of the container's memory, what Go may fill before it tidies up; nothing where there is no limit.
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
if [ "$limit" != max ]; then
    GOMEMLIMIT=$((limit / 4 * 3))
    export GOMEMLIMIT
fi

# Beside S3 it listens for commands of its own kind, which name users and may do everything. They are
# taken from whoever has a certificate of this authority, and nobody has.
if [ -f /run/fotograma/grpc.crt ]; then
    export WEED_GRPC_CA=/run/fotograma/grpc.crt
    export WEED_GRPC_S3_CERT=/run/fotograma/grpc.crt WEED_GRPC_S3_KEY=/run/fotograma/grpc.key
fi

exec /entrypoint.sh server \
    -dir=/data \
    -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -disableHttp \
    -master.telemetry=false -master.electionTimeout=1s \
    -master.volumeSizeLimitMB=1024 -volume.max=0 -volume.preStopSeconds=0 \
    -s3 -s3.ip.bind=0.0.0.0 -s3.port=8333 \
    -s3.iam=false -s3.port.iceberg=0 -s3.port.lance=0 \
    -s3.autoCreateBucket=false -s3.allowDeleteBucketNotEmpty=false \
    -s3.cacheCapacityMB=0 -s3.readerCacheSizeMB=64 -s3.concurrentUploadLimitMB=64 \
    -s3.allowedOrigins="$origins" \
    -s3.config=/run/fotograma/s3.json
