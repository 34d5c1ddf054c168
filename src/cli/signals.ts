import { exitCode } from '../errors.js';

/** A request to stop, once it has come. */
export interface StopSignal {
  readonly received: 'SIGINT' | 'SIGTERM' | undefined;
  /** Lets signals end the process again. */
  release(): void;
}

/** Notes the first Ctrl-C or SIGTERM; the second ends the process at once. */
export function onStopSignal(noticed: (name: string) => void): StopSignal {
  let received: 'SIGINT' | 'SIGTERM' | undefined;
  const handle = (name: 'SIGINT' | 'SIGTERM') => (): void => {
    if (received !== undefined) process.exit(exitCode[name === 'SIGINT' ? 'interrupted' : 'terminated']);
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
