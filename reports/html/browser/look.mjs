// Looks at HTML reports in headless Chromium and prints what it saw, one JSON line for each page.
// Usage: node look.mjs FOLDER PAGE…   PAGE is a file; FOLDER takes screenshots and PDFs, `-` = none are kept.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [folder, ...pages] = process.argv.slice(2);
const executablePath = process.env.FOREWARN_CHROMIUM || "/usr/bin/chromium";
const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const profile = mkdtempSync(join(tmpdir(), "forewarn-chromium-"));
const SIZES = { desktop: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

/** Opens a page and notes whatever it says or asks for. */
async function opened(browser, file, options) {
  const page = await browser.newPage();
  const noted = { errors: [], requests: [], dialogs: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) noted.errors.push(message.text());
  });
  page.on("pageerror", (error) => noted.errors.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(file).href) noted.requests.push(request.url());
  });
  page.on("dialog", (dialog) => {
    noted.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.setViewportSize(SIZES[options.size]);
  await page.emulateMedia({ colorScheme: options.scheme });
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("html[data-ready]", { state: "attached", timeout: 60000 });
  return { page, noted };
}

/** The rules of axe-core that the page breaks, with where. axe runs outside of the page's own policy. */
async function faults(page) {
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

async function look(browser, file) {
  const seen = { page: basename(file), violations: [], errors: [], requests: [], dialogs: [], overflow: [] };
  for (const size of Object.keys(SIZES)) {
    for (const scheme of ["light", "dark"]) {
      const { page, noted } = await opened(browser, file, { size, scheme });
      const at = `${size} ${scheme}`;
      seen.violations.push(...(await faults(page)).map((rule) => `${at}: ${rule}`));
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wider > 0) seen.overflow.push(`${at}: ${wider} px`);
      const name = (part) => join(folder, `${basename(file, ".html")}-${size}-${scheme}-${part}.png`);
      if (folder !== "-") await page.screenshot({ path: name("page"), fullPage: true });
      const row = page.locator("tr.row button.name").first();
      if (await row.count()) {
        await row.focus();
        await page.keyboard.press("Enter");
        await page.waitForSelector("dialog[open]");
        seen.violations.push(...(await faults(page)).map((rule) => `${at}, a finding: ${rule}`));
        if (folder !== "-") await page.screenshot({ path: name("finding") });
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog[open]", { state: "detached" });
        // The keyboard is where it was.
        seen.focusReturns = await page.evaluate(() => document.activeElement.classList.contains("name"));
        if (await page.locator("tr.row").nth(1).count()) {
          await page.keyboard.press("ArrowDown");
          seen.arrowMoves = await page.evaluate(() => document.activeElement.closest("tr").getAttribute("aria-rowindex"));
        }
      }
      for (const kind of ["errors", "requests", "dialogs"]) seen[kind].push(...noted[kind]);
      await page.close();
    }
  }
  const { page } = await opened(browser, file, { size: "desktop", scheme: "light" });
  seen.usable = await page.evaluate(() => Math.round(performance.now()));
  seen.foreign = await page.evaluate(() => ({
    scripts: document.scripts.length,
    tainted: [...document.querySelectorAll("body b, body i, body img, body iframe, body object, body [onerror], body [onclick]")].length,
    alerted: typeof window.pwned !== "undefined",
  }));
  const search = page.locator("input[type=search]");
  if (await search.count()) {
    seen.rows = await page.evaluate(() => document.querySelectorAll("tr.row").length);
    seen.result = await page.textContent(".result");
    // The time of a filter is that of the handler and of the layout that it causes.
    seen.filter = await page.evaluate(async () => {
      const input = document.querySelector("input[type=search]");
      let worst = 0;
      for (const words of ["a", "acme", "acme s3", "0007 defect", "nothing like it", ""]) {
        const begun = performance.now();
        input.value = words;
        input.dispatchEvent(new Event("input"));
        void document.querySelector(".list").offsetHeight;
        worst = Math.max(worst, performance.now() - begun);
      }
      return Math.round(worst * 10) / 10;
    });
    await search.fill("nothing like it at all");
    seen.nothing = await page.textContent(".result");
    await search.fill("");
    await page.evaluate(() => { document.querySelector(".list").scrollTop = 1e9; });
    await page.waitForTimeout(100);
    seen.last = await page.evaluate(() => [...document.querySelectorAll("tr.row")].at(-1)?.getAttribute("aria-rowindex"));
  }
  const pdf = await page.pdf(folder === "-" ? {} : { path: join(folder, `${basename(file, ".html")}.pdf`) });
  seen.pdf = pdf.length;
  await page.close();
  return seen;
}

/** What stands there without a script. */
async function withoutScript(file) {
  const empty = mkdtempSync(join(tmpdir(), "forewarn-chromium-"));
  const browser = await chromium.launchPersistentContext(empty, { executablePath, args, javaScriptEnabled: false });
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  const said = await page.locator("main").innerText();
  await browser.close();
  rmSync(empty, { recursive: true, force: true });
  return said;
}

const browser = await chromium.launchPersistentContext(profile, { executablePath, args });
try {
  for (const file of pages) {
    const seen = await look(browser, file);
    seen.plain = await withoutScript(file);
    console.log(JSON.stringify(seen));
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
