/** Parses the value of `--format`: names separated by commas, each once. Whether they exist is the renderers' to say. */
export function formatsArgument(text: string): readonly string[] {
  return [...new Set(text.split(',').map((format) => format.trim().toLowerCase()))];
}
