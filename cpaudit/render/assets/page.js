// Draws the figures of a page: each .cp-plot gets the plotly figure that lies in the JSON script beside it.
// A classic script that also old browsers run. Offers globalThis.cpaudit.draw(root).
(function () {
  "use strict";

  var locale = {
    moduleType: "locale",
    name: "zh-CN",
    dictionary: {
      "Autoscale": "自动缩放",
      "Double-click on legend to isolate one trace": "双击图例只看这一项",
      "Double-click to zoom back out": "双击恢复原状",
      "Download plot": "下载图片",
      "Download plot as a PNG": "下载图片",
      "Image download succeeded": "图片已保存",
      "Preparing image - this may take a few seconds": "正在生成图片，请稍候",
      "Reset": "恢复",
      "Reset axes": "恢复坐标轴",
      "Sorry, there was a problem downloading your image!": "图片未能保存，请重试。",
      "max:": "最大：", "mean:": "均值：", "median:": "中位数：", "min:": "最小：", "q1:": "下四分位：", "q3:": "上四分位：",
      "trace": "系列"
    },
    format: {
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
      shortDays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
      months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
      shortMonths: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
      periods: ["上午", "下午"],
      date: "%Y-%m-%d",
      dateTime: "%Y-%m-%d %H:%M",
      decimal: ".",
      thousands: ","
    }
  };

  var config = {
    responsive: true,
    displaylogo: false,
    locale: "zh-CN",
    doubleClick: "reset",
    // Only these: plotly.js has a button of its own that uploads the figure to its maker.
    modeBarButtons: [["toImage"]],
    plotlyServerURL: ""
  };

  var PAPER_WIDTH = 680; // A4 between the margins of page.css, in CSS pixels
  var registered = false;

  function each(root, selector, act) {
    Array.prototype.forEach.call((root || document).querySelectorAll(selector), act);
  }

  function say(plot, sentence) {
    plot.textContent = sentence;
    plot.classList.add("cp-plot-failed");
  }

  function drawOne(plot) {
    var figure = plot.closest(".cp-figure");
    var source = figure && figure.querySelector('script[type="application/json"]');
    if (!source) { return null; }
    if (!globalThis.Plotly) {
      say(plot, "绘图组件没有加载，图形无法显示；请检查 assets 目录中的 plotly.min.js 是否与网页放在一起。");
      return null;
    }
    if (!registered) {
      globalThis.Plotly.register(locale);
      registered = true;
    }
    plot.setAttribute("data-drawn", "pending");
    var content = JSON.parse(source.textContent);
    var caption = figure.querySelector("figcaption");
    var own = Object.assign({}, config, {
      toImageButtonOptions: { filename: caption ? caption.textContent.slice(0, 40) : "图", scale: 2 }
    });
    plot.textContent = "";
    return globalThis.Plotly.newPlot(plot, content.data, content.layout, own).then(
      function () { plot.setAttribute("data-drawn", "true"); },
      function () {
        plot.setAttribute("data-drawn", "failed");
        say(plot, "图形绘制失败，请刷新页面重试。");
      }
    );
  }

  function draw(root) {
    var under = [];
    each(root, ".cp-figure .cp-plot:not([data-drawn])", function (plot) { under.push(drawOne(plot)); });
    return Promise.all(under);
  }

  function resize(change) {
    each(document, '.cp-plot[data-drawn="true"]', function (plot) { globalThis.Plotly.relayout(plot, change); });
  }

  globalThis.cpaudit = { draw: draw };
  // On paper a figure has the paper's width, whatever the window's was.
  globalThis.addEventListener("beforeprint", function () { resize({ width: PAPER_WIDTH, autosize: false }); });
  globalThis.addEventListener("afterprint", function () { resize({ width: null, autosize: true }); });
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { draw(document); });
  } else {
    draw(document);
  }
})();
