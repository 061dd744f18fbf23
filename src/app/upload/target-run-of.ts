import { AdaptiveBandwidth } from '../../upload/pace/adaptive-bandwidth.js';
import { Parallelism } from '../../upload/pace/parallelism.js';
import type { Bandwidth } from '../../upload/pace/bandwidth.js';
import { Retry } from '../../upload/pace/retry.js';
import { SharedPause } from '../../upload/pace/shared-pause.js';
import { Rollout } from '../../upload/pace/rollout.js';
import type { TargetRun, UploadCheck } from '../../upload/target-run.js';
import type { UploadTarget } from '../../upload/upload-target.js';
import type { SessionRoom } from './session-room.js';
import type { TargetSettings } from './target-kind.js';

export interface TargetRunParts {
  readonly target: UploadTarget;
  readonly settings: TargetSettings;
  readonly room: SessionRoom;
  readonly bandwidth: Bandwidth;
  readonly isSequential: boolean;
  readonly sessionName?: string | undefined;
  /** How to determine that an earlier upload is still there. @defaultValue `far-end` */
  readonly check?: UploadCheck | undefined;
  readonly onNote: (text: string) => void;
}

/** The state that all files of a run to one target share, according to the settings. */
export function targetRunOf(parts: TargetRunParts): TargetRun {
  const { target, settings, room, bandwidth, isSequential, sessionName, check, onNote } = parts;
  const now = (): number => performance.now();
  target.useFacts?.(room.store.factsOf(target.id));
  target.useRemembered?.(room.store.filesOf(target.id));
  const cutFor = target.maxParallel ?? settings.uploadMaxParallel;
  const most = isSequential ? 1 : cutFor;
  return {
    target,
    parallelism: new Parallelism({ most, now }),
    cutFor,
    rollout: new Rollout({
      percent: isSequential ? 0 : settings.uploadParallelPercent,
      onTurnBack: (reason) => {
        onNote(`${target.id}: continuing with one file after the other, because ${reason}.`);
      },
    }),
    bandwidth,
    ...(settings.uploadBandwidthAdaptive ? { adaptive: adaptiveOf(parts) } : {}),
    retry: new Retry({ maxRetries: settings.uploadMaxRetries }),
    pause: new SharedPause({ now }),
    sessions: room.sessions,
    store: room.store,
    ...(settings.uploadChunkBytes === 0 ? {} : { chosenPartBytes: settings.uploadChunkBytes }),
    ...(sessionName === undefined ? {} : { sessionName }),
    ...(check === undefined ? {} : { check }),
    sessionLifeMs: settings.uploadSessionLifeMs,
    compress: settings.uploadCompress,
    now: Date.now,
    onNote,
  };
}

function adaptiveOf({ target, settings, bandwidth, onNote }: TargetRunParts): AdaptiveBandwidth {
  return new AdaptiveBandwidth({
    bandwidth,
    maxBytesPerSecond: settings.uploadBandwidthLimit,
    readBytesPerSecond: () => bandwidth.sentBytesPerSecond,
    onChange: (bytesPerSecond) => {
      onNote(`${target.id}: sending ${bytesPerSecond} bytes per second at most, as the connection allows.`);
    },
  });
}
