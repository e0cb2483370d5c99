// What a dashboard says while the kernel works, and when it is gone. Voila's page calls voila_process for each cell,
// voila_heartbeat while one takes long, and voila_finish when all have run and the widgets' software is there.
(function () {
  "use strict";
  var PATIENCE = 36; // heartbeats (5 s each) without progress
  var beats = 0;
  var failures = 0;

  function find(id) { return document.getElementById(id); }
  function say(text) {
    var line = find("cp-progress");
    if (line) { line.textContent = text; }
  }
  function uncover() {
    var cover = find("cp-loading");
    if (cover) { cover.remove(); }
  }
  function giveUp() {
    var cover = find("cp-loading");
    if (cover) {
      cover.innerHTML = '<p class="cp-caveat cp-bad" role="alert">等了很久页面仍未显示，服务可能正忙。请<a href="">刷新页面</a>；若仍不行，请联系维护人员。</p>';
    }
  }

  window.voila_process = function (cell, count) {
    beats = 0;
    say("正在读取数据和计算（第 " + cell + " 步，共 " + count + " 步）……");
  };
  window.voila_heartbeat = function () {
    beats += 1;
    if (beats >= PATIENCE) { giveUp(); } else { say("仍在计算，请稍候（已 " + beats * 5 + " 秒）……"); }
  };
  window.voila_finish = window.display_cells = function () {
    if (document.querySelector(".cp-failed")) { uncover(); return; }
    say("正在绘制页面……");
    setTimeout(giveUp, 60000);
  };
  document.addEventListener("cpaudit:shown", uncover);

  // A kernel that was ended (service restarted, page left alone for long) no longer answers: say so.
  function check() {
    var config = find("jupyter-config-data");
    if (!config) { return; }
    var kernel = JSON.parse(config.textContent).kernelId;
    fetch(window.cpauditDashboard.baseUrl + "api/kernels/" + kernel).then(
      function (answer) { failures = answer.ok ? 0 : failures + 1; },
      function () { failures += 1; }
    ).then(function () { find("cp-lost").hidden = failures < 2; });
  }
  setInterval(check, 20000);
})();
