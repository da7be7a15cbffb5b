#!/bin/sh
# Starts SeaweedFS with only its S3 server reachable: the master, volume and filer servers behind
# it ask nobody who they are, and listen on the loopback interface.
set -eu

# The page's origin, and those of a JSON list, with commas between.
others=$(printf %s "${ALLOWED_ORIGINS:-}" | tr -d '[]" ')
origins=$PUBLIC_URL${others:+,$others}

if [ -x /entrypoint.sh ]; then
    exec /entrypoint.sh server \
        -dir=/data \
        -ip=127.0.0.1 -ip.bind=127.0.0.1 \
        -master.telemetry=false \
        -master.volumeSizeLimitMB=1024 -volume.max=0 \
        -s3 -s3.ip.bind=0.0.0.0 -s3.port=8333 \
        -s3.allowedOrigins="$origins" \
        -s3.config=/run/fotograma/s3.json
fi

# Where an emulator bears SeaweedFS's name, it checks presigned URLs with the key it finds in its
# environment: the one that the video service signs with.
key() { sed -n "s/^$1 = //p" /run/fotograma/signing-credentials; }
AWS_ACCESS_KEY_ID=$(key aws_access_key_id)
AWS_SECRET_ACCESS_KEY=$(key aws_secret_access_key)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
exec ministack
