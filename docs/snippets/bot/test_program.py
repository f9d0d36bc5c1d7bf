"""A program of its own, which reads its key from the environment."""

import os
import subprocess
import sys

from okx_guide.sandbox import RunningSandbox

PROGRAM = """
from okx_guide import OkxSession
print(OkxSession.from_env(demo=True).get("/api/v5/account/config").json()["data"][0]["perm"])
"""


def test_the_program_sees_its_permissions(okx_sandbox: RunningSandbox) -> None:
    environ = {**os.environ, **okx_sandbox.environ}
    program = [sys.executable, "-c", PROGRAM]
    printed = subprocess.run(program, env=environ, capture_output=True, text=True, check=True)
    assert printed.stdout == "read_only,trade\n"
