# breast-corr, for research use only. Written from the documentation and not built by the project's
# checks, which have no container engine.
#
#   docker build -t breast-corr .
#   docker run --rm -v "$PWD:/data" breast-corr report my_case.yaml --out out
#   docker run --rm -p 8888:8888 --entrypoint jupyter breast-corr lab --ip 0.0.0.0
FROM python:3.11-slim
COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt "/src[all]" \
    && useradd --create-home reader && mkdir /data && chown reader /data
USER reader
WORKDIR /data
ENTRYPOINT ["corr"]
