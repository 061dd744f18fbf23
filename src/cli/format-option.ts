import { Option } from 'commander';

/** `--format`: names separated by commas, each once. Whether they exist is the renderers' to say. */
export function formatOption(): Option {
  return new Option('--format <formats>', 'what to render, comma list')
    .argParser((text: string) => [...new Set(text.split(',').map((format) => format.trim().toLowerCase()))])
    .default(['json'], 'json');
}
