// A TypeScript program over the declarations of the sources, which users of the package see. It needs no build:
// `isolatedDeclarations` allows transpiling each file separately, and only files that the entries reach are transpiled.
import { dirname, join } from 'node:path';

import ts from 'typescript';

/**
 * @param {string} root - The repository.
 * @param {readonly string[]} entries - Paths of TypeScript files below it.
 * @returns {{ program: ts.Program, fileOf: (entry: string) => ts.SourceFile | undefined }}
 */
export function declarationsProgram(root, entries) {
  const { options } = readOptions(root);
  const host = ts.createCompilerHost(options);
  const sourceFolder = join(root, 'src').replaceAll('\\', '/');
  const sourceOf = (file) =>
    file.startsWith(sourceFolder) && file.endsWith('.d.ts') ? file.replace(/\.d\.ts$/, '.ts') : undefined;
  const isHidden = (file) => file.startsWith(sourceFolder) && !file.endsWith('.d.ts');

  const { fileExists, readFile } = host;
  host.fileExists = (file) => !isHidden(file) && fileExists(sourceOf(file) ?? file);
  host.readFile = (file) => {
    const source = sourceOf(file);
    if (source === undefined) return readFile(file);
    return withoutRepeatedMembers(
      ts.transpileDeclaration(readFile(source) ?? '', { fileName: source, compilerOptions: options }).outputText,
    );
  };
  host.getSourceFile = (file, languageVersionOrOptions) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : ts.createSourceFile(file, text, languageVersionOrOptions, true);
  };
  const declarationOf = (entry) => join(root, entry).replaceAll('\\', '/').replace(/\.ts$/, '.d.ts');
  const program = ts.createProgram({ rootNames: entries.map(declarationOf), options, host });
  return { program, fileOf: (entry) => program.getSourceFile(declarationOf(entry)) };
}

/** `transpileDeclaration` writes some methods with symbol names twice, the second time as properties. */
function withoutRepeatedMembers(text) {
  return text.replaceAll(/^ +(\[Symbol\.\w+\]): .*;\n/gm, (line, name) => (text.includes(`${name}(`) ? '' : line));
}

/** @param {string} root */
function readOptions(root) {
  const file = join(root, 'tsconfig.build.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: ['src/index.ts'] },
    ts.sys,
    dirname(file),
  );
  const without = { sourceMap: undefined, paths: undefined, tsBuildInfoFile: undefined };
  return { options: { ...parsed.options, ...without, noEmit: false, incremental: false } };
}
