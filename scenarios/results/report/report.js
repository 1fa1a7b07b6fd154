"use strict";
(() => {
  // In px: a phone; a chart and a table on A4 between its margins.
  const NARROW = 480, PRINTED = 670, PAPER = 686;
  // On paper tall charts are lower, so that the next does not leave half a page empty.
  const TALL = 400, LOWER = 0.76;
  // Type of tables on paper in pt: as the style has it, and the smallest that is read easily.
  const PAPER_PT = 7.5, LEAST_PT = 5;
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
    if (width === PRINTED && layout.height > TALL) layout.height = Math.round(layout.height * LOWER);
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

  // A table that is too wide: smaller type and wrapped texts first, then a hint that it scrolls.
  const boxes = [...document.querySelectorAll(".scroll")];
  function fit(box) {
    const isCut = () => box.scrollWidth > box.clientWidth + 1;
    box.classList.remove("tight", "tighter", "wide");
    if (!box.clientWidth) return;
    if (isCut()) box.classList.add("tight");
    if (isCut()) box.classList.add("tighter");
    if (isCut()) box.classList.add("wide");
  }

  // On paper nothing scrolls: the type is so small that no word has to break.
  function fitPaper(box) {
    if (!box.clientWidth) return;
    const table = box.firstElementChild;
    box.classList.remove("tight", "tighter", "wide");
    box.classList.add("paper");
    box.style.width = "0";
    const size = (PAPER_PT * PAPER) / Math.max(table.offsetWidth, PAPER);
    box.style.width = "";
    box.classList.remove("paper");
    box.classList.toggle("dense", size < LEAST_PT);
    if (size < PAPER_PT) table.style.fontSize = `${Math.max(size, LEAST_PT).toFixed(2)}pt`;
  }

  function fitScreen(box) {
    box.firstElementChild.style.fontSize = "";
    box.classList.remove("dense");
    fit(box);
  }

  // Drawn anew only when the width changes: a phone's address bar changes the height.
  const widths = new WeakMap();
  let printing = false;
  const watcher = new ResizeObserver((entries) => {
    if (printing) return;
    for (const { target } of entries) {
      if (!target.clientWidth || widths.get(target) === target.clientWidth) continue;
      if (boxes.includes(target)) {
        widths.set(target, target.clientWidth);
        // In the next frame: a change of height in this one would be reported as a loop.
        requestAnimationFrame(() => fit(target));
      } else draw(target, target.clientWidth);
    }
  });
  addEventListener("beforeprint", () => {
    printing = true;
    boxes.forEach(fitPaper);
    drawAll(PRINTED);
  });
  addEventListener("afterprint", () => {
    printing = false;
    boxes.forEach(fitScreen);
    drawAll();
  });
  boxes.forEach(fit);
  drawAll();
  for (const box of [...plots, ...boxes]) watcher.observe(box);
  document.documentElement.dataset.charts = plots.length;
})();
