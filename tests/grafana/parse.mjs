// Parses queries by Grafana's own grammars. Reads a list of [language, query] as JSON from standard input, and
// writes for each where it first fails, or null.

import { readFileSync } from "node:fs";
import { parser as logql } from "@grafana/lezer-logql";
import { parser as traceql } from "@grafana/lezer-traceql";

const PARSERS = { logql, traceql };

/** The text from the first place on that the grammar does not take, or null. */
function failure(language, query) {
  let at = null;
  PARSERS[language].parse(query).iterate({
    enter(node) {
      if (node.type.isError) at ??= node.from;
    },
  });
  return at === null ? null : query.slice(at) || "(its end)";
}

const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([language, query]) => failure(language, query))));
