import ts from 'typescript';

/** One change of one place of a file, which a test should notice. */
export interface Mutant {
  /** In the order of the text. */
  readonly id: number;
  /** `line:column`, both from 1. */
  readonly place: string;
  readonly original: string;
  readonly replacement: string;
}

export interface Instrumented {
  /** The file with all of its mutants; `globalThis.isMutant(id)` says which of them is in force. */
  readonly code: string;
  readonly mutants: readonly Mutant[];
}

const SWAPPED: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
  [ts.SyntaxKind.SlashToken, '*'],
  [ts.SyntaxKind.PercentToken, '*'],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.QuestionQuestionToken, '&&'],
  [ts.SyntaxKind.PlusEqualsToken, '-='],
  [ts.SyntaxKind.MinusEqualsToken, '+='],
]);
const SWAPPED_CALLS: ReadonlyMap<string, string> = new Map([
  ['Math.max', 'Math.min'],
  ['Math.min', 'Math.max'],
  ['Math.floor', 'Math.ceil'],
  ['Math.ceil', 'Math.floor'],
  ['some', 'every'],
  ['every', 'some'],
]);

/**
 * Puts every mutant of a TypeScript file into the file itself, each behind a condition, so that one transformation serves all
 * of them. Mutates operators, conditions, negations, booleans, numbers, returned values and some calls, and removes
 * statements that call, assign or throw. Texts stay as they are: messages are tested where they are promised.
 *
 * @param firstId - Of the first mutant.
 */
export function instrument(fileName: string, text: string, firstId = 1): Instrumented {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2023, true);
  const mutants: Mutant[] = [];

  function mutant(node: ts.Node, replacement: string): number {
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    mutants.push({
      id: firstId + mutants.length,
      place: `${line + 1}:${character + 1}`,
      original: node.getText(source),
      replacement,
    });
    return firstId + mutants.length - 1;
  }

  /** The text of a node with the mutants of all that is in it. */
  function inner(node: ts.Node): string {
    let result = '';
    let position = node.getStart(source);
    const end = node.getEnd();
    node.forEachChild((child) => {
      if (isSkipped(child)) return;
      result += text.slice(position, child.getStart(source)) + instrumented(child);
      position = child.getEnd();
    });
    return result + text.slice(position, end);
  }

  /** A mutant that loops for ever without a pause would hold the test runner: the guard makes an error of it. */
  function instrumented(node: ts.Node): string {
    const isBody = ts.isIterationStatement(node.parent, false) && node.parent.statement === node;
    return isBody ? `{ loopsOn(); ${unguarded(node)} }` : unguarded(node);
  }

  function unguarded(node: ts.Node): string {
    if (isRemovable(node)) return `{ if (!isMutant(${mutant(node, '(removed)')})) ${inner(node)} }`;
    const replacements = [...new Set([...insteadOf(node), ...changes(node, source)])];
    if (replacements.length === 0) return inner(node);
    const choices = replacements.map((replacement) => `isMutant(${mutant(node, replacement)}) ? (${replacement}) : `);
    return `(${choices.join('')}(${inner(node)}))`;
  }

  return { code: inner(source), mutants };
}

/** What stands in the place of a whole expression because of where it is. */
function insteadOf(node: ts.Node): readonly string[] {
  const { parent } = node;
  if (ts.isIdentifier(node) && node.text === 'undefined') return [];
  if (ts.isWhileStatement(parent) && parent.expression === node) return ['false'];
  if (ts.isIfStatement(parent) && parent.expression === node) return ['true', 'false'];
  if (ts.isConditionalExpression(parent) && parent.condition === node) return ['true', 'false'];
  if (ts.isReturnStatement(parent)) return ['undefined'];
  return ts.isArrowFunction(parent) && parent.body === node && !ts.isBlock(node) ? ['undefined'] : [];
}

function changes(node: ts.Node, source: ts.SourceFile): readonly string[] {
  if (ts.isBinaryExpression(node)) return swappedOperator(node, source);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const operand = node.operand.getText(source);
    if (operator === ts.SyntaxKind.ExclamationToken) return [operand];
    if (operator === ts.SyntaxKind.PlusPlusToken) return [`${operand}--`];
    return operator === ts.SyntaxKind.MinusMinusToken ? [`${operand}++`] : [];
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true'];
  if (ts.isNumericLiteral(node)) return [`${node.getText(source)} + 1`];
  return ts.isCallExpression(node) ? swappedCall(node, source) : [];
}

function swappedOperator(
  { left, operatorToken, right }: ts.BinaryExpression,
  source: ts.SourceFile,
): readonly string[] {
  const swapped = SWAPPED.get(operatorToken.kind);
  const isText = [left, right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side));
  if (swapped === undefined || (isText && '+-'.includes(swapped[0] ?? ' '))) return [];
  const [one, other] = [left.getText(source), right.getText(source)];
  // JavaScript refuses `??` beside `&&` without brackets.
  const isNullish = operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
  return [isNullish ? `(${one}) ${swapped} (${other})` : `${one} ${swapped} ${other}`];
}

function swappedCall(node: ts.CallExpression, source: ts.SourceFile): readonly string[] {
  const { expression } = node;
  if (!ts.isPropertyAccessExpression(expression) || ts.isOptionalChain(node)) return [];
  const called = expression.getText(source);
  const name = expression.name.text;
  const swapped = SWAPPED_CALLS.get(called) ?? SWAPPED_CALLS.get(name);
  if (swapped === undefined) return [];
  const rest = node.getText(source).slice(called.length);
  const before = SWAPPED_CALLS.has(called) ? '' : called.slice(0, -name.length);
  return [`${before}${swapped}${rest}`];
}

/** Types, and names that may look like numbers or texts. */
function isSkipped(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ('name' in node.parent && node.parent.name === node)
  );
}

function isRemovable(node: ts.Node): boolean {
  if (ts.isThrowStatement(node)) return true;
  if (!ts.isExpressionStatement(node)) return false;
  return !(ts.isCallExpression(node.expression) && node.expression.expression.kind === ts.SyntaxKind.SuperKeyword);
}
