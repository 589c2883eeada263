// Draws the page's numbers with uPlot, in the page's colours and width, again when either changes.
"use strict";

/* global uPlot */

const numbers = JSON.parse(document.getElementById("plots").textContent);
const gib = 2 ** 30;
const height = 240;
/** Plots that show the same hours are zoomed and read together. */
const together = uPlot.sync("hours");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const inGib = (column) => column.map((bytes) => (bytes === null ? null : bytes / gib));
const bars = uPlot.paths.bars({ size: [0.7, 24] });

/** A line; `area` fills below it, `limit` is what there is at most. */
const line = (label, ink, more = {}) => ({ label, ink, ...more });

/** What each kind of plot has: its columns, the first of them times, and how they are drawn. */
const kinds = {
  online: () => ({
    columns: [numbers.online.time, numbers.online.running, numbers.online.active],
    series: [line("on line", "--first", { area: true }), line("active", "--second")],
    unit: "people",
    together: true,
  }),
  times: () => ({
    columns: [numbers.starts.time, numbers.starts.p50, numbers.starts.p95],
    series: [line("p50", "--first"), line("p95", "--second")],
    unit: "seconds",
    dots: true,
  }),
  starts: () => ({
    columns: [numbers.starts.time, numbers.starts.ready, numbers.starts.failed],
    series: [line("ready", "--first", { bars: true }), line("failed", "--second", { bars: true })],
    unit: "starts a day",
  }),
  memory: () => ({
    columns: [
      numbers.machines.time,
      ...["memory_promised", "memory_machines", "memory_used", "memory_total"].map((name) =>
        inGib(numbers.machines[name]),
      ),
    ],
    series: [
      line("reserved", "--first", { area: true }),
      line("of the machines'", "--first", { limit: true }),
      line("in use where the files are", "--second"),
      line("of", "--second", { limit: true }),
    ],
    unit: "GiB",
    together: true,
  }),
  disk: () => ({
    columns: [
      numbers.machines.time,
      inGib(numbers.machines.disk_used),
      inGib(numbers.machines.disk_total),
    ],
    series: [line("in use", "--first", { area: true }), line("of", "--third", { limit: true })],
    unit: "GiB",
    together: true,
  }),
  rehearsal: () => ({
    columns: ["time", "servers", "cpu", "memory"].map((name) => numbers.rehearsal[name]),
    series: [
      line("servers", "--first", { area: true }),
      line("processors, per cent", "--second"),
      line("memory, per cent", "--third"),
    ],
    unit: "servers, per cent",
  }),
  night: ({ night }) => {
    const shown = numbers.nights[night];
    return {
      columns: [shown.time, shown.running, shown.active],
      series: [line("on line", "--first", { area: true }), line("active", "--second")],
      unit: "people",
      due: shown.due,
    };
  },
  mine: () => ({
    columns: [numbers.mine.time, numbers.mine.on_line, numbers.mine.active],
    series: [
      line("on line", "--first", { bars: true }),
      line("active", "--second", { bars: true }),
    ],
    unit: "hours a week",
  }),
};

function seriesOf({ label, ink, area, limit, bars: drawnAsBars }, dots) {
  return {
    label,
    stroke: colour(ink),
    width: limit ? 1 : 1.5,
    ...(limit && { dash: [6, 4] }),
    ...((area || drawnAsBars) && {
      fill: drawnAsBars && ink !== "--first" ? colour(ink) : colour("--first-fill"),
    }),
    ...(drawnAsBars && { paths: bars }),
    points: { show: dots === true, size: 5 },
    value: (_, number) => (number === null ? "-" : String(Math.round(number * 10) / 10)),
  };
}

/** A line down the plot where the deadline is. */
function deadline(due) {
  return {
    hooks: {
      draw: [
        (plot) => {
          const x = Math.round(plot.valToPos(due, "x", true));
          const { top, height: tall } = plot.bbox;
          plot.ctx.save();
          plot.ctx.strokeStyle = colour("--ink");
          plot.ctx.lineWidth = 2;
          plot.ctx.beginPath();
          plot.ctx.moveTo(x, top);
          plot.ctx.lineTo(x, top + tall);
          plot.ctx.stroke();
          plot.ctx.restore();
        },
      ],
    },
  };
}

const zone = document.body.dataset.zone;
const clock = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
const dayOf = clock({ day: "numeric", month: "short" });
const timeOf = clock({ hour: "2-digit", minute: "2-digit" });
const momentOf = clock({ dateStyle: "medium", timeStyle: "short" });
const day = 86_400;

/** What stands below a plot: days, or times with the day at midnight. */
function below(splits, step) {
  return splits.map((seconds) => {
    const moment = new Date(seconds * 1000);
    const time = timeOf.format(moment);
    return step >= day || time === "00:00" ? dayOf.format(moment) : time;
  });
}

function draw(place) {
  const kind = kinds[place.dataset.plot](place.dataset);
  const axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line") },
  };
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      plugins: kind.due === undefined ? [] : [deadline(kind.due)],
      cursor: {
        drag: { x: true, y: false },
        ...(kind.together && { sync: { key: together.key } }),
      },
      scales: { y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.05] } },
      axes: [
        { ...axis, values: (_plot, splits, _axis, _space, step) => below(splits, step) },
        { ...axis, label: kind.unit, size: 56 },
      ],
      series: [
        { value: (_, time) => (time === null ? "-" : momentOf.format(new Date(time * 1000))) },
        ...kind.series.map((each) => seriesOf(each, kind.dots)),
      ],
    },
    kind.columns,
    place,
  );
}

const places = [...document.querySelectorAll("[data-plot]")];
let plots = [];

function drawAll() {
  for (const plot of plots) plot.destroy();
  plots = places.map(draw);
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new ResizeObserver(() => {
  for (const [index, plot] of plots.entries()) {
    const width = places[index].clientWidth;
    if (width !== plot.width) plot.setSize({ width, height });
  }
}).observe(document.querySelector("main"));
