// Asks MCP servers for their tools and prints them as one JSON object: a server's key, then name, description and
// inputSchema of each tool as the server gave them, one tool a line.
//
//   node capture.mjs > ../../tests/Kimi.Engine.Tests/Mcp/tools-53.json
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kimi-capture-"));
const server = (...path) => join(here, "node_modules", ...path);

const servers = {
  github: [server("@modelcontextprotocol", "server-github", "dist", "index.js")],
  filesystem: [server("@modelcontextprotocol", "server-filesystem", "dist", "index.js"), folder],
  everything: [server("@modelcontextprotocol", "server-everything", "dist", "index.js")],
};

async function tools(args) {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"], env: { PATH: process.env.PATH, HOME: folder } });
  const answers = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    answers.get(message.id)?.(message);
  });
  const send = (message) => child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  const ask = (id, method, params) => new Promise((done, fail) => {
    answers.set(id, (answer) => (answer.error ? fail(new Error(answer.error.message)) : done(answer.result)));
    child.on("exit", (code) => fail(new Error(`the server exited with code ${code}`)));
    send({ id, method, params });
  });
  try {
    await ask(0, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "capture", version: "1" } });
    send({ method: "notifications/initialized" });
    const all = [];
    for (let id = 1, cursor; id === 1 || cursor; id++) {
      const page = await ask(id, "tools/list", cursor ? { cursor } : {});
      all.push(...page.tools);
      cursor = page.nextCursor;
    }
    return all;
  } finally {
    child.removeAllListeners("exit");
    child.kill();
  }
}

const lines = [];
for (const [key, args] of Object.entries(servers)) {
  const listed = (await tools(args)).map(({ name, description, inputSchema }) => "  " + JSON.stringify({ name, description, inputSchema }));
  lines.push(` ${JSON.stringify(key)}: [\n${listed.join(",\n")}\n ]`);
}
rmSync(folder, { recursive: true });
process.stdout.write(`{\n${lines.join(",\n")}\n}\n`);
