/** Fetches addresses, some at a time, and prints the results in the order of the addresses. */
import { ParallelMediaProcessor } from 'chatferry';

const processor = new ParallelMediaProcessor({ maxConcurrent: 8, memoryLimitMb: 1024 });

async function* addresses(): AsyncGenerator<string> {
  for (const address of process.argv.slice(2)) yield await Promise.resolve(address);
}

for await (const outcome of processor.processStream(addresses(), async (address, { signal }) => {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.arrayBuffer()).byteLength;
})) {
  console.log(outcome.item, outcome.ok ? outcome.value : String(outcome.error));
}

const { jobCount, failedJobCount, peakConcurrency } = processor.metrics();
console.log(`${jobCount} jobs, ${failedJobCount} failed, at most ${peakConcurrency} at once`);
