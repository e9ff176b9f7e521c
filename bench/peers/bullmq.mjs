// The BullMQ peer. `worker KIND CONCURRENCY` works jobs off and reports each end through a FIFO;
// `client` reads requests from stdin, one JSON object a line, and answers each with a line.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import fs from 'node:fs';

// The packages are not beside this file but where setup.sh put them.
const require = createRequire(process.env.BENCH_PEERS + '/package.json');
const { Queue, Worker } = require('bullmq');
const connection = { host: '127.0.0.1', port: Number(process.env.BENCH_REDIS_PORT), maxRetriesPerRequest: null };

function runCommand(argv) {
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), { stdio: 'ignore' });
    child.on('error', () => resolve('!'));
    child.on('exit', (code) => resolve(code === 0 ? '.' : '!'));
  });
}

async function work(kind, concurrency) {
  const fifo = fs.openSync(process.env.BENCH_FIFO, 'w');
  const stampBytes = Buffer.alloc(8);
  const handlers = {
    run: async (job) => { fs.writeSync(fifo, await runCommand(job.data.argv)); },
    nothing: async () => { fs.writeSync(fifo, '.'); },
    stamp: async () => {
      stampBytes.writeBigInt64LE(process.hrtime.bigint());
      fs.writeSync(fifo, stampBytes);
    },
  };
  const worker = new Worker('bench', handlers[kind], { connection, concurrency, removeOnComplete: { count: 0 } });
  await worker.waitUntilReady();
  console.log('ready');
  process.on('SIGTERM', () => worker.close(true).finally(() => process.exit(0)));
}

async function serve() {
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  const requests = {
    // All commands, one after the other, as a loop over a list of files would.
    commands: async ({ commands }) => { for (const argv of commands) await queue.add('run', { argv }); return {}; },
    pause: async () => { await queue.pause(); return {}; },
    resume: async () => { await queue.resume(); return {}; },
    // A single job; tells when the client began to submit it.
    single: async () => {
      const begun = process.hrtime.bigint();
      await queue.add('stamp', {});
      return { begun: begun.toString() };
    },
    // As many adds as come to pass, with so many in flight.
    adds: async ({ count, inFlight, payload }) => {
      const begun = process.hrtime.bigint();
      let left = count;
      const loop = async () => { while (left-- > 0) await queue.add('nothing', payload); };
      await Promise.all(Array.from({ length: inFlight }, loop));
      return { seconds: Number(process.hrtime.bigint() - begun) / 1e9 };
    },
  };
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    console.log(JSON.stringify(await requests[request.do](request)));
  }
  await queue.close();
}

const [role, kind, concurrency] = process.argv.slice(2);
await (role === 'worker' ? work(kind, Number(concurrency)) : serve());
