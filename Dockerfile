# Two images, both without rights of their own. docs/scheduling.md says how they are started.
#
#   docker build --tag call-status .                              runs scripts/run-scheduled once; a scheduler starts it
#   docker build --tag call-status-boards --target boards .       serves the boards on the published file
#
# /data holds inbox, state and published file, and belongs to the user 10001, or to the one that --user names.

FROM python:3.11.14-slim-bookworm AS base
WORKDIR /opt/call_status
ENV HOME=/tmp
COPY requirements requirements/
COPY scripts/setup scripts/setup
RUN install -d -o 10001 -g 10001 /data logs

FROM base AS boards
# What only tests of the boards need, a browser above all, stays out.
RUN sed -i '/^# debian:/d; /^playwright/d; /^pytest/d' requirements/boards.txt && scripts/setup boards
COPY scripts scripts/
COPY models models/
COPY charts charts/
COPY dbt_charts.yml ./
ENV CALL_STATUS_DB=/data/published/call_status.duckdb
USER 10001:10001
EXPOSE 8095
CMD ["scripts/board", "--host", "0.0.0.0"]

FROM base AS job
RUN scripts/setup
COPY scripts scripts/
COPY macros macros/
COPY models models/
COPY seeds seeds/
COPY tests/dbt tests/dbt/
COPY docs/dbt docs/dbt/
COPY dbt_project.yml profiles.yml .dbtignore ./
ENV CALL_STATUS_DB=/data/state/call_status.duckdb
USER 10001:10001
VOLUME /data
CMD ["scripts/run-scheduled", "--inbox", "/data/inbox", "--publish", "/data/published/call_status.duckdb"]
