// Draws each chart from its Vega-Lite specification. Without this script, or where it fails, the chart's table is open.

const options = {
  ast: true, // formulas are interpreted: the security policy lets nothing be evaluated
  actions: false,
  defaultStyle: false,
  renderer: "svg",
  tooltip: { disableDefaultStyle: true, theme: "attain" },
};

async function draw(figure) {
  const { spec, vega } = figure.dataset;
  delete figure.dataset.spec; // once
  try {
    await import(vega);
    const drawing = figure.querySelector(".drawing");
    await window.vegaEmbed(drawing, JSON.parse(spec), options);
    drawing.querySelector("svg").setAttribute("aria-hidden", "true"); // the figure names it, its table tells it
    figure.querySelector("details").open = false;
    figure.dataset.drawn = "yes";
  } catch (fault) {
    figure.dataset.drawn = "no";
    throw fault;
  }
}

function drawAll(part) {
  part.querySelectorAll(".chart[data-spec]").forEach(draw);
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
