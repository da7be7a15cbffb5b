# Every image of others that this repository names, by its exact version: the one list. A contract
# test (tests/contract/test_images.py) holds every file to it. It is never built; it has the form that
# Renovate and scanners read without being told how.
#
# No digests here: on one host an image may be built or brought by hand. Those of the overlays that
# Argo CD deploys are pinned by digest; see docs/deploy.md.

# What runs beside the services: docker-compose.yml, deploy/k8s
FROM caddy:2.11.7-alpine
FROM chrislusf/seaweedfs:4.48
FROM grafana/alloy:v1.19.2
FROM grafana/grafana:12.2.0
FROM grafana/loki:3.7.6
FROM grafana/tempo:3.0.3
FROM jaegertracing/jaeger:2.21.0
FROM ministackorg/ministack:1.5.33
FROM postgres:18.6
FROM prom/alertmanager:v0.35.0
FROM prom/prometheus:v3.14.0
FROM rabbitmq:4.2.9-management

# What the services' own images are built from: Dockerfile
FROM ghcr.io/astral-sh/uv:0.13.9
FROM python:3.13.16-slim-bookworm
