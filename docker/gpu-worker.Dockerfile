# The worker that asks models. The CUDA runtime comes with torch: its wheel for Linux brings the
# libraries that it was built against, so a CUDA base image would only hold a second set of them.
# The driver is the host's; NVIDIA's container runtime brings it in by the variables below. See
# docs/adr/0021-the-gpu-image-takes-cuda-from-torch.md.
#
# Everything of ours lies in /radgame, and every step names it in full: tests/docker runs the
# same steps as plain commands in another folder.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/base.txt requirements/production.txt requirements/models.txt /radgame/requirements/
RUN python -m venv /radgame/venv
RUN /radgame/venv/bin/pip install --quiet -r /radgame/requirements/base.txt \
    -r /radgame/requirements/production.txt -r /radgame/requirements/models.txt
# An index of one's own may offer torch for the CPU under the same version: better no image then.
RUN /radgame/venv/bin/python -c "import torch; \
    raise SystemExit(None if torch.version.cuda else 'torch came without CUDA: see the pip index')"

WORKDIR /radgame/site
COPY manage.py ./
COPY scoring scoring/
COPY radgame radgame/
COPY localize localize/
COPY report report/
COPY templates templates/
RUN /radgame/venv/bin/python -m compileall -q /radgame/site


FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 radgame \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin radgame \
    && install --directory --owner 10001 --group 10001 /var/lib/radgame /var/lib/weights
COPY --from=build /radgame /radgame
ENV PATH=/radgame/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp HF_HOME=/var/lib/weights \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    RADGAME_PRODUCTION=1 RADGAME_VAR=/var/lib/radgame
WORKDIR /radgame/site
USER 10001:10001
HEALTHCHECK --interval=60s --timeout=30s --start-period=120s --retries=3 \
    CMD ["python", "manage.py", "check_worker", "--queue", "gpu", "--here"]
CMD ["celery", "-A", "radgame", "worker", "-Q", "gpu", "--concurrency", "1", "-n", "gpu@%h"]
