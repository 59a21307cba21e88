"""Runs in a fresh interpreter: what awslambdaric says of one package, as a line of JSON.

    client.py CLIENT TASK OPT HANDLER
"""

import importlib
import json
import os
import sys
import types

client, task, opt, handler = sys.argv[1:]
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
# The compiled half only talks to the Runtime API.
sys.modules["runtime_client"] = types.ModuleType("runtime_client")
sys.modules["runtime_client"].initialize_client = lambda agent: None
sys.path[0] = client
bootstrap = importlib.import_module("awslambdaric.bootstrap")
fault = importlib.import_module("awslambdaric.lambda_runtime_exception").FaultException
del sys.path[0]
site = f"python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
sys.path[:0] = [task, f"{opt}/{site}", f"{opt}/python"]
sys.dont_write_bytecode = True
os.chdir(task)
out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
try:
    bootstrap._get_handler(handler)
    said = ("loads", "")
except fault as error:
    said = (error.exception_type, str(error.msg))
except BaseException as error:
    said = (type(error).__name__, str(error))
out.write(json.dumps(said))
out.flush()
os._exit(0)
