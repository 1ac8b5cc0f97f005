// Installs the servers of package.json beside it. Needs Node.js 20 with npm, and a network.
//
//   node bench/mcp-servers/install.mjs
//
// Then the tests that need them run: KIMI_MCP_PUBLIC_SERVERS=bench/mcp-servers dotnet test -c Release
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], {
  cwd: dirname(fileURLToPath(import.meta.url)),
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exit(npm.status ?? 1);
