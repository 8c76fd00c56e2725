// Serves the built page, with Prometheus behind it, and takes the pictures that standard input asks
// for: {"prometheus": URL, "chromium": PATH, "shots": [{"query": {...}, "file": PATH}, ...]}.
// Prints what each panel came to; ends with 1 if one has no data or failed.

import { text } from "node:stream/consumers";

import puppeteer from "puppeteer-core";
import { preview } from "vite";

const { prometheus, chromium, shots } = JSON.parse(await text(process.stdin));
const server = await preview({
  preview: { host: "127.0.0.1", port: 0, proxy: { "/api": { target: prometheus } } },
});
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const address = `http://127.0.0.1:${server.httpServer.address().port}`;
let bad = 0;
for (const { query, file } of shots) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`${file}: ${error}`));
  await page.emulateTimezone("Europe/Berlin");
  await page.setViewport({ width: 1360, height: 2400 });
  await page.goto(`${address}/?${new URLSearchParams(query)}`);
  await page.waitForFunction(
    () => {
      const panels = [...document.querySelectorAll("[data-panel]")];
      return panels.length && panels.every((panel) => panel.dataset.state !== "loading");
    },
    { timeout: 60_000 },
  );
  await new Promise((done) => setTimeout(done, 1500)); // canvases are drawn a frame later
  const states = await page.$$eval("[data-panel]", (panels) =>
    panels.map((panel) => [panel.dataset.panel, panel.dataset.state]),
  );
  for (const [title, state] of states.filter(([, state]) => !["done", "none"].includes(state))) {
    console.error(`${file}: ${title}: ${state}`);
    bad += 1;
  }
  await (await page.$("#board")).screenshot({ path: file });
  console.log(`${file}: ${states.length} panels`);
  await page.close();
}
await browser.close();
await server.close();
process.exit(bad ? 1 : 0);
