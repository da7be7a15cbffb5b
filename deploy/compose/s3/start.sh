#!/bin/sh
# Starts SeaweedFS with only its S3 server reachable: the master, volume and filer servers behind
# it ask for no credentials, so they listen on the loopback interface, and serve no files there.
set -eu

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

# How many files a bucket is given when it needs one; 7 unless told otherwise.
export WEED_MASTER_VOLUME_GROWTH_COPY_1=1

# The options are those of the embedded stack, too. The entry point overrides how many volumes there
# may be: as many as the disk has room for.
exec /entrypoint.sh server \
    -options=/options/seaweedfs.options \
    -dir=/data \
    -s3.ip.bind=0.0.0.0 -s3.port=8333 \
    -s3.config=/run/fotograma/s3.json
