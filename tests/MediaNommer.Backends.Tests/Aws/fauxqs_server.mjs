// Starts fauxqs on loopback only (its own command listens on every address), and ends it with the tests, however they end.
// Arguments: the folder that holds its node_modules, and the port.
import { pathToFileURL } from "node:url";

const [folder, port] = process.argv.slice(2);
const { buildApp } = await import(pathToFileURL(`${folder}/node_modules/fauxqs/dist/app.js`));
await buildApp({ logger: false }).listen({ host: "127.0.0.1", port: Number(port) });
process.stdin.on("end", () => process.exit()).resume();
