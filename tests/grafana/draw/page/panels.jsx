// One visualization for each panel type of the dashboards. Time series, stat and table are Grafana's
// own. Its state timeline and heat map are not published as components: those two are drawn here,
// from the same fields, colors and texts.

import { getFieldDisplayValues } from "@grafana/data";
import { BigValue, TimeSeries, VizLegend } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";

export function Visualization({ panel, series, view, width, height }) {
  const Kind = KINDS[panel.type];
  return <Kind panel={panel} series={series} view={view} width={width} height={height} />;
}

function Lines({ panel, series, view, width, height }) {
  return (
    <TimeSeries
      frames={series}
      structureRev={1}
      timeRange={view.range}
      timeZone={view.timeZone}
      width={width}
      height={height}
      legend={panel.options.legend}
      options={panel.options}
    />
  );
}

function Numbers({ panel, series, view, width, height }) {
  const values = getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: view.replace,
    theme: view.theme,
    timeZone: view.timeZone,
    data: series,
  });
  return (
    <div style={{ display: "flex", gap: 4 }}>
      {values.map((each, index) => (
        <BigValue
          key={index}
          width={width / values.length - 4}
          height={height}
          value={each.display}
          count={values.length}
          colorMode={panel.options.colorMode}
          graphMode={panel.options.graphMode}
          justifyMode={panel.options.justifyMode}
          textMode={panel.options.textMode}
          theme={view.theme}
        />
      ))}
    </div>
  );
}

function Table({ panel, series, view, width, height }) {
  return (
    <TableNG
      data={series[0]}
      width={width}
      height={height}
      timeRange={view.range}
      structureRev={1}
      cellHeight={panel.options.cellHeight}
      fieldConfig={panel.fieldConfig}
      getActions={() => []}
      enableVirtualization={false}
    />
  );
}

const LABELS = 150;
const LEGEND = 26;
const AXIS = 18;

function States({ series, view, width, height }) {
  const plot = { left: LABELS, width: width - LABELS, height: height - LEGEND - AXIS };
  const row = plot.height / series.length;
  const seen = new Map();
  const boxes = series.flatMap((frame, number) => {
    const [time, value] = frame.fields;
    return stretches(time.values, value.values, view).map(({ state, from, to }) => {
      const { text, color } = value.display(state);
      if (text && color !== "transparent") seen.set(text, color);
      return { key: `${number}-${from}`, number, color, from, to };
    });
  });
  return (
    <>
      <svg width={width} height={height - LEGEND}>
        {series.map((frame, number) => (
          <text
            key={frame.name}
            x={LABELS - 8}
            y={(number + 0.5) * row + 4}
            textAnchor="end"
            fontSize={12}
            fill={view.theme.colors.text.primary}
          >
            {frame.name}
          </text>
        ))}
        {boxes.map(({ key, number, color, from, to }) => (
          <rect
            key={key}
            x={LABELS + at(from, view) * plot.width}
            y={number * row + row * 0.08}
            width={Math.max((at(to, view) - at(from, view)) * plot.width, 1)}
            height={row * 0.84}
            fill={color}
          />
        ))}
        <Hours view={view} plot={plot} />
      </svg>
      <VizLegend
        placement="bottom"
        displayMode="list"
        items={[...seen].map(([label, color]) => ({ label, color, yAxis: 1 }))}
      />
    </>
  );
}

/** The times in which a value stayed the same, from one sample to the next. */
function stretches(times, values, view) {
  const found = [];
  times.forEach((from, index) => {
    const to = Math.min(from + view.step * 1000, view.to);
    const last = found.at(-1);
    if (last?.state === values[index]) last.to = to;
    else found.push({ state: values[index], from, to });
  });
  return found;
}

function Histogram({ panel, series, view, width, height }) {
  const plot = { left: 60, width: width - 60, height: height - AXIS };
  const row = plot.height / series.length;
  const most = Math.max(...series.flatMap((frame) => frame.fields[1].values));
  const cell = plot.width / ((view.to - view.from) / 1000 / view.step);
  return (
    <svg width={width} height={height}>
      {series.map((frame, index) => {
        const y = plot.height - (index + 1) * row;
        const [time, value] = frame.fields;
        return (
          <g key={frame.name}>
            <text x={52} y={y + row / 2 + 4} textAnchor="end" fontSize={12} fill={view.theme.colors.text.primary}>
              {frame.name === "+Inf" ? "more" : `≤ ${frame.name} ${panel.options.yAxis.unit}`}
            </text>
            {value.values.map((count, place) =>
              count > 0.5 ? (
                <rect
                  key={place}
                  x={plot.left + at(time.values[place], view) * plot.width}
                  y={y}
                  width={Math.max(cell - 1, 2)}
                  height={row - 1}
                  fill={`hsl(210, 80%, ${30 + (50 * count) / most}%)`}
                />
              ) : null,
            )}
          </g>
        );
      })}
      <Hours view={view} plot={plot} />
    </svg>
  );
}

/** The time axis: a mark every sixth of the time shown. */
function Hours({ view, plot }) {
  const form = new Intl.DateTimeFormat("en-GB", {
    timeZone: view.timeZone,
    ...(view.to - view.from > 2 * 86_400_000
      ? { weekday: "short", day: "2-digit" }
      : { hour: "2-digit", minute: "2-digit" }),
  });
  const marks = [1, 3, 5, 7, 9, 11].map((part) => view.from + ((view.to - view.from) * part) / 12);
  return marks.map((mark) => (
    <text
      key={mark}
      x={plot.left + at(mark, view) * plot.width}
      y={plot.height + 14}
      textAnchor="middle"
      fontSize={12}
      fill={view.theme.colors.text.secondary}
    >
      {form.format(mark)}
    </text>
  ));
}

const at = (time, view) => (time - view.from) / (view.to - view.from);

const KINDS = {
  timeseries: Lines,
  stat: Numbers,
  table: Table,
  "state-timeline": States,
  heatmap: Histogram,
};
