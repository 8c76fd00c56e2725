// The types that schema.mjs makes schemas of, under names of their own: each panel type calls its
// options "Options", with defaults for what is left out.

import type { Options as Heatmap } from "./node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen";
import type { Options as Stat } from "./node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen";
import type { Options as StateTimeline } from "./node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen";
import type { Options as Table } from "./node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen";
import type { Options as TimeSeries } from "./node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";

type Loose<T> = { [Key in keyof T]?: T[Key] extends object ? Partial<T[Key]> : T[Key] };

export interface PanelOptions {
  heatmap?: Loose<Heatmap>;
  stat?: Loose<Stat>;
  "state-timeline"?: Loose<StateTimeline>;
  table?: Loose<Table>;
  timeseries?: Loose<TimeSeries>;
}
