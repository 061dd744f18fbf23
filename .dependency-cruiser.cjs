/**
 * The floors of the house, top first. A room may import rooms of lower floors only; neighbours on one floor never meet.
 * docs/ARCHITECTURE.md draws the same picture.
 */
const FLOORS = [
  ['cli', 'service'],
  ['bench'],
  ['app'],
  ['pipeline'],
  ['source', 'media', 'render', 'upload'],
  ['archive'],
  ['children'],
  ['config'],
  ['disk'],
  ['memory', 'metrics'],
  ['concurrency'],
  ['chat'],
  ['errors', 'text'],
];
/** Rooms that stand apart: what each may import of ours. */
const APART = { simulator: ['errors', 'memory', 'media', 'disk'], viewer: ['chat'] };

/**
 * Rooms inside a room, top first: each imports from those below it only. The files beside them are their doors, which may
 * import from all.
 */
const INNER_FLOORS = {
  'source/telegram': [['login', 'chats'], ['history', 'download'], ['convert'], ['wire']],
  simulator: [['server', 'tus'], ['methods', 'demo'], ['state'], ['world'], ['crypto', 'transport'], ['tl']],
};

const inRooms = (rooms) => `^src/(${rooms.join('|')})/`;

const floorRules = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const below = FLOORS.slice(floor + 1).flat();
    const apart = room === 'app' ? ['simulator'] : [];
    return {
      name: `${room}-imports-downwards-only`,
      severity: 'error',
      from: { path: inRooms([room]) },
      to: { path: '^src/', pathNot: inRooms([room, ...below, ...apart]) },
    };
  }),
);

const apartRules = Object.entries(APART).map(([room, allowed]) => ({
  name: `${room}-stands-apart`,
  severity: 'error',
  from: { path: inRooms([room]) },
  to: { path: '^src/', pathNot: inRooms([room, ...allowed]) },
}));

const innerRules = Object.entries(INNER_FLOORS).flatMap(([hall, floors]) =>
  floors.flatMap((rooms, floor) =>
    rooms.map((room) => {
      const allowed = [room, ...floors.slice(floor + 1).flat()];
      return {
        name: `${hall}/${room}-imports-downwards-only`,
        severity: 'error',
        from: { path: `^src/${hall}/${room}/` },
        to: { path: `^src/${hall}/`, pathNot: `^src/${hall}/(${allowed.join('|')})/` },
      };
    }),
  ),
);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...floorRules,
    ...apartRules,
    ...innerRules,
    {
      name: 'pipeline-takes-its-parts-as-arguments',
      comment: 'The heart knows the contracts of source and archive, never their implementations.',
      severity: 'error',
      from: { path: inRooms(['pipeline']) },
      to: { path: inRooms(['source', 'media', 'render', 'upload', 'archive']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'simulator-and-bench-on-demand',
      comment: 'No command but demo, simulate and bench loads them. src/simulator.ts is a public entry of its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(simulator|bench)(/|[.]ts$)' },
      to: { path: '^src/(simulator|bench)(/|[.]ts$)', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'gramjs-behind-its-room',
      comment:
        'The package is archived: it lives behind source/telegram alone. The simulator reads its schema as data.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/source/telegram/' },
      to: { path: '^node_modules/telegram/' },
    },
    {
      name: 'ffmpeg-behind-one-file',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/media/ffmpeg/' },
      to: { path: '^node_modules/(fluent-ffmpeg|@ffmpeg-installer|@ffprobe-installer)/' },
    },
    {
      name: 'children-behind-one-room',
      comment:
        'So that no child inherits a secret. The benchmark runs the program as its user does, in the whole environment.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(children/start-program|bench/child-program)[.]ts$' },
      to: { path: '^(node:)?child_process$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unlisted-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
