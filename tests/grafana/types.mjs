// Holds dashboards against Grafana's own types. Reads a list of dashboards as JSON from standard input, and writes
// for each what does not fit: unknown fields, wrong kinds of values.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as schema from "@grafana/schema";
import ts from "typescript";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
};

/** The dashboard as a program whose types are checked. Nobody is there to fill in what Grafana does by itself. */
const program = (dashboard) => `
import type { Dashboard } from "@grafana/schema";
export const dashboard: Partial<Dashboard> = ${JSON.stringify(dashboard)};
`;

const files = new Map(
  JSON.parse(readFileSync(0, "utf8")).map((each, n) => [`${HERE}dashboard-${n}.ts`, program(each)]),
);
const host = ts.createCompilerHost(OPTIONS);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (name) => files.has(name) || fileExists(name);
host.readFile = (name) => files.get(name) ?? readFile(name);
host.getSourceFile = (name, ...rest) =>
  files.has(name)
    ? ts.createSourceFile(name, files.get(name), OPTIONS.target)
    : getSourceFile(name, ...rest);
const compiled = ts.createProgram([...files.keys()], OPTIONS, host);

/** Whether a complaint is only that JSON has a value where TypeScript wants its enumeration's name. */
function isOfEnumeration(complaint) {
  const [, value, name] = /^Type '"(.+)"' is not assignable to type '(\w+)'\.$/.exec(complaint) ?? [];
  return Object.values(schema[name] ?? {}).includes(value);
}

const found = [...files.keys()].map((name) =>
  ts
    .getPreEmitDiagnostics(compiled, compiled.getSourceFile(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
    .filter((complaint) => !isOfEnumeration(complaint)),
);
console.log(JSON.stringify(found));
