# The site, its quick worker and its schedule: one image, three commands (see compose.yml).
#
# Everything of ours lies in /radgame, and every step names it in full: tests/docker runs the
# same steps as plain commands in another folder.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/base.txt requirements/production.txt /radgame/requirements/
RUN python -m venv /radgame/venv
RUN /radgame/venv/bin/pip install --quiet \
    -r /radgame/requirements/base.txt -r /radgame/requirements/production.txt

WORKDIR /radgame/site
COPY manage.py ./
COPY docker/health.py docker/
COPY scoring scoring/
COPY radgame radgame/
COPY localize localize/
COPY report report/
COPY templates templates/
COPY static static/
# The key is made for this one command and goes with it; the site itself starts with none.
RUN SECRET_KEY="$(/radgame/venv/bin/python -c 'import secrets; print(secrets.token_hex(32))')" \
    RADGAME_VAR="$(mktemp -d)" STATIC_ROOT=/radgame/static \
    /radgame/venv/bin/python manage.py collectstatic --no-input --verbosity 0
# The root of the running container is read-only, so what Python compiles is compiled here.
RUN /radgame/venv/bin/python -m compileall -q /radgame/site


FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 radgame \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin radgame \
    && install --directory --owner 10001 --group 10001 /var/lib/radgame
COPY --from=build /radgame /radgame
ENV PATH=/radgame/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    RADGAME_PRODUCTION=1 RADGAME_VAR=/var/lib/radgame STATIC_ROOT=/radgame/static
WORKDIR /radgame/site
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "docker/health.py"]
CMD ["gunicorn", "-c", "python:radgame.gunicorn", "--bind", "0.0.0.0:8000"]
