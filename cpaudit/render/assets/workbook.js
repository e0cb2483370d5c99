// Writes small workbooks (xlsx) in the browser: a stored zip of the parts that spreadsheets need, text always as text.
(() => {
  "use strict";
  const cp = globalThis.cpaudit = globalThis.cpaudit || {};
  const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const HEAD = 1, DATE = 2, QUOTED = 3, WRAPPED = 4; // places in the list of styles below

  const STYLES = '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    + '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    + '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    + '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/>'
    + '<xf fontId="1" applyFont="1"><alignment wrapText="1" vertical="center"/></xf>'
    + '<xf numFmtId="164" applyNumberFormat="1"/>'
    + '<xf quotePrefix="1"/>'
    + '<xf><alignment wrapText="1" vertical="top"/></xf></cellXfs>'
    + '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';

  function xml(text) {
    // Characters that XML cannot hold are left out.
    return String(text).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
      .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  }
  function column(at) {
    return (at >= 26 ? column(Math.floor(at / 26) - 1) : "") + String.fromCharCode(65 + at % 26);
  }
  function days(text) {
    return Math.round(Date.UTC(+text.slice(0, 4), +text.slice(5, 7) - 1, +text.slice(8, 10)) / 864e5) + 25569;
  }
  function cell(value, ref, style) {
    if (value === null || value === undefined || value === "") { return ""; }
    if (typeof value === "number") { return isFinite(value) ? `<c r="${ref}"><v>${value}</v></c>` : ""; }
    if (value.date) { return `<c r="${ref}" s="${DATE}"><v>${days(value.date)}</v></c>`; }
    // What would start a formula elsewhere is marked as text.
    const mark = style || (/^[=+\-@\t\r]/.test(value) ? QUOTED : 0);
    const text = xml(value).slice(0, 32767);
    return `<c r="${ref}" t="inlineStr"${mark ? ` s="${mark}"` : ""}><is><t xml:space="preserve">${text}</t></is></c>`;
  }
  function width(sheet, at) {
    let longest = 6;
    [sheet.head].concat(sheet.rows.slice(0, 200)).forEach((row) => {
      const value = row[at], text = value?.date || String(value ?? "");
      let n = 0;
      for (let i = 0; i < text.length && n < 60; i += 1) { n += text.charCodeAt(i) > 255 ? 2 : 1; }
      longest = Math.max(longest, n + 2);
    });
    return Math.min(longest, 50);
  }
  function worksheet(sheet) {
    const rows = [sheet.head].concat(sheet.rows), n = Math.max(sheet.head.length, 1);
    const widths = sheet.head.map((_, at) =>
      `<col min="${at + 1}" max="${at + 1}" width="${sheet.widths ? sheet.widths[at] : width(sheet, at)}" customWidth="1"/>`).join("");
    const body = rows.map((row, r) => {
      const style = r === 0 ? HEAD : sheet.wrap ? WRAPPED : 0;
      return `<row r="${r + 1}">${row.map((value, c) => cell(value, column(c) + (r + 1), style)).join("")}</row>`;
    }).join("");
    const pane = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';
    const filter = sheet.wrap || !sheet.rows.length ? "" : `<autoFilter ref="A1:${column(n - 1)}${rows.length}"/>`;
    return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${pane}`
      + `<cols>${widths}</cols><sheetData>${body}</sheetData>${filter}</worksheet>`;
  }

  // -- zip, without compression

  let table = null;
  function crc(bytes) {
    if (!table) {
      table = new Uint32Array(256);
      for (let n = 0; n < 256; n += 1) {
        let c = n;
        for (let k = 0; k < 8; k += 1) { c = c & 1 ? 0xEDB88320 ^ (c >>> 1) : c >>> 1; }
        table[n] = c;
      }
    }
    let sum = 0xFFFFFFFF;
    for (let i = 0; i < bytes.length; i += 1) { sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8); }
    return (sum ^ 0xFFFFFFFF) >>> 0;
  }
  function fields(sizes) { // [value, bytes] …, little-endian
    const out = [];
    sizes.forEach((f) => { for (let i = 0; i < f[1]; i += 1) { out.push(Math.floor(f[0] / 256 ** i) & 255); } });
    return out;
  }
  function zip(files) {
    const encoder = new TextEncoder(), parts = [], central = [];
    let at = 0;
    files.forEach((file) => {
      const name = encoder.encode(file[0]), data = encoder.encode(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${file[1]}`);
      // version 2.0, names in UTF-8, stored, 1980-01-01
      const common = [[20, 2], [2048, 2], [0, 2], [0, 2], [33, 2], [crc(data), 4], [data.length, 4], [data.length, 4], [name.length, 2], [0, 2]];
      const head = new Uint8Array(fields([[0x04034b50, 4]].concat(common)));
      parts.push(head, name, data);
      central.push(new Uint8Array(fields([[0x02014b50, 4], [20, 2]].concat(common, [[0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]))), name);
      at += head.length + name.length + data.length;
    });
    const size = central.reduce((sum, part) => sum + part.length, 0), n = files.length;
    const end = new Uint8Array(fields([[0x06054b50, 4], [0, 2], [0, 2], [n, 2], [n, 2], [size, 4], [at, 4], [0, 2]]));
    return new Blob(parts.concat(central, [end]), { type: TYPE });
  }

  // sheets: {name, head: [text], rows: [[text | number | {date: "2022-06-01"} | null]], widths?, wrap?} → Blob
  cp.workbook = (sheets) => {
    const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", pack = "http://schemas.openxmlformats.org/package/2006/";
    const part = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
    let list = "", links = "", types = "";
    sheets.forEach((sheet, i) => {
      const n = i + 1;
      list += `<sheet name="${xml(sheet.name.replace(/[[\]:*?/\\]/g, " ").slice(0, 31))}" sheetId="${n}" r:id="rId${n}"/>`;
      links += `<Relationship Id="rId${n}" Type="${office}/worksheet" Target="worksheets/sheet${n}.xml"/>`;
      types += `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${part}worksheet+xml"/>`;
    });
    const files = [
      ["[Content_Types].xml", `<Types xmlns="${pack}content-types">`
        + `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`
        + `<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${part}sheet.main+xml"/>`
        + `<Override PartName="/xl/styles.xml" ContentType="${part}styles+xml"/>${types}</Types>`],
      ["_rels/.rels", `<Relationships xmlns="${pack}relationships">`
        + `<Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
      ["xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${office}">`
        + `<sheets>${list}</sheets></workbook>`],
      ["xl/_rels/workbook.xml.rels", `<Relationships xmlns="${pack}relationships">${links}`
        + `<Relationship Id="rIdS" Type="${office}/styles" Target="styles.xml"/></Relationships>`],
      ["xl/styles.xml", STYLES]
    ];
    sheets.forEach((sheet, i) => { files.push([`xl/worksheets/sheet${i + 1}.xml`, worksheet(sheet)]); });
    return zip(files);
  };

  // Saves a table with what must be known of it: title, selection, day, source, 示范数据.
  cp.saveWorkbook = (origin, title, head, rows, note) => {
    const facts = [["标题", title]], root = origin.closest(".cp-page, main, .cp") || document;
    const page = root.querySelector("h1"), chosen = root.querySelector(".cp-subtitle");
    if (page) { facts.push(["页面", page.textContent]); }
    if (chosen) { facts.push(["范围", chosen.textContent]); }
    cp.each(root, ".cp-stamp li", (item) => {
      const text = item.textContent, at = text.indexOf(" ");
      facts.push(at > 0 ? [text.slice(0, at), text.slice(at + 1)] : ["注意", text]);
    });
    if (note) { facts.push(["说明", note]); }
    facts.push(["行数", rows.length]);
    cp.save(title, cp.workbook([
      { name: "数据", head, rows },
      { name: "说明", head: ["项目", "内容"], rows: facts, widths: [14, 90], wrap: true }
    ]), "xlsx");
  };

  cp.save = (title, content, ending) => {
    const link = document.createElement("a"), url = typeof content === "string" ? content : URL.createObjectURL(content);
    link.download = `${title.replace(/[\\/:*?"<>|\s]+/g, "_").slice(0, 60)}.${ending}`;
    link.href = url;
    document.body.append(link);
    link.click();
    link.remove();
    if (url !== content) { setTimeout(() => { URL.revokeObjectURL(url); }, 60000); }
  };
})();
