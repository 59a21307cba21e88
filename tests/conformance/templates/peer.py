"""Asks cfn-lint and the SAM translator; started with the Python of their own environment.

    peer.py lint DAY FILE...        {file: [[rule, path], ...]}, as if today were DAY
    peer.py translate FILE...       {file: {function: settings} or "why not"}
"""

import datetime
import importlib
import json
import sys


def lint(day, files):
    from cfnlint.api import ManualArgs, lint_by_config

    class Today(datetime.datetime):
        @classmethod
        def today(cls):
            return cls.strptime(day, "%Y-%m-%d")

    for name in ("DeprecatedRuntimeCreate", "DeprecatedRuntimeEol", "DeprecatedRuntimeUpdate"):
        importlib.import_module("cfnlint.rules.resources.lmbd." + name).datetime = Today
    found = {file: [] for file in files}
    matches = lint_by_config(ManualArgs(templates=list(files), regions=["us-east-1"]))
    for match in matches:
        steps = getattr(match, "path", None) or []
        found.setdefault(match.filename, []).append([match.rule.id, [str(step) for step in steps]])
    return found


def settings(properties):
    layers = properties.get("Layers", [])
    variables = properties.get("Environment", {})
    variables = variables.get("Variables", {}) if isinstance(variables, dict) else None
    architectures = properties.get("Architectures")
    if isinstance(architectures, list) and len(architectures) == 1:
        architectures = architectures[0]
    return {"Handler": properties.get("Handler"), "Runtime": properties.get("Runtime"),
            "Architectures": architectures, "MemorySize": properties.get("MemorySize"),
            "Timeout": properties.get("Timeout"), "image": properties.get("PackageType") == "Image",
            "layers": len(layers) if isinstance(layers, list) else None,
            "variables": sorted(variables) if isinstance(variables, dict) else None}


def uploaded(node):
    """Local paths as `sam package` leaves them."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key in ("CodeUri", "ContentUri", "DefinitionUri") and isinstance(value, str):
            node[key] = value if value.startswith("s3://") else "s3://bucket/key"
        uploaded(value)
    return node


def translate(files):
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse
    answers = {}
    for file in files:
        try:
            with open(file, encoding="utf-8") as text:
                template = uploaded(yaml_parse(text.read()))
            translator = Translator({}, Parser(), boto_session=boto3.session.Session(region_name="us-east-1"))
            made = translator.translate(sam_template=template, parameter_values={})
            answers[file] = {name: settings(item.get("Properties", {})) for name, item in made["Resources"].items()
                             if item.get("Type") == "AWS::Lambda::Function"}
        except Exception as error:  # whatever it is, it is the peer's answer
            answers[file] = f"{type(error).__name__}: {error}"
    return answers


if __name__ == "__main__":
    print(json.dumps(lint(sys.argv[2], sys.argv[3:]) if sys.argv[1] == "lint" else translate(sys.argv[2:])))
