"""Runs one scenario: run.py DESCRIPTOR_SET REGISTRY_ADDRESS MODULE.SCENARIO. Exit code 0 means that it holds."""
import importlib
import sys
import traceback

from wire import Wire


def main():
    descriptor_set, address, scenario = sys.argv[1:]
    module, name = scenario.split(".")
    try:
        getattr(importlib.import_module(module), name)(Wire(descriptor_set), address)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    # Open streams keep grpcio's threads alive; what they would still say is of no interest.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    import os

    os._exit(code)
