import { describeTarget } from '../target-suite.js';
import { FullTusFarEnd, TusNodeFarEnd } from './far-ends.js';

describeTarget({
  name: 'The reference server of tus',
  partBytes: 65_536,
  replacesByName: false,
  lacks: ['fill'],
  openFarEnd: () => TusNodeFarEnd.open(),
});

describeTarget({
  name: 'A tus server that checks and concatenates',
  partBytes: 32_768,
  replacesByName: false,
  lacks: ['damage', 'fill'],
  openFarEnd: () => FullTusFarEnd.open(),
});
