import { keepHeapSmall } from '../memory/lean-heap.js';

/**
 * Uploads carry bytes from one place to another, as do clients of their benchmark, and get a heap for that. Other commands
 * gain from room for young objects.
 *
 * @param args - Of the command line, without the program.
 */
export function startSmall([command, subject, option]: readonly string[]): void {
  if (command === 'upload' || (command === 'bench' && subject === 'upload' && option === '--client')) keepHeapSmall();
}
