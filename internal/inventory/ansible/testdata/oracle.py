"""Prints what ansible-inventory --list makes of each path on standard input, a line of JSON each.

It runs the command's own code for one path after the other, since starting it anew takes a second.
"""
import contextlib
import io
import json
import sys

from ansible.cli.inventory import InventoryCLI
from ansible.utils import context_objects
from ansible.utils.display import Display


def listed(path):
    context_objects.GlobalCLIArgs._Singleton__instance = None  # the arguments of the path before
    Display()._warns.clear()  # each is shown once only
    out, err = io.StringIO(), io.StringIO()
    result = {"code": 0}
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli = InventoryCLI(["ansible-inventory", "-i", path, "--list"])
            cli.parse()
            try:
                cli.run()
            except SystemExit as e:
                result["code"] = e.code or 0
        result["list"] = json.loads(out.getvalue())
    except Exception as e:  # the command prints it and fails
        result["code"], result["error"] = 1, str(e)
    result["warnings"] = err.getvalue()
    return result


for line in sys.stdin:
    print(json.dumps(listed(line.rstrip("\n"))), flush=True)
