// Charts from data attributes: <div class="chart" data-chart='{"times": [...], "series": [{"label", "values", "color"}]}'>.
// A table with the same figures stands beside each for those who do not see them.

const drawn = new WeakMap();

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--chart-${name}`).trim() || "gray";
}

function draw(box) {
  drawn.get(box)?.destroy();
  const given = JSON.parse(box.dataset.chart);
  const line = color("line");
  const axis = { stroke: color("text"), grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const seconds = given.unit === "seconds";
  const made = new uPlot(
    {
      width: box.clientWidth,
      height: Number(box.dataset.height || 180),
      cursor: { y: false },
      legend: { live: true },
      scales: { x: { time: true }, y: { range: (_, least, most) => [Math.min(0, least), most > 0 ? most * 1.1 : 1] } },
      axes: [{ ...axis, values: (_, all) => all.map(clock) }, { ...axis, size: 52, values: (_, all) => all.map((each) => (seconds ? told(each) : each)) }],
      series: [
        {},
        ...given.series.map((each) => ({
          label: each.label,
          stroke: color(each.color),
          width: 2,
          fill: each.fill ? `${color(each.color)}22` : undefined,
          points: { show: each.values.filter((one) => one != null).length < 12, size: 6 },
          spanGaps: false,
          value: (_, value) => (value == null ? "–" : seconds ? told(value) : value),
        })),
      ],
    },
    [given.times, ...given.series.map((each) => each.values)],
    box,
  );
  drawn.set(box, made);
}

function told(value) {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Math.round(value * 10) / 10} s`;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function drawAll() {
  if (typeof uPlot === "undefined") return;
  for (const box of document.querySelectorAll(".chart[data-chart]")) draw(box);
}

let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 150);
});
