# hushgate as a container. It needs the network it guards, and two capabilities (to guard, to listen):
#
#   docker run --network host --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_RAW \
#     --read-only --tmpfs /run \
#     -v /etc/hushgate:/etc/hushgate:ro -v hushgate:/var/lib/hushgate hushgate

FROM debian:trixie-slim AS build
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      python3 python3-venv python3-dev gcc libc6-dev libnetfilter-queue-dev \
 && rm -rf /var/lib/apt/lists/*
# Two environments: the tools that build stay behind, /opt/hushgate holds what runs and not even pip.
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/hushgate
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_PROGRESS_BAR=off
COPY requirements/ /src/requirements/
RUN /opt/build/bin/pip install --require-hashes --no-deps -r /src/requirements/build.lock
RUN /opt/build/bin/pip wheel --require-hashes --no-deps --no-build-isolation \
      -r /src/requirements/runtime.lock -w /wheels
COPY . /src
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation /src -w /wheels \
 && /opt/build/bin/pip --python /opt/hushgate/bin/python install --no-index --no-deps /wheels/*.whl \
 && /opt/build/bin/pip --python /opt/hushgate/bin/python check \
 && chmod -R a-w /opt/hushgate

FROM debian:trixie-slim
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      python3 nftables iptables iproute2 conntrack libnetfilter-queue1 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/hushgate /opt/hushgate
ENV PATH=/opt/hushgate/bin:$PATH PYTHONUNBUFFERED=1
VOLUME /var/lib/hushgate
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["hushgate", "status"]
ENTRYPOINT ["hushgate"]
CMD ["run"]
