// A page that draws one dashboard of grafana/dashboards for one stretch of time:
//   ?board=house&from=MILLISECONDS&to=MILLISECONDS&device=kitchen&interval=SECONDS
// Each panel carries data-state (loading, done, none, empty, error) for whoever takes the picture.

import { createTheme, dateTime, ThemeContext } from "@grafana/data";
import { GlobalStyles, PanelChrome } from "@grafana/ui";
import { Component, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import { load, replacer } from "./data.js";
import { Visualization } from "./panels.jsx";

const WIDTH = 1360; // the hours of a week fit side by side
const COLUMN = WIDTH / 24;
const ROW = 38;
const GAP = 8;
const HEAD = 44;
const SECONDS = { m: 60, h: 3600, d: 86_400 };

const asked = Object.fromEntries(new URLSearchParams(location.search));

/** What holds for a panel: its times, the step Grafana would choose, and the variables. */
function viewOf(panel, theme) {
  const to = Number(asked.to);
  const own = /^(\d+)d$/.exec(panel.timeFrom ?? "");
  const from = own ? to - own[1] * SECONDS.d * 1000 : Number(asked.from);
  const interval = Number(asked.interval);
  const [, least, unit] = /^(\d+)([mh])$/.exec(panel.interval ?? "0m");
  const points = panel.gridPos.w * COLUMN;
  const asFine = Math.ceil((to - from) / 1000 / points / interval) * interval;
  const step = Math.max(interval, asFine, least * SECONDS[unit]);
  const replace = replacer({
    job: "hushgate",
    instance: "home",
    device: asked.device,
    step: "5m",
    utc_offset: "1",
    __range: `${(to - from) / 1000}s`,
    __rate_interval: `${Math.max(step + interval, 4 * interval)}s`,
  });
  const range = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };
  return { from, to, step, range, replace, theme, timeZone: "Europe/Berlin" };
}

function Panel({ panel, theme }) {
  const [data, setData] = useState({ state: "loading", series: [] });
  const view = viewOf(panel, theme);
  useEffect(() => {
    load(panel, view).then(setData);
  }, [panel]);
  const { x, y, w, h } = panel.gridPos;
  const place = { position: "absolute", left: x * COLUMN + GAP / 2, top: y * ROW + HEAD };
  return (
    <div data-panel={panel.title} data-state={data.state} style={place}>
      <PanelChrome title={panel.title} width={w * COLUMN - GAP} height={h * ROW - GAP}>
        {(width, height) =>
          data.state === "done" ? (
            <Visualization panel={panel} series={data.series} view={view} width={width} height={height} />
          ) : (
            <div style={{ padding: GAP }}>{data.error ?? panel.fieldConfig.defaults.noValue ?? "No data"}</div>
          )
        }
      </PanelChrome>
    </div>
  );
}

/** Shows a component's failure in its place, and says so to the picture taker. */
class Fence extends Component {
  state = {};

  static getDerivedStateFromError(error) {
    return { error };
  }

  render() {
    const { error } = this.state;
    return error ? <pre data-panel={this.props.name} data-state="error">{error.stack}</pre> : this.props.children;
  }
}

function Board({ board, theme }) {
  const height = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * ROW + HEAD;
  const colors = { background: theme.colors.background.canvas, color: theme.colors.text.primary };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div id="board" style={{ position: "relative", width: WIDTH, height, ...colors }}>
        <h4 style={{ padding: "12px 8px", margin: 0 }}>{board.title}</h4>
        {board.panels.map((panel) => (
          <Fence key={panel.id} name={panel.title}>
            <Panel panel={panel} theme={theme} />
          </Fence>
        ))}
      </div>
    </ThemeContext.Provider>
  );
}

const board = await (await fetch(`/dashboards/${asked.board}.json`)).json();
const theme = createTheme({ colors: { mode: "dark" } });
createRoot(document.getElementById("root")).render(<Board board={board} theme={theme} />);
