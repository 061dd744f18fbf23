/** What is left of a text that was written to a file: halves of characters become U+FFFD. */
export function throughUtf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
