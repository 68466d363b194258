"use strict";
// Draws the long tables out of the data block. Text only ever becomes a text node: nothing here parses markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SEVERITIES = [
    ["critical", "◆", "critical"], ["high", "▲", "high"], ["medium", "●", "medium"], ["low", "○", "low"],
    ["informational", "·", "info"],
  ];
  const VERDICTS = ["fail", "unknown", "pass", "not applicable", "excepted"];
  const EXCEPTED = 4;
  const CHANGES = ["", "new", "changed", "unchanged"];
  const STATES = { yes: ["✓", "on"], partly: ["◐", "partly"], no: ["✕", "off"], unknown: ["?", "unsure"] };
  // Columns of a finding.
  const CHECK = 0, VERDICT = 1, SEVERITY = 2, RESOURCE = 3, ACCOUNT = 4, REGION = 5, REASON = 6, CHANGE = 7, DETAILS = 8;
  const ROW = 56;
  const PAGE = 100;

  const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u{fff9}-\u{fffb}]/gu;
  const escaped = (c) =>
    c === "\n" ? "\\n" : c === "\r" ? "\\r" : c === "\t" ? "\\t" : `\\u{${c.codePointAt(0).toString(16)}}`;
  /** Text with what hides in it made visible. */
  const shown = (text) => String(text).replace(HIDDEN, escaped);
  /** The same for text of several lines. */
  const shownLines = (text) => String(text).split("\n").map(shown).join("\n");

  /** An element. Children are elements or text. */
  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, shown(value));
    }
    for (const child of children.flat(2)) {
      if (child === null || child === undefined || child === "" || child === false) continue;
      element.append(child instanceof Node ? child : document.createTextNode(shown(child)));
    }
    return element;
  }
  const shape = (glyph) => el("span", { "aria-hidden": "true" }, glyph);
  const badge = (severity) => {
    const [word, glyph, name] = SEVERITIES[severity];
    return el("span", { class: `badge ${name}` }, shape(glyph), ` ${word}`);
  };
  const setting = (value) => {
    if (!value) return el("span", { class: "quiet" }, "–");
    const [glyph, name] = STATES[value[0]];
    return el("span", { class: name, title: value[1] || null }, shape(glyph), ` ${value[0]}`);
  };
  /** A yes or no that is neither good nor bad by itself. */
  const fact = (value) => (value && value[0] !== "unknown" ? el("span", { title: value[1] || null }, value[0]) : setting(value));
  const number = (count) => count.toLocaleString("en");
  const text = (index) => data.texts[index];
  const check = (index) => (typeof index === "number" ? data.checks[index] : [index, index, 4]);
  const day = (seconds) => (seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 10));
  const age = (seconds) => (seconds === null ? "" : `${number(Math.floor((data.instant - seconds) / 86400))} days`);
  /** The telling end of an ARN. */
  const short = (arn) => {
    const parts = arn.split(":");
    return parts.length < 6 || parts[0] !== "arn" ? arn : parts.slice(5).join(":");
  };

  // ── The panel with all there is to say of one thing ──────────────────────────────────────────────────────────────

  const dialog = document.getElementById("detail");
  function open(title, parts) {
    const close = el("button", { type: "button", class: "plain close", onclick: () => dialog.close() }, "Close");
    dialog.replaceChildren(close, el("h2", { id: "detail-title" }, title), ...parts.filter(Boolean));
    dialog.scrollTop = 0;
    if (!dialog.open) dialog.showModal();
    close.focus();
  }
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    if (location.hash.startsWith("#finding-")) history.replaceState(null, "", "#findings");
  });

  /** JSON on one line, with a space where the eye wants one. */
  function flat(value) {
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(flat).join(", ")}]`;
    return `{ ${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${flat(item)}`).join(", ")} }`;
  }

  /** A policy, one line for every value that fits, with what decides marked. */
  function policy(source, pointer) {
    let parsed;
    try {
      parsed = JSON.parse(source);
    } catch {
      return el("pre", { tabindex: "0" }, el("code", null, document.createTextNode(shownLines(source))));
    }
    const code = el("code");
    const put = (line, depth, path) => {
      const hit = pointer !== "" && (path === pointer || path.startsWith(`${pointer}/`));
      code.append(el("span", { class: hit ? "l hit" : "l" }, "  ".repeat(depth) + line));
    };
    const walk = (value, depth, path, key, tail) => {
      const front = key === null ? "" : `${JSON.stringify(key)}: `;
      // A statement has a line for each of its elements; what lies deeper has one where it fits.
      const plain = value === null || typeof value !== "object";
      const one = plain || depth > 2 ? flat(value) : "";
      if (plain || (depth > 2 && one.length <= 76 && !pointer.startsWith(`${path}/`))) {
        put(front + one + tail, depth, path);
        return;
      }
      const [first, last] = Array.isArray(value) ? "[]" : "{}";
      const entries = Array.isArray(value) ? value.map((item) => [null, item]) : Object.entries(value);
      put(front + first, depth, path);
      entries.forEach(([name, item], index) => {
        const token = name === null ? String(index) : name.replace(/~/g, "~0").replace(/\//g, "~1");
        walk(item, depth + 1, `${path}/${token}`, name, index + 1 < entries.length ? "," : "");
      });
      put(last + tail, depth, path);
    };
    walk(parsed, 0, "", null, "");
    return el("pre", { class: "document", tabindex: "0" }, code);
  }

  const content = (source) =>
    source === "null"
      ? el("p", { class: "quiet" }, "There is nothing there.")
      : el("pre", { tabindex: "0" }, el("code", null, document.createTextNode(shownLines(source))));

  function evidence(resource, pointer, note, decides, body) {
    const where = el("p", null, decides ? null : el("span", { class: "quiet" }, "Beside it: "), note, " ",
      el("span", { class: "quiet" }, el("code", null, pointer || "/"), " of ", el("code", null, resource)));
    return [where, body];
  }

  function finding(index) {
    const row = data.findings[index];
    const [id, title] = check(row[CHECK]);
    const details = row[DETAILS] || {};
    const arn = text(row[RESOURCE]);
    const facts = el("dl", null,
      el("dt", null, "Resource"), el("dd", null, el("code", null, arn)),
      el("dt", null, "Account"), el("dd", null, text(row[ACCOUNT])),
      text(row[REGION]) && [el("dt", null, "Region"), el("dd", null, text(row[REGION]))],
      details.a !== undefined && [el("dt", null, "As of"), el("dd", null, `AWS's report of ${text(details.a)} UTC`)],
      details.o !== undefined && [el("dt", null, "Open for"), el("dd", null, text(details.o))],
      row[CHANGE] > 0 && [el("dt", null, "Since the baseline"), el("dd", null, CHANGES[row[CHANGE]])],
      el("dt", null, "Check"), el("dd", null, el("code", null, id)),
      details.p && [el("dt", null, "Fingerprint"), el("dd", null, el("code", null, details.p))]);
    const accepted = details.x && ((said, until, verdict) => el("p", { class: "excepted" },
      el("strong", null, `Excepted until ${text(until)}`), ` (otherwise ${verdict}) by ${text(said[0])}: ${text(said[1])} `,
      el("span", { class: "quiet" }, text(said[2]))))(...details.x);
    const parts = [
      el("p", null, badge(row[SEVERITY]), ` · ${VERDICTS[row[VERDICT]]}`),
      accepted,
      text(row[REASON]) && el("p", { class: "said" }, text(row[REASON])),
      details.w !== undefined && el("p", { class: "proof" }, el("strong", null, "Proof: "), `${text(details.w)}.`),
      details.u !== undefined && el("p", { class: "quiet" }, `Unless ${text(details.u)}.`),
      facts,
    ];
    if (details.b && details.b.length > 1) {
      parts.push(el("h3", null, "Why it is unknown"), el("ul", null, details.b.map((why) => el("li", null, text(why)))));
    }
    if (details.e) {
      parts.push(el("h3", null, "Evidence"));
      for (const [resource, pointer, note, decides, body, inside] of details.e) {
        const what = inside === undefined ? content(text(body)) : policy(data.documents[body], text(inside));
        parts.push(...evidence(text(resource), text(pointer), text(note), decides, what));
      }
    }
    const prose = typeof row[CHECK] === "number" && document.getElementById(`check-${row[CHECK]}`);
    if (prose) parts.push(prose.content.cloneNode(true));
    open(title, parts);
    if (details.p) history.replaceState(null, "", `#finding-${details.p}`);
  }

  // ── Tables of exhibits ───────────────────────────────────────────────────────────────────────────────────────────

  /** A table that shows a page of its rows, and more on demand. */
  function paged(place, head, rows, draw) {
    if (!place) return;
    const body = el("tbody");
    const more = el("button", { type: "button", class: "plain" });
    let shownRows = 0;
    const next = () => {
      const end = Math.min(shownRows + PAGE, rows.length);
      for (; shownRows < end; shownRows += 1) body.append(draw(rows[shownRows]));
      more.textContent = `Show ${number(Math.min(PAGE, rows.length - shownRows))} of ${number(rows.length - shownRows)} more`;
      more.hidden = shownRows >= rows.length;
    };
    more.addEventListener("click", next);
    const columns = head.map((name) => el("th", { scope: "col" }, name));
    place.append(el("table", { class: "matrix" }, el("thead", null, el("tr", null, columns)), body), more);
    next();
  }

  const AUDIENCES = ["Anyone", "Any AWS account", "Anyone in a network", "Named outside accounts", "AWS service for anyone"];

  function exposed(exposure) {
    const parts = [
      el("p", { class: "said" }, el("code", null, exposure.arn)),
      exposure.witness && el("p", { class: "proof" }, el("strong", null, "Proof: "), `${exposure.witness}.`),
      exposure.unless && el("p", { class: "quiet" }, `Unless ${exposure.unless}.`),
      exposure.callers.length > 0 && el("p", null, `Callers: ${exposure.callers.join(", ")}`),
    ];
    if (exposure.undecided.length > 0) {
      parts.push(el("h3", null, "Why it is unknown"), el("ul", null, exposure.undecided.map((why) => el("li", null, why))));
    }
    for (const [resource, pointer, body, inside] of exposure.evidence) {
      parts.push(...evidence(resource, pointer, "this lets them in", true,
        inside === undefined ? content(body) : policy(data.documents[body], inside)));
    }
    const can = exposure.abilities.length > 0 ? `can ${exposure.abilities.join(", ")}` : "is unknown";
    open(`${exposure.audience}: ${can}`, parts);
  }

  function buckets() {
    const byBucket = new Map();
    for (const exposure of data.exposures) {
      if (!byBucket.has(exposure.arn)) byBucket.set(exposure.arn, new Map());
      byBucket.get(exposure.arn).set(exposure.audience, exposure);
    }
    const none = new Map();
    const reach = (bucket) => byBucket.get(bucket[0]) || none;
    // The worst first: whoever gets in, then what is unknown.
    const weight = (bucket) => {
      let sum = 0;
      AUDIENCES.forEach((audience, index) => {
        const found = reach(bucket).get(audience);
        if (found) sum += found.abilities.length > 0 ? 1000 >> index : 1;
      });
      return sum;
    };
    const rows = data.buckets.map((bucket) => [weight(bucket), bucket]);
    rows.sort((one, other) => other[0] - one[0]);
    const cell = (exposure) => {
      if (!exposure) return el("td", null, el("span", { class: "quiet" }, "closed"));
      const isOpen = exposure.abilities.length > 0;
      const words = isOpen ? exposure.abilities.join(", ") : "unknown";
      return el("td", { class: isOpen ? "off" : "unsure" },
        el("button", { type: "button", class: "cell", onclick: () => exposed(exposure) }, shape(isOpen ? "✕" : "?"), ` ${words}`));
    };
    paged(document.getElementById("buckets"),
      ["Bucket", ...AUDIENCES, "Public access blocked", "ACLs off", "KMS key", "Versioned", "Access logged"],
      rows.map((row) => row[1]),
      (bucket) => el("tr", null,
        el("th", { scope: "row", title: bucket[0] }, short(bucket[0]), el("br"),
          el("span", { class: "quiet" }, [bucket[1], bucket[2]].filter(Boolean).join(" · "))),
        AUDIENCES.map((audience) => cell(reach(bucket).get(audience))),
        bucket.slice(3).map((value) => el("td", null, setting(value)))));
  }

  function identities() {
    const failed = new Map();
    for (const row of data.findings) {
      if (row[VERDICT] === 0) failed.set(row[RESOURCE], (failed.get(row[RESOURCE]) || 0) + 1);
    }
    const fails = new Map([...failed].map(([index, count]) => [text(index), count]));
    const is = (value, state) => Boolean(value) && value[0] === state;
    const weight = (one) =>
      (one[2] === "root user" ? 8 : 0) + (is(one[3], "yes") ? 4 : 0) + (is(one[4], "yes") && is(one[5], "no") ? 2 : 0);
    const rows = data.identities.map((one) => [weight(one) * 1000 + (fails.get(one[0]) || 0), one]);
    rows.sort((one, other) => other[0] - one[0]);
    paged(document.getElementById("identity-table"),
      ["Identity", "Kind", "Fails", "Administrator", "Password", "MFA", "Active keys", "Oldest key", "Last used", "Boundary", "Policies", "Keys seen in use"],
      rows.map((row) => row[1]),
      (one) => el("tr", null,
        el("th", { scope: "row", title: one[0] }, short(one[0]), el("br"), el("span", { class: "quiet" }, one[1])),
        el("td", null, one[2]),
        el("td", null, fails.has(one[0])
          ? el("button", { type: "button", class: "cell", onclick: () => searchFor(one[0]) }, number(fails.get(one[0])))
          : el("span", { class: "quiet" }, "0")),
        el("td", null, fact(one[3])), el("td", null, fact(one[4])), el("td", null, setting(one[5])),
        el("td", null, one[6] === null ? "–" : String(one[6])),
        el("td", null, age(one[7])), el("td", null, day(one[8])),
        el("td", null, one[9] ? short(one[9]) : "–"),
        el("td", { title: one[10].join(", ") }, one[10].slice(0, 2).join(", ") + (one[10].length > 2 ? ` +${one[10].length - 2}` : "")),
        el("td", null, one[11].length > 0 ? one[11].map((key) => el("div", null, key)) : "–")));
  }

  function changes() {
    const place = document.getElementById("timeline");
    if (!place) return;
    const all = data.changes.slice().sort((one, other) => (one[0] < other[0] ? 1 : one[0] > other[0] ? -1 : 0));
    const draw = ([time, name, arn, what, actor, address, refused, opened, witness, why, undecided, became]) =>
      el("li", { class: why.length > 0 ? "stands-out" : null },
        el("p", null, el("time", { datetime: `${time.replace(" ", "T")}Z` }, time), el("strong", null, name), ` · ${what}`,
          refused ? ` · refused (${refused})` : "", why.length > 0 ? el("strong", { class: "critical" }, ` · ${why.join(", ")}`) : ""),
        el("p", null, el("code", null, arn)),
        el("p", { class: "quiet" }, `by ${actor}`, address ? ` from ${address}` : "", opened ? ` · ${opened}` : "",
          undecided.length > 0 ? `: ${undecided.join("; ")}` : ""),
        witness ? el("p", null, `Since then ${witness}.`) : null,
        became ? el("p", { class: became[1] }, became[0]) : null);
    const more = el("button", { type: "button", class: "plain" });
    let drawn = 0;
    const next = () => {
      for (const end = Math.min(drawn + 30, all.length); drawn < end; drawn += 1) place.append(draw(all[drawn]));
      more.textContent = `Show more (${number(all.length - drawn)})`;
      more.hidden = drawn >= all.length;
    };
    more.addEventListener("click", next);
    document.getElementById("timeline-more").append(more);
    next();
  }

  // ── The findings: a table of which only the rows in sight exist ──────────────────────────────────────────────────

  let searchFor = () => {};

  function findings() {
    const place = document.getElementById("browser");
    if (!place) return;
    const rows = data.findings;
    const count = rows.length;
    // Worst first: fails, then unknowns; by severity; new ones first; proved ones first.
    const keys = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      const row = rows[index];
      const proved = row[DETAILS] && row[DETAILS].w !== undefined ? 0 : 1;
      const change = row[CHANGE] === 0 ? 3 : row[CHANGE];
      keys[index] = ((row[VERDICT] * 8 + row[SEVERITY]) * 8 + change) * 2 + proved;
    }
    const order = Uint32Array.from({ length: count }, (_, index) => index).sort((a, b) => keys[a] - keys[b] || a - b);

    const chosen = {
      verdict: new Set([0, 1, EXCEPTED]), severity: new Set([0, 1, 2, 3, 4]), check: "", account: "", region: "", change: "", query: "",
    };
    let matching = order;
    const folded = [];
    const lower = (index) => (folded[index] ??= data.texts[index].toLowerCase());
    const checkText = data.checks.map(([id, title]) => `${id} ${title}`.toLowerCase());

    /** Which texts have the words in them: each text is looked at once, however many rows have it. */
    function wordHits(word) {
      const hits = new Uint8Array(data.texts.length);
      for (let index = 0; index < hits.length; index += 1) hits[index] = lower(index).includes(word) ? 1 : 0;
      return { hits, checks: checkText.map((known) => known.includes(word)) };
    }

    function filter() {
      const words = chosen.query.toLowerCase().split(/\s+/).filter(Boolean).map(wordHits);
      const found = [];
      const counts = { verdict: [0, 0, 0, 0, 0], severity: [0, 0, 0, 0, 0] };
      const equal = [
        [CHECK, chosen.check], [ACCOUNT, chosen.account], [REGION, chosen.region], [CHANGE, chosen.change],
      ].filter(([, value]) => value !== "").map(([column, value]) => [column, Number(value)]);
      for (let at = 0; at < count; at += 1) {
        const row = rows[order[at]];
        if (!equal.every(([column, value]) => row[column] === value)) continue;
        const said = words.every(({ hits, checks }) =>
          hits[row[RESOURCE]] || hits[row[REASON]] || hits[row[ACCOUNT]] || hits[row[REGION]] || checks[row[CHECK]] ||
          (row[DETAILS] && row[DETAILS].w !== undefined && hits[row[DETAILS].w]));
        if (!said) continue;
        const verdict = chosen.verdict.has(row[VERDICT]);
        const severity = chosen.severity.has(row[SEVERITY]);
        if (severity) counts.verdict[row[VERDICT]] += 1;
        if (verdict) counts.severity[row[SEVERITY]] += 1;
        if (verdict && severity) found.push(order[at]);
      }
      matching = found;
      for (const [facet, labels] of Object.entries(chips)) {
        labels.forEach((label, index) => { label.textContent = number(counts[facet][index]); });
      }
      result.textContent = `${number(found.length)} of ${number(count)} results`;
      list.scrollTop = 0;
      table.setAttribute("aria-rowcount", String(found.length + 1));
      first = -1;
      draw();
    }

    const chips = {};
    function facet(name, legend, words) {
      chips[name] = [];
      const boxes = words.map((word, index) => {
        const shownCount = el("span", { class: "count" }, "0");
        chips[name].push(shownCount);
        const box = el("input", { type: "checkbox" });
        box.checked = chosen[name].has(index);
        box.addEventListener("change", () => {
          if (box.checked) chosen[name].add(index);
          else chosen[name].delete(index);
          filter();
        });
        return el("label", { class: "chip" }, box, ` ${word} `, shownCount);
      });
      return el("fieldset", null, el("legend", null, legend), boxes);
    }
    function choice(name, label, options) {
      const all = el("option", { value: "" }, "all");
      const select = el("select", null, all, options.map(([value, word]) => el("option", { value }, word)));
      select.addEventListener("change", () => {
        chosen[name] = select.value;
        filter();
      });
      return options.length > 1 ? el("label", null, label, select) : null;
    }
    const distinct = (column) =>
      [...new Set(rows.map((row) => row[column]))].filter((index) => text(index)).map((index) => [index, text(index)])
        .sort((one, other) => (one[1] < other[1] ? -1 : 1));
    const checks = [...new Set(rows.map((row) => row[CHECK]))].filter((index) => typeof index === "number")
      .map((index) => [index, check(index)[0]]).sort((one, other) => (one[1] < other[1] ? -1 : 1));
    const accepted = rows.some((row) => row[VERDICT] === EXCEPTED);
    const changed = rows.some((row) => row[CHANGE] > 0) ? [[1, "new"], [2, "changed"], [3, "unchanged"]] : [];

    const search = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    search.addEventListener("input", () => {
      chosen.query = search.value;
      filter();
    });
    searchFor = (words) => {
      search.value = words;
      chosen.query = words;
      filter();
      document.getElementById("findings").scrollIntoView();
      search.focus();
    };

    const body = el("tbody");
    const head = el("tr", { "aria-rowindex": "1" }, el("th", { scope: "col", class: "severity" }, "Severity"),
      el("th", { scope: "col" }, "Finding"), el("th", { scope: "col", class: "where" }, "Resource"));
    const table = el("table", { "aria-label": "Findings" }, el("thead", null, head), body);
    const list = el("div", { class: "list", role: "region", tabindex: "0", "aria-label": "List of findings" }, table);
    const result = el("p", { class: "result", role: "status" });
    let first = -1;

    const space = (height) => {
      const cell = el("td");
      cell.style.height = `${height}px`;
      return el("tr", { class: "space", "aria-hidden": "true" }, cell);
    };
    const line = (at) => {
      const index = matching[at];
      const row = rows[index];
      const [, title] = check(row[CHECK]);
      const arn = text(row[RESOURCE]);
      const name = el("button", { type: "button", class: "name" },
        row[CHANGE] === 1 || row[CHANGE] === 2 ? el("span", { class: "new" }, CHANGES[row[CHANGE]]) : null, title);
      return el("tr", { class: "row", "aria-rowindex": String(at + 2), onclick: () => finding(index) },
        el("td", { class: "severity" }, badge(row[SEVERITY]), el("small", null, VERDICTS[row[VERDICT]])),
        el("td", null, name, el("small", { title: text(row[REASON]) || null }, text(row[REASON]) || short(arn))),
        el("td", { class: "where", title: arn }, short(arn),
          el("small", null, [text(row[ACCOUNT]), text(row[REGION])].filter(Boolean).join(" · "))));
    };
    function draw() {
      const height = list.clientHeight || 600;
      const from = Math.max(0, Math.floor(list.scrollTop / ROW) - 8);
      if (from === first) return;
      first = from;
      const to = Math.min(matching.length, from + Math.ceil(height / ROW) + 16);
      const focused = body.contains(document.activeElement) && document.activeElement.closest("tr").getAttribute("aria-rowindex");
      const lines = [];
      for (let at = from; at < to; at += 1) lines.push(line(at));
      if (matching.length === 0) lines.push(el("tr", null, el("td", { colspan: "2", class: "quiet" }, "Nothing matches.")));
      body.replaceChildren(space(from * ROW), ...lines, space((matching.length - to) * ROW));
      if (focused) body.querySelector(`tr[aria-rowindex="${focused}"] button`)?.focus({ preventScroll: true });
    }
    list.addEventListener("scroll", draw, { passive: true });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const row = document.activeElement.closest("tr.row");
      if (!step || !row) return;
      event.preventDefault();
      const next = Number(row.getAttribute("aria-rowindex")) + step;
      list.scrollTop += step * ROW;
      draw();
      body.querySelector(`tr[aria-rowindex="${next}"] button`)?.focus({ preventScroll: true });
    });
    // On paper there is no scrolling: the first few hundred that match.
    addEventListener("beforeprint", () => {
      const most = Math.min(matching.length, 300);
      body.replaceChildren(...Array.from({ length: most }, (_, at) => line(at)));
      if (most < matching.length) {
        body.append(el("tr", null, el("td", { colspan: "2" }, `and ${number(matching.length - most)} more, in the page itself`)));
      }
      first = -1;
    });
    addEventListener("afterprint", draw);

    place.append(
      el("div", { class: "tools" }, el("label", null, "Search", search), facet("verdict", "Verdict", VERDICTS.slice(0, accepted ? 5 : 4)),
        facet("severity", "Severity", SEVERITIES.map(([word]) => word)), choice("check", "Check", checks),
        choice("account", "Account", distinct(ACCOUNT)), choice("region", "Region", distinct(REGION)),
        choice("change", "Since the baseline", changed)),
      result, list);
    filter();

    const linked = () => {
      const wanted = /^#finding-([0-9a-f]+)$/.exec(location.hash);
      if (!wanted) return;
      const index = rows.findIndex((row) => row[DETAILS] && row[DETAILS].p === wanted[1]);
      if (index >= 0) finding(index);
    };
    addEventListener("hashchange", linked);
    linked();
  }

  // A line of the drawing leads to its statement, which may be folded away.
  const unfold = () => {
    const target = /^#line-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.closest("details").open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  findings();
  buckets();
  identities();
  changes();
  // A check beside a control leads to its findings.
  for (const link of document.querySelectorAll("a[data-search]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      searchFor(link.dataset.search);
    });
  }
  document.documentElement.dataset.ready = "yes";
})();
