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
    plot.dataset.narrow = width < NARROW;
    return Plotly.react(plot, data, { ...layout, width, autosize: false }, {
      displaylogo: false,
      displayModeBar: false,
      showTips: false,
    });
  }

  function drawAll(width) {
    for (const plot of plots) draw(plot, width || plot.clientWidth);
  }

  let waiting;
  let last = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === last) return;
    last = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => drawAll(), 150);
  });
  addEventListener("beforeprint", () => drawAll(PRINTED));
  addEventListener("afterprint", () => drawAll());
  drawAll();
  document.documentElement.dataset.charts = plots.length;
})();
