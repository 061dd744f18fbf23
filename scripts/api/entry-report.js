// The exports of one entry of the package, sorted by name, with their declarations as users see them and without comments.
import ts from 'typescript';

/**
 * @typedef {object} EntryReport
 * @property {string} text - Declarations, sorted by name.
 * @property {readonly string[]} unexported - Types of the package that these declarations name but the entry does not
 *   export: `StoredChat, named by Archive`.
 *
 * @param {ts.Program} program - Of declarations.
 * @param {ts.SourceFile} entry
 * @returns {EntryReport}
 */
export function entryReport(program, entry) {
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(entry))
    .map((symbol) => ({ name: symbol.name, target: withoutAlias(symbol, checker) }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const targets = new Set(exported.map(({ target }) => target));
  const parts = [];
  const unexported = new Set();
  for (const { name, target } of exported) {
    for (const declaration of target.declarations ?? []) {
      const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
      const alias = name === target.name ? '' : `export { ${target.name} as ${name} };\n`;
      parts.push(alias + printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()).trim());
      for (const used of namedTypes(statement, checker)) {
        if (!targets.has(used)) unexported.add(`${used.name}, named by ${name}`);
      }
    }
  }
  return { text: `${parts.join('\n\n')}\n`, unexported: [...unexported].sort() };
}

/** The package's own types and values that a declaration names. */
function namedTypes(declaration, checker) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      if (symbol !== undefined) found.add(withoutAlias(symbol, checker));
    }
    // Names of type parameters and members do not refer to declarations of a module.
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return [...found].filter((symbol) => (symbol.declarations ?? []).some(isOfModule));
}

/** Whether it is a top-level declaration of one of the package's own files. */
function isOfModule(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const { fileName } = declaration.getSourceFile();
  return ts.isSourceFile(statement.parent) && /\/src\//.test(fileName) && !fileName.includes('/node_modules/');
}

function withoutAlias(symbol, checker) {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}
