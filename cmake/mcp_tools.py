#!/usr/bin/env python3
"""Makes the tools of `carillon mcp` from the description of the API: mcp_tools.py OPENAPI OUTPUT

A tool is an operation of the admin port that answers JSON, or nothing. Its input is an object with
the parameters, and `body` for the request's body, as JSON Schema 2020-12 without references.
"""

import json
import sys

import yaml

METHODS = ("get", "post", "put", "patch", "delete")

# The answer of a POST to these is a secret, which an agent would keep in its transcript: people make
# keys, tokens, and other secrets.
SECRET_PATHS = ("/api/keys", "-tokens", "/rotate-secret")

# Steps of a browser's signing in.
BROWSER_PATHS = ("/sso/", "/api/sso")

# Not for agents: pages, and the description itself, which is a resource.
PAGES = ("getConsole", "getConsoleFile", "getDescription", "getPrometheusMetrics")

# They undo nothing and lose nothing, although their method is POST.
HARMLESS = ("testWebhook", "enableWebhook", "resumeConsumer", "resumeJobQueue", "publishEvent")

# Of OpenAPI 3.0, unknown to JSON Schema.
LEFT_OUT = ("example", "examples", "discriminator", "xml", "externalDocs")


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def schema_of(document, node, open_refs=()):
    """The schema without references; a recursive one ends in {}."""
    if isinstance(node, list):
        return [schema_of(document, x, open_refs) for x in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        if node["$ref"] in open_refs:
            return {}
        return schema_of(document, resolve(document, node), (*open_refs, node["$ref"]))
    out = {
        # The names of members are not keywords.
        name: {n: schema_of(document, x, open_refs) for n, x in value.items()}
        if name == "properties" else schema_of(document, value, open_refs)
        for name, value in node.items() if name not in LEFT_OUT
    }
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(out.get(bound), bool):
            if out.pop(bound):
                out[bound] = out.pop(limit)
    if out.pop("nullable", False):
        out = nullable(out)
    return out


def nullable(schema):
    if "enum" in schema and None not in schema["enum"]:
        schema = schema | {"enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def is_for_agents(document, path, method, operation):
    if operation["operationId"] in PAGES or path.startswith(BROWSER_PATHS):
        return False
    if method == "post" and path.endswith(SECRET_PATHS):
        return False
    servers = operation.get("servers")
    if servers and not any(x.get("url", "").endswith(":7071") for x in servers):
        return False
    for status, answer in operation["responses"].items():
        content = resolve(document, answer).get("content", {})
        if status.startswith("2") and content and "application/json" not in content:
            return False
    return True


def tool_of(document, path, method, shared, operation):
    properties, required, parameters = {}, [], []
    for given in (*shared, *operation.get("parameters", [])):
        parameter = resolve(document, given)
        if parameter["in"] not in ("path", "query"):
            continue
        schema = schema_of(document, parameter["schema"])
        if "description" in parameter:
            schema = schema | {"description": parameter["description"]}
        properties[parameter["name"]] = schema
        parameters.append({"name": parameter["name"], "in": parameter["in"]})
        if parameter.get("required") or parameter["in"] == "path":
            required.append(parameter["name"])
    body = resolve(document, operation["requestBody"]) if "requestBody" in operation else None
    if body is not None:
        properties["body"] = schema_of(document, body["content"]["application/json"]["schema"])
        if body.get("required"):
            required.append("body")
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    text = operation["summary"].strip()
    if operation.get("description"):
        text += "\n\n" + operation["description"].strip()
    reads = method == "get"
    name = operation["operationId"]
    return {
        "name": name,
        "method": method.upper(),
        "path": path,
        "parameters": parameters,
        "hasBody": body is not None,
        "reads": reads,
        "shown": {
            "name": name,
            "description": f"{text}\n\n{method.upper()} {path}",
            "inputSchema": schema,
            "annotations": {
                "readOnlyHint": reads,
                "destructiveHint": not reads and name not in HARMLESS,
                "idempotentHint": method in ("get", "put", "delete"),
                "openWorldHint": False,
            },
        },
    }


def tools_of(document):
    out = []
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation and is_for_agents(document, path, method, operation):
                out.append(tool_of(document, path, method, item.get("parameters", []), operation))
    return sorted(out, key=lambda x: x["name"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        # One tool a line: embed_text.cmake cuts the text into literals.
        file.write("[\n" + ",\n".join(
            json.dumps(x) for x in tools_of(document)) + "\n]\n")


if __name__ == "__main__":
    main()
