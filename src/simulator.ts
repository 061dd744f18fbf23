/**
 * A Telegram server for tests: MTProto 2.0 over TCP on loopback, with a world of chats that the test makes. Everything
 * that is not exported here may change without notice. docs/SIMULATOR.md shows how to use it.
 *
 * @packageDocumentation
 */
export { createDemoWorld, type DemoWorld, type DemoWorldOptions } from './simulator/demo/demo-world.js';
export { readFaultScript } from './simulator/server/fault-script.js';
export type { Fault, FaultAnswer, FaultRequest, NetworkOptions } from './simulator/server/network.js';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/server/server.js';
export type { CdnDcAddress, DcAddress } from './simulator/state/telegram-state.js';
export type { TlObject, TlValue } from './simulator/tl/tl-object.js';
export { type ExpectedChat, type ExpectedMedia, expectationsOf } from './simulator/world/expectation.js';
export type { DocumentSpec, PhotoSpec, PictureSize } from './simulator/world/media-store.js';
export type { SyntheticMediaKind } from './simulator/world/synthetic-media.js';
export {
  createSyntheticWorld,
  type SyntheticFile,
  type SyntheticMix,
  type SyntheticWorld,
  type SyntheticWorldOptions,
} from './simulator/world/synthetic-world.js';
export {
  type DeliveryOptions,
  type Fields,
  type PostOptions,
  WorldBuilder,
  type WorldBuilderOptions,
} from './simulator/world/world-builder.js';
export { memoryFile, patternedFile, sha256OfFile } from './simulator/world/world-file.js';
export type { CdnCopy, World, WorldAccount, WorldFile, WorldHistory, WorldPeer } from './simulator/world/world.js';
