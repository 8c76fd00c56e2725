// The mixin form: for those who build their monitoring with jsonnet.
{
  grafanaDashboards+:: {
    'hushgate-house.json': import 'dashboards/house.json',
    'hushgate-speaker.json': import 'dashboards/speaker.json',
    'hushgate-gateway.json': import 'dashboards/gateway.json',
    'hushgate-lists.json': import 'dashboards/lists.json',
  },
  prometheusAlerts+:: { groups+: std.parseYaml(importstr 'alerts/hushgate.yaml').groups },
  prometheusRules+:: { groups+: std.parseYaml(importstr 'rules/hushgate.yaml').groups },
}
