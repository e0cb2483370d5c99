// What plotly.js says, in Chinese.
(() => {
  "use strict";
  const cp = globalThis.cpaudit = globalThis.cpaudit || {};

  cp.locale = {
    moduleType: "locale",
    name: "zh-CN",
    dictionary: {
      "Autoscale": "自动缩放",
      "Click to enter Plot title": "点击填写标题",
      "Double-click on legend to isolate one trace": "双击图例只看这一项",
      "Double-click to zoom back out": "双击恢复原状",
      "Download plot": "下载为 png",
      "Download plot as a PNG": "下载为 png",
      "Image download succeeded": "图片已保存",
      "Pan": "平移",
      "Preparing image - this may take a few seconds": "正在生成图片，请稍候",
      "Reset": "恢复",
      "Reset axes": "恢复坐标轴",
      "Reset views": "恢复原状",
      "Sorry, there was a problem downloading your image!": "图片未能保存，请重试。",
      "Toggle Spike Lines": "显示或隐藏引线",
      "Zoom": "缩放",
      "Zoom in": "放大",
      "Zoom out": "缩小",
      "incoming flow count:": "流入条数：", "outgoing flow count:": "流出条数：",
      "max:": "最大：", "mean:": "均值：", "median:": "中位数：", "min:": "最小：", "q1:": "下四分位：", "q3:": "上四分位：",
      "source:": "起点：", "target:": "终点：", "total": "合计", "trace": "系列"
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
})();
