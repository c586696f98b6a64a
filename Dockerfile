# The service as an image: `docker build -t invoice-service .`, then `docker run invoice-service api`, `worker` or `migrate`.
# Demo, tests and their servers stay outside, see .dockerignore.

FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source

RUN python -m venv /opt/invoices
COPY requirements requirements
RUN /opt/invoices/bin/pip install --require-hashes -r requirements/service.txt

# The build backend in an environment of its own, with the version and the hashes that developers have.
RUN awk '/^[a-z]/ { wanted = /^setuptools==/ } wanted' requirements/dev.txt > backend.txt \
    && python -m venv /opt/backend \
    && /opt/backend/bin/pip install --require-hashes -r backend.txt

COPY pyproject.toml README.md LICENSE cli.py logs.py settings.py sweeping.py worker.py ./
COPY activities activities
COPY api api
COPY commands commands
COPY contracts contracts
COPY database database
COPY documents documents
COPY integrations integrations
COPY invoicing invoicing
COPY workflows workflows
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheel . \
    && /opt/invoices/bin/pip install --no-deps wheel/*.whl


FROM python:3.11-slim-bookworm

# What WeasyPrint loads; the invoices' fonts come with the service.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

# A number, so that orchestrators can see that it is not root. The folder is here so that a new volume gets its owner.
RUN useradd --system --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin invoices \
    && install -d -o invoices -g invoices -m 0750 /var/lib/invoices/documents
COPY --from=build /opt/invoices /opt/invoices

ENV PATH=/opt/invoices/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    INVOICES_API_HOST=0.0.0.0
WORKDIR /var/lib/invoices
USER 10001
EXPOSE 8000

# Of the API. Whoever runs a worker from this image says what its health is, as docker-compose.yml does.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + (os.environ.get('INVOICES_API_PORT') or '8000') + '/health/live', timeout=4)"]

ENTRYPOINT ["invoices"]
CMD ["--help"]
