// From a panel's queries to what a visualization takes: asks Prometheus, as Grafana's datasource
// does, then applies the panel's transformations and its field configuration with Grafana's code.

import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  displayNameOverrideProcessor,
  FieldType,
  identityOverrideProcessor,
  PanelPlugin,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  thresholdsOverrideProcessor,
  toDataFrame,
  transformDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from "@grafana/data";
import { lastValueFrom } from "rxjs";

const PROCESSORS = {
  unit: unitOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
};
const STANDARD =
  "unit min max decimals displayName color noValue thresholds mappings links fieldMinMax".split(" ");
const CUSTOM =
  "lineWidth fillOpacity drawStyle showPoints stacking thresholdsStyle align width minWidth cellOptions".split(
    " ",
  );

function property(id) {
  const nothing = () => null;
  return {
    id,
    path: id,
    name: id,
    editor: nothing,
    override: nothing,
    process: PROCESSORS[id] ?? identityOverrideProcessor,
    shouldApply: () => true,
  };
}

const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((each) => ({
    id: each.id,
    name: each.name,
    aliasIds: [],
    transformation: async () => each,
  })),
);
standardFieldConfigEditorRegistry.setInit(() => STANDARD.map(property));
const plugin = new PanelPlugin(() => null);
plugin.meta = { id: "any", name: "any" };
plugin.useFieldConfig({
  useCustomConfig: (builder) => CUSTOM.forEach((id) => builder.addCustomEditor(property(id))),
});

/** Replaces ${name}, $name and ${name:format}; fields of a series are found in the scope. */
export function replacer(variables) {
  return (text, scope = {}) =>
    (text ?? "").replace(/\$(?:\{([\w.]+)(?::\w+)?\}|(\w+))/g, (whole, braced, bare) => {
      const [head, ...path] = (braced ?? bare).split(".");
      const start = head in variables ? variables[head] : scope[head]?.value;
      return path.reduce((value, key) => value?.[key], start) ?? whole;
    });
}

/** The state a panel is drawn from, or what went wrong. */
export async function load(panel, view) {
  try {
    const raw = (await Promise.all(panel.targets.map((target) => ask(target, panel.targets.length, view)))).flat();
    const frames = await lastValueFrom(transformDataFrame(panel.transformations, raw));
    const series = applyFieldOverrides({
      data: frames,
      fieldConfig: panel.fieldConfig,
      fieldConfigRegistry: plugin.fieldConfigRegistry,
      replaceVariables: view.replace,
      theme: view.theme,
      timeZone: view.timeZone,
    });
    for (const field of series.flatMap((frame) => frame.fields)) {
      field.state = { ...field.state, displayName: undefined }; // it was named before its overrides
    }
    cacheFieldDisplayNames(series);
    // A graph that says what having no data means has none; any other panel should have some.
    const without = panel.type === "timeseries" && panel.fieldConfig.defaults.noValue ? "none" : "empty";
    return { state: series.some((frame) => frame.length) ? "done" : without, series };
  } catch (error) {
    console.error(panel.title, error);
    return { state: "error", error: String(error), series: [] };
  }
}

async function ask(target, queries, view) {
  const expr = view.replace(target.expr);
  const times = target.instant
    ? { time: view.to / 1000 }
    : { start: view.from / 1000, end: view.to / 1000, step: view.step };
  const path = target.instant ? "query" : "query_range";
  const response = await fetch(`/api/v1/${path}?${new URLSearchParams({ query: expr, ...times })}`);
  const answer = await response.json();
  if (answer.status !== "success") throw new Error(answer.error);
  const found = answer.data.result;
  if (target.format === "table") return [table(found, target.refId, queries)];
  if (target.format === "heatmap") return buckets(found, target, view.step);
  return found.map((each) => line(each, target, view.step));
}

function table(found, refId, queries) {
  const labels = [...new Set(found.flatMap((each) => Object.keys(each.metric)))];
  return toDataFrame({
    refId,
    fields: [
      { name: "Time", type: FieldType.time, values: found.map((each) => each.value[0] * 1000) },
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        values: found.map((each) => each.metric[name]),
      })),
      {
        name: queries > 1 ? `Value #${refId}` : "Value",
        type: FieldType.number,
        values: found.map((each) => Number(each.value[1])),
      },
    ],
  });
}

function line(each, target, step) {
  const name = legend(each.metric, target);
  const points = each.values ?? [each.value];
  return toDataFrame({
    refId: target.refId,
    name,
    fields: [
      {
        name: "Time",
        type: FieldType.time,
        config: { interval: step * 1000 },
        values: points.map(([at]) => at * 1000),
      },
      {
        name: "Value",
        type: FieldType.number,
        labels: each.metric,
        config: { displayNameFromDS: name },
        values: points.map(([, value]) => (value === "NaN" ? null : Number(value))),
      },
    ],
  });
}

const bound = ({ metric }) => (metric.le === "+Inf" ? Infinity : Number(metric.le));

/** Cumulated buckets of a histogram, as the number in each, from the lowest up. */
function buckets(found, target, step) {
  const lines = found
    .toSorted((one, other) => bound(one) - bound(other))
    .map((each) => line(each, target, step));
  const below = lines.map((frame) => [...frame.fields[1].values]);
  lines.forEach((frame, row) => {
    frame.fields[1].values = below[row].map((all, at) => all - (below[row - 1]?.[at] ?? 0));
  });
  return lines;
}

function legend(labels, target) {
  if (target.legendFormat !== "__auto") {
    return target.legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "");
  }
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length ? `{${pairs.join(", ")}}` : target.expr;
}
