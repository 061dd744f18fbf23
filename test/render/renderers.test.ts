import { describeRenderer } from '../contract/renderer.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { ndjson } from './ndjson.js';

describeRenderer('desktopJson', desktopJson);
describeRenderer('a renderer of another program', ndjson);
