"use strict";
(() => {
  const NARROW = 480, PRINTED = 670;
  const plots = [...document.querySelectorAll(".plot")];

  function source(plot) {
    return JSON.parse(document.getElementById(plot.id.replace("plot-", "data-")).textContent);
  }

  // On a phone: smaller type, no side margins, the legend below instead of above.
  function fitted(figure, width) {
    const layout = figure.layout;
    layout.font.family = getComputedStyle(document.body).fontFamily;
    if (width >= NARROW) return figure;
    layout.font.size = 11;
    layout.margin = { ...layout.margin, l: 8, r: 8 };
    layout.xaxis = { ...layout.xaxis, nticks: 5 };
    const sankey = figure.data.some((trace) => trace.type === "sankey");
    if (sankey) {
      figure.data[0].node.pad = 12;
      figure.data[0].node.thickness = 10;
      figure.data[0].textfont = { size: 10 };
      // The amounts would run into each other; they stand in the table below.
      const node = figure.data[0].node;
      node.label = node.label.map((label) => label.split(" · ")[0]);
    } else if (figure.data.some((trace) => trace.name && trace.showlegend !== false)) {
      layout.legend = { orientation: "h", x: 0, xref: "container", y: 0, yref: "container", yanchor: "bottom", font: { size: 11 } };
      layout.margin.b = (layout.margin.b || 50) + 56;
      layout.height += 56;
    }
    return figure;
  }

  function draw(plot, width) {
    const { data, layout } = fitted(source(plot), width);
    plot.style.height = `${layout.height}px`;
    widths.set(plot, plot.clientWidth);
    // Not `react`: it fades links in, and paper would show them half way.
    Plotly.purge(plot);
    return Plotly.newPlot(plot, data, { ...layout, width, autosize: false }, {
      displaylogo: false,
      displayModeBar: false,
      showTips: false,
    });
  }

  function drawAll(width) {
    for (const plot of plots) draw(plot, width || plot.clientWidth);
  }

  // Drawn anew only when the width changes: a phone's address bar changes the height.
  const widths = new WeakMap();
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.clientWidth && widths.get(target) !== target.clientWidth) draw(target, target.clientWidth);
    }
  });
  addEventListener("beforeprint", () => drawAll(PRINTED));
  addEventListener("afterprint", () => drawAll());
  drawAll();
  for (const plot of plots) watcher.observe(plot);
  document.documentElement.dataset.charts = plots.length;
})();
