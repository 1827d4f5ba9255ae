// A figure as Plotly.react takes it: colours written var(--name) are those of the page or of the notebook output around it.
const plotlyArguments = ({ data, layout }, color, fontFamily) => {
  const resolve = value => {
    if (typeof value === "string") return value.replace(/var\((--[\w-]+)\)/g, (_, name) => color(name));
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
    return value;
  };
  layout = resolve(layout);
  const axis = own => ({
    gridcolor: color("--line"), linecolor: color("--line"), zerolinecolor: color("--line"),
    tickfont: { size: 12 }, automargin: true, ...own,
    title: { font: { size: 12.5 }, standoff: 8, ...(own.title || {}) },
  });
  const full = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    colorway: ["--model", "--real", "--tint-2", "--tint-1", "--tint-3", "--flow"].map(color),
    font: { family: fontFamily, size: 13, color: color("--muted") },
    margin: { l: 56, r: 16, t: layout.title ? 62 : 12, b: 44 },
    legend: { itemsizing: "constant", orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
    hoverlabel: { bgcolor: color("--card"), bordercolor: color("--line"), font: { color: color("--ink") } },
    bargap: 0.3, bargroupgap: 0.06, hovermode: "closest", height: 320,
    ...layout,
  };
  if (layout.title) full.title = { x: 0, xanchor: "left", xref: "paper", y: 1, yanchor: "top", yref: "container", pad: { t: 8 }, font: { size: 15.5, color: color("--ink") }, ...layout.title };
  for (const name of ["xaxis", "yaxis", "yaxis2"]) if (layout[name]) full[name] = axis(layout[name]);
  if (layout.scene) full.scene = Object.fromEntries(Object.entries(layout.scene).map(([k, v]) => [k, k.endsWith("axis") ? axis(v) : v]));
  // Space fills what there is; polygons start at the top and go clockwise, as they are drawn without plotly.js.
  if (layout.scene) full.scene.camera = { eye: { x: 1.35, y: -1.75, z: 0.85 }, center: { x: 0, y: 0, z: -0.12 } };
  if (layout.scene) full.margin = { l: 0, r: 0, t: layout.title ? 62 : 0, b: 0 };
  // A direction's name stands where other figures have their legend.
  if (layout.polar) { full.margin = { l: 72, r: 72, t: 72, b: 36 }; full.legend.y = 1.13; }
  if (layout.polar) full.polar = {
    bgcolor: "rgba(0,0,0,0)", radialaxis: axis({ angle: 90, tickangle: 0, nticks: 5, rangemode: "tozero", ...layout.polar.radialaxis }),
    angularaxis: { rotation: 90, direction: "clockwise", gridcolor: color("--line"), linecolor: color("--line") },
  };
  return [resolve(data), full, { responsive: true, displaylogo: false, displayModeBar: false }];
};
