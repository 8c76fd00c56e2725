// Checks dashboards against a closed JSON Schema generated from Grafana's own types: a key they do
// not know is a typing mistake. Files are the arguments; ends with 1 if one is not valid.

import { readFileSync } from "node:fs";

import Ajv from "ajv";
import { createGenerator } from "ts-json-schema-generator";

const DASHBOARD = "node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen.d.ts";

function validator(path, type) {
  // Not exposed: five panel types call their options by one name.
  const source = { path, type, tsconfig: "tsconfig.json", skipTypeCheck: true, expose: "none" };
  return new Ajv({ strict: false, allErrors: true }).compile(createGenerator(source).createSchema(type));
}

const isDashboard = validator(DASHBOARD, "Dashboard");
const areOptions = validator("types.ts", "PanelOptions");

let mistakes = 0;
function report(where, { errors }) {
  for (const error of errors ?? []) {
    console.error(`${where}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
    mistakes += 1;
  }
}

for (const file of process.argv.slice(2)) {
  const board = JSON.parse(readFileSync(file, "utf-8"));
  isDashboard(board);
  report(file, isDashboard);
  for (const { title, type, options } of board.panels) {
    areOptions({ [type]: options });
    report(`${file}: ${title}`, areOptions);
  }
  console.log(`${file}: ${board.panels.length} panels checked`);
}
process.exit(mistakes ? 1 : 0);
