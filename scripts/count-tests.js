// Prints "N passed, N failed" from vitest's JSON report and exits accordingly. The number of other failed checks is
// passed as an argument and counts as failures. A missing report, a suite that could not be loaded and a skipped test
// count as failures too.
import { readFileSync } from 'node:fs';

const [, , reportFile, otherFailures] = process.argv;
let passed = 0;
let failed = Number(otherFailures);
try {
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  passed = report.numPassedTests;
  const brokenSuites = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) console.log(`${skipped} tests were skipped: none may be here`);
  for (const { name } of brokenSuites) console.log(`could not run ${name}`);
  failed += report.numFailedTests + brokenSuites.length + skipped;
} catch (error) {
  console.log(`no test report: ${error.message}`);
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
