import { exitCode } from '../errors.js';

/** A request to stop, once it has come. */
export interface StopSignal {
  readonly received: 'SIGINT' | 'SIGTERM' | undefined;
  /** Lets signals end the process again. */
  release(): void;
}

export interface StopReactions {
  noticed(name: string): void;
  /** Before a second signal ends the process: puts the terminal back in order. */
  quitting(): void;
}

/** Notes the first Ctrl-C or SIGTERM; the second ends the process at once. */
export function onStopSignal({ noticed, quitting }: StopReactions): StopSignal {
  let received: 'SIGINT' | 'SIGTERM' | undefined;
  const handle = (name: 'SIGINT' | 'SIGTERM') => (): void => {
    if (received !== undefined) {
      quitting();
      process.exit(exitCode[name === 'SIGINT' ? 'interrupted' : 'terminated']);
    }
    received = name;
    noticed(name === 'SIGINT' ? 'Ctrl-C' : name);
  };
  const handlers = { SIGINT: handle('SIGINT'), SIGTERM: handle('SIGTERM') };
  process.on('SIGINT', handlers.SIGINT);
  process.on('SIGTERM', handlers.SIGTERM);
  return {
    get received() {
      return received;
    },
    release() {
      process.off('SIGINT', handlers.SIGINT);
      process.off('SIGTERM', handlers.SIGTERM);
    },
  };
}
